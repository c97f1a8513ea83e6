package module_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Suites of the protocols' own, run against plain Caddy and against the gateway in
// the same process. Where nothing of a site is changed, both answer alike. They
// take long, so that only make conform runs them: it names the programs.
const (
	h2specVariable     = "FAIRWAY_H2SPEC"
	cacheTestsVariable = "FAIRWAY_CACHE_TESTS"
)

func needs(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skip("make conform runs this")
	}
	return path
}

// twoSites is a Caddyfile of one site without the gateway, at the first port, and
// one behind it.
func twoSites(plain, other, scheme, block, upstream string) string {
	site := func(port, handlers string) string {
		return fmt.Sprintf("%s://127.0.0.1:%s {\n%s\n%s\nreverse_proxy %s\n}\n", scheme, port, block, handlers, upstream)
	}
	return "{\nadmin off\npersist_config off\nauto_https off\nlog default {\nlevel FATAL\n}\n}\n" + site(plain, "") + site(other, "consent")
}

// HTTP/2 as RFC 9113 has it, by h2spec.
func TestConformHTTP2(t *testing.T) {
	h2spec := needs(t, h2specVariable)
	plain, other := freePort(t), freePort(t)
	certificate := writeCertificate(t, "127.0.0.1")
	start(t, twoSites(plain, other, "https", "tls "+certificate+" "+certificate, "{upstream}"), htmlPage("<!DOCTYPE html><title>Shop</title><p>Welcome"))
	var results [2]map[string]bool
	for i, port := range []string{plain, other} {
		report := filepath.Join(t.TempDir(), "junit.xml")
		// Its status says whether all passed, which plain Caddy's does not.
		out, err := exec.Command(h2spec, "-h", "127.0.0.1", "-p", port, "-t", "-k", "-j", report).CombinedOutput()
		if results[i] = readJUnit(t, report); len(results[i]) < 100 {
			t.Fatalf("h2spec ran %d tests: %v\n%s", len(results[i]), err, out)
		}
	}
	compare(t, results[0], results[1], func(passed bool) string { return map[bool]string{true: "passed", false: "failed"}[passed] })
}

// readJUnit reads which tests passed.
func readJUnit(t *testing.T, file string) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Suites []struct {
			Package string `xml:"package,attr"`
			Cases   []struct {
				Name    string    `xml:"classname,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	passed := make(map[string]bool)
	for _, suite := range report.Suites {
		for _, c := range suite.Cases {
			passed[suite.Package+": "+c.Name] = c.Failure == nil && c.Error == nil
		}
	}
	return passed
}

// Caching as RFC 9111 has it, by http-cache-tests.
func TestConformCaching(t *testing.T) {
	folder := needs(t, cacheTestsVariable)
	origin := freePort(t)
	server := exec.Command("node", "server/server.mjs")
	server.Dir = folder
	server.Env = append(os.Environ(), "npm_config_protocol=http", "npm_config_port="+origin, "npm_config_pidfile="+filepath.Join(t.TempDir(), "pid"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	eventually(t, "the origin listens", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+origin)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	plain, other := freePort(t), freePort(t)
	start(t, twoSites(plain, other, "http", "", "127.0.0.1:"+origin), nil)
	var results [2]map[string]string
	for i, port := range []string{plain, other} {
		results[i] = runCacheTests(t, folder, "http://127.0.0.1:"+port)
		if len(results[i]) < 200 {
			t.Fatalf("only %d tests ran", len(results[i]))
		}
	}
	compare(t, results[0], results[1], func(result string) string { return result })
}

// runCacheTests returns the result of each test.
func runCacheTests(t *testing.T, folder, base string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--no-warnings", "cli.mjs")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "npm_config_base="+base, "npm_package_config_id=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(out, &raw); err != nil {
		t.Fatalf("%v: %.300s", err, out)
	}
	results := make(map[string]string)
	for name, result := range raw {
		results[name] = string(result)
	}
	return results
}

// compare reports every test whose result the gateway changed.
func compare[R comparable](t *testing.T, plain, other map[string]R, tell func(R) string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		if plain[name] != other[name] {
			t.Errorf("%s: %s with plain Caddy, %s with the gateway", name, strings.TrimSpace(tell(plain[name])), strings.TrimSpace(tell(other[name])))
		}
	}
	t.Logf("%d tests have the same result", len(plain))
}
