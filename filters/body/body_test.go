package body

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/location"
)

const (
	imei = "490154203237518"
	uuid = "6d92078a-8246-4ba4-ae5b-76104861e7dc"
)

// shop returns options towards the storefront without any consent.
func shop() *Options {
	return &Options{Identifiers: &identifier.Filter{Location: location.Default}}
}

// partner returns options towards a partner.
func partner(t testing.TB, paths ...string) *Options {
	t.Helper()
	list, err := NewAllowlist(paths...)
	if err != nil {
		t.Fatal(err)
	}
	o := shop()
	o.Receives = list
	return o
}

// filter returns what becomes of a body that arrives in one piece.
func filter(contentType, in string, o *Options) (string, error) {
	return filterFrom(contentType, strings.NewReader(in), o)
}

func filterFrom(contentType string, r io.Reader, o *Options) (string, error) {
	r, err := Filter(contentType, r, o)
	if err != nil {
		return "", err
	}
	out, err := io.ReadAll(r)
	return string(out), err
}

// check filters a body whole, byte by byte, cut in two at every place, and once
// more.
func check(t *testing.T, contentType, in, want string, o *Options) {
	t.Helper()
	got, err := filter(contentType, in, o)
	if err != nil {
		t.Errorf("%s\n%q: %v", contentType, in, err)
		return
	}
	if got != want {
		t.Errorf("%s\n  in %q\n got %q\nwant %q", contentType, in, got, want)
		return
	}
	if got, err = filterFrom(contentType, iotest.OneByteReader(strings.NewReader(in)), o); got != want || err != nil {
		t.Errorf("byte by byte: %q became %q, %v", in, got, err)
	}
	for cut := range min(len(in), 2000) {
		if got, err := filterFrom(contentType, &pieces{in[:cut], in[cut:]}, o); got != want || err != nil {
			t.Fatalf("cut at %d: %q became %q, %v", cut, in, got, err)
		}
	}
	if o.Identifiers != nil && o.Identifiers.Hash {
		return
	}
	if again, err := filter(contentType, want, o); again != want || err != nil {
		t.Errorf("%q became %q the second time, %v", want, again, err)
	}
}

// refuse wants a body refused, whole and in small pieces.
func refuse(t *testing.T, contentType, in string, want error, o *Options) {
	t.Helper()
	got, err := filter(contentType, in, o)
	if !errors.Is(err, want) {
		t.Errorf("%s\n%.200q: got %.200q, %v; want %v", contentType, in, got, err, want)
	}
	if got, err := filterFrom(contentType, &steps{[]byte(in), 1 + len(in)/1000}, o); !errors.Is(err, want) {
		t.Errorf("in pieces: %s\n%.200q: got %.200q, %v; want %v", contentType, in, got, err, want)
	}
}

// pieces yields each text in a read of its own, the last with the end.
type pieces []string

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; (*p)[0] == "" {
		*p = (*p)[1:]
	}
	if len(*p) == 0 {
		return n, io.EOF
	}
	return n, nil
}

