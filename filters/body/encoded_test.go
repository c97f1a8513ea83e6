package body

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// files has options whose File takes "place" out of what begins with "PICT", and refuses
// what begins with "PICTX".
func files() *Options {
	o := shop()
	o.IsFile = func(b []byte) bool {
		return bytes.HasPrefix(b, []byte("PICT")) || bytes.HasPrefix(b, []byte("\xff\xd8"))
	}
	o.File = func(_, _ string, r io.Reader) io.Reader {
		data, err := io.ReadAll(r)
		if bytes.HasPrefix(data, []byte("PICTX")) {
			err = ErrUnsupported
		}
		if err != nil {
			return iotest.ErrReader(err)
		}
		if !o.IsFile(data) {
			return bytes.NewReader(data)
		}
		return bytes.NewReader(bytes.ReplaceAll(data, []byte("place"), nil))
	}
	return o
}

// encodings are ways to write base64 in a string of JSON, and what becomes of it.
func encodings(data string) map[string][2]string {
	clean := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(data, "place", "")))
	text := base64.StdEncoding.EncodeToString([]byte(data))
	escaped := strings.NewReplacer("/", `\/`, "+", `\u002b`, "=", `\u003D`).Replace(text)
	lines := ""
	for rest := text; rest != ""; {
		n := min(76, len(rest))
		lines += rest[:n] + `\r\n`
		rest = rest[n:]
	}
	const prefix = "data:image/jpeg;base64,"
	return map[string][2]string{
		"data URL": {prefix + text, prefix + clean},
		"capitals": {"Data:image/jpeg;BASE64," + text, "Data:image/jpeg;BASE64," + clean},
		"bare":     {text, clean},
		"escaped":  {`data:image\/jpeg;base64,` + escaped, `data:image\/jpeg;base64,` + clean},
		"lines":    {lines, clean},
		"unpadded": {strings.TrimRight(text, "="), ""},
		"for URLs": {base64.RawURLEncoding.EncodeToString([]byte(data)), base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(data, "place", "")))},
	}
}

// TestEncodedFiles wants files found that are written as base64, of any length and in
// any pieces, and all around them as it was.
func TestEncodedFiles(t *testing.T) {
	for _, size := range []int{200, 201, 202, 9_000, maxHeld, windowSize, 100_001} {
		data := "PICT\xfb\xff\xbe" + strings.Repeat("\xfb\xef\xbe\xff\x00", size/10) + "place" + strings.Repeat("\xff\xfe\x3e", size/6)
		for name, c := range encodings(data) {
			if c[1] == "" { // as it comes, without what stands for nothing
				c[1] = strings.TrimRight(encodings(data)["bare"][1], "=")
				if len(data)%3 == 0 {
					c[1] = encodings(data)["bare"][1]
				}
			}
			in := `{"a":1,"imei":"` + imei + `","photos":[ "` + c[0] + `" ,{"b":"` + c[0] + `"}],"end":"x"}`
			late := func(r io.Reader) io.Reader { // past what is held
				return io.MultiReader(io.LimitReader(r, maxHeld+200), iotest.OneByteReader(io.LimitReader(r, 500)), r)
			}
			reads := []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader, late}
			if size <= 202 {
				reads = append(reads, iotest.OneByteReader)
			}
			for _, read := range reads {
				r, err := Filter("application/json", read(strings.NewReader(in)), files())
				if err != nil {
					t.Fatal(err)
				}
				out, err := io.ReadAll(r)
				want := `{"a":1,"photos":[ "` + c[1] + `" ,{"b":"` + c[1] + `"}],"end":"x"}`
				got := string(out)
				if size < maxHeld/2 { // those are written anew
					got, want = strings.ReplaceAll(got, `\/`, "/"), strings.ReplaceAll(want, `\/`, "/")
				}
				if err != nil || got != want {
					t.Fatalf("%d bytes, %s: %v, %d bytes of %d", size, name, err, len(got), len(want))
				}
			}
		}
		c := encodings(data)["data URL"]
		field := func(text string) string {
			return part(`Content-Disposition: form-data; name="photo"`, text) + "--b--\r\n"
		}
		if out := filterAll(t, formData, field(c[0]), files()); out != field(c[1]) {
			t.Errorf("%d bytes, in a field: %.200q", size, out)
		}
	}
}

