package body

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

// TestEncodedJSON wants JSON found that is written as base64, wherever a value can be,
// and written like it was when something is taken out of it.
func TestEncodedJSON(t *testing.T) {
	const before, after = `{"imei":"` + imei + `","note":"??>~","n":1}`, `{"note":"??>~","n":1}`
	const kept, broken = `{"order": 12345}`, `{"imei":"` + imei
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		in64 := func(text string) string { return encoding.EncodeToString([]byte(text)) }
		for _, text := range [][2]string{
			{before, after},
			{before + " ", after + " "},
			{before + "  ", after + "  "},
			{"[\r\n" + before + "," + before + "]", "[\r\n" + after + "," + after + "]"},
			{`{"data":"` + in64(before+"  ") + `"}`, `{"data":"` + in64(filled(after+"  ")) + `"}`},
			{kept, kept},
			{broken, broken},
		} {
			in, want := in64(text[0]), in64(text[1])
			if !strings.HasSuffix(in, "=") && text[0] != text[1] {
				want = in64(filled(text[1])) // instead of a padding that wasn't there
			}
			check(t, "application/json", `{"a":"`+in+`","b":["`+in+`"]}`, `{"a":"`+want+`","b":["`+want+`"]}`, shop())
			check(t, "multipart/form-data; boundary=b", form("b", "a", in, "c", "1"), form("b", "a", want, "c", "1"), shop())
			check(t, urlencoded, "x=1&data="+url.QueryEscape(in)+"&y=2", "x=1&data="+url.QueryEscape(want)+"&y=2", shop())
			check(t, "text/plain", "x=1&data="+url.QueryEscape(in)+"\r\ny=2", "x=1&data="+url.QueryEscape(want)+"\r\ny=2", shop())
			query := "data=" + url.QueryEscape(in)
			if got, _ := FilterQuery(query, shop()); got != "data="+url.QueryEscape(want) || !HoldsJSON(query) {
				t.Errorf("query %q became %q", query, got)
			}
		}
	}
	token := base64.RawURLEncoding.EncodeToString([]byte(before)) + ".e30.x" // of RFC 7519, which is signed
	check(t, "application/json", `{"a":"`+token+`"}`, `{"a":"`+token+`"}`, shop())

	// A plus sign that was not encoded is a blank in a form.
	in := base64.StdEncoding.EncodeToString([]byte(`{"imei":"` + imei + `","n":">>>"}`))
	if !strings.Contains(in, "+") {
		t.Fatal("no plus sign in the test's base64")
	}
	out, _ := filter(urlencoded, "data="+in, shop())
	if text, err := url.QueryUnescape(out[len("data="):]); err != nil || strings.TrimRight(from64(t, text), " ") != `{"n":">>>"}` {
		t.Errorf("%s became %s", in, out)
	}
}

// filled returns JSON with blanks up to a length that needs no padding.
func filled(text string) string { return text + "  "[:(3-len(text)%3)%3] }

