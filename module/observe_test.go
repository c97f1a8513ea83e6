package module_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestObservedBodies sends bodies through a site that observes: the storefront gets
// them byte for byte, and what enforcing would take out is counted.
func TestObservedBodies(t *testing.T) {
	var seen []byte
	read := io.ReadAll
	g := start(t, site("", "consent {\nmode observe\n}\nreverse_proxy {upstream}")+metricsSite, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, _ = read(r.Body)
		fmt.Fprint(w, r.ContentLength)
	}))
	counted := func() string {
		var lines []string
		for line := range strings.Lines(g.get("/metrics", "Host", "metrics.example").body) {
			if strings.HasPrefix(line, "consent_identifiers_total") || strings.HasPrefix(line, "consent_beacons_total") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}
	long := `{"list":[` + strings.Repeat(`{"sku":"tea-7","n":1},`, 20_000) + `{"idfa":"AEBE52E7-03EE-455A-B3C4-E57283966239"}]}`
	for name, test := range map[string]struct{ kind, coding, body, want string }{
		"json":      {"application/json", "", `{"idfa":"AEBE52E7-03EE-455A-B3C4-E57283966239","sku":"tea"}`, `kind="advertising-id"`},
		"form":      {"application/x-www-form-urlencoded", "", "sku=tea&imei=490154203237518", `kind="imei"`},
		"gzip":      {"application/json", "gzip", string(gzipped(`{"lat":39.90421,"lng":116.40741}`)), `kind="place"`},
		"long":      {"application/json", "", long, `kind="advertising-id"`},
		"malformed": {"application/json", "", `{"idfa":`, ""},
		"unknown":   {"application/x-protobuf", "", "\x08\x01imei=490154203237518", ""},
		"no coding": {"application/json", "rot13", `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := counted()
			headers := []string{"Content-Type", test.kind}
			if test.coding != "" {
				headers = append(headers, "Content-Encoding", test.coding)
			}
			a := g.do(http.MethodPost, "/", test.body, headers...)
			if !bytes.Equal(seen, []byte(test.body)) || a.body != fmt.Sprint(len(test.body)) {
				t.Errorf("the storefront saw %d bytes of %d, announced as %s", len(seen), len(test.body), a.body)
			}
			if after := counted(); (after != before) != (test.want != "") || !strings.Contains(after, test.want) {
				t.Errorf("counted before:\n%safter:\n%s", before, after)
			}
		})
	}
	t.Run("a storefront that does not read", func(t *testing.T) {
		read = func(io.Reader) ([]byte, error) { return nil, nil }
		defer func() { read = io.ReadAll }()
		if a := g.do(http.MethodPost, "/", long, "Content-Type", "application/json"); a.StatusCode != http.StatusOK {
			t.Errorf("answered %s", a.Status)
		}
	})
	t.Run("a proxied tracker", func(t *testing.T) {
		const body = `{"n":"pageview","u":"http://shop.example/","d":"shop.example"}`
		g.do(http.MethodPost, "/api/event", body, "Content-Type", "text/plain")
		if string(seen) != body {
			t.Errorf("the storefront saw %q", seen)
		}
		if !strings.Contains(counted(), `action="block",element="request",partner="plausible"`) {
			t.Errorf("counted:\n%s", counted())
		}
	})
}