func TestTypes(t *testing.T) {
	const body = `{"imei":"` + imei + `","a":1}`
	const judged = `{"a":1}`
	for _, test := range []struct{ contentType, want string }{
		{"application/json", judged},
		{"Application/JSON; charset=UTF-8", judged},
		{`application/json;charset="utf-8"`, judged},
		{"application/vnd.shop.v2+json", judged},
		{"application/geo+json", judged},
		{"text/json", judged},
		{"application/x-ndjson", judged},
		{"application/csp-report", judged},
		{"application/x-amz-json-1.1", judged},
		{"application/json-seq", judged},
		{"text/plain;charset=UTF-8", judged},
		{"", judged},
		{"application/octet-stream", body},
		{"application/x-protobuf", body},
		{"application/grpc", body},
		{"image/png", body},
	} {
		check(t, test.contentType, body, test.want, shop())
	}
	refuse(t, "application/x-protobuf", body, ErrUnsupported, partner(t, "a"))
	refuse(t, "multipart/form-data; boundary=b", "--b--", ErrUnsupported, partner(t, "a"))
	refuse(t, "", "\x08\x96\x01", ErrUnsupported, partner(t, "a"))
	check(t, "", "", "", partner(t, "a"))
	check(t, "", "\x08\x96\x01", "\x08\x96\x01", shop())

	for _, charset := range []string{"utf-16", "UTF-16LE", "utf-7", "ibm037", "utf-32", "iso-2022-jp", "hz-gb-2312", "x-unknown", "utf-8; charset=utf-16", "utf-8; charset*=utf-16''x"} {
		refuse(t, "application/json; charset="+charset, body, ErrUnsupported, shop())
		refuse(t, "application/x-www-form-urlencoded; charset="+charset, "a=1", ErrUnsupported, shop())
		refuse(t, "text/plain; charset="+charset, "a=1", ErrUnsupported, shop())
		refuse(t, "multipart/form-data; boundary=b; charset="+charset, form("b", "a", "1"), ErrUnsupported, shop())
	}
	for _, charset := range []string{"ISO_8859-1", "iso8859_15", "windows-874", "macintosh", "IBM866", "UTF8", "Shift_JIS"} {
		check(t, "application/x-www-form-urlencoded; charset="+charset, "imei=1&a=M\xfcller", "a=M\xfcller", shop())
	}
	for _, wide := range []string{"a\x00=\x001\x00", "\x00a\x00=\x001"} {
		refuse(t, "text/plain", wide, ErrUnsupported, shop())
		refuse(t, "application/x-www-form-urlencoded", wide, ErrUnsupported, shop())
	}
	check(t, "text/plain", "\x00\x01\x02\x03", "\x00\x01\x02\x03", shop())
	check(t, "", "imei="+imei+"&a=1", "a=1", shop())
	check(t, "", "a=1\nimei="+imei+"\n", "a=1\n", shop())
	for _, mark := range []string{"\xFE\xFF", "\xFF\xFE"} { // of UTF-16, whatever the type says
		refuse(t, "text/plain", mark+"a=1", ErrUnsupported, shop())
		refuse(t, "application/x-www-form-urlencoded", mark+"a=1", ErrUnsupported, shop())
		refuse(t, "application/json", mark+body, ErrMalformed, shop())
		check(t, "", mark+"a=1", mark+"a=1", shop())
	}
	for _, malformed := range []string{"json", "application/json, text/plain", "application/json; charset", `application/json; a="b`, "application/json\x00", `multipart/form-data; boundary="a\b"`, `application/json; a="\"; b="c"`, "/", "application/", "application /json"} {
		refuse(t, malformed, body, ErrMalformed, shop())
	}
}

func TestNothingToJudge(t *testing.T) {
	in := strings.NewReader(`{"imei":`) // not even JSON
	all := shop()
	all.Granted = consent.Of(consent.Device, consent.Advertising, consent.Location)
	for _, o := range []*Options{all, {}, {File: func(_, _ string, r io.Reader) io.Reader { return r }}} {
		r, err := Filter("application/json", in, o)
		if err != nil || r != io.Reader(in) {
			t.Errorf("%+v: got %v, %v", o, r, err)
		}
	}
	if r, err := Filter("image/png", in, shop()); err != nil || r != io.Reader(in) {
		t.Errorf("image: got %v, %v", r, err)
	}
}

func TestSourceFails(t *testing.T) {
	broken := errors.New("connection reset")
	for contentType, in := range map[string]string{
		"application/json":                  `{"a":1`,
		"application/x-www-form-urlencoded": "a=1",
		"text/plain":                        "a",
		"multipart/form-data; boundary=b":   "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue",
	} {
		r, err := Filter(contentType, io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), shop())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, broken) {
			t.Errorf("%s: %v", contentType, err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, broken) {
			t.Errorf("%s, read again: %v", contentType, err)
		}
	}
}

