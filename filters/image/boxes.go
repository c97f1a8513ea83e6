package image

import (
	"encoding/binary"
	"fmt"
)

// boxes walks the boxes of ISO/IEC 14496-12 and the atoms of QuickTime, which
// HEIF, JPEG 2000 and JPEG XL share. Offsets into the file stand in many of them,
// so that what goes is overwritten in its place and called "free".
type boxes struct {
	stack []open
	until int64 // up to where the data of a box pass, except for extents

	handler string // of the track
	judged  bool   // the track is, and its samples are when they come
	keys    []Kind // of the metadata

	chapters   []uint32             // the numbers of the tracks that name chapters
	timed      map[uint32]trackSort // the tracks whose samples are judged, by their number
	sizes      map[uint32]uint64    // of samples in fragments, by the number of the track
	fragmentAt int64                // where the fragment begins
	parts      int                  // that came of it
	blank      []extent             // of media that were overwritten by their form, in order
	found      uint16               // the kinds of that, a bit each

	heif    bool     // a file of pictures
	movie   bool     // that has a film, too
	indexAt int64    // where its index stands that was edited already, or 0
	extents []extent // of its items and of samples, to be judged or overwritten when they come
}

func newBoxes() walker { return &boxes{stack: make([]open, 0, 8)} }

// open is a box whose contents come.
type open struct {
	within container
	end    int64
}

// header is that of a box.
type header struct {
	name string
	head int   // bytes of the header
	size int64 // of the whole box
}

// readHeader reads the header of a box at b, which has limit bytes for it. A size
// of 0 reaches to the end.
func readHeader(b []byte, limit int64) (h header, ok bool) {
	if len(b) < 8 {
		return h, false
	}
	h = header{name: string(b[4:8]), head: 8, size: int64(binary.BigEndian.Uint32(b))}
	switch h.size {
	case 0:
		h.size = limit
	case 1:
		if len(b) < 16 {
			return h, false
		}
		h.head, h.size = 16, int64(binary.BigEndian.Uint64(b[8:]))
	}
	return h, h.size >= int64(h.head) && h.size <= limit
}

func (b *boxes) next(r *reader) error {
	for len(b.stack) > 0 && r.pos >= b.stack[len(b.stack)-1].end {
		b.stack = b.stack[:len(b.stack)-1]
	}
	if r.pos < b.until {
		return b.data(r)
	}
	within, limit := file, rest-r.pos
	if len(b.stack) > 0 {
		top := b.stack[len(b.stack)-1]
		within, limit = top.within, top.end-r.pos
	}
	head := r.peek(16)
	if len(head) == 0 {
		return r.ended
	}
	if within != file && (limit < 8 || len(head) >= 4 && string(head[:4]) == "\x00\x00\x00\x00") {
		r.fill(limit, "", 0) // the end of a list in QuickTime
		return nil
	}
	h, ok := readHeader(head, limit)
	if within == file {
		ok = ok && isBoxName(h.name)
	}
	if !ok {
		if len(head) < 16 && r.broken() {
			return r.ended
		}
		if within != file {
			return r.malformed("box")
		}
		r.policy.took(Trailer)
		r.drop(rest)
		return nil
	}
	if within == file && b.clash(r.pos, h) {
		return r.malformed("item of metadata")
	}
	return b.box(r, h, within)
}

func isBoxName(name string) bool {
	for i := range len(name) {
		if name[i] < 0x20 || name[i] > 0x7e && name[i] != 0xa9 {
			return false
		}
	}
	return true
}

// clash reports whether an item of metadata is said to lie in a box that has a
// meaning of its own.
func (b *boxes) clash(pos int64, h header) bool {
	switch judge(file, h.name).action {
	case coded, pad, takeOut:
		return false
	}
	for _, e := range b.extents {
		if e.from < pos+h.size && pos < e.to {
			return true
		}
	}
	return false
}

