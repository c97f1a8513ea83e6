package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// local is a client that finds every host on loopback.
var local = &http.Client{
	Timeout: 10 * time.Second,
	Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
	}},
}

func get(t *testing.T, url string, headers ...string) (string, *http.Response) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := local.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), response
}

// program runs fairway to its end.
func program(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestMetricsArePrometheus(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("promtool is not installed: run testdata/needs")
		}
		t.Skip("promtool is not installed: run testdata/needs")
	}
	d := startDemo(t)
	get(t, d.url("/trackers"), "Cookie", "_ga=1; sid=2")
	get(t, d.url("/echo?idfa=1&lat=39.9042"), "X-Device-Id", "1")
	get(t, d.url("/.consent/visit.gif?path=/"), "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	metrics, _ := get(t, "http://"+d.admin+"/metrics")
	for _, want := range []string{
		`consent_requests_total{mode="enforce",regime="opt-in",site="shop.localhost"} `,
		`consent_cookies_total{action="drop",direction="request",purpose="analytics",site="shop.localhost"} 1`,
		`consent_beacons_total{action="block",element="script",partner="acme-ads",site="shop.localhost"} `,
		`consent_identifiers_total{action="drop",kind="device-id",place="header",site="shop.localhost"} 1`,
		`consent_identifiers_total{action="coarsen",kind="place",place="query",site="shop.localhost"} 1`,
		`consent_filter_seconds_count{site="shop.localhost",stage="page"} `,
		`consent_page_loads_total{site="shop.localhost"} 1`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = strings.NewReader(metrics)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v: %s", err, out)
	}
	if log, err := os.ReadFile(filepath.Join(d.data, "access.log")); err != nil || len(log) == 0 {
		t.Errorf("the access log: %v", err)
	} else {
		for _, leak := range []string{"39.9042", "_ga=", "sid=", `"127.0.0.1"`} {
			if bytes.Contains(log, []byte(leak)) {
				t.Errorf("the access log holds %q", leak)
			}
		}
	}
}

func TestProxy(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Add("Set-Cookie", "PHPSESSID=1; Path=/")
		w.Header().Add("Set-Cookie", "_ga=1; Path=/")
		_, _ = io.WriteString(w, "<!doctype html><body><p>"+r.Header.Get("Consent")+`</p><script src="https://www.google-analytics.com/analytics.js"></script>`)
	}))
	t.Cleanup(upstream.Close)
	from := freeAddress(t)
	run(t, "stands in front of", "consent", "proxy", "--from", "http://"+from, "--to", upstream.URL, "--admin", "off")
	body, response := get(t, "http://"+from+"/")
	if !strings.Contains(body, "<p>necessary</p>") || strings.Contains(body, "google-analytics.com") || !strings.Contains(body, "/.consent/client.js") {
		t.Errorf("the page is\n%s", body)
	}
	if cookies := response.Header["Set-Cookie"]; len(cookies) != 1 || !strings.HasPrefix(cookies[0], "PHPSESSID=") {
		t.Errorf("the cookies are %q", cookies)
	}
}

func TestBrokenCaddyfileTellsWhere(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"unknown purpose": {"{\n\tconsent {\n\t\tcookie sid necesary 30d\n\t}\n}\n", ":3"},
		"unknown option":  {"shop.example {\n\tconsent {\n\t\tmod enforce\n\t}\n}\n", "mode"},
		"bad mode":        {"shop.example {\n\tconsent {\n\t\tmode watch\n\t}\n}\n", "observe"},
		"bad country":     {"{\n\tconsent {\n\t\tregime opt-in UK\n\t}\n}\n", "GB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Caddyfile")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := program(t, "validate", "--config", file, "--adapter", "caddyfile")
			if err == nil || !strings.Contains(out, test.want) || !strings.Contains(out, "Caddyfile:3") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestMissingCountriesStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	text := "{\n\tadmin off\n\tconsent {\n\t\tgeoip /nowhere/country.mmdb\n\t\tregime opt-out US other\n\t}\n}\nhttp://localhost:1 {\n\tconsent\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := program(t, "validate", "--config", file, "--adapter", "caddyfile")
	if err != nil || !strings.Contains(out, "/nowhere/country.mmdb") || !strings.Contains(out, `"warn"`) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestModulesAreListed(t *testing.T) {
	out, err := program(t, "list-modules")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{
		"consent", "http.handlers.consent", "http.handlers.consent_report", "http.matchers.consent",
		"caddy.logging.encoders.filter.consent", "consent.stores.sqlite", "consent.stores.postgres",
	} {
		if !strings.Contains("\n"+out, "\n"+module+"\n") {
			t.Errorf("%s is not listed", module)
		}
	}
}
