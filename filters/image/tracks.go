package image

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// A film's tracks of pictures and sound pass. One of measurements over time
// (GoPro's gpmd, Android's camm, Sony's rtmd, Apple's mebx with keys that aren't
// harmless) is made free space, and so are its samples when they come. One of text
// stays, but a sample of it that tells a place is overwritten with blanks. That
// takes an index before the samples: what has passed can't be overwritten.

// trackSort is what the handler of a track says that it holds.
type trackSort uint8

const (
	shown    trackSort = iota // pictures, sound and what goes with them
	written                   // text over time: subtitles, in which cameras note places
	measured                  // whatever else
)

func sortOf(handler string) trackSort {
	switch handler {
	case "vide", "auxv", "pict", "soun", "hint", "tmcd", "clcp", "sdsm", "odsm", "MPEG":
		return shown
	case "text", "sbtl", "subt":
		return written
	}
	return measured
}

// maxTracks bounds the tracks of a film whose samples are judged.
const maxTracks = 64

// enterTrack judges a track.
func (b *boxes) enterTrack(r *reader, h header) error {
	sort := sortOf(handlerAhead(r, h))
	b.judged = sort != shown
	if sort == shown || sort == written && r.policy.keeps(Place) {
		return b.enter(r, h, track)
	}
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	t := trackParser{policy: &r.policy, sort: sort}
	if err := t.track(whole[h.head:]); err != nil {
		return err
	}
	if sort == measured && t.harmless {
		return b.enter(r, h, track)
	}
	if len(b.timed) == maxTracks {
		return fmt.Errorf("%w: %d tracks of measurements or text", ErrTooLarge, maxTracks)
	}
	if b.timed == nil {
		b.timed = map[uint32]trackSort{}
	}
	b.timed[t.id] = sort
	for _, table := range t.tables {
		entry := table.entry()
		if sort == written && slices.Contains(b.chapters, t.id) {
			entry = chapters
		}
		apart := sort == written || entry == "rtmd" || entry == "fdsc" || entry == "camm"
		err := table.each(apart, func(from, n uint64) error { return b.judgeLater(r, sort, entry, from, n) })
		if err != nil {
			return err
		}
	}
	b.sortExtents()
	if sort == written {
		return b.enter(r, h, track)
	}
	r.policy.took(Place)
	free(whole, h)
	r.pass(h.size)
	return nil
}

// chapters is what a track refers to another for that names its chapters
// (QuickTime File Format, "Chapter Lists"): programs write those, not cameras.
const chapters = "chap"

// readReferences notes which tracks name chapters (ISO/IEC 14496-12, section 8.3.3).
func (b *boxes) readReferences(r *reader, h header) error {
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	err = eachBox(whole[h.head:], func(h header, body []byte) error {
		for f := (fields{b: body}); h.name == chapters && len(f.b) >= 4 && len(b.chapters) < maxTracks; {
			b.chapters = append(b.chapters, uint32(f.number(4)))
		}
		return nil
	})
	r.pass(h.size)
	return err
}

// free makes free space of a box that is held.
func free(whole []byte, h header) {
	copy(whole[4:], "free")
	clear(whole[h.head:h.size])
}

// handlerAhead returns the handler of a track whose header comes next, or "vide"
// when it stands too far ahead: the description of the samples is then judged
// where it comes by.
func handlerAhead(r *reader, h header) string {
	const most = windowSize - 64
	at, end := int64(h.head), h.size
	for at+8 <= end && at < most {
		head := r.peek(int(at) + 16)
		if int64(len(head)) <= at {
			break
		}
		box, ok := readHeader(head[at:], end-at)
		switch {
		case !ok:
			return "vide"
		case box.name == "mdia":
			at, end = at+int64(box.head), at+box.size
			continue
		case box.name == "hdlr":
			from := int(at) + box.head + 8
			if head = r.peek(from + 4); len(head) < from+4 || box.size < int64(box.head+12) {
				return "vide"
			}
			return string(head[from:])
		}
		at += box.size
	}
	return "vide"
}

// judgeLater notes where samples of a track lie that must be judged when they come.
func (b *boxes) judgeLater(r *reader, sort trackSort, entry string, from, n uint64) error {
	if n == 0 {
		return nil
	}
	if from > rest/4 || n > rest/4 {
		return fmt.Errorf("%w: place of a sample", ErrUnsupported)
	}
	e := extent{from: int64(from), to: int64(from + n), kind: harmless, text: sort == written}
	if e.from < b.stack[0].end {
		if b.wasHarmless(entry, e) {
			return nil
		}
		return fmt.Errorf("%w: track of measurements or text before its index", ErrUnsupported)
	}
	if last := len(b.extents) - 1; last >= 0 && !e.text && !b.extents[last].text && b.extents[last].kind == harmless && b.extents[last].to == e.from {
		b.extents[last].to = e.to
		return nil
	}
	const memory = 32 // of an extent
	if len(b.extents) >= r.policy.maxHeld/memory {
		return fmt.Errorf("%w: %d samples of measurements or text", ErrTooLarge, len(b.extents))
	}
	b.extents = append(b.extents, e)
	return nil
}

func (b *boxes) sortExtents() {
	slices.SortFunc(b.extents, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
}

// trackParser reads a box "trak".
type trackParser struct {
	policy   *policy
	sort     trackSort
	id       uint32
	tables   []sampleIndex
	harmless bool // measurements that tell nothing of the person
}

func (t *trackParser) track(b []byte) error {
	return eachBox(b, func(h header, body []byte) error {
		switch h.name {
		case "tkhd":
			f := fields{b: body}
			if f.number(4)>>24 == 1 {
				f.number(8)
				f.number(8)
			} else {
				f.number(8)
			}
			if t.id = uint32(f.number(4)); f.failed {
				return errTable
			}
		case "mdia", "minf":
			return t.track(body)
		case "stbl":
			table, err := readSampleIndex(body)
			if err != nil {
				return err
			}
			t.tables = append(t.tables, table)
			if t.sort == measured {
				err = t.policy.judgeEntries(table.entries)
				t.harmless = err == nil
				if errors.Is(err, ErrMalformed) {
					return err
				}
			}
		}
		return nil
	})
}

// judgeText overwrites a sample of text with blanks if it tells a place.
func (p *policy) judgeText(sample []byte) {
	if !tellsPlace(sample) {
		return
	}
	p.took(Place)
	f := fields{b: sample}
	text := f.take(int(f.number(2))) // as QuickTime and 3GPP have it, with its length before it
	if f.failed {
		clear(sample)
		return
	}
	for i := range text {
		text[i] = ' '
	}
}

// tellsPlace reports whether a text is what cameras write of where they are: with
// a word for it, or two numbers of four decimals or more. UTF-16 is read as well.
func tellsPlace(sample []byte) bool {
	text := bytes.ToLower(bytes.ReplaceAll(sample, []byte{0}, nil))
	for _, word := range []string{"gps", "latitud", "longitud", "$gp", "$gn", "home(", "geo:"} {
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	precise, decimals, point := 0, 0, false
	for _, c := range append(text, ' ') {
		switch {
		case c == '.':
			point, decimals = true, 0
		case c >= '0' && c <= '9':
			decimals++
		default:
			if point && decimals >= 4 {
				precise++
			}
			point, decimals = false, 0
		}
	}
	return precise >= 2
}
