package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
	"pgregory.net/rapid"
)

// canary is a value that must not come out without the purpose.
type canary struct {
	text    string
	purpose consent.Purpose
}

// carriers are names of identifiers, and the purpose that lets them pass.
var carriers = map[string]consent.Purpose{
	"imei": consent.Device, "deviceId": consent.Device, "advertising_id": consent.Device, "user.idfa": consent.Device, "OAID": consent.Device,
	"push-token": consent.Device, "gclid": consent.Advertising, "fbclid": consent.Advertising, "ssid": consent.Location, "latlng": consent.Location,
}

// documents draws JSON with canaries planted in it.
func documents(t *rapid.T) (string, []canary) {
	var planted []canary
	names := make([]string, 0, len(carriers))
	for name := range carriers {
		names = append(names, name)
	}
	plain := rapid.SampledFrom([]string{"a", "total", "Name", "items", "x y", "é", `q\"`, `\u0061`, "日本", ""})
	space := rapid.SampledFrom([]string{"", "", "", " ", "\n\t"})
	scalars := rapid.SampledFrom([]string{"0", "-1.50", "1e3", "true", "null", `""`, `"text"`, `"\ud83d\ude00\n"`, `"日本"`, `"a&b=c"`})
	carrier := rapid.SampledFrom(sorted(names))
	var value func(depth int) string
	value = func(depth int) string {
		switch n := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case n < 2 && depth < 5:
			var parts []string
			for range rapid.IntRange(0, 4).Draw(t, "members") {
				name := plain.Draw(t, "name")
				var text string
				if rapid.IntRange(0, 3).Draw(t, "plant") == 0 {
					name = carrier.Draw(t, "carrier")
					c := canary{fmt.Sprintf("canary%dx", len(planted)), carriers[name]}
					planted = append(planted, c)
					text = rapid.SampledFrom([]string{`"%s"`, `{"v":["%s"]}`, `["%s"]`, `"%s` + strings.Repeat("-", 300) + `"`}).Draw(t, "form")
					text = fmt.Sprintf(text, c.text)
					if c.purpose == consent.Location {
						text = `"` + c.text + `"` // what holds places is looked into
					}
				} else {
					text = value(depth + 1)
				}
				parts = append(parts, space.Draw(t, "space")+`"`+name+`"`+space.Draw(t, "space")+":"+space.Draw(t, "space")+text+space.Draw(t, "space"))
			}
			return "{" + space.Draw(t, "space") + strings.Join(parts, ",") + "}"
		case n == 2 && depth < 5:
			var parts []string
			for range rapid.IntRange(0, 3).Draw(t, "elements") {
				parts = append(parts, space.Draw(t, "space")+value(depth+1)+space.Draw(t, "space"))
			}
			return "[" + strings.Join(parts, ",") + "]"
		}
		return scalars.Draw(t, "scalar")
	}
	return value(0), planted
}

func sorted(names []string) []string {
	for i := range names {
		for j := range i {
			if names[i] < names[j] {
				names[i], names[j] = names[j], names[i]
			}
		}
	}
	return names
}

// grants draws a set of the purposes that matter.
func grants(t *rapid.T) (s consent.Set) {
	for _, p := range []consent.Purpose{consent.Device, consent.Advertising, consent.Location} {
		if rapid.Bool().Draw(t, "granted") {
			s = s.With(p)
		}
	}
	return s
}

