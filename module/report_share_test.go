package module_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/module"
)

// What is shared are totals and trends, whatever stands around the handler.
func TestShare(t *testing.T) {
	for name, block := range map[string]string{
		"with consent": "consent\nhandle_path /stats/share* {\nconsent_report share\n}\nhandle /stats* {\nconsent_report\n}\nreverse_proxy {upstream}",
		"alone":        "handle /stats/share* {\nconsent_report share\n}\nhandle_path /stats* {\nconsent_report\n}\nreverse_proxy {upstream}",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fairway.db")
			store, err := (&module.SQLite{Path: path}).Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Destruct() })
			module.PublishDays(t, store, "shop.example", 40, module.DaysAgo(3))
			g := start(t, site("consent {\nstore sqlite "+path+"\nreport {\nembargo 20d\n}\n}", block), echo)

			tags := make(map[string]string)
			for form, contentType := range map[string]string{"": "text/html", "api/report.json": "application/json", "api/report.csv": "text/csv"} {
				url := "/stats/share/" + form
				a := g.get(url)
				age := regexp.MustCompile(`^public, max-age=(\d+)$`).FindStringSubmatch(a.Header.Get("Cache-Control"))
				if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), contentType) || age == nil {
					t.Fatalf("%s: %s %v", url, a.Status, a.Header)
				}
				if n, _ := strconv.Atoi(age[1]); n < 10 || n > 3600 {
					t.Errorf("%s can be kept for %d seconds", url, n)
				}
				if a.Header.Get("X-Robots-Tag") != "noindex" {
					t.Errorf("%s can be listed", url)
				}
				if a.Header["Set-Cookie"] != nil {
					t.Errorf("%s sets a cookie", url)
				}
				for _, secret := range []string{"product", "spring-sale", "order", "retention", "Who comes back"} {
					if form == "api/report.json" && (secret == "retention") {
						continue // the member is there, and empty
					}
					if strings.Contains(a.body, secret) {
						t.Errorf("%s tells %q", url, secret)
					}
				}
				tag := a.Header.Get("Etag")
				tags[url] = tag
				for _, field := range []string{tag, `"x", W/` + tag, "*"} {
					if again := g.get(url, "If-None-Match", field); again.StatusCode != 304 || again.body != "" {
						t.Errorf("%s with If-None-Match: %s was answered %s", url, field, again.Status)
					}
				}
				if again := g.get(url, "If-None-Match", `"x"`); again.StatusCode != 200 || again.body != a.body {
					t.Errorf("%s with another tag was answered %s", url, again.Status)
				}
				if week := g.get(url + "?days=7"); week.StatusCode != 200 || week.Header.Get("Etag") == tag {
					t.Errorf("%s of a week was answered %s", url, week.Status)
				}
				for _, query := range []string{"?days=8", "?from=2026-01-01", "?days=7&to=2026-01-01", "?days=7&days=30", "?x"} {
					if a := g.get(url + query); a.StatusCode != 400 || strings.Contains(a.Header.Get("Cache-Control"), "public") {
						t.Errorf("%s%s was answered %s %s", url, query, a.Status, a.Header.Get("Cache-Control"))
					}
				}
				if head := g.do("HEAD", url, ""); head.StatusCode != 200 || head.body != "" || head.Header.Get("Etag") != tag {
					t.Errorf("HEAD %s was answered %s", url, head.Status)
				}
			}
			var report struct {
				Headlines []struct {
					Name string
					Now  *struct{ Value float64 }
				}
				Trend  []any
				Routes struct{ Items []any }
			}
			if err := json.Unmarshal([]byte(g.get("/stats/share/api/report.json").body), &report); err != nil {
				t.Fatal(err)
			}
			if len(report.Routes.Items) != 0 || len(report.Trend) != 30 {
				t.Errorf("%+v", report)
			}
			for _, h := range report.Headlines {
				if h.Name == "page_loads" && (h.Now == nil || h.Now.Value != 3000) {
					t.Errorf("page loads: %+v", h.Now)
				}
			}
			if a := g.get("/stats/share/style.css"); !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
				t.Errorf("the style has %q", a.Header.Get("Cache-Control"))
			}
			if a := g.get("/stats/"); !strings.HasPrefix(a.Header.Get("Cache-Control"), "private") || !strings.Contains(a.body, "product") {
				t.Errorf("the whole report has %q", a.Header.Get("Cache-Control"))
			}
			// A new epoch is another report.
			module.PublishDays(t, store, "shop.example", 1, module.DaysAgo(2))
			for url, tag := range tags {
				deadline := time.Now().Add(10 * time.Second)
				for g.get(url, "If-None-Match", tag).StatusCode == 304 {
					if time.Now().After(deadline) {
						t.Fatalf("%s stays as it was after another day", url)
					}
					time.Sleep(100 * time.Millisecond)
				}
				if a := g.get(url); a.StatusCode != 200 || a.Header.Get("Etag") == tag {
					t.Errorf("after another day %s was answered %s", url, a.Status)
				}
			}
		})
	}
}

func TestShareOfNothing(t *testing.T) {
	g := start(t, site("consent {\nstore sqlite "+filepath.Join(t.TempDir(), "fairway.db")+"\n}", "handle_path /share* {\nconsent_report share\n}"), echo)
	if a := g.get("/share/"); a.StatusCode != 200 || !strings.Contains(a.body, "Nothing is published yet") {
		t.Errorf("%s: %.300s", a.Status, a.body)
	}
}