// filterAll reads all of a body.
func filterAll(t *testing.T, contentType, in string, o *Options) string {
	t.Helper()
	r, err := Filter(contentType, strings.NewReader(in), o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestEncodedFilesThatAreRefused wants refused what can't be judged.
func TestEncodedFilesThatAreRefused(t *testing.T) {
	for _, size := range []int{200, 100_000} {
		fill := strings.Repeat("x", size)
		bad := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString([]byte("PICTX"+fill))
		good := base64.StdEncoding.EncodeToString([]byte("PICT" + fill))
		for text, want := range map[string]error{
			bad: ErrUnsupported, good + "-_+/": ErrMalformed, good + "==AAAA": ErrMalformed, good + "\x01": ErrMalformed, good + `\q`: ErrMalformed, good + "A": ErrMalformed,
		} {
			r, err := Filter("application/json", strings.NewReader(`{"photo":"`+text+`"}`), files())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(r); !errors.Is(err, want) {
				t.Errorf("%d bytes, …%.20q: %v, want %v", size, text[len(text)-8:], err, want)
			}
		}
		r, err := Filter("application/json", strings.NewReader(`{"photo":"`+good), files())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes without an end: %v", size, err)
		}
	}
}

// TestTextsThatAreNoFiles wants them as they were.
func TestTextsThatAreNoFiles(t *testing.T) {
	for _, size := range []int{200, 100_000} {
		fill := strings.Repeat("place", size/5)
		for _, text := range []string{
			fill, base64.StdEncoding.EncodeToString([]byte("other" + fill)), "data:image/svg+xml;utf8," + fill, "data:" + fill, "PICT" + fill,
			"data:text/plain;base64," + base64.StdEncoding.EncodeToString([]byte(fill)),
			base64.StdEncoding.EncodeToString([]byte("\xff\xd8 by chance place" + fill)), `\\\\\\\\` + fill, `\u0041` + fill,
		} {
			in := fmt.Sprintf(`{"text":"%s"}`, text)
			if out := filterAll(t, "application/json", in, files()); out != in {
				t.Errorf("%d bytes, %.30q: changed", size, text)
			}
		}
	}
	short := `{"text":"` + base64.StdEncoding.EncodeToString([]byte("PICT place")) + `"}`
	if out := filterAll(t, "application/json", short, files()); out != short {
		t.Error("what is too short to tell anything changed")
	}
}

// TestTextsThatAreFiles wants files found that are a whole body in base64.
func TestTextsThatAreFiles(t *testing.T) {
	for _, size := range []int{200, 100_000} {
		data := "PICT" + strings.Repeat("x", size) + "place" + strings.Repeat("y", size)
		text := base64.StdEncoding.EncodeToString([]byte(data))
		want := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(data, "place", "")))
		for _, contentType := range []string{"text/plain;charset=UTF-8", urlencoded, ""} { // as scripts send what is a string to them
			for _, before := range []string{"", "data:image/jpeg;base64,"} {
				for _, pieces := range []func(io.Reader) io.Reader{iotest.DataErrReader, iotest.OneByteReader, iotest.HalfReader} {
					got, err := filterFrom(contentType, pieces(strings.NewReader(before+text)), files())
					if err != nil || got != before+want {
						t.Errorf("%s, %d bytes: %.60q became %.60q, %v", contentType, size, before+text, got, err)
					}
				}
			}
		}
	}
	harmless := strings.Repeat("data:image/jpeg;base64,aGVsbG8=\n", 10)
	check(t, "text/plain", harmless, harmless, files())
	_, err := filter("text/plain", base64.StdEncoding.EncodeToString([]byte("PICTX"+strings.Repeat("x", 200))), files())
	if !errors.Is(err, ErrUnsupported) {
		t.Errorf("a file that is refused: %v", err)
	}
}
