package module_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// The second pass for a range of a page goes through handlers that saw the
// request already.
func TestRangeOfPageBehindHandlers(t *testing.T) {
	for name, block := range map[string]string{
		"handle":      "handle /shop/* {\nreverse_proxy {upstream}\n}\nhandle {\nrespond none 404\n}",
		"handle_path": "handle_path /shop/* {\nreverse_proxy {upstream}\n}",
		"rewrite":     "route {\nuri replace /shop /shop/shop\nreverse_proxy {upstream}\n}",
		"header":      "request_header +X-Once 1\nreverse_proxy {upstream}",
	} {
		t.Run("route="+name, func(t *testing.T) {
			seen := make(chan string, 2)
			g := start(t, site("", "consent\n"+block), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen <- fmt.Sprint(r.URL.Path, len(r.Header["X-Once"]))
				ranged("text/html").ServeHTTP(w, r)
			}))
			a := g.get("/shop/tea", "Range", "bytes=10-20")
			if a.StatusCode != http.StatusOK {
				t.Errorf("answered %s", a.Status)
			}
			checkFiltered(t, a.body)
			close(seen)
			first := <-seen
			for again := range seen {
				if again != first {
					t.Errorf("the storefront was asked for %s, then for %s", first, again)
				}
			}
		})
	}
}

// Placeholders tell of the request as it is behind the gateway, also where its query was
// changed: routes are found by them, and headers are made of them.
func TestPlaceholdersBehind(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"page.txt", "index.txt"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := start(t, site(`consent {
		partner acme-ads {
			hosts *.acme-ads.example
			purpose advertising
			receives total
		}
	}`, `consent
	handle_path /files/* {
		root * `+root+`
		route {
			uri strip_prefix /sub
			try_files {path} /index.txt
			file_server
		}
	}
	handle /rewritten/* {
		route {
			rewrite * /v1{uri}
			reverse_proxy {upstream}
		}
	}
	handle /collect/* {
		consent {
			partner acme-ads
		}
		reverse_proxy {upstream} {
			rewrite /v2?{query}
			header_up X-Real-IP {remote_host}
			header_up X-Came {http.request.orig_uri}
			header_up X-Referer {header.Referer}
		}
	}
	reverse_proxy {upstream} {
		header_up X-Real-IP {remote_host}
		header_up X-Now {uri}
		header_up X-Came {http.request.orig_uri}
	}
	handle_errors {
		respond "{err.status_code} {uri} {http.request.orig_uri}"
	}
	handle /fail {
		error 418
	}`), echo)
	if a := g.get("/files/sub/page.txt?gclid=secret"); a.body != "page.txt" {
		t.Errorf("served %q", a.body)
	}
	if a := g.get("/fail?gclid=secret&a=1"); a.body != "418 /fail?a=1 /fail?a=1" {
		t.Errorf("the error page says %q", a.body)
	}
	const query = "?gclid=secret&total=5&lat=39.904211"
	cookie := g.grant("advertising")
	for target, want := range map[string][]string{
		"/rewritten/a": {"/v1/rewritten/a?total=5&lat=39.9\n"},
		"/other":       {"X-Real-Ip: 127.0.0.0\r\n", "X-Now: /other?total=5&lat=39.9\r\n", "X-Came: /other?total=5&lat=39.9\r\n"},
	} {
		seen := g.get(target + query).body
		for _, want := range want {
			if !strings.Contains(seen, want) || strings.Contains(seen, "secret") || strings.Contains(seen, "39.904211") {
				t.Errorf("of %s the storefront should have seen %q, and saw\n%s", target, want, seen)
			}
		}
	}
	seen := g.get("/collect/a"+query, "Cookie", cookie, "Referer", "http://shop.example/secret").body
	for _, want := range []string{"/v2?total=5\n", "X-Real-Ip: 0.0.0.0\r\n", "X-Came: /collect/a?total=5\r\n"} {
		if !strings.Contains(seen, want) || strings.Contains(seen, "secret") || strings.Contains(seen, "39.9") {
			t.Errorf("the partner should have seen %q, and saw\n%s", want, seen)
		}
	}
}

