package image

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// extent is a range of the file that holds a part of an item.
type extent struct {
	from, to int64
	kind     Kind
	exif     bool
	whole    bool // all of the item
	text     bool // a sample of text, which stays if it tells no place
}

func (e extent) holds(x extent) bool { return e.from <= x.from && x.to <= e.to }

// brands notes whether the file says that it holds pictures.
func (b *boxes) brands(r *reader, h header) error {
	const most = 1 << 10
	if h.size > most {
		return r.malformed("list of brands")
	}
	for list := r.peek(int(h.size))[h.head:]; len(list) >= 4; list = list[4:] {
		switch string(list[:4]) {
		case "mif1", "mif2", "mif3", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx", "avif", "avis", "avio", "avci", "avcs", "j2ki", "jpeg":
			b.heif = true
		}
	}
	r.pass(h.size)
	return nil
}

// lookAhead holds coded data that stand before the index of the items in them.
func (b *boxes) lookAhead(r *reader, h header) error {
	n := h.size
	for n < rest-r.pos {
		if n > int64(r.policy.maxHeld) {
			return fmt.Errorf("%w: the index of pictures stands behind %d bytes", ErrTooLarge, n)
		}
		held := r.peek(int(n) + 16)
		next, ok := readHeader(held[min(n, int64(len(held))):], rest-r.pos-n)
		if !ok {
			break
		}
		if next.name == "meta" {
			held, err := r.hold(n + next.size)
			if err != nil {
				return err
			}
			b.indexAt = r.pos + n
			return b.items(r, held, n, next)
		}
		b.movie = b.movie || next.name == "moov"
		n += next.size
	}
	if r.broken() {
		return r.ended
	}
	if !b.movie {
		return r.malformed("pictures without an index")
	}
	b.indexAt = rest
	return nil
}

// index edits the index of a file of pictures.
func (b *boxes) index(r *reader, h header) error {
	switch b.indexAt {
	case r.pos: // edited when the data came
	case 0, rest:
		held, err := r.hold(h.size)
		if err != nil {
			return err
		}
		b.indexAt = r.pos
		if err := b.items(r, held, 0, h); err != nil {
			return err
		}
	default:
		return r.malformed("second index of pictures")
	}
	r.pass(h.size)
	return nil
}

// trackIndex edits the index of the items that belong to a track of pictures, as in
// animated AVIF. They may be the same as those of the file.
func (b *boxes) trackIndex(r *reader, h header) error {
	held, err := r.hold(h.size)
	if err != nil {
		return err
	}
	err = b.items(r, held, 0, h)
	r.pass(h.size)
	return err
}

// items finds the items of metadata in the index that stands in held at the given
// place. Those within held are overwritten, those that come are noted.
func (b *boxes) items(r *reader, held []byte, at int64, h header) error {
	const version = 4
	if int64(h.head+version) > h.size {
		return r.malformed("index of pictures")
	}
	p := itemParser{policy: &r.policy, at: r.pos + at + int64(h.head+version)}
	if err := p.parse(held[at+int64(h.head+version) : at+h.size]); err != nil {
		return err
	}
	slices.SortFunc(p.extents, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
	for i, e := range p.extents {
		if i > 0 && e.from < p.extents[i-1].to {
			return r.malformed("items of metadata in each other")
		}
		from, to := e.from-r.pos, e.to-r.pos
		switch {
		case from >= int64(len(held)):
			b.extents = append(b.extents, e)
		case from < 0 || to > int64(len(held)):
			return fmt.Errorf("%w: metadata before their index", ErrUnsupported)
		case from < at+h.size && to > at && !p.data.holds(e):
			return r.malformed("item of metadata")
		default:
			r.policy.blankExtent(held[from:to], e)
		}
	}
	b.sortExtents()
	return nil
}

// blankExtent overwrites an item of metadata.
func (p *policy) blankExtent(b []byte, e extent) {
	switch {
	case e.exif && e.whole:
		p.blankItem(b)
	case e.kind == XMP && e.whole:
		if !p.place && !p.device {
			p.took(XMP)
		}
		p.blankXMP(b)
	default:
		p.took(e.kind)
		clear(b)
	}
}

// blankItem edits an item of Exif in its place (ISO/IEC 23008-12, section A.2.1):
// the offset of its TIFF header comes first.
func (p *policy) blankItem(b []byte) {
	if len(b) >= 4 {
		skip := binary.BigEndian.Uint32(b)
		if uint64(skip) <= uint64(len(b)-4) {
			between, block := b[4:4+skip], b[4+skip:]
			if !bytes.Equal(between, []byte(exifHeader)) {
				clear(between)
			}
			p.blankExif(block)
			return
		}
	}
	p.took(Other)
	clear(b)
	if len(b) >= 4+len(emptyExif) {
		copy(b[4:], emptyExif)
	}
}
