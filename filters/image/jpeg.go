package image

import (
	"bytes"
	"encoding/binary"
)

// jpeg walks the segments of a JPEG file (ITU-T T.81, annex B).
type jpeg struct {
	begun, scan, over bool
	exif              bool // a block of Exif was seen
}

// Markers of T.81, table B.1.
const (
	markerTEM  = 0x01
	markerSOF0 = 0xc0
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerEXP  = 0xdf
	markerAPP0 = 0xe0
	markerAPP1 = 0xe1
	markerAPPF = 0xef
	markerCOM  = 0xfe
)

// jfifHeader is the length of a JFIF segment without a thumbnail, with its marker.
const jfifHeader = 18

const exifHeader = "Exif\x00\x00"

func (j *jpeg) next(r *reader) error {
	switch {
	case j.over:
		if r.available() {
			r.policy.took(Trailer)
		}
		r.drop(rest)
		return nil
	case !j.begun:
		j.begun = true
		r.pass(2)
		return nil
	case j.scan:
		return j.entropy(r)
	}
	b := r.peek(4)
	if len(b) == 0 {
		return r.ended
	}
	if b[0] != 0xff {
		// Decoders look for the next marker; what lies between is nobody's.
		return skipToMarker(r)
	}
	if len(b) < 2 {
		r.pass(rest)
		return nil
	}
	switch m := b[1]; {
	case m == 0xff: // a fill byte
		r.pass(1)
		return nil
	case m == markerEOI:
		j.over = true
		r.pass(2)
		return nil
	case m >= markerRST0 && m <= markerRST7, m == markerTEM:
		r.pass(2)
		return nil
	case m == 0:
		return skipToMarker(r)
	case m >= markerSOF0 && m != markerSOI && m <= markerAPPF, m == markerCOM:
		if len(b) < 4 {
			return r.short()
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < 2 {
			return r.malformed("length of a JPEG segment")
		}
		return j.segment(r, m, 2+n)
	}
	return r.malformed("JPEG marker")
}

// segment judges a marker segment of n bytes with its marker.
func (j *jpeg) segment(r *reader, marker byte, n int) error {
	if marker >= markerSOF0 && marker <= markerEXP {
		j.scan = marker == markerSOS
		r.pass(int64(n))
		return nil
	}
	head := r.peek(min(n, 4+36))
	if len(head) < min(n, 4+36) {
		return r.short()
	}
	kind := segmentKind(marker, head[4:])
	if kind == harmless {
		r.pass(int64(n))
		return nil
	}
	if kind == embedded {
		return j.metadata(r, n)
	}
	r.policy.took(kind)
	r.drop(int64(n))
	return nil
}

// embedded marks a segment that is looked into.
const embedded = harmless + 1

// segmentKind tells what an application segment holds by its first bytes.
func segmentKind(marker byte, data []byte) Kind {
	starts := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }
	switch marker {
	case markerAPP0: // JFIF, in which and in whose extension there may be a thumbnail
		if starts("JFIF\x00") {
			if len(data) > jfifHeader-4 {
				return embedded
			}
			return harmless
		}
		if starts("JFXX\x00") {
			return Preview
		}
	case markerAPP1:
		if starts(exifHeader) || starts(xmpHeader) {
			return embedded
		}
		if starts("http://ns.adobe.com/xmp/extension/") || starts("XMP\x00") {
			return XMP
		}
	case markerAPP1 + 1:
		if starts("ICC_PROFILE\x00") {
			return harmless
		}
		if starts("MPF\x00") || starts("FPXR\x00") {
			return Preview
		}
	case markerAPP0 + 13:
		return embedded
	case markerAPP0 + 14: // the transform of the colours
		if starts("Adobe") {
			return harmless
		}
	case markerCOM:
		return Text
	}
	return Other
}

// metadata edits a segment of Exif, XMP or IPTC.
func (j *jpeg) metadata(r *reader, n int) error {
	b, err := r.hold(int64(n))
	if err != nil {
		return err
	}
	left, head := 0, 4
	switch data := b[4:]; {
	case b[1] == markerAPP0:
		r.policy.took(Preview)
		left = jfifHeader - head
		data[left-2], data[left-1] = 0, 0 // its width and height
	case b[1] != markerAPP1:
		left = r.policy.scrubIPTC(data)
	case bytes.HasPrefix(data, []byte(xmpHeader)):
		if r.policy.scrubXMP(data[len(xmpHeader):]) {
			left = len(data)
		}
	case j.exif: // a continued block, whose offsets reach into the first
		r.policy.took(Other)
	default:
		j.exif = true
		head += len(exifHeader)
		left = r.policy.scrubExif(b[head:])
	}
	if left == 0 {
		r.drop(int64(n))
		return nil
	}
	left += head
	binary.BigEndian.PutUint16(b[2:], uint16(left-2))
	copy(b[n-left:], b[:left])
	r.replaced(b, left)
	return nil
}

// entropy passes the coded picture up to the next marker.
func (j *jpeg) entropy(r *reader) error {
	b := r.window(2)
	if len(b) < 2 {
		r.pass(rest) // nothing but a last byte of the picture
		return nil
	}
	for i := 0; ; {
		k := bytes.IndexByte(b[i:], 0xff)
		if k < 0 {
			r.pass(int64(len(b)))
			return nil
		}
		i += k
		if i+1 == len(b) {
			break
		}
		switch m := b[i+1]; {
		case m == 0, m >= markerRST0 && m <= markerRST7:
			i += 2
		case m == 0xff:
			i++
		default:
			j.scan = false
			r.pass(int64(i))
			return nil
		}
		if i >= len(b) {
			r.pass(int64(len(b)))
			return nil
		}
	}
	if len(b) > 1 {
		r.pass(int64(len(b) - 1))
	}
	return nil
}

// skipToMarker drops what stands before the next 0xff.
func skipToMarker(r *reader) error {
	b := r.window(2)[1:]
	if k := bytes.IndexByte(b, 0xff); k >= 0 {
		b = b[:k]
	}
	r.policy.took(Other)
	r.drop(int64(1 + len(b)))
	return nil
}

// blankJPEG overwrites, in a JPEG that lies inside another file and can't change
// its length, what a JPEG file would lose. It returns false when b isn't a JPEG
// that can be read.
func blankJPEG(b []byte) bool {
	if len(b) < 2 || b[0] != 0xff || b[1] != markerSOI {
		return false
	}
	for i := 2; i < len(b); {
		if i+1 == len(b) {
			return true
		}
		m := b[i+1]
		switch {
		case b[i] != 0xff:
			return false
		case m == 0xff:
			i++
			continue
		case m == markerEOI:
			clear(b[i+2:])
			return true
		case m >= markerRST0 && m <= markerRST7, m == markerTEM:
			i += 2
			continue
		case m < markerSOF0 || m == markerSOI || m > markerAPPF && m != markerCOM || i+4 > len(b):
			return false
		}
		end := i + 2 + int(binary.BigEndian.Uint16(b[i+2:]))
		if end < i+4 || end > len(b) {
			return false
		}
		if m > markerEXP && segmentKind(m, b[i+4:end]) != harmless {
			b[i+1] = markerCOM
			clear(b[i+4 : end])
		}
		i = end
		if m == markerSOS {
			for i+1 < len(b) && (b[i] != 0xff || b[i+1] == 0 || b[i+1] == 0xff || b[i+1] >= markerRST0 && b[i+1] <= markerRST7) {
				i++
			}
		}
	}
	return true
}
