package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// timed is a track of measurements or text with its samples.
type timed struct {
	handler, entry string
	samples        []string
}

// klv is an item of GoPro's metadata format.
func klv(key string, kind byte, size byte, repeat int, data string) string {
	return key + string([]byte{kind, size}) + u16(uint16(repeat)) + data + strings.Repeat("\x00", -len(data)&3)
}

// gpmd is a sample of GoPro's with a place.
func gpmd(latitude, longitude float64) string {
	place := u32(uint32(int32(latitude*1e7)), uint32(int32(longitude*1e7)), 77250, 1000, 100)
	stream := klv("STNM", 'c', 1, 10, canary+"strm") + klv("SCAL", 'l', 4, 5, u32(1e7, 1e7, 1000, 1000, 100)) + klv("GPS5", 'l', 20, 1, place)
	device := klv("DVID", 'L', 4, 1, u32(1)) + klv("STRM", 0, 1, len(stream), stream)
	return klv("DEVC", 0, 1, len(device), device)
}

// camm is a sample of Android's with a place.
func camm(latitude, longitude float64) string {
	b := binary.LittleEndian.AppendUint16(nil, 0)
	b = binary.LittleEndian.AppendUint16(b, 6)
	for _, v := range []float64{1.4e9} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	b = binary.LittleEndian.AppendUint32(b, 3)
	for _, v := range []float64{latitude, longitude} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	for range 7 {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(77.25))
	}
	return string(b)
}

// subtitle is a sample of text.
func subtitle(text string) string { return u16(uint16(len(text))) + text }

// keyed is a description of Apple's samples with one key.
func keyed(name string) string {
	return atom("mebx", u32(0, 1), atom("keys", atom("\x00\x00\x00\x01", atom("keyd", "mdta"+name), atom("dtyp", u32(0, 1)))))
}

// mebx is a sample of Apple's with one value.
func mebx(text string) string { return atom("\x00\x00\x00\x01", text) }

// timedTracks are those of several makers, with the words that must not come out.
var timedTracks = map[string]timed{
	"gopro":    {"meta", atom("gpmd", u32(0, 1)), []string{gpmd(52.5162, 13.3777), gpmd(52.5163, 13.3778), gpmd(52.5164, 13.3779)}},
	"camm":     {"camm", atom("camm", u32(0, 1)), []string{camm(52.5162, 13.3777), camm(52.5163, 13.3778)}},
	"apple":    {"meta", keyed("com.apple.quicktime.location.ISO6709"), []string{mebx("+52.5162+013.3777+077.25/"), mebx("+52.5163+013.3778/")}},
	"text":     {"text", atom("text", u32(0, 1), strings.Repeat("\x00", 43)), []string{subtitle("GPS (13.3777, 52.5162, 18), D 24.26m, " + canary), subtitle("GPS (13.3778, 52.5163, 18)")}},
	"subtitle": {"sbtl", atom("tx3g", u32(0, 1), strings.Repeat("\x00", 30)), []string{subtitle("HOME(13.3777,52.5162) 2026.01.02"), subtitle("13.37775 52.51625")}},
}

// pictures are the samples of the film's other track, one before each of the rest.
func pictureSample(i int) string { return codedBytes(700 + 13*i) }

