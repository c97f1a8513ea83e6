package module_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestErrorRoutes: a site's error route often asks the storefront for a page. It gets
// no more of the request than the storefront would have got, and of a refused body
// nothing, also no word that one follows.
func TestErrorRoutes(t *testing.T) {
	const canary = "490154203237518"
	deep := `{"imei":"` + canary + `","a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}"
	for name, within := range map[string]string{"bare": "", "guarded": "consent\n"} {
		t.Run(name, func(t *testing.T) {
			g := start(t, site("", `consent
				error /fail 503
				reverse_proxy {upstream}
				handle_errors {
					`+within+`rewrite * /sorry?{query}
					reverse_proxy {upstream} {
						header_up X-Real-IP {remote_host}
					}
				}`), echo)
			for _, c := range []struct{ path, body, contentType, coding, cookie string }{
				{path: "/fail", body: "", contentType: ""},
				{path: "/fail", body: "imei=" + canary, contentType: "application/x-www-form-urlencoded"},
				{path: "/a", body: deep, contentType: "application/json"},
				{path: "/a", body: `{"imei":"` + canary + `"}`, contentType: "application/json", coding: "made-up"},
				{path: "/a", body: "--x\r\n\r\n" + canary + "\r\n--x--\r\n", contentType: "multipart/form-data"},
				{path: "/a", body: `{"a":"` + strings.Repeat("a", 1<<17) + `","imei":"` + canary + `",`, contentType: "application/json"},
				{path: "/a", cookie: strings.Repeat("a=1; ", 3001) + "_ga=" + canary},
			} {
				method := http.MethodPost
				if c.body == "" {
					method = http.MethodGet
				}
				a := g.do(method, c.path+"?page=2&gclid="+canary, c.body, "Content-Type", c.contentType, "Content-Encoding", c.coding, "Cookie", c.cookie, "X-Device-Id", canary)
				if !strings.HasPrefix(a.body, method+" /sorry?page=2\n") {
					t.Errorf("the page for %.60q is %s %.300q", c.body, a.Status, a.body)
				}
				if strings.Contains(a.body, canary) || strings.Contains(a.body, "127.0.0.1\r\n") || !strings.Contains(a.body, "X-Real-Ip: 127.0.0.0\r\n") {
					t.Errorf("for %.60q the storefront saw %.600s", c.body, a.body)
				}
			}
		})
	}
}
