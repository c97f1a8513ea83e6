package caddyfile

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/fairwaygate/fairway/filters/catalogue"
)

// read is a value of any kind, as tests ask it.
type read func(word string) (ok bool)

func asks[T any](v value[T]) read {
	return func(word string) bool {
		_, ok := v.read(word)
		return ok
	}
}

func TestValues(t *testing.T) {
	long := strings.Repeat("a", 65)
	for name, test := range map[string]struct {
		read         read
		right, wrong []string
	}{
		"date":      {asks(date), []string{"2020-10-20", "2024-02-29"}, []string{"", "2023-02-29", "2020-1-2", "20.10.2020", "2020-10-20T00:00:00Z", "tomorrow"}},
		"span":      {asks(span), []string{"13mo", "1y", "30d", "12h", "1h30m", "2w"}, []string{"", "0", "0s", "-1d", "1", "1 d", "101y", "d", "1.5mo"}},
		"renewal":   {asks(renewal), []string{"1d", "24h", "6mo"}, []string{"", "23h", "0d", "never"}},
		"lifetime":  {asks(lifetimes), []string{"1s", "30d"}, []string{"", "0s", "1ms", "-1d", "secure"}},
		"epoch":     {asks(epoch), []string{"1m", "90s", "15m", "1h", "8h", "1d"}, []string{"", "0s", "59s", "7m", "7h", "2d", "1w"}},
		"slug":      {asks(slug), []string{"acme", "acme-ads", "1plus1"}, []string{"", "Acme", "acme_ads", "-a", "a-", "a--b", "acme ads", "ä"}},
		"label":     {asks(label), []string{"home", "404", "Spring_Sale.2"}, []string{"", "other", "a b", "春", "a/b", long[:41]}},
		"purpose":   {asks(purposeName), []string{"analytics", "fit-finder", "a1", "session"}, []string{"", "1a", "Fit", "a_b", "secure", "httponly", "a b"}},
		"version":   {asks(version), []string{"2020-10-13", "v1.2_3", "1"}, []string{"", "..", ".1", "a/b", "a b", "a?b", "ä"}},
		"header":    {asks(header), []string{"Consent-Minor", "x_minor"}, []string{"", "a b", "a:b", "ä", "a\n"}},
		"field":     {asks(field), []string{"order", "order.total", "items.*.sku", "utm_source"}, []string{"", ".", "a.", ".a", "a..b", "a b"}},
		"cookie":    {asks(cookiePattern), []string{"sid", "cart_*", "__Host-id", "a[1]", "a:b"}, []string{"", "*", "*a", "a*b", "a**", "a=b", "a;b", " a", "a\t", "ä", "$Path"}},
		"signal":    {asks(cookieName), []string{"euconsent-v2", "__gpp"}, []string{"", "gpp*", "a=b"}},
		"personal":  {asks(personalName), []string{"sid", "X-Account", "user[id]"}, []string{"", "a b", "a\nb"}},
		"path":      {asks(pathPattern), []string{"/", "/*", "/a/b", "/a/*", "/a*", "/ä"}, []string{"", "a", "*", "/a/*/b", "/a**", "/a?b", "/a#b", "/a b"}},
		"prefix":    {asks(prefix), []string{"/.consent", "/a/b", "/a.b"}, []string{"", "/", "a", "/a/", "//a", "/a//b", "/../a", "/a/..", "/a/./b", "/a*", "/a%20", "/a?b"}},
		"contact":   {asks(contact), []string{"privacy@shop.example", "https://shop.example/contact", "http://shop.example"}, []string{"", "shop.example", "a@", "Shop <a@shop.example>", "mailto:a@shop.example", "https://", "https://user@shop.example", "javascript:alert(1)"}},
		"endpoint":  {asks(endpoint), []string{"https://acme.example/erase", "http://127.0.0.1:9000", "{env.ERASE}", "https://acme.example/{env.TENANT}"}, []string{"", "acme.example", "ftp://acme.example", "https:///erase", "{http.request.host}", "{env.A}{path}", "https://{host}/"}},
		"file":      {asks(file), []string{"a.csv", "/etc/keys", "{env.KEYS}", "{env.DIR}/{file.name}", "a b"}, []string{"", "{path}", "a\x00b", "{http.request.uri}"}},
		"timezone":  {asks(timezone), []string{"UTC", "Asia/Shanghai", "Europe/Berlin"}, []string{"", "Local", "Beijing", "../../etc/passwd", "+08:00"}},
		"epsilon":   {asks(epsilon), []string{"2.0", "0.1", "100", "1e-3"}, []string{"", "0", "-1", "NaN", "Inf", "+Inf", "100.1", "1e400", "two", "1,5"}},
		"threshold": {asks(threshold), []string{"2", "20"}, []string{"", "0", "1", "-2", "2.5", "2.0", "+2", "99999999999"}},
		"decimals":  {asks(decimals), []string{"0", "1", "3"}, []string{"", "-1", "4", "1.0", "one"}},
		"country":   {asks(country), []string{"CN", "US", "GB", "XK"}, []string{"", "EU", "UK", "gb", "GBR", "ZZ", "other"}},
		"region":    {asks(region), []string{"CN", "EU", "other"}, []string{"", "Other", "eu", "UK", "EEA"}},
		"host": {
			asks(hostPattern),
			[]string{"acme.example", "*.acme.example", "ACME.example", "bücher.example", "r3---sn-1.cdn.example", "a_b.example", "localhost", "127.0.0.1", "blogspot.com"},
			[]string{"", "*", "*.", "com", "*.com", "co.uk", "https://acme.example", "acme.example:443", "acme.example/x", "*acme.example", "*.*.example", "a..b", ".acme.example", "acme.example.", "-a.example", "a b.example", "[::1]", "u@acme.example", long + ".example"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, word := range test.right {
				if !test.read(word) {
					t.Errorf("%q is refused", word)
				}
			}
			for _, word := range test.wrong {
				if test.read(word) {
					t.Errorf("%q is accepted", word)
				}
			}
		})
	}
}

