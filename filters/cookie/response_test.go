package cookie

import (
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/fairwaygate/fairway/filters/consent"
)

const past = "Thu, 01 Jan 1970 00:00:00 GMT"

// TestResponseJudgement is about what passes: nothing here is ever rewritten.
func TestResponseJudgement(t *testing.T) {
	analytics := consent.Of(consent.Analytics)
	for _, c := range []struct {
		name    string
		field   string
		granted consent.Set
		pass    bool
	}{
		{"necessary", "plain=1; Path=/", denyAll, true},
		{"necessary needs no grant", "plain=1", 0, true},
		{"undeclared", "x=1", ^consent.Set(0), false},
		{"declared without a purpose", "never=1", ^consent.Set(0), false},
		{"without consent", "_ga=1", denyAll, false},
		{"with consent", "_ga=1", analytics, true},
		{"catalogue", "PHPSESSID=abc", denyAll, true},
		{"catalogue without consent", "_fbp=1", denyAll, false},
		{"beginning", "_ga_X1=1", analytics, true},
		{"case", "Plain=1", denyAll, false},
		{"prefixed", "__Host-plain=1; Secure; Path=/", denyAll, true},

		// Nameless and valueless.
		{"valueless", "plain=", denyAll, true},
		{"valueless with attributes", "plain=; Path=/", denyAll, true},
		{"nameless", "plain", denyAll, false},
		{"nameless with =", "=plain", denyAll, false},
		{"nameless in disguise", "=plain=1", denyAll, false},
		{"empty", "", denyAll, false},
		{"neither", " = ; Path=/", denyAll, false},
		{"spaces around", " \tplain \t=\t 1 \t; Path=/", denyAll, true},
		{"= in the value", "plain=a=b==", denyAll, true},

		// Bytes that a browser or a reader stumbles over.
		{"NUL", "plain=1\x00", denyAll, false},
		{"control in the value", "plain=1\x1f2", denyAll, false},
		{"control in an attribute", "plain=1; Path=/\x01", denyAll, false},
		{"DEL", "plain=\x7f", denyAll, false},
		{"newline", "plain=1\r\nSet-Cookie: x=1", denyAll, false},
		{"tab", "plain=a\tb; \tPath=/", denyAll, true},
		{"U+2000 before the name", "\u2000plain=1", denyAll, false},
		{"name not ASCII", "plain_\u00fc=1", denyAll, false},
		{"name not UTF-8", "plain_\xff=1", denyAll, false},
		{"value not ASCII", "plain=\u00fc\xff", denyAll, true},
		{"dollar", "$plain=1", denyAll, false},

		// A comma parts nothing.
		{"comma", "plain=1, _ga=2; Path=/", denyAll, true},
		{"comma before", "_ga=1, plain=2", denyAll, false},
		{"quotes don't hold a semicolon", `plain="a; Domain=evil.example"`, denyAll, false},

		// Domain.
		{"its host", "plain=1; Domain=www.shop.example", denyAll, true},
		{"its domain", "plain=1; Domain=shop.example", denyAll, true},
		{"leading dot", "plain=1; Domain=.shop.example", denyAll, true},
		{"two dots", "plain=1; Domain=..shop.example", denyAll, false},
		{"trailing dot", "plain=1; Domain=shop.example.", denyAll, false},
		{"other case", "plain=1; dOmAiN = .SHOP.Example ", denyAll, true},
		{"empty domain", "plain=1; Domain=", denyAll, true},
		{"only a dot", "plain=1; Domain=.", denyAll, true},
		{"public suffix", "plain=1; Domain=example", denyAll, false},
		{"another domain", "plain=1; Domain=evil.example", denyAll, false},
		{"a subdomain", "plain=1; Domain=a.www.shop.example", denyAll, false},
		{"an end without a dot", "plain=1; Domain=hop.example", denyAll, false},
		{"not ASCII", "plain=1; Domain=sh\u00f6p.example", denyAll, false},
		{"the last one holds", "plain=1; Domain=evil.example; Domain=shop.example", denyAll, true},
		{"the last one is wrong", "plain=1; Domain=shop.example; Domain=evil.example", denyAll, false},
		{"too long to count", "plain=1; Domain=evil.example" + strings.Repeat(".", 1024), denyAll, true},

		// What a prefix promises.
		{"host", "__Host-plain=1; Secure; Path=/", denyAll, true},
		{"host in another case", "__hOsT-plain=1; path=/; secure", denyAll, true},
		{"host, empty domain", "__Host-plain=1; Secure; Path=/; Domain=", denyAll, true},
		{"host, not secure", "__Host-plain=1; Path=/", denyAll, false},
		{"host in another case, not secure", "__HOST-plain=1; Path=/", denyAll, false},
		{"host, domain", "__Host-plain=1; Secure; Path=/; Domain=www.shop.example", denyAll, false},
		{"host, no path", "__Host-plain=1; Secure", denyAll, false},
		{"host, other path", "__Host-plain=1; Secure; Path=/a", denyAll, false},
		{"host, last path", "__Host-plain=1; Secure; Path=/; Path=/a", denyAll, false},
		{"secure", "__Secure-plain=1; Secure; Domain=shop.example; Path=/a", denyAll, true},
		{"secure, not secure", "__Secure-plain=1", denyAll, false},
		{"secure in another case", "__SECURE-plain=1", denyAll, false},
		{"HTTP", "__Http-plain=1; Secure; HttpOnly", denyAll, true},
		{"HTTP, scripts too", "__Http-plain=1; Secure", denyAll, false},
		{"host and HTTP", "__Host-Http-plain=1; Secure; HttpOnly; Path=/", denyAll, true},
		{"host and HTTP, scripts too", "__Host-Http-plain=1; Secure; Path=/", denyAll, false},
		{"promise in a nameless value", "=__Host-plain", denyAll, false},

		// Deletions only remove.
		{"deletion", "_ga=; Max-Age=0", denyAll, true},
		{"deletion of what is undeclared", "x=gone; Max-Age=-1; Path=/", denyAll, true},
		{"deletion by date", "_ga=; Expires=" + past, denyAll, true},
		{"Max-Age beats a future date", "_ga=; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0", denyAll, true},
		{"Max-Age beats a past date", "_ga=; Expires=" + past + "; Max-Age=60", denyAll, false},
		{"junk Max-Age and a past date", "_ga=; Max-Age=soon; Expires=" + past, denyAll, true},
		{"a number that some would read", "_ga=; Max-Age=60s; Expires=" + past, denyAll, false},
		{"a plus that some would read", "_ga=; Max-Age=+60; Expires=" + past, denyAll, false},
		{"two ages that differ", "_ga=; Max-Age=60; Max-Age=0", denyAll, false},
		{"an age and junk", "_ga=; Max-Age=0; Max-Age=x", denyAll, false},
		{"two dates that differ", "_ga=; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Expires=" + past, denyAll, false},
		{"a date and junk", "_ga=; Expires=" + past + "; Expires=0", denyAll, false},
		{"Expires=0 is junk", "_ga=; Expires=0", denyAll, false},
		{"a date not yet past", "_ga=; Expires=Tue, 10 Mar 2026 12:00:00 GMT", denyAll, false},
		{"a date just past", "_ga=; Expires=Tue, 10 Mar 2026 11:59:59 GMT", denyAll, true},
		{"deletion without a name", "=x=1; Max-Age=0", denyAll, false},
		{"deletion elsewhere", "_ga=; Max-Age=0; Domain=evil.example", denyAll, false},

		// The gateway's own.
		{"own", "__Host-consent=forged; Secure; Path=/", ^consent.Set(0), false},
		{"own in spaces", "\t__Host-dates =1; Secure; Path=/", ^consent.Set(0), false},
		{"own deleted", "__Host-visit=; Max-Age=0; Secure; Path=/", ^consent.Set(0), false},
		{"own without =", "__Host-consent", ^consent.Set(0), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, all := collect()
			got := site(t).Response([]string{c.field}, shop, c.granted, now, found)
			want := []string{}
			if c.pass {
				want = []string{c.field}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			action := Dropped
			if c.pass {
				action = Kept
			}
			if len(*all) != 1 || (*all)[0].Action != action {
				t.Errorf("findings %v, want one with %q", *all, action)
			}
		})
	}
}

