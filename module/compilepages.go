package module

import (
	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/module/pages"
)

// compilePages prepares what visitors see, and tells the script in their
// browser what no consent covers.
func (a *App) compilePages(r *rules) (*pages.Pages, error) {
	guard := &pages.Guard{
		Hosts:   make(map[string][]string),
		Cookies: make(map[string][]string),
		Report:  r.letPass,
	}
	for _, c := range a.Cookies {
		guard.Cookies[c.Purpose] = append(guard.Cookies[c.Purpose], c.Names...)
	}
	for c := range catalogue.Cookies() {
		if _, declared := r.cookies[0].Declared.Lookup(c.Pattern); !declared {
			name := r.Vocabulary.Name(c.Purpose)
			guard.Cookies[name] = append(guard.Cookies[name], c.Pattern)
		}
	}
	for _, p := range a.Partners {
		guard.Hosts[p.Purpose] = append(guard.Hosts[p.Purpose], p.Hosts...)
	}
	for host := range catalogue.Hosts() {
		if p, ok := r.hosts.Lookup(host.Pattern); ok && p.declared == nil {
			name := r.Vocabulary.Name(p.purpose)
			guard.Hosts[name] = append(guard.Hosts[name], host.Pattern)
		}
	}
	return pages.New(pages.Config{
		Prefix: r.prefix,
		Guard:  guard,
	})
}
