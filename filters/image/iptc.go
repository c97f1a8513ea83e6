package image

import (
	"bytes"
	"encoding/binary"
)

const (
	photoshopHeader = "Photoshop 3.0\x00" // begins a segment of resources in JPEG
	resourceMark    = "8BIM"
	resourceIPTC    = 0x0404
	dataSetMark     = 0x1c
	dataSetHeader   = 5
)

// scrubIPTC edits a segment of Photoshop resources and returns the length that is
// left of it, 0 if nothing is. It looks into it only where a part of IPTC-IIM was
// granted; the other resources go, for previews and copies of Exif and XMP are
// among them.
func (p *policy) scrubIPTC(b []byte) int {
	p.took(IPTC)
	if !p.place && !p.device || !bytes.HasPrefix(b, []byte(photoshopHeader)) {
		return 0
	}
	for at := len(photoshopHeader); ; {
		// The mark, a number, a name with its length before it, a length.
		head := b[at:]
		if len(head) < 7 || string(head[:4]) != resourceMark {
			return 0
		}
		id := binary.BigEndian.Uint16(head[4:])
		name := (1 + int(head[6]) + 1) &^ 1
		if len(head) < 6+name+4 {
			return 0
		}
		n := binary.BigEndian.Uint32(head[6+name:])
		data := head[6+name+4:]
		if uint64(n) > uint64(len(data)) {
			return 0
		}
		if id != resourceIPTC {
			at += min(6+name+4+(int(n)+1)&^1, len(head))
			continue
		}
		left := p.scrubDataSets(data[:n])
		if left == 0 {
			return 0
		}
		out := append(b[:len(photoshopHeader)], resourceMark...)
		out = append(out, resourceIPTC>>8, resourceIPTC&0xff, 0, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(left))
		out = append(out, data[:left]...)
		if left%2 == 1 && len(out) < len(b) {
			out = append(out, 0)
		}
		return len(out)
	}
}

// scrubDataSets edits data sets of IPTC-IIM (version 4.2, section 1.5) and returns
// the length that is left.
func (p *policy) scrubDataSets(b []byte) int {
	left, kept := 0, false
	for at := 0; at+dataSetHeader <= len(b) && b[at] == dataSetMark; {
		n := dataSetHeader + int(binary.BigEndian.Uint16(b[at+3:]))
		if n > len(b)-at { // or in the extended form, which no place needs
			break
		}
		if k := dataSetKind(b[at+1], b[at+2]); p.keeps(k) {
			kept = kept || k != harmless
			left += copy(b[left:], b[at:at+n])
		}
		at += n
	}
	if !kept {
		return 0
	}
	return left
}

// dataSetKind tells what a data set holds.
func dataSetKind(record, number byte) Kind {
	if record == 1 && number == 90 || record == 2 && number == 0 {
		return harmless // coded character set, version
	}
	if record != 2 {
		return Other
	}
	switch number {
	case 26, 27, 90, 92, 95, 100, 101: // content location, city, sub-location, state, country
		return Place
	case 80, 85, 110, 115, 116, 118, 122: // by-line, credit, source, copyright, contact, writer
		return Owner
	case 65, 70: // program
		return Model
	case 5, 25, 40, 105, 120:
		return Text
	}
	return Other
}
