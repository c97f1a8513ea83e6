package pages

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// sample is a site with something of everything.
func sample() *View {
	ga := Cookie{"_ga_*", "analytics", "13mo", "PageLens"}
	acme := Partner{
		Name: "acme-ads", Purpose: "advertising", Country: "US", Abroad: true,
		Hosts: []string{"*.acme-ads.example"}, Receives: []string{"order.total", "order.currency"},
	}
	purposes := []Purpose{
		{Name: "necessary", Always: true, Granted: true, Clause: "II.I", Cookies: []Cookie{{"sid", "necessary", "session", ""}, {"cart_*", "necessary", "30d", ""}}},
		{Name: "preferences", Cookies: []Cookie{{"theme", "preferences", "1y", ""}}},
		{Name: "analytics", Clause: "II.II.1", Cookies: []Cookie{ga}, Partners: []Partner{{Name: "pagelens", Purpose: "analytics", Country: "DE", Abroad: true}}},
		{Name: "advertising", Title: "Promotions", Clause: "III.I.3.3", Partners: []Partner{acme}},
		{Name: "personalization", Clause: "II.II.2"},
		{Name: "device"}, {Name: "location"}, {Name: "camera"}, {Name: "microphone"}, {Name: "photos"}, {Name: "contacts"},
		{Name: "cross-border", Clause: "IV.II.1"},
	}
	return &View{
		Lang: English, Version: "2020-10-13", Effective: "2020-10-20",
		Controller: "Example Shop Ltd", Contact: "privacy@shop.example",
		Regime: "opt-in", Country: "DE", Purposes: purposes,
		Cookies:    []Cookie{{"sid", "necessary", "session", ""}, {"theme", "preferences", "1y", ""}, ga},
		Partners:   []Partner{acme, {Name: "mystery", Hosts: []string{"mystery.example"}}},
		Exemptions: []Exemption{{"/risk/*", "I.III.8"}},
		Versions:   []Version{{Name: "2020-10-13", Effective: "2020-10-20", Current: true}, {Name: "2027-01-01", Effective: "2027-02-01", Announced: true}},
		Return:     "/product/5?colour=red",
	}
}

// everyPage names all that can be rendered.
func everyPage(p *Pages) map[string]func(io.Writer, *View) error {
	return map[string]func(io.Writer, *View) error{
		"preferences": p.Preferences, "policy": p.Policy, "partners": p.Partners,
		"cookies": p.Cookies, "exemptions": p.Exemptions, "contact": p.Contact,
		"me": p.Me, "erase": p.Erase, "request": p.Request,
		"problem": func(w io.Writer, v *View) error { return p.Problem(w, v, Refused) },
	}
}

// testReceipt is where the stand-in says that receipts are.
const testReceipt = "/.consent/receipt/0123456789abcdef"

// gateway is a stand-in for the real one: one visitor, kept in memory.
type gateway struct {
	*httptest.Server
	pages *Pages
	body  string            // of the storefront's page
	csp   string            // of the storefront's page
	head  func(s *Snippet)  // changes what a page shows
	files map[string]string // more files, also of other hosts: "ads.localhost/x.js"
	live  http.HandlerFunc  // connections at /live of other hosts
	made  func() string     // in the place of body

	charset string                   // of its page; UTF-8 when empty
	styles  map[string]func() string // the storefront's style sheets, by path
	styled  []string                 // which of them were asked for

	mu      sync.Mutex
	view    View
	broken  bool     // decisions can't be recorded
	lacking bool     // the second script can't be loaded
	visits  []string // bodies and queries of the beacons
	fetched []string // host and path of what was asked of other hosts
	sent    []string // the same in full: method, host and path, kind, cookie, body
}

// newGateway starts the stand-in. Its pages are at shop.localhost; every other
// host under localhost is a third party.
func newGateway(t *testing.T, c Config) *gateway {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{pages: p, view: *sample(), files: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET shop.localhost/.consent/{$}", g.preferences)
	mux.HandleFunc("POST shop.localhost/.consent/{$}", g.decide)
	mux.HandleFunc("shop.localhost/.consent/{page}", g.page)
	mux.HandleFunc("shop.localhost/.consent/state", g.state)
	mux.HandleFunc("shop.localhost/.consent/client.js", g.asset(p.Client()))
	mux.HandleFunc("shop.localhost/.consent/more.js", func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		lacking := g.lacking
		g.mu.Unlock()
		if lacking {
			http.NotFound(w, r)
			return
		}
		g.asset(p.More())(w, r)
	})
	mux.HandleFunc("shop.localhost/.consent/guard.json", g.asset(p.Guard()))
	mux.HandleFunc("shop.localhost/.consent/style.css", g.asset(p.Style()))
	mux.HandleFunc("shop.localhost/.consent/visit", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.note(&g.visits, string(body))
		io.WriteString(w, `{"token":"sealed"}`)
	})
	mux.HandleFunc("shop.localhost/.consent/visit.gif", func(_ http.ResponseWriter, r *http.Request) {
		g.note(&g.visits, r.URL.RawQuery)
	})
	mux.HandleFunc("shop.localhost/", g.storefront)
	mux.HandleFunc("/", g.third)
	g.Server = httptest.NewServer(mux)
	t.Cleanup(g.Close)
	return g
}

