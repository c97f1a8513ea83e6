package module

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/module/scan"
)

// ScanReport is what a scan found on a site, held against the policy and the
// catalogue.
type ScanReport struct {
	Site    string   `json:"site"`
	Pages   []string `json:"pages"` // paths
	Browser bool     `json:"browser"`

	Cookies  []ScannedCookie  `json:"cookies"`
	Partners []ScannedPartner `json:"partners"`

	// What could not be looked at, and what is not seen this way.
	Notes []string `json:"notes,omitempty"`

	// A draft of the Caddyfile, with what is not declared yet.
	Caddyfile string `json:"caddyfile"`
}

// Known says who knows a cookie or a third party.
type Known string

// The values of Known.
const (
	KnownDeclared  Known = "declared"
	KnownCatalogue Known = "catalogue"
	KnownNowhere   Known = "unknown"
)

// ScannedCookie is a cookie that was found.
type ScannedCookie struct {
	Name     string `json:"name"`
	Domain   string `json:"domain,omitempty"` // of a third party's
	Lifetime string `json:"lifetime"`         // "session", or as in a Caddyfile: 13mo
	Purpose  string `json:"purpose,omitempty"`
	Known    Known  `json:"known"`
	Page     string `json:"page"` // on which it was seen first

	seen scan.Cookie
}

// ScannedPartner is a third party that was found.
type ScannedPartner struct {
	Name     string   `json:"name,omitempty"`
	Hosts    []string `json:"hosts,omitempty"`    // none where only its script stands in a page
	Elements []string `json:"elements,omitempty"` // that refer to it
	Purpose  string   `json:"purpose,omitempty"`
	Country  string   `json:"country,omitempty"`
	Known    Known    `json:"known"`
	Page     string   `json:"page"`
}

// newScanReport holds what was seen against the rules of a policy.
func newScanReport(host string, seen *scan.Site, r *rules) *ScanReport {
	report := &ScanReport{
		Site: host, Pages: seen.Visited, Notes: seen.Notes,
		Cookies: []ScannedCookie{}, Partners: []ScannedPartner{},
	}
	for _, c := range seen.Cookies {
		if slices.Contains(r.cookies[0].Own, c.Name) {
			continue
		}
		report.Cookies = append(report.Cookies, r.scanned(c))
	}
	for _, h := range seen.Hosts {
		report.addHost(h, r)
	}
	for _, script := range seen.Scripts {
		at := slices.IndexFunc(report.Partners, func(p ScannedPartner) bool { return p.Name == script.Partner })
		if at < 0 {
			p := ScannedPartner{Name: script.Partner, Known: KnownCatalogue, Page: script.Page}
			if known, ok := r.parties[script.Partner]; ok {
				p.describe(known, r)
			}
			report.Partners = append(report.Partners, p)
			at = len(report.Partners) - 1
		}
		p := &report.Partners[at]
		if !slices.Contains(p.Elements, inlineScript) {
			p.Elements = append(p.Elements, inlineScript)
		}
	}
	slices.SortStableFunc(report.Partners, func(a, b ScannedPartner) int {
		return cmp.Or(strings.Compare(string(a.Known), string(b.Known)), strings.Compare(a.Name, b.Name))
	})
	return report
}

// inlineScript is the kind of element that names no host.
const inlineScript = "inline script"

func (r *rules) scanned(c scan.Cookie) ScannedCookie {
	found := ScannedCookie{Name: c.Name, Domain: c.Domain, Lifetime: "session", Known: KnownNowhere, Page: c.Page, seen: c}
	if c.Life > 0 {
		found.Lifetime = wholeSpan(c.Life).String()
	}
	for _, table := range []struct {
		*cookie.Table
		Known
	}{{r.cookies[0].Declared, KnownDeclared}, {r.cookies[0].Catalogue, KnownCatalogue}} {
		if rule, ok := table.Lookup(c.Name); ok {
			found.Purpose, found.Known = r.Vocabulary.Name(rule.Purpose), table.Known
			break
		}
	}
	return found
}

// wholeSpan rounds a lifetime as people write it: up to whole days, or minutes where
// it is less than a day.
func wholeSpan(life time.Duration) Span {
	unit := time.Minute
	if life > day-time.Minute {
		unit = day
	}
	// What is left of a round lifetime, some seconds after it was set, is that one.
	return Span((life + unit - time.Second).Truncate(unit))
}

// addHost files a third party's host under the partner that it is of.
func (s *ScanReport) addHost(h scan.Host, r *rules) {
	found := ScannedPartner{Hosts: []string{h.Name}, Elements: h.Elements, Known: KnownNowhere, Page: h.Page}
	if p, ok := r.hosts.Lookup(h.Name); ok {
		found.describe(p, r)
		for i := range s.Partners {
			same := &s.Partners[i]
			if same.Name == found.Name && same.Purpose == found.Purpose {
				same.Hosts = append(same.Hosts, h.Name)
				same.Elements = slices.Compact(slices.Sorted(slices.Values(append(same.Elements, h.Elements...))))
				return
			}
		}
	}
	s.Partners = append(s.Partners, found)
}

// describe takes over what is known of a party.
func (p *ScannedPartner) describe(known *party, r *rules) {
	p.Name, p.Known = known.name, KnownCatalogue
	p.Country = known.country.String()
	if known.declared != nil {
		p.Known = KnownDeclared
	}
	if known.purpose != consent.None {
		p.Purpose = r.Vocabulary.Name(known.purpose)
	}
}
