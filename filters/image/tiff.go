package image

import (
	"encoding/binary"
	"errors"
)

// tiff edits a structure of image file directories (TIFF 6.0, section 2; BigTIFF)
// in its memory. It is used twice: to find out what stays, then to write that.
//
// What stays are the header, the directories with the entries that are kept, and
// the values of those. Every other byte becomes zero: what no entry points to is
// nobody's, and old metadata lies there.
type tiff struct {
	b      []byte
	order  binary.ByteOrder
	big    bool
	policy *policy

	// file says that this is a TIFF file, with pictures and a chain of
	// directories, not a block of Exif.
	file bool

	spans   []span
	jpegs   []span // pictures that may be whole JPEG files
	entries int    // seen so far, up to budget
	budget  int
	strips  int // of pictures, seen so far
	xmp     bool
	depth   int
	changed bool
}

// directory is the sort of a directory, which gives tags their meaning.
type directory uint8

const (
	mainDirectory directory = iota
	exifDirectory
	gpsDirectory
	interopDirectory
)

var (
	errTIFF      = errors.New("TIFF structure")
	errTIFFRange = errors.New("TIFF offset")
	errTIFFSize  = errors.New("TIFF structure beyond limits")
)

// Limits of one structure, beside those that its size sets.
const (
	maxTIFFDepth = 4
	maxTIFFSpans = 1 << 18
)

// scrubExif edits a block of Exif and returns the length that is left of it, 0 if
// nothing is. A block that can't be read is left with nothing.
func (p *policy) scrubExif(b []byte) int {
	t := tiff{b: b, policy: p}
	if err := t.scrub(); err != nil {
		p.took(Other)
		return 0
	}
	if !t.changed {
		return len(b)
	}
	return t.end()
}

// end returns where the last span that stays ends, 0 if no entry stays.
func (t *tiff) end() int {
	end, entries := uint64(0), false
	for _, s := range t.spans {
		if s.use != dropped {
			end = max(end, s.to)
			entries = entries || s.use == structure && s.from >= 8 && s.to-s.from > uint64(t.countSize()+t.offsetSize())
		}
	}
	if !entries {
		return 0
	}
	return int(end)
}

// scrub edits the structure in place.
func (t *tiff) scrub() error {
	first, err := t.header()
	if err != nil {
		return err
	}
	t.budget = 16 + len(t.b)/12
	if err := t.chain(first); err != nil {
		return err
	}
	if err := t.settle(); err != nil {
		return err
	}
	return t.blankJPEGs()
}

// header reads the byte order and the offset of the first directory.
func (t *tiff) header() (uint64, error) {
	if len(t.b) < 8 {
		return 0, errTIFF
	}
	switch string(t.b[:2]) {
	case "II":
		t.order = binary.LittleEndian
	case "MM":
		t.order = binary.BigEndian
	default:
		return 0, errTIFF
	}
	switch t.order.Uint16(t.b[2:]) {
	case 42:
		t.use(0, 8, structure)
		return uint64(t.order.Uint32(t.b[4:])), nil
	case 43:
		if len(t.b) < 16 || t.order.Uint16(t.b[4:]) != 8 || t.order.Uint16(t.b[6:]) != 0 {
			return 0, errTIFF
		}
		t.big = true
		t.use(0, 16, structure)
		return t.order.Uint64(t.b[8:]), nil
	}
	return 0, errTIFF
}

// The sizes that BigTIFF doubles.
func (t *tiff) offsetSize() int {
	if t.big {
		return 8
	}
	return 4
}

func (t *tiff) countSize() int {
	if t.big {
		return 8
	}
	return 2
}

func (t *tiff) entrySize() int { return 4 + 2*t.offsetSize() }

// word reads an offset or a count at b.
func (t *tiff) word(b []byte) uint64 {
	if t.big {
		return t.order.Uint64(b)
	}
	return uint64(t.order.Uint32(b))
}

// chain walks directories that follow one another. In a block of Exif the second
// describes the preview, which may show what was cropped: it goes.
func (t *tiff) chain(at uint64) error {
	for at != 0 {
		next, err := t.directory(at, mainDirectory)
		if err != nil {
			return err
		}
		if !t.file && next != 0 {
			t.policy.took(Preview)
		}
		if !t.file {
			return nil
		}
		at = next
	}
	return nil
}