// at is the address of a path at a host under localhost.
func (g *gateway) at(host, path string) string {
	return "http://" + host + g.URL[strings.LastIndex(g.URL, ":"):] + path
}

func (g *gateway) note(list *[]string, entry string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*list = append(*list, entry)
}

func (g *gateway) noted(list *[]string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(*list)
}

func (g *gateway) granted() []string {
	var names []string
	for _, p := range g.view.Purposes {
		if p.Granted {
			names = append(names, p.Name)
		}
	}
	return names
}

// grant records a decision. It reports whether it could.
func (g *gateway) grant(wanted func(name string) bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.broken {
		return false
	}
	purposes := slices.Clone(g.view.Purposes)
	for i, p := range purposes {
		purposes[i].Granted = p.Always || wanted(p.Name)
	}
	g.view.Purposes, g.view.Decided = purposes, "2026-01-02"
	return true
}

func (g *gateway) snapshot() (View, []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.view, g.granted()
}

func (g *gateway) preferences(w http.ResponseWriter, r *http.Request) {
	v, _ := g.snapshot()
	v.Lang = g.pages.Negotiate(r.Header.Get("Accept-Language"), r.FormValue("lang"))
	v.Return = r.FormValue("return") + r.PostFormValue("back")
	if v.Saved = r.Method == http.MethodPost; v.Saved {
		v.Receipt = testReceipt
		w.Header().Set("Consent-Receipt", v.Receipt)
	}
	w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
	if err := g.pages.Preferences(w, &v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (g *gateway) page(w http.ResponseWriter, r *http.Request) {
	v, _ := g.snapshot()
	render, ok := everyPage(g.pages)[r.PathValue("page")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
	if err := render(w, &v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (g *gateway) decide(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var wanted func(string) bool
	switch r.PostForm.Get("choice") {
	case "accept":
		wanted = func(string) bool { return true }
	case "reject":
		wanted = func(string) bool { return false }
	case "save":
		wanted = func(name string) bool { return slices.Contains(r.PostForm["purpose"], name) }
	default:
		http.Error(w, "no choice", http.StatusBadRequest)
		return
	}
	if !g.grant(wanted) {
		w.WriteHeader(http.StatusServiceUnavailable)
		v, _ := g.snapshot()
		g.pages.Problem(w, &v, Unsaved)
		return
	}
	if to := r.PostForm.Get("return"); to != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	g.preferences(w, r)
}

func (g *gateway) state(w http.ResponseWriter, r *http.Request) {
	var body struct{ Granted []string }
	switch r.Method {
	case http.MethodPut:
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fallthrough
	case http.MethodDelete:
		if !g.grant(func(name string) bool { return slices.Contains(body.Granted, name) }) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Consent-Receipt", testReceipt)
	}
	v, granted := g.snapshot()
	state := map[string]any{"policy": v.Version, "regime": v.Regime, "granted": granted, "decided": nil, "signals": map[string]bool{"gpc": v.GPC}}
	if v.Decided != "" {
		state["decided"] = v.Decided
	}
	json.NewEncoder(w).Encode(state)
}

func (g *gateway) asset(a Asset) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", a.Type)
		w.Header().Set("ETag", a.ETag)
		w.Write(a.Bytes)
	}
}

func (g *gateway) storefront(w http.ResponseWriter, r *http.Request) {
	if g.style(w, r) {
		return
	}
	if text, ok := g.files["shop.localhost"+r.URL.Path]; ok {
		serveFile(w, r.URL.Path, text)
		return
	}
	if r.URL.Path == "/favicon.ico" {
		return
	}
	v, granted := g.snapshot()
	s := Snippet{Lang: English, Granted: granted, Regime: v.Regime, Decided: v.Decided != "", Domain: "cdn.localhost", Path: r.URL.RequestURI()}
	if g.head != nil {
		g.head(&s)
	}
	if g.csp != "" {
		w.Header().Set("Content-Security-Policy", g.csp)
	}
	body := g.body
	if g.made != nil {
		body = g.made()
	}
	w.Header().Set("Content-Type", "text/html; charset="+cmp.Or(g.charset, "utf-8"))
	fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><head>%s<title>Shop</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head><body>%s%s</body></html>",
		g.pages.Head(nil, &s), strings.ReplaceAll(body, "{port}", portOf(g.URL)), g.pages.Body(nil, &s))
}

func (g *gateway) third(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	g.note(&g.fetched, host+r.URL.Path)
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type, X-Kind")
		w.Header().Set("Access-Control-Allow-Methods", "PUT")
	}
	if r.Method == http.MethodOptions {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/live") && g.live != nil {
		g.live(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	g.note(&g.sent, fmt.Sprintf("%s %s%s [%s] [%s] %s", r.Method, host, r.URL.Path, r.Header.Get("X-Kind"), r.Header.Get("Cookie"), body))
	serveFile(w, r.URL.Path, g.files[host+r.URL.Path])
}

func serveFile(w http.ResponseWriter, path, text string) {
	switch {
	case strings.HasSuffix(path, ".js"):
		w.Header().Set("Content-Type", "text/javascript")
	case strings.HasSuffix(path, ".gif"):
		w.Header().Set("Content-Type", "image/gif")
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	io.WriteString(w, text)
}

func portOf(address string) string {
	u, _ := url.Parse(address)
	return u.Port()
}
