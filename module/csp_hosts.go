package module

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

// hostLimits makes the second Content-Security-Policy of pages: one that says
// nothing of how a page is written, which is the affair of the storefront's own,
// and only from which hosts it may fetch. A browser obeys all policies that a page
// has (CSP level 3, section 4.2), so neither weakens the other.
type hostLimits struct {
	header  string // the name of its field; "" when there is none
	reports string // the path to which browsers report
	sources []hostSource
	texts   memo[limitKey, limitText]
}

// hostSource is a host of the policy, in the form of a host-source (CSP level 3,
// section 2.3.1): with and without what lies below it.
type hostSource struct {
	text  string
	party *party
}

// limitKey is all that a policy's text depends on.
type limitKey struct {
	granted consent.Set
	domain  string // the site's registrable domain
	secure  bool
}

// limitText is a policy as it is sent, and a digest of it for entity tags.
type limitText struct {
	value  string
	digest uint32
}

// limitsMax bounds the length of the policy, in bytes. Declared partners are
// always in it; hosts of the catalogue are, well-known ones and the least intrusive first,
// as long as there is room. What has none is denied.
const limitsMax = 8 << 10

const (
	enforcedPolicy = "Content-Security-Policy"
	reportedPolicy = "Content-Security-Policy-Report-Only"
)

// anyCode is what the policy does not limit: inline code and what has no host.
const anyCode = "'unsafe-inline' 'unsafe-eval' data: blob: filesystem: mediastream:"

// reportGroup is the name of the reporting endpoint (W3C Reporting API).
const reportGroup = "consent-csp"

// compileLimits lists the hosts that a policy can hold.
func (r *rules) compileLimits(mode string) {
	switch mode {
	case "strict":
		r.limits.header = enforcedPolicy
	case "report":
		r.limits.header = reportedPolicy
	default:
		return
	}
	r.limits.reports = r.prefix + "/csp-report"
	for pattern, p := range r.hosts.All() {
		r.limits.sources = append(r.limits.sources, hostSource{sourceOf(pattern), p})
	}
	slices.SortFunc(r.limits.sources, func(a, b hostSource) int {
		return cmp.Or(
			b2i(a.party.declared == nil)-b2i(b.party.declared == nil),
			b2i(a.party.rare)-b2i(b.party.rare),
			catalogue.CompareIntrusion(a.party.purpose, b.party.purpose),
			strings.Compare(a.text, b.text),
		)
	})
}

// sourceOf writes a pattern of hosts as host-sources. On which port a third party
// listens does not matter.
func sourceOf(pattern string) string {
	if strings.HasPrefix(pattern, "*.") {
		return " " + pattern + ":*"
	}
	if _, err := netip.ParseAddr(pattern); err == nil {
		return " " + pattern + ":*"
	}
	return " " + pattern + ":* *." + pattern + ":*"
}

// limitHosts gives a page or a worker its second policy. It stands in a field of its
// own, so that nothing of the storefront's is touched.
func (x *exchange) limitHosts(h http.Header) {
	limits := &x.rules.limits
	if limits.header == "" {
		return
	}
	h[limits.header] = append(h[limits.header], x.hostPolicy().value)
	if x.origin.Secure { // elsewhere a browser knows report-uri alone
		addMembers(h, "Reporting-Endpoints", reportGroup+`="`+limits.reports+`"`)
	}
}

// limitsWorker reports whether a response is the script of a worker that lives no
// longer than the pages that made it. A service worker gets no policy, for it would keep
// that of the decision under which it was installed.
func (x *exchange) limitsWorker(k kind) bool {
	return k == otherBody && x.rules.limits.header != "" && wantsWorker(x.r.Header)
}

// wantsWorker reports whether a request is for such a script (Fetch Metadata Request
// Headers, section 2.1).
func wantsWorker(h http.Header) bool {
	dest := h.Get("Sec-Fetch-Dest")
	return dest == "worker" || dest == "sharedworker"
}

// limitWorker gives a worker the second policy: what it may fetch its own script's
// response says, not its page's (WHATWG HTML, section 10.2.4).
func (x *exchange) limitWorker(h http.Header) {
	x.limitHosts(h)
	x.markTag(h)
	x.limitCaching(h, otherBody)
	addVary(h, "Sec-Fetch-Dest")
}

// hostPolicy is the second policy of a page; the zero value when there is none.
func (x *exchange) hostPolicy() limitText {
	limits := &x.rules.limits
	if limits.header == "" {
		return limitText{}
	}
	return limits.texts.get(limitKey{x.decision.Granted, x.origin.Registrable, x.origin.Secure}, x.rules.limitText)
}

func (r *rules) limitText(k limitKey) limitText {
	var b strings.Builder
	b.WriteString("default-src 'self' " + anyCode)
	if k.domain != "" {
		b.WriteString(sourceOf(k.domain))
	}
	end := "; report-uri " + r.limits.reports
	if k.secure {
		end += "; report-to " + reportGroup
	}
	for _, source := range r.limits.sources {
		if r.allows(source.party, k.granted) && (source.party.declared != nil || b.Len()+len(source.text)+len(end) <= limitsMax) {
			b.WriteString(source.text)
		}
	}
	b.WriteString(end)
	digest := fnv.New32a()
	_, _ = digest.Write([]byte(b.String()))
	return limitText{b.String(), digest.Sum32()}
}
