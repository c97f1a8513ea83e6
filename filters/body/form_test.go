package body

import (
	"strings"
	"testing"
)

const urlencoded = "application/x-www-form-urlencoded"

func TestForm(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"imei=1", ""},
		{"a=1&imei=1&b=2", "a=1&b=2"},
		{"imei=1&idfa=2&a=1", "a=1"},
		{"&gclid=1&&a=1&", "&&a=1&"},
		{"gclid=1&&a=1", "&a=1"},
		{"a=1;gclid=2", "a=1"},
		{"a=1;gclid=2;b=3&c=4;fbclid=5", "a=1;b=3&c=4"},
		{"%69%6D%65%69=1&device%5Bid%5D=x&x=" + imei, ""},
		{"lat=39.9042&lng=116.4074&q=39.9042%2C116.4074", "lat=39.9&lng=116.4&q=39.9%2C116.4"},
		{"a=%zz&%&b=%e4%bd%a0&c=a+b&=&==&;;&d", "a=%zz&%&b=%e4%bd%a0&c=a+b&=&==&;;&d"},
		{"a=1\r\n&imei=2", "a=1\r\n"},
		{"d=%7B%22imei%22%3A1%2C%22a%22%3A%22b%20c%22%7D&e=1", "d=%7B%22a%22%3A%22b+c%22%7D&e=1"},
		{`d={"imei":1}&e=1`, "d=%7B%7D&e=1"},
		{"d=+%7B%22a%22%3A1%7D&e=%7Bx%7D&f=%5B", "d=+%7B%22a%22%3A1%7D&e=%7Bx%7D&f=%5B"},
	} {
		check(t, urlencoded, test.in, test.want, shop())
		if strings.Contains(test.in, "%7B") || strings.Contains(test.in, "{") {
			continue
		}
		if query, _ := shop().Identifiers.Query(test.in, 0, nil); query != test.want {
			t.Errorf("as a query %q becomes %q", test.in, query)
		}
	}
}

// TestJSONAsForm wants JSON to be found where its author set no type.
func TestJSONAsForm(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`{"imei":1,"a":"b=c&d"}`, `{"a":"b=c&d"}`},
		{" [ {\"imei\":1} ]\n", " [ {} ]\n"},
		{`["a"]`, `["a"]`},
		{"{\"imei\":1}\n{\"a\":2}\n", "{}\n{\"a\":2}\n"},
		{"[0]=a&[imei]=1", "[0]=a"},
		{"{x}=1&imei=2", "{x}=1"},
		{"{}", "{}"},
	} {
		check(t, urlencoded, test.in, test.want, shop())
	}
	refuse(t, urlencoded, `{"imei":1}&a=1`, ErrMalformed, shop())
	check(t, urlencoded, `{"event":"a","user":"b"}`, `{"event":"a"}`, partner(t, "event"))
}

func TestFilterQuery(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`v={"imei":1,"a":1}&imei=2&b=3`, "v=%7B%22a%22%3A1%7D&b=3"},
		{"variables=%7B%22imei%22%3A1%7D", "variables=%7B%7D"},
		{"imei=1&d=%5B1%5D", "d=%5B1%5D"},
		{"a[b]=%7B&c={x}", "a[b]=%7B&c={x}"},
		{"imei=" + strings.Repeat("x", maxHeld) + `&d={"a":1}`, `d={"a":1}`},
	} {
		if !HoldsJSON(test.in) {
			t.Errorf("%.80q holds no JSON", test.in)
		}
		got, changed := FilterQuery(test.in, shop())
		if got != test.want || changed != (got != test.in) {
			t.Errorf("%.80q becomes %.80q (%v), want %q", test.in, got, changed, test.want)
		}
	}
	for _, query := range []string{"", "a=1&b[c]=2&d=%257B", "{a}"} {
		if HoldsJSON(query) {
			t.Errorf("%q holds JSON", query)
		}
	}
}

func TestFilterJSON(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`{"imei":"1","v":3}`, `{"v":3}`},
		{`{"v":3, "d":{"lat":39.9042,"lng":116.4074}}`, `{"v":3, "d":{"lat":39.9,"lng":116.4}}`},
		{`[{"oaid":"2"}]`, `[{}]`},
		{`%7B%22imei%22%3A%221%22%2C%22v%22%3A%22a%2Bb%20c%22%7D`, `%7B%22v%22%3A%22a%2Bb%20c%22%7D`},
		{`%7B%22v%22%3A%22a+b%22%7D`, `%7B%22v%22%3A%22a+b%22%7D`},
		{`{"order":"` + imei + `"}`, `{"order":"` + imei + `"}`},
		{`{"imei":`, `{"imei":`},
		{`[::1]`, `[::1]`},
	} {
		if !IsJSON(test.in) {
			t.Errorf("%q is no JSON", test.in)
		}
		got, changed := FilterJSON("X-Client-Info", test.in, shop())
		if got != test.want || changed != (got != test.in) {
			t.Errorf("%q becomes %q (%v), want %q", test.in, got, changed, test.want)
		}
	}
	for _, text := range []string{"", "a", `"{}"`, "v={}"} {
		if IsJSON(text) {
			t.Errorf("%q is JSON", text)
		}
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"Hello, world; nothing=1 to see & do\n\n", "Hello, world; nothing=1 to see & do\n\n"},
		{"en=view&gclid=1\r\nen=scroll&imei=2&a=3\n", "en=view\r\nen=scroll&a=3\n"},
		{imei + "\nok", "ok"},
		{"imei=" + imei + "\r\nname=x\r\n", "name=x\r\n"}, // text/plain of a form
		{"a=1\r\nimei=" + imei + "\r\n\r\nb=2\r\rgclid=1\r\n", "a=1\r\n\r\nb=2\r\r\n"},
		{` {"imei":1} `, ` {} `},
		{"[{\"imei\":1}]\n{\"a\":1,\"imei\":2}", "[{}]\n{\"a\":1}"},
		{"[error] at line 3 {", "[error] at line 3 {"},
		{"{x}", "{x}"},
		{"\uFEFF{\"imei\":1}", "\uFEFF{}"},
		{"[", "["},
	} {
		if test.in == "[" {
			refuse(t, "text/plain", test.in, ErrMalformed, shop())
			continue
		}
		check(t, "text/plain", test.in, test.want, shop())
	}
	refuse(t, "text/plain", `{"imei":1,}`, ErrMalformed, shop())
	refuse(t, "", `{"imei":1,}`, ErrMalformed, shop())
}
