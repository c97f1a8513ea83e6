package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// freeGPS is a block of a dashboard camera with a place in degrees and minutes.
func freeGPS(size int) string {
	b := make([]byte, size)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	copy(b[4:], "freeGPS \x4c\x00\x00\x00")
	for i, v := range []uint32{8, 30, 15, 26, 1, 2} { // time and day
		binary.LittleEndian.PutUint32(b[0x30+4*i:], v)
	}
	copy(b[0x48:], "ANE")
	for i, v := range []float32{5231.3777, 1322.6789, 20, 90} { // speed and course
		binary.LittleEndian.PutUint32(b[0x4c+4*i:], math.Float32bits(v))
	}
	copy(b[0x70:], canary+"serial")
	return string(b)
}

// dashboard is a film of a dashboard camera: blocks of places between the pictures,
// one more in free space, and a table of them.
func dashboard(indexFirst bool, size int) []byte {
	block := freeGPS(size)
	ftyp := atom("ftyp", "mp42", u32(0), "mp42")
	media := func(start int) (moov, data string) {
		places := u32(0, 3)
		data = pictureSample(0)
		for range 2 {
			places += u32(uint32(start+8+len(data)), uint32(len(block)))
			data += block + pictureSample(1)
		}
		data = atom("mdat", data)
		places += u32(uint32(start+len(data)), uint32(len(block)))
		return atom("moov", movieHeader(), trackOf("vide", videoEntry, uint32(start+8), uint32(len(pictureSample(0)))), atom("gps ", places)), data + block
	}
	if indexFirst {
		moov, _ := media(0)
		moov, data := media(len(ftyp) + len(moov))
		return []byte(ftyp + moov + data)
	}
	moov, data := media(len(ftyp))
	return []byte(ftyp + data + moov)
}

// TestPlacesByTheirForm wants what tells places blank wherever the index stands,
// and the pictures around it as they were.
func TestPlacesByTheirForm(t *testing.T) {
	gopro := timedTracks["gopro"]
	for name, test := range map[string]struct {
		b      []byte
		blocks []string
		keep   int
	}{
		"gopro":                     {gopro.film(false, false), gopro.samples, 0},
		"gopro, wide":               {gopro.film(false, true), gopro.samples, 0},
		"dashboard":                 {dashboard(true, 200), []string{freeGPS(200)}, 0},
		"dashboard behind":          {dashboard(false, 200), []string{freeGPS(200)}, 8},
		"dashboard without a table": {bytes.Replace(dashboard(true, 200), []byte("gps "), []byte("free"), 1), []string{freeGPS(200)}, 8},
		"not told of":               {[]byte(atom("ftyp", "mp42") + atom("moov", movieHeader()) + atom("mdat", pictureSample(0), gopro.samples[0], pictureSample(1))), gopro.samples[:1], 0},
		"without an index":          {[]byte(atom("ftyp", "mp42") + atom("mdat", pictureSample(0), gopro.samples[0], pictureSample(1))), gopro.samples[:1], 0},
	} {
		found := 0
		out := mustFilter(t, test.b, &Options{Found: func(Kind) { found++ }})
		if len(out) != len(test.b) || found == 0 {
			t.Fatalf("%s: %d bytes became %d, %d found", name, len(test.b), len(out), found)
		}
		for i := range 2 {
			if at := bytes.Index(test.b, []byte(pictureSample(i))); string(out[at:at+len(pictureSample(i))]) != pictureSample(i) {
				t.Errorf("%s: picture %d changed", name, i)
			}
		}
		for _, s := range test.blocks {
			at := bytes.Index(test.b, []byte(s))
			if left := string(out[at+test.keep : at+len(s)]); strings.Trim(left, "\x00") != "" {
				t.Errorf("%s: %q is left", name, strings.Trim(left, "\x00"))
			}
		}
		if bytes.Contains(out, []byte("gpmd")) || bytes.Contains(out, []byte("gps ")) {
			t.Errorf("%s: the index still tells of places", name)
		}
		checkFilter(t, test.b, nil)
		// What else these blocks tell takes more than one consent.
		if some := mustFilter(t, test.b, grant(consent.Location)); !bytes.Equal(some, out) {
			t.Errorf("%s: other bytes with one consent", name)
		}
	}
}

