package module

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/page"
)

// firstParty names the site itself where a partner would be named.
const firstParty = "first-party"

// URL implements [page.Judge]. A declared partner is one also under the site's
// own domain; else all hosts under that domain are the site's own.
func (x *exchange) URL(u *page.URL, _ page.Element) page.Verdict {
	p, known := x.rules.hosts.LookupBytes(u.Host)
	if x.isOwnDomain(u.Host) && (!known || p.declared == nil) {
		return page.Verdict{Purpose: consent.Necessary, Partner: firstParty}
	}
	if !known {
		return page.Verdict{Block: !x.rules.letPass, Purpose: consent.None}
	}
	return x.verdict(p)
}

// Script implements [page.Judge].
func (x *exchange) Script(text []byte) page.Verdict {
	found, ok := x.rules.scripts.Match(text, x.decision.Granted)
	if !ok {
		return page.Verdict{}
	}
	p, known := x.rules.parties[found.Partner]
	if !known {
		p = &party{name: found.Partner, purpose: found.Purpose}
		p.country, _ = consent.ParseCountry(found.Country)
	}
	return x.verdict(p)
}

func (x *exchange) verdict(p *party) page.Verdict {
	v := page.Verdict{Purpose: p.purpose, Partner: p.name}
	granted := x.decision.Granted
	switch {
	case !granted.Has(p.purpose):
		v.Block = true
	case x.rules.abroad(p) && !granted.Has(consent.CrossBorder):
		v.Block, v.Purpose = true, consent.CrossBorder
	}
	return v
}

// isOwnDomain reports whether a host lies under the site's registrable domain.
// A site without one (an IP address, localhost) has no other hosts of its own.
func (x *exchange) isOwnDomain(host []byte) bool {
	domain := x.origin.Registrable
	n := len(host) - len(domain)
	return domain != "" && n >= 0 && string(host[n:]) == domain && (n == 0 || host[n-1] == '.')
}

// judgeOptions says how the response's body is judged.
func (x *exchange) judgeOptions(k kind) *page.Options {
	base, _ := page.NewBase(x.scheme(), x.r.Host)
	return &page.Options{
		Format:  k.format(),
		Base:    base,
		Judge:   x,
		Name:    x.rules.Vocabulary.Name,
		Found:   x.foundOnPage,
		Observe: x.gateway.observe,
	}
}

// serves reports whether this server answers for a host, so that style sheets from
// it pass a gateway too.
func (x *exchange) serves(host []byte) bool {
	sites := &x.gateway.sites
	return sites.of(string(host)) != sites.other
}

// filterLinks takes third parties that are not allowed out of the fields that have a
// browser fetch, or report: Link, Speculation-Rules, Reporting-Endpoints (W3C Reporting
// API) and Refresh.
func (x *exchange) filterLinks(h http.Header) {
	x.filterMembers(h, "Link", page.LinkHeader)
	x.filterMembers(h, "Speculation-Rules", page.MembersHeader)
	x.filterMembers(h, "Reporting-Endpoints", page.MembersHeader)
	if fields, ok := h["Refresh"]; ok {
		options := x.judgeOptions(otherBody)
		fields = slices.DeleteFunc(fields, func(field string) bool {
			_, denied := page.RefreshHeader(field, options)
			return denied
		})
		if h["Refresh"] = fields; len(fields) == 0 {
			delete(h, "Refresh")
		}
	}
}

// filterMembers filters the fields of a header that is a list. They are one value,
// which a member may not end with its field (RFC 9110, section 5.3).
func (x *exchange) filterMembers(h http.Header, name string, filter func(string, *page.Options) (string, bool)) {
	fields, ok := h[name]
	if !ok {
		return
	}
	switch kept, changed := filter(strings.Join(fields, ", "), x.judgeOptions(otherBody)); {
	case !changed:
	case strings.TrimSpace(kept) == "":
		delete(h, name)
	default:
		h[name] = []string{kept}
	}
}

// reportURL finds where a header sends a browser's reports.
var reportURL = regexp.MustCompile(`(?i)(https?:|[/\\]{2})[^"'\s;,>]+`)

// reportHeaders order reports in their own ways, some of them in browsers of some years
// ago.
var reportHeaders = []string{"Report-To", "Expect-Ct", "Public-Key-Pins", "Public-Key-Pins-Report-Only", "X-Xss-Protection"}

