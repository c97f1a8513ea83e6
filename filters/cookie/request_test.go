package cookie

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestRequest(t *testing.T) {
	analytics := consent.Of(consent.Analytics)
	for _, c := range []struct {
		name    string
		fields  []string
		granted consent.Set
		want    string
		changed bool
	}{
		{"none", nil, denyAll, "", false},
		{"empty", []string{""}, denyAll, "", false},
		{"necessary", []string{"sid=1; plain=2"}, denyAll, "sid=1; plain=2", false},
		{"necessary needs no grant", []string{"sid=1"}, 0, "sid=1", false},
		{"undeclared", []string{"x=1"}, ^consent.Set(0), "", true},
		{"declared without a purpose", []string{"never=1"}, ^consent.Set(0), "", true},
		{"without consent", []string{"sid=1; _ga=2"}, denyAll, "sid=1", true},
		{"with consent", []string{"sid=1; _ga=2"}, analytics, "sid=1; _ga=2", false},
		{"catalogue", []string{"PHPSESSID=1; _fbp=2"}, denyAll, "PHPSESSID=1", true},
		{"declared beats the catalogue", []string{"theme=1"}, consent.Of(consent.Advertising), "", true},
		{"first out", []string{"x=0; sid=1; plain=2"}, denyAll, "sid=1; plain=2", true},
		{"middle out", []string{"sid=1; x=0; plain=2"}, denyAll, "sid=1; plain=2", true},
		{"last out", []string{"sid=1; plain=2; x=0"}, denyAll, "sid=1; plain=2", true},
		{"several out", []string{"x=0; y=0; sid=1; z=0; plain=2; z=0"}, denyAll, "sid=1; plain=2", true},
		{"separators as they came", []string{"sid=1;plain=2;x=0;plain_a=3"}, denyAll, "sid=1;plain=2;plain_a=3", true},
		{"spaces as they came", []string{" sid = 1 ;\tplain=2"}, denyAll, " sid = 1 ;\tplain=2", false},
		{"empty pieces as they came", []string{"; sid=1;; plain=2;"}, denyAll, "; sid=1;; plain=2;", false},
		{"only empty pieces left", []string{";; x=0; ;"}, denyAll, "", true},

		// HTTP/2 and HTTP/3 send one field for each cookie.
		{"crumbs", []string{"sid=1", "plain=2"}, denyAll, "sid=1; plain=2", true},
		{"crumbs filtered", []string{"_ga=0", "sid=1", "x=3; plain=2", "_ga=4"}, denyAll, "sid=1; plain=2", true},
		{"empty crumbs", []string{"", "sid=1", " ", "plain=2"}, denyAll, "sid=1; plain=2", true},
		{"no crumb left", []string{"x=1", "y=2"}, denyAll, "", true},

		// Every one of the same name.
		{"duplicates out", []string{"_ga=1; sid=2; _ga=3; _ga=4"}, denyAll, "sid=2", true},
		{"duplicates stay", []string{"sid=2; sid=3"}, denyAll, "sid=2; sid=3", false},

		// Quotes don't hold a semicolon, and a comma parts nothing.
		{"quoted", []string{`plain="a b, c"; x=1`}, denyAll, `plain="a b, c"`, true},
		{"quoted semicolon", []string{`plain="a; _ga=1; plain_b=c"`}, denyAll, `plain="a; plain_b=c"`, true},
		{"comma", []string{"plain=1, _ga=2"}, denyAll, "plain=1, _ga=2", false},
		{"JSON", []string{`plain={"a":"b=c","d":[1,2]}; x=1`}, denyAll, `plain={"a":"b=c","d":[1,2]}`, true},
		{"RFC 2109", []string{`$Version="1"; sid=1; $Path="/"; $Domain=x`}, denyAll, "sid=1", true},

		{"valueless", []string{"sid=; plain="}, denyAll, "sid=; plain=", false},
		{"nameless", []string{"sid; plain=1"}, denyAll, "plain=1", true},
		{"nameless with =", []string{"=sid; plain=1"}, denyAll, "plain=1", true},
		{"nameless in disguise", []string{"=sid=1; plain=1"}, denyAll, "plain=1", true},
		{"neither", []string{"=; plain=1"}, denyAll, "plain=1", true},
		{"NUL", []string{"plain=\x00; sid=1"}, denyAll, "sid=1", true},
		{"control in a name", []string{"pl\x01ain=2; sid=1"}, denyAll, "sid=1", true},
		{"DEL", []string{"plain=\x7f; sid=1"}, denyAll, "sid=1", true},
		{"newline", []string{"plain=a\r\nX: b; sid=1"}, denyAll, "sid=1", true},
		{"tab", []string{"plain=a\tb; x=1"}, denyAll, "plain=a\tb", true},
		{"U+2000 before the name", []string{"\u2000sid=1; plain=2"}, denyAll, "plain=2", true},
		{"no-break space", []string{"\u00a0sid=1; sid\xa0=2; plain=2"}, denyAll, "plain=2", true},
		{"name not ASCII", []string{"plain_\u00e9=1; sid=2"}, denyAll, "sid=2", true},
		{"value not ASCII", []string{"plain=\u00e9\xff; x=1"}, denyAll, "plain=\u00e9\xff", true},
		{"case", []string{"SID=1; Plain=1; sid=2"}, denyAll, "sid=2", true},
		{"prefixed names", []string{"__Host-sid=1; __Secure-sid=2; __Host-x=3"}, denyAll, "__Host-sid=1; __Secure-sid=2", true},

		{"own first", []string{"__Host-consent=1; sid=1"}, denyAll, "sid=1", true},
		{"own anywhere", []string{"sid=1; __Host-dates=1; __Host-consent=2; plain=3; __Host-consent=4"}, ^consent.Set(0), "sid=1; plain=3", true},
		{"own in spaces", []string{"sid=1;\t __Host-consent\t =2"}, denyAll, "sid=1", true},
		{"own without =", []string{"__Host-consent; sid=1"}, denyAll, "sid=1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, changed, err := site(t).Request(c.fields, c.granted, nil)
			if got != c.want || changed != c.changed || err != nil {
				t.Errorf("got %q, %v, %v\nwant %q, %v", got, changed, err, c.want, c.changed)
			}
		})
	}
}