func TestCanaries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc, planted := documents(t)
		granted := grants(t)
		more := granted | grants(t)
		step := rapid.IntRange(1, 40).Draw(t, "step")
		o := shop()
		count := 0
		o.Found = func(Finding) { count++ }
		o.Granted = granted
		bodies := map[string]string{
			"application/json":                doc,
			"application/x-ndjson":            doc + "\n" + doc,
			formData:                          form("b", "a", "1", "d", doc) + "",
			"multipart/form-data; boundary=c": strings.Replace(form("c", "d", doc), "\r\n\r\n", "\r\nContent-Type: application/json\r\n\r\n", 1),
		}
		for contentType, in := range bodies {
			count = 0
			out, err := filterFrom(contentType, &steps{[]byte(in), step}, o)
			if err != nil {
				t.Fatalf("%s %q: %v", contentType, in, err)
			}
			if count == 0 && out != in {
				t.Fatalf("%s %q became %q without a finding", contentType, in, out)
			}
			for _, c := range planted {
				if strings.Contains(out, c.text) && !granted.Has(c.purpose) {
					t.Fatalf("%s: %q came out of %q: %q", contentType, c.text, in, out)
				}
			}
			if again, err := filter(contentType, out, o); again != out || err != nil {
				t.Fatalf("%s: %q became %q, %v", contentType, out, again, err)
			}
			wider := shop()
			wider.Granted = more
			all, err := filter(contentType, in, wider)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range planted {
				if strings.Contains(out, c.text) && !strings.Contains(all, c.text) {
					t.Fatalf("%s: %q went with more consent: %q", contentType, c.text, in)
				}
			}
		}
		if out, err := filter("application/json", doc, o); err != nil || !json.Valid([]byte(out)) {
			t.Fatalf("%q became %q, %v", doc, out, err)
		}
	})
}

// TestAllowlistModel compares the states of an allowlist with the plain meaning of
// its paths.
func TestAllowlistModel(t *testing.T) {
	segment := rapid.SampledFrom([]string{"a", "b", "c", "*"})
	step := rapid.SampledFrom([]string{"a", "b", "c", "d", "[]"})
	rapid.Check(t, func(t *rapid.T) {
		var paths []string
		var split [][]string
		for range rapid.IntRange(0, 4).Draw(t, "paths") {
			path := rapid.SliceOfN(segment, 1, 4).Draw(t, "path")
			split = append(split, path)
			paths = append(paths, strings.Join(path, "."))
		}
		list, err := NewAllowlist(paths...)
		if err != nil {
			t.Fatal(err)
		}
		walk := rapid.SliceOfN(step, 0, 5).Draw(t, "walk")
		s := list.start
		for _, name := range walk {
			if name == "[]" {
				s = s.element()
			} else {
				s = s.child(name)
			}
		}
		want := false
		for _, path := range split {
			want = want || covers(path, walk)
		}
		if s.passes() != want {
			t.Fatalf("%q at %q: %v, want %v", paths, walk, s.passes(), want)
		}
	})
}

// covers reports whether a path names what a walk leads to, or what holds it.
func covers(path, walk []string) bool {
	if len(path) == 0 {
		return true
	}
	if len(walk) == 0 {
		return false
	}
	if walk[0] == "[]" && covers(path, walk[1:]) {
		return true
	}
	return (path[0] == walk[0] || path[0] == "*") && covers(path[1:], walk[1:])
}

// FuzzJSON compares what is accepted with encoding/json, and what comes out in one
// piece with what comes out in many.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"imei":"1","a":[1,{"lat":39.9042}],"b":"\u0069"}`, `[116.4074, 39.9042]`, `{"a":{"\u0069mei":[{}]}}`, "\uFEFF{}", `"\ud83d"`, "{\"a\":\"é\"} ",
		`{"d":"{\"imei\":1}"}`, `-0.1e+5`, `[[[]]]`, `{"coordinates":["1.23456",2]}`, `{"u":"http://a/?gclid=1"}`,
	} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		o := shop()
		found := 0
		o.Found = func(Finding) { found++ }
		out, err := filter("application/json", string(in), o)
		split, splitErr := filterFrom("application/json", &steps{in, int(step) + 1}, o)
		if (err == nil) != (splitErr == nil) || err == nil && out != split {
			t.Fatalf("%q: %q, %v; in pieces %q, %v", in, out, err, split, splitErr)
		}
		text := bytes.TrimPrefix(in, []byte("\uFEFF"))
		empty := len(bytes.Trim(text, " \t\r\n")) == 0
		valid := utf8.Valid(text) && (json.Valid(text) || empty)
		if err == nil != valid && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%q: %v, valid is %v", in, err, valid)
		}
		if err != nil {
			return
		}
		if found == 0 && out != string(in) {
			t.Fatalf("%q became %q without a finding", in, out)
		}
		if !empty && !json.Valid([]byte(strings.TrimPrefix(out, "\uFEFF"))) {
			t.Fatalf("%q became %q", in, out)
		}
		if len(out) > 2*len(in)+8 {
			t.Fatalf("%d bytes became %d", len(in), len(out))
		}
		if again, err := filter("application/json", out, o); err != nil || again != out {
			t.Fatalf("%q became %q, then %q, %v", in, out, again, err)
		}
	})
}

