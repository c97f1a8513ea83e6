package module

import (
	"fmt"
	"os"
	"slices"

	"github.com/caddyserver/caddy/v2"

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
	config := pages.Config{Prefix: r.prefix, Guard: guard}
	if a.Signals != nil {
		config.GPP = slices.Contains(a.Signals.Answer, answerGPP)
		if slices.Contains(a.Signals.Answer, answerTCF) {
			config.TCF = &pages.TCF{Version: 1, Country: or(a.Home, "AA")}
		}
	}
	if a.Pages != "" {
		folder := caddy.NewReplacer().ReplaceAll(a.Pages, "")
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("pages %s: expected a folder", folder)
		}
		config.Override = os.DirFS(folder)
	}
	made, err := pages.New(config)
	if err != nil && a.Pages != "" {
		return nil, fmt.Errorf("pages %s: %w", a.Pages, err)
	}
	return made, err
}

// Functions that the script can answer on a page.
const (
	answerTCF = "__tcfapi"
	answerGPP = "__gpp"
)

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
