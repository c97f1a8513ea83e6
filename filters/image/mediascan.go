package image

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// Cameras put places between the samples of a film. Some have a form of their own,
// by which they are known before an index tells of them, and without one.

// timedForm is one of those.
type timedForm struct {
	mark   string // that no picture holds by chance
	before int    // bytes of it that stand before the mark
	keep   int    // bytes that stay
	coded  bool   // stands in a coded picture, see blankCoded

	// size returns the length of what begins at b, which has formHead bytes, or 0
	// if it isn't of the form.
	size func(b []byte) int64
}

// formHead is how many bytes tell a form.
const formHead = 24

var timedForms = []timedForm{
	// A container of a device in GoPro's metadata format, GPMF: key, type 0, size and
	// number of its values (big-endian), then the first item in it, the number of the
	// device.
	{mark: "DEVC\x00", size: func(b []byte) int64 {
		if string(b[8:12]) != "DVID" || int(b[13])*int(binary.BigEndian.Uint16(b[14:])) != 4 {
			return 0
		}
		n := int64(b[5]) * int64(binary.BigEndian.Uint16(b[6:]))
		return 8 + (n+3)&^3
	}},
	// A block of a dashboard camera: box "free", whose first word says what it is.
	{mark: "freeGPS ", before: 4, keep: 8, size: func(b []byte) int64 {
		const most = 1 << 24
		if n := int64(binary.BigEndian.Uint32(b)); n > formHead && n < most {
			return n
		}
		return 0
	}},
	// User data in H.264 (ITU-T H.264, section D.1.7) of camcorders, "modified DV pack
	// metadata": a UUID, a mark, the number of entries, and those with 5 bytes each.
	{mark: "\x17\xee\x8c\x60\xf8\x4d\x11\xd9\x8c\xd6\x08\x00\x20\x0c\x9a\x66MDPM", keep: 16, coded: true, size: func(b []byte) int64 {
		return 16 + 5 + 5*int64(b[20])
	}},
}

// media passes media up to a place in the file, and overwrites what tells places by
// its form.
func (b *boxes) media(r *reader, end int64) {
	seen := r.window(formHead)
	if n := end - r.pos; int64(len(seen)) > n {
		seen = seen[:n]
	}
	if len(seen) < formHead { // the end of the media, or of the upload
		r.pass(end - r.pos)
		return
	}
	at, size := len(seen)-formHead+1, int64(0)
	var form *timedForm
	for i := range timedForms {
		f := &timedForms[i]
		if from, n := f.find(seen[:at+formHead-1]); n > 0 {
			at, size, form = from, n, f
		}
	}
	switch {
	case form == nil || at > 0:
		r.pass(int64(at))
		return
	case !b.found:
		b.found = true
		r.policy.took(Place)
	}
	if form.coded {
		raw := r.peek(int(min(size+size/2, end-r.pos))) // with an escape for every two bytes
		r.pass(int64(form.keep + blankCoded(raw[form.keep:], int(size)-form.keep)))
		return
	}
	size = min(size, b.until-r.pos)
	b.noteBlank(r, size)
	r.overwrite(min(form.keep, int(size)), size, "", 0)
}

// blankCoded overwrites n bytes that are coded as in H.264 (section 7.4.1): after two
// zeros a 3 is none of them. Zeros stay, so that no code of a beginning comes about.
// It returns how many bytes they took.
func blankCoded(b []byte, n int) int {
	zeros := 0
	for i, c := range b {
		switch {
		case n == 0:
			return i
		case c == 3 && zeros >= 2:
			zeros = 0
			continue
		case c == 0:
			zeros++
		default:
			zeros = 0
			b[i] = 0xff
		}
		n--
	}
	return len(b)
}

// find returns where the first of the form begins in b, and its length, 0 if there
// is none.
func (f *timedForm) find(b []byte) (at int, size int64) {
	for at < len(b) {
		k := bytes.Index(b[at:], []byte(f.mark))
		if k < 0 {
			break
		}
		at += k
		if from := at - f.before; from >= 0 && len(b)-from >= formHead {
			if n := f.size(b[from:]); n > 0 {
				return from, n
			}
		}
		at++
	}
	return len(b), 0
}

// noteBlank remembers that the next n bytes become blank, for an index that comes
// later. What it can't remember is none to that index.
func (b *boxes) noteBlank(r *reader, n int64) {
	const memory = 32 // of an extent
	if last := len(b.blank) - 1; last >= 0 && b.blank[last].to == r.pos {
		b.blank[last].to += n
	} else if len(b.blank) < r.policy.maxHeld/memory {
		b.blank = append(b.blank, extent{from: r.pos, to: r.pos + n})
	}
}

// isBlank reports whether all of a range that has passed was overwritten.
func (b *boxes) isBlank(e extent) bool {
	i, exact := slices.BinarySearchFunc(b.blank, e, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
	if !exact {
		i--
	}
	return i >= 0 && b.blank[i].holds(e)
}

// places reads the table in which dashboard cameras list blocks with places: an
// offset and a length for each.
func (b *boxes) places(r *reader, h header) error {
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	f := fields{b: whole[h.head:]}
	f.number(4) // version
	count := f.number(4)
	for range min(count, uint64(len(f.b)/8)) {
		from, n := f.number(4), f.number(4)
		if err := b.judgeLater(r, measured, from, n); err != nil {
			return err
		}
	}
	if f.failed {
		return fmt.Errorf("%w: table of places", ErrMalformed)
	}
	b.sortExtents()
	return b.takeOut(r, h, Place)
}
