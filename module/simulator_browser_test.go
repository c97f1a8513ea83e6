package module_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// cookies are what one browser keeps of one site, as RFC 6265bis has it, by the clock
// of the simulation.
type cookies map[string]keptCookie

type keptCookie struct {
	value string
	ends  time.Time // zero: with the browser's data
}

// take stores what a response sets. A cookie that breaks the rules of its name's
// prefix is refused.
func (j cookies) take(response *http.Response, now time.Time) {
	for _, c := range response.Cookies() {
		secure := strings.HasPrefix(c.Name, "__Secure-") || strings.HasPrefix(c.Name, "__Host-")
		if secure && !c.Secure || strings.HasPrefix(c.Name, "__Host-") && (c.Path != "/" || c.Domain != "") {
			continue
		}
		k := keptCookie{value: c.Value, ends: c.Expires}
		if c.MaxAge != 0 {
			k.ends = now.Add(time.Duration(c.MaxAge) * time.Second)
		}
		j[c.Name] = k
		if !k.ends.IsZero() && !k.ends.After(now) {
			delete(j, c.Name)
		}
	}
}

// header returns the Cookie field, and forgets what has ended.
func (j cookies) header(now time.Time) string {
	var pairs []string
	for name, c := range j {
		if !c.ends.IsZero() && !c.ends.After(now) {
			delete(j, name)
			continue
		}
		pairs = append(pairs, name+"="+c.value)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "; ")
}

// surfer is a person's browser: cookies, and tabs that hold the token of their
// page.
type surfer struct {
	jar      cookies
	agent    string
	language string
	tabs     map[int]string // to tokens
}

// newWeb returns a client for the nodes' sites, for all browsers: connections tell
// nobody apart.
func newWeb(t testing.TB) *http.Client {
	dialer := new(net.Dialer)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends a request to a node and returns the body of the answer.
func (s *surfer) ask(web *http.Client, n *node, now time.Time, method, path, referrer string, body any) string {
	n.t.Helper()
	n.setTime(now)
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			n.t.Fatal(err)
		}
		content = strings.NewReader(string(data))
	}
	r, err := http.NewRequest(method, "https://shop.example:"+n.port+path, content)
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("User-Agent", s.agent)
	r.Header.Set("Accept-Language", s.language)
	if referrer != "" {
		r.Header.Set("Referer", referrer)
	}
	if body != nil {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Content-Type", "application/json")
	} else {
		r.Header.Set("Sec-Fetch-Dest", "document")
	}
	if field := s.jar.header(now); field != "" {
		r.Header.Set("Cookie", field)
	}
	response, err := web.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 400 {
		n.t.Fatalf("%s %s: %s, %v: %s", method, path, response.Status, err, data)
	}
	s.jar.take(response, now)
	return string(data)
}

// beacon is what the script on a page sends.
type beacon struct {
	Path     string   `json:"path,omitempty"`
	From     string   `json:"from,omitempty"`
	Campaign string   `json:"campaign,omitempty"`
	Stay     *float64 `json:"stay,omitempty"`
	Token    string   `json:"token,omitempty"`
	Goal     string   `json:"goal,omitempty"`
	Value    float64  `json:"value,omitempty"`
}

// load tells that a page was loaded, or a view of one, and keeps its token.
func (s *surfer) load(web *http.Client, n *node, now time.Time, tab int, b beacon) {
	n.t.Helper()
	var answer struct{ Token string }
	text := s.ask(web, n, now, http.MethodPost, "/.consent/visit", "", b)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		n.t.Fatalf("a beacon was answered %q", text)
	}
	s.tabs[tab] = answer.Token
}

// get fetches a page.
func (s *surfer) get(web *http.Client, n *node, now time.Time, b beacon) {
	n.t.Helper()
	address := b.Path
	if b.Campaign != "" {
		address += "?" + url.Values{"utm_campaign": {b.Campaign}}.Encode()
	}
	s.ask(web, n, now, http.MethodGet, address, b.From, nil)
}

// tell sends a beacon that is not of a load.
func (s *surfer) tell(web *http.Client, n *node, now time.Time, b beacon) {
	n.t.Helper()
	s.ask(web, n, now, http.MethodPost, "/.consent/visit", "", b)
}

// decide grants purposes on the page for it.
func (s *surfer) decide(web *http.Client, n *node, now time.Time, purposes ...string) {
	n.t.Helper()
	s.ask(web, n, now, http.MethodPut, "/.consent/state", "", map[string][]string{"granted": append([]string{}, purposes...)})
}

func (s *surfer) withdraw(web *http.Client, n *node, now time.Time) {
	n.t.Helper()
	s.ask(web, n, now, http.MethodDelete, "/.consent/state", "", struct{}{})
}

// clear forgets what the browser holds of the site. Tabs stay open.
func (s *surfer) clear() { clear(s.jar) }
