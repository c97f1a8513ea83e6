package catalogue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

const databaseHeader = "ID,Platform,Category,Cookie / Data Key name,Domain,Description,Retention period,Data Controller,User Privacy & GDPR Rights Portals,Wildcard match\n"

const database = databaseHeader + `1,Acme Shop,Functional,acme_view,acme.example,"Remembers a view, as ""grid""",30 days,Acme,https://acme.example/privacy,0
2,Acme Guard,Security,acme_guard,,"Two
lines",session,Acme,,0
3,Acme Count,Analytics,acme_id.,,Counts,2 years,Acme,,1
4,Acme Ads,Marketing,acme_ad*,,Sells,persistent,Acme,,1
5,Acme Taste,Personalization,acme_taste,,Recommends,Varies,Acme,,0
6,Acme Shop,Necessary,acme_cart,,Cart,10 Nov 2030,Acme,,0
7,Acme Ads,Marketing,acme_view,,Sells,1 year,Acme,,0
8,Acme Count,Analytics,acme_view,,Counts,1 day,Acme,,0
9,Acme Ads,Marketing,Browsing History,,No name of a cookie,,Acme,,0
10,Acme Ads,Marketing,,,No name at all,,Acme,,1
`

func vocabulary(t testing.TB, declared ...string) *consent.Vocabulary {
	t.Helper()
	v, err := consent.NewVocabulary(declared...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const day = 24 * time.Hour

func TestReadOpenCookieDatabase(t *testing.T) {
	want := []catalogue.Cookie{
		{Pattern: "acme_view", Purpose: consent.Advertising, MaxAge: 365 * day, Vendor: "Acme Ads"},
		{Pattern: "acme_guard", Purpose: consent.Necessary, Vendor: "Acme Guard"},
		{Pattern: "acme_id.*", Purpose: consent.Analytics, MaxAge: 730 * day, Vendor: "Acme Count"},
		{Pattern: "acme_ad*", Purpose: consent.Advertising, MaxAge: 400 * day, Vendor: "Acme Ads"},
		{Pattern: "acme_taste", Purpose: consent.Personalization, Vendor: "Acme Taste"},
		{Pattern: "acme_cart", Purpose: consent.Necessary, Vendor: "Acme Shop"},
	}
	for name, text := range map[string]string{
		"as it is":        database,
		"Windows lines":   strings.ReplaceAll(database, "\n", "\r\n"),
		"byte order mark": "\ufeff" + database,
	} {
		list, err := catalogue.Read(strings.NewReader(text), "cookies.csv", vocabulary(t), consent.None)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(list.Cookies, want) || list.Hosts != nil || list.Skipped != 2 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

func TestReadOwnCookies(t *testing.T) {
	text := "# ours\npattern,purpose,lifetime,vendor\nsid,necessary,session\n \n_ga_*, analytics , 13mo, Google\n\"poll\",surveys,\n"
	cookies, skipped, err := catalogue.ReadCookieCSV(strings.NewReader(text), "own.csv", vocabulary(t, "surveys"))
	if err != nil {
		t.Fatal(err)
	}
	surveys, _ := vocabulary(t, "surveys").Lookup("surveys")
	want := []catalogue.Cookie{
		{Pattern: "sid", Purpose: consent.Necessary},
		{Pattern: "_ga_*", Purpose: consent.Analytics, MaxAge: 13 * 730 * time.Hour, Vendor: "Google"},
		{Pattern: "poll", Purpose: surveys},
	}
	if !slices.Equal(cookies, want) || skipped != 0 {
		t.Errorf("%+v, %d skipped", cookies, skipped)
	}
}

func TestReadHosts(t *testing.T) {
	text := "\ufeff" + `# a hosts file
127.0.0.1 localhost
::1 ip6-localhost ip6-loopback
0.0.0.0 Ads.Example  pixel.ads.example # two
0.0.0.0 printer

bare.example
*.below.example   # only below
bücher.example
ads.example
203.0.113.7
`
	hosts, skipped, err := catalogue.ReadHosts(strings.NewReader(text), "/etc/fairway/My Hosts.txt", consent.Advertising)
	if err != nil {
		t.Fatal(err)
	}
	checkHosts(t, hosts, "my-hosts", "ads.example", "pixel.ads.example", "bare.example", "*.below.example", "xn--bcher-kva.example", "203.0.113.7")
	if skipped != 4 {
		t.Errorf("%d skipped", skipped)
	}
}

func TestReadAdblockRules(t *testing.T) {
	text := `[Adblock Plus 2.0]
! Title: a list, of rules
||ads.example^
||Pixel.Example^$third-party
||three.example^$3p
||image.example^$image
||ads.example/path^
||open.example
||wild*.example^
@@||good.example^
shop.example,other.example##.banner
##.banner
shop.example#@#.banner
/banner/*$image,script
-ad-300x250.
||com^
|https://start.example|
bare.example
`
	list, err := catalogue.Read(strings.NewReader(text), "list.txt", vocabulary(t), consent.Analytics)
	if err != nil {
		t.Fatal(err)
	}
	checkHosts(t, list.Hosts, "list", "ads.example", "pixel.example", "three.example", "bare.example")
	if list.Skipped != 12 {
		t.Errorf("%d skipped", list.Skipped)
	}
}

func checkHosts(t *testing.T, hosts []catalogue.Host, partner string, patterns ...string) {
	t.Helper()
	var got []string
	for _, h := range hosts {
		got = append(got, h.Pattern)
		if h.Partner != partner || h.Country != "" || h.Mixed || h.Purpose != hosts[0].Purpose {
			t.Errorf("%+v", h)
		}
	}
	if !slices.Equal(got, patterns) {
		t.Errorf("%q, want %q", got, patterns)
	}
}

func TestReadTellsFormsApart(t *testing.T) {
	for text, cookies := range map[string]bool{
		"sid,necessary,session":                      true,
		"\n# comment, with comma\nsid,necessary,":    true,
		databaseHeader:                               false, // no rows
		"ads.example":                                false,
		"0.0.0.0 ads.example # one, two":             false,
		"||ads.example^$third-party,3p":              false,
		"@@||ads.example^$image,script\nads.example": false,
		"a.example,b.example##.x\n||ads.example^":    false,
		"/x/*$image,script\n! \n||ads.example^":      false,
		"":                                           false,
	} {
		list, err := catalogue.Read(strings.NewReader(text), "f", vocabulary(t), consent.None)
		if strings.HasPrefix(text, "/x/") {
			if err == nil || !strings.Contains(err.Error(), "f:1: expected") {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if err != nil || cookies != (len(list.Cookies) > 0) {
			t.Errorf("%q: %+v, %v", text, list, err)
		}
	}
}

func TestImportErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"sid,necessary,session\nx,unheard-of,1d\n", `f.csv:2: expected a purpose such as necessary, preferences, analytics or advertising, got "unheard-of"`},
		{"# c\n\nsid,necessary,soon\n", `f.csv:3: expected a lifetime such as session, 30m or 13mo, got "soon"`},
		{"sid,necessary\n", "f.csv:1: expected pattern,purpose,lifetime[,vendor] or the header of the Open Cookie Database, got 2 fields"},
		{"sid,necessary,1d,a,b\n", "f.csv:1: expected pattern,purpose,lifetime[,vendor] or the header of the Open Cookie Database, got 5 fields"},
		{"a*b,necessary,1d\n", `f.csv:1: expected the name of a cookie, or the beginning of one and an asterisk, got "a*b"`},
		{"*,necessary,1d\n", `f.csv:1: expected the name of a cookie, or the beginning of one and an asterisk, got "*"`},
		{"sid,necessary,1d\n\"x\" y,a,b\n", "f.csv:2: expected comma-separated values:"},
		{databaseHeader + "1,P,Magic,x,,d,1 day,c,,0\n", `f.csv:2: expected a category such as Functional, Security, Analytics, Marketing or Personalization, got "Magic"`},
		{databaseHeader + "1,P\n", `f.csv:2: expected a category such as`},
		{"ads.example\nhttps://x.example/\n", `f.csv:2: expected a host such as ads.example, *.ads.example or ||ads.example^, got "https://x.example/"`},
		{"ads.example\ntwo words\n", `f.csv:2: expected one host, an address and hosts, or ||host^, got "two words"`},
		{"0.0.0.0 bad..example\n", `f.csv:1: expected a host such as ads.example, *.ads.example or ||ads.example^, got "bad..example"`},
		{"co.uk\n", `f.csv:1: expected a host below a public suffix, got "co.uk"`},
		{"*.com\n", `f.csv:1: expected a host below a public suffix, got "*.com"`},
		{"ads.example\n" + strings.Repeat("a", 70_000), "f.csv:2: expected a host, got a line of more than 65536 bytes"},
	} {
		list, err := catalogue.Read(strings.NewReader(test.text), "f.csv", vocabulary(t), consent.None)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80q\n\t%v\n\twant %s", test.text, err, test.want)
		}
		if len(list.Cookies)+len(list.Hosts) != 0 {
			t.Errorf("%.80q: an error, and %+v", test.text, list)
		}
	}
}

func TestReadErrorsName(t *testing.T) {
	broken := errors.New("broken disk")
	for _, head := range []string{"", "sid,necessary,1d\n", "ads.example\n"} {
		// More than is looked at to tell the forms apart.
		text := strings.Repeat(head, 10_000)
		r := iotest.DataErrReader(iotest.TimeoutReader(strings.NewReader(text)))
		if head == "" {
			r = iotest.ErrReader(broken)
		}
		_, err := catalogue.Read(r, "f.txt", vocabulary(t), consent.None)
		if err == nil || !strings.HasPrefix(err.Error(), "f.txt: ") || !errors.Is(err, broken) && !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("%q: %v", head, err)
		}
	}
}

func FuzzReadCookieCSV(f *testing.F) {
	f.Add(database)
	f.Add("sid,necessary,session\n_ga_*,analytics,13mo,Google\n")
	f.Add("\ufeff# x\n\"a\nb\",,")
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, text string) {
		cookies, _, err := catalogue.ReadCookieCSV(strings.NewReader(text), "f", v)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") || !strings.Contains(err.Error(), "expected") {
				t.Fatalf("error %q", err)
			}
			return
		}
		seen := make(map[string]bool)
		for _, c := range cookies {
			name := strings.TrimSuffix(c.Pattern, "*")
			if seen[c.Pattern] || name == "" || strings.ContainsAny(name, "*;=, \t\r\n") || c.MaxAge < 0 || v.Name(c.Purpose) == "undeclared" {
				t.Fatalf("%+v", c)
			}
			seen[c.Pattern] = true
		}
	})
}

func FuzzReadHosts(f *testing.F) {
	f.Add("0.0.0.0 ads.example # x\nbare.example\n")
	f.Add("[Adblock]\n||ads.example^$3p\n@@||x^\na##b\n")
	f.Fuzz(func(t *testing.T, text string) {
		hosts, _, err := catalogue.ReadHosts(strings.NewReader(text), "f", consent.Analytics)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") || !strings.Contains(err.Error(), "expected") {
				t.Fatalf("error %q", err)
			}
			return
		}
		var table catalogue.HostTable[string]
		seen := make(map[string]bool)
		for _, h := range hosts {
			if err := table.Add(h.Pattern, h.Pattern); err != nil || seen[h.Pattern] {
				t.Fatalf("%+v: %v", h, err)
			}
			seen[h.Pattern] = true
		}
		// What was read is found, in the form in which it was kept: itself, or for
		// a host below it one that is listed too.
		for _, h := range hosts {
			host := strings.Replace(h.Pattern, "*.", "x.", 1)
			if got, ok := table.Lookup(host); !ok || got != h.Pattern && got != host {
				t.Fatalf("%q finds %q", h.Pattern, got)
			}
		}
	})
}
