package module

import (
	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/pages"
)

// compilePages prepares what visitors see, and tells the script in their
// browser what no consent covers.
func (a *App) compilePages(r *rules) (*pages.Pages, error) {
	guard := &pages.Guard{
		Hosts: make(map[string][]string), MoreHosts: make(map[string][]string),
		Cookies: make(map[string][]string), MoreCookies: make(map[string][]string),
		Report: r.letPass,
	}
	for _, c := range a.Cookies {
		guard.Cookies[c.Purpose] = append(guard.Cookies[c.Purpose], c.Names...)
	}
	for c := range catalogue.Cookies() {
		if _, declared := r.cookies[0].Declared.Lookup(c.Pattern); !declared {
			name := r.Vocabulary.Name(c.Purpose)
			guard.MoreCookies[name] = append(guard.MoreCookies[name], c.Pattern)
		}
	}
	for i := range a.Partners {
		declared := &a.Partners[i]
		needs := r.needs(r.parties[declared.Name])
		guard.Hosts[needs] = append(guard.Hosts[needs], declared.Hosts...)
	}
	for host := range catalogue.Hosts() {
		if p, ok := r.hosts.Lookup(host.Pattern); ok && p.declared == nil {
			needs := r.needs(p)
			guard.MoreHosts[needs] = append(guard.MoreHosts[needs], host.Pattern)
		}
	}
	return pages.New(pages.Config{Prefix: r.prefix, Guard: guard})
}

// needs lists the purposes that a party needs, as the script takes them: names
// with spaces between them, and "" for what nothing allows.
func (r *rules) needs(p *party) string {
	if p.purpose == consent.None {
		return ""
	}
	name := r.Vocabulary.Name(p.purpose)
	if r.abroad(p) {
		name += " " + r.Vocabulary.Name(consent.CrossBorder)
	}
	return name
}
