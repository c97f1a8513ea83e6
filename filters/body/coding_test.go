package body

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var (
	gzipCoding = Coding{
		func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
		func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	}
	zlibCoding = Coding{
		func(r io.Reader) (io.ReadCloser, error) { return zlib.NewReader(r) },
		func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	}
)

func encode(t testing.TB, text string, codings ...Coding) string {
	t.Helper()
	for _, c := range codings {
		var b bytes.Buffer
		w := c.Encode(&b)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		w.Close()
		text = b.String()
	}
	return text
}

func undo(t testing.TB, text string, codings ...Coding) string {
	t.Helper()
	for i := range codings {
		r, err := codings[len(codings)-1-i].Decode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	return text
}

func recode(r io.Reader, codings ...Coding) (string, error) {
	out, err := Recode(r, codings, func(r io.Reader) (io.Reader, error) { return Filter("application/json", r, shop()) })
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(out)
	return string(b), errors.Join(err, out.Close())
}

func TestRecode(t *testing.T) {
	in := `{"a":"` + strings.Repeat("x", windowSize) + `","imei":1}`
	want := strings.Replace(in, `,"imei":1`, "", 1)
	for _, codings := range [][]Coding{nil, {gzipCoding}, {gzipCoding, zlibCoding}} {
		packed := encode(t, in, codings...)
		for _, r := range []io.Reader{strings.NewReader(packed), iotest.OneByteReader(strings.NewReader(packed)), iotest.DataErrReader(strings.NewReader(packed))} {
			out, err := recode(r, codings...)
			if err != nil || undo(t, out, codings...) != want {
				t.Errorf("%d codings: %d bytes, %v", len(codings), len(out), err)
			}
		}
	}
}

// TestRecodeNothing wants a body that is not judged to stay as it is, packed.
func TestRecodeNothing(t *testing.T) {
	in := strings.NewReader("not gzip")
	out, err := Recode(in, []Coding{gzipCoding}, func(r io.Reader) (io.Reader, error) { return Filter("image/png", r, shop()) })
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(out); string(b) != "not gzip" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
}

func TestRecodeRefuses(t *testing.T) {
	packed := encode(t, `{"a":1}`, gzipCoding)
	broken := errors.New("connection reset")
	flip := []byte(packed)
	flip[len(flip)-5] ^= 1
	for _, test := range []struct {
		name    string
		r       io.Reader
		want    error
		codings []Coding
	}{
		{"not the coding", strings.NewReader(`{"a":1}`), ErrMalformed, []Coding{gzipCoding}},
		{"cut", strings.NewReader(packed[:len(packed)-3]), ErrMalformed, []Coding{gzipCoding}},
		{"checksum", bytes.NewReader(flip), ErrMalformed, []Coding{gzipCoding}},
		{"more after it", strings.NewReader(packed + "x"), ErrMalformed, []Coding{gzipCoding}},
		{"inside", strings.NewReader(encode(t, `{"a":`, gzipCoding)), ErrMalformed, []Coding{gzipCoding}},
		{"source", io.MultiReader(strings.NewReader(packed[:20]), iotest.ErrReader(broken)), broken, []Coding{gzipCoding}},
		{"layers", strings.NewReader(packed), ErrUnsupported, []Coding{gzipCoding, gzipCoding, gzipCoding}},
	} {
		if _, err := recode(test.r, test.codings...); !errors.Is(err, test.want) || test.want == broken && errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if _, err := Recode(strings.NewReader(packed), []Coding{gzipCoding}, func(r io.Reader) (io.Reader, error) { return Filter("a b", r, shop()) }); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

// TestBomb wants a body that grows without measure to end.
func TestBomb(t *testing.T) {
	coding := Coding{func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(&endless{r}), nil }, gzipCoding.Encode}
	if _, err := recode(strings.NewReader("bomb"), coding); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// endless yields blanks after what it reads.
type endless struct{ r io.Reader }

func (e *endless) Read(b []byte) (int, error) {
	if _, err := e.r.Read(b); err != nil && err != io.EOF {
		return 0, err
	}
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// FuzzRecode sends what may or may not be coded as it is said to be: what passes
// is coded alike, holds no identifier, and is filtered already.
func FuzzRecode(f *testing.F) {
	for _, text := range []string{`{"a":1,"imei":"490154203237518"}`, `{"a":`, "", "\xff", `[1,2]`} {
		f.Add([]byte(encode(f, text)), uint8(0))
		f.Add([]byte(encode(f, text, gzipCoding)), uint8(1))
		f.Add([]byte(encode(f, text, gzipCoding, zlibCoding)), uint8(2))
		f.Add([]byte(encode(f, text, zlibCoding)), uint8(3))
	}
	layers := [...][]Coding{nil, {gzipCoding}, {gzipCoding, zlibCoding}, {zlibCoding}, {zlibCoding, zlibCoding}}
	f.Fuzz(func(t *testing.T, in []byte, n uint8) {
		codings := layers[int(n)%len(layers)]
		out, err := recode(bytes.NewReader(in), codings...)
		slow, slowErr := recode(iotest.OneByteReader(bytes.NewReader(in)), codings...)
		if (err == nil) != (slowErr == nil) {
			t.Fatalf("%q: %v, byte by byte %v", in, err, slowErr)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("error of another family: %v", err)
			}
			return
		}
		plain := undo(t, out, codings...)
		if plain != undo(t, slow, codings...) {
			t.Fatalf("%q: byte by byte it differs", in)
		}
		if again, err := filter("application/json", plain, shop()); err != nil || again != plain {
			t.Fatalf("%q became %q, and then %q, %v", in, plain, again, err)
		}
	})
}
