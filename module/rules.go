package module

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/location"
	"github.com/fairwaygate/fairway/module/pages"
)

// Names of the gateway's own cookies behind TLS; on plain HTTP they go without
// the prefix.
const (
	hostPrefix    = "__Host-"
	choiceCookie  = "consent"
	datesCookie   = "dates"
	visitCookie   = "visit"
	noticesCookie = "notices"
)

// defaultPrefix is where the gateway answers itself.
const defaultPrefix = "/.consent"

// rules is the policy of one configuration, compiled. It is immutable and shared
// by all requests.
type rules struct {
	prefix string
	zone   *time.Location

	consent.Policy
	facts    *consent.Facts // what the policy's fingerprint covers
	optional consent.Set    // every purpose but necessary: what can be asked for

	cookies     [2]cookie.Filter // for plain HTTP, for TLS
	hosts       *catalogue.HostTable[*party]
	scripts     *catalogue.Scripts
	endpoints   *catalogue.Endpoints
	proxies     map[proxy]*party
	parties     map[string]*party // by name; what is declared stands
	beacons     []beacon
	identifiers [2]identifier.Filter // apart from and together with a person's identity
	identify    identity
	logins      identity // registered visitors, to the figures
	letPass     bool     // undeclared third parties pass and are counted
	home        consent.Country
	minors      minors

	limits hostLimits

	pages *pages.Pages

	denied  memo[consent.Set, string] // the browser's features that a set denies
	lists   memo[consent.Set, string] // a set as text
	domains memo[string, string]      // the registrable domain of a host
	langs   memo[string, pages.Lang]  // the language for an Accept-Language
	codings memo[string, string]      // an Accept-Encoding, narrowed
}

// party is a third party, declared or from a catalogue.
type party struct {
	name     string
	purpose  consent.Purpose
	country  consent.Country
	receives *body.Allowlist
	declared *Partner // nil when it is from a catalogue
	rare     bool     // few shops use it
}

// beacon is a path of the site whose requests leave towards a party.
type beacon struct {
	path  pathPattern // in lower case
	party *party
}

// compile makes the rules of a configuration. What validate refuses fails here
// too, so that no handler ever sees half a policy.
func (a *App) compile() (*rules, error) {
	if err := a.validate(); err != nil {
		return nil, err
	}
	r := &rules{
		prefix:  strings.TrimSuffix(or(a.Prefix, defaultPrefix), "/"),
		zone:    time.UTC,
		letPass: a.Undeclared == "report",
		parties: make(map[string]*party),
	}
	names := make([]string, len(a.Purposes))
	for i, purpose := range a.Purposes {
		names[i] = purpose.Name
	}
	var err error
	if r.Vocabulary, err = consent.NewVocabulary(names...); err != nil {
		return nil, err
	}
	r.optional = r.Vocabulary.All().Without(consent.Of(consent.Necessary))
	if a.Home != "" {
		r.home, _ = consent.ParseCountry(a.Home)
	}
	if a.Report != nil && a.Report.Timezone != "" {
		if r.zone, err = time.LoadLocation(a.Report.Timezone); err != nil {
			return nil, fmt.Errorf("report: timezone: %w", err)
		}
	}
	for _, regime := range []consent.Regime{consent.OptIn, consent.OptOut} {
		codes := a.Regimes[regime.String()]
		// A country that is named by itself comes before its group.
		slices.SortStableFunc(codes, func(x, y string) int { return b2i(x == "EU") - b2i(y == "EU") })
		for _, code := range codes {
			if err := r.Regimes.Set(code, regime); err != nil {
				return nil, err
			}
		}
	}
	lists, err := a.readCatalogues(r.Vocabulary)
	if err != nil {
		return nil, err
	}
	if err := a.compileCookies(r, lists); err != nil {
		return nil, err
	}
	if err := a.compileParties(r, lists); err != nil {
		return nil, err
	}
	r.compileLimits(a.CSP)
	r.minors = a.Minors.compile()
	r.identify = newIdentity(a.Identify)
	if a.Report != nil {
		r.logins = identity{cookies: a.Report.Logins}
	}
	for i := range r.identifiers {
		r.identifiers[i] = identifier.Filter{
			Hash: a.Identifiers == "hash", Location: a.Location.compile(), Combined: i == 1,
		}
	}
	if r.pages, err = a.compilePages(r); err != nil {
		return nil, err
	}
	r.facts = a.facts(r.Vocabulary)
	r.Fingerprint = r.facts.Fingerprint()
	r.Renew, r.Later = a.renewals()
	return r, nil
}

func (p *Place) compile() location.Policy {
	switch {
	case p == nil || p.Action != "drop" && p.Decimals == nil:
		return location.Default
	case p.Action == "drop":
		return location.Drop
	}
	policy, err := location.Coarse(*p.Decimals)
	if err != nil {
		return location.Drop
	}
	return policy
}

