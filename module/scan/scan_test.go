package scan_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/module/scan"
)

// shop is a site with third parties on a port of its own. It notes what was asked.
type shop struct {
	*url.URL
	mu    sync.Mutex
	asked []string
}

func newShop(t *testing.T, pages map[string]string) *shop {
	t.Helper()
	s := new(shop)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Host, "shop.localhost:") {
			http.SetCookie(w, &http.Cookie{Name: "uid", Value: "1", MaxAge: 99, SameSite: http.SameSiteLaxMode})
			return
		}
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.String())
		s.mu.Unlock()
		text, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if to, ok := strings.CutPrefix(text, "->"); ok {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "secret", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "secret", MaxAge: 3600})
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "secret", MaxAge: 86400, Secure: false})
		http.SetCookie(w, &http.Cookie{Name: "old", Value: "", MaxAge: -1})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.HasSuffix(r.URL.Path, ".css") {
			w.Header().Set("Content-Type", "text/css")
		}
		w.Header().Add("Link", "<http://linked.localhost/a.css>; rel=preload; as=style")
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	for path, text := range pages {
		pages[path] = strings.ReplaceAll(text, "{port}", port)
	}
	s.URL = &url.URL{Scheme: "http", Host: "shop.localhost:" + port, Path: "/"}
	return s
}

func (s *shop) options(pages int) *scan.Options {
	return &scan.Options{Start: s.URL, Pages: pages, Script: func(text []byte) string {
		if bytes.Contains(text, []byte("gtag(")) {
			return "google-analytics"
		}
		return ""
	}}
}

var manyPages = map[string]string{
	"/": `<!doctype html><a href="/b">b</a> <a href="/c?sort=1">c</a> <a href="http://elsewhere.localhost/">e</a> <a href=/logout>out</a>
<link rel=stylesheet href=/own.css><script src="http://cdn.acme.localhost:{port}/a.js"></script>
<noscript><img src="//pixel.acme.localhost/p.gif"></noscript><script>gtag('config', 'UA-1')</script><img src="/own.png">`,
	"/b":       `<!doctype html><a href="/d#x">d</a><a href="/d">d</a><a rel=nofollow href=/e>e</a><a href=/moved>m</a><script src="http://cdn.acme.localhost:{port}/b.js"></script>`,
	"/d":       `<!doctype html><iframe src="http://frame.localhost:{port}/"></iframe>`,
	"/moved":   "->/f",
	"/f":       `<!doctype html><p>end`,
	"/own.css": `@import url("http://fonts.localhost/f.css"); body { background: url(/own.png) }`,
}

func hostsOf(s *scan.Site) string {
	var all []string
	for _, h := range s.Hosts {
		all = append(all, h.Name+" "+strings.Join(h.Elements, ",")+" "+h.Page)
	}
	return strings.Join(all, "\n")
}

func TestCrawl(t *testing.T) {
	s := newShop(t, manyPages)
	site, err := scan.Crawl(t.Context(), s.options(10))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/", "/b", "/d", "/f"}; !slices.Equal(site.Visited, want) {
		t.Errorf("visited %q, want %q", site.Visited, want)
	}
	const want = `cdn.acme.localhost script /
fonts.localhost style /own.css
frame.localhost iframe /d
linked.localhost header /
pixel.acme.localhost image /`
	if found := hostsOf(site); found != want {
		t.Errorf("third parties are\n%s\nwant\n%s", found, want)
	}
	if len(site.Scripts) != 1 || site.Scripts[0] != (scan.Script{Partner: "google-analytics", Page: "/"}) {
		t.Errorf("scripts are %v", site.Scripts)
	}
	if len(site.Cookies) != 2 || site.Cookies[0].Name != "seen" || site.Cookies[0].Life != 24*time.Hour ||
		site.Cookies[1] != (scan.Cookie{Name: "sid", HTTPOnly: true, SameSite: "lax", Page: "/"}) {
		t.Errorf("cookies are %+v", site.Cookies)
	}
	for _, asked := range s.asked {
		if strings.ContainsAny(asked, "?") || strings.Contains(asked, "logout") || asked == "/e" {
			t.Errorf("%s was asked for", asked)
		}
	}
	if strings.Contains(fmt.Sprintf("%+v", site), "secret") {
		t.Error("a value is kept")
	}
}

