package image

import (
	"bytes"
	"encoding/binary"
)

// timedForm is a form in which cameras put places and serial numbers between the
// samples of a film.
type timedForm struct {
	mark   string // four bytes or more that no picture holds by chance
	anchor int    // where in the mark those four stand by which it is looked for
	before int    // bytes of it that stand before the mark
	keep   int    // bytes that stay
	filler byte   // what the others become
	coded  bool   // stands in a coded picture, see blankCoded
	kind   Kind
	alone  bool // nothing but that kind is in it

	// size returns the length of what begins at b, or 0 if it isn't of the form.
	// There are formHead bytes, or fewer at the end of the media.
	size func(b []byte) int64
}

// formHead is how many bytes tell a form.
const formHead = 96

var timedForms = []timedForm{
	{mark: "DEVC\x00", size: sizeGPMF},
	{mark: "GPRO", keep: 8, kind: Serial, alone: true, size: sizeGPRO},
	{mark: "freeGPS ", anchor: len("fre"), before: 4, keep: 8, size: sizeFreeGPS},
	{mark: "\x17\xee\x8c\x60\xf8\x4d\x11\xd9\x8c\xd6\x08\x00\x20\x0c\x9a\x66MDPM", keep: 16, coded: true, size: sizeMDPM},
	{mark: "\x06\x0e\x2b\x34\x02\x53", size: sizeKLV},
	{mark: "GPS (", keep: 5, filler: ' ', alone: true, size: sizeBrackets},
	{mark: "GPS(", keep: 4, filler: ' ', alone: true, size: sizeBrackets},
	{mark: "HOME(", keep: 5, filler: ' ', alone: true, size: sizeBrackets},
	{mark: "[latitude", keep: 9, filler: ' ', alone: true, size: sizeBrackets},
	{mark: "[longitude", keep: 10, filler: ' ', alone: true, size: sizeBrackets},
	{mark: "[longtitude", keep: 11, filler: ' ', alone: true, size: sizeBrackets}, // as DJI spells it
}

// sizeGPMF knows a container of a device in GoPro's metadata format, GPMF: key, type
// 0, size and number of its values (big-endian), then the first item in it, the
// number of the device.
func sizeGPMF(b []byte) int64 {
	if len(b) < 16 || string(b[8:12]) != "DVID" || int(b[13])*int(binary.BigEndian.Uint16(b[14:])) != 4 {
		return 0
	}
	n := int64(b[5]) * int64(binary.BigEndian.Uint16(b[6:]))
	return 8 + (n+3)&^3
}

// sizeGPRO knows the block with firmware, serial numbers and model that begins what
// GoPro's cameras write for the repair of a film (track "fdsc", as exiftool reads it).
func sizeGPRO(b []byte) int64 {
	const firmware, end = 8, 0x66 + 16 // "HD6.01.02.01.00", the model as the last
	if len(b) < firmware+4 || b[firmware] != 'H' || !bytes.Contains(b[firmware:min(len(b), firmware+4)], []byte(".")) {
		return 0
	}
	return end
}

// sizeFreeGPS knows a block of a dashboard camera: box "free", whose first word says
// what it is.
func sizeFreeGPS(b []byte) int64 {
	const least, most = 24, 1 << 24
	if n := int64(binary.BigEndian.Uint32(b)); n > least && n < most {
		return n
	}
	return 0
}

// sizeMDPM knows user data in H.264 (ITU-T H.264, section D.1.7) of camcorders,
// "modified DV pack metadata": a UUID, a mark, the number of entries, and those with
// 5 bytes each.
func sizeMDPM(b []byte) int64 {
	if len(b) < 21 {
		return 0
	}
	return 16 + 5 + 5*int64(b[20])
}

// sizeKLV knows a set of Sony's "rtmd": a key (SMPTE ST 336, a local set with tags
// and lengths of two bytes), a length in the form of BER, and the set.
func sizeKLV(b []byte) int64 {
	const key = 16
	if len(b) < key+1 {
		return 0
	}
	n, bytes := int64(b[key]), 0
	if n >= 0x80 {
		if bytes = int(n - 0x80); bytes > 3 || len(b) < key+1+bytes {
			return 0
		}
		n = 0
		for _, c := range b[key+1 : key+1+bytes] {
			n = n<<8 | int64(c)
		}
	}
	return int64(key+1+bytes) + n
}

// sizeBrackets knows what drones write into subtitles, such as "GPS (13.3777,
// 52.5162, 18)" or "[latitude: 52.5162]": numbers before a closing bracket, or the
// blanks that they became.
func sizeBrackets(b []byte) int64 {
	digits := false
	for i, c := range b {
		switch {
		case c == ')' || c == ']':
			if !digits && b[i-1] != ' ' {
				return 0
			}
			return int64(i)
		case c < ' ' || c > '~':
			return 0
		}
		digits = digits || c >= '0' && c <= '9'
	}
	return 0
}

// formPairs tells of two bytes whether they are a pair of neighbours within the four
// by which a form is looked for. Any four bytes have three pairs, so that it is enough
// to look at every third pair of the media. formWords tells of four bytes by their
// hash whether they may be such.
var formPairs, formWords = func() (pairs [1 << 16]uint8, words [1 << 8]bool) {
	for i := range timedForms {
		f := &timedForms[i]
		word := []byte(f.mark[f.anchor : f.anchor+4])
		words[hash(word)] = true
		for k := range 3 {
			pairs[binary.LittleEndian.Uint16(word[k:])] = 1
		}
	}
	return pairs, words
}()

// hash returns 8 bits of four bytes that begin b.
func hash(b []byte) uint8 { return uint8(binary.LittleEndian.Uint32(b) * 0x9e3779b1 >> 24) }

// findForm returns the first form that begins in b before limit, with its place and
// length; nil if there is none.
func findForm(b []byte, limit int) (form *timedForm, at int, size int64) {
	i := 0
	for ; i+8 <= len(b); i += 9 {
		x := binary.LittleEndian.Uint64(b[i:])
		if formPairs[uint16(x)]|formPairs[uint16(x>>24)]|formPairs[uint16(x>>48)] == 0 {
			continue
		}
		for k := max(0, i-2); k < i+7 && k+4 <= len(b); k++ {
			if !formWords[hash(b[k:])] {
				continue
			}
			if form, at, size = formAt(b, k, limit); form != nil {
				return form, at, size
			}
		}
	}
	for k := max(0, i-2); k+4 <= len(b); k++ {
		if form, at, size = formAt(b, k, limit); form != nil {
			return form, at, size
		}
	}
	return nil, 0, 0
}

// formAt returns the form whose anchor stands in b at k.
func formAt(b []byte, k, limit int) (form *timedForm, at int, size int64) {
	for i := range timedForms {
		f := &timedForms[i]
		from := k - f.anchor
		if from < f.before || !bytes.HasPrefix(b[from:], []byte(f.mark)) {
			continue
		}
		if at = from - f.before; at < limit {
			if size = f.size(b[at:min(len(b), at+formHead)]); size > 0 {
				return f, at, size
			}
		}
	}
	return nil, 0, 0
}