// A redirect of a partner's is judged by what the browser said, which the partner does
// not hear.
func TestRedirectsOfPartners(t *testing.T) {
	for name, block := range map[string]string{
		"own":  "consent {\npartner acme-ads\n}",
		"both": "consent\nhandle {\nconsent {\npartner acme-ads\n}\nreverse_proxy {upstream}\n}",
	} {
		t.Run("consent="+name, func(t *testing.T) {
			g := start(t, site("consent {\npartner acme-ads {\nhosts *.acme-ads.example\npurpose advertising\n}\n}", block+"\nreverse_proxy {upstream}"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://www.google-analytics.com/collect", http.StatusFound)
			}))
			a := g.get("/pixel", "Cookie", g.grant("advertising"), "Sec-Fetch-Dest", "image")
			if a.StatusCode != http.StatusNoContent {
				t.Errorf("answered %s to %s", a.Status, a.Header.Get("Location"))
			}
		})
	}
}

// What an app tells of itself in one header is judged like what it tells in a query.
func TestListsAndJSONInHeaders(t *testing.T) {
	g := start(t, bare, echo)
	cookie := g.grant("device", "location", "advertising")
	for _, test := range []struct{ given, want string }{
		{`{"imei":"490154203237518","v":3}`, `{"v":3}`},
		{"%7B%22imei%22%3A1%2C%22v%22%3A3%7D", "%7B%22v%22%3A3%7D"},
		{"imei=490154203237518; v=3", "v=3"},
		{"lat=39.904211,lng=116.407395", "lat=39.9,lng=116.4"},
		{"a=1, v=3", "a=1, v=3"},
		{`{"a":1}`, `{"a":1}`},
	} {
		for want, headers := range map[string][]string{
			test.want:  {"X-Client-Info", test.given},
			test.given: {"X-Client-Info", test.given, "Cookie", cookie},
		} {
			if seen := g.get("/", headers...).body; !strings.Contains(seen, "X-Client-Info: "+want+"\r\n") {
				t.Errorf("of %s the storefront should have seen %q, and saw\n%s", test.given, want, seen)
			}
		}
	}
}

// Several ranges come as multipart/byteranges, whose parts are the page's raw
// bytes.
func TestSeveralRangesOfPage(t *testing.T) {
	g := start(t, bare, ranged("text/html"))
	at := strings.Index(tracked, "<img")
	a := g.get("/", "Range", fmt.Sprintf("bytes=0-10, %d-%d", at, at+70))
	if a.StatusCode != http.StatusOK {
		t.Errorf("answered %s", a.Status)
	}
	checkFiltered(t, a.body)
}

