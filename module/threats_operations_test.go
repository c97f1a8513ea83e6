package module_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// TestThreat54Beacons: no network's beacons count without a bound, and none is
// read past a bound; the answer tells nobody which ones count.
func TestThreat54Beacons(t *testing.T) {
	g := start(t, bare+metricsSite, echo)
	client := g.client()
	client.Transport.(*http.Transport).DisableKeepAlives = false
	load := func(body io.Reader) int {
		r, _ := http.NewRequest("POST", "http://"+g.host+"/.consent/visit", body)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		return response.StatusCode
	}
	const sent, burst, rate = 1500, 500, 50 // of one network: at once, and in a second
	begun := time.Now()
	for range sent {
		if status := load(strings.NewReader(`{"path":"/"}`)); status != http.StatusOK {
			t.Fatalf("a beacon is answered by %d", status)
		}
	}
	most := burst + rate*(time.Since(begun).Seconds()+1)
	if counted := sum(g.series(), "consent_page_loads_total"); counted < burst || counted > most {
		t.Errorf("of %d beacons of one network %v count, at most %v should", sent, counted, most)
	}
	long := `{"path":"/"}` + strings.Repeat(" ", 64<<10) // what is cut off would not be missed
	if status := load(strings.NewReader(long)); status != http.StatusBadRequest {
		t.Errorf("a beacon of %d bytes is answered by %d", len(long), status)
	}
	if sum(g.series(), "consent_failures_total", `stage="beacon"`) != 1 {
		t.Error("the long beacon is not counted as a failure")
	}
}

// TestThreat55Configuration: what Caddy shows and saves of the configuration
// refers to secrets and holds none.
func TestThreat55Configuration(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	t.Setenv("FAIRWAY_SECRETS", keys)
	admin := "127.0.0.1:" + freePort(t)
	store := filepath.Join(t.TempDir(), "fairway.db")
	text := site("consent {\nkeys {env.FAIRWAY_SECRETS}\nstore sqlite "+store+"\n}", "consent\nrespond ok")
	g := start(t, strings.Replace(text, "admin off", "admin "+admin, 1), nil)
	g.grant("analytics") // with a key
	shown := configOf(t, admin)
	if !strings.Contains(shown, `"keys":"{env.FAIRWAY_SECRETS}"`) {
		t.Errorf("the configuration is %s", shown)
	}
	files, err := filepath.Glob(filepath.Join(keys, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("keys: %v, %v", files, err)
	}
	key, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(string(key)))
	for _, form := range []string{strings.TrimSpace(string(key)), string(raw), fmt.Sprintf("%x", raw), keys} {
		if strings.Contains(shown, form) {
			t.Error("the configuration holds a secret")
		}
	}
	for _, name := range append(files, keys, store, store+"-wal") {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v; others can read it", name, info.Mode(), err)
		}
	}
}

// TestThreat56Failures: where things fail nothing of the visitor is in what Caddy
// logs: a storefront that is down, a handler that panics, a database that is gone.
func TestThreat56Failures(t *testing.T) {
	log := filepath.Join(t.TempDir(), "caddy.log")
	text := strings.Replace(site("consent {\nstore sqlite {store}\n}",
		"log {\n{output}\n}\nconsent\nhandle /down {\nreverse_proxy 127.0.0.1:1\n}\nhandle {\nreverse_proxy {upstream}\n}"), "level ERROR", "{output}", 1)
	filter := "output file " + log + "\nformat filter {\nwrap json\nfields {\nrequest consent\nresp_headers consent\n}\n}"
	folder := t.TempDir()
	text = strings.NewReplacer("{output}", filter, "{store}", filepath.Join(folder, "fairway.db")).Replace(text)
	g := start(t, text, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "broken off")
		panic(http.ErrAbortHandler)
	}))
	canaried := func(method, path, body string) {
		conn := g.dial()
		fmt.Fprintf(conn, "%s %s?email=canary&q=canary HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nCookie: sid=canary; consent=canary\r\n"+
			"Referer: http://shop.example/canary-page?x=canary\r\nUser-Agent: Mozilla/5.0\r\nX-Device-Id: canary\r\nX-Forwarded-For: 203.0.113.77\r\n"+
			"Authorization: Bearer canary\r\nX-Csrf-Token: canary\r\nIf-None-Match: \"canary\"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, g.host, len(body), body)
		_, _ = io.Copy(io.Discard, conn)
	}
	canaried("GET", "/down", "")
	canaried("GET", "/broken", "")
	canaried("POST", "/", `{"imei":"canary`)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	canaried("PUT", "/.consent/state", `{"granted":["analytics"]}`)
	canaried("POST", "/.consent/request", `kind=access&contact=canary`)
	written, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(written), "/down") {
		t.Fatalf("%v: the log is %s", err, written)
	}
	clean := strings.ReplaceAll(string(written), "canary-page", "") // a path says nothing of a person
	for _, secret := range []string{"canary", "203.0.113.77", `"remote_ip":"127.0.0.1"`, `"client_ip":"127.0.0.1"`} {
		if i := strings.Index(strings.ToLower(clean), secret); i >= 0 {
			t.Errorf("the log holds %s: ...%s...", secret, clean[max(0, i-200):min(len(clean), i+100)])
		}
	}
}

