package image

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// tiffFile edits a TIFF file, which must be held as a whole: its directories may
// stand anywhere and point anywhere.
type tiffFile struct{ done bool }

func (f *tiffFile) next(r *reader) error {
	if f.done {
		return io.EOF
	}
	f.done = true
	b := r.peek(r.policy.maxHeld + 1)
	switch {
	case r.broken():
		return r.ended
	case len(b) > r.policy.maxHeld:
		return fmt.Errorf("%w: TIFF files are held as a whole", ErrTooLarge)
	}
	t := tiff{b: b, policy: &r.policy, file: true}
	switch err := t.scrub(); {
	case errors.Is(err, errTIFFSize):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	r.pass(int64(len(b)))
	return nil
}

// pictureData notes where a directory says that its picture lies.
type pictureData struct {
	strips, stripSizes, tiles, tileSizes, jpeg, jpegSize numbers
}

// numbers is the value of an entry.
type numbers struct {
	kind   uint16
	b      []byte
	inline [8]byte // holds b of an entry that moves
}

// Tags of TIFF 6.0 and its supplements that say where a picture lies.
const (
	tagStripOffsets = 273
	tagStripSizes   = 279
	tagTileOffsets  = 324
	tagTileSizes    = 325
	tagJPEGOffset   = 513
	tagJPEGSize     = 514
	tagJPEGQTables  = 519
	tagJPEGACTables = 521
)

func (d *pictureData) note(tag, kind uint16, value []byte, far bool) {
	var n *numbers
	switch tag {
	case tagStripOffsets:
		n = &d.strips
	case tagStripSizes:
		n = &d.stripSizes
	case tagTileOffsets:
		n = &d.tiles
	case tagTileSizes:
		n = &d.tileSizes
	case tagJPEGOffset:
		n = &d.jpeg
	case tagJPEGSize:
		n = &d.jpegSize
	default:
		return
	}
	n.kind, n.b = kind, value
	if !far {
		n.b = n.inline[:copy(n.inline[:], value)]
	}
}

// picture keeps the data of a directory's picture.
func (t *tiff) picture(d *pictureData) error {
	return cmp.Or(
		t.pieces(&d.strips, &d.stripSizes),
		t.pieces(&d.tiles, &d.tileSizes),
		t.pieces(&d.jpeg, &d.jpegSize),
	)
}

// pieces keeps the strips or tiles of a picture. One that reaches past the end of
// the file is kept as far as it goes.
func (t *tiff) pieces(offsets, sizes *numbers) error {
	if offsets.b == nil {
		return nil
	}
	step, sizeStep := int(typeSizes[offsets.kind]), int(typeSizes[sizes.kind])
	if sizeStep == 0 || len(offsets.b)/step != len(sizes.b)/sizeStep {
		return errTIFF
	}
	// Each has an offset of 4 bytes and a size of 2, at least.
	if t.strips += len(offsets.b) / step; t.strips > 16+len(t.b)/6 {
		return errTIFF
	}
	end := uint64(len(t.b))
	for i := range len(offsets.b) / step {
		from, ok := t.number(offsets.kind, offsets.b[i*step:])
		n, sizeOK := t.number(sizes.kind, sizes.b[i*sizeStep:])
		if !ok || !sizeOK {
			return errTIFF
		}
		from = min(from, end)
		to := from + min(n, end-from)
		t.use(from, to, kept)
		if len(t.spans) > maxTIFFSpans {
			return errTIFFSize
		}
		if to-from > 2 && t.b[from] == 0xff && t.b[from+1] == markerSOI {
			t.jpegs = append(t.jpegs, span{from: from, to: to})
		}
	}
	return nil
}

// blankJPEGs takes metadata out of pictures that are JPEG files, as previews are.
func (t *tiff) blankJPEGs() error {
	if len(t.jpegs) > maxTIFFSpans {
		return errTIFFSize
	}
	slices.SortFunc(t.jpegs, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	end := uint64(0)
	for _, j := range t.jpegs {
		if j.from < end {
			return errTIFF
		}
		end = j.to
		if !blankJPEG(t.b[j.from:j.to]) {
			return errTIFF
		}
	}
	return nil
}