// When the storefront breaks off, reverse_proxy panics on purpose, and the page
// is never closed: its goroutine waits for ever.
func TestBrokenOffPagesLeaveNothingBehind(t *testing.T) {
	whole := gzipped(tracked + strings.Repeat("<p>word</p>", 5000))
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(whole[:len(whole)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	try := func(n int) int {
		for range n {
			r, _ := http.NewRequest(http.MethodGet, "http://"+g.host+"/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			response, err := g.client().Do(r)
			if err != nil {
				continue
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		for range 100 { // the server's goroutines end after the response does
			runtime.Gosched()
			time.Sleep(2 * time.Millisecond)
		}
		return runtime.NumGoroutine()
	}
	before := try(5)
	if after := try(50); after > before+20 {
		t.Errorf("%d goroutines, and %d after 50 more pages that broke off", before, after)
	}
}

// For the same reason a failure to decode is not counted when it comes before
// the storefront's last byte.
func TestFailuresToDecodeAreCounted(t *testing.T) {
	var bomb bytes.Buffer
	w, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		_, _ = w.Write(blank)
	}
	_ = w.Close()
	for name, test := range map[string]struct {
		header string
		body   []byte
	}{
		"bomb": {"gzip", bomb.Bytes()}, "mislabelled": {"zstd", []byte(strings.Repeat(tracked, 1000))}, "truncated": {"gzip", gzipped(tracked)[:100]},
	} {
		g := startCoded(t, []string{test.header}, test.body)
		failures := func() float64 { return sum(g.series(), "consent_failures_total", `stage="encoding"`) }
		before, counted := failures(), false
		_, _ = g.tryRaw(guarded, request("GET", "/", "Accept-Encoding: gzip, zstd"))
		for range 50 { // the browser may have the response before the handler ends
			if counted = failures() == before+1; counted {
				break
			}
		}
		if !counted {
			t.Errorf("%s: the failure is not counted", name)
		}
	}
}

// Interim responses carry cookies and the storefront's words to the gateway.
func TestInterimResponsesAreFiltered(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Set-Cookie"] = []string{"_ga=canary"}
		h["Consent-Goal"] = []string{"canary"}
		h["Link"] = []string{"</a.css>; rel=preload"}
		w.WriteHeader(http.StatusEarlyHints)
		clear(h)
		h["Content-Type"] = []string{"text/plain"}
	}))
	got := g.raw(guarded, request("GET", "/"))
	if len(got.Interim) != 1 || strings.Contains(got.Interim[0], "canary") || !strings.Contains(got.Interim[0], "a.css") {
		t.Errorf("the early hints are %q", got.Interim)
	}
}

// Sums of the storefront's bytes also come as trailers.
func TestDigestTrailersOfPages(t *testing.T) {
	for contentType, want := range map[string]int{"text/html": 0, "text/plain": 3} {
		g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("Trailer", "Repr-Digest, Content-Digest")
			h.Set("Content-Type", contentType)
			_, _ = io.WriteString(w, tracked)
			h.Set("Repr-Digest", "sha-256=:AAAA:")
			h.Set("Content-Digest", "sha-256=:AAAA:")
			h.Set(http.TrailerPrefix+"Content-Md5", "AAAA")
		}))
		got := g.raw(guarded, request("GET", "/", "TE: trailers"))
		n := 0
		for _, values := range got.Trailer {
			n += len(values)
		}
		if n != want {
			t.Errorf("%s: trailers %v, want %d", contentType, got.Trailer, want)
		}
	}
}

// What stands in the field of RFC 2965 is a cookie to whoever reads it.
func TestOldCookieField(t *testing.T) {
	g := start(t, bare, echo)
	if seen := g.get("/", "Cookie", "sid=1", "Cookie2", `$Version="1"; _ga="canary"`).body; strings.Contains(seen, "canary") || !strings.Contains(seen, "sid=1") {
		t.Errorf("the storefront saw %s", seen)
	}
}

// Clients that merge trailers into the header do so with all of them.
func TestTrailersAreJudgedAsHeaders(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Trailer", "link, Refresh, X-Sum")
		h.Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "a")
		h.Set("Link", "<https://"+tracker+">; rel=preload; as=script, </own>; rel=next")
		h.Set("Refresh", "0; url=https://"+tracker)
		h.Set("X-Sum", "1")
		h.Set(http.TrailerPrefix+"Accept-CH", "Sec-CH-UA-Model")
		h.Set(http.TrailerPrefix+"X-Late", "2")
	}))
	got := g.raw(guarded, request("GET", "/", "TE: trailers"))
	want := http.Header{"Link": {"</own>; rel=next"}, "X-Sum": {"1"}, "X-Late": {"2"}}
	for name := range want {
		if !slices.Equal(got.Trailer[name], want[name]) {
			t.Errorf("the trailers are %v, want %v", got.Trailer, want)
		}
	}
	for _, name := range []string{"Refresh", "Accept-Ch"} {
		if got.Trailer[name] != nil {
			t.Errorf("the trailers are %v, want %v", got.Trailer, want)
		}
	}
}

// A 205 has no content (RFC 9110 section 15.3.6). What comes all the same is a page to
// whoever reads it.
func TestResetContentHasNone(t *testing.T) {
	upstream := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusResetContent)
		_, _ = io.WriteString(w, tracked)
	}))
	g := start(t, strings.ReplaceAll(bare, "{upstream}", upstream), nil)
	if a := g.do(http.MethodPost, "/", "a=1"); a.StatusCode != http.StatusResetContent || a.body != "" {
		t.Errorf("answered %s %q", a.Status, a.body)
	}
}

