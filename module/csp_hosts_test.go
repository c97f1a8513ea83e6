package module_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// limited is a site with a second policy and partners of two purposes.
func limited(mode, more string) string {
	text := site(`consent {
		csp `+mode+`
		`+more+`
		home CN
		partner tagline {
			hosts *.tagline.example pixel.example
			purpose advertising
		}
		partner counter {
			hosts counter.example
			purpose analytics
			country US
		}
		partner files {
			hosts files.example
			purpose necessary
		}
	}`, "consent\nreverse_proxy {upstream}")
	return strings.Replace(text, "admin off", "admin 127.0.0.1:{admin}", 1)
}

// sources returns what a page's second policy allows.
func sources(t *testing.T, a answer, header string) []string {
	t.Helper()
	fields := a.Header[header]
	if len(fields) == 0 {
		t.Fatalf("no %s in %v", header, a.Header)
	}
	directives := strings.Split(fields[len(fields)-1], "; ")
	words := strings.Fields(directives[0])
	if words[0] != "default-src" {
		t.Fatalf("the policy begins with %s", directives[0])
	}
	for _, directive := range directives[1:] {
		if !strings.HasPrefix(directive, "report-") {
			t.Errorf("unexpected directive %q", directive)
		}
	}
	return words[1:]
}

// TestHostLimits reads which hosts the second policy lets pages fetch from.
func TestHostLimits(t *testing.T) {
	policy := ""
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := "text/html"
		switch r.URL.Path {
		case "/app.js":
			kind = "text/javascript"
		case "/a.svg":
			kind = "image/svg+xml"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Etag", `"1"`)
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "<!doctype html><p>tea")
	})
	const enforced, reported = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
	g := start(t, strings.Replace(limited("strict", ""), "{admin}", freePort(t), 1), shop)

	none := sources(t, g.get("/"), enforced)
	for _, want := range []string{"'self'", "data:", "'unsafe-inline'", "shop.example:*", "*.shop.example:*", "files.example:*", "*.files.example:*", "*.stripe.com:*", "*.usercentrics.eu:*", "*.unpkg.com:*"} {
		if !slices.Contains(none, want) {
			t.Errorf("without consent %s is not allowed", want)
		}
	}
	refused := []string{"*.tagline.example:*", "pixel.example:*", "counter.example:*", "doubleclick.net:*"}
	for _, host := range refused {
		if slices.Contains(none, host) {
			t.Errorf("without consent %s is allowed", host)
		}
	}
	if slices.ContainsFunc(none, func(s string) bool { return s == "*" || strings.HasSuffix(s, "https:") || s == "http:" }) {
		t.Errorf("any host is allowed: %v", none)
	}

	ads := g.get("/", "Cookie", g.grant("advertising"))
	if some := sources(t, ads, enforced); !slices.Contains(some, "*.tagline.example:*") || slices.Contains(some, "tagline.example:*") || !slices.Contains(some, "*.pixel.example:*") ||
		slices.Contains(some, "counter.example:*") {
		t.Errorf("with advertising the policy is %v", some)
	}
	if n := len(ads.Header.Get(enforced)); n > 8<<10 {
		t.Errorf("the policy has %d bytes", n)
	}
	analytics := sources(t, g.get("/", "Cookie", g.grant("analytics")), enforced)
	if slices.Contains(analytics, "counter.example:*") {
		t.Error("a partner abroad is allowed without cross-border")
	}
	all := g.get("/", "Cookie", g.grant("analytics", "advertising", "personalization", "preferences", "cross-border"))
	for _, host := range refused[:3] {
		if !slices.Contains(sources(t, all, enforced), host) {
			t.Errorf("with consent %s is not allowed", host)
		}
	}
	if n := len(all.Header.Get(enforced)); n > 8<<10 {
		t.Errorf("the policy has %d bytes", n)
	}

	t.Run("the storefront's own stays", func(t *testing.T) {
		policy = "default-src *"
		defer func() { policy = "" }()
		fields := g.get("/").Header[enforced]
		if len(fields) != 2 || fields[0] != policy {
			t.Errorf("the policies are %q", fields)
		}
	})
	t.Run("documents and workers only", func(t *testing.T) {
		for _, test := range []struct {
			path, dest string
			want       bool
		}{
			{"/app.js", "", false}, {"/app.js", "script", false}, {"/app.js", "serviceworker", false}, {"/app.js", "worker", true}, {"/app.js", "sharedworker", true},
			{"/a.svg", "image", false}, {"/a.svg", "iframe", true}, {"/a.svg", "", true},
		} {
			a := g.get(test.path, "Sec-Fetch-Dest", test.dest)
			if got := a.Header.Get(enforced) != ""; got != test.want {
				t.Errorf("%s as %q has a policy: %v", test.path, test.dest, a.Header)
			}
			if tag := a.Header.Get("Etag"); (tag != `"1"`) != test.want || strings.Contains(strings.Join(a.Header["Vary"], ", "), "Cookie") != test.want {
				t.Errorf("%s as %q: %v", test.path, test.dest, a.Header)
			}
			if again := g.get(test.path, "Sec-Fetch-Dest", test.dest, "If-None-Match", a.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
				t.Errorf("%s as %q is not confirmed: %s", test.path, test.dest, again.Status)
			}
			if old := g.get(test.path, "Sec-Fetch-Dest", test.dest, "If-None-Match", `"1"`); test.dest != "" && (old.StatusCode == http.StatusOK) != test.want {
				t.Errorf("%s as %q, stored before it had a policy: %s", test.path, test.dest, old.Status)
			}
		}
		if ads := g.get("/app.js", "Sec-Fetch-Dest", "worker", "Cookie", g.grant("advertising")); !slices.Contains(sources(t, ads, enforced), "*.tagline.example:*") ||
			!strings.Contains(ads.Header.Get("Cache-Control"), "private") {
			t.Errorf("with consent a worker has %v", ads.Header)
		}
	})
	t.Run("entity tags tell policies apart", func(t *testing.T) {
		before := g.get("/").Header.Get("Etag")
		if a := g.get("/", "If-None-Match", before); a.StatusCode != http.StatusNotModified {
			t.Fatalf("the same page: %s", a.Status)
		}
		g.load(strings.Replace(limited("off", ""), "{admin}", freePort(t), 1), g.upstream)
		if a := g.get("/", "If-None-Match", before); a.StatusCode != http.StatusOK {
			t.Errorf("a page with another policy is confirmed: %s", a.Status)
		}
	})
	t.Run("off", func(t *testing.T) {
		if a := g.get("/"); a.Header.Get(enforced)+a.Header.Get(reported) != "" {
			t.Errorf("there is a policy: %v", a.Header)
		}
	})
	t.Run("report", func(t *testing.T) {
		g.load(strings.Replace(limited("report", "undeclared report"), "{admin}", freePort(t), 1), g.upstream)
		a := g.get("/")
		if a.Header.Get(enforced) != "" {
			t.Error("the policy is enforced")
		}
		if !strings.HasSuffix(a.Header.Get(reported), "; report-uri /.consent/csp-report") || slices.Contains(sources(t, a, reported), "counter.example:*") {
			t.Errorf("the policy is %s", a.Header.Get(reported))
		}
	})
	t.Run("contradiction", func(t *testing.T) {
		err := g.tryLoad(strings.Replace(limited("strict", "undeclared report"), "{admin}", freePort(t), 1), g.upstream)
		if err == nil || !strings.Contains(err.Error(), "expected undeclared block") {
			t.Errorf("strict with undeclared report: %v", err)
		}
	})
}

