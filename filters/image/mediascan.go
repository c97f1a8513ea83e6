package image

import (
	"cmp"
	"fmt"
	"slices"
)

// Cameras put places between the samples of a film. Some have a form of their own,
// by which they are known before an index tells of them, and without one.

// media passes media up to a place in the file, and overwrites what tells places or
// serial numbers by its form.
func (b *boxes) media(r *reader, end int64) {
	seen := r.window(formHead)
	limit := len(seen) - formHead + 1
	if n := end - r.pos; int64(len(seen)) >= n || limit <= 0 { // the end of the media, or of the upload
		seen = seen[:min(int64(len(seen)), n)]
		limit = len(seen)
	}
	form, at, size := findForm(seen, limit)
	switch {
	case form == nil && limit == len(seen):
		r.pass(end - r.pos)
		return
	case form == nil:
		r.pass(int64(limit))
		return
	case at > 0:
		r.pass(int64(at))
		return
	case form.alone && r.policy.keeps(form.kind):
		r.pass(min(size, end-r.pos))
		return
	}
	if b.found&(1<<form.kind) == 0 {
		b.found |= 1 << form.kind
		r.policy.took(form.kind)
	}
	if form.coded {
		raw := r.peek(int(min(size+size/2, end-r.pos))) // with an escape for every two bytes
		r.pass(int64(form.keep + blankCoded(raw[form.keep:], int(size)-form.keep)))
		return
	}
	size = min(size, b.until-r.pos)
	b.noteBlank(r, size)
	r.overwrite(min(form.keep, int(size)), size, "", form.filler)
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

// holdsBlank reports whether a part of a range that has passed was overwritten.
func (b *boxes) holdsBlank(e extent) bool {
	i, _ := slices.BinarySearchFunc(b.blank, e, func(a, b extent) int { return cmp.Compare(a.to, b.from+1) })
	return i < len(b.blank) && b.blank[i].from < e.to
}

// wasHarmless reports whether a sample that passed before its index tells nothing that
// should go, now that what has a form was overwritten.
func (b *boxes) wasHarmless(entry string, e extent) bool {
	switch n := e.to - e.from; entry {
	case "rtmd":
		return b.holdsBlank(e)
	case "text", "tx3g":
		return n <= 2 || b.holdsBlank(e)
	case "fdsc": // a block of 264 bytes, which tells the camera, one of 152, and the rest
		return n <= 152 || b.holdsBlank(e)
	case "camm": // turns, exposure, acceleration, magnetic field; places are longer
		return n == 12 || n == 16
	case chapters, "application/microvideo-meta-stream", "application/microvideo-image-meta", "application/motionphoto-image-meta":
		return true // the others are what Google's camera notes of each picture
	}
	return b.isBlank(e)
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
		if err := b.judgeLater(r, measured, "", from, n); err != nil {
			return err
		}
	}
	if f.failed {
		return fmt.Errorf("%w: table of places", ErrMalformed)
	}
	b.sortExtents()
	return b.takeOut(r, h, Place)
}