func TestHostIsWrittenAsBrowsersSendIt(t *testing.T) {
	for word, want := range map[string]string{
		"ACME.Example":   "acme.example",
		"*.ACME.example": "*.acme.example",
		"bücher.example": "xn--bcher-kva.example",
		"acme。example":   "acme.example",
		"*.例子.example":   "*.xn--fsqu00a.example",
	} {
		got, ok := hostPattern.read(word)
		if !ok || got != want {
			t.Errorf("%q: got %q, %v; want %q", word, got, ok, want)
		}
		var table catalogue.HostTable[bool]
		if err := table.Add(got, true); err != nil {
			t.Error(err)
		}
	}
}

// TestCountries compares the list with that of the Unicode project, which also
// knows codes that were withdrawn or are only reserved.
func TestCountries(t *testing.T) {
	for _, code := range countries {
		region, err := language.ParseRegion(code)
		if err != nil || !region.IsCountry() || region.Canonicalize() != region {
			t.Errorf("%s is no country", code)
		}
	}
	if got, want := len(isCountry), 249+1; got != want || len(countries) != want {
		t.Errorf("%d codes, %d different ones, want %d", len(countries), got, want)
	}
}

func TestMeantCountry(t *testing.T) {
	for wrong, want := range map[string]string{"UK": "GB", "uk": "GB", "EL": "GR", "cn": "CN", "ZZ": "", "": "", "GBR": ""} {
		if got := meantCountry(wrong); got != want {
			t.Errorf("%q: got %q, want %q", wrong, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	purposes := []string{"necessary", "analytics", "advertising"}
	for wrong, want := range map[string]string{
		"necesary":   "necessary",
		"Necessary":  "necessary",
		"anlaytics":  "analytics",
		"advertisng": "advertising",
		"":           "",
		"zebra":      "",
		"ads":        "",
	} {
		if got := nearest(wrong, purposes); got != want {
			t.Errorf("%q: got %q, want %q", wrong, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "acb", 1},
		{"abc", "abd", 1},
		{"abc", "ab", 1},
		{"kitten", "sitting", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
