package cookie

import (
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// FuzzSetCookie compares the filter with the plain model of a browser.
func FuzzSetCookie(f *testing.F) {
	for _, seed := range []string{
		"sid=1; Path=/; Max-Age=99999999; SameSite=None",
		"__Host-sid=1; Secure; Path=/",
		"_ga=GA1.2.3; Domain=.shop.example; Expires=Fri, 01-Jan-99 00:00:00 GMT",
		`plain={"a":"b"}; Partitioned; Priority=High`,
		"=x", "plain", "plain=\x00", "\u2000sid=1", "$x=1", "x=; Max-Age=0",
	} {
		f.Add(seed, uint64(denyAll))
		f.Add(seed, ^uint64(0))
	}
	filter := site(f)
	f.Fuzz(func(t *testing.T, field string, granted uint64) {
		out := filter.Response([]string{field}, shop, consent.Set(granted), now, nil)
		checkSetCookie(t, filter, field, out, consent.Set(granted))
		if again := filter.Response(slices.Clone(out), shop, consent.Set(granted), now, nil); !slices.Equal(again, out) {
			t.Fatalf("a second time %q became %q", out, again)
		}
		date, ok := parseDate(field)
		if want, wantOK := referenceDate(field); ok != wantOK || ok && !date.Equal(want) {
			t.Fatalf("date %q: %v, %v, want %v, %v", field, date, ok, want, wantOK)
		}
	})
}

// FuzzCookie checks that nothing passes without a rule and that what passes is
// what came, in order.
func FuzzCookie(f *testing.F) {
	for _, seed := range []string{
		"sid=1; _ga=2; x=3", "a;b;;c=", `$Version="1"; plain="a;b"`, "__Host-consent=1; plain=2",
		"sid=1\nplain=2", " =;= ; sid = 1", "\u2000sid=1; sid\xff=2",
	} {
		f.Add(seed, uint64(denyAll))
		f.Add(seed, ^uint64(0))
	}
	filter := site(f)
	f.Fuzz(func(t *testing.T, field string, granted uint64) {
		set := consent.Set(granted)
		out, changed, err := filter.Request([]string{field}, set, nil)
		if err != nil {
			if strings.Count(field, ";") < MaxCookies {
				t.Fatalf("refused %d cookies", strings.Count(field, ";")+1)
			}
			return
		}
		if changed == (out == field) || len(out) > len(field) {
			t.Fatalf("%q became %q, changed %v", field, out, changed)
		}
		if !isSubsequence(pairs(out), pairs(field)) {
			t.Fatalf("%q became %q", field, out)
		}
		for _, pair := range pairs(out) {
			name := strings.Trim(strings.SplitN(pair, "=", 2)[0], " \t")
			if r, ok := filter.Lookup(name); !ok || !set.With(consent.Necessary).Has(r.Purpose) || slices.Contains(filter.Own, name) {
				t.Fatalf("%q passed in %q", pair, field)
			}
		}
		if again, changed, _ := filter.Request([]string{out}, set, nil); changed || again != out {
			t.Fatalf("a second time %q became %q", out, again)
		}
		parts := strings.SplitAfter(field, ";")
		crumbs, _, _ := filter.Request([]string{strings.Join(parts[:len(parts)/2], ""), strings.Join(parts[len(parts)/2:], "")}, set, nil)
		if !slices.Equal(pairs(crumbs), pairs(out)) {
			t.Fatalf("%q in two fields became %q, in one %q", field, crumbs, out)
		}
	})
}