func TestResponseDomainByHost(t *testing.T) {
	for _, c := range []struct {
		host, domain string
		pass         bool
	}{
		{"shop.example", "shop.example", true},
		{"localhost", "localhost", true}, // a public suffix, but the host itself
		{"shop.localhost", "localhost", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "0.0.1", false},
		{"[::1]", "[::1]", true},
		{"shop.co.uk", "co.uk", false},
		{"www.shop.co.uk", "shop.co.uk", true},
		{"www.shop.co.uk", "uk", false},
		{"me.github.io", "github.io", false},
		{"github.io", "github.io", true},
		{"a.b.c.kawasaki.jp", "c.kawasaki.jp", false}, // *.kawasaki.jp
		{"a.b.c.kawasaki.jp", "b.c.kawasaki.jp", true},
		{"www.city.kawasaki.jp", "city.kawasaki.jp", true}, // !city.kawasaki.jp
	} {
		field := "plain=1; Domain=" + c.domain
		got := site(t).Response([]string{field}, NewOrigin(c.host, "/", true), denyAll, now, nil)
		if (len(got) == 1) != c.pass {
			t.Errorf("host %s, Domain=%s: %q, want pass %v", c.host, c.domain, got, c.pass)
		}
	}
}

// A Domain that a browser reads as none doesn't break the promise of __Host-.
func TestResponseHostPrefixOnSuffix(t *testing.T) {
	for host, pass := range map[string]bool{"localhost": true, "github.io": true, "127.0.0.1": true, "me.github.io": false, "shop.example": false} {
		field := "__Host-plain=1; Secure; Path=/; Domain=" + host
		got := site(t).Response([]string{field}, NewOrigin(host, "/", true), denyAll, now, nil)
		if (len(got) == 1) != pass {
			t.Errorf("%s: %q, want pass %v", host, got, pass)
		}
	}
}

