package storefront

import (
	"bytes"
	"html/template"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxRecords is how many requests a [Recorder] lists; it counts all of them.
const maxRecords = 2000

// Request is a request that reached a tracker. Text is cut to 512 bytes each.
type Request struct {
	Time    time.Time `json:"time"`
	Host    string    `json:"host"` // without port
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Query   string    `json:"query,omitempty"`
	Referer string    `json:"referer,omitempty"`
	Cookie  bool      `json:"cookie"` // it carried cookies of the tracker's
}

// Recorder serves all trackers of the shop on one port and records what reaches
// them. On any other host name it shows what it recorded: a page at "/", JSON at
// "/requests.json"; POST to "/reset" forgets all.
//
// Requests to the content network, which tracks nobody, are counted under its host
// and neither listed nor part of the total. The zero Recorder is ready, and safe
// for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	recent []Request // a ring once it is full
	oldest int
	counts map[string]int // by host; only hosts of partners are in it
}

// Requests returns the requests that reached trackers, the oldest first: the last
// 2,000 of them.
func (rec *Recorder) Requests() []Request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return append(append([]Request{}, rec.recent[rec.oldest:]...), rec.recent[:rec.oldest]...)
}

// Count returns how many requests reached a host, or all trackers when the host is
// empty.
func (rec *Recorder) Count(host string) int {
	counts := rec.snapshot()
	if host != "" {
		return counts[host]
	}
	return tracked(counts)
}

// Reset forgets all requests.
func (rec *Recorder) Reset() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.recent, rec.oldest, rec.counts = nil, 0, nil
}

func (rec *Recorder) snapshot() map[string]int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return maps.Clone(rec.counts)
}

// tracked sums the counts of all hosts but the content network's.
func tracked(counts map[string]int) int {
	sum := 0
	for host, n := range counts {
		if p := partnerOf(host); p != nil && p.Name != contentNetwork {
			sum += n
		}
	}
	return sum
}

func (rec *Recorder) add(p *Partner, r *http.Request) {
	q := Request{
		Time: time.Now(), Host: hostOf(r), Method: cut(r.Method), Path: cut(r.URL.Path),
		Query: cut(r.URL.RawQuery), Referer: cut(r.Referer()), Cookie: r.Header.Get("Cookie") != "",
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.counts == nil {
		rec.counts = make(map[string]int)
	}
	rec.counts[q.Host]++
	switch {
	case p.Name == contentNetwork:
	case len(rec.recent) < maxRecords:
		rec.recent = append(rec.recent, q)
	default:
		rec.recent[rec.oldest] = q
		rec.oldest = (rec.oldest + 1) % maxRecords
	}
}

func cut(s string) string { return strings.Clone(s[:min(len(s), 512)]) }

// hostOf is the host that a request names, in lower case, without port and final dot.
func hostOf(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

func partnerOf(host string) *Partner {
	for i := range partners {
		for _, h := range partners[i].Hosts {
			if h == host {
				return &partners[i]
			}
		}
	}
	return nil
}

// ServeHTTP is a tracker, or the page of the recorder, as the Host header asks.
func (rec *Recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := partnerOf(hostOf(r)); p != nil {
		rec.add(p, r)
		serveTracker(w, r, p)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case read && r.URL.Path == "/":
		rec.page(w)
	case read && r.URL.Path == "/requests.json":
		counts := rec.snapshot()
		writeJSON(w, http.StatusOK, map[string]any{"total": tracked(counts), "counts": counts, "requests": rec.Requests()})
	case r.Method == http.MethodPost && r.URL.Path == "/reset":
		if err := http.NewCrossOriginProtection().Check(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		rec.Reset()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case read && strings.HasPrefix(r.URL.Path, "/assets/"):
		recorderAssets(w, r)
	default:
		http.NotFound(w, r)
	}
}

var (
	recorderAssets = assets().ServeHTTP
	recorderPage   = template.Must(template.ParseFS(vendorFiles, "vendors/recorder.html"))
)

// page shows the counts of each third party and the latest requests, newest first.
func (rec *Recorder) page(w http.ResponseWriter) {
	type row struct {
		Partner
		Count int
	}
	var rows []row
	counts := rec.snapshot()
	for _, p := range partners {
		n := 0
		for _, h := range p.Hosts {
			n += counts[h]
		}
		rows = append(rows, row{p, n})
	}
	all := rec.Requests()
	const shown = 100
	var latest []Request
	for i := len(all) - 1; i >= 0 && len(latest) < shown; i-- {
		latest = append(latest, all[i])
	}
	var b bytes.Buffer
	err := recorderPage.Execute(&b, map[string]any{"Total": tracked(counts), "Rows": rows, "Latest": latest})
	if err != nil {
		http.Error(w, "the page could not be rendered", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.Write(b.Bytes())
}
