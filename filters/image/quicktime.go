package image

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// readHandler notes what a track holds (ISO/IEC 14496-12, section 8.4.3).
func (b *boxes) readHandler(r *reader, h header) error {
	at := h.head + 8
	head := r.peek(at + 4)
	if len(head) < at+4 || h.size < int64(at+4) {
		return r.malformed("handler of a track")
	}
	b.handler = string(head[at:])
	r.pass(h.size)
	return nil
}

// samples judges a track by the descriptions of its samples (section 8.5.2), if it
// wasn't when it began.
func (b *boxes) samples(r *reader, h header) error {
	sort := sortOf(b.handler)
	if sort == written && !b.judged && !r.policy.keeps(Place) {
		return fmt.Errorf("%w: track of text", ErrUnsupported)
	}
	if sort != measured {
		r.pass(h.size)
		return nil
	}
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	const before = 8 // version and number of entries
	if len(whole) < h.head+before {
		return r.malformed("sample description")
	}
	err = r.policy.judgeEntries(whole[h.head+before:])
	r.pass(h.size)
	return err
}

// judgeEntries judges a track by the descriptions of its samples. The error is
// ErrUnsupported when they may tell more than is harmless.
func (p *policy) judgeEntries(entries []byte) error {
	return eachBox(entries, func(entry header, body []byte) error {
		const reserved = 8
		if entry.name != "mebx" || len(body) < reserved {
			return fmt.Errorf("%w: track of %q", ErrUnsupported, entry.name)
		}
		return p.timedKeys(body[reserved:])
	})
}

// timedKeys judges a track of timed metadata by the names of its values, as
// QuickTime declares them in boxes "keys" and "keyd".
func (p *policy) timedKeys(body []byte) error {
	return eachBox(body, func(table header, body []byte) error {
		if table.name != "keys" {
			return nil
		}
		return eachBox(body, func(_ header, body []byte) error {
			return eachBox(body, func(h header, body []byte) error {
				if h.name != "keyd" {
					return nil
				}
				if len(body) < 4 || !p.keeps(keyKind(string(body[4:]))) {
					return fmt.Errorf("%w: track of timed metadata", ErrUnsupported)
				}
				return nil
			})
		})
	})
}

// enterMeta judges a box of metadata. In QuickTime it is no full box and has no
// version.
func (b *boxes) enterMeta(r *reader, h header, within container) error {
	head := r.peek(h.head + 24)
	if len(head) < h.head+8 {
		return r.short()
	}
	if len(head) == h.head+24 && string(head[h.head+8:h.head+12]) == "hdlr" && string(head[h.head+20:]) == "pict" {
		switch within {
		case file:
			return b.index(r, h)
		case track:
			return b.trackIndex(r, h)
		}
	}
	b.keys = nil
	if err := b.enter(r, h, metadata); err != nil {
		return err
	}
	if string(head[h.head+4:h.head+8]) != "hdlr" {
		if h.size < int64(h.head+4) {
			return r.malformed("metadata")
		}
		r.pass(int64(h.head + 4))
	}
	return nil
}

// maxKeys bounds how many keys of metadata are known by number.
const maxKeys = 4096

// readKeys reads the names of the items that follow, and takes the names out of
// those that will go.
func (b *boxes) readKeys(r *reader, h header) error {
	whole, err := r.hold(h.size)
	if err != nil {
		return err
	}
	const before, entryHead = 8, 8
	table := whole[h.head:]
	if len(table) < before {
		return r.malformed("keys of metadata")
	}
	b.keys = b.keys[:0]
	for table = table[before:]; len(table) >= entryHead; {
		n := binary.BigEndian.Uint32(table)
		if n < entryHead || uint64(n) > uint64(len(table)) || len(b.keys) == maxKeys {
			return r.malformed("keys of metadata")
		}
		name := table[entryHead:n]
		k := keyKind(string(name))
		if !r.policy.keeps(k) {
			for i := range name {
				name[i] = '-'
			}
		}
		b.keys = append(b.keys, k)
		table = table[n:]
	}
	r.pass(h.size)
	return nil
}

// item judges an item of a list of metadata: by its key, or by its own name.
func (b *boxes) item(name string) verdict {
	if name == "free" || name == "skip" {
		return padding
	}
	if number := binary.BigEndian.Uint32([]byte(name)); number > 0 && uint64(number) <= uint64(len(b.keys)) {
		return takingOut(b.keys[number-1])
	}
	switch name {
	case "cpil", "pgap", "stik", "hdvd", "tmpo", "trkn", "disk":
		return passing
	}
	return takingOut(userDataKind(name))
}

// keyKind tells what the value of a key is, by the names that Apple and Android
// give to keys of the sort "mdta".
func keyKind(name string) Kind {
	short := name
	for _, prefix := range []string{"com.apple.quicktime.", "com.apple.photos.", "com.android."} {
		short = strings.TrimPrefix(short, prefix)
	}
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(short, p) })
	}
	begins := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(short, p) })
	}
	switch short {
	case "creationdate", "capture.fps", "full-frame-rate-playback-intent", "video-orientation", "still-image-time",
		"live-photo.vitality-scoring-version", "scene-illuminance", "disparity-float":
		return harmless
	}
	switch {
	case has("location", "gps", "latitude", "longitude", "direction"):
		return Place
	case has("identifier", "serial", "uuid"):
		return Serial
	case has("author", "artist", "owner", "producer", "director", "copyright", "publisher"):
		return Owner
	case begins("detected-", "live-photo", "cinematic-", "cinematography-", "smartstyle", "spatial-overcapture."):
		return harmless // where faces and pets are, focus, depth and look: iPhones note them in ordinary films
	case has("make", "model", "software", "manufacturer", "version"):
		return Model
	case has("title", "description", "comment", "keywords", "information", "displayname"):
		return Text
	}
	return Other
}
