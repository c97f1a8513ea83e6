package body

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

// longTexts are values that are longer than what is held back: the text with an
// identifier in it, and without.
func longTexts() map[string][2]string {
	events := strings.Repeat(`{"event":"view","note":"a \"b\" \\ é \u00e9 + / 100% 日本 😀"},`, 1000)
	before, after := "["+events+`{"imei":"`+imei+`","n":1}]`, "["+events+`{"n":1}]`
	clean := "[" + events + `{"n":1}]`
	std, rawURL := base64.StdEncoding, base64.RawURLEncoding
	return map[string][2]string{
		"JSON":                {before, after},
		"nothing to take out": {clean, clean},
		"base64":              {std.EncodeToString([]byte(before)), std.EncodeToString([]byte(after))},
		"base64url":           {rawURL.EncodeToString([]byte(before)), rawURL.EncodeToString([]byte(after))},
		"no JSON":             {"[note] " + before, "[note] " + before},
		"no JSON in base64":   {std.EncodeToString([]byte("{a} " + before)), std.EncodeToString([]byte("{a} " + before))},
	}
}

// TestLongValues wants JSON found in values of any length and in any pieces, and what is
// around it, and its escapes, as they were.
func TestLongValues(t *testing.T) {
	phpEscape := func(text string) string {
		return strings.NewReplacer(`\`, `\\`, `"`, `\u0022`, "/", `\/`, "é", `\u00e9`, "日本", `\u65e5\u672c`, "😀", `\ud83d\ude00`).Replace(text)
	}
	quoted := func(text string) string { return string(quote(nil, text)) }
	component := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	loose := func(text string) string {
		return strings.NewReplacer("%", "%25", "+", "%2b", "&", "%26", ";", "%3b", "=", "%3D", " ", "+").Replace(text)
	}
	for name, text := range longTexts() {
		if len(text[0]) <= 2*maxHeld {
			t.Fatal("too short a text")
		}
		for _, c := range []struct {
			contentType, before, after string
			escape                     func(string) string
			again                      func(string) string // what becomes of the escapes
		}{
			{"application/json", `{"a":1,"data":`, `,"imei":"1","z":[2]}`, quoted, quoted},
			{"application/json", `{"a":1,"data":"`, `","imei":"1","z":[2]}`, phpEscape, nil},
			{urlencoded, "a=1&data=", "&imei=1&z=2", url.QueryEscape, url.QueryEscape},
			{urlencoded, "a=1&data=", "&imei=1&z=2", component, component},
			{urlencoded, "a=1&data=", "&imei=1&z=2", loose, loose},
			{"text/plain", "a=1&data=", "&imei=1\r\nz=2", component, component},
			{formData, "--b\r\nContent-Disposition: form-data; name=data\r\n\r\n", "\r\n--b--\r\n", func(s string) string { return s }, func(s string) string { return s }},
		} {
			in := c.before + c.escape(text[0]) + c.after
			var wants []string
			for _, rest := range []string{c.after, strings.NewReplacer(`"imei":"1",`, "", "&imei=1", "").Replace(c.after)} {
				if c.again != nil {
					wants = append(wants, c.before+c.again(text[1])+rest)
				}
			}
			for i, read := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader, func(r io.Reader) io.Reader { return &steps{[]byte(in), 1021} }} {
				got, err := filterFrom(c.contentType, read(strings.NewReader(in)), shop())
				if err != nil {
					t.Fatalf("%s in %s: %v", name, c.contentType, err)
				}
				if c.again == nil { // the same text, whatever its escapes
					var values map[string]any
					if err := json.Unmarshal([]byte(got), &values); err != nil || values["data"] != text[1] || values["imei"] != nil {
						t.Errorf("%s in %s, read %d: %v", name, c.contentType, i, err)
					}
				} else if got != wants[len(wants)-1] {
					at := 0
					for at < min(len(got), len(wants[1])) && got[at] == wants[1][at] {
						at++
					}
					t.Errorf("%s in %s, read %d: differs at %d: …%.60q, want …%.60q", name, c.contentType, i, at, got[at:], wants[1][at:])
				}
			}
		}
		query := "a=1&data=" + component(text[0]) + "&imei=1"
		if got, changed := FilterQuery(query, shop()); got != "a=1&data="+component(text[1]) || !changed {
			t.Errorf("%s in a query: changed is %v", name, changed)
		}
	}
}

