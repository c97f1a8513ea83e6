package image

import (
	"cmp"
	"slices"
)

// span is a range of bytes.
type span struct {
	from, to uint64
	use      use
}

// use is what a span holds.
type use uint8

const (
	structure use = iota // header, directories
	kept
	dropped
)

// use notes what a range holds.
func (t *tiff) use(from, to uint64, u use) {
	if last := len(t.spans) - 1; last >= 0 && u != structure && t.spans[last].use == u && t.spans[last].to == from {
		t.spans[last].to = to
		return
	}
	if from < to {
		t.spans = append(t.spans, span{from, to, u})
	}
}

// settle zeroes all that isn't kept. What one entry keeps and another drops is
// zeroed too. Directories must not lie in one another or in values, for then
// readers could differ in what they see.
func (t *tiff) settle() error {
	if len(t.spans) > maxTIFFSpans {
		return errTIFFSize
	}
	slices.SortFunc(t.spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	end, owned := uint64(0), uint64(0) // of any span; of structure
	for _, s := range t.spans {
		if s.from < owned || s.use == structure && s.from < end {
			return errTIFF
		}
		end = max(end, s.to)
		if s.use == structure {
			owned = s.to
		}
	}
	end = 0
	for _, s := range t.spans {
		if s.use == dropped {
			continue
		}
		if s.from > end {
			t.zero(end, s.from)
		}
		end = max(end, s.to)
	}
	t.zero(end, uint64(len(t.b)))
	end = 0
	for _, s := range t.spans {
		if s.use == dropped && s.to > end {
			t.zero(max(s.from, end), s.to)
			end = s.to
		}
	}
	return nil
}

// zero clears a range and notes whether that changed anything.
func (t *tiff) zero(from, to uint64) {
	b := t.b[from:to]
	for i, c := range b {
		if c != 0 {
			t.changed = true
			clear(b[i:])
			return
		}
	}
}
