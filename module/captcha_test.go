package module_test

import (
	"strings"
	"testing"
)

// TestCaptcha loads a security feature from a host of its own, and from one that
// it shares with an advertiser.
func TestCaptcha(t *testing.T) {
	const page = `<!doctype html><script src="https://www.google.com/recaptcha/api.js"></script>` +
		`<script src="https://www.recaptcha.net/recaptcha/api.js"></script><script src="https://www.gstatic.com/recaptcha/x.js"></script>`
	g := start(t, bare, htmlPage(page))
	if a := g.get("/"); strings.Contains(a.body, "www.google.com") || !strings.Contains(a.body, `src="https://www.recaptcha.net/`) || !strings.Contains(a.body, `src="https://www.gstatic.com/`) {
		t.Errorf("the page is %s", a.body)
	}
	g.load(site("consent {\npartner recaptcha hosts www.google.com purpose necessary\n}", "consent\nreverse_proxy {upstream}"), g.upstream)
	if a := g.get("/"); !strings.Contains(a.body, `src="https://www.google.com/`) {
		t.Errorf("with the partner the page is %s", a.body)
	}
}
