package module

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/fairwaygate/fairway/filters/page"
	"github.com/fairwaygate/fairway/filters/visit"
)

// Reports that one network may send, and how much of them is kept.
const (
	reportRate     = 5
	reportBurst    = 100
	reportNetworks = 1 << 12
	reportBatch    = 100  // of one request
	reportedMax    = 1000 // hosts that are told apart
)

// hostReports sums by host what browsers report of the second
// Content-Security-Policy. Nothing else of a report is kept: neither the page nor
// the address, nor who sent it. It outlives reloads.
type hostReports struct {
	limiter *visit.Limiter

	mu    sync.Mutex
	hosts map[reportedHost]int64
	more  int64 // of hosts for which there was no room
}

// reportedHost is a host as it is listed.
type reportedHost struct {
	Host    string `json:"host"`              // of undeclared third parties, the registrable domain
	Partner string `json:"partner,omitempty"` // declared or from the catalogue
}

func newHostReports(now time.Time) (*hostReports, error) {
	limiter, err := visit.NewLimiter(reportRate, reportBurst, reportNetworks, now)
	return &hostReports{limiter: limiter, hosts: make(map[reportedHost]int64)}, err
}

// Destruct implements [caddy.Destructor].
func (*hostReports) Destruct() error { return nil }

func (r *hostReports) add(host reportedHost) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.hosts[host]; !known && len(r.hosts) >= reportedMax {
		r.more++
		return
	}
	r.hosts[host]++
}

// clear forgets all reports.
func (r *hostReports) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.hosts)
	r.more = 0
}

// snapshot copies the sums.
func (r *hostReports) snapshot() (hosts map[reportedHost]int64, more int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.hosts), r.more
}

// cspReport takes reports of violations: those that report-uri sends (CSP level 3,
// section 5.3) and those of the Reporting API. Anyone can make one up, so they are
// only counted.
func (o *own) cspReport(x *exchange) error {
	app := o.gateway.app
	if !app.reports.limiter.Allow(x.client, x.now) {
		x.w.WriteHeader(http.StatusTooManyRequests)
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, bodyMax))
	if err != nil {
		return x.fault(http.StatusRequestEntityTooLarge, "the report is too large or could not be read")
	}
	media, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	blocked, ok := blockedURLs(media, body)
	if !ok {
		return x.fault(http.StatusBadRequest, "expected a report as application/csp-report or application/reports+json")
	}
	for _, url := range blocked {
		u, kind := page.ParseURL(url, new(page.URL))
		if kind != page.Absolute {
			continue // "inline" and the like: of no policy of ours
		}
		found := x.reported(string(u.Host))
		x.site.cspReport(found.Partner)
		app.reports.add(found)
	}
	x.w.WriteHeader(http.StatusNoContent)
	return nil
}

// reported returns how a host is listed. Of hosts that nobody knows only the
// registrable domain is kept: what stands before it may have been made for one
// visitor.
func (x *exchange) reported(host string) reportedHost {
	if p, known := x.rules.hosts.Lookup(host); known {
		return reportedHost{domainOf(host), p.name}
	}
	if x.isOwnDomain([]byte(host)) {
		return reportedHost{x.origin.Registrable, firstParty}
	}
	return reportedHost{Host: domainOf(host)}
}

// domainOf returns a host's registrable domain, or the host if it has none.
func domainOf(host string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || net.ParseIP(strings.Trim(host, "[]")) != nil {
		return host
	}
	return domain
}

// blockedURLs reads which URLs a body says were blocked.
func blockedURLs(media string, body []byte) ([]string, bool) {
	var urls []string
	switch media {
	case "application/csp-report":
		var report struct {
			Report *struct {
				Blocked string `json:"blocked-uri"`
			} `json:"csp-report"`
		}
		if json.Unmarshal(body, &report) != nil || report.Report == nil {
			return nil, false
		}
		urls = append(urls, report.Report.Blocked)
	case "application/reports+json":
		var reports []struct {
			Type string `json:"type"`
			Body struct {
				Blocked string `json:"blockedURL"`
			} `json:"body"`
		}
		if json.Unmarshal(body, &reports) != nil {
			return nil, false
		}
		for _, report := range reports[:min(len(reports), reportBatch)] {
			if report.Type == "csp-violation" {
				urls = append(urls, report.Body.Blocked)
			}
		}
	default:
		return nil, false
	}
	return urls, true
}

// cspReports is what browsers reported, as the admin API shows it.
type cspReports struct {
	Hosts []cspReportHost `json:"hosts"` // the most reported first
	Other int64           `json:"other"` // reports of hosts past the first thousand
}

type cspReportHost struct {
	reportedHost
	Reports int64 `json:"reports"`
}

func (a *App) adminCSP(*http.Request) (any, error) {
	hosts, more := a.reports.snapshot()
	answer := cspReports{Hosts: make([]cspReportHost, 0, len(hosts)), Other: more}
	for host, n := range hosts {
		answer.Hosts = append(answer.Hosts, cspReportHost{host, n})
	}
	slices.SortFunc(answer.Hosts, func(x, y cspReportHost) int {
		return cmp.Or(cmp.Compare(y.Reports, x.Reports), strings.Compare(x.Host, y.Host), strings.Compare(x.Partner, y.Partner))
	})
	return answer, nil
}

func (a *App) adminClearCSP(*http.Request) (any, error) {
	a.reports.clear()
	return nil, nil
}