func (a *App) compileCookies(r *rules, lists []catalogue.List) error {
	declared, builtin := new(cookie.Table), new(cookie.Table)
	for _, c := range a.Cookies {
		purpose, _ := r.Vocabulary.Lookup(c.Purpose)
		sameSite, _ := cookie.ParseSameSite(c.SameSite)
		rule := cookie.Rule{
			Purpose: purpose, MaxAge: time.Duration(c.Lifetime),
			Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: sameSite,
		}
		for _, name := range c.Names {
			if err := declared.Add(name, rule); err != nil {
				return fmt.Errorf("cookie %s: %w", name, err)
			}
		}
	}
	// The operator's files come before the built-in catalogue: of the same
	// pattern the first stands.
	add := func(c catalogue.Cookie) { _ = builtin.Add(c.Pattern, catalogueRule(c)) }
	for _, list := range lists {
		for _, c := range list.Cookies {
			add(c)
		}
	}
	for c := range catalogue.Cookies() {
		add(c)
	}
	own := []string{choiceCookie, datesCookie, visitCookie, noticesCookie}
	prefixed := make([]string, len(own))
	for i, name := range own {
		prefixed[i] = hostPrefix + name
	}
	r.cookies = [2]cookie.Filter{
		{Declared: declared, Catalogue: builtin, Own: append(own, prefixed...)},
		{Declared: declared, Catalogue: builtin, Own: prefixed},
	}
	return nil
}

// catalogueLife is the longest life of a cookie that only a catalogue knows.
const catalogueLife = 390 * day

// catalogueRule caps what is not necessary; who wants another life declares the
// cookie.
func catalogueRule(c catalogue.Cookie) cookie.Rule {
	rule := cookie.Rule{Purpose: c.Purpose}
	if c.Purpose != consent.Necessary {
		rule.MaxAge = catalogueLife
	}
	return rule
}

func (a *App) compileParties(r *rules, lists []catalogue.List) error {
	r.hosts = new(catalogue.HostTable[*party])
	add := func(pattern string, p *party) error { return r.hosts.Add(pattern, p) }
	for i := range a.Partners {
		declared := &a.Partners[i]
		purpose, ok := r.Vocabulary.Lookup(declared.Purpose)
		if !ok {
			purpose = consent.None
		}
		receives, err := body.NewAllowlist(declared.Receives...)
		if err != nil {
			return fmt.Errorf("partner %s: receives: %w", declared.Name, err)
		}
		p := &party{name: declared.Name, purpose: purpose, receives: receives, declared: declared}
		if declared.Country != "" {
			p.country, _ = consent.ParseCountry(declared.Country)
		}
		r.parties[p.name] = p
		for _, host := range declared.Hosts {
			if err := add(strings.ToLower(host), p); err != nil {
				return fmt.Errorf("partner %s: %w", p.name, err)
			}
		}
		for _, path := range declared.Beacons {
			r.beacons = append(r.beacons, beacon{newPathPattern(strings.ToLower(path)), p})
		}
	}
	// What is declared stands, with all below it. Of the same pattern the
	// operator's files replace what is built in.
	hosts := slices.Collect(catalogue.Hosts())
	for _, list := range lists {
		hosts = append(hosts, list.Hosts...)
	}
	for _, host := range hosts {
		p, known := r.parties[host.Partner]
		if !known {
			p = &party{name: host.Partner, purpose: host.Purpose, rare: host.Rare}
			p.country, _ = consent.ParseCountry(host.Country)
			r.parties[host.Partner] = p
		}
		if p.declared == nil && p.purpose != host.Purpose {
			p = &party{name: p.name, purpose: host.Purpose, country: p.country}
		}
		if known, ok := r.hosts.Lookup(strings.TrimPrefix(host.Pattern, "*.")); !ok || known.declared == nil {
			_ = add(host.Pattern, p)
		}
	}
	if err := r.compileEndpoints(); err != nil {
		return err
	}
	return r.compileScripts(a.Partners, hosts)
}

// readCatalogues reads the operator's files with more cookies and hosts. The
// hosts of a plain list are for advertising, the most intrusive purpose that has
// a name.
func (a *App) readCatalogues(v *consent.Vocabulary) ([]catalogue.List, error) {
	var lists []catalogue.List
	for _, file := range a.Catalogues {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		list, err := catalogue.Read(f, file, v, consent.Advertising)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	return lists, nil
}

// list returns a set as the Consent header and the placeholders show it.
func (r *rules) list(s consent.Set) string { return r.lists.get(s, r.Vocabulary.List) }

// registrable returns the registrable domain of a host, "" when it has none: an
// IP address, a single label, a public suffix.
func (r *rules) registrable(host string) string {
	return r.domains.get(host, func(host string) string {
		if net.ParseIP(strings.Trim(host, "[]")) != nil {
			return ""
		}
		domain, _ := publicsuffix.EffectiveTLDPlusOne(host)
		return domain
	})
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