// TestNoProgress wants a source that returns nothing for ever to be given up.
func TestNoProgress(t *testing.T) {
	for _, contentType := range []string{"application/json", formData} {
		if _, err := filterFrom(contentType, idle{}, shop()); err != io.ErrNoProgress {
			t.Errorf("%s: %v", contentType, err)
		}
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestPrompt wants what is judged to pass before the rest arrives.
func TestPrompt(t *testing.T) {
	for contentType, in := range map[string]string{
		"application/json":                  `{"a":1,"b":`,
		"application/x-ndjson":              "{\"a\":1}\n{",
		"application/x-www-form-urlencoded": "a=1&b",
		"multipart/form-data; boundary=b":   "--b\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n" + strings.Repeat("x", 100),
	} {
		pr, pw := io.Pipe()
		r, err := Filter(contentType, pr, shop())
		if err != nil {
			t.Fatal(err)
		}
		go pw.Write([]byte(in))
		if n, err := r.Read(make([]byte, 100)); n == 0 || err != nil {
			t.Errorf("%s: %d, %v", contentType, n, err)
		}
		pw.Close()
	}
}

// TestLongTokens wants tokens of any length to pass or go in bounded memory.
func TestLongTokens(t *testing.T) {
	for _, size := range []int{maxHeld - 40, maxHeld - 1, maxHeld, maxHeld + 1, 2 * maxHeld, windowSize, 5 * windowSize} {
		long := strings.Repeat("0123456789abcdé", size/16+1)[:size]
		long = strings.ToValidUTF8(long, "-")
		for _, test := range []struct{ contentType, in, want string }{
			{"application/json", `{"a":"` + long + `","imei":1,"b":"\n` + long + `\u00e9"}`, `{"a":"` + long + `","b":"\n` + long + `\u00e9"}`},
			{"application/json", `{"imei":"` + long + `","a":1}`, `{"a":1}`},
			{"application/json", `{"a":[1,"` + long + `"],"device_id":{"x":"` + long + `"}}`, `{"a":[1,"` + long + `"]}`},
			{"application/x-www-form-urlencoded", "a=" + long + "&imei=1&b=" + long, "a=" + long + "&b=" + long},
			{"application/x-www-form-urlencoded", "imei=" + long + "&a=1&idfa=" + long, "a=1"},
			{"application/x-www-form-urlencoded", "a=" + long + ";imei=1;b=2", "a=" + long + ";b=2"},
			{"text/plain", "a=" + long + "\nimei=1\n" + long, "a=" + long + "\n" + long},
			{"multipart/form-data; boundary=b", form("b", "a", long, "imei", "1", "b", long), form("b", "a", long, "b", long)},
			{"multipart/form-data; boundary=b", form("b", "imei", long, "a", "1"), form("b", "a", "1")},
			{"multipart/form-data; boundary=b", form("b", "d", `{"a":"`+long+`","imei":1}`), form("b", "d", `{"a":"`+long+`"}`)},
		} {
			for _, step := range []int{1 << 20, windowSize, 4096, 1021} {
				got, err := filterFrom(test.contentType, &steps{[]byte(test.in), step}, shop())
				if got != test.want || err != nil {
					t.Fatalf("%s with %d bytes, %d at once: %d bytes, want %d: %v", test.contentType, size, step, len(got), len(test.want), err)
				}
			}
		}
	}
}

// steps yields so many bytes at once.
type steps struct {
	rest []byte
	n    int
}

func (s *steps) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.rest[:min(s.n, len(s.rest))])
	s.rest = s.rest[n:]
	return n, nil
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("x", maxHeld+1)
	spaces := strings.Repeat(" ", maxHeld+1)
	refuse(t, "application/json", `{"`+long+`":1}`, ErrTooLarge, shop())
	refuse(t, "application/json", `{"a"`+spaces+`:1}`, ErrTooLarge, shop())
	refuse(t, "application/json", `{"a":1,`+spaces+`"b":1}`, ErrTooLarge, shop())
	refuse(t, "application/json", `{`+spaces+`}`, ErrTooLarge, shop())
	refuse(t, "application/json", `[1`+strings.Repeat("0", maxHeld)+`]`, ErrTooLarge, shop())
	refuse(t, "application/json", strings.Repeat("[", MaxDepth+1)+strings.Repeat("]", MaxDepth+1), ErrTooLarge, shop())
	refuse(t, "application/json", strings.Repeat(`{"a":`, MaxDepth+1), ErrTooLarge, shop())
	refuse(t, "multipart/form-data; boundary=b", "--b\r\nX: "+long+"\r\n\r\n", ErrTooLarge, shop())

	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	check(t, "application/json", deep, deep, shop())
	check(t, "application/json", strings.Repeat(`{"a":`, MaxDepth)+"1"+strings.Repeat("}", MaxDepth), strings.Repeat(`{"a":`, MaxDepth)+"1"+strings.Repeat("}", MaxDepth), shop())
}

// form writes multipart/form-data of names and values.
func form(boundary string, pairs ...string) string {
	var b bytes.Buffer
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\n\r\n" + pairs[i+1] + "\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.String()
}
