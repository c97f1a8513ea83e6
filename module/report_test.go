package module_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	for name, block := range map[string]string{
		"handle":      "consent\nhandle /stats* {\nconsent_report\n}\nreverse_proxy {upstream}",
		"handle_path": "consent\nhandle_path /stats* {\nconsent_report\n}\nreverse_proxy {upstream}",
		"alone":       "handle_path /stats* {\nconsent_report\n}\nreverse_proxy {upstream}",
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t, site("", block), echo)
			if a := g.get("/stats?days=7"); a.StatusCode != 308 || a.Header.Get("Location") != "/stats/?days=7" {
				t.Errorf("/stats was answered %s to %q", a.Status, a.Header.Get("Location"))
			}
			page := g.get("/stats/")
			if page.StatusCode != 200 || !strings.Contains(page.body, "shop.example") || strings.Contains(page.body, "/.consent/") {
				t.Errorf("the page was answered %s:\n%.500s", page.Status, page.body)
			}
			if a := g.get("/stats/style.css"); a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/css") {
				t.Errorf("the style was answered %s", a.Status)
			}
			var report struct{ Site string }
			if a := g.get("/stats/api/report.json"); json.Unmarshal([]byte(a.body), &report) != nil || report.Site != "shop.example" {
				t.Errorf("the report was answered %s: %.200s", a.Status, a.body)
			}
			if a := g.get("/stats/api/report.csv"); !strings.HasPrefix(a.body, "date,") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
				t.Errorf("the table was answered %s: %.200s", a.Status, a.body)
			}
			for path, status := range map[string]int{"/stats/?from=yesterday": 400, "/stats/api/nothing": 404} {
				if a := g.get(path); a.StatusCode != status {
					t.Errorf("%s was answered %s", path, a.Status)
				}
			}
			if a := g.do("POST", "/stats/", "x"); a.StatusCode != 405 {
				t.Errorf("a POST was answered %s", a.Status)
			}
		})
	}
}
