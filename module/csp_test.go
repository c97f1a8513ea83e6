package module_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestStrictPolicies puts the gateway's script into pages whose own
// Content-Security-Policy would stop it.
func TestStrictPolicies(t *testing.T) {
	policy := ""
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", policy)
		_, _ = io.WriteString(w, "<!doctype html><head></head><p>tea")
	}))
	own := "http://" + g.host + "/.consent/"
	tests := map[string]struct {
		policy, want string
		tag          []string
	}{
		"self is enough":   {"default-src 'self'; img-src *", "default-src 'self'; img-src *", nil},
		"nothing in place": {"frame-ancestors 'none'", "frame-ancestors 'none'", nil},
		"nonce":            {"script-src 'nonce-abc' 'strict-dynamic'; style-src 'nonce-abc'", "script-src 'nonce-abc' 'strict-dynamic'; style-src 'nonce-abc'", []string{`nonce="abc"`}},
		"digest":           {"script-src 'sha256-xyz'", "script-src 'sha256-xyz' " + own + "client.js " + own + "more.js", nil},
		"none": {"default-src 'none'; form-action 'none'", "default-src 'none'; form-action " + own + "; script-src-elem " + own + "client.js " + own + "more.js; style-src-elem " + own +
			"style.css; connect-src " + own + "; img-src " + own + "visit.gif", nil},
		"elements":      {"script-src-elem https://cdn.example; script-src 'self'", "script-src-elem https://cdn.example " + own + "client.js " + own + "more.js; script-src 'self'", nil},
		"two policies":  {"default-src 'self', script-src https://cdn.example", "default-src 'self', script-src https://cdn.example " + own + "client.js " + own + "more.js", nil},
		"digests alone": {"script-src 'sha256-xyz' 'strict-dynamic'", "script-src 'sha256-xyz' 'strict-dynamic' " + own + "client.js " + own + "more.js 'sha256-", []string{`integrity="sha256-`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			policy = test.policy
			a := g.get("/")
			got := strings.Join(strings.Fields(a.Header.Get("Content-Security-Policy")), " ")
			if want := strings.Join(strings.Fields(test.want), " "); got != want && !(strings.HasSuffix(want, "'sha256-") && strings.HasPrefix(got, want)) {
				t.Errorf("the policy is\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, "unsafe") {
				t.Errorf("the policy allows what is unsafe: %s", got)
			}
			for _, want := range test.tag {
				if !strings.Contains(a.body, want) {
					t.Errorf("the page has no %s:\n%s", want, a.body)
				}
			}
		})
	}
}