func TestCrawlLimits(t *testing.T) {
	s := newShop(t, manyPages)
	site, err := scan.Crawl(t.Context(), s.options(1))
	if err != nil || len(site.Visited) != 1 {
		t.Errorf("visited %v: %v", site, err)
	}
	s = newShop(t, map[string]string{"/": "->/", "/away": "->http://elsewhere.localhost/"})
	if _, err := scan.Crawl(t.Context(), s.options(1)); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("redirected for ever: %v", err)
	}
	s.Path = "/away"
	if _, err := scan.Crawl(t.Context(), s.options(1)); err == nil || !strings.Contains(err.Error(), "elsewhere.localhost, which is another site") {
		t.Errorf("another site: %v", err)
	}
	s.Path = "/missing"
	if _, err := scan.Crawl(t.Context(), s.options(1)); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("no such page: %v", err)
	}
	s = newShop(t, map[string]string{"/": "<!doctype html><a href=/gone>x</a>" + strings.Repeat("<p>", 6<<20) + `<img src="http://late.localhost/">`})
	site, err = scan.Crawl(t.Context(), s.options(3))
	if err != nil || len(site.Notes) != 2 || strings.Contains(hostsOf(site), "late") {
		t.Errorf("a long page: %+v, %v", site, err)
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"shop.example", "shop.example", true}, {"www.shop.example", "cdn.shop.example", true},
		{"shop.example", "other.example", false}, {"a.github.io", "b.github.io", false},
		{"127.0.0.1", "127.0.0.1", true}, {"10.0.0.1", "127.0.0.1", false}, {"localhost", "localhost", true},
		{"::1", "::1", true}, {"", "shop.example", false},
	} {
		if scan.SameSite(c.a, c.b) != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, !c.same)
		}
	}
}

func TestMerge(t *testing.T) {
	a := &scan.Site{
		Visited: []string{"/"}, Cookies: []scan.Cookie{{Name: "x", Page: "/"}}, Notes: []string{"n"},
		Hosts: []scan.Host{{Name: "h.example", Elements: []string{"script"}, Page: "/"}},
	}
	a.Merge(&scan.Site{
		Visited: []string{"/", "/b"}, Cookies: []scan.Cookie{{Name: "x", Life: time.Hour, Page: "/b"}, {Name: "x", Domain: "h.example", Page: "/b"}},
		Hosts: []scan.Host{{Name: "h.example", Elements: []string{"fetch"}, Page: "/b"}},
	})
	if len(a.Visited) != 2 || len(a.Cookies) != 2 || a.Cookies[0].Life != time.Hour || a.Cookies[0].Page != "/" || hostsOf(a) != "h.example fetch,script /" || len(a.Notes) != 1 {
		t.Errorf("%+v", a)
	}
}

// A browser sees what scripts do.
func TestBrowse(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("chromium is not installed: run testdata/needs")
		}
		t.Skip("chromium is not installed: run testdata/needs")
	}
	s := newShop(t, map[string]string{
		"/": `<!doctype html><script>
document.cookie = "_ga=1; max-age=99999";
document.cookie = "chosen=" + (document.cookie.includes("given=1") ? "yes" : "no");
new Image().src = "http://pixel.late.localhost:{port}/p.gif";
fetch("http://api.late.localhost:{port}/", {mode: "no-cors", keepalive: true});
</script><iframe src="http://frame.localhost:{port}/"></iframe>`,
		"/b": `<!doctype html><script>document.cookie = "second=1"</script>`,
	})
	options := s.options(2)
	options.Cookies = []string{"given=1"}
	site, err := scan.Browse(t.Context(), path, options, []string{"/", "/b"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range site.Cookies {
		names = append(names, c.Name)
		if c.Name == "_ga" && (c.Life < 20*time.Hour || c.Life > 30*time.Hour) {
			t.Errorf("_ga lives for %v", c.Life)
		}
	}
	for _, want := range []string{"_ga", "chosen", "given", "second", "sid"} {
		if !slices.Contains(names, want) {
			t.Errorf("the cookies are %q, without %s", names, want)
		}
	}
	for _, want := range []string{"pixel.late.localhost image", "api.late.localhost fetch", "frame.localhost iframe"} {
		if !strings.Contains(hostsOf(site), want) {
			t.Errorf("third parties are\n%s\nwithout %s", hostsOf(site), want)
		}
	}
	if len(site.Notes) > 0 {
		t.Errorf("noted are %q", site.Notes)
	}
	if _, err := scan.Browse(t.Context(), "/nowhere/chromium", options, nil); err == nil || !strings.Contains(err.Error(), "starting the browser") {
		t.Errorf("no browser: %v", err)
	}
	if _, err := scan.Browse(t.Context(), "true", options, nil); err == nil {
		t.Error("a program that is no browser looked at pages")
	}
}
