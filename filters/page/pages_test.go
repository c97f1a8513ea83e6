package page

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/internal/oracle"
)

// realPages are the front pages of well-known sites that htmlparser-benchmark
// holds, as they were sent. The rest of them, from 8 on, is left to others.
func realPages(t testing.TB) map[string]string {
	t.Helper()
	folder := filepath.Join(oracle.Packages(t, "htmlparser-benchmark@1.1.3"), "htmlparser-benchmark", "files")
	names, err := filepath.Glob(filepath.Join(folder, "[0-7]*.html"))
	if err != nil || len(names) < 100 {
		t.Fatalf("%d pages, %v", len(names), err)
	}
	pages := make(map[string]string)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages[strings.TrimSuffix(filepath.Base(name), ".html")[:8]] = string(data)
	}
	return pages
}

// ownURL is where a page says that it was.
var ownURL = regexp.MustCompile(`(?i)<(?:base|link[^>]*rel=["']canonical["'])[^>]*href=["'](https?://[^/"']+)|<meta[^>]*og:url[^>]*content=["'](https?://[^/"']+)`)

// pageURL guesses a page's address.
func pageURL(text string) string {
	if m := ownURL.FindStringSubmatch(text); m != nil {
		return m[1] + m[2] + "/"
	}
	return "https://shop.example/"
}

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
	pages := realPages(t)
	names := slices.Sorted(maps.Keys(pages))
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
	for _, name := range names {
		base := pageURL(pages[name])
		encode(pages[name], base)
		before := n
		n++
		for _, allowed := range judges {
			p := filterPage(t, pages[name], base, allowed)
			p.name, p.before = name, before
			switch {
			case !p.denied && p.changed:
				t.Errorf("%s: nothing is denied, and bytes changed", name)
			case p.denied && !p.changed:
				t.Errorf("%s: something is denied, and no byte changed", name)
			case p.changed:
				encode(p.text, base)
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
					p.name, scripting, len(after.URLs), len(want), len(before.URLs), without(after.URLs, want), without(want, after.URLs))
			}
			if after.Shape != before.Shape {
				t.Errorf("%s: with scripting=%v the elements differ", p.name, scripting)
			}
		}
	}
	t.Logf("in %d filtered pages %d URLs stayed and %d went", len(filtered), kept, taken)
	if len(filtered) < len(names) || taken == 0 {
		t.Error("too little was judged")
	}
}

// realPage is a page after the filter.
type realPage struct {
	name, text      string
	own             *url.URL
	allowed         hosts
	denied, changed bool
	before, after   int // its numbers among the documents
}

func filterPage(t *testing.T, text, base string, allowed hosts) *realPage {
	t.Helper()
	own, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p := &realPage{own: own, allowed: allowed}
	o := &Options{Judge: allowed, Found: func(f Finding) { p.denied = p.denied || f.Verdict.Block }}
	o.Base, _ = NewBase(own.Scheme, own.Host)
	p.text = filter(t, o, text, 0)
	p.changed = p.text != text
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
