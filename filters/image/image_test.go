package image

import (
	"bytes"
	"errors"
	stdimage "image"
	stdgif "image/gif"
	"io"
	"path"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/fairwaygate/fairway/filters/consent"
)

// filter reads all of an upload.
func filter(b []byte, o *Options) ([]byte, error) {
	return io.ReadAll(NewReader(bytes.NewReader(b), "", o))
}

func mustFilter(t testing.TB, b []byte, o *Options) []byte {
	t.Helper()
	out, err := filter(b, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func grant(purposes ...consent.Purpose) *Options {
	return &Options{Granted: consent.Of(purposes...)}
}

func TestNothingPlantedComesOut(t *testing.T) {
	for name, b := range samplesOf(t) {
		t.Run(name, func(t *testing.T) {
			if !bytes.Contains(b, []byte(canary)) {
				t.Fatal("nothing was planted")
			}
			found := map[Kind]bool{}
			out := mustFilter(t, b, &Options{Found: func(k Kind) { found[k] = true }})
			if at := bytes.Index(out, []byte(canary)); at >= 0 {
				t.Errorf("at byte %d: %q", at, out[at:min(len(out), at+20)])
			}
			if was, is := bytes.Count(b, []byte("stays")), bytes.Count(out, []byte("stays")); is == 0 && was != 0 || is > was {
				t.Errorf("%d of %d harmless values stay", is, was)
			}
			if len(found) == 0 {
				t.Error("nothing was reported")
			}
			if again := mustFilter(t, out, nil); !bytes.Equal(again, out) {
				t.Error("a second time changes it")
			}
		})
	}
}

func TestCleanFilesPassUnchanged(t *testing.T) {
	clean := bases(t)
	clean["film.mp4"] = filmFile("mp42", true, atom("udta", atom("LOOP", u32(0))))
	clean["moving.avif"] = filmFile("avis", true, trackOf("pict", atom("av01", u32(0, 1)), 100, 10))
	clean["photo.jxl"] = []byte("\xff\x0a" + codedBytes(100))
	clean["notes.txt"] = []byte("52.5162, 13.3777")
	clean["page.pdf"] = []byte("%PDF-1.7 " + canary)
	clean["empty.jpg"] = nil
	clean["short"] = []byte{0xff}
	for name, b := range clean {
		out, err := io.ReadAll(NewReader(bytes.NewReader(b), name, &Options{Found: func(k Kind) { t.Errorf("%s: took %s", name, k) }}))
		if err != nil || !bytes.Equal(out, b) {
			t.Errorf("%s: %v, same bytes: %v", name, err, bytes.Equal(out, b))
		}
	}
}

func TestGrants(t *testing.T) {
	for name, b := range samplesOf(t) {
		both := NewReader(bytes.NewReader(b), "", grant(consent.Location, consent.Device))
		if out, err := io.ReadAll(both); err != nil || !bytes.Equal(out, b) {
			t.Errorf("%s with both: %v, same bytes: %v", name, err, bytes.Equal(out, b))
		}
	}
	tests := []struct {
		sample     string
		o          *Options
		stay, gone []string
	}{
		{"jpeg", grant(consent.Location), []string{"area", "place", "city", "shown"}, []string{"serial", "owner", "line", "maker note", "preview", "creator", "title", "model"}},
		{"jpeg", grant(consent.Device), []string{"serial", "owner", "line", "maker note", "artist", "creator", "model"}, []string{"area", "place", "city", "shown", "preview", "title", "unheard"}},
		{"jpeg", &Options{Anonymous: true}, []string{"make", "model"}, []string{"serial", "owner", "area", "place", "maker note"}},
		{"jpeg", grant(consent.Analytics, consent.Advertising, consent.Photos), nil, []string{"serial", "area", "model"}},
		{"png", grant(consent.Location), []string{"area", "place"}, []string{"serial", "owner", "model"}},
		{"webp", grant(consent.Device), []string{"serial", "creator"}, []string{"area", "place", "city"}},
		{"heic", grant(consent.Location), []string{"area", "place"}, []string{"serial", "owner"}},
		{"avif", grant(consent.Device), []string{"serial", "owner"}, []string{"area", "place"}},
		{"tiff/big", grant(consent.Location), []string{"area", "place"}, []string{"serial", "make"}},
		{"tiff/little", grant(consent.Device), []string{"serial", "make"}, []string{"area", "place"}},
		{"mov", grant(consent.Location), []string{"+52.5162", "place"}, []string{"mod", "serial"}},
		{"mov", grant(consent.Device), []string{"mod", "serial"}, []string{"+52.5162", "place"}},
		{"mov", &Options{Anonymous: true}, []string{"mod"}, []string{"enc", "serial", "+52.5162"}},
		{"gif", grant(consent.Location), nil, []string{"", "serial"}},
	}
	for _, test := range tests {
		out := mustFilter(t, samplesOf(t)[test.sample], test.o)
		for _, word := range test.stay {
			if !bytes.Contains(out, []byte(canary+word)) {
				t.Errorf("%s with %v: %q went", test.sample, test.o, word)
			}
		}
		for _, word := range test.gone {
			if bytes.Contains(out, []byte(canary+word)) {
				t.Errorf("%s with %v: %q stayed", test.sample, test.o, word)
			}
		}
	}
}

func TestSplitsChangeNothing(t *testing.T) {
	for name, b := range samplesOf(t) {
		want := mustFilter(t, b, nil)
		for at := range len(b) + 1 {
			split := io.MultiReader(bytes.NewReader(b[:at]), bytes.NewReader(b[at:]))
			if out, err := io.ReadAll(NewReader(split, "", nil)); err != nil || !bytes.Equal(out, want) {
				t.Fatalf("%s split at %d: %v, same bytes: %v", name, at, err, bytes.Equal(out, want))
			}
		}
		for kind, r := range map[string]io.Reader{
			"one byte":      iotest.OneByteReader(bytes.NewReader(b)),
			"halves":        iotest.HalfReader(bytes.NewReader(b)),
			"data with EOF": iotest.DataErrReader(bytes.NewReader(b)),
		} {
			if err := iotest.TestReader(NewReader(r, "", nil), want); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

func TestErrorsOfTheSourcePass(t *testing.T) {
	broken := errors.New("connection lost")
	for name, b := range samplesOf(t) {
		for _, at := range []int{0, 5, 100, len(b) / 2, len(b) - 1} {
			r := NewReader(io.MultiReader(bytes.NewReader(b[:at]), iotest.ErrReader(broken)), "", nil)
			if _, err := io.ReadAll(r); !errors.Is(err, broken) {
				t.Errorf("%s broken at %d: %v", name, at, err)
			}
			if n, err := r.Read(make([]byte, 8)); n != 0 || !errors.Is(err, broken) {
				t.Errorf("%s broken at %d, read again: %d, %v", name, at, n, err)
			}
		}
	}
}

// TestTruncatedFiles cuts files at every byte: what comes out is never more than
// the whole would give, and never anything planted.
func TestTruncatedFiles(t *testing.T) {
	for name, b := range samplesOf(t) {
		for at := range b {
			out, err := filter(b[:at], nil)
			if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("%s cut at %d: %v", name, at, err)
			}
			// An error tells the caller to use none of it.
			if err == nil && bytes.Contains(out, []byte(canary)) {
				t.Fatalf("%s cut at %d tells what was planted", name, at)
			}
		}
	}
}

func TestHints(t *testing.T) {
	tests := []struct {
		hint string
		body string
		want error
	}{
		{"image/jpeg", "<svg/>", ErrUnsupported},
		{"IMAGE/JPEG; q=1", "BM", ErrUnsupported},
		{"DSC_1.JPG", "text", ErrUnsupported},
		{"video/quicktime", "\x00", ErrUnsupported},
		{"image/jpeg", "", nil},
		{"image/jpeg", string(pngFile(t)), nil},
		{"text/plain", string(pngFile(t)), nil},
		{"image/svg+xml", "<svg/>", nil},
		{"application/octet-stream", "anything", nil},
		{"archive.jpg.zip", "PK\x03\x04", nil},
		{"", "FUJIFILMCCD-RAW 0201", ErrUnsupported},
		{"", "8BPS\x00\x01", ErrUnsupported},
		{"", "MMOR\x00\x00\x00\x08", ErrUnsupported},
		{"", "MMORPG=yes", nil},
		{"", "a=1&moov=2&ftyp=3", nil},
		{"", "\x8aMNG\r\n\x1a\n", ErrUnsupported},
		{"", atom("ftyp", "crx ", u32(1), "crx isom"), ErrUnsupported},
	}
	for _, test := range tests {
		out, err := io.ReadAll(NewReader(bytes.NewReader([]byte(test.body)), test.hint, nil))
		if !errors.Is(err, test.want) || err == nil && string(out) != test.body {
			t.Errorf("%q: %v", test.hint, err)
		}
	}
}

// trickle returns nothing now and then, and never blocks.
type trickle struct {
	b    []byte
	turn int
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.turn++; r.turn%3 != 0 {
		return 0, nil
	}
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 7)], r.b)
	r.b = r.b[n:]
	return n, nil
}

func TestSourcesThatReturnNothing(t *testing.T) {
	b := samplesOf(t)["jpeg"]
	out, err := io.ReadAll(NewReader(&trickle{b: b}, "", nil))
	if err != nil || !bytes.Equal(out, mustFilter(t, b, nil)) {
		t.Error(err)
	}
	idle := NewReader(iotest.ErrReader(nil), "", nil)
	if _, err := idle.Read(make([]byte, 1)); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

func TestKindNames(t *testing.T) {
	var names []string
	for k := range harmless + 1 {
		names = append(names, k.String())
	}
	slices.Sort(names)
	if slices.Contains(names, "") || len(slices.Compact(names)) != int(harmless) {
		t.Errorf("%q", names)
	}
}

// pixels decodes what the standard library can. Of the other formats it returns
// the bytes that hold the coded picture.
func pixels(t testing.TB, name string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	add := func(m stdimage.Image) {
		for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
			for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
				r, g, b, a := m.At(x, y).RGBA()
				out.Write([]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8), byte(a >> 8)})
			}
		}
	}
	switch path.Ext(name) {
	case ".jpg", ".png":
		m, _, err := stdimage.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		add(m)
	case ".gif":
		g, err := stdgif.DecodeAll(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range g.Image {
			add(m)
		}
	case ".webp":
		at := bytes.Index(b, []byte(vp8l))
		out.Write(b[at : at+len(vp8l)])
	default:
		coded := []byte(codedBytes(2000))
		at := bytes.Index(b, coded)
		if at < 0 {
			t.Fatalf("%s: the coded picture is missing", name)
		}
		out.Write(b[at : at+len(coded)])
	}
	return out.Bytes()
}

func samePicture(t testing.TB, name string, a, b []byte) bool {
	t.Helper()
	return bytes.Equal(pixels(t, name, a), pixels(t, name, b))
}

// TestSniff compares what a few bytes tell with what all do.
func TestSniff(t *testing.T) {
	for name, b := range samplesOf(t) {
		b = b[:SniffLen]
		for n := range b {
			if known, more := Sniff(b[:n]); !known && !more {
				t.Errorf("%s: %d bytes are no format", name, n)
			}
		}
		if known, _ := Sniff(b); !known {
			t.Errorf("%s: unknown", name)
		}
	}
	for _, text := range []string{"imei=1&lat=52.5162", `{"a": [1, 2, 3, 4]}`, "\x00\x00\x00\x00\x05 grpc", "%PDF-1.7 and more"} {
		if known, more := Sniff([]byte(text[:5])); known || more {
			t.Errorf("%q may be a picture", text)
		}
	}
}