// trackBox is a track of which each chunk has one sample.
func trackBox(id uint32, handlerName, entry string, places, sizes []uint32, wide bool) string {
	chunks := atom("stco", u32(0, uint32(len(places))), u32(places...))
	if wide {
		var b []uint32
		for _, p := range places {
			b = append(b, 0, p)
		}
		chunks = atom("co64", u32(0, uint32(len(places))), u32(b...))
	}
	n := uint32(len(sizes))
	runs := atom("stsc", u32(0, 0))
	if len(places) > 0 {
		runs = atom("stsc", u32(0, 1, 1, n/uint32(len(places)), 1))
	}
	return atom("trak",
		atom("tkhd", u32(7, 0, 0, id, 0, 1000, 0, 0, 0, 0x0100), matrix, u32(64<<16, 48<<16)),
		atom("mdia",
			atom("mdhd", u32(0, 0, 0, 1000, 1000, 0x55c40000)),
			atom("hdlr", u32(0, 0), handlerName, u32(0, 0, 0), "Handler\x00"),
			atom("minf",
				atom("nmhd", u32(0)),
				atom("dinf", atom("dref", u32(0, 1), atom("url ", u32(1)))),
				atom("stbl", atom("stsd", u32(0, 1), entry), atom("stts", u32(0, 1, n, 500)), runs, atom("stsz", u32(0, 0, n), u32(sizes...)), chunks))))
}

func movieHeader() string {
	return atom("mvhd", u32(0, 0, 0, 1000, 1000, 0x10000, 0x01000000, 0, 0), matrix, u32(0, 0, 0, 0, 0, 0, 3))
}

// film has pictures and samples of a track in turn.
func (t timed) film(indexFirst, wide bool) []byte {
	ftyp := atom("ftyp", "mp42", u32(0), "mp42")
	index := func(start int) (moov, data string) {
		var places, sizes, picturePlaces, pictureSizes []uint32
		var all strings.Builder
		for i, s := range t.samples {
			picturePlaces = append(picturePlaces, uint32(start+all.Len()))
			pictureSizes = append(pictureSizes, uint32(len(pictureSample(i))))
			all.WriteString(pictureSample(i))
			places = append(places, uint32(start+all.Len()))
			sizes = append(sizes, uint32(len(s)))
			all.WriteString(s)
		}
		data = all.String()
		return atom("moov", movieHeader(), trackBox(1, "vide", videoEntry, picturePlaces, pictureSizes, wide),
			trackBox(2, t.handler, t.entry, places, sizes, wide)), data
	}
	if indexFirst {
		moov, _ := index(0)
		moov, data := index(len(ftyp) + len(moov) + 8)
		return []byte(ftyp + moov + atom("mdat", data))
	}
	moov, data := index(len(ftyp) + 8)
	return []byte(ftyp + atom("mdat", data) + moov)
}

// fragments is the same film with a fragment for each sample. The way in which the
// runs tell places and sizes changes from one to the next.
func (t timed) fragments() []byte {
	b := atom("ftyp", "iso5", u32(0), "iso5") + atom("moov", movieHeader(), trackBox(1, "vide", videoEntry, nil, nil, false),
		trackBox(2, t.handler, t.entry, nil, nil, false),
		atom("mvex", atom("trex", u32(0, 1, 1, 500, 0, 0)), atom("trex", u32(0, 2, 1, 500, uint32(len(t.samples[0])), 0))))
	for i, s := range t.samples {
		n, k := uint32(len(pictureSample(i))), uint32(len(s))
		moof := func(size int) string {
			after := uint32(size) + 8
			picture := atom("traf", atom("tfhd", u32(0x020000, 1)), atom("trun", u32(0x201, 1, after, n)))
			var run string
			switch {
			case i == 0:
				run = atom("tfhd", u32(0x020000, 2)) + atom("trun", u32(0x1, 1, after+n))
			case i%2 == 1:
				run = atom("tfhd", u32(0x020010, 2, k)) + atom("trun", u32(0x105, 1, after+n, 0, 500))
			default:
				run = atom("tfhd", u32(0x1, 2, 0, uint32(len(b)))) + atom("trun", u32(0x701, 1, after+n, 500, k, 0))
			}
			return atom("moof", atom("mfhd", u32(0, uint32(i+1))), picture, atom("traf", run))
		}
		b += moof(len(moof(0))) + atom("mdat", pictureSample(i), s)
	}
	return []byte(b)
}