func TestResponseEachAlone(t *testing.T) {
	fields := []string{
		"plain=1; Path=/",
		"_ga=GA1.2; Domain=.shop.example",
		"plain=2, x=3; Partitioned; Priority=High; Secure",
		"x=1",
		"sid=s",
	}
	found, all := collect()
	got := site(t).Response(fields, shop, denyAll, now, found)
	want := []string{
		"plain=1; Path=/",
		"plain=2, x=3; Partitioned; Priority=High; Secure",
		"sid=s; Secure; HttpOnly; SameSite=Lax",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if unsafe.SliceData(got) != unsafe.SliceData(fields) {
		t.Error("not filtered in place")
	}
	if fields[3] != "" || fields[4] != "" {
		t.Errorf("dropped fields are still behind the slice: %q", fields[3:])
	}
	findings := []Finding{
		{"plain", consent.Necessary, Kept},
		{"_ga", consent.Analytics, Dropped},
		{"plain", consent.Necessary, Kept},
		{"x", consent.None, Dropped},
		{"sid", consent.Necessary, Narrowed},
	}
	if !slices.Equal(*all, findings) {
		t.Errorf("findings %v, want %v", *all, findings)
	}
}

func TestResponseUnchangedIsTheSameString(t *testing.T) {
	f := site(t)
	in := "sid=1; Max-Age=60; SECURE=x; HttpOnly; samesite=STRICT; Domain=.shop.example; Partitioned; Priority=High"
	fields := []string{in}
	var got []string
	allocs := testing.AllocsPerRun(100, func() {
		fields[0] = in
		got = f.Response(fields, shop, denyAll, now, nil)
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
	if len(got) != 1 || unsafe.StringData(got[0]) != unsafe.StringData(in) {
		t.Errorf("the field was copied: %q", got)
	}
}

func TestResponseDefault(t *testing.T) {
	f := site(t)
	f.Default = &Rule{Purpose: consent.Analytics, MaxAge: day}
	fields := func() []string { return []string{"x=1; Max-Age=99999999", "nameless", "=a=1", "=__Secure-a", "$x=1"} }
	if got := f.Response(fields(), shop, denyAll, now, nil); len(got) != 0 {
		t.Errorf("without consent: %q", got)
	}
	want := []string{"x=1; Max-Age=86400", "nameless"}
	if got := f.Response(fields(), shop, ^consent.Set(0), now, nil); !slices.Equal(got, want) {
		t.Errorf("with consent: %q, want %q", got, want)
	}
}

func TestNewOrigin(t *testing.T) {
	for host, want := range map[string]string{
		"WWW.Shop.Example": "shop.example",
		"shop.example":     "shop.example",
		"a.b.shop.co.uk":   "shop.co.uk",
		"me.github.io":     "me.github.io",
		"github.io":        "",
		"localhost":        "",
		"shop.localhost":   "shop.localhost",
		"127.0.0.1":        "",
		"::1":              "",
		"[::1]":            "",
		"":                 "",
	} {
		o := NewOrigin(host, "/a", true)
		if o.Registrable != want || o.Host != strings.ToLower(host) || o.Path != "/a" || !o.Secure {
			t.Errorf("NewOrigin(%q) = %+v, want registrable %q", host, o, want)
		}
	}
}

// TestPromisesOfNames: what begins with __Host- has no Domain, not even that of the
// site; and what only begins with underscores promises nothing.
func TestPromisesOfNames(t *testing.T) {
	f := &Filter{Default: &Rule{Purpose: consent.Necessary}}
	for field, want := range map[string]bool{
		"__Host-a=1; Secure; Path=/":                          true,
		"__Host-a=1; Secure; Path=/; Domain=shop.example":     false,
		"__Host-a=1; Secure; Path=/; Domain=www.shop.example": false,
		"__Secure-a=1; Secure; Domain=shop.example":           true,
		"__a=1; Domain=shop.example":                          true,
		"__Hosts=1":                                           true,
	} {
		if out := f.Response([]string{field}, shop, denyAll, now, nil); (len(out) == 1) != want {
			t.Errorf("%q became %q", field, out)
		}
	}
}
