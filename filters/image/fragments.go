package image

import "fmt"

// A film in fragments has samples behind each "moof" (ISO/IEC 14496-12, section
// 8.8). Those that are judged are found by the runs in it.

// readDefaults notes the sizes that samples in fragments have where those don't
// tell (section 8.8.3).
func (b *boxes) readDefaults(r *reader, h header) error {
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	b.sizes = map[uint32]uint64{}
	err = eachBox(whole[h.head:], func(h header, body []byte) error {
		if h.name != "trex" {
			return nil
		}
		f := fields{b: body}
		f.number(4)
		id := uint32(f.number(4))
		f.number(8) // description and duration
		if b.sizes[id] = f.number(4); f.failed {
			return errTable
		}
		if len(b.sizes) > maxTracks {
			return fmt.Errorf("%w: %d tracks", ErrTooLarge, maxTracks)
		}
		return nil
	})
	r.pass(h.size)
	return err
}

// enterPart judges the part that a track has in a fragment.
func (b *boxes) enterPart(r *reader, h header) error {
	first := b.parts == 0
	b.parts++
	if len(b.timed) == 0 {
		return b.enter(r, h, fragment)
	}
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	p := partOfTrack{base: b.fragmentAt, based: first}
	if err := p.readHeader(whole[h.head:]); err != nil {
		return err
	}
	sort, judged := b.timed[p.id]
	if !judged {
		return b.enter(r, h, fragment)
	}
	if !p.sized {
		p.size = b.sizes[p.id]
	}
	err = p.each(whole[h.head:], sort == written, func(from int64, n uint64) error {
		return b.judgeLater(r, sort, "", uint64(from), n) // below zero is beyond all
	})
	if err != nil {
		return err
	}
	b.sortExtents()
	if sort == written {
		return b.enter(r, h, fragment)
	}
	free(whole, h)
	r.pass(h.size)
	return nil
}

// partOfTrack is a box "traf".
type partOfTrack struct {
	id    uint32
	base  int64 // from which the places of samples count
	based bool  // the base is known
	size  uint64
	sized bool // samples that don't tell are of that size
}

// readHeader reads "tfhd" (section 8.8.7).
func (p *partOfTrack) readHeader(b []byte) error {
	return eachBox(b, func(h header, body []byte) error {
		if h.name != "tfhd" {
			return nil
		}
		f := fields{b: body}
		flags := f.number(4)
		p.id = uint32(f.number(4))
		if flags&0x20000 != 0 { // from the beginning of the fragment
			p.based = true
		}
		if flags&1 != 0 {
			p.base, p.based = int64(f.number(8)), true
		}
		if flags&2 != 0 {
			f.number(4) // description
		}
		if flags&8 != 0 {
			f.number(4) // duration
		}
		if flags&0x10 != 0 {
			p.size, p.sized = f.number(4), true
		}
		if f.failed {
			return errTable
		}
		return nil
	})
}

// each calls f with the place and the size of each sample in the runs (section
// 8.8.8), or of more that lie behind each other when they needn't be told apart.
func (p *partOfTrack) each(b []byte, apart bool, f func(from int64, n uint64) error) error {
	if !p.based {
		return fmt.Errorf("%w: samples behind those of another track", ErrUnsupported)
	}
	at := p.base
	return eachBox(b, func(h header, body []byte) error {
		if h.name != "trun" {
			return nil
		}
		run := fields{b: body}
		flags, count := run.number(4), run.number(4)
		if flags&1 != 0 {
			at = p.base + int64(int32(run.number(4)))
		}
		if flags&4 != 0 {
			run.number(4) // flags of the first sample
		}
		before, width := 0, 0
		for flag := uint64(0x100); flag <= 0x800; flag <<= 1 { // duration, size, flags, offset in time
			if flags&flag == 0 {
				continue
			}
			if flag < 0x200 {
				before = 4
			}
			width += 4
		}
		entries := run.table(count, width)
		if run.failed {
			return errTable
		}
		if flags&0x200 == 0 && (!apart || p.size == 0) {
			n := count * p.size
			err := f(at, n)
			at += int64(n)
			return err
		}
		for i := range count {
			n := p.size
			if flags&0x200 != 0 {
				size := fields{b: entries[int(i)*width+before:]}
				n = size.number(4)
			}
			if err := f(at, n); err != nil {
				return err
			}
			at += int64(n)
		}
		return nil
	})
}
