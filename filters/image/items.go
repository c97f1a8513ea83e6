package image

import (
	"bytes"
	"fmt"
)

// itemParser reads the index of the items of a file of pictures (ISO/IEC
// 14496-12, section 8.11) and finds those that hold metadata.
type itemParser struct {
	policy  *policy
	at      int64               // where the index stands in the file
	kinds   map[uint32]itemKind // of the items that aren't pictures
	data    extent              // of items within the index
	extents []extent
}

type itemKind struct {
	kind Kind
	exif bool
}

// maxExtents bounds the pieces of metadata in one file.
const maxExtents = 1 << 10

var errIndex = fmt.Errorf("%w: index of pictures", ErrMalformed)

// eachBox calls f for each box in b, with what is in it. It ends at the first
// error; bytes that make no box are one.
func eachBox(b []byte, f func(h header, body []byte) error) error {
	for len(b) > 0 {
		h, ok := readHeader(b, int64(len(b)))
		if !ok {
			return fmt.Errorf("%w: box", ErrMalformed)
		}
		if err := f(h, b[h.head:h.size]); err != nil {
			return err
		}
		b = b[h.size:]
	}
	return nil
}

// parse reads the boxes of the index. Places of items are read after their kinds,
// whichever comes first.
func (p *itemParser) parse(b []byte) error {
	var locations [][]byte
	p.kinds = map[uint32]itemKind{}
	at := 0
	err := eachBox(b, func(h header, body []byte) error {
		whole := b[at : at+int(h.size)]
		at += int(h.size)
		switch h.name {
		case "hdlr", "pitm", "iref", "dinf", "ipro", "grpl":
		case "free", "skip":
			clear(body)
		case "iinf":
			return p.infos(body)
		case "iloc":
			locations = append(locations, body)
		case "idat":
			p.data = extent{from: p.at + int64(at-len(body)), to: p.at + int64(at)}
		case "iprp":
			return p.properties(body)
		default:
			p.takeOut(whole, body, Other)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range locations {
		if err := p.locations(l); err != nil {
			return err
		}
	}
	return nil
}

func (p *itemParser) takeOut(whole, body []byte, k Kind) {
	p.policy.took(k)
	copy(whole[4:], "free")
	clear(body)
}

// properties takes descriptions for people out of the properties of items.
func (p *itemParser) properties(b []byte) error {
	return eachBox(b, func(h header, list []byte) error {
		if h.name != "ipco" {
			return nil
		}
		at := 0
		return eachBox(list, func(h header, body []byte) error {
			whole := list[at : at+int(h.size)]
			at += int(h.size)
			switch h.name {
			case "udes", "altt":
				p.takeOut(whole, body, Text)
			case "uuid":
				p.takeOut(whole, body, Other)
			}
			return nil
		})
	})
}

// infos reads what each item is (section 8.11.6).
func (p *itemParser) infos(b []byte) error {
	n := 6
	if len(b) < n {
		return errIndex
	}
	if b[0] != 0 {
		n = 8
	}
	if len(b) < n {
		return errIndex
	}
	return eachBox(b[n:], func(h header, body []byte) error {
		if h.name != "infe" || len(body) < 4 {
			return errIndex
		}
		return p.info(fields{b: body[4:]}, body[0])
	})
}

// info reads one entry. Items in the old form have no type and are files.
func (p *itemParser) info(f fields, version byte) error {
	wide := 2
	if version == 3 {
		wide = 4
	}
	id := uint32(f.number(wide))
	f.number(2) // protection
	kind := "mime"
	if version >= 2 {
		kind = string(f.take(4))
	}
	f.text() // name
	if f.failed {
		return errIndex
	}
	switch kind {
	case "hvc1", "hev1", "hvt1", "lhv1", "av01", "avc1", "svc1", "vvc1", "vvcN", "evc1", "j2k1", "unci", "mski",
		"grid", "iovl", "iden", "tmap", "rloc", "sato":
	case "Exif":
		p.kinds[id] = itemKind{kind: Other, exif: true}
	case "mime":
		k := Other
		if bytes.Equal(f.text(), []byte("application/rdf+xml")) {
			k = XMP
		}
		p.kinds[id] = itemKind{kind: k}
	case "uri ":
		p.kinds[id] = itemKind{kind: Other}
	default:
		return fmt.Errorf("%w: item %q", ErrUnsupported, kind)
	}
	return nil
}

// locations reads where each item lies (section 8.11.3).
func (p *itemParser) locations(b []byte) error {
	f := fields{b: b}
	version := f.number(4) >> 24
	sizes := f.number(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	wide := 2
	if version >= 2 {
		wide = 4
	}
	if version == 0 {
		indexSize = 0
	}
	if version > 2 {
		return errIndex
	}
	for range f.number(wide) {
		id := uint32(f.number(wide))
		method := uint64(0)
		if version > 0 {
			method = f.number(2) & 15
		}
		elsewhere := f.number(2)
		base := f.number(baseSize)
		count := f.number(2)
		if offsetSize+lengthSize == 0 && count > 1 {
			return errIndex
		}
		k, metadata := p.kinds[id]
		for range count {
			f.number(indexSize)
			from, n := f.number(offsetSize), f.number(lengthSize)
			if f.failed {
				return errIndex
			}
			if !metadata {
				continue
			}
			if method > 1 || elsewhere != 0 || n == 0 || base > rest/4 || from > rest/4 || n > rest/4 {
				return fmt.Errorf("%w: place of metadata", ErrUnsupported)
			}
			e := extent{from: int64(base + from), kind: k.kind, exif: k.exif, whole: count == 1}
			if method == 1 {
				e.from += p.data.from
			}
			e.to = e.from + int64(n)
			if method == 1 && !p.data.holds(e) {
				return errIndex
			}
			if len(p.extents) == maxExtents {
				return fmt.Errorf("%w: %d pieces of metadata", ErrTooLarge, maxExtents)
			}
			p.extents = append(p.extents, e)
		}
		if f.failed {
			return errIndex
		}
	}
	if f.failed {
		return errIndex
	}
	return nil
}

// fields reads numbers and texts one after another. After the first that isn't
// there, all are zero.
type fields struct {
	b      []byte
	failed bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.b) {
		f.failed, f.b = true, nil
		return nil
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

// number reads a number of n bytes, up to 8.
func (f *fields) number(n int) uint64 {
	if n > 8 {
		f.failed = true
	}
	var v uint64
	for _, c := range f.take(n) {
		v = v<<8 | uint64(c)
	}
	return v
}

// text reads a text that ends with a zero, or with the data.
func (f *fields) text() []byte {
	n := bytes.IndexByte(f.b, 0)
	if n < 0 {
		return f.take(len(f.b))
	}
	return f.take(n + 1)[:n]
}
