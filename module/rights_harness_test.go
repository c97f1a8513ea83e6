package module_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// rightsGate is a gateway with an admin API and a store of its own.
type rightsGate struct {
	*gate
	admin string // its address
	store string // the file
}

// rightsSite is a Caddyfile whose consent block and site block the arguments
// stand for.
func rightsSite(admin, store, policy, block string) string {
	return `{
	admin ` + admin + `
	persist_config off
	auto_https off
	log default {
		level FATAL
	}
	metrics
	consent {
		store sqlite ` + store + `
		` + policy + `
	}
}
http://shop.example:{port}, http://other.example:{port} {
	bind 127.0.0.1
	` + block + `
}
`
}

const proxied = "consent\nreverse_proxy {upstream}"

func startRights(t testing.TB, policy, block string, upstream http.Handler) *rightsGate {
	t.Helper()
	store, admin := filepath.Join(t.TempDir(), "rights.db"), "127.0.0.1:"+freePort(t)
	g := start(t, rightsSite(admin, store, policy, block), upstream)
	return &rightsGate{g, admin, store}
}

// officer speaks to the admin API and reads its answer into to, if that is not nil.
func (g *rightsGate) officer(method, path, body string, to any) int {
	g.t.Helper()
	r, err := http.NewRequest(method, "http://"+g.admin+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	if text, ok := to.(*string); ok {
		*text = string(data)
	} else if to != nil {
		if err := json.Unmarshal(data, to); err != nil {
			g.t.Fatalf("%s %s: %s: %v", method, path, data, err)
		}
	}
	return response.StatusCode
}

// told is a call that a partner got.
type told struct {
	*http.Request
	body []byte
}

// partner is a third party that wants to be told of erasures.
type partner struct {
	*httptest.Server
	mu     sync.Mutex
	status int // of its answers
	calls  []told
}

func newPartner(t testing.TB, status int) *partner {
	p := &partner{status: status}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.Server.Close() })
	return p
}

func (p *partner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, told{r, body})
	w.WriteHeader(p.status)
}

func (p *partner) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// waitFor returns the calls once there are n.
func (p *partner) waitFor(t testing.TB, n int) []told {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		calls := len(p.calls)
		if calls >= n {
			defer p.mu.Unlock()
			return append([]told(nil), p.calls...)
		}
		p.mu.Unlock()
	}
	t.Fatalf("the partner was not called %d times", n)
	return nil
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// cookiesOf reads what a response does to the browser's cookies: the last field
// of a name and path that could hold the root's cookie counts.
func cookiesOf(a answer) (set map[string]string, expired map[string]bool) {
	set, expired = map[string]string{}, map[string]bool{}
	for _, c := range a.Cookies() {
		if c.Path != "/" || c.Domain != "" {
			continue
		}
		if c.MaxAge < 0 {
			expired[c.Name] = true
			delete(set, c.Name)
		} else {
			set[c.Name] = c.Value
			delete(expired, c.Name)
		}
	}
	return set, expired
}

func deadAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