// Trailers of a request.
func TestRequestTrailers(t *testing.T) {
	seen := make(chan http.Header, 1)
	g := startTwins(t, "reverse_proxy {upstream}", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		seen <- r.Trailer
	}))
	text := request("POST", "/", "Transfer-Encoding: chunked", "Trailer: X-Device-Id, Consent, Cookie, X-Sum") +
		"1\r\nx\r\n0\r\nX-Device-Id: canary\r\nConsent: canary\r\nCookie: _ga=canary\r\nX-Sum: 1\r\n\r\n"
	g.raw(guarded, text)
	if trailer := <-seen; strings.Contains(fmt.Sprint(trailer), "canary") {
		t.Errorf("the storefront saw the trailers %v", trailer)
	}
	g.raw(guarded, request("POST", "/", "Transfer-Encoding: chunked", "Trailer: Content-Digest, X-Sum", "Content-Type: application/json")+
		"2\r\n{}\r\n0\r\nContent-Digest: 1\r\nX-Sum: 1\r\n\r\n") // of what came, not of what goes on
	if trailer := <-seen; trailer.Get("Content-Digest") != "" || trailer.Get("X-Sum") != "1" {
		t.Errorf("the storefront saw the trailers %v", trailer)
	}
}

// A partner gets no trailer, not even the name of one.
func TestTrailersTowardsPartners(t *testing.T) {
	g := start(t, site("consent {\npartner acme hosts acme.example purpose advertising receives total\n}",
		"consent\nhandle /collect/* {\nconsent {\npartner acme\n}\nreverse_proxy {upstream}\n}"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, string(body), r.Trailer, r.Header)
	}))
	got := g.raw(guarded, request("POST", "/collect/a", "Cookie: "+g.grant("advertising"), "Content-Type: application/json", "Transfer-Encoding: chunked", "Trailer: X-Canary")+
		"9\r\n{\"total\":\r\n2\r\n5}\r\n0\r\nX-Canary: canary\r\n\r\n")
	if !strings.HasPrefix(got.Body, `{"total":5}`) || strings.Contains(strings.ToLower(got.Body), "canary") {
		t.Errorf("%d: the partner got %s", got.Status, got.Body)
	}
}

// A page that shared caches may store depends on more request fields than Vary
// names: the banner's language, and whether there is a banner.
func TestVaryNamesWhatThePageDependsOn(t *testing.T) {
	g := start(t, bare, htmlPage(tracked))
	cache := &sharedCache{gate: g}
	for _, header := range []http.Header{
		{"Sec-Fetch-Dest": {"iframe"}}, {}, {"Accept-Language": {"zh-CN"}}, {"Accept-Language": {"en"}}, {"Sec-Fetch-Dest": {"empty"}}, {"Sec-Fetch-Dest": {"document"}},
	} {
		var pairs []string
		for name := range header {
			pairs = append(pairs, name, header.Get(name))
		}
		if cached, fresh := cache.get(header).body, g.get("/", pairs...).body; cached != fresh {
			t.Errorf("%v: from the cache comes\n%.800s\nand fresh\n%.800s", header, cached, fresh)
		}
	}
}

// A 304 carries the fields that the page would have (RFC 9110 section 15.4.5).
func TestNotModifiedSaysWhoMayStore(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		w.Header().Set("Repr-Digest", "sha-256=:AAAA:")
		ranged("text/html").ServeHTTP(w, r)
	}))
	for name, headers := range map[string][]string{"granted": {"Cookie", g.grant("analytics")}, "undecided": nil} {
		page := g.get("/", headers...)
		again := g.get("/", append(headers, "If-None-Match", page.Header.Get("Etag"))...)
		if again.StatusCode != http.StatusNotModified {
			t.Fatalf("answered %s", again.Status)
		}
		for _, field := range []string{"Cache-Control", "Vary", "Etag", "Repr-Digest"} {
			if !slices.Equal(page.Header[field], again.Header[field]) {
				t.Errorf("%s: %s is %q, and of the page %q", name, field, again.Header[field], page.Header[field])
			}
		}
	}
}

