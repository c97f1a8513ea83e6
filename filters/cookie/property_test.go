package cookie

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/consent"
)

// drawPair draws the name and value of a cookie: known, unknown, own, hostile.
func drawPair(t *rapid.T) string {
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"plain", "plain_a", "sid", "theme", "_ga", "_ga_X", "never", "PHPSESSID", "_fbp", "x", "__Host-consent", "__Host-sid", "__secure-plain", "$Path", ""}),
		rapid.StringMatching(`[ -~\t\x00\x{e9}]{0,4}`),
	).Draw(t, "name")
	if rapid.Bool().Draw(t, "without =") {
		return name
	}
	return name + "=" + rapid.StringMatching(`[ -~\t\x{e9}]{0,6}`).Draw(t, "value")
}

func drawCookieFields(t *rapid.T) []string {
	separator := rapid.SampledFrom([]string{"; ", ";", ";;", " ;\t"})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for i := range rapid.IntRange(0, 5).Draw(t, "cookies") {
			if i > 0 {
				b.WriteString(separator.Draw(t, "separator"))
			}
			b.WriteString(drawPair(t))
		}
		return b.String()
	}), 1, 3).Draw(t, "fields")
}

var drawnAttributes = []string{
	"Path=/", "path=/a", "Path", "Domain=shop.example", "Domain=.WWW.shop.example", "Domain=evil.example", "Domain=example", "Domain=",
	"Secure", "secure=0", "HttpOnly", "SameSite=None", "SameSite=Strict", "SAMESITE = lax", "SameSite", "SameSite=x",
	"Max-Age=0", "Max-Age=-5", "Max-Age=60", "max-age = 99999999", "Max-Age=+99999999", "Max-Age=99999999999999999999", "Max-Age=x", "Max-Age",
	"Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Wed, 11 Mar 2026 00:00:00 GMT", "expires=Fri, 01-Jan-99 00:00:00 GMT", "Expires=1 jan 2099 1:1:1", "Expires=0",
	"Partitioned", "Priority=High", "", "=", "foo=b,a=r", "\tx ",
}

func drawSetCookie(t *rapid.T) string {
	parts := append([]string{drawPair(t)}, rapid.SliceOfN(rapid.SampledFrom(drawnAttributes), 0, 6).Draw(t, "attributes")...)
	return strings.Join(parts, rapid.SampledFrom([]string{"; ", ";", " ; "}).Draw(t, "separator"))
}

func drawGranted(t *rapid.T) consent.Set {
	return consent.Of(rapid.SliceOf(rapid.SampledFrom([]consent.Purpose{
		consent.Necessary, consent.Preferences, consent.Analytics, consent.Advertising,
	})).Draw(t, "granted")...)
}

func TestRequestProperties(t *testing.T) {
	f := site(t)
	rapid.Check(t, func(t *rapid.T) {
		fields := drawCookieFields(t)
		granted := drawGranted(t)
		found, all := collect()
		got, changed, err := f.Request(fields, granted, found)
		if err != nil {
			t.Fatal(err)
		}
		if !changed && (len(fields) != 1 || got != fields[0]) {
			t.Fatalf("%q became %q, unchanged", fields, got)
		}
		if len(fields) == 1 && changed == (got == fields[0]) {
			t.Fatalf("%q became %q, changed %v", fields[0], got, changed)
		}
		if again, changed, _ := f.Request([]string{got}, granted, nil); changed || again != got {
			t.Fatalf("a second time %q became %q", got, again)
		}
		for _, finding := range *all {
			if kept := finding.Action == Kept; kept && !granted.With(consent.Necessary).Has(finding.Purpose) {
				t.Fatalf("kept without consent: %+v", finding)
			}
		}

		// What is left is, in order, what the rules allow: read plainly.
		if want, got := allowed(f, strings.Join(fields, ";"), granted), pairs(got); !slices.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", fields, got, want)
		}

		// More consent keeps the same cookies and perhaps more.
		more, _, _ := f.Request(fields, granted|drawGranted(t), nil)
		if !isSubsequence(pairs(got), pairs(more)) {
			t.Fatalf("with more consent %q became %q", got, more)
		}
	})
}

