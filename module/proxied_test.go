package module_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
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