// Observing misses pages that are compressed, untyped, or begin with Link, and
// requests that would be answered in a partner's place.
func TestObserveCountsEverything(t *testing.T) {
	for name, header := range map[string]http.Header{
		"gzip": {"Content-Type": {"text/html"}, "Content-Encoding": {"gzip"}}, "untyped": {"Content-Type": nil},
		"link": {"Content-Type": {"text/plain"}, "Link": {"<https://www.google-analytics.com/analytics.js>; rel=preload"}},
	} {
		t.Run("body="+name, func(t *testing.T) {
			g := start(t, site("", "consent {\nmode observe\n}\nreverse_proxy {upstream}")+metricsSite, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				maps.Copy(w.Header(), header)
				body := []byte(tracked)
				if header.Get("Content-Encoding") != "" {
					body = gzipped(tracked)
				}
				_, _ = w.Write(body)
			}))
			g.get("/", "Accept-Encoding", "gzip")
			if sum(g.series(), "consent_beacons_total", `action="block"`, `partner="google-analytics"`) == 0 {
				t.Error("the tracker was not counted")
			}
		})
	}
}

// Also a site that observes must not let a client speak for the gateway.
func TestObserveDropsOwnHeaders(t *testing.T) {
	g := start(t, site("", "consent {\nmode observe\n}\nreverse_proxy {upstream}"), echo)
	if body := g.get("/", "Consent", "necessary, advertising", "Consent_Regime", "opt-out").body; strings.Contains(body, "advertising") || strings.Contains(body, "opt-out") {
		t.Errorf("the storefront saw\n%s", body)
	}
}

// A database that breaks while the gateway runs: the last good one is kept.
func TestCountriesOutliveABrokenFile(t *testing.T) {
	file := writeFile(t, "country.mmdb", string(database(t, false)))
	text := regional(true, regimes, file)
	server := newUpstream(t, echo)
	g := start(t, strings.ReplaceAll(text, "{upstream}", server), nil)
	if err := os.WriteFile(file, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.load(strings.Replace(text, "consent\n", "header X-Reloaded 1\nconsent\n", 1), server)
	g.settle()
	if body := g.get("/", "X-Forwarded-For", "114.114.114.114").body; !strings.Contains(body, "Consent-Country: CN\r\n") {
		t.Errorf("after the reload\n%s", body)
	}
}

// What a client says in the gateway's own headers is anyone's text, and stays
// out of logs.
func TestLogHoldsNoOwnHeaders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.log")
	g := start(t, site("", "log {\noutput file "+file+"\nformat filter {\nwrap json\nfields {\nrequest consent\n}\n}\n}\nconsent\nrespond ok"), nil)
	g.get("/", "Consent", "canary", "Consent_Regime", "canary")
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || bytes.Contains(data, []byte("canary")) {
		t.Errorf("%v %s", err, data)
	}
}

// What browsers take for a page: of several types the last (WHATWG Fetch,
// "extract a MIME type"), and where there is no valid one, what the body looks
// like (WHATWG MIME Sniffing, section 7).
func TestTypesAsBrowsersReadThem(t *testing.T) {
	for name, types := range map[string][]string{
		"two fields": {"text/plain", "text/html"}, "a list": {"text/plain, text/html"}, "no slash": {"html"}, "half": {"text/"}, "only parameters": {"; charset=utf-8"},
		"no semicolon": {"text/html charset=utf-8"}, "a comment": {"text/html(page)"}, "a blank within": {"text/ html"}, "in quotes": {`"text/html"`}, "one slash more": {"text/html/"},
		"a picture, perhaps": {"image/png charset=utf-8"},
	} {
		t.Run("type="+name, func(t *testing.T) {
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = types
				_, _ = io.WriteString(w, tracked)
			}))
			checkFiltered(t, g.get("/").body)
		})
	}
	// A server that fills in what type it sees does so whatever a page says of that.
	t.Run("none, not to be sniffed", func(t *testing.T) {
		upstream := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = io.WriteString(w, tracked)
		}))
		g := start(t, strings.ReplaceAll(bare, "{upstream}", upstream), nil)
		checkFiltered(t, g.get("/").body)
	})
}

