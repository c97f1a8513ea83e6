package cookie

import (
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestNarrow(t *testing.T) {
	const far = "Fri, 01 Jan 2100 00:00:00 GMT"
	month := Rule{MaxAge: 30 * day}
	flags := Rule{Secure: true, HTTPOnly: true, SameSite: Lax}
	for _, c := range []struct {
		name      string
		rule      Rule
		in, after string // after: what follows "plain=1"; "=": unchanged
	}{
		// Lifetimes.
		{"no cap", Rule{}, "; Max-Age=999999999; Expires=" + far, "="},
		{"session", month, "; Path=/", "="},
		{"below", month, "; Max-Age=60", "="},
		{"exactly", month, "; Max-Age=2592000", "="},
		{"above", month, "; Max-Age=2592001; Path=/", "; Max-Age=2592000; Path=/"},
		{"in place", month, "; Path=/;\tmax-AGE =  9999999 ;Foo=bar", "; Path=/;\tmax-AGE =  2592000 ;Foo=bar"},
		{"leading zeros", month, "; Max-Age=00000000060", "="},
		{"beyond 64 bits", month, "; Max-Age=99999999999999999999999", "; Max-Age=2592000"},
		{"largest int64", month, "; Max-Age=9223372036854775807", "; Max-Age=2592000"},
		{"plus", month, "; Max-Age=+9999999", "; Max-Age=+2592000"},
		{"every one", month, "; Max-Age=9999999; Max-Age=60; Max-Age=8888888", "; Max-Age=2592000; Max-Age=60; Max-Age=2592000"},
		{"junk is a session", month, "; Max-Age=1e9; Max-Age=9999999s; Max-Age; Max-Age=; Max-Age=-; Max-Age=\"9999999\"", "="},
		{"too long to count", month, "; Max-Age=" + strings.Repeat("9", 1025), "="},
		{"as long as counts", month, "; Max-Age=" + strings.Repeat("9", 1024), "; Max-Age=2592000"},
		{"deletion", month, "; Max-Age=0; Expires=" + far, "="},
		{"negative beyond 64 bits", month, "; Max-Age=-99999999999999999999; Expires=" + far, "="},
		{"date below", month, "; Expires=Wed, 01 Apr 2026 00:00:00 GMT", "="},
		{"date exactly", month, "; Expires=Thu, 09 Apr 2026 12:00:00 GMT", "="},
		{"date above", month, "; Expires=Thu, 09 Apr 2026 12:00:01 GMT", "; Expires=Thu, 09 Apr 2026 12:00:00 GMT"},
		{"date of old", month, "; expires=Friday, 01-Jan-38 00:00:00 GMT; Path=/", "; expires=Thu, 09 Apr 2026 12:00:00 GMT; Path=/"},
		{"date without order", month, "; Expires= 2100 jan 1 00:00:00 ;Secure", "; Expires= Thu, 09 Apr 2026 12:00:00 GMT ;Secure"},
		{"date to some", month, "; Expires=2100-01-01T00:00:00Z", "; Expires="},
		{"date without a time", month, "; Expires=9/6/2099;Secure", "; Expires=;Secure"},
		{"date that can't be", month, "; Expires=Fri, 31 Feb 2100 00:00:00 GMT", "; Expires="},
		{"no date", month, "; Expires=never", "="},
		{"no date, and no cap", Rule{}, "; Expires=9/6/2099", "="},
		{"both", month, "; Expires=" + far + "; Max-Age=9999999", "; Expires=Thu, 09 Apr 2026 12:00:00 GMT; Max-Age=2592000"},
		{"the name decides", month, "; XMax-Age=9999999; Max-Age2=9999999; Max Age=9999999", "="},
		{"not in the value", month, "&Max-Age=9999999", "="},

		// Flags.
		{"flags", flags, "; Path=/", "; Path=/; Secure; HttpOnly; SameSite=Lax"},
		{"flags on nothing else", flags, "", "; Secure; HttpOnly; SameSite=Lax"},
		{"flags after a semicolon", flags, "; Path=/;", "; Path=/; Secure; HttpOnly; SameSite=Lax"},
		{"flags there", flags, "; secure; HTTPONLY; samesite=lax", "="},
		{"flags with values", flags, "; Secure=false; HttpOnly=no; SameSite=Lax", "="},
		{"one flag missing", flags, "; Secure; SameSite=Lax", "; Secure; SameSite=Lax; HttpOnly"},
		{"flag too long to count", Rule{Secure: true}, "; Secure=" + strings.Repeat("x", 1025), "; Secure=" + strings.Repeat("x", 1025) + "; Secure"},
		{"stricter stays", flags, "; Secure; HttpOnly; SameSite=Strict", "="},
		{"weaker is replaced", flags, "; Secure; HttpOnly; samesite=NONE ; Partitioned", "; Secure; HttpOnly; samesite=Lax ; Partitioned"},
		{"lax to strict", Rule{SameSite: Strict}, "; SameSite=Lax; Path=/", "; SameSite=Strict; Path=/"},
		{"unknown is replaced", Rule{SameSite: Lax}, "; SameSite=Lux", "; SameSite=Lax"},
		{"empty is replaced", Rule{SameSite: Lax}, "; SameSite=; Path=/", "; SameSite=Lax; Path=/"},
		{"bare is replaced", Rule{SameSite: Lax}, "; SameSite ; Path=/", "; SameSite=Lax ; Path=/"},
		{"every weaker one", Rule{SameSite: Lax}, "; SameSite=None; SameSite=Strict; SameSite=x", "; SameSite=Lax; SameSite=Strict; SameSite=Lax"},
		{"None asks for nothing", Rule{SameSite: None}, "; Path=/", "="},
		{"None without Secure is left", Rule{}, "; SameSite=None", "="},

		// All at once, and what isn't judged.
		{"unknown attributes", Rule{MaxAge: 30 * day, Secure: true}, "; Partitioned;Priority=High ; foo = b,ar; Max-Age=9999999;; =x", "; Partitioned;Priority=High ; foo = b,ar; Max-Age=2592000;; =x; Secure"},
		{"all", Rule{MaxAge: 60 * time.Second, Secure: true, HTTPOnly: true, SameSite: Strict}, "; Max-Age=61; SameSite=Lax; Path=/; Domain=.Shop.Example", "; Max-Age=60; SameSite=Strict; Path=/; Domain=.Shop.Example; Secure; HttpOnly"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Filter{Declared: table(t, map[string]Rule{"plain": c.rule})}
			in, want, action := "plain=1"+c.in, "plain=1"+c.after, Narrowed
			if c.after == "=" {
				want, action = in, Kept
			}
			found, all := collect()
			got := f.Response([]string{in}, shop, denyAll, now, found)
			if len(got) != 1 || got[0] != want {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
			if (*all)[0] != (Finding{"plain", consent.Necessary, action}) {
				t.Errorf("finding %v, want %q", (*all)[0], action)
			}
		})
	}
}

// Rewriting keeps what a name's prefix promises.
func TestNarrowKeepsPromises(t *testing.T) {
	for _, name := range []string{"__Host-sid", "__Secure-sid", "__host-sid", "__Http-sid", "__Host-Http-sid"} {
		in := name + "=1; Secure; Path=/; HttpOnly; SameSite=None; Max-Age=99999999"
		got := site(t).Response([]string{in}, shop, denyAll, now, nil)
		if len(got) != 1 || got[0] == in {
			t.Fatalf("%s: %q, want it narrowed", name, got)
		}
		if c, ok := browserStore(got[0], shop, now); !ok || c.name != name || c.sameSite != "lax" {
			t.Errorf("%s: a browser stores %+v, %v of %q", name, c, ok, got[0])
		}
	}
}

func TestParseDate(t *testing.T) {
	utc := func(y int, m time.Month, d, h, min, s int) time.Time {
		return time.Date(y, m, d, h, min, s, 0, time.UTC)
	}
	for in, want := range map[string]time.Time{
		"Sun, 06 Nov 1994 08:49:37 GMT":         utc(1994, 11, 6, 8, 49, 37),
		"Sunday, 06-Nov-94 08:49:37 GMT":        utc(1994, 11, 6, 8, 49, 37),
		"Sun Nov  6 08:49:37 1994":              utc(1994, 11, 6, 8, 49, 37),
		"06 nov 1994 8:9:7":                     utc(1994, 11, 6, 8, 9, 7),
		"1994 08:49:37 6 NOVEMBER":              utc(1994, 11, 6, 8, 49, 37),
		"01 Jan 69 00:00:00":                    utc(2069, 1, 1, 0, 0, 0),
		"01 Jan 70 00:00:00":                    utc(1970, 1, 1, 0, 0, 0),
		"01 Jan 99 00:00:00":                    utc(1999, 1, 1, 0, 0, 0),
		"01 Jan 100 00:00:00":                   {},
		"01 Jan 1600 00:00:00":                  {},
		"01 Jan 1601 00:00:00":                  utc(1601, 1, 1, 0, 0, 0),
		"01 Jan 20261 00:00:00":                 {},
		"29 Feb 2024 00:00:00":                  utc(2024, 2, 29, 0, 0, 0),
		"29 Feb 2023 00:00:00":                  {},
		"31 Apr 2023 00:00:00":                  {},
		"00 Jan 2023 00:00:00":                  {},
		"32 Jan 2023 00:00:00":                  {},
		"1th Jan 2023x 00:00:00z":               utc(2023, 1, 1, 0, 0, 0),
		"01 Jan 2023 24:00:00":                  {},
		"01 Jan 2023 23:60:00":                  {},
		"01 Jan 2023 23:59:60":                  {},
		"01 Jan 2023 23:59":                     {},
		"01 Jan 2023 001:00:00":                 {},
		"01 Jan 2023 00:00:000":                 {},
		"01 Jan 2023 01:02:03 04:05:06":         utc(2023, 1, 1, 1, 2, 3),
		"01 Jan 2023 01:02:03 +0200":            utc(2023, 1, 1, 1, 2, 3),
		"\"Sun, 06 Nov 1994 08:49:37 GMT\"":     utc(1994, 11, 6, 8, 49, 37),
		"Sun,\t06/Nov/1994;08:49:37":            utc(1994, 11, 6, 8, 49, 37),
		"Jan Feb 03 2023 00:00:00":              utc(2023, 1, 3, 0, 0, 0),
		"01 Ja\u00f1 2023 00:00:00":             {},
		"2026-03-10T12:00:00Z":                  {},
		"0":                                     {},
		"-1":                                    {},
		"":                                      {},
		"never":                                 {},
		"Fri, 31 Dec 9999 23:59:59 GMT":         utc(9999, 12, 31, 23, 59, 59),
		"Thu, 01-Jan-1970 00:00:01 GMT; Path=/": utc(1970, 1, 1, 0, 0, 1),
	} {
		got, ok := parseDate(in)
		if ok == want.IsZero() || (ok && !got.Equal(want)) {
			t.Errorf("parseDate(%q) = %v, %v, want %v", in, got, ok, want)
		}
	}
}
