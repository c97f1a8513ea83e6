package module_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// TestProxiedTrackers asks for trackers that the storefront serves under its own
// name, and for what only looks a little like one.
func TestProxiedTrackers(t *testing.T) {
	seen := ""
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = r.Method + " " + r.RequestURI + " " + string(body)
	})
	g := start(t, site(`consent {
		partner matomo purpose necessary
	}`, `consent {
		exempt /fraud/* clause I.III.8
	}
	reverse_proxy {upstream}`), shop)
	const plausible = `{"n":"pageview","u":"http://shop.example/","d":"shop.example"}`
	tests := map[string]struct {
		method, path, body string
		purpose            string // that lets it pass; "" when nothing has to
	}{
		"GA4":               {"POST", "/metrics/g/collect?v=2&tid=G-ABC&en=page_view", "", "analytics"},
		"GA4 slashes":       {"POST", "//metrics/./g/collect?v=2&tid=G-ABC", "", "analytics"},
		"meta":              {"GET", "/tr?id=1234&ev=PageView", "", "advertising"},
		"meta form":         {"POST", "/tr/", "id=1234&ev=PageView", "advertising"},
		"plausible":         {"POST", "/p/api/event", plausible, "analytics"},
		"tiktok":            {"POST", "/api/v2/pixel", `{"event":"Pageview","context":{}}`, "advertising"},
		"matomo declared":   {"GET", "/matomo.php?idsite=1", "", ""},
		"exempt":            {"POST", "/fraud/g/collect?v=2&tid=G-ABC", "", ""},
		"collect something": {"POST", "/collect", "item=1", ""},
		"shop's events":     {"POST", "/api/event", `{"name":"concert","place":"hall"}`, ""},
		"tracking a parcel": {"GET", "/tr?id=1234", "", ""},
		"long body":         {"POST", "/api/event", `{"text":"` + strings.Repeat("n u d ", 5000) + `"}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen = ""
			a := g.do(test.method, test.path, test.body, "Content-Type", "text/plain")
			if (seen == "") != (test.purpose != "") {
				t.Fatalf("without consent the storefront saw %.200q, and the answer is %s", seen, a.Status)
			}
			if test.purpose != "" {
				if a.StatusCode != http.StatusNoContent {
					t.Errorf("the answer is %s", a.Status)
				}
				g.do(test.method, test.path, test.body, "Content-Type", "text/plain", "Cookie", g.grant(test.purpose))
			}
			if !strings.HasSuffix(seen, " "+test.body) {
				t.Errorf("with consent the storefront saw %.200q", seen)
			}
		})
	}
	image := g.get("/tr?id=1234&ev=PageView", "Sec-Fetch-Dest", "image")
	if image.Header.Get("Content-Type") != "image/gif" || len(image.body) != 43 {
		t.Errorf("an image is answered with %v, %d bytes", image.Header, len(image.body))
	}
}

// TestProxiedTrackersEncoded sends what only its body betrays under content
// codings.
func TestProxiedTrackersEncoded(t *testing.T) {
	seen := ""
	shop := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = string(body)
	})
	g := start(t, bare, shop)
	encoders := map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			encoder, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return encoder
		},
	}
	packed := func(text string, codings ...string) string {
		for _, name := range codings {
			var b bytes.Buffer
			w := encoders[name](&b)
			_, _ = io.WriteString(w, text)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			text = b.String()
		}
		return text
	}
	const plausible = `{"n":"pageview","u":"http://shop.example/","d":"shop.example"}`
	const concert = `{"name":"concert","place":"hall"}`
	long := plausible[:len(plausible)-1] + `,"p":"` + strings.Repeat("0123456789", 100_000) + `"}`
	tests := map[string]struct {
		codings []string
		body    string
		tracker bool
	}{
		"gzip":           {[]string{"gzip"}, plausible, true},
		"br":             {[]string{"br"}, plausible, true},
		"zstd":           {[]string{"zstd"}, plausible, true},
		"two codings":    {[]string{"br", "gzip"}, plausible, true},
		"a long body":    {[]string{"gzip"}, long, true},
		"shop's events":  {[]string{"gzip"}, concert, false},
		"in two codings": {[]string{"gzip", "zstd"}, concert, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen = ""
			body := packed(test.body, test.codings...)
			header := []string{"Content-Type", "application/json", "Content-Encoding", strings.Join(test.codings, ", ")}
			if a := g.do("POST", "/p/api/event", body, header...); (seen == "") != test.tracker {
				t.Errorf("without consent the storefront saw %d bytes, and the answer is %s", len(seen), a.Status)
			}
			all := append(header, "Cookie", g.grant("analytics", "advertising", "device", "location"))
			if g.do("POST", "/p/api/event", body, all...); seen != body {
				t.Errorf("with consent %d bytes became %d", len(body), len(seen))
			}
		})
	}
	t.Run("not in its coding", func(t *testing.T) {
		if a := g.do("POST", "/p/api/event", plausible, "Content-Type", "application/json", "Content-Encoding", "gzip"); a.StatusCode != http.StatusBadRequest {
			t.Errorf("answered %s", a.Status)
		}
	})
}
