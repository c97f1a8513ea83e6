// Package scan looks at a site as a visitor's browser does: which cookies it sets,
// and to which third parties its pages refer. It says what it saw and judges
// nothing.
//
// [Crawl] fetches pages and reads them with the scanner of filters/page. It runs no
// scripts, so what scripts set and fetch is not seen. [Browse] has a Chromium do
// so.
package scan

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Options say what is looked at.
type Options struct {
	Start *url.URL // http or https
	Pages int      // how many pages are looked at, at most

	// Script tells whose inline script a text is; "" for nobody's that is known.
	Script func(text []byte) (partner string)

	// Cookies are sent to the site from the beginning.
	Cookies []string // name=value

	// Pause is the time between two requests to the site.
	Pause time.Duration
}

// Site is what was seen.
type Site struct {
	Visited []string // paths of the pages, in order
	Cookies []Cookie // by name
	Hosts   []Host   // of third parties, by name
	Scripts []Script // known trackers that stand in pages, by partner
	Notes   []string // what could not be looked at
}

// Cookie is a cookie that the site has set, or in a browser anyone.
type Cookie struct {
	Name     string
	Domain   string        // of a third party's; "" for one of the site's own
	Life     time.Duration // 0 for a session
	Secure   bool
	HTTPOnly bool
	SameSite string // "lax", "strict", "none" or ""
	Page     string // path of the first page on which it was seen
}

// Host is a third party's host.
type Host struct {
	Name     string
	Elements []string // that refer to it, as package page or the browser names them
	Page     string
}

// Script is a known tracker's script that stands in a page.
type Script struct {
	Partner string
	Page    string
}

// findings gathers what is seen.
type findings struct {
	start   *url.URL
	visited []string
	page    string // path of the page that is looked at
	cookies map[[2]string]*Cookie
	hosts   map[string]*Host
	scripts map[string]string // partner to page
	notes   []string
}

func newFindings(start *url.URL) *findings {
	return &findings{
		start: start, cookies: make(map[[2]string]*Cookie), hosts: make(map[string]*Host), scripts: make(map[string]string),
	}
}

// visit begins a page.
func (f *findings) visit(path string) {
	f.page = path
	f.visited = append(f.visited, path)
}

// cookie notes a cookie. Of several lives the longest counts.
func (f *findings) cookie(c Cookie) {
	c.Page = f.page
	key := [2]string{c.Domain, c.Name}
	if known, ok := f.cookies[key]; ok {
		known.Life = max(known.Life, c.Life)
		return
	}
	f.cookies[key] = &c
}

// refers notes that a page refers to a host.
func (f *findings) refers(host, element string) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || SameSite(host, f.start.Hostname()) {
		return
	}
	known, ok := f.hosts[host]
	if !ok {
		known = &Host{Name: host, Page: f.page}
		f.hosts[host] = known
	}
	if !slices.Contains(known.Elements, element) {
		known.Elements = append(known.Elements, element)
	}
}

func (f *findings) script(partner string) {
	if _, ok := f.scripts[partner]; !ok {
		f.scripts[partner] = f.page
	}
}

func (f *findings) note(text string) {
	if !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// site returns what was gathered, in order.
func (f *findings) site() *Site {
	s := &Site{Visited: f.visited, Notes: f.notes}
	for _, c := range f.cookies {
		s.Cookies = append(s.Cookies, *c)
	}
	slices.SortFunc(s.Cookies, func(a, b Cookie) int {
		if order := strings.Compare(a.Domain, b.Domain); order != 0 {
			return order
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, name := range slices.Sorted(maps.Keys(f.hosts)) {
		h := *f.hosts[name]
		slices.Sort(h.Elements)
		s.Hosts = append(s.Hosts, h)
	}
	for _, partner := range slices.Sorted(maps.Keys(f.scripts)) {
		s.Scripts = append(s.Scripts, Script{partner, f.scripts[partner]})
	}
	return s
}

// SameSite reports whether two hosts are of one site: they have the same
// registrable domain, or are the same where there is none.
func SameSite(a, b string) bool {
	if a == b {
		return true
	}
	of, err := publicsuffix.EffectiveTLDPlusOne(a)
	other, err2 := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && err2 == nil && of == other && !isAddress(a) && !isAddress(b)
}

// isAddress reports whether a host is an IP address, as far as a public suffix could
// be seen in it.
func isAddress(host string) bool {
	return host == "" || strings.Contains(host, ":") || host[len(host)-1] >= '0' && host[len(host)-1] <= '9'
}

// Merge adds what was seen another way.
func (s *Site) Merge(other *Site) {
	f := newFindings(new(url.URL))
	for _, from := range []*Site{s, other} {
		for _, c := range from.Cookies {
			f.page = c.Page
			f.cookie(c)
		}
		for _, h := range from.Hosts {
			f.page = h.Page
			for _, element := range h.Elements {
				f.refers(h.Name, element)
			}
		}
		for _, script := range from.Scripts {
			f.page = script.Page
			f.script(script.Partner)
		}
		for _, path := range from.Visited {
			if !slices.Contains(f.visited, path) {
				f.visited = append(f.visited, path)
			}
		}
		for _, note := range from.Notes {
			f.note(note)
		}
	}
	*s = *f.site()
}