// TestFormsThatAreNone wants media that only look like places as they were.
func TestFormsThatAreNone(t *testing.T) {
	for name, media := range map[string]string{
		"a key alone":            "DEVC",
		"a key of another type":  "DEVCc" + gpmd(1, 2)[5:],
		"another first item":     strings.Replace(gpmd(1, 2), "DVID", "DVIX", 1),
		"words":                  "Use freeGPS for your car, it is free and has GPS for all that",
		"a block below its head": u32(12) + "freeGPS " + codedBytes(100),
		"a block past all":       u32(1<<24) + "freeGPS " + codedBytes(100),
		"the end of a block":     "freeGPS " + codedBytes(100),
		"cut":                    gpmd(1, 2)[:15],
	} {
		b := []byte(atom("ftyp", "qt  ", u32(0)) + atom("mdat", media) + atom("moov", movieHeader()))
		if out := mustFilter(t, b, nil); !bytes.Equal(out, b) {
			t.Errorf("%s: changed", name)
		}
	}
}

// TestIndexThatTellsMore wants films refused whose index tells of samples that were
// not known by their form.
func TestIndexThatTellsMore(t *testing.T) {
	gopro := timedTracks["gopro"]
	other := timed{gopro.handler, gopro.entry, append([]string{"GPS5 in a form of its own"}, gopro.samples...)}
	longer := bytes.Replace(gopro.film(false, false), u32Bytes(uint32(len(gopro.samples[0])), uint32(len(gopro.samples[1]))),
		u32Bytes(uint32(len(gopro.samples[0])), uint32(len(gopro.samples[1])+1)), 1)
	blocks := bytes.Replace(dashboard(false, 200), []byte(u32(0, 3, 20+8+700)), []byte(u32(0, 3, 20+8+699)), 1)
	for name, b := range map[string][]byte{
		"a sample of another form": other.film(false, false),
		"a longer sample":          longer,
		"a block before its block": blocks,
	} {
		if bytes.Equal(b, gopro.film(false, false)) || bytes.Equal(b, dashboard(false, 200)) {
			t.Fatalf("%s: the film is as it was", name)
		}
		if _, err := filter(b, nil); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// More than can be kept in mind was never seen.
	many := timed{gopro.handler, gopro.entry, make([]string, 3000)}
	for i := range many.samples {
		many.samples[i] = gopro.samples[0]
	}
	if _, err := filter(many.film(false, false), nil); err != nil {
		t.Errorf("many samples: %v", err)
	}
	if _, err := filter(many.film(false, false), &Options{MaxHeld: 1}); !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrTooLarge) {
		t.Errorf("more samples than memory: %v", err)
	}
}

// TestUserDataInPictures wants what camcorders write into coded pictures blank, and
// neither their length nor their escapes changed.
func TestUserDataInPictures(t *testing.T) {
	const uuid = "\x17\xee\x8c\x60\xf8\x4d\x11\xd9\x8c\xd6\x08\x00\x20\x0c\x9a\x66"
	for entries, want := range map[string]string{
		"\xb1N\x01\x02\x03\xb2\x00\x34\x00\x01":         "\xff\xff\xff\xff\xff\xff\x00\xff\x00\xff",
		"\xb1N\x00\x00\x03\x00\xb2\x00\x00\x03\x01\x05": "\xff\xff\x00\x00\x03\x00\xff\x00\x00\x03\xff\xff",
	} {
		media := pictureSample(0) + uuid + "MDPM\x02" + entries + "\x80 stays"
		for _, indexFirst := range []string{"", atom("moov", movieHeader())} {
			b := []byte(atom("ftyp", "mp42") + indexFirst + atom("mdat", media, pictureSample(1)))
			out := string(mustFilter(t, b, nil))
			if !strings.Contains(out, pictureSample(0)+uuid+"\xff\xff\xff\xff\xff"+want+"\x80 stays"+pictureSample(1)) {
				t.Errorf("%q", out[len(out)-60-len(pictureSample(1)):])
			}
			checkFilter(t, b, nil)
			cut := []byte(atom("ftyp", "mp42") + atom("mdat", media[:len(pictureSample(0))+len(uuid)+9]))
			if out := mustFilter(t, cut, nil); len(out) != len(cut) || bytes.Contains(out, []byte("\xb1N")) {
				t.Errorf("cut: %q", out[len(out)-9:])
			}
		}
	}
}

func u32Bytes(values ...uint32) []byte { return []byte(u32(values...)) }
