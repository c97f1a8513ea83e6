package module_test

import (
	"strings"
	"testing"
)

// TestTheMostSpecificHostCounts shows that a host which the catalogue knows by
// itself is not judged as the wider one above it, and that what is declared
// stands with all below it.
func TestTheMostSpecificHostCounts(t *testing.T) {
	page := htmlPage(`<!doctype html><script src="https://pay.google.com/gp/p/js/pay.js"></script><script src="https://www.google.com/x.js"></script>`)
	g := start(t, bare, page)
	body := g.get("/").body
	if !strings.Contains(body, `<script src="https://pay.google.com/gp/p/js/pay.js">`) {
		t.Errorf("payment, which is necessary, is gone:\n%s", body)
	}
	if strings.Contains(body, "www.google.com") {
		t.Errorf("what is for advertising is there:\n%s", body)
	}
	g = start(t, site("consent {\npartner big {\nhosts google.com\npurpose analytics\n}\n}", "consent\nreverse_proxy {upstream}"), page)
	if body := g.get("/").body; strings.Contains(body, "google.com") {
		t.Errorf("what lies below a declared host is not judged with it:\n%s", body)
	}
	if body := g.get("/", "Cookie", g.grant("analytics")).body; !strings.Contains(body, "https://pay.google.com/") || !strings.Contains(body, "https://www.google.com/") {
		t.Errorf("with consent the declared host and what lies below it are gone:\n%s", body)
	}
}
