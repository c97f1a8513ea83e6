package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An operator makes keys, runs a gateway with them, rotates them, and no visitor is
// asked again.
func TestKeysOfARunningGateway(t *testing.T) {
	folder := t.TempDir()
	keys, config := filepath.Join(folder, "keys"), filepath.Join(folder, "Caddyfile")
	gateway, admin := freeAddress(t), freeAddress(t)
	if out, err := program(t, "consent", "keys", "new", "--dir", keys); err != nil || !strings.Contains(out, "keys "+keys) {
		t.Fatalf("%v: %s", err, out)
	}
	text := "{\n\tadmin " + admin + "\n\tpersist_config off\n\tauto_https off\n\tconsent {\n\t\tkeys " + keys + "\n\t\tstore sqlite " + filepath.Join(folder, "fairway.db") +
		"\n\t\tledger checkpoint " + filepath.Join(folder, "checkpoints.jsonl") +
		"\n\t}\n}\nhttp://" + gateway + " {\n\tconsent\n\trespond {http.consent.granted}\n}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, gateway, "run", "--config", config)
	grant := func() *http.Cookie {
		t.Helper()
		r, err := http.NewRequest(http.MethodPut, "http://"+gateway+"/.consent/state", strings.NewReader(`{"granted":["analytics"]}`))
		if err != nil {
			t.Fatal(err)
		}
		response, err := local.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		cookies := response.Cookies()
		if response.StatusCode != http.StatusOK || len(cookies) == 0 {
			t.Fatalf("granting: %s, %v", response.Status, cookies)
		}
		return cookies[0]
	}
	var given []*http.Cookie
	for n := range 4 {
		given = append(given, grant())
		for i, c := range given {
			if body, _ := get(t, "http://"+gateway+"/", "Cookie", c.Name+"="+c.Value); body != "necessary, analytics" {
				t.Errorf("after %d rotations the consent of key %d is %q", n, i, body)
			}
		}
		if out, err := program(t, "consent", "keys", "rotate", "--config", config); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if out, err := program(t, "reload", "--config", config, "--force", "--address", admin); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	// The command takes a recorded consent for what it is, with the keys of the house.
	recorded := filepath.Join(folder, "request.txt")
	request := "GET / HTTP/1.1\nHost: " + gateway + "\nCookie: _ga=canary; " + given[0].Name + "=" + given[0].Value + "\n\n"
	if err := os.WriteFile(recorded, []byte(request), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := program(t, "consent", "explain", "--config", config, recorded)
	if err != nil || !strings.Contains(out, "necessary, analytics (the visitor's own choice)") || strings.Contains(out, "canary") || strings.Contains(out, given[0].Value) {
		t.Errorf("%v: %s", err, out)
	}
}

// serve starts the program and waits until it answers.
func serve(t *testing.T, address string, args ...string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for range 300 {
		if response, err := local.Get("http://" + address + "/"); err == nil {
			_ = response.Body.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the gateway does not answer")
}

// What curl shows of the sample shop is explained.
func TestExplainCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	d := startDemo(t)
	cmd := exec.Command(curl, "-vs", "-H", "Cookie: sid=canary1; _ga=canary2", "-H", "X-Device-Id: canary3", "http://"+d.shop+"/?idfa=canary4")
	shown, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, shown)
	}
	recorded := filepath.Join(t.TempDir(), "curl.txt")
	if err := os.WriteFile(recorded, shown, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := program(t, "consent", "explain", "--site", "http://shop.localhost", recorded)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"_ga", "X-Device-Id", "device-id: no consent to device", "set-cookie", "pixel.acme-ads.localhost", "undeclared"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "canary") {
		t.Errorf("a value is shown:\n%s", out)
	}
}

// The sample shop is scanned with and without the gateway.
func TestScanDemo(t *testing.T) {
	d := startDemo(t)
	scanned := func(address string, args ...string) (hosts, cookies string) {
		t.Helper()
		cmd := exec.Command(binary, append([]string{"consent", "scan", address, "--json", "--pages", "2"}, args...)...)
		home := t.TempDir()
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
		cmd.Stderr = io.Discard
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", address, err, out)
		}
		var report struct {
			Cookies  []struct{ Name string }
			Partners []struct{ Hosts []string }
		}
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatal(err)
		}
		for _, c := range report.Cookies {
			cookies += c.Name + " "
		}
		for _, p := range report.Partners {
			hosts += strings.Join(p.Hosts, " ") + " "
		}
		return hosts, cookies
	}
	const tracker = "pixel.acme-ads.localhost"
	if hosts, cookies := scanned("http://" + d.shop); !strings.Contains(hosts, tracker) || !strings.Contains(cookies, "promo_seen") {
		t.Errorf("the shop itself has %s and %s", hosts, cookies)
	}
	if hosts, cookies := scanned(d.url("/")); strings.Contains(hosts, tracker) || strings.Contains(cookies, "promo_seen") {
		t.Errorf("behind the gateway it has %s and %s", hosts, cookies)
	}
	if hosts, _ := scanned(d.url("/"), "--consent", "all"); !strings.Contains(hosts, tracker) {
		t.Errorf("with consent to all it has %s", hosts)
	}
}
