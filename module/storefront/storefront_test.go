package storefront

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// visitor is a browser without JavaScript: it keeps cookies and does not follow
// redirects by itself.
type visitor struct {
	t      *testing.T
	client *http.Client
	base   string
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	server := httptest.NewServer(New(Trackers{Port: "8082"}))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, server.URL}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	text string
}

// send makes a request; headers are pairs of name and value.
func (v *visitor) send(method, path string, body io.Reader, headers ...string) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{res, string(text)}
}

func (v *visitor) get(path string, headers ...string) answer {
	v.t.Helper()
	return v.send(http.MethodGet, path, nil, headers...)
}

// post sends a form with the visitor's form token; fields are pairs.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	if v.cookie("csrf") == "" {
		v.get("/login")
	}
	form := url.Values{"csrf": {v.cookie("csrf")}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.send(http.MethodPost, path, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

func (v *visitor) cookie(name string) string {
	u, _ := url.Parse(v.base)
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (a answer) want(t *testing.T, status int, location string) answer {
	t.Helper()
	if a.StatusCode != status || !strings.HasPrefix(a.Header.Get("Location"), location) {
		t.Fatalf("%s %s: got %d to %q, want %d to %q", a.Request.Method, a.Request.URL.Path,
			a.StatusCode, a.Header.Get("Location"), status, location)
	}
	return a
}

func Example() {
	var recorder Recorder
	trackers := httptest.NewServer(&recorder)
	defer trackers.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(trackers.URL, "http://"), ":")

	shop := httptest.NewServer(New(Trackers{Port: port}))
	defer shop.Close()

	// Load what a page's first pixel points to, as a browser would.
	page, _ := http.Get(shop.URL + "/")
	html, _ := io.ReadAll(page.Body)
	page.Body.Close()
	pixel := Trackers{Port: port}.URL("x.unknownpartner.localhost", "/u.gif")
	fmt.Println("names the tracker:", strings.Contains(string(html), pixel))

	r, _ := http.NewRequest(http.MethodGet, trackers.URL+"/u.gif", nil)
	r.Host = "x.unknownpartner.localhost:" + port
	gif, _ := http.DefaultClient.Do(r)
	gif.Body.Close()
	for _, q := range recorder.Requests() {
		fmt.Println(q.Method, q.Host, q.Path)
	}
	// Output:
	// names the tracker: true
	// GET x.unknownpartner.localhost /u.gif
}