// directory edits one directory and returns the offset of the next.
func (t *tiff) directory(at uint64, d directory) (next uint64, err error) {
	size := uint64(len(t.b))
	if at >= size || size-at < uint64(t.countSize()) {
		return 0, errTIFFRange
	}
	count := uint64(t.order.Uint16(t.b[at:]))
	if t.big {
		count = t.order.Uint64(t.b[at:])
	}
	from := at + uint64(t.countSize())
	entry := uint64(t.entrySize())
	if count > (size-from)/entry {
		return 0, errTIFFRange
	}
	end := from + count*entry
	if t.entries += int(count) + 1; t.entries > t.budget {
		return 0, errTIFF // directories in a circle, or in each other
	}
	if len(t.spans) > maxTIFFSpans {
		return 0, errTIFFSize
	}
	// Some writers leave out the offset of the next directory at the very end.
	var link []byte
	if rest := size - end; rest >= uint64(t.offsetSize()) {
		link = t.b[end : end+uint64(t.offsetSize())]
		next = t.word(link)
	}

	data := pictureData{}
	stay := from
	for ; from < end; from += entry {
		e := t.b[from : from+entry]
		keep, err := t.entry(e, d, &data)
		if err != nil {
			return 0, err
		}
		if !keep {
			continue
		}
		if stay != from {
			copy(t.b[stay:], e)
		}
		stay += entry
	}
	if err := t.picture(&data); err != nil {
		return 0, err
	}
	if stay == end {
		t.use(at, end+uint64(len(link)), structure)
		if !t.file && next != 0 {
			clear(link)
			t.changed = true
		}
		return next, nil
	}
	t.changed = true
	t.setCount(at, (stay-at-uint64(t.countSize()))/entry)
	moved := t.b[stay : stay+uint64(t.offsetSize())]
	if link == nil || !t.file {
		clear(moved)
	} else {
		copy(moved, link)
	}
	stay += uint64(t.offsetSize())
	t.use(at, stay, structure)
	t.use(stay, end+uint64(len(link)), dropped)
	return next, nil
}

func (t *tiff) setCount(at, n uint64) {
	if t.big {
		t.order.PutUint64(t.b[at:], n)
	} else {
		t.order.PutUint16(t.b[at:], uint16(n))
	}
}

// sizes of the types of values, TIFF 6.0 section 2 and BigTIFF.
var typeSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// entry judges one entry and the value that it points to.
func (t *tiff) entry(e []byte, d directory, data *pictureData) (bool, error) {
	tag, kind := t.order.Uint16(e), t.order.Uint16(e[2:])
	n := t.word(e[4:])
	field := e[4+t.offsetSize():]
	if int(kind) >= len(typeSizes) || typeSizes[kind] == 0 || n > uint64(len(t.b)) {
		t.policy.took(Other)
		return false, nil
	}
	size := n * typeSizes[kind]
	value := field[:min(size, uint64(len(field)))]
	at, far := t.word(field), size > uint64(len(field))
	if far {
		if at > uint64(len(t.b)) || size > uint64(len(t.b))-at {
			t.policy.took(Other)
			return false, nil
		}
		value = t.b[at : at+size]
	}
	if d == mainDirectory || d == exifDirectory {
		if sub, ok := subDirectories[tag]; ok && (t.file || sub != mainDirectory) {
			return t.pointer(value, kind, sub, at, far)
		}
	}
	if t.file && tag >= tagJPEGQTables && tag <= tagJPEGACTables {
		return false, errTIFF // tables of an obsolete coding, whose length isn't told
	}
	meaning := t.kind(tag, d)
	// What describes a picture is short. Tables of colours and strips are only in
	// files.
	if meaning == harmless && (!t.file && size > 4<<10 || d == interopDirectory && size > 4) {
		meaning = Other
	}
	if meaning == XMP && far && !t.xmp {
		if t.xmp = true; t.policy.scrubXMP(value) {
			t.use(at, at+size, kept)
			return true, nil
		}
		t.use(at, at+size, dropped)
		return false, nil
	}
	if t.policy.keeps(meaning) {
		if far {
			t.use(at, at+size, kept)
		} else {
			clear(field[size:])
		}
		if t.file && d == mainDirectory {
			data.note(tag, kind, value, far)
		}
		return true, nil
	}
	t.policy.took(meaning)
	if far {
		t.use(at, at+size, dropped)
	}
	return false, nil
}

// pointer edits the directories that an entry points to. One that points nowhere
// goes, as often happens to those of interoperability.
func (t *tiff) pointer(value []byte, kind uint16, d directory, at uint64, far bool) (bool, error) {
	if d == gpsDirectory && !t.policy.keeps(Place) {
		t.policy.took(Place)
		return false, nil
	}
	if t.depth++; t.depth > maxTIFFDepth {
		return false, errTIFF
	}
	defer func() { t.depth-- }()
	step := int(typeSizes[kind])
	if d != mainDirectory && len(value) != step {
		t.policy.took(Other)
		return false, nil
	}
	for left := value; len(left) >= step; left = left[step:] {
		offset, ok := t.number(kind, left)
		if !ok {
			return false, errTIFF
		}
		_, err := t.directory(offset, d)
		if errors.Is(err, errTIFFRange) && d != mainDirectory {
			t.policy.took(Other)
			return false, nil
		}
		if errors.Is(err, errTIFFRange) {
			err = errTIFF
		}
		if err != nil {
			return false, err
		}
	}
	if far {
		t.use(at, at+uint64(len(value)), kept)
	}
	return true, nil
}

// number reads an unsigned integer of the given type.
func (t *tiff) number(kind uint16, b []byte) (uint64, bool) {
	switch kind {
	case 1:
		return uint64(b[0]), true
	case 3:
		return uint64(t.order.Uint16(b)), true
	case 4, 13:
		return uint64(t.order.Uint32(b)), true
	case 16, 18:
		return t.order.Uint64(b), true
	}
	return 0, false
}