// pairs splits a Cookie field plainly, without empty pieces.
func pairs(field string) []string {
	var all []string
	for _, piece := range strings.Split(field, ";") {
		if piece = strings.Trim(piece, " \t"); piece != "" {
			all = append(all, piece)
		}
	}
	return all
}

func allowed(f *Filter, field string, granted consent.Set) []string {
	var all []string
	for _, pair := range pairs(field) {
		name, _, named := strings.Cut(pair, "=")
		name = strings.Trim(name, " \t")
		if !named || slices.Contains(f.Own, name) || strings.ContainsAny(pair, "\x00\x01\x7f\r\n") {
			continue
		}
		if r, ok := f.Lookup(name); ok && (r.Purpose == consent.Necessary || granted.Has(r.Purpose)) {
			all = append(all, pair)
		}
	}
	return all
}

func isSubsequence(some, all []string) bool {
	for _, s := range all {
		if len(some) > 0 && some[0] == s {
			some = some[1:]
		}
	}
	return len(some) == 0
}

func TestResponseProperties(t *testing.T) {
	f := site(t)
	rapid.Check(t, func(t *rapid.T) {
		field := drawSetCookie(t)
		granted := drawGranted(t)
		found, all := collect()
		got := f.Response([]string{field}, shop, granted, now, found)
		checkSetCookie(t, f, field, got, granted)
		finding := (*all)[0]
		if dropped := finding.Action == Dropped; dropped != (len(got) == 0) {
			t.Fatalf("%q became %q, reported %q", field, got, finding.Action)
		}
		if len(got) == 0 {
			return
		}
		if narrowed := finding.Action == Narrowed; narrowed != (got[0] != field) {
			t.Fatalf("%q became %q, reported %q", field, got, finding.Action)
		}
		again := f.Response(slices.Clone(got), shop, granted, now, nil)
		if !slices.Equal(again, got) {
			t.Fatalf("a second time %q became %q", got, again)
		}
		more := f.Response([]string{field}, shop, granted|drawGranted(t), now, nil)
		if len(more) != 1 {
			t.Fatalf("%q passes, but not with more consent", field)
		}
	})
}

// fataler is what both tests and properties have.
type fataler interface{ Fatalf(string, ...any) }

// checkSetCookie compares what a browser makes of a field before and after.
func checkSetCookie(t fataler, f *Filter, in string, out []string, granted consent.Set) {
	before, stored := browserStore(in, shop, now)
	if !stored {
		if len(out) > 0 {
			t.Fatalf("%q passed; a browser ignores it", in)
		}
		return
	}
	deletion := !before.session && before.expires.Before(now)
	rule, known := f.Lookup(before.name)
	consented := known && granted.With(consent.Necessary).Has(rule.Purpose)
	if len(out) == 0 {
		own := slices.Contains(f.Own, before.name) || slices.Contains(f.Own, before.value)
		if consented && !own && before.name != "" && isASCII(before.name) && before.name[0] != '$' {
			t.Fatalf("%q was dropped", in)
		}
		return
	}
	after, ok := browserStore(out[0], shop, now)
	if !ok {
		t.Fatalf("%q became %q, which a browser ignores", in, out[0])
	}
	if !consented && !deletion {
		t.Fatalf("%q passed without consent", in)
	}
	if after.name != before.name || after.value != before.value || after.domain != before.domain ||
		after.hostOnly != before.hostOnly || after.path != before.path || after.session != before.session {
		t.Fatalf("%q became %q: another cookie", in, out[0])
	}
	if deletion {
		if !after.expires.Before(now) {
			t.Fatalf("%q became %q, which deletes nothing", in, out[0])
		}
		return
	}
	if !after.session {
		want := before.expires
		if end := now.Add(rule.MaxAge); rule.MaxAge > 0 && want.After(end) {
			want = end
		}
		if !after.expires.Equal(want) {
			t.Fatalf("%q became %q: ends %v, want %v", in, out[0], after.expires, want)
		}
	}
	sameSite, _ := ParseSameSite(after.sameSite)
	had, _ := ParseSameSite(before.sameSite)
	if after.secure != (before.secure || rule.Secure) || after.httpOnly != (before.httpOnly || rule.HTTPOnly) || sameSite != max(had, rule.SameSite) {
		t.Fatalf("%q became %q: wrong flags", in, out[0])
	}
}