// box judges one box.
func (b *boxes) box(r *reader, h header, within container) error {
	v := judge(within, h.name)
	if within == itemList {
		v = b.item(h.name)
	}
	switch v.action {
	case letPass:
		r.pass(h.size)
	case enter:
		return b.enter(r, h, v.container)
	case enterTrack:
		return b.enterTrack(r, h)
	case enterFragment:
		b.fragmentAt, b.parts = r.pos, 0
		return b.enter(r, h, fragment)
	case enterPart:
		return b.enterPart(r, h)
	case defaults:
		return b.readDefaults(r, h)
	case enterMeta:
		return b.enterMeta(r, h, within)
	case coded:
		return b.coded(r, h)
	case brands:
		return b.brands(r, h)
	case references:
		return b.readReferences(r, h)
	case handler:
		return b.readHandler(r, h)
	case samples:
		return b.samples(r, h)
	case keys:
		return b.readKeys(r, h)
	case pad:
		if within == file {
			b.noteBlank(r, h.size)
		}
		r.overwrite(h.head, h.size, "", 0)
	case places:
		return b.places(r, h)
	case exif:
		return b.exif(r, h)
	case xmp:
		return r.blankXMP(h.head, h.size)
	case refuse:
		return fmt.Errorf("%w: box %q", ErrUnsupported, h.name)
	case takeOut:
		if r.policy.keeps(v.kind) {
			r.pass(h.size)
			return nil
		}
		return b.takeOut(r, h, v.kind)
	}
	return nil
}

// takeOut makes free space of a box.
func (b *boxes) takeOut(r *reader, h header, k Kind) error {
	const userType = 16
	head := r.peek(h.head + userType)
	if h.name == "uuid" && h.size >= int64(h.head+userType) && len(head) == h.head+userType {
		switch string(head[h.head:]) {
		case exifUserType:
			return r.blankExif(h.head+userType, h.size)
		case xmpUserType:
			if k = XMP; r.policy.place || r.policy.device {
				return r.blankXMP(h.head+userType, h.size)
			}
		}
	}
	copy(head[4:], "free")
	return r.blank(k, h.head, h.size)
}

func (b *boxes) enter(r *reader, h header, c container) error {
	if len(b.stack) == cap(b.stack) {
		return r.malformed("depth of boxes")
	}
	b.stack = append(b.stack, open{c, r.pos + h.size})
	switch c {
	case track:
		b.handler = ""
	case movie:
		b.movie = true
	}
	r.pass(int64(h.head))
	return nil
}

// exif edits a box of Exif as JPEG XL has it.
func (b *boxes) exif(r *reader, h header) error {
	if h.size > int64(r.policy.maxHeld) {
		return b.takeOut(r, h, Other)
	}
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	r.policy.blankItem(whole[h.head:])
	r.pass(h.size)
	return nil
}

// coded passes what holds pictures and sound.
func (b *boxes) coded(r *reader, h header) error {
	if b.heif && b.indexAt == 0 {
		if err := b.lookAhead(r, h); err != nil {
			return err
		}
	}
	b.until = r.pos + h.size
	return nil
}

// data passes coded data, and overwrites the items of metadata among them.
func (b *boxes) data(r *reader) error {
	for len(b.extents) > 0 && b.extents[0].to <= r.pos {
		b.extents = b.extents[1:]
	}
	end := b.until
	if len(b.extents) > 0 {
		end = min(end, b.extents[0].from)
	}
	if end > r.pos {
		if b.heif {
			r.pass(end - r.pos)
		} else {
			b.media(r, end)
		}
		return nil
	}
	e := b.extents[0]
	n := min(e.to, b.until) - r.pos
	whole := e.from == r.pos && n == e.to-e.from
	switch {
	case whole && e.whole && n <= int64(r.policy.maxHeld):
		item, err := r.hold(n)
		if err != nil {
			return err
		}
		r.policy.blankExtent(item, e)
		r.pass(n)
		return nil
	case whole && e.text && n <= windowSize:
		if sample := r.peek(int(n)); int64(len(sample)) == n {
			r.policy.judgeText(sample)
			r.pass(n)
			return nil
		}
	}
	if e.kind != harmless {
		r.policy.took(e.kind)
	}
	r.fill(n, "", 0)
	return nil
}