// filterReports takes third parties that are not allowed out of what orders reports
// in its own ways, also by report-uri of a Content-Security-Policy.
func (x *exchange) filterReports(h http.Header) {
	for _, name := range reportHeaders {
		if fields, ok := h[name]; ok {
			if fields = slices.DeleteFunc(fields, x.reportsElsewhere); len(fields) == 0 {
				delete(h, name)
			} else {
				h[name] = fields
			}
		}
	}
	for _, name := range []string{enforcedPolicy, reportedPolicy} {
		for i, field := range h[name] {
			if strings.Contains(strings.ToLower(field), "report-uri") {
				h[name][i] = x.withoutReports(field)
			}
		}
	}
}

// withoutReports takes the report-uri that leads elsewhere out of each policy in a
// field (CSP level 3, section 2.2.2).
func (x *exchange) withoutReports(field string) string {
	policies := strings.Split(field, ",")
	for i, policy := range policies {
		policies[i] = strings.Join(slices.DeleteFunc(strings.Split(policy, ";"), func(directive string) bool {
			return directiveName(directive) == "report-uri" && x.reportsElsewhere(directive)
		}), ";")
	}
	return strings.Join(policies, ",")
}

// reportsElsewhere reports whether a text names a third party that is not allowed.
func (x *exchange) reportsElsewhere(text string) bool {
	if strings.Contains(text, `\u`) { // of JSON: there is no need for it but to hide
		return true
	}
	base, _ := page.NewBase(x.scheme(), x.r.Host)
	for _, raw := range reportURL.FindAllString(text, -1) {
		u, kind := page.ParseURL(raw, &base)
		if kind == page.Absolute && u.SameHost(&base) || kind == page.Relative {
			continue
		}
		if kind != page.Absolute {
			return true
		}
		verdict := x.URL(&u, page.Header)
		x.foundOnPage(page.Finding{Element: page.Header, Verdict: verdict})
		if verdict.Block {
			return true
		}
	}
	return false
}

// leadsAway reports whether a redirect takes something that a page loads to a third
// party that is not allowed. Where a visitor goes is the visitor's affair, and where
// a frame goes only if the party is known: banks check payments in frames.
func (x *exchange) leadsAway(h http.Header) bool {
	location := h["Location"]
	if len(location) == 0 || x.status < 300 || x.status > 399 {
		return false
	}
	framed := false
	switch x.r.Header.Get("Sec-Fetch-Dest") {
	case "", "document":
		return false
	case "iframe", "frame", "object", "embed":
		framed = true
	}
	base, _ := page.NewBase(x.scheme(), x.r.Host)
	u, kind := page.ParseURL(location[0], &base)
	if kind == page.Relative || kind == page.Opaque || kind == page.Absolute && u.SameHost(&base) {
		return false
	}
	verdict := page.Verdict{Block: true, Purpose: consent.None}
	if kind == page.Absolute {
		verdict = x.URL(&u, page.Header)
	}
	if framed && verdict.Partner == "" {
		return false
	}
	x.foundOnPage(page.Finding{Element: page.Header, Verdict: verdict})
	return verdict.Block
}

// endRedirect answers in the place of a redirect.
func (x *exchange) endRedirect(h http.Header) {
	x.status, x.silent = http.StatusNoContent, true
	for _, name := range []string{"Location", "Content-Type", "Content-Length", "Content-Encoding", "Etag", "Last-Modified"} {
		delete(h, name)
	}
	h.Set("Cache-Control", "no-store")
}

// compileScripts builds the finder of known trackers in inline scripts.
func (r *rules) compileScripts(declared []Partner, known []catalogue.Host) error {
	hosts := func(yield func(catalogue.Host) bool) {
		for _, host := range known {
			if !yield(host) {
				return
			}
		}
		for _, partner := range declared {
			p := r.parties[partner.Name]
			for _, host := range partner.Hosts {
				h := catalogue.Host{Pattern: strings.ToLower(host), Partner: p.name, Purpose: p.purpose, Country: p.country.String()}
				if !yield(h) {
					return
				}
			}
		}
	}
	var err error
	r.scripts, err = catalogue.NewScripts(hosts, catalogue.Signatures())
	return err
}