func TestRequestUnchangedIsTheSameString(t *testing.T) {
	f := site(t)
	fields := []string{strings.Repeat("sid=1; plain_x=\"2\"; ", 50)}
	var got string
	allocs := testing.AllocsPerRun(100, func() { got, _, _ = f.Request(fields, denyAll, nil) })
	if allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
	if unsafe.StringData(got) != unsafe.StringData(fields[0]) || got != fields[0] {
		t.Error("the field was copied")
	}
}

func TestRequestFindings(t *testing.T) {
	found, all := collect()
	_, _, err := site(t).Request([]string{"sid=1; _ga=2; _ga=3; x=4; __Host-consent=5; $Path=/; nameless"}, denyAll, found)
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{
		{"sid", consent.Necessary, Kept},
		{"_ga", consent.Analytics, Dropped},
		{"_ga", consent.Analytics, Dropped},
		{"x", consent.None, Dropped},
		{"$Path", consent.None, Dropped},
		{"", consent.None, Dropped},
	}
	if !slices.Equal(*all, want) {
		t.Errorf("got  %v\nwant %v", *all, want)
	}
}

func TestRequestTooMany(t *testing.T) {
	f := site(t)
	most := strings.Repeat("sid=1; ", MaxCookies) // and an empty piece at the end
	if got, changed, err := f.Request([]string{most}, denyAll, nil); got != most || changed || err != nil {
		t.Errorf("%d cookies: changed %v, %v", MaxCookies, changed, err)
	}
	for _, fields := range [][]string{
		{most + "sid=1"},
		{most, "sid=1"},
		slices.Repeat([]string{"x=1"}, MaxCookies+1),
	} {
		found, all := collect()
		got, changed, err := f.Request(fields, ^consent.Set(0), found)
		if got != "" || !changed || !errors.Is(err, ErrTooMany) {
			t.Errorf("%d fields: %q, %v, %v, want ErrTooMany", len(fields), got, changed, err)
		}
		if len(*all) > 0 {
			t.Errorf("%d cookies were judged", len(*all))
		}
	}
}

func TestRequestDefault(t *testing.T) {
	f := site(t)
	f.Default = &Rule{Purpose: consent.Analytics}
	const in = "x=1; nameless; =a=b; $Path=1; \u2000y=1; never=1"
	if got, _, _ := f.Request([]string{in}, denyAll, nil); got != "" {
		t.Errorf("without consent: %q", got)
	}
	if got, _, _ := f.Request([]string{in}, ^consent.Set(0), nil); got != "x=1; nameless" {
		t.Errorf("with consent: %q", got)
	}
}

func TestZeroFilterDropsAll(t *testing.T) {
	var f Filter
	if got, changed, err := f.Request([]string{"sid=1"}, ^consent.Set(0), nil); got != "" || !changed || err != nil {
		t.Errorf("request: %q, %v, %v", got, changed, err)
	}
	if got := f.Response([]string{"sid=1"}, shop, ^consent.Set(0), now, nil); len(got) != 0 {
		t.Errorf("response: %q", got)
	}
}
