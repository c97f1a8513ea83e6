package cookie

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/internal/oracle"
)

// toughCookie is what tough-cookie stores; see testdata/stored.mjs.
type toughCookie struct {
	Name, Value, Domain, Path string
	HostOnly                  bool
	Secure, HTTPOnly          bool
	SameSite                  string
	Ends                      *float64 // milliseconds; nil for a session
}

// nasty are fields over which readers could differ.
var nasty = []string{
	"", ";", "=", "=a", "a", "a=", "sid", "=sid=1", "sid==1", " sid = 1 ", "\tsid\t=\t1\t; Path=/", "sid=1;Path", "sid=1; Path=", "sid=1; Path=a", "sid=1; Path=/a; Path=/b",
	"sid=a b", `sid="a;b"`, `sid="a"; Path="/x"`, "sid=1, _ga=2", "_ga=1, sid=2", "_ga=1", "sid=1;;;Secure;;", "sid=1; =x; Secure", "sid=1 ; secure ; httponly",
	"sid=1; Domain=shop.example", "sid=1; Domain=.shop.example", "sid=1; Domain=..shop.example", "sid=1; Domain=SHOP.EXAMPLE", "sid=1; Domain=.", "sid=1; Domain=example",
	"sid=1; Domain=evil.example", "sid=1; Domain=a.www.shop.example", "sid=1; Domain=shop.example; Domain=evil.example", "sid=1; Domain=evil.example; Domain=shop.example",
	"sid=1; Domain=op.example", "sid=1; Domain=co.uk", "sid=1; Domain=www.shop.example", "sid=1; Domain= shop.example ", "sid=1; Domain=shop.example.",
	"__Host-plain=1", "__Host-plain=1; Secure", "__Host-plain=1; Secure; Path=/", "__Host-plain=1; Secure; Path=/; Domain=shop.example", "__Host-plain=1; Secure; Path=/a",
	"__Secure-plain=1", "__Secure-plain=1; Secure", "__Host-consent=1; Secure; Path=/", "__Host-dates=1; Secure; Path=/",
	"theme=1; Max-Age=1", "theme=1; Max-Age=0", "theme=1; Max-Age=-1", "theme=1; Max-Age=x", "theme=1; Max-Age=1; Max-Age=0", "theme=1; Max-Age=0; Expires=Fri, 01 Jan 2027 00:00:00 GMT",
	"theme=1; Expires=Fri, 01 Jan 2027 00:00:00 GMT; Max-Age=60", "theme=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "theme=1; Expires=01-Jan-27 00:00:00", "theme=1; Expires=junk",
	"theme=1; Expires=Fri 1 January 2027 1:2:3", "theme=1; Expires=Mon, 30 Feb 2027 00:00:00 GMT", "theme=1; Expires=2027 jan 1 23:59:59", "theme=1; Expires=Fri, 01 Jan 2027 24:00:00 GMT",
	"sid=1; SameSite", "sid=1; SameSite=None", "sid=1; SameSite=LAX", "sid=1; SameSite=x", "sid=1; SameSite=Strict; SameSite=None", "sid=1; Partitioned; Priority=High; x=y",
	"$sid=1", "sid=1; $Path=/", "caf\u00e9=1", "\u2000sid=1", "sid\u00a0=1", "sid=caf\u00e9", "PHPSESSID=1", "_fbp=1", "never=1", "unknown=1", "SID=1", "sid[a]=1",
}

// TestToughCookie: of what tough-cookie, another reader of RFC 6265bis, stores of
// fields, the filter lets through what it has consent for, and that is stored as
// the same cookie, for no longer and with no fewer flags.
func TestToughCookie(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 265))
	fields := slices.Clone(nasty)
	names := []string{"plain", "sid", "theme", "_ga", "_fbp", "x", "__Host-plain", "__secure-plain", "__Host-consent", "", " sid ", "$Path"}
	for range 1500 {
		parts := []string{names[random.IntN(len(names))] + []string{"=", "", "=1", `="a, b"`, "=a=b"}[random.IntN(5)]}
		for range random.IntN(6) {
			parts = append(parts, drawnAttributes[random.IntN(len(drawnAttributes))])
		}
		fields = append(fields, strings.Join(parts, []string{"; ", ";", " ; "}[random.IntN(3)]))
	}
	f := site(t)
	for _, granted := range []consent.Set{denyAll, ^consent.Set(0)} {
		var passed []string
		var findings []Finding
		for _, field := range fields {
			out := f.Response([]string{field}, shop, granted, now, func(found Finding) { findings = append(findings, found) })
			passed = append(passed, strings.Join(out, "")) // "" stores nothing
		}
		before, after := tough(t, fields), tough(t, passed)
		stored := 0
		for i, field := range fields {
			if findings[i].Action == Kept && passed[i] != field {
				t.Errorf("%q became %q, reported as kept", field, passed[i])
			}
			in, out, found := before[i], after[i], findings[i]
			rule, known := f.Lookup(found.Name)
			consented := known && granted.Has(rule.Purpose)
			ends := out != nil && out.Ends != nil && *out.Ends <= float64(now.UnixMilli())
			switch {
			case out == nil && in != nil && consented && !slices.Contains(f.Own, in.Name) && judgeable(in.Name, in.Value) && !lax(field, in.Name, found.Name):
				t.Errorf("%q became %q, which is not stored", field, passed[i])
			case out != nil && (in == nil || out.Name != found.Name):
				t.Errorf("%q, judged as %q, became %q and is stored as %+v, before as %+v", field, found.Name, passed[i], out, in)
			case ends:
				// It deletes, whatever it is for.
			case out != nil && !consented:
				t.Errorf("%q passed as %q without consent", field, passed[i])
			case out != nil:
				stored++
				if out.Name != in.Name || out.Value != in.Value || out.Domain != in.Domain || out.Path != in.Path || out.HostOnly != in.HostOnly ||
					in.Secure && !out.Secure || in.HTTPOnly && !out.HTTPOnly || rule.Secure && !out.Secure || rule.HTTPOnly && !out.HTTPOnly {
					t.Errorf("%q became %q: stored as %+v, before as %+v", field, passed[i], out, in)
				}
				if (out.Ends == nil) != (in.Ends == nil) || in.Ends != nil && (*out.Ends > *in.Ends || rule.MaxAge > 0 && *out.Ends > float64(now.Add(rule.MaxAge).UnixMilli())) {
					t.Errorf("%q became %q: ends %v, before %v", field, passed[i], out.Ends, in.Ends)
				}
			}
		}
		if stored < 150 {
			t.Errorf("only %d fields were stored", stored)
		}
	}
}

// lax tells where tough-cookie stores what browsers don't: it takes a name from
// behind a leading "=" and from between other spaces, keeps promises of names in
// one case alone, and forgives a second dot before a domain.
func lax(field, stored, name string) bool {
	return stored != name || strings.HasPrefix(name, "__secure-") || strings.Contains(field, "Domain=..")
}

// tough has tough-cookie read fields, each alone.
func tough(t *testing.T, fields []string) (all []*toughCookie) {
	t.Helper()
	line, err := json.Marshal(map[string]any{"url": "https://" + shop.Host + shop.Path, "now": now.UnixMilli(), "fields": fields})
	if err != nil {
		t.Fatal(err)
	}
	out := oracle.Node(t, "testdata/stored.mjs", bytes.NewReader(line), "tough-cookie@6.1.0")
	if err := json.Unmarshal(out, &all); err != nil || len(all) != len(fields) {
		t.Fatalf("%v, %d answers to %d fields", err, len(all), len(fields))
	}
	return all
}
