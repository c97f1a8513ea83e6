package module_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// files answers with what a path holds, as a file server does.
type files map[string]struct {
	kind, body string
	gzip       bool
}

func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := f[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{file.kind}
	h.Set("Etag", `"v1"`)
	h.Set("Cache-Control", "public, max-age=600")
	h.Set("Content-Digest", "sha-256=:x:")
	body := file.body
	if file.gzip {
		body = string(gzipped(body))
		h.Set("Content-Encoding", "gzip")
	}
	if r.Header.Get("If-None-Match") == `"v1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = io.WriteString(w, body)
}

func unzipped(t *testing.T, a answer) string {
	t.Helper()
	if a.Header.Get("Content-Encoding") != "gzip" {
		return a.body
	}
	r, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	cleanCSS   = `a{background:url(/i.png)}@import "more.css";b{c:url(//static.shop.example/f)}/* //www.doubleclick.net/ */`
	trackedCSS = `@import url("https://stats.g.doubleclick.net/a.css");a{b:url(/i.png)}`
	trackedSVG = `<svg xmlns="http://www.w3.org/2000/svg"><image href="https://stats.g.doubleclick.net/i"/></svg>`
)

// TestOtherDocuments serves what a browser fetches more for, other than pages.
func TestOtherDocuments(t *testing.T) {
	const tracker = "doubleclick.net"
	long := strings.Repeat("a{color:red}\n", 10_000)
	shop := files{
		"/clean.css":   {"text/css", cleanCSS, false},
		"/clean.gz":    {"text/css; charset=utf-8", cleanCSS, true},
		"/a.css":       {"text/css", trackedCSS, false},
		"/a.gz":        {"text/css", trackedCSS, true},
		"/odd.css":     {"text/plain", trackedCSS, false},
		"/long.css":    {"text/css", long + trackedCSS, false},
		"/long-gz.css": {"text/css", long + trackedCSS, true},
		"/clean.svg":   {"image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><image href="/i"/></svg>`, false},
		"/a.svg":       {"image/svg+xml", trackedSVG, false},
		"/a.svgz":      {"image/svg+xml", trackedSVG, true},
		"/a.xml":       {"text/xml", `<?xml-stylesheet type="text/css" href="//stats.g.doubleclick.net/a.css"?><a/>`, false},
		"/a.xhtml": {"application/xhtml+xml", `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><!--><img src="//stats.g.doubleclick.net/1"/>-->` +
			`<textarea/><img src="//stats.g.doubleclick.net/2"/></body></html>`, false},
		"/entity.svg":   {"image/svg+xml", `<!DOCTYPE svg [<!ENTITY t "https://stats.g.doubleclick.net/">]><svg xmlns="http://www.w3.org/2000/svg"><image href="&t;i"/></svg>`, false},
		"/entity.xhtml": {"application/xhtml+xml", `<!DOCTYPE html [<!ATTLIST img src CDATA "https://stats.g.doubleclick.net/i">]><html xmlns="http://www.w3.org/1999/xhtml"><body><img/></body></html>`, false},
		"/clean.xhtml":  {"application/xhtml+xml", `<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="/i"/></body></html>`, false},
		"/clean.rules":  {"application/speculationrules+json; charset=utf-8", `{"prefetch":[{"urls":["/a", "//static.shop.example/b"]}]}`, false},
		"/a.rules":      {"application/speculationrules+json", `{"prefetch":[{"urls":["/a","https:\/\/stats.g.doubleclick.net/"]}]}`, false},
		"/a.rulesz":     {"application/speculationrules+json", `{"prerender":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"https://stats.g.doubleclick.net/*"}}]}}]}`, true},
		"/data.json":    {"application/json", `{"urls":["https://stats.g.doubleclick.net/"]}`, false},
		"/feed.xml":     {"application/rss+xml", `<rss><channel><image><url>https://stats.g.doubleclick.net/i</url></image></channel></rss>`, false},
	}
	shop["/page"] = files{"": {"text/html", `<!doctype html><link rel=stylesheet href=/a.css integrity=sha256-x><script src=/a.js integrity=sha256-y></script>`, false}}[""]
	g := start(t, bare, shop)

	untouched := func(t *testing.T, path string, headers ...string) {
		t.Helper()
		a := g.get(path, headers...)
		want := shop[path].body
		if shop[path].gzip {
			want = string(gzipped(want))
		}
		if a.body != want || a.Header.Get("Etag") != `"v1"` || a.Header.Get("Content-Digest") == "" || a.Header.Get("Cache-Control") != "public, max-age=600" ||
			a.Header.Get("Vary") != "" || a.ContentLength != int64(len(want)) || a.Header.Get("Content-Security-Policy") != "" {
			t.Errorf("%s: %d bytes of %d, %v", path, len(a.body), len(want), a.Header)
		}
	}
	for _, path := range []string{"/clean.css", "/clean.gz", "/clean.svg", "/clean.rules", "/feed.xml", "/data.json"} {
		untouched(t, path, "Accept-Encoding", "gzip")
		untouched(t, path, "Accept-Encoding", "gzip", "Cookie", g.grant("analytics"))
		if a := g.get(path, "If-None-Match", `"v1"`); a.StatusCode != http.StatusNotModified || a.Header.Get("Etag") != `"v1"` {
			t.Errorf("%s is not confirmed: %s, %v", path, a.Status, a.Header)
		}
	}
	untouched(t, "/a.xml", "Sec-Fetch-Dest", "empty") // data for a script

	all := g.grant("advertising", "analytics", "cross-border")
	for path, file := range shop {
		if !strings.Contains(file.body, tracker) || strings.HasPrefix(path, "/clean") || path == "/feed.xml" || path == "/data.json" || strings.HasPrefix(path, "/entity.") {
			continue
		}
		t.Run(path, func(t *testing.T) {
			headers := []string{"Accept-Encoding", "gzip"}
			if path == "/odd.css" {
				headers = append(headers, "Sec-Fetch-Dest", "style")
			}
			a := g.get(path, headers...)
			if text := unzipped(t, a); strings.Contains(text, tracker) || !strings.Contains(text, "about:invalid") && !strings.Contains(text, "data-consent") && text != "{}" {
				t.Errorf("without consent: %.300s", text)
			}
			if a.Header.Get("Content-Digest") != "" || !strings.HasPrefix(a.Header.Get("Etag"), `W/"v1-f`) || !strings.Contains(strings.Join(a.Header["Vary"], ","), "Cookie") ||
				(a.Header.Get("Content-Encoding") != "") != file.gzip {
				t.Errorf("the header is %v", a.Header)
			}
			granted := g.get(path, append(headers, "Cookie", all)...)
			if text := unzipped(t, granted); text != file.body {
				t.Errorf("with consent: %.300s", text)
			}
			if !strings.Contains(granted.Header.Get("Cache-Control"), "private") || granted.Header.Get("Etag") == a.Header.Get("Etag") {
				t.Errorf("with consent the header is %v", granted.Header)
			}
			if again := g.get(path, append(headers, "Cookie", all, "If-None-Match", a.Header.Get("Etag"))...); again.StatusCode != http.StatusOK {
				t.Errorf("the variant without consent is confirmed: %s", again.Status)
			}
			if again := g.get(path, append(headers, "If-None-Match", a.Header.Get("Etag"))...); again.StatusCode != http.StatusNotModified {
				t.Errorf("the variant without consent is not confirmed to the same: %s", again.Status)
			}
		})
	}
	t.Run("entities", func(t *testing.T) {
		for _, path := range []string{"/entity.svg", "/entity.xhtml"} {
			if policy := g.get(path).Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") {
				t.Errorf("the policy of %s is %q", path, policy)
			}
		}
	})
	t.Run("integrity", func(t *testing.T) {
		if a := g.get("/page"); !strings.Contains(a.body, "<link rel=stylesheet href=/a.css data-integrity=sha256-x><script src=/a.js integrity=sha256-y>") {
			t.Errorf("the page is %s", a.body)
		}
	})
	t.Run("XHTML", func(t *testing.T) {
		if a := g.get("/a.xhtml"); strings.Contains(a.body, "client.js") {
			t.Errorf("what is not well-formed was put into %s", a.body)
		}
		a := g.get("/clean.xhtml")
		if a.body != shop["/clean.xhtml"].body || !strings.Contains(a.Header.Get("Permissions-Policy"), "camera=()") || a.Header.Get("Content-Security-Policy") != "" {
			t.Errorf("a page without third parties is %s, with %v", a.body, a.Header)
		}
	})
}

// TestUnreadableStyleSheet serves one under a coding that nobody knows.
func TestUnreadableStyleSheet(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		w.Header().Set("Content-Encoding", "rot13")
		_, _ = io.WriteString(w, trackedCSS)
	}))
	if a := g.get("/"); a.StatusCode != http.StatusOK || a.body != "" {
		t.Errorf("%s: %s", a.Status, a.body)
	}
}
