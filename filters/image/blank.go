package image

import "bytes"

// emptyExif is a TIFF structure without an entry.
const emptyExif = "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"

// blank overwrites the next n bytes with zeros, except for a head.
func (r *reader) blank(k Kind, head int, n int64) error {
	b := r.peek(head)
	if len(b) < head {
		return r.short()
	}
	r.policy.took(k)
	r.overwrite(head, n, "", 0)
	return nil
}

// overwrite keeps a head of the next n bytes, which was peeked at, and fills the
// rest of them.
func (r *reader) overwrite(head int, n int64, prefix string, filler byte) {
	r.walker = &overwriting{walker: r.walker, n: n - int64(head), prefix: prefix, filler: filler}
	r.pass(int64(head))
}

// overwriting fills n bytes and goes on with another walker.
type overwriting struct {
	walker walker
	n      int64
	prefix string
	filler byte
}

func (o *overwriting) next(r *reader) error {
	r.fill(o.n, o.prefix, o.filler)
	r.walker = o.walker
	return nil
}

// blankExif edits Exif in the next n bytes, behind a head that stays, without
// changing its length. What is too large to be held or can't be read becomes an
// empty structure.
func (r *reader) blankExif(head int, n int64) error {
	if n > int64(r.policy.maxHeld) {
		r.policy.took(Other)
		if len(r.peek(head)) < head {
			return r.short()
		}
		r.overwrite(head, n, emptyExif, 0)
		return nil
	}
	b, err := r.hold(n)
	if err != nil {
		return err
	}
	r.policy.blankExif(b[head:])
	r.pass(n)
	return nil
}

// blankExif edits a block of Exif in its place.
func (p *policy) blankExif(b []byte) {
	if bytes.HasPrefix(b, []byte(exifHeader)) {
		b = b[len(exifHeader):]
	}
	left := p.scrubExif(b)
	if left > 0 {
		clear(b[left:])
		return
	}
	clear(b)
	if len(b) >= len(emptyExif) {
		copy(b, emptyExif)
	}
}

// blankXMP edits a packet of XMP likewise.
func (r *reader) blankXMP(head int, n int64) error {
	if n > int64(r.policy.maxHeld) || !r.policy.place && !r.policy.device {
		r.policy.took(XMP)
		if len(r.peek(head)) < head {
			return r.short()
		}
		r.overwrite(head, n, emptyXMP, ' ')
		return nil
	}
	b, err := r.hold(n)
	if err != nil {
		return err
	}
	r.policy.blankXMP(b[head:])
	r.pass(n)
	return nil
}

// blankXMP edits a packet of XMP in its place.
func (p *policy) blankXMP(b []byte) {
	if p.scrubXMP(b) {
		return
	}
	for i := range b {
		b[i] = ' '
	}
	if len(b) >= len(emptyXMP) {
		copy(b, emptyXMP)
	}
}
