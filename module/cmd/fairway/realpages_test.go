package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/publicsuffix"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/internal/oracle"
)

// TestRealPagesInBrowser opens real pages in Chromium under their own names, as
// they are and through the gateway without consent. Without it they reach
// hundreds of other hosts. With it nothing at all reaches one, and the browser
// asks for all that it asks its own site for without.
func TestRealPagesInBrowser(t *testing.T) {
	const count = 20
	sites := realSites(t, count)
	direct, guarded := newWorld(t, sites, false), newWorld(t, sites, true)

	mayBe := admitted(t, sites)
	reached := 0
	for _, site := range sites {
		open := func() {
			var both sync.WaitGroup
			for _, w := range []*world{direct, guarded} {
				both.Go(func() { w.open(site) })
			}
			both.Wait()
		}
		open()
		want := direct.own.of(site.domain)
		missing := guarded.own.wait(site.domain, want)
		if len(missing) > 0 { // what the browser looks ahead for is chance: is it so again?
			direct.own.forget()
			open()
			again := direct.own.of(site.domain)
			missing = slices.DeleteFunc(missing, func(u string) bool { return !slices.Contains(again, u) })
			missing = guarded.own.wait(site.domain, missing)
		}
		if len(missing) > 0 {
			t.Errorf("%s: behind the gateway the browser does not ask for %q", site.page.URL, missing)
		}
		if len(want) == 0 {
			t.Errorf("%s: the page itself was not loaded", site.page.URL)
		}
		if others := guarded.others.take(mayBe); len(others) > 0 {
			t.Errorf("%s: without consent it reaches %q", site.page.URL, others)
		}
		reached += len(direct.others.take(mayBe))
	}
	if reached < 100 {
		t.Errorf("without the gateway other hosts are reached only %d times", reached)
	}
	t.Logf("without the gateway other hosts were reached %d times", reached)
}

// realSite is a page with a host and domain of its own.
type realSite struct {
	page         oracle.Page
	host, domain string
}

// onlyTLS are domains that browsers ask by TLS alone (HSTS preload list).
var onlyTLS = []string{"bbc.co.uk", "nytimes.com", "wsj.com"}

// realSites are the first pages that say where they were, one a domain.
func realSites(t *testing.T, count int) []realSite {
	t.Helper()
	var sites []realSite
	for _, page := range oracle.Pages(t) {
		u, err := url.Parse(page.URL)
		if err != nil || u.Scheme != "http" {
			continue
		}
		domain, err := publicsuffix.EffectiveTLDPlusOne(u.Host)
		if err != nil || slices.Contains(onlyTLS, domain) || slices.ContainsFunc(sites, func(s realSite) bool { return s.domain == domain }) {
			continue
		}
		if sites = append(sites, realSite{page, u.Host, domain}); len(sites) == count {
			return sites
		}
	}
	t.Fatalf("there are only %d pages", len(sites))
	return nil
}

// world is a browser to which all hosts are on this machine: the sites, and one
// recorder that stands for all others.
type world struct {
	t      *testing.T
	ctx    context.Context
	sites  []realSite
	own    *ownRequests
	others *connections
}