// TestTimedTracks wants the samples of tracks that tell places blank and every
// other byte of coded data as it was.
func TestTimedTracks(t *testing.T) {
	for name, track := range timedTracks {
		for form, b := range map[string][]byte{"stco": track.film(true, false), "co64": track.film(true, true), "fragments": track.fragments()} {
			out := mustFilter(t, b, nil)
			if len(out) != len(b) {
				t.Errorf("%s, %s: %d bytes became %d", name, form, len(b), len(out))
				continue
			}
			for i, s := range track.samples {
				at := bytes.Index(b, []byte(pictureSample(i)+s))
				if at < 0 || string(out[at:at+len(pictureSample(i))]) != pictureSample(i) {
					t.Errorf("%s, %s: picture %d is not where it was", name, form, i)
				}
				sample := out[at+len(pictureSample(i)):][:len(s)]
				if strings.Trim(strings.TrimPrefix(string(sample), s[:2]), " \x00") != "" {
					t.Errorf("%s, %s: sample %d is left: %q", name, form, i, sample)
				}
			}
			if hasTrack := bytes.Contains(out, []byte(track.handler)); hasTrack != (sortOf(track.handler) == written) {
				t.Errorf("%s, %s: the track is left: %v", name, form, hasTrack)
			}
			checkFilter(t, b, nil)
			checkFilter(t, b, grant(consent.Location))
			checkFilter(t, b, grant(consent.Device))
		}
		if _, err := filter(track.film(false, false), nil); name != "gopro" && name != "text" && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s, the index last: %v", name, err)
		}
	}
}

// TestTimedTracksStay wants what tells no place, and what was granted, as it was.
func TestTimedTracksStay(t *testing.T) {
	words := timed{"sbtl", timedTracks["subtitle"].entry, []string{subtitle("Chapter 1.5: 12:30, 3.14"), subtitle("3.14159 is pi"), ""}}
	turned := timed{"meta", keyed("com.apple.quicktime.video-orientation"), []string{mebx("\x00\x01")}}
	for name, test := range map[string]struct {
		b []byte
		o *Options
	}{
		"words":                 {words.film(true, false), nil},
		"words in fragments":    {words.fragments(), nil},
		"orientation":           {turned.film(true, false), nil},
		"orientation behind":    {turned.film(false, false), nil},
		"places, granted":       {timedTracks["apple"].film(true, false), grant(consent.Location)},
		"text, granted, behind": {timedTracks["text"].film(false, false), grant(consent.Location)},
	} {
		if out := mustFilter(t, test.b, test.o); !bytes.Equal(out, test.b) {
			t.Errorf("%s: changed", name)
		}
	}
}

// TestFilmsOfPhones wants films to pass as they are recorded, the index last, and
// refused what else such a track could hold.
func TestFilmsOfPhones(t *testing.T) {
	apple := func(name string) timed {
		return timed{"meta", keyed("com.apple.quicktime." + name), []string{mebx("\x00\x01"), mebx("\x00\x02")}}
	}
	google := func(name string) timed {
		return timed{"meta", atom("mett", u32(0, 1), "\x00"+name+"\x00"), []string{"\x08\x01notes", "\x08\x02notes"}}
	}
	for _, track := range []timed{
		apple("detected-face"), apple("detected-human-body"), apple("detected-human-full-body"), apple("detected-cat-body"),
		apple("detected-dog-head"), apple("detected-salient-object"), apple("live-photo-info"), apple("still-image-time"),
		apple("live-photo-still-image-transform"), apple("smartstyle-info"), apple("scene-illuminance"), apple("cinematic-audio"),
		apple("cinematic-video.rendering"), apple("cinematic-video.cinematography"), apple("cinematography-dictionary"), apple("disparity-float"),
	} {
		for _, indexFirst := range []bool{true, false} {
			b := track.film(indexFirst, false)
			if out := mustFilter(t, b, nil); !bytes.Equal(out, b) {
				t.Errorf("%q, the index first %v: changed", track.entry, indexFirst)
			}
		}
	}
	for _, name := range []string{"microvideo-meta-stream", "microvideo-image-meta", "motionphoto-image-meta"} {
		track := google("application/" + name)
		if out := mustFilter(t, track.film(true, false), nil); bytes.Contains(out, []byte(name)) || bytes.Contains(out, []byte(track.samples[0])) {
			t.Errorf("%s: is left of a film with the index first", name)
		}
		b := track.film(false, false)
		out := mustFilter(t, b, nil)
		if index := bytes.Index(b, []byte("moov")); bytes.Contains(out, []byte(name)) || !bytes.Equal(out[:index], b[:index]) {
			t.Errorf("%s: the index tells of it, or the media changed", name)
		}
		checkFilter(t, b, nil)
	}
	for _, track := range []timed{
		apple("location.ISO6709"), apple("detected-location"), apple("live-photo.content.identifier"), apple("of-tomorrow"), apple("direction.facing"),
		google("application/microvideo-meta-stream2"), google("application/octet-stream"), google(""), {"meta", atom("mett", u32(0)), []string{"\x08"}},
	} {
		if _, err := filter(track.film(false, false), nil); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%q: %v", track.entry, err)
		}
	}
}

