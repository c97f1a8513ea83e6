package storefront

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func ask(rec *Recorder, method, address string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, address, strings.NewReader(""))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	rec.ServeHTTP(w, r)
	return w.Result()
}

func TestRecorder(t *testing.T) {
	var rec Recorder
	before := time.Now()
	ask(&rec, "GET", "http://stats.pagelens.localhost:8082/p.gif?id=1", "Cookie", "uid=a", "Referer", "http://shop.localhost/")
	ask(&rec, "POST", "http://STATS.pagelens.localhost.:8082/collect")
	ask(&rec, "GET", "http://x.unknownpartner.localhost/u.gif")
	ask(&rec, "GET", "http://img.shopcdn.localhost:8082/images/mug.jpg") // tracks nobody
	ask(&rec, "GET", "http://127.0.0.1:8082/")                           // no tracker
	ask(&rec, "GET", "http://pagelens.localhost:8082/p.gif")             // nor that

	got := rec.Requests()
	for i := range got {
		if got[i].Time.Before(before) || got[i].Time.After(time.Now()) {
			t.Errorf("request %d came at %v", i, got[i].Time)
		}
		got[i].Time = time.Time{}
	}
	want := []Request{
		{Host: "stats.pagelens.localhost", Method: "GET", Path: "/p.gif", Query: "id=1", Referer: "http://shop.localhost/", Cookie: true},
		{Host: "stats.pagelens.localhost", Method: "POST", Path: "/collect"},
		{Host: "x.unknownpartner.localhost", Method: "GET", Path: "/u.gif"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for host, n := range map[string]int{"": 3, "stats.pagelens.localhost": 2, "x.unknownpartner.localhost": 1, "img.shopcdn.localhost": 1, "127.0.0.1": 0} {
		if rec.Count(host) != n {
			t.Errorf("%d requests to %q, want %d", rec.Count(host), host, n)
		}
	}

	res := ask(&rec, "GET", "http://127.0.0.1:8082/requests.json")
	var listed struct {
		Total    int
		Counts   map[string]int
		Requests []Request
	}
	if err := json.NewDecoder(res.Body).Decode(&listed); err != nil || listed.Total != 3 || len(listed.Requests) != 3 || listed.Counts["img.shopcdn.localhost"] != 1 {
		t.Errorf("listed as %+v, %v", listed, err)
	}

	if res := ask(&rec, "POST", "http://127.0.0.1:8082/reset", "Origin", "https://evil.example"); res.StatusCode != 403 || rec.Count("") != 3 {
		t.Errorf("another site resets: status %d", res.StatusCode)
	}
	if res := ask(&rec, "POST", "http://127.0.0.1:8082/reset"); res.StatusCode != 303 {
		t.Errorf("reset: status %d", res.StatusCode)
	}
	if len(rec.Requests()) != 0 || rec.Count("") != 0 || rec.Count("img.shopcdn.localhost") != 0 {
		t.Error("something is left after the reset")
	}
}

func TestRecorderPage(t *testing.T) {
	var rec Recorder
	read := func() string {
		var b strings.Builder
		res := ask(&rec, "GET", "http://127.0.0.1:8082/")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("status %d", res.StatusCode)
		}
		if err := res.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if page := read(); !strings.Contains(page, "<strong>0</strong> requests") || !strings.Contains(page, "Nothing yet") {
		t.Error("the page does not say that nothing came")
	}
	ask(&rec, "GET", "http://x.unknownpartner.localhost/<b>?<i>")
	page := read()
	for _, want := range []string{"<strong>1</strong> request", "&lt;b&gt;", `http-equiv="refresh"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	for _, p := range Vendors() {
		if !strings.Contains(page, "<code>"+p.Hosts[0]+"</code>") {
			t.Errorf("the page does not list %s", p.Hosts[0])
		}
	}
	if res := ask(&rec, "GET", "http://127.0.0.1:8082/nothing"); res.StatusCode != 404 {
		t.Errorf("another address: status %d", res.StatusCode)
	}
}

// TestRecorderBounds: many requests are all counted, the newest listed in order,
// and long ones cut.
func TestRecorderBounds(t *testing.T) {
	var rec Recorder
	const n = maxRecords + 700
	for i := range n {
		ask(&rec, "GET", fmt.Sprintf("http://x.unknownpartner.localhost/%d?%s", i, strings.Repeat("q", 600)))
	}
	all := rec.Requests()
	if len(all) != maxRecords || rec.Count("") != n {
		t.Fatalf("%d listed, %d counted", len(all), rec.Count(""))
	}
	for i, q := range all {
		if q.Path != fmt.Sprintf("/%d", n-maxRecords+i) || len(q.Query) != 512 {
			t.Fatalf("at %d: %s, %d bytes of query", i, q.Path, len(q.Query))
		}
	}
}

func TestRecorderConcurrently(t *testing.T) {
	var rec Recorder
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				ask(&rec, "GET", "http://cdn.heatwise.localhost/record.js")
				rec.Requests()
				rec.Count("")
			}
		})
	}
	group.Wait()
	if got := rec.Count("cdn.heatwise.localhost"); got != 400 {
		t.Errorf("%d of 400 requests", got)
	}
}

func TestTrackerResponses(t *testing.T) {
	var rec Recorder
	for _, c := range []struct {
		method, address string
		status          int
		kind            string
	}{
		{"GET", "http://stats.pagelens.localhost/lens.js", 200, "text/javascript; charset=utf-8"},
		{"GET", "http://stats.pagelens.localhost/any/pixel.gif", 200, "image/gif"},
		{"POST", "http://stats.pagelens.localhost/collect", 204, ""},
		{"OPTIONS", "http://stats.pagelens.localhost/collect", 204, ""},
		{"GET", "http://stats.pagelens.localhost/", 204, ""},
		{"GET", "http://stats.pagelens.localhost/../tailorly/reco.js", 204, ""},
		{"GET", "http://sync.bidhouse.localhost/frame.html", 200, "text/html; charset=utf-8"},
		{"GET", "http://counter.tallyboard.localhost/badge.svg", 200, "image/svg+xml"},
		{"GET", "http://tags.clicklane.localhost/offers.css", 200, "text/css; charset=utf-8"},
		{"GET", "http://video.promoreel.localhost/reel.webm", 200, "video/webm"},
		{"GET", "http://img.shopcdn.localhost/images/mug.jpg", 200, "image/jpeg"},
		{"GET", "http://img.shopcdn.localhost/pattern.svg", 200, "image/svg+xml"},
		{"GET", "http://img.shopcdn.localhost/nothing", 404, "text/plain; charset=utf-8"},
	} {
		res := ask(&rec, c.method, c.address, "Origin", "http://shop.localhost")
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s %s: got %d, %q, want %d, %q", c.method, c.address, res.StatusCode, res.Header.Get("Content-Type"), c.status, c.kind)
		}
		tracks := !strings.Contains(c.address, "shopcdn")
		if got := len(res.Cookies()) == 1; got != tracks {
			t.Errorf("%s: sets a cookie: %v", c.address, got)
		}
		if tracks && res.Header.Get("Access-Control-Allow-Origin") != "http://shop.localhost" {
			t.Errorf("%s: scripts of the shop can't reach it", c.address)
		}
	}
	if len(pixel) != 43 {
		t.Errorf("the pixel has %d bytes", len(pixel))
	}
}

// TestCookieMatch: one vendor hands its cookie to another.
func TestCookieMatch(t *testing.T) {
	res := ask(new(Recorder), "GET", "http://sync.bidhouse.localhost:8082/sync", "Cookie", "uid=abc")
	if got := res.Header.Get("Location"); res.StatusCode != 302 || got != "http://pixel.acme-ads.localhost:8082/match.gif?uid=abc" {
		t.Errorf("status %d to %s", res.StatusCode, got)
	}
}

// TestPartners: what is declared is complete and unambiguous.
func TestPartners(t *testing.T) {
	purposes := map[string]bool{}
	names, hosts := map[string]bool{}, map[string]bool{}
	for _, p := range Vendors() {
		if names[p.Name] || len(p.Hosts) == 0 || p.Does == "" || (p.Purpose == "") != (p.Country == "") {
			t.Errorf("%+v is not well declared", p)
		}
		names[p.Name] = true
		purposes[p.Purpose] = true
		for _, host := range p.Hosts {
			if hosts[host] || !strings.HasSuffix(host, ".localhost") {
				t.Errorf("the host %s of %s", host, p.Name)
			}
			hosts[host] = true
		}
	}
	for _, purpose := range []string{"necessary", "preferences", "analytics", "advertising", "personalization", ""} {
		if !purposes[purpose] {
			t.Errorf("no vendor with the purpose %q", purpose)
		}
	}
	if len(names) != 12 || len(Declared()) != 10 {
		t.Errorf("%d vendors, %d declared", len(names), len(Declared()))
	}
	for _, p := range Declared() {
		if p.Purpose == "" {
			t.Errorf("%s is not declared", p.Name)
		}
	}
	entries, _ := vendorFiles.ReadDir("vendors")
	for _, e := range entries {
		if name := path.Base(e.Name()); e.IsDir() && !names[name] {
			t.Errorf("the files of %s belong to nobody", name)
		}
	}
}
