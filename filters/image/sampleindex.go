package image

import (
	"encoding/binary"
	"fmt"
)

// sampleIndex tells where the samples of a track lie in the file (ISO/IEC
// 14496-12, sections 8.7.3 to 8.7.5).
type sampleIndex struct {
	size    uint64 // of every sample; 0 when sizes has them one by one
	count   uint64 // of samples
	sizes   []byte
	bits    int    // of a size in sizes
	chunks  []byte // offsets of chunks
	width   int    // bytes of an offset
	runs    []byte // from which chunk on there are how many samples in each
	entries []byte // descriptions of the samples
}

var errTable = fmt.Errorf("%w: table of samples", ErrMalformed)

// readSampleIndex reads the contents of a box "stbl".
func readSampleIndex(b []byte) (t sampleIndex, err error) {
	err = eachBox(b, func(h header, body []byte) error {
		f := fields{b: body}
		f.number(4) // version and flags
		switch h.name {
		case "stsd":
			f.number(4)
			t.entries = f.b
		case "stsz":
			t.bits = 32
			t.size, t.count = f.number(4), f.number(4)
			if t.size == 0 {
				t.sizes = f.table(t.count, 4)
			}
		case "stz2":
			t.size = 0
			t.bits = int(f.number(4) & 0xff)
			t.count = f.number(4)
			if t.bits != 4 && t.bits != 8 && t.bits != 16 {
				return errTable
			}
			t.sizes = f.take(int((t.count*uint64(t.bits) + 7) / 8))
		case "stco":
			t.width = 4
			t.chunks = f.table(f.number(4), t.width)
		case "co64":
			t.width = 8
			t.chunks = f.table(f.number(4), t.width)
		case "stsc":
			t.runs = f.table(f.number(4), stscEntry)
		}
		if f.failed {
			return errTable
		}
		return nil
	})
	return t, err
}

// entry returns the name of the description that all samples have, or the media type
// that it tells ("mett", section 12.3.3); "" if there are several.
func (t *sampleIndex) entry() string {
	h, ok := readHeader(t.entries, int64(len(t.entries)))
	if !ok || h.size != int64(len(t.entries)) {
		return ""
	}
	if h.name != "mett" {
		return h.name
	}
	f := fields{b: t.entries[h.head:]}
	f.take(8) // reserved, and where the data are
	f.text()  // content coding
	return string(f.text())
}

// stscEntry is the length of an entry of "stsc": the first chunk, the number of
// samples in each, the index of their description.
const stscEntry = 12

// table takes so many entries of so many bytes.
func (f *fields) table(entries uint64, width int) []byte {
	if width == 0 {
		return nil
	}
	return f.take(int(min(entries, uint64(len(f.b)+1))) * width)
}

// sizeOf returns the size of the sample of that number, counted from 0.
func (t *sampleIndex) sizeOf(sample uint64) uint64 {
	if t.size > 0 {
		return t.size
	}
	switch t.bits {
	case 4:
		return uint64(t.sizes[sample/2] >> (4 * (1 - sample%2)) & 15)
	case 8:
		return uint64(t.sizes[sample])
	case 16:
		return uint64(binary.BigEndian.Uint16(t.sizes[2*sample:]))
	}
	return uint64(binary.BigEndian.Uint32(t.sizes[4*sample:]))
}

// each calls f with the place and the size of each sample, or of more that lie
// behind each other when they needn't be told apart. It ends at the first error.
func (t *sampleIndex) each(apart bool, f func(from, n uint64) error) error {
	if t.size == 0 && t.sizes == nil {
		return nil
	}
	var sample, inChunk uint64
	runs := t.runs
	for number := uint32(1); len(t.chunks) >= t.width && t.width > 0; number++ {
		place := fields{b: t.chunks}
		from := place.number(t.width)
		t.chunks = place.b
		for len(runs) >= stscEntry && binary.BigEndian.Uint32(runs) <= number {
			inChunk = uint64(binary.BigEndian.Uint32(runs[4:]))
			runs = runs[stscEntry:]
		}
		n := min(inChunk, t.count-sample)
		if t.size > 0 && !apart {
			if err := f(from, n*t.size); err != nil {
				return err
			}
			sample += n
			continue
		}
		for range n {
			size := t.sizeOf(sample)
			if err := f(from, size); err != nil {
				return err
			}
			from += size
			sample++
		}
	}
	return nil
}
