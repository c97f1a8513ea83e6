package pages

import (
	"bytes"
	"strings"
	"testing"
)

// everyChange has one of each kind.
var everyChange = []Change{
	{"purpose-added", "fraud", "", ""},
	{"purpose-removed", "advertising", "", ""},
	{"partner-added", "bid", "", "advertising"},
	{"partner-added", "mystery", "", ""},
	{"partner-removed", "lens", "analytics", ""},
	{"partner-purpose", "acme-ads", "advertising", "analytics"},
	{"partner-country", "acme-ads", "", "US"},
	{"partner-hosts", "acme-ads", "", "a.example b.example"},
	{"partner-hosts", "acme-ads", "c.example", ""},
	{"partner-receives", "acme-ads", "", "order.total"},
	{"partner-receives", "acme-ads", "order.id", ""},
	{"home", "", "CN", "DE"},
	{"cookie-added", "_ga", "", "analytics"},
	{"cookie-removed", "theme", "necessary", ""},
	{"cookie-purpose", "_x<b>", "necessary", "analytics"},
	{"cookie-lifetime", "sid", "30d", "1y"},
}

func TestChanges(t *testing.T) {
	p := newPages(t, Config{})
	v := sample()
	v.Changes = &Changes{Version: "2019-01-01", Day: "2026-01-02", List: everyChange}
	var b bytes.Buffer
	if err := p.Preferences(&b, v); err != nil {
		t.Fatal(err)
	}
	all := elements(t, &b)
	check(t, all)
	var got []string
	for _, n := range all {
		if n.Data == "li" && n.Parent.Parent.Data == "section" {
			got = append(got, textOf(n))
		}
	}
	want := []string{
		"New purpose: fraud",
		"No longer a purpose: Promotions",
		"New partner bid (Promotions)",
		"New partner mystery (Not declared)",
		"No longer a partner: lens (Visit statistics)",
		"Partner acme-ads: the purpose was Promotions and is now Visit statistics",
		"Partner acme-ads: the country was not stated and is now United States",
		"Partner acme-ads: new addresses a.example, b.example",
		"Partner acme-ads: no longer at c.example",
		"Partner acme-ads may now receive order.total",
		"Partner acme-ads no longer receives order.id",
		"Your data was kept in China and is now kept in Germany",
		"New cookie _ga (Visit statistics)",
		"No longer a cookie: theme (Necessary)",
		"Cookie _x<b>: the purpose was Necessary and is now Visit statistics",
		"Cookie sid: kept 30 days before, now 1 year",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, lang := range p.Languages() {
		v.Lang = lang
		for name, render := range everyPage(p) {
			if err := render(&b, v); err != nil {
				t.Errorf("%s in %s: %v", name, lang, err)
			}
		}
	}
}

func TestChangesSay(t *testing.T) {
	p := newPages(t, Config{})
	for name, test := range map[string]struct {
		changes *Changes
		want    string
	}{
		"asked again":        {&Changes{Day: "2026-01-02", List: everyChange}, "You decided on 2026-01-02. Since then"},
		"nothing on record":  {&Changes{Day: "2026-01-02"}, "not on record"},
		"two versions":       {&Changes{Version: "2019-01-01", List: everyChange}, "Compared with version 2019-01-01"},
		"words alone differ": {&Changes{Version: "2019-01-01", List: []Change{}}, "Only words."},
	} {
		v := sample()
		v.Changes = test.changes
		var b bytes.Buffer
		if err := p.Policy(&b, v); err != nil || !strings.Contains(b.String(), test.want) {
			t.Errorf("%s: the page does not say %q: %v", name, test.want, err)
		}
	}
}

func TestNextVersionIsAnnounced(t *testing.T) {
	p := newPages(t, Config{})
	v := sample()
	v.Next = &Version{Name: "2027-01-01", Effective: "2027-02-01"}
	for name, render := range everyPage(p) {
		var b bytes.Buffer
		if err := render(&b, v); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "Version 2027-01-01 of the privacy policy takes effect on 2027-02-01.") ||
			!strings.Contains(b.String(), `href="/.consent/policy/2027-01-01?`) {
			t.Errorf("%s does not announce it", name)
		}
		check(t, elements(t, &b))
	}
}