// TestPolicyReports sends what browsers send, and what they would not.
func TestPolicyReports(t *testing.T) {
	admin := freePort(t)
	g := start(t, strings.Replace(limited("report", ""), "{admin}", admin, 1), htmlPage("<p>tea"))
	send := func(kind, body string, headers ...string) int {
		return g.do(http.MethodPost, "/.consent/csp-report", body, append(headers, "Content-Type", kind)...).StatusCode
	}
	const old, batch = "application/csp-report", "application/reports+json"
	for _, test := range []struct {
		kind, body string
		want       int
	}{
		{old, `{"csp-report":{"document-uri":"http://shop.example/order/4711","blocked-uri":"https://a.tagline.example/pixel?user=4711","effective-directive":"img-src"}}`, 204},
		{old, `{"csp-report":{"blocked-uri":"https://user-4711.unknown.example"}}`, 204},
		{old, `{"csp-report":{"blocked-uri":"inline"}}`, 204},
		{batch, `[{"type":"csp-violation","url":"http://shop.example/","body":{"blockedURL":"https://counter.example/c","disposition":"report"}},
			{"type":"deprecation","body":{"id":"x"}},
			{"type":"csp-violation","body":{"blockedURL":"https://b.tagline.example"}},
			{"type":"csp-violation","body":{"blockedURL":"https://www.google-analytics.com/g/collect"}}]`, 204},
		{old, `{}`, 400}, {old, `[`, 400}, {batch, `{}`, 400}, {"application/json", `{"csp-report":{}}`, 400},
		{old, `{"csp-report":{"blocked-uri":"` + strings.Repeat("x", 64<<10) + `"}}`, 413},
	} {
		if got := send(test.kind, test.body); got != test.want {
			t.Errorf("%s %.60s: %d, want %d", test.kind, test.body, got, test.want)
		}
	}
	if got := send(old, `{"csp-report":{"blocked-uri":"https://c.tagline.example"}}`, "Origin", "null", "Sec-Fetch-Site", "same-origin"); got != 204 {
		t.Errorf("a report without an origin: %d", got)
	}

	type list struct {
		Hosts []struct {
			Host, Partner string
			Reports       int
		}
		Other int
	}
	read := func() (text string, l list) {
		response, err := http.Get("http://127.0.0.1:" + admin + "/consent/csp")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		if err := json.Unmarshal(body, &l); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return string(body), l
	}
	text, _ := read()
	if strings.Contains(text, "4711") || strings.Contains(text, "pixel") {
		t.Errorf("more than hosts is kept: %s", text)
	}
	want := `{"hosts":[{"host":"tagline.example","partner":"tagline","reports":3},{"host":"counter.example","partner":"counter","reports":1},` +
		`{"host":"google-analytics.com","partner":"google-analytics","reports":1},{"host":"unknown.example","reports":1}],"other":0}`
	if strings.TrimSpace(text) != want {
		t.Errorf("the list is %s", text)
	}
	response, err := http.Get("http://127.0.0.1:" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := io.ReadAll(response.Body)
	response.Body.Close()
	for _, want := range []string{`partner="tagline",site="shop.example"} 3`, `partner="undeclared",site="shop.example"} 1`} {
		if !strings.Contains(string(metrics), "consent_csp_reports_total{"+want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(string(metrics), "unknown.example") {
		t.Error("a host from a report is a label")
	}

	// However many hosts are made up, the list stays short.
	hosts := make([]string, 100)
	for i := range 15 {
		for k := range hosts {
			hosts[k] = `{"type":"csp-violation","body":{"blockedURL":"https://h` + string(rune('a'+i)) + string(rune('a'+k%26)) + string(rune('a'+k/26)) + `.example"}}`
		}
		send(batch, "["+strings.Join(hosts, ",")+"]")
	}
	_, found := read()
	if len(found.Hosts) != 1000 || found.Other != 504 {
		t.Errorf("%d hosts are listed, %d are not", len(found.Hosts), found.Other)
	}
	refused := false
	for i := 0; i < 1000 && !refused; i++ {
		refused = send(old, `{"csp-report":{"blocked-uri":"https://c.tagline.example"}}`) == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("a flood of reports is taken")
	}
	forget, _ := http.NewRequest(http.MethodDelete, "http://127.0.0.1:"+admin+"/consent/csp", nil)
	if response, err := http.DefaultClient.Do(forget); err != nil || response.StatusCode != http.StatusNoContent {
		t.Fatalf("%v, %v", response, err)
	}
	if _, found = read(); len(found.Hosts) != 0 || found.Other != 0 {
		t.Errorf("after forgetting: %v", found)
	}
}
