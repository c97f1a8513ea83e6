package module_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/fairwaygate/fairway"
)

// TestMain gives the tests a home of their own, so that no key or database of
// the machine's user is touched.
func TestMain(m *testing.M) {
	if file := os.Getenv(nodeVariable); file != "" {
		if err := serveNode(file, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	home, err := os.MkdirTemp("", "fairway")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"} {
		if err := os.Setenv(name, home); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	caddy.DefaultStorage.Path = caddy.AppDataDir() // which was read before
	code := m.Run()
	_ = caddy.Stop()
	_ = os.RemoveAll(home)
	os.Exit(code)
}

// gate is a running gateway.
type gate struct {
	t    testing.TB
	port string
	// Host is sent as the request's host, with the port.
	host string
	// Upstream is the address of the server behind it.
	upstream string
	// Reloaded is when the configuration was last replaced.
	reloaded time.Time
}

// start runs a Caddyfile whose {port} and {upstream} are filled in. Only one
// gateway runs at a time in a process.
func start(t testing.TB, caddyfile string, upstream http.Handler) *gate {
	t.Helper()
	behind := ""
	if upstream != nil {
		server := httptest.NewServer(upstream)
		t.Cleanup(server.Close)
		behind = strings.TrimPrefix(server.URL, "http://")
	}
	g := &gate{t: t, port: freePort(t)}
	g.host = "shop.example:" + g.port
	g.upstream = behind
	g.load(caddyfile, behind)
	t.Cleanup(func() { _ = caddy.Stop() })
	return g
}

// load replaces the running configuration.
func (g *gate) load(text, upstream string) {
	g.t.Helper()
	if err := g.tryLoad(text, upstream); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gate) tryLoad(text, upstream string) error {
	text = strings.NewReplacer("{port}", g.port, "{upstream}", upstream).Replace(text)
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return err
	}
	err = caddy.Load(config, true)
	g.reloaded = time.Now()
	return err
}

// dropped reports whether a connection was lost because the old configuration's
// listener closed with it in its queue, as any Caddy's does after a reload. No
// handler has seen its request then.
func (g *gate) dropped(err error) bool {
	return time.Since(g.reloaded) < 2*time.Second && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET))
}

// site is a Caddyfile with one site, for whose block and global options the
// arguments stand.
func site(global, block string) string {
	return `{
	admin off
	persist_config off
	auto_https off
	log default {
		level ERROR
	}
	` + global + `
}
http://shop.example:{port} {
	bind 127.0.0.1
	` + block + `
}
`
}

// bare is the smallest site.
var bare = site("", "consent\nreverse_proxy {upstream}")

func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// client speaks to the gateway whatever the URL's host is, follows no redirect
// and undoes no coding.
func (g *gate) client() *http.Client {
	dialer := new(net.Dialer)
	return &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableCompression: true,
			DisableKeepAlives:  true,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, "127.0.0.1:"+g.port)
			},
		},
	}
}

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body string
}

// do sends a request. Headers are pairs of name and value.
func (g *gate) do(method, path, body string, headers ...string) answer {
	g.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, "http://"+g.host+path, reader)
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if strings.EqualFold(headers[i], "Host") {
			r.Host = headers[i+1]
			continue
		}
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1])
	}
	response, err := g.client().Do(r)
	if g.dropped(err) {
		return g.do(method, path, body, headers...)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatalf("%s %s: reading the body: %v", method, path, err)
	}
	return answer{response, string(data)}
}

func (g *gate) get(path string, headers ...string) answer {
	g.t.Helper()
	return g.do(http.MethodGet, path, "", headers...)
}

// grant decides through the API and returns the Cookie header that holds it.
func (g *gate) grant(purposes ...string) string {
	g.t.Helper()
	body := `{"granted":["` + strings.Join(purposes, `","`) + `"]}`
	if len(purposes) == 0 {
		body = `{"granted":[]}`
	}
	a := g.do(http.MethodPut, "/.consent/state", body)
	if a.StatusCode != http.StatusOK {
		g.t.Fatalf("granting %v: %s: %s", purposes, a.Status, a.body)
	}
	for _, c := range a.Cookies() {
		if c.Name == "consent" {
			return "consent=" + c.Value
		}
	}
	g.t.Fatalf("granting %v: no consent cookie in %v", purposes, a.Header)
	return ""
}

// echo answers with the request as the storefront saw it.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%s %s\n", r.Method, r.RequestURI)
	_ = r.Header.Write(w)
})

// htmlPage answers with a page.
func htmlPage(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	})
}

func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