// TestLongZippedValues wants the same of gzip.
func TestLongZippedValues(t *testing.T) {
	var data []byte
	for i := range 20_000 {
		data = fmt.Appendf(data, `{"event":"%x"},`, i*7919*7919)
	}
	zipped := func(text string) string {
		return base64.StdEncoding.EncodeToString(deflate([]byte(text)))
	}
	in := zipped("[" + string(data) + `{"imei":"` + imei + `","n":1}]`)
	if len(in) <= 2*maxHeld {
		t.Fatal("too short a text")
	}
	out, err := filter(urlencoded, "data="+url.QueryEscape(in)+"&b=1", shop())
	if err != nil {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(out)
	if err != nil || values.Get("b") != "1" {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(strings.NewReader(from64(t, values.Get("data"))))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "["+string(data)+`{"n":1}]` {
		t.Errorf("%d bytes became %d (%v)", len(data), len(text), err)
	}
	bomb := base64.StdEncoding.EncodeToString(deflate(append(bytes.Repeat([]byte(" "), 2*MaxDecoded), "{}"...)))
	if _, err := filter(urlencoded, "data="+url.QueryEscape(bomb), shop()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb of %d bytes: %v", len(bomb), err)
	}
}

// TestLongValuesThatAreRefused wants refused what can't be judged to its end.
func TestLongValuesThatAreRefused(t *testing.T) {
	text := "[" + strings.Repeat(`{"event":"view"},`, 3000)
	for _, in := range []string{text + "]", text + "x", text + `{"imei":"1"}`} {
		_, err := filter(urlencoded, "data="+url.QueryEscape(in), shop())
		if want := ErrMalformed; !errors.Is(err, want) {
			t.Errorf("…%q: %v", in[len(in)-5:], err)
		}
		if _, err := filter("application/json", `{"data":`+string(quote(nil, in))+`}`, shop()); !errors.Is(err, ErrMalformed) {
			t.Errorf("…%q in JSON: %v", in[len(in)-5:], err)
		}
	}
	if _, err := filter(urlencoded, "data="+url.QueryEscape(text)+";imei=1", shop()); !errors.Is(err, ErrMalformed) {
		t.Errorf("a semicolon: %v", err)
	}
	if out, changed := FilterQuery("data="+url.QueryEscape(text), shop()); out != "" || !changed {
		t.Errorf("a query became %d bytes", len(out))
	}
}

// TestFilesInForms wants files found that are written as base64 in forms.
func TestFilesInForms(t *testing.T) {
	for _, size := range []int{200, 9_000, maxHeld, 100_001} {
		data := "PICT\xfb\xff\xbe" + strings.Repeat("\xfb\xef\xbe\xff\x00", size/10) + "place" + strings.Repeat("\xff\xfe\x3e", size/6)
		for name, c := range encodings(data) {
			if c[1] == "" || strings.Contains(c[0], `\`) {
				continue // no form has these
			}
			in := "a=1&photo=" + url.QueryEscape(c[0]) + "&imei=1&b=2"
			want := "a=1&photo=" + url.QueryEscape(c[1]) + "&b=2"
			for _, read := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader} {
				got, err := filterFrom(urlencoded, read(strings.NewReader(in)), files())
				if got != want || err != nil {
					t.Errorf("%d bytes, %s: %d bytes of %d, %v", size, name, len(got), len(want), err)
				}
			}
		}
		bad := "photo=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("PICTX"+strings.Repeat("x", size))))
		for _, rest := range []string{"", "&b=2"} {
			if _, err := filter(urlencoded, bad+rest, files()); !errors.Is(err, ErrUnsupported) {
				t.Errorf("%d bytes that are refused: %v", size, err)
			}
		}
	}
}
