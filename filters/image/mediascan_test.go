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

// klvSet is a set of Sony's with a place.
func klvSet(length string, tags string) string {
	return "\x06\x0e\x2b\x34\x02\x53\x01\x01\x0c\x02\x01\x01\x7f\x01\x00\x00" + length + tags
}

// makers have samples between the pictures of films whose index stands last, and what
// must become of each of those.
func makers() map[string]struct {
	track timed
	want  []string
} {
	blanks := strings.Repeat
	tag := u16(0x8502, 24) + u32(52, 1, 30, 1, 58, 1)
	head := u16(0x1c, 0x0100) + blanks("\x01", 24)
	sony := head + klvSet("\x83\x00\x00\x1c", tag) + klvSet("\x81\x1c", tag) + klvSet("\x1c", tag) + u16(0, 0)
	repair := "GPRO\x01\x02\x03\x04HD6.01.02.01.00" + canary + "serial" + codedBytes(95) + codedBytes(140)
	text := func(before, place, after string) [2]string {
		return [2]string{subtitle(before + place + after), subtitle(before + blanks(" ", len(place)) + after)}
	}
	drone := [][2]string{
		text("F/2.8, SS 206, ISO 100, GPS (", "13.3777, 52.5162, 18", "), D 24.26m"),
		text("[iso: 100] [latitude", ": 52.516271", "] [x: 1]"),
		text("[longitude", ": 13.377722", "]"),
		text("<font>[longtitude", " : 13.377722", "]</font>"),
		text("HOME(", "W: 13.377722, N: 52.516271", ") now"),
		text("GPS(", "W: 13.377722, N: 52.516271, 23.71m", ")"),
		text("", "", ""),
	}
	var before, after []string
	for _, s := range drone {
		before, after = append(before, s[0]), append(after, s[1])
	}
	return map[string]struct {
		track timed
		want  []string
	}{
		"sony":   {timed{"meta", atom("rtmd", u32(0, 1)), []string{sony, sony}}, []string{head + blanks("\x00", len(sony)-32) + u16(0, 0), head + blanks("\x00", len(sony)-32) + u16(0, 0)}},
		"repair": {timed{"fdsc", atom("fdsc", u32(0, 1)), []string{repair, "GP\x00" + codedBytes(149), "GP\x04" + codedBytes(13)}}, []string{repair[:8] + blanks("\x00", 110) + repair[118:], "GP\x00" + codedBytes(149), "GP\x04" + codedBytes(13)}},
		"motion": {timed{"camm", atom("camm", u32(0)), []string{u32(0x200) + codedBytes(12), u32(0x100) + codedBytes(8)}}, []string{u32(0x200) + codedBytes(12), u32(0x100) + codedBytes(8)}},
		"drone":  {timed{"sbtl", atom("tx3g", u32(0, 1), blanks("\x00", 30)), before}, after},
		"text":   {timed{"text", atom("text", u32(0, 1), blanks("\x00", 43)), before}, after},
	}
}

// TestFormsOfMakers wants what makers write blank, their pictures as they were, and
// the film refused when a sample is of another form.
func TestFormsOfMakers(t *testing.T) {
	for name, test := range makers() {
		t.Run(name, func(t *testing.T) {
			b := test.track.film(false, false)
			out := mustFilter(t, b, nil)
			want := ""
			for i, s := range test.want {
				want += pictureSample(i) + s
			}
			if !bytes.Contains(out, []byte(want)) || len(out) != len(b) {
				t.Errorf("%q", out)
			}
			if again := mustFilter(t, out, nil); !bytes.Equal(again, out) {
				t.Error("a second time changes it")
			}
			checkFilter(t, b, nil)
			checkFilter(t, b, grant(consent.Location))
			checkFilter(t, b, grant(consent.Device))
			other := test.track
			other.samples = append([]string{subtitle("Berlin, Pariser Platz" + strings.Repeat(".", 152))}, other.samples...)
			if _, err := filter(other.film(false, false), nil); !errors.Is(err, ErrUnsupported) {
				t.Errorf("a sample of another form: %v", err)
			}
		})
	}
	drone := makers()["drone"].track.film(false, false)
	if out := mustFilter(t, drone, grant(consent.Location)); !bytes.Equal(out, drone) {
		t.Error("places that were granted changed")
	}
	repair := makers()["repair"].track.film(true, false)
	if out := mustFilter(t, repair, grant(consent.Device)); bytes.Contains(out, []byte(canary)) {
		t.Error("the index first, of a kind that isn't known to be of the device alone")
	}
}

// TestFormsAnywhere wants a form found wherever it begins, and beside bytes like its
// own.
func TestFormsAnywhere(t *testing.T) {
	for _, form := range []string{"GPS (52.5162, 13.3777)", gpmd(1, 2), klvSet("\x04", canary[:4])} {
		for before := range 300 {
			for _, filling := range []string{"\x00", "GP", "[latDEVC\x06\x0e"} {
				media := strings.Repeat(filling, before)[:before] + form
				b := []byte(atom("ftyp", "mp42", u32(0)) + atom("mdat", media, codedBytes(300)))
				if out := mustFilter(t, b, nil); bytes.Contains(out, []byte(form)) || len(out) != len(b) || !bytes.HasSuffix(out, []byte(codedBytes(300))) {
					t.Fatalf("%q behind %d bytes of %q is left", form, before, filling)
				}
			}
		}
	}
}

// TestChapters wants films of editing programs to pass, which name chapters and have
// the index last.
func TestChapters(t *testing.T) {
	track := timed{"text", timedTracks["text"].entry, []string{subtitle("Chapter 1"), subtitle("The end")}}
	film := string(track.film(false, false))
	refer := func(kind string, id uint32) []byte {
		tref := atom("tref", atom("cdsc", u32(1)), atom(kind, u32(7, id)))
		b := strings.Replace(film, matrix+u32(64<<16, 48<<16), matrix+u32(64<<16, 48<<16)+tref, 1)
		at := strings.LastIndex(b, "moov") - 4
		size := binary.BigEndian.Uint32([]byte(b[at:]))
		b = b[:at] + u32(size+uint32(len(tref))) + b[at+4:]
		at = strings.Index(b, "trak") - 4
		size = binary.BigEndian.Uint32([]byte(b[at:]))
		return []byte(b[:at] + u32(size+uint32(len(tref))) + b[at+4:])
	}
	b := refer("chap", 2)
	if out := mustFilter(t, b, nil); !bytes.Equal(out, b) {
		t.Error("changed")
	}
	checkFilter(t, b, nil)
	for name, b := range map[string][]byte{"subtitles": refer("subt", 2), "another track": refer("chap", 3), "no reference": []byte(film)} {
		if _, err := filter(b, nil); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
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
		"a word in brackets":     "Use GPS (if you have it), HOME(or not) [latitude unknown]",
		"open brackets":          "GPS (52.5162, 13.3777",
		"brackets of no text":    "GPS (52.5162, \x0113.3777)",
		"a stock":                "GPRO\x00\x00\x00\x00HIGH 4.20",
		"another key":            strings.Replace(klvSet("\x04", "1234"), "\x02\x53", "\x02\x43", 1),
		"a length of its own":    klvSet("\x84", codedBytes(100)),
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