// The reports that a page's headers order go to third parties.
func TestReportingHeaders(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Reporting-Endpoints", `own="/reports", main="https://www.google-analytics.com/collect"`)
		h.Set("Report-To", `{"group":"g","max_age":10,"endpoints":[{"url":"https://www.google-analytics.com/collect"}]}`)
		h.Set("NEL", `{"report_to":"g","max_age":10}`)
		h.Set("Public-Key-Pins", `pin-sha256="x"; max-age=10; report-uri="https://www.google-analytics.com/collect"`)
		h.Set("Public-Key-Pins-Report-Only", `pin-sha256="x"; report-uri="https://www.google-analytics.com/collect"`)
		h.Set("Set-Cookie2", `id="google-analytics"; Version=1`)
		h.Set("Content-Security-Policy", "default-src 'self'; report-uri https://www.google-analytics.com/collect")
		h.Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, tracked)
	}))
	for name, values := range g.get("/").Header {
		if strings.Contains(fmt.Sprint(values), "google-analytics") {
			t.Errorf("%s: %q", name, values)
		}
	}
}

// An error page is a page.
func TestErrorPagesAreFiltered(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "404.html"), []byte(tracked), 0o600); err != nil {
		t.Fatal(err)
	}
	g := start(t, site("", "root * "+root+"\nconsent\nfile_server\nhandle_errors {\nconsent\nrewrite * /404.html\nfile_server\n}"), nil)
	a := g.get("/none?gclid=1", "Cookie", g.grant("analytics"))
	if a.StatusCode != http.StatusNotFound || !strings.Contains(a.body, tracker) {
		t.Errorf("with consent answered %s %.600s", a.Status, a.body)
	}
	if a = g.get("/none?gclid=1"); a.StatusCode != http.StatusNotFound {
		t.Errorf("answered %s", a.Status)
	}
	checkFiltered(t, a.body)
}

// A compressed page's flush comes before the goroutine has judged what it is
// for.
func TestFlushOfCompressedPages(t *testing.T) {
	next := make(chan struct{})
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for i := range 30 {
			fmt.Fprintf(z, "<p>part %d</p>", i)
			_ = z.Flush()
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
		}
		_ = z.Close()
	}))
	r, _ := http.NewRequest(http.MethodGet, "http://"+g.host+"/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	client := g.client()
	client.Timeout = 5 * time.Second
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	z, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	chunk := make([]byte, 4<<10)
	for i := range 30 {
		for !strings.Contains(got.String(), fmt.Sprintf("part %d<", i)) {
			n, err := z.Read(chunk)
			got.Write(chunk[:n])
			if err != nil {
				t.Fatalf("part %d did not come: %v", i, err)
			}
		}
		next <- struct{}{}
	}
}

// TestPartOfASite: in a part of a site the gateway answers below it, also where the
// part's path is cut off.
func TestPartOfASite(t *testing.T) {
	for _, handle := range []string{"handle", "handle_path"} {
		g := start(t, site("consent {\nprefix /shop/.consent\n}", handle+" /shop/* {\nconsent\nreverse_proxy {upstream}\n}\nrespond outside"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<head></head><p>page</p>")
		}))
		script := "/shop/.consent/client.js"
		if a := g.get("/shop/page"); !strings.Contains(a.body, `src="`+script+`"`) {
			t.Errorf("%s: the page is %s", handle, a.body)
		}
		if a := g.get(script); a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%s: the script is %s", handle, a.body)
		}
		if a := g.get("/page"); a.body != "outside" {
			t.Errorf("%s: beside it %s", handle, a.body)
		}
	}
}

// TestDownloads: a page that is saved has no banner, which could decide nothing there,
// and no trackers.
func TestDownloads(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Disposition"] = r.URL.Query()["d"]
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<head></head><img src="https://www.google-analytics.com/collect">`)
	}))
	for query, saved := range map[string]bool{
		"": false, "d=": false, "d=inline": false, "d=INLINE%3Bfilename%3Da.html": false, "d=filename%3Da.html": false,
		"d=attachment": true, "d=+Attachment%3B+filename%3Da.html": true, "d=form-data%3Bname%3Da": true,
	} {
		a := g.get("/?"+query, "Sec-Fetch-Dest", "document")
		if strings.Contains(a.body, "client.js") == saved || strings.Contains(a.body, `src="https://`) {
			t.Errorf("%q gives %s", query, a.body)
		}
	}
}