// TestThreat56Errors: what handlers quote of a request in their errors, and net/http of
// an answer that it can't read, is in no log; the rest of the text is.
func TestThreat56Errors(t *testing.T) {
	for _, mode := range []string{"enforce", "observe"} {
		log := filepath.Join(t.TempDir(), "caddy.log")
		text := strings.Replace(site("", "consent {\nmode "+mode+"\n}\nhandle /err/* {\nerror \"no {uri} and {path} and {query.q}\" 500\n}\nhandle {\nreverse_proxy {upstream}\n}"),
			"level ERROR", "output file "+log+"\nformat filter {\nwrap json\nfields {\nrequest consent\n}\n}", 1)
		g := start(t, text, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, map[string]string{
				"/line": "HTTP/1.1 200 canary\r\nSet-Cookie sid=canary\r\n\r\n", "/status": "canary canary\r\n\r\n",
				"/length": "HTTP/1.1 200 OK\r\nContent-Length: canary\r\n\r\n",
			}[r.URL.Path])
			_ = conn.Close()
		}))
		for _, path := range []string{
			"/err/canary@shop.example/x?q=canary%20and%20more&r=canaryor", "/err/canary%40shop.example/%2B8613812345678", "/err/y?n", "/line", "/status", "/length",
		} {
			if a := g.get(path); a.StatusCode < 500 {
				t.Errorf("%s is answered by %s", path, a.Status)
			}
		}
		if err := caddy.Stop(); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canary", "13812345678"} {
			if i := strings.Index(string(written), secret); i >= 0 {
				t.Errorf("mode %s: the log holds ...%s...", mode, written[max(0, i-200):min(len(written), i+100)])
			}
		}
		for _, want := range []string{"no /err/REDACTED/x?REDACTED and /err/REDACTED/x and REDACTED", "no /err/y?REDACTED and /err/y and ", `malformed MIME header: missing colon"`, `malformed HTTP status code"`} {
			if !strings.Contains(string(written), want) {
				t.Errorf("mode %s: the log lacks %s:\n%s", mode, want, written)
			}
		}
	}
}

// panics is a handler that panics with what the visitor sent.
type panics struct{}

func (panics) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.panics", New: func() caddy.Module { return panics{} }}
}

func (panics) ServeHTTP(_ http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	panic(r.RequestURI)
}

func init() {
	caddy.RegisterModule(panics{})
	httpcaddyfile.RegisterHandlerDirective("panics", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return panics{}, nil
	})
}

// TestThreat56BrokenConnections: where a connection breaks off the errors of networks
// tell both ends, and one of them is the visitor. Where a handler panics net/http does.
func TestThreat56BrokenConnections(t *testing.T) {
	for _, mode := range []string{"enforce", "observe"} {
		t.Run("mode="+mode, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "caddy.log")
			text := strings.Replace(site("", "consent {\nmode "+mode+"\n}\nhandle /panic {\nroute {\npanics\n}\n}\nhandle {\nreverse_proxy {upstream}\n}"),
				"level ERROR", "output file "+log+"\nformat filter {\nwrap json\nfields {\nrequest consent\n}\n}", 1)
			reading, done := make(chan struct{}, 1), make(chan struct{}, 2)
			g := start(t, text, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { done <- struct{}{} }()
				if r.Method == http.MethodPost {
					_, _ = io.ReadFull(r.Body, make([]byte, 1))
					reading <- struct{}{}
					_, _ = io.Copy(io.Discard, r.Body)
					return
				}
				w.Header().Set("Content-Type", "application/octet-stream")
				for r.Context().Err() == nil {
					_, _ = w.Write(make([]byte, 1<<16))
				}
			}))
			var visitors []string
			begin := func(request string) *net.TCPConn {
				// The gateway itself may ask the storefront from the same port, but not from there.
				conn := g.dialFrom("127.0.0.9").(*net.TCPConn)
				visitors = append(visitors, conn.LocalAddr().String())
				fmt.Fprintf(conn, request, g.host)
				return conn
			}
			breakOff := func(conn *net.TCPConn) {
				_ = conn.SetLinger(0)
				_ = conn.Close()
				<-done
			}
			for range 10 { // Caddy logs what broke off, unless it hears first that the visitor has left
				download := begin("GET /down HTTP/1.1\r\nHost: %s\r\n\r\n")
				_, _ = io.ReadFull(download, make([]byte, 1000))
				breakOff(download)
				upload := begin("POST /up HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n" + `{"a":[` + strings.Repeat("1,", 50000))
				<-reading
				breakOff(upload)
			}
			_, _ = io.Copy(io.Discard, begin("GET /panic?canary HTTP/1.1\r\nHost: %s\r\n\r\n"))
			if err := caddy.Stop(); err != nil {
				t.Fatal(err)
			}
			written, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(written); !strings.Contains(text, "a handler panicked") || !strings.Contains(text, "/down") && !strings.Contains(text, "/up") {
				t.Errorf("the log lacks what failed: %s", text)
			}
			for _, secret := range append(visitors, "canary") {
				if strings.Contains(string(written), secret) {
					t.Errorf("the log holds %s: %s", secret, written)
				}
			}
		})
	}
}

// TestThreat36OwnBodies: what the gateway answers itself it reads within a bound.
func TestThreat36OwnBodies(t *testing.T) {
	g := start(t, bare, echo)
	long := `{"granted":["analytics"]` + strings.Repeat(" ", 64<<10) + `}`
	if got := g.do("PUT", "/.consent/state", long, "Content-Type", "application/json"); got.StatusCode != http.StatusRequestEntityTooLarge || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("a decision of %d bytes is answered by %s: %v", len(long), got.Status, got.Header)
	}
	form := "choice=accept&x=" + strings.Repeat("x", 64<<10)
	if got := g.do("POST", "/.consent/", form, "Content-Type", "application/x-www-form-urlencoded"); got.StatusCode < 400 || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("a form of %d bytes is answered by %s: %v", len(form), got.Status, got.Header)
	}
}