func from64(t *testing.T, text string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestZippedJSON wants the same of gzip, and of more of it than can be judged nothing.
func TestZippedJSON(t *testing.T) {
	zip := func(text string) string { return base64.StdEncoding.EncodeToString(deflate([]byte(text))) }
	in := "gzip=1&data_list=" + url.QueryEscape(zip(`[{"imei":"`+imei+`","event":"x"}]`)) + "&crc=1"
	out, err := filter(urlencoded, in, shop())
	if err != nil {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(out)
	if err != nil {
		t.Fatal(err)
	}
	data, err := inflate([]byte(from64(t, values.Get("data_list"))))
	if err != nil || string(data) != `[{"event":"x"}]` {
		t.Errorf("%s became %s (%v)", in, data, err)
	}
	for _, same := range []string{zip(`[{"event":"x"}]`), zip("imei=" + imei), zip("x")[:20] + "AAAAAAAAAAAA"} {
		check(t, "application/json", `{"a":"`+same+`"}`, `{"a":"`+same+`"}`, shop())
	}
	events := "[" + strings.Repeat(`{"event":"x"},`, 2000) // longer than what is held back
	long := zip(`{"p":` + string(quote(nil, events+`{"imei":"`+imei+`"}]`)) + `}`)
	out, _ = filter("application/json", `{"a":"`+long+`"}`, shop())
	if data, err := inflate([]byte(from64(t, strings.Split(out, `"`)[3]))); err != nil || string(data) != `{"p":`+string(quote(nil, events+`{}]`))+`}` {
		t.Errorf("a long value in gzip: %d bytes (%v)", len(data), err)
	}
	bomb := zip(`{"a":"` + strings.Repeat("x", maxInflated) + `"}`)
	check(t, "application/json", `{"a":"`+bomb+`","b":1}`, `{"a":"","b":1}`, shop())
	if len(bomb) > maxHeld {
		t.Fatal("the test's bomb is too long to be looked at")
	}
}

// TestZippedTogether wants all values of a body to hold no more than a small body may.
func TestZippedTogether(t *testing.T) {
	values := func(text string, n int) string {
		value := base64.StdEncoding.EncodeToString(deflate([]byte(`["` + text + `"]`)))
		return `[` + strings.Repeat(`"`+value+`",`, n) + `""]`
	}
	short := strings.Repeat("x", maxInflated/2)
	for _, n := range []int{2*MaxDecoded/maxInflated - 1, 3 * MaxDecoded / maxInflated} {
		out, err := filter("application/json", values(short, n), shop())
		if left := strings.Count(out, "H4sI"); err != nil || left != min(n, 2*MaxDecoded/maxInflated-1) {
			t.Errorf("%d of %d short values stay (%v)", left, n, err)
		}
	}
	var long strings.Builder // is more than is held when it is zipped
	for i := 0; long.Len() < MaxDecoded*2/3; i++ {
		fmt.Fprintf(&long, "%d,%s", i, strings.Repeat("x", 1000))
	}
	if _, err := filter("application/json", values(long.String(), 1), shop()); err != nil {
		t.Errorf("a long value: %v", err)
	}
	if _, err := filter("application/json", values(long.String(), 2), shop()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("two long values: %v", err)
	}
}

// TestEncodedJSONTowardsPartners wants nothing to pass in base64 that doesn't pass
// without.
func TestEncodedJSONTowardsPartners(t *testing.T) {
	text := base64.RawStdEncoding.EncodeToString([]byte(`{"a":1,"b":2,"x":"ann@shop.example"}`))
	want := base64.RawStdEncoding.EncodeToString([]byte(filled(`{"a":1}`)))
	o := partner(t, "a", "x")
	check(t, "application/json", `{"a":"`+text+`","b":"`+text+`"}`, `{"a":"`+want+`"}`, o)
	check(t, urlencoded, "a="+url.QueryEscape(text)+"&b="+url.QueryEscape(text), "a="+url.QueryEscape(want), o)
	for _, gone := range []string{text, base64.URLEncoding.EncodeToString(deflate([]byte(`{"x":"+49 171 1234567"}`)))} {
		if out := o.Receives.Query("a=" + url.QueryEscape(gone) + "&a=1"); out != "a=1" {
			t.Errorf("in a query: %q", out)
		}
	}
	if kept := "a=" + want; o.Receives.Query(kept) != kept {
		t.Errorf("%q: changed", kept)
	}
	o.Identifiers = nil // all is granted, but for the partner
	check(t, urlencoded, "a="+url.QueryEscape(text), "a="+url.QueryEscape(want), o)
}

// TestTextsThatAreEncoded wants JSON found that is a whole body in base64, of whatever
// length its padding makes it.
func TestTextsThatAreEncoded(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	for _, contentType := range []string{"text/plain", urlencoded, ""} {
		for _, more := range []string{"", "x", "xx"} {
			text := encode([]byte(`{"imei":"` + imei + `","a":"` + more + `"}`))
			for _, body := range []string{text, text + "\r\n", encode(deflate([]byte(`{"imei":"` + imei + `","a":"` + more + `"}`)))} {
				got, err := filterFrom(contentType, iotest.OneByteReader(strings.NewReader(body)), shop())
				if plain, _, failed := decodeInner([]byte(strings.TrimSpace(got))); err != nil || failed != nil || strings.TrimSpace(string(plain)) != `{"a":"`+more+`"}` {
					t.Errorf("%s: %q became %q (%v), %v, %v", contentType, body, got, plain, err, failed)
				}
			}
		}
	}
	const token = "eyJhbGciOiJub25lIn0.eyJpbWVpIjoiNDkwMTU0MjAzMjM3NTE4In0."
	check(t, "text/plain", token, token, shop())
	check(t, "text/plain", "eyJhIjoxfQ==\neyJhIjoxfQ==\n", "eyJhIjoxfQ==\neyJhIjoxfQ==\n", shop())
}