func newWorld(t *testing.T, sites []realSite, gateway bool) *world {
	t.Helper()
	w := &world{t: t, sites: sites, own: &ownRequests{}, others: listenToOthers(t)}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	storefront := strings.TrimPrefix(server.URL, "http://")
	front := storefront
	if gateway {
		front = freeAddress(t)
		folder := t.TempDir()
		file := filepath.Join(folder, "Caddyfile")
		_, port, _ := net.SplitHostPort(front)
		text := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	log default {
		output stdout
	}
	consent {
		store sqlite %s
	}
}

http://:%s {
	bind 127.0.0.1
	consent
	reverse_proxy %s
}
`, filepath.Join(folder, "fairway.db"), port, storefront)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "serving initial configuration", "run", "--config", file, "--adapter", "caddyfile")
	}
	var rules []string
	for _, s := range sites {
		rules = append(rules, "MAP "+s.host+":80 "+front, "MAP "+s.domain+" "+storefront, "MAP *."+s.domain+" "+storefront)
	}
	rules = append(rules, "MAP * "+w.others.listener.Addr().String())
	path, err := exec.LookPath("chromium")
	if err != nil {
		startBrowser(t) // says what is missing
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("host-resolver-rules", strings.Join(rules, ",")),
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	w.ctx = ctx
	return w
}

// open opens a page and gives its scripts time.
func (w *world) open(site realSite) {
	if err := chromedp.Do(w.ctx, chromedp.Navigate(site.page.URL), chromedp.Sleep(500*time.Millisecond)); err != nil {
		w.t.Errorf("%s: %v", site.page.URL, err)
	}
}

// serve is the storefront of all sites: it has a page each, and nothing else.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.own.add(r)
	for _, s := range w.sites {
		if r.Host == s.host && r.URL.Path == "/" {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(rw, s.page.HTML)
			return
		}
	}
	rw.WriteHeader(http.StatusNotFound)
}

// ownRequests are what the browser asked sites for: URLs without their queries,
// in which scripts put times.
type ownRequests struct {
	mu   sync.Mutex
	urls map[string]bool
}

// add notes a request. Where a packet ends within a style sheet's @import, Chromium
// looks ahead and asks for what it has of it, with the quotation mark.
func (o *ownRequests) add(r *http.Request) {
	if strings.ContainsAny(r.URL.Path, `"'(`) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.urls == nil {
		o.urls = make(map[string]bool)
	}
	o.urls[r.Host+r.URL.Path] = true
}

// of returns what was asked of a domain.
func (o *ownRequests) of(domain string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(o.urls)), func(u string) bool {
		host, _, _ := strings.Cut(u, "/")
		return host != domain && !strings.HasSuffix(host, "."+domain)
	})
}

// forget forgets what was asked.
func (o *ownRequests) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.urls)
}

// wait waits until all of that was asked, and returns what was not.
func (o *ownRequests) wait(domain string, want []string) (missing []string) {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := o.of(domain)
		missing = slices.DeleteFunc(slices.Clone(want), func(u string) bool { return slices.Contains(got, u) })
		if len(missing) == 0 || time.Now().After(end) {
			return missing
		}
	}
}

// connections are those that reached hosts which are not the sites'.
type connections struct {
	listener net.Listener
	mu       sync.Mutex
	hosts    []string
}

func listenToOthers(t *testing.T) *connections {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c := &connections{listener: listener}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.record(conn)
		}
	}()
	return c
}

// record notes for which host a connection is, and answers nothing.
func (c *connections) record(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	host := "?"
	sent := peekable{conn, bufio.NewReader(conn)}
	if first, err := sent.r.Peek(1); err == nil && first[0] == 0x16 {
		_ = tls.Server(sent, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			host = hello.ServerName
			return nil, io.EOF
		}}).Handshake()
	} else if r, err := http.ReadRequest(sent.r); err == nil {
		host = r.Host
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts = append(c.hosts, host)
}

// peekable is a connection that is read through a buffer.
type peekable struct {
	net.Conn
	r *bufio.Reader
}

func (p peekable) Read(b []byte) (int, error) { return p.r.Read(b) }

// take returns what was reached but for what may be, and forgets it.
func (c *connections) take(allowed func(host string) bool) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	hosts := slices.DeleteFunc(c.hosts, allowed)
	c.hosts = nil
	return hosts
}

// admitted tells what may be reached without consent: the hosts that the built-in
// catalogue calls necessary, and those that the browser asks on its own account.
func admitted(t *testing.T, sites []realSite) func(host string) bool {
	t.Helper()
	var table catalogue.HostTable[consent.Purpose]
	for h := range catalogue.Hosts() {
		if err := table.Add(h.Pattern, h.Purpose); err != nil {
			t.Fatal(err)
		}
	}
	return func(host string) bool {
		host, _, _ = strings.Cut(host, ":")
		if purpose, known := table.Lookup(host); known && purpose == consent.Necessary {
			return true
		}
		domain, _ := publicsuffix.EffectiveTLDPlusOne(host)
		browser := domain == "google.com" || domain == "gstatic.com" || strings.HasSuffix(host, ".googleapis.com")
		return browser && !slices.ContainsFunc(sites, func(s realSite) bool { return strings.Contains(s.page.HTML, host) })
	}
}