// FuzzForm wants a form to be what identifier.Query makes of it.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"a=1&imei=2&b=3", "&&=;gclid=1;&", "a=b;c=d;idfa=1", "lat=39.9042&x=%34", "a=+%2B;;", imei, "\xFE\xFF"} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		o := shop()
		out, err := filter(urlencoded, string(in), o)
		split, splitErr := filterFrom(urlencoded, &steps{in, int(step) + 1}, o)
		if (err == nil) != (splitErr == nil) || err == nil && out != split {
			t.Fatalf("%q: %q, %v; in pieces %q, %v", in, out, err, split, splitErr)
		}
		if len(in) > maxHeld || isWide(in) || HoldsJSON(string(in)) || isNoForm(bytes.TrimLeft(in, "\uFEFF \t\r\n")) || bytes.Contains(append([]byte("&"), in...), []byte("&;")) {
			return // what is left of a parameter that begins with a semicolon may be nothing
		}
		if want, _ := o.Identifiers.Query(string(in), 0, nil); out != want || err != nil {
			t.Fatalf("%q became %q, as a query %q, %v", in, out, want, err)
		}
		p := partner(t, "a", "b.c")
		held, err := filter(urlencoded, string(in), p)
		if err != nil {
			t.Fatal(err)
		}
		for parameter := range strings.FieldsFuncSeq(held, func(r rune) bool { return r == '&' || r == ';' }) {
			if name, value, _ := strings.Cut(parameter, "="); !p.Receives.admits(name, value) {
				t.Fatalf("%q let %q pass", in, parameter)
			}
		}
	})
}

// FuzzMultipart wants what is accepted to be read by mime/multipart as well, and
// to hold no identifier then.
func FuzzMultipart(f *testing.F) {
	for _, seed := range []string{
		form("b", "a", "1", "imei", "2"), "--b--", part("Content-Disposition: form-data; name=\"a\"; filename=\"b\"\r\nContent-Type: application/json", `{"imei":1}`) + "--b--",
		"pre\r\n" + form("b", "x", imei) + "epi", "--b\r\n\r\n\r\n--b--", "--b \r\nContent-Disposition: form-data; name=imei\r\n\r\n1\r\n--b--\t",
	} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		o := shop()
		found := 0
		o.Found = func(Finding) { found++ }
		out, err := filter(formData, string(in), o)
		split, splitErr := filterFrom(formData, &steps{in, int(step) + 1}, o)
		if (err == nil) != (splitErr == nil) || err == nil && out != split {
			t.Fatalf("%q: %q, %v; in pieces %q, %v", in, out, err, split, splitErr)
		}
		if err != nil || len(in) == 0 {
			return
		}
		if found == 0 && out != string(in) {
			t.Fatalf("%q became %q without a finding", in, out)
		}
		if again, err := filter(formData, out, o); err != nil || again != out {
			t.Fatalf("%q became %q, then %q, %v", in, out, again, err)
		}
		r := multipart.NewReader(strings.NewReader(out), "b")
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Skip("mime/multipart refuses it") // it reads header fields more strictly
			}
			value, err := io.ReadAll(p)
			if err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			if v := o.Identifiers.Judge(p.FormName(), string(value), 0); v.Action != identifier.Pass && p.FileName() == "" && p.Header.Get("Content-Type") == "" {
				t.Fatalf("%q holds %q=%q", out, p.FormName(), value)
			}
		}
	})
}