// TestTimedTracksThatCannotBeJudged wants films refused in which samples could hide.
func TestTimedTracksThatCannotBeJudged(t *testing.T) {
	gopro := timedTracks["gopro"]
	whole := string(gopro.film(true, false))
	replaced := func(old, new string) []byte {
		if !strings.Contains(whole, old) {
			t.Fatalf("%q is not in the film", old)
		}
		return []byte(strings.Replace(whole, old, new, 1))
	}
	sizes := u32(0, 0, uint32(len(gopro.samples)))
	for name, test := range map[string]struct {
		b    []byte
		o    *Options
		want error
	}{
		"a table longer than its box": {replaced("stsz"+sizes+u32(uint32(len(gopro.samples[0]))), "stsz"+u32(0, 0, 900)+u32(uint32(len(gopro.samples[0])))), nil, ErrMalformed},
		"samples in the index":        {[]byte(atom("ftyp", "mp42", u32(0)) + atom("moov", trackBox(2, "meta", gopro.entry, []uint32{30}, []uint32{10}, false))), nil, ErrUnsupported},
		"past all bytes":              {[]byte(atom("ftyp", "mp42", u32(0)) + atom("moov", movieHeader(), trackBox(2, "meta", gopro.entry, []uint32{1 << 31, 1 << 31}, []uint32{10, 10}, false))), nil, nil},
		"in a box that stays":         {[]byte(atom("ftyp", "mp42", u32(0)) + atom("moov", trackBox(2, "meta", gopro.entry, []uint32{420}, []uint32{100}, false)) + atom("sidx", codedBytes(500))), nil, ErrMalformed},
		"a large track":               {[]byte(atom("ftyp", "mp42", u32(0)) + atom("moov", trackBox(2, "meta", gopro.entry, make([]uint32, 20000), make([]uint32, 20000), false))), &Options{MaxHeld: 1}, ErrTooLarge},
		"many samples":                {[]byte(atom("ftyp", "mp42", u32(0)) + atom("moov", manySamples())), &Options{MaxHeld: 1 << 18}, ErrTooLarge},
		"a part without a base":       {append(gopro.fragments(), atom("moof", atom("traf", atom("tfhd", u32(0, 1))), atom("traf", atom("tfhd", u32(0, 2)), atom("trun", u32(0, 1))))...), nil, ErrUnsupported},
		"a part before its fragment":  {append(gopro.fragments(), atom("moof", atom("traf", atom("tfhd", u32(0, 2)), atom("trun", u32(0x1, 1, 0xffffff00))))...), nil, ErrUnsupported},
		"a part with a cut run":       {append(gopro.fragments(), atom("moof", atom("traf", atom("tfhd", u32(0, 2)), atom("trun", u32(0x200, 9, 1))))...), nil, ErrMalformed},
	} {
		if _, err := filter(test.b, test.o); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// manySamples is a track of text with more samples than are kept in mind.
func manySamples() string {
	const n = 10_000
	places, sizes := make([]uint32, n), make([]uint32, n)
	for i := range places {
		places[i], sizes[i] = uint32(1<<20+i*20), 10
	}
	return trackBox(2, "text", timedTracks["text"].entry, places, sizes, false)
}

// TestSampleIndex compares the places of samples with those found by hand.
func TestSampleIndex(t *testing.T) {
	box := func(sizes string) string {
		return sizes + atom("stsc", u32(0, 2, 1, 2, 1, 3, 1, 1)) + atom("stco", u32(0, 4, 100, 200, 300, 400))
	}
	const all = "100+1 101+2 200+3 203+4 300+5 400+6 "
	for name, test := range map[string]struct{ b, apart, together string }{
		"stsz":    {box(atom("stsz", u32(0, 0, 6, 1, 2, 3, 4, 5, 6))), all, all},
		"stz2/4":  {box(atom("stz2", u32(0, 4, 6), "\x12\x34\x56")), all, all},
		"stz2/8":  {box(atom("stz2", u32(0, 8, 6), "\x01\x02\x03\x04\x05\x06")), all, all},
		"stz2/16": {box(atom("stz2", u32(0, 16, 6), u16(1, 2, 3, 4, 5, 6))), all, all},
		"one":     {box(atom("stsz", u32(0, 7, 5))), "100+7 107+7 200+7 207+7 300+7 ", "100+14 200+14 300+7 400+0 "},
		"none":    {box(""), "", ""},
	} {
		for _, apart := range []bool{true, false} {
			table, err := readSampleIndex([]byte(test.b))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			_ = table.each(apart, func(from, n uint64) error { got += fmt.Sprintf("%d+%d ", from, n); return nil })
			want := test.together
			if apart {
				want = test.apart
			}
			if got != want {
				t.Errorf("%s, apart %v: %s, want %s", name, apart, got, want)
			}
		}
	}
}

// TestExiftoolTimedTracks asks exiftool, which reads samples too.
func TestExiftoolTimedTracks(t *testing.T) {
	directory := t.TempDir()
	words := []string{"gps", "52.5", "13.3", "canary", "latitude", "longitude", "location", "warning", "error"}
	var paths []string
	write := func(name string, b []byte) string {
		path := filepath.Join(directory, name)
		paths = append(paths, path)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	before, after := map[string]string{}, map[string]string{}
	films := map[string][]byte{
		"gopro, the index last":     timedTracks["gopro"].film(false, false),
		"dashboard":                 dashboard(true, 0x8000),
		"dashboard, the index last": dashboard(false, 0x8000),
		"dashboard without a table": bytes.Replace(dashboard(true, 0x8000), []byte("gps "), []byte("free"), 1),
	}
	for name, track := range timedTracks {
		films[name] = track.film(true, false)
	}
	for name, b := range films {
		before[name] = write(name+".mp4", b)
		after[name] = write(name+".clean.mp4", mustFilter(t, b, nil))
	}
	found := report(t, paths)
	for name := range films {
		if had := told(found[before[name]], words...); len(had) == 0 && name != "subtitle" {
			t.Errorf("%s: exiftool finds nothing planted: %v", name, found[before[name]])
		}
		for _, tag := range told(found[after[name]], words...) {
			t.Errorf("%s: %s = %v", name, tag, found[after[name]][tag])
		}
		if got, want := found[after[name]]["Track1:ImageWidth"], found[before[name]]["Track1:ImageWidth"]; got != want {
			t.Errorf("%s: the track of pictures is %v wide, and was %v", name, got, want)
		}
	}
}
