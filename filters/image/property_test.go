package image

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/consent"
)

// TestDamagedFiles changes bytes of files at will.
func TestDamagedFiles(t *testing.T) {
	files := samplesOf(t)
	names := slices.Sorted(maps.Keys(files))
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(files[rapid.SampledFrom(names).Draw(t, "file")])
		for range rapid.IntRange(1, 6).Draw(t, "damages") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		granted := rapid.SampledFrom([]consent.Set{0, consent.Of(consent.Location), consent.Of(consent.Device)}).Draw(t, "granted")
		checkFilter(t, b, &Options{Granted: granted})
	})
}

// plantedEntry draws an entry of Exif that may tell something.
func plantedEntry(t *rapid.T) entry {
	tag := rapid.OneOf(rapid.Uint16(), rapid.SampledFrom([]uint16{
		0x010f, 0x0112, 0x013b, 0x8298, 0x8825, 0x8769, 0x927c, 0xa430, 0xa431, 0xa435, 0x9003, 0xa005, 700, 33723,
	})).Draw(t, "tag")
	if tag == 0x8825 || tag == 0x8769 || tag == 0xa005 {
		n := rapid.IntRange(1, 4).Draw(t, "entries")
		sub := make([]entry, n)
		for i := range sub {
			sub[i] = entry{tag: 0xfd00 + uint16(i), kind: 2, value: canary + "\x00"}
		}
		return entry{tag: tag, kind: 4, sub: sub}
	}
	value := canary
	if mainKind(tag) == harmless { // it describes the picture
		value = "stays"
	}
	return entry{tag: tag, kind: 2, value: value + strings.Repeat("x", rapid.IntRange(0, 20).Draw(t, "length")) + "\x00"}
}

// TestConsentIsMonotone draws blocks of Exif: none tells what isn't listed, and
// more consent never takes out more.
func TestConsentIsMonotone(t *testing.T) {
	base := []byte("\xff\xd8\xff\xd9")
	rapid.Check(t, func(t *rapid.T) {
		var order binary.AppendByteOrder = binary.BigEndian
		if rapid.Bool().Draw(t, "little") {
			order = binary.LittleEndian
		}
		entries := make([]entry, rapid.IntRange(0, 12).Draw(t, "entries"))
		for i := range entries {
			entries[i] = plantedEntry(t)
		}
		b := withSegments(base, segment(0xe1, exifHeader+string(buildTIFF(order, entries, nil))), segment(0xe1, xmpHeader+xmpPacket))
		none := mustFilterRapid(t, b, 0)
		if bytes.Contains(none, []byte(canary)) {
			t.Fatalf("%q", none)
		}
		least := bytes.Count(none, []byte("stays"))
		all := bytes.Count(b, []byte(canary))
		for _, p := range []consent.Purpose{consent.Location, consent.Device} {
			some := mustFilterRapid(t, b, consent.Of(p))
			if bytes.Count(some, []byte("stays")) < least || bytes.Count(some, []byte(canary)) > all {
				t.Fatalf("with %d: %q", p, some)
			}
		}
	})
}

func mustFilterRapid(t *rapid.T, b []byte, granted consent.Set) []byte {
	out, err := filter(b, &Options{Granted: granted})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
