package page

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/internal/oracle"
)

// hosts is a judge that allows hosts by their name.
type hosts func(host string) bool

func (allowed hosts) URL(u *URL, _ Element) Verdict {
	return Verdict{Block: !allowed(string(u.Host)), Purpose: consent.Advertising}
}

func (hosts) Script([]byte) Verdict { return Verdict{} }

// catalogued knows the hosts of the built-in catalogue that are not necessary.
func catalogued(t testing.TB) func(host string) bool {
	t.Helper()
	var table catalogue.HostTable[consent.Purpose]
	for h := range catalogue.Hosts() {
		if err := table.Add(h.Pattern, h.Purpose); err != nil {
			t.Fatal(err)
		}
	}
	return func(host string) bool {
		purpose, known := table.Lookup(host)
		return known && purpose != consent.Necessary
	}
}

// TestRealPages: of what a browser would fetch for real pages, all that is denied
// goes and all else stays, in the tree that parse5 builds; elements keep their
// places; and a page that holds nothing denied keeps every byte.
func TestRealPages(t *testing.T) {
	tracker := catalogued(t)
	judges := []hosts{
		func(string) bool { return true },
		func(host string) bool { return !tracker(host) },
		func(string) bool { return false },
	}
	pages := oracle.Pages(t)
	var lines bytes.Buffer
	encode := func(text, base string) {
		line, err := json.Marshal(map[string]string{"html": text, "base": base})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	var filtered []*realPage
	n := 0
	for _, page := range pages {
		encode(page.HTML, page.URL)
		before := n
		n++
		for _, allowed := range judges {
			p := filterPage(t, page, allowed)
			p.before = before
			switch {
			case !p.denied && p.changed:
				t.Errorf("%s: nothing is denied, and bytes changed", page.Name)
			case p.denied && !p.changed:
				t.Errorf("%s: something is denied, and no byte changed", page.Name)
			case p.changed:
				encode(p.text, page.URL)
				p.after = n
				n++
				filtered = append(filtered, p)
			}
		}
	}
	type reading struct {
		n         int
		scripting bool
	}
	read := make(map[reading]judged)
	for _, found := range parse5(t, &lines) {
		read[reading{found.N, found.Scripting}] = found
	}
	kept, taken := 0, 0
	for _, p := range filtered {
		for _, scripting := range []bool{true, false} {
			before, after := read[reading{p.before, scripting}], read[reading{p.after, scripting}]
			want := slices.DeleteFunc(slices.Clone(before.URLs), p.denies)
			kept, taken = kept+len(want), taken+len(before.URLs)-len(want)
			if !slices.Equal(after.URLs, want) {
				t.Errorf("%s: with scripting=%v a browser fetches %d URLs, want %d of %d: missed %q, lost %q",
					p.Name, scripting, len(after.URLs), len(want), len(before.URLs), without(after.URLs, want), without(want, after.URLs))
			}
			if after.Shape != before.Shape {
				t.Errorf("%s: with scripting=%v the elements differ", p.Name, scripting)
			}
		}
	}
	t.Logf("in %d filtered pages %d URLs stayed and %d went", len(filtered), kept, taken)
	if len(filtered) < len(pages) || taken == 0 {
		t.Error("too little was judged")
	}
}

// realPage is a page after the filter.
type realPage struct {
	oracle.Page
	text            string
	own             *url.URL
	allowed         hosts
	denied, changed bool
	before, after   int // its numbers among the documents
}

func filterPage(t *testing.T, page oracle.Page, allowed hosts) *realPage {
	t.Helper()
	own, err := url.Parse(page.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &realPage{Page: page, own: own, allowed: allowed}
	o := &Options{Judge: allowed, Found: func(f Finding) { p.denied = p.denied || f.Verdict.Block }}
	o.Base, _ = NewBase(own.Scheme, own.Host)
	p.text = filter(t, o, page.HTML, 0)
	p.changed = p.text != page.HTML
	return p
}

// denies tells whether a URL that the page refers to has to go.
func (p *realPage) denies(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != p.own.Host && !p.allowed(u.Hostname())
}

// without lists what is in a and not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
