package module_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// tracked is a page that fetches from a third party, which the name of tracker
// tells.
const (
	tracked = "<!doctype html><html><head><title>Shop</title></head><body><p>green tea</p>" +
		`<img src="https://www.google-analytics.com/collect?v=1"><p>black tea</p></body></html>`
	tracker = "google-analytics.com/collect"
)

// checkFiltered reports a page that still fetches from the tracker, or that has
// lost its own words.
func checkFiltered(t *testing.T, page string) {
	t.Helper()
	if strings.Contains(page, tracker) {
		t.Errorf("the tracker passed: %.2000s", page)
	}
	if !strings.Contains(page, "<p>green tea</p>") || !strings.Contains(page, "<p>black tea</p>") || !strings.HasSuffix(page, "</body></html>") {
		t.Errorf("the page lost something: %.2000s", page)
	}
}

// metricsSite serves the metrics under a host of its own.
const metricsSite = `
http://metrics.example:{port} {
	bind 127.0.0.1
	metrics /metrics
}
`

// series reads the gateway's metrics: the series with its labels, and its value.
func (g *gate) series() map[string]float64 {
	g.t.Helper()
	found := make(map[string]float64)
	for line := range strings.Lines(g.get("/metrics", "Host", "metrics.example:"+g.port).body) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || !strings.HasPrefix(line, "consent_") {
			continue
		}
		if n, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			found[line[:at]] = n
		}
	}
	return found
}

// sum adds up the series of a name whose labels hold all of the texts.
func sum(series map[string]float64, name string, labels ...string) (total float64) {
	for key, value := range series {
		if strings.HasPrefix(key, name+"{") && !slices.ContainsFunc(labels, func(label string) bool { return !strings.Contains(key, label) }) {
			total += value
		}
	}
	return total
}

func TestThreat19LinkAndRefreshHeaders(t *testing.T) {
	h := http.Header{
		"Link": {
			"<https://www.google-analytics.com/analytics.js>; rel=preload; as=script", `</a.css>; rel="preload", <https://connect.facebook.net/x.js>;rel=preload`,
			"<https://undeclared-cdn.net/x>; rel=preconnect", "<//www.google-analytics.com>; rel=dns-prefetch", "<https://doubleclick.net/a>; rel=author",
		},
		"Refresh": {"0; url=https://www.google-analytics.com/collect"},
	}
	want := []string{`</a.css>; rel="preload", <https://doubleclick.net/a>; rel=author`}
	for name, contentType := range map[string]string{"page": "text/html", "text": "text/plain"} {
		t.Run("body="+name, func(t *testing.T) {
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				maps.Copy(w.Header(), h.Clone())
				w.WriteHeader(http.StatusEarlyHints)
				w.Header().Set("Content-Type", contentType)
				_, _ = io.WriteString(w, "x")
			}))
			got := g.raw(guarded, request("GET", "/"))
			if !slices.Equal(got.Header["Link"], want) || got.Header["Refresh"] != nil {
				t.Errorf("Link: %q, Refresh: %q", got.Header["Link"], got.Header["Refresh"])
			}
			if len(got.Interim) != 1 || strings.Contains(got.Interim[0], "google") || strings.Contains(got.Interim[0], "facebook") || !strings.Contains(got.Interim[0], "a.css") {
				t.Errorf("the early hints are %q", got.Interim)
			}
		})
	}
}

// codecs are the content codings, by their names.
var codecs = map[string]struct {
	encode func(io.Writer) io.WriteCloser
	decode func(io.Reader) (io.Reader, error)
}{
	"gzip":    {func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	"deflate": {func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
	"br":      {func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
	"zstd": {
		func(w io.Writer) io.WriteCloser { e, _ := zstd.NewWriter(w); return e },
		func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	},
}

// coded applies codings, the first named first.
func coded(text string, names ...string) []byte {
	data := []byte(text)
	for _, name := range names {
		var b bytes.Buffer
		w := codecs[name].encode(&b)
		_, _ = w.Write(data)
		_ = w.Close()
		data = b.Bytes()
	}
	return data
}

// decoded undoes what a response's Content-Encoding says.
func decoded(a answer) (string, error) {
	var r io.Reader = strings.NewReader(a.body)
	names := strings.FieldsFunc(strings.Join(a.Header["Content-Encoding"], ","), func(c rune) bool { return c == ',' || c == ' ' })
	for _, name := range slices.Backward(names) {
		if name == "identity" {
			continue
		}
		codec, ok := codecs[strings.TrimPrefix(strings.ToLower(name), "x-")]
		if !ok {
			return a.body, fmt.Errorf("coding %q", name)
		}
		var err error
		if r, err = codec.decode(r); err != nil {
			return "", err
		}
	}
	data, err := io.ReadAll(r)
	return string(data), err
}

// startCoded runs a site whose storefront sends a body with a Content-Encoding,
// in small writes.
func startCoded(t *testing.T, header []string, body []byte) *gate {
	t.Helper()
	return start(t, bare+metricsSite, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header()["Content-Encoding"] = header
		for chunk := range slices.Chunk(body, 1000) {
			_, _ = w.Write(chunk)
		}
	}))
}

func TestThreat25ContentCodings(t *testing.T) {
	for name, test := range map[string]struct {
		header []string
		layers []string
	}{
		"none":          {nil, nil},
		"identity":      {[]string{"identity"}, nil},
		"gzip":          {[]string{"gzip"}, []string{"gzip"}},
		"br":            {[]string{"br"}, []string{"br"}},
		"zstd":          {[]string{"zstd"}, []string{"zstd"}},
		"deflate":       {[]string{"deflate"}, []string{"deflate"}},
		"upper case":    {[]string{"GZip"}, []string{"gzip"}},
		"old name":      {[]string{"x-gzip"}, []string{"gzip"}},
		"two layers":    {[]string{"gzip, br"}, []string{"gzip", "br"}},
		"in two fields": {[]string{"zstd", "gzip"}, []string{"zstd", "gzip"}},
		"same twice":    {[]string{"gzip,gzip"}, []string{"gzip", "gzip"}},
		"with identity": {[]string{"identity, br ,"}, []string{"br"}},
		"mistaken":      {[]string{"none"}, nil},
		"a charset":     {[]string{"UTF-8, gzip"}, []string{"gzip"}},
	} {
		t.Run("coding="+name, func(t *testing.T) {
			a := startCoded(t, test.header, coded(tracked, test.layers...)).get("/", "Accept-Encoding", "gzip, br, zstd, deflate")
			if len(test.layers) == 0 {
				delete(a.Header, "Content-Encoding") // which says nothing
			}
			page, err := decoded(a)
			if err != nil {
				t.Fatalf("%v: %v", a.Header["Content-Encoding"], err)
			}
			checkFiltered(t, page)
		})
	}
}

// TestThreat25AsBrowsersDecode: what browsers read in spite of a mistake is read, and
// with it the page is whole.
func TestThreat25AsBrowsersDecode(t *testing.T) {
	zipped, long := coded(tracked, "gzip"), bytes.Repeat([]byte("\r\n"), 200<<10)
	for name, test := range map[string]struct {
		coding string
		body   []byte
	}{
		"deflate without zlib": {"deflate", coded(tracked, "deflate")[2:]},
		"text after gzip":      {"gzip", append(bytes.Clone(zipped), tracked...)},
		"zeros after gzip":     {"gzip", append(bytes.Clone(zipped), make([]byte, 20)...)},
		"one byte after gzip":  {"gzip", append(bytes.Clone(zipped), '\n')},
		"much after gzip":      {"gzip", append(bytes.Clone(zipped), long...)},
		"much after deflate":   {"deflate", append(coded(tracked, "deflate"), long...)},
		"half a second member": {"gzip", append(bytes.Clone(zipped), zipped[:5]...)},
	} {
		t.Run("coding="+name, func(t *testing.T) {
			a := startCoded(t, []string{test.coding}, test.body).get("/", "Accept-Encoding", "gzip")
			page, err := decoded(a)
			if err != nil {
				t.Fatal(err)
			}
			checkFiltered(t, page)
		})
	}
	// A file of several members is all of them.
	a := startCoded(t, []string{"gzip"}, slices.Concat(coded("<p>one", "gzip"), coded("<p>two", "gzip"), coded(tracked, "gzip"))).get("/", "Accept-Encoding", "gzip")
	if page, err := decoded(a); err != nil || !strings.Contains(page, "<p>one<p>two") || strings.Contains(page, tracker) {
		t.Errorf("%v: three members became\n%s", err, page)
	}
}

// TestThreat25BrokenOff: of a page that can't be decoded to its end the browser gets
// what came before, and sees that it is not the whole.
func TestThreat25BrokenOff(t *testing.T) {
	zipped := coded(tracked+strings.Repeat("<p>x", 1000), "gzip")
	got := startCoded(t, []string{"gzip"}, zipped[:len(zipped)-6]).raw(guarded, request("GET", "/", "Accept-Encoding: gzip"))
	page, err := decoded(answer{&http.Response{Header: got.Header}, got.Body})
	if !got.Broken || err != nil || !strings.Contains(page, "<p>x") {
		t.Errorf("broken: %t, %v, %.300q", got.Broken, err, page)
	}
}

// TestThreat25Undecodable: a page that can't be read is not passed on, or only
// with a policy that keeps it to its own origin.
func TestThreat25Undecodable(t *testing.T) {
	zipped := coded(tracked, "gzip")
	corrupt := bytes.Clone(zipped)
	corrupt[len(corrupt)/2] ^= 0xff
	for name, test := range map[string]struct {
		header []string
		body   []byte
	}{
		"unknown":        {[]string{"exi"}, []byte(tracked)},
		"unknown within": {[]string{"gzip, x-own"}, zipped},
		"unknown beyond": {[]string{"x-own, gzip"}, zipped},
		"three layers":   {[]string{"gzip, gzip, gzip"}, coded(tracked, "gzip", "gzip", "gzip")},
		"mislabelled":    {[]string{"gzip"}, []byte(tracked)},
		"br as gzip":     {[]string{"gzip"}, coded(tracked, "br")},
		"plain as br":    {[]string{"br"}, []byte(tracked)},
		"plain as zstd":  {[]string{"zstd"}, []byte(tracked)},
		"corrupt":        {[]string{"gzip"}, corrupt},
		"truncated":      {[]string{"gzip"}, zipped[:len(zipped)-12]},
	} {
		t.Run("coding="+name, func(t *testing.T) {
			g := startCoded(t, test.header, test.body)
			got, err := g.tryRaw(guarded, request("GET", "/", "Accept-Encoding: gzip, br, zstd, deflate"))
			if err != nil {
				return // cut off before anything was sent
			}
			page, _ := decoded(answer{&http.Response{Header: got.Header}, got.Body})
			policy := strings.Join(got.Header["Content-Security-Policy"], ",")
			if strings.Contains(got.Body+page, tracker) && !strings.Contains(policy, "default-src 'self'") {
				t.Errorf("the tracker passed: %+v", got)
			}
			if got.Status != 200 {
				t.Errorf("answered %d", got.Status)
			}
		})
	}
}

// TestThreat25Unread: what is coded in a way that is not known, or more than twice,
// stays as it is and is kept to its own origin.
func TestThreat25Unread(t *testing.T) {
	for header, body := range map[string][]byte{
		"exi":              []byte(tracked),
		"gzip, x-own":      coded(tracked, "gzip"),
		"gzip, gzip, gzip": coded(tracked, "gzip", "gzip", "gzip"), // costs a sender little and the gateway much
	} {
		got := startCoded(t, []string{header}, body).get("/", "Accept-Encoding", "gzip")
		if policy := got.Header.Get("Content-Security-Policy"); got.body != string(body) || !strings.Contains(policy, "default-src 'self'") {
			t.Errorf("%s: %d bytes became %d under the policy %q", header, len(body), len(got.body), policy)
		}
	}
}

func TestThreat25UpstreamIsAskedForKnownCodings(t *testing.T) {
	g := start(t, bare, echo)
	for asked, want := range map[string]string{
		"gzip, deflate, br, zstd":       "gzip, br, zstd",
		"dcb, dcz, gzip;q=0.5":          "gzip;q=0.5",
		"compress, exi":                 "identity",
		"*":                             "identity",
		"gzip;q=0, identity":            "gzip;q=0, identity",
		"GZIP":                          "GZIP",
		"br;q=1.0, gzip;q=0.8, *;q=0.1": "br;q=1.0, gzip;q=0.8",
	} {
		if body := g.get("/", "Accept-Encoding", asked).body; !strings.Contains(body, "Accept-Encoding: "+want+"\r\n") {
			t.Errorf("%q became\n%s", asked, body)
		}
	}
}

func TestThreat26Bomb(t *testing.T) {
	const size = 96 << 20
	var bomb bytes.Buffer
	w, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	_, _ = io.WriteString(w, "<!doctype html><p>x")
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range size >> 20 {
		_, _ = w.Write(blank)
	}
	_ = w.Close()
	for name, test := range map[string]struct {
		header string
		body   []byte
	}{"one layer": {"gzip", bomb.Bytes()}, "two layers": {"gzip, gzip", gzipped(bomb.String())}} {
		t.Run("bomb="+name, func(t *testing.T) {
			g := startCoded(t, []string{test.header}, test.body)
			var got wire
			used := allocated(func() { got, _ = g.tryRaw(guarded, request("GET", "/", "Accept-Encoding: gzip")) })
			if used > 24<<20 {
				t.Errorf("%d bytes of memory", used)
			}
			r, err := gzip.NewReader(strings.NewReader(got.Body))
			if err != nil {
				return // cut off before anything was sent
			}
			if n, _ := io.Copy(io.Discard, r); n > 17<<20 {
				t.Errorf("%d bytes of the page passed", n)
			}
		})
	}
}

// ranged serves the tracked page as a file server does, with ranges.
func ranged(contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("ETag", `"r1"`)
		http.ServeContent(w, r, "", modified, strings.NewReader(tracked))
	})
}

func TestThreat27RangesOfPages(t *testing.T) {
	at := strings.Index(tracked, "google")
	for name, header := range map[string]string{
		"within the tag": fmt.Sprintf("bytes=%d-%d", at, at+50),
		"first":          "bytes=0-10",
		"suffix":         "bytes=-100",
		"all":            "bytes=0-",
	} {
		t.Run("range="+name, func(t *testing.T) {
			g := start(t, bare, ranged("text/html"))
			a := g.get("/", "Range", header)
			if a.StatusCode != http.StatusOK || a.Header.Get("Content-Range") != "" || a.Header.Get("Accept-Ranges") != "" {
				t.Errorf("answered %s %v", a.Status, a.Header)
			}
			checkFiltered(t, a.body)
			if head := g.do("HEAD", "/", "", "Range", header); head.StatusCode != http.StatusOK || head.Header.Get("Content-Range") != "" || head.Header.Get("Content-Length") != "" {
				t.Errorf("HEAD answered %s %v", head.Status, head.Header)
			}
		})
	}
}

func TestThreat28LengthAndHead(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", strconv.Itoa(len(tracked)))
		w.Header().Set("Accept-Ranges", "bytes")
		w.Header().Set("Etag", `"h1"`)
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, tracked)
		}
	}))
	get, head := g.get("/"), g.do("HEAD", "/", "")
	checkFiltered(t, get.body)
	if length := head.Header.Get("Content-Length"); length != "" && length != strconv.Itoa(len(get.body)) {
		t.Errorf("HEAD announces %s bytes, GET has %d", length, len(get.body))
	}
	for _, name := range []string{"Etag", "Accept-Ranges", "Vary", "Cache-Control", "Content-Type"} {
		if !slices.Equal(get.Header[name], head.Header[name]) {
			t.Errorf("%s is %q for GET and %q for HEAD", name, get.Header[name], head.Header[name])
		}
	}
	if get.Header.Get("Accept-Ranges") != "" {
		t.Error("ranges of the storefront's bytes are offered")
	}
}

// TestThreat28TagsAreOfAClass: a page that was stored under one decision is never
// confirmed under another.
func TestThreat28TagsAreOfAClass(t *testing.T) {
	g := start(t, bare, ranged("text/html"))
	visitors := map[string][]string{
		"undecided": nil, "refused": {"Cookie", g.grant()}, "analytics": {"Cookie", g.grant("analytics")}, "advertising": {"Cookie", g.grant("advertising")},
	}
	tags := make(map[string]string)
	for name, headers := range visitors {
		tags[name] = g.get("/", headers...).Header.Get("Etag")
	}
	for holder, tag := range tags {
		for name, headers := range visitors {
			want := http.StatusOK
			if name == holder {
				want = http.StatusNotModified
			}
			for _, accept := range []string{"text/html", "*/*"} {
				a := g.get("/", slices.Concat(headers, []string{"Accept", accept, "If-None-Match", tag, "If-Modified-Since", modified.Format(http.TimeFormat)})...)
				if a.StatusCode != want {
					t.Errorf("%s asks with the tag of %s, %s: %s", name, holder, tag, a.Status)
				}
			}
		}
	}
	if a := g.get("/", "Accept", "text/html", "If-Modified-Since", modified.Format(http.TimeFormat)); a.StatusCode != http.StatusOK {
		t.Errorf("a date alone confirms a page: %s", a.Status)
	}
	if a := g.get("/"); a.Header.Get("Last-Modified") != "" {
		t.Error("a page has a date to be confirmed by")
	}
}

func TestThreat29DigestsOfPages(t *testing.T) {
	sums := []string{"Content-Digest", "Repr-Digest", "Unencoded-Digest", "Digest", "Content-Md5", "Signature", "Signature-Input"}
	for contentType, want := range map[string]int{"text/html": 0, "application/xhtml+xml": 0, "application/json": len(sums)} {
		g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, name := range sums {
				w.Header().Set(name, "sha-256=:AAAA:")
			}
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, tracked)
		}))
		n := 0
		for _, name := range sums {
			n += len(g.get("/").Header[name])
		}
		if n != want {
			t.Errorf("%s: %d sums passed, want %d", contentType, n, want)
		}
	}
}

func TestThreat30Trailers(t *testing.T) {
	for name, contentType := range map[string]string{"page": "text/html", "text": "text/plain"} {
		t.Run("body="+name, func(t *testing.T) {
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				h := w.Header()
				h.Set("Trailer", "Set-Cookie, Consent-Erase, X-Sum")
				h.Set("Content-Type", contentType)
				_, _ = io.WriteString(w, tracked)
				h.Set("Set-Cookie", "_ga=canary")
				h.Set(http.TrailerPrefix+"Set-Cookie2", "_ga=canary")
				h.Set("Consent-Erase", "account")
				h.Set("X-Sum", "1")
				h.Set(http.TrailerPrefix+"Consent-Goal", "order")
				h.Set(http.TrailerPrefix+"X-Late", "2")
			}))
			got := g.raw(guarded, request("GET", "/", "TE: trailers"))
			for name, values := range got.Trailer {
				if len(values) > 0 && name != "X-Sum" && name != "X-Late" {
					t.Errorf("trailer %s: %q", name, values)
				}
			}
			if got.Trailer.Get("X-Sum") != "1" || got.Trailer.Get("X-Late") != "2" {
				t.Errorf("the trailers are %v", got.Trailer)
			}
		})
	}
}

func TestThreat33OwnHeadersCantBeRemoved(t *testing.T) {
	g := start(t, bare, echo)
	for _, connection := range []string{
		"close, Consent", "Consent", "consent,close", "close,Consent-Regime , sec-gpc", "Consent_Regime, close", "CONSENT,consent-country,close", "close\r\nConnection: Consent",
	} {
		got := g.raw(guarded, "GET / HTTP/1.1\r\nHost: HOST\r\nSec-GPC: 1\r\nConnection: "+connection+"\r\n\r\n")
		for _, want := range []string{"Consent: necessary\r\n", "Consent-Regime: opt-in\r\n", "Sec-Gpc: 1\r\n"} {
			if !strings.Contains(got.Body, want) {
				t.Errorf("with %q the storefront sees no %q in\n%s", connection, want, got.Body)
			}
		}
	}
}

// TestThreat33Framing: a request that could be read in two ways is answered as by
// plain Caddy.
func TestThreat33Framing(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%s %s %q", r.Method, r.RequestURI, body)
	}))
	hidden := "GET /hidden HTTP/1.1\r\nHost: HOST\r\n\r\n"
	for name, text := range map[string]string{
		"length and chunks":   "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":         "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n" + hidden,
		"bad length":          "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: +5\r\n\r\nhello",
		"unknown coding":      "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n" + hidden,
		"bare line feeds":     "GET / HTTP/1.1\nHost: HOST\nConsent: canary\n\n",
		"space before colon":  "GET / HTTP/1.1\r\nHost: HOST\r\nConsent : canary\r\n\r\n",
		"folded":              "GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n Consent: canary\r\n\r\n",
		"chunk extension":     "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3;\nx\r\nabc\r\n0\r\n\r\n",
		"two hosts":           "GET / HTTP/1.1\r\nHost: HOST\r\nHost: other.example\r\n\r\n",
		"absolute, two hosts": "GET http://other.example/ HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	} {
		t.Run("framing="+name, func(t *testing.T) {
			g.sameOnBoth(t, text)
		})
	}
}

func TestThreat34Aliases(t *testing.T) {
	g := start(t, bare, echo)
	var headers []string
	for _, name := range []string{
		"Consent", "consent", "CONSENT", "Consent-Regime", "Consent_Regime", "Consent.Regime", "CONSENT_REGIME", "consent-country", "Consent_Country",
		"Consent-Minor", "Consent_Erase", "Consent.Goal", "consent.minor", "Consent~Regime", "CONSENT|Country",
	} {
		headers = append(headers, name+": canary")
	}
	got := g.raw(guarded, request("GET", "/", append(headers, "Consent-Other: kept", "X-Consent: kept")...))
	if strings.Contains(got.Body, "canary") || strings.Count(got.Body, "kept") != 2 {
		t.Errorf("the storefront saw\n%s", got.Body)
	}
	for _, want := range []string{"\nConsent: necessary\r\n", "\nConsent-Regime: opt-in\r\n"} {
		if strings.Count(got.Body, want) != 1 {
			t.Errorf("the storefront saw no %q in\n%s", want, got.Body)
		}
	}
}

func TestThreat34OwnResponseHeadersStayInTheHouse(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Consent", "Consent-Regime", "Consent-Country", "Consent-Erase", "Consent-Goal", "Consent-Minor"} {
			w.Header().Set(name, "canary")
		}
		echo(w, r)
	}))
	for name := range g.get("/").Header {
		if strings.HasPrefix(name, "Consent") {
			t.Errorf("%s reached the browser", name)
		}
	}
}

// TestThreat35PathSpellings: only the plain spelling of an exempt path is exempt,
// and what is exempt is not exempt from anything but the identifier filters.
func TestThreat35PathSpellings(t *testing.T) {
	g := start(t, site("", "consent {\nexempt /risk/* clause I.III.8\n}\nreverse_proxy {upstream}"), echo)
	const query = "?imei=490154203237518"
	for _, target := range []string{"/risk/check", "/risk/", "/risk", "/risk/a.b/c-d"} {
		body := g.raw(guarded, request("GET", target+query, "X-Device-Id: canary", "Cookie: _ga=1; PHPSESSID=2", "Consent: canary2")).Body
		if !strings.HasPrefix(body, "GET "+target+query+"\n") || !strings.Contains(body, "canary\r\n") {
			t.Errorf("%s is not exempt:\n%s", target, body)
		}
		if strings.Contains(body, "_ga") || strings.Contains(body, "canary2") || !strings.Contains(body, "Consent: necessary\r\n") {
			t.Errorf("%s is exempt from more than the identifier filters:\n%s", target, body)
		}
	}
	for _, target := range []string{
		"//risk/check", "/risk//check", "/%72isk/check", "/risk%2Fcheck", "/risk/%63heck", "/RISK/check", "/x/../risk/check", "/risk/../p", "/risk/..", "/risk/.",
		"/risk/..%2fp", "/risk/%2e%2e/p", "/risk/.%2e/p", "/risk;x/check", "/risk/;/../p", "/./risk/check", "/risk/./check", `/risk\check`, `/risk/..\p`, "/riskier", "/risk/a;b=c",
		"/risk/%252e%252e/p",
	} {
		got := g.raw(guarded, request("GET", target+query, "X-Device-Id: canary"))
		if strings.Contains(got.Body, "490154203237518") || strings.Contains(got.Body, "canary") {
			t.Errorf("%s is exempt:\n%s", target, got.Body)
		}
	}
}

// TestThreat35PathsOfPartners: whatever of a path finds the route to a partner, it is
// known to lead there.
func TestThreat35PathsOfPartners(t *testing.T) {
	partner := "consent {\npartner acme {\nbeacons /Collect/* /pixel.gif\npurpose advertising\n}\n}"
	route := "reverse_proxy {upstream}\n}\n"
	g := start(t, site(partner, "rewrite /old/* /collect{uri}\nconsent\nhandle /collect/* {\n"+route+"handle /pixel.gif {\n"+route+"respond 404"), echo)
	for _, target := range []string{
		"/collect/a", "/COLLECT/a", "/%43ollect/a", "/collect%2Fa", "/collect/a;b", "/collect/..;/p", "//collect//a", "/x/../collect/a", "/x/%2e%2e/Collect/a",
		"/old/a", "/pixel.gif", "/PIXEL.gif", "/%E2%84%AA/../pixel.gif",
	} {
		if got := g.raw(guarded, request("GET", target)); strings.Contains(got.Body, "Consent") || got.Status >= 300 {
			t.Errorf("%s is answered %d %s", target, got.Status, got.Body)
		}
	}
	if got := g.raw(guarded, request("GET", "/collect/a", "Cookie: "+g.grant("advertising"))); !strings.HasPrefix(got.Body, "GET /collect/a\n") {
		t.Errorf("with consent the partner got %d %s", got.Status, got.Body)
	}
}

// TestThreat35OwnPathSpellings: no spelling takes a request past the gateway's own
// paths to the storefront.
func TestThreat35OwnPathSpellings(t *testing.T) {
	g := start(t, bare, echo)
	for _, target := range []string{"/.consent/state", "//.consent/state", "/.consent//state", "/x/../.consent/state", "/%2econsent/state", "/.consent/./state", "/.consent;a/state"} {
		got := g.raw(guarded, request("GET", target))
		if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s answered %d %s", target, got.Status, got.Header.Get("Content-Type"))
		}
	}
	if got := g.raw(guarded, request("GET", "/.consents/state")); !strings.HasPrefix(got.Body, "GET /.consents/state") {
		t.Errorf("a path of the storefront was taken: %d %s", got.Status, got.Body)
	}
}

func TestThreat47ForgeryAndFraming(t *testing.T) {
	g := start(t, bare, echo)
	cookie := g.grant("analytics")
	own := "http://" + g.host
	for name, test := range map[string]struct {
		headers []string
		status  int
	}{
		"other site":         {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"sibling":            {[]string{"Sec-Fetch-Site", "same-site"}, 403},
		"unknown relation":   {[]string{"Sec-Fetch-Site", "odd"}, 403},
		"other origin":       {[]string{"Origin", "http://evil.example"}, 403},
		"sibling's origin":   {[]string{"Origin", "http://a.shop.example"}, 403},
		"opaque origin":      {[]string{"Origin", "null"}, 403},
		"other port":         {[]string{"Origin", "http://shop.example:1"}, 403},
		"two origins":        {[]string{"Origin", own, "Origin", "http://evil.example"}, 403},
		"own name as prefix": {[]string{"Origin", own + ".evil.example"}, 403},
		"own, by the user":   {[]string{"Sec-Fetch-Site", "none"}, 200},
		"own":                {[]string{"Sec-Fetch-Site", "same-origin", "Origin", own}, 200},
		"a program":          {nil, 200},
	} {
		t.Run("from="+name, func(t *testing.T) {
			for _, method := range []string{"PUT", "DELETE"} {
				a := g.do(method, "/.consent/state", `{"granted":["advertising"]}`, append([]string{"Cookie", cookie}, test.headers...)...)
				if a.StatusCode != test.status || test.status == 403 && len(a.Header["Set-Cookie"]) > 0 {
					t.Errorf("%s answered %s, and sets %q", method, a.Status, a.Header["Set-Cookie"])
				}
			}
			a := g.do("POST", "/.consent/", "choice=accept", append([]string{"Content-Type", "application/x-www-form-urlencoded"}, test.headers...)...)
			if refused := a.StatusCode == 403; refused != (test.status == 403) || refused && len(a.Header["Set-Cookie"]) > 0 {
				t.Errorf("the form answered %s, and sets %q", a.Status, a.Header["Set-Cookie"])
			}
		})
	}
	for _, target := range []string{"/.consent/", "/.consent/policy", "/.consent/partners", "/.consent/none"} {
		if policy := g.get(target).Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s may be framed: %q", target, policy)
		}
	}
}

// TestThreat47PlainOrigin: whoever can answer for the site over plain HTTP decides
// nothing over TLS.
func TestThreat47PlainOrigin(t *testing.T) {
	g, client := startTLS(t, echo)
	for origin, want := range map[string]int{"https://" + g.host: 200, "http://" + g.host: 403} {
		r, _ := http.NewRequest("PUT", "https://"+g.host+"/.consent/state", strings.NewReader(`{"granted":["analytics"]}`))
		r.Header.Set("Origin", origin)
		if a := ask(t, client, r); a.StatusCode != want {
			t.Errorf("from %s: %s", origin, a.Status)
		}
	}
}

func TestThreat48GPC(t *testing.T) {
	g := start(t, bare, echo)
	stored := g.grant("advertising", "personalization", "cross-border", "analytics")
	for value, want := range map[string]string{
		"1": "Consent: necessary, analytics\r\n", "0": "Consent: necessary, analytics, advertising, personalization, cross-border\r\n",
	} {
		body := g.get("/", "Cookie", stored, "Sec-GPC", value).body
		if !strings.Contains(body, want) || !strings.Contains(body, "Sec-Gpc: "+value+"\r\n") {
			t.Errorf("with Sec-GPC: %s\n%s", value, body)
		}
	}
	a := g.get("/.well-known/gpc.json")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json" || !strings.Contains(a.body, `"gpc":true`) {
		t.Errorf("gpc.json is %s %q %s", a.Status, a.Header.Get("Content-Type"), a.body)
	}
}

func TestThreat48SpellingsOfGPC(t *testing.T) {
	g := start(t, bare, echo)
	for want, spellings := range map[bool][][]string{
		true:  {{"1"}, {" 1 "}, {"1", "1"}, {"1, 1"}, {"0", "1"}, {"0,\t1"}},
		false: {{"0"}, {""}, {"10"}, {"true"}, {`"1"`}},
	} {
		for _, fields := range spellings {
			var headers []string
			for _, field := range fields {
				headers = append(headers, "Sec-Gpc", field)
			}
			if a := g.get("/.consent/state", headers...); strings.Contains(a.body, `"gpc":true`) != want {
				t.Errorf("Sec-GPC: %q gives %s", fields, a.body)
			}
		}
	}
}

// TestThreat49RotatedKeys: a value of a key that is kept stays good, and of one
// that is gone it is no consent, and never an error.
func TestThreat49RotatedKeys(t *testing.T) {
	folder := t.TempDir()
	key := func(name string, fill byte) string {
		path := filepath.Join(folder, name+".key")
		text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32)) + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := site("consent {\nkeys "+folder+"\n}", "consent\nreverse_proxy {upstream}")
	server := newUpstream(t, echo)
	old := key("20240101T000000.000", 1)
	g := start(t, strings.ReplaceAll(text, "{upstream}", server), nil)
	cookie := g.grant("analytics")
	check := func(when, want string) {
		t.Helper()
		g.settle()
		var a answer
		for range 100 { // the server of the configuration before may answer a few
			if a = g.get("/", "Cookie", cookie); strings.Contains(a.body, want) {
				break
			}
		}
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, want) {
			t.Errorf("%s: %s\n%s", when, a.Status, a.body)
		}
	}
	check("with the key", "Consent: necessary, analytics\r\n")
	key("20250101T000000.000", 2)
	g.load(text, server)
	check("with a newer key beside it", "Consent: necessary, analytics\r\n")
	if err := os.Remove(old); err != nil {
		t.Fatal(err)
	}
	g.load(text, server)
	check("without the key", "Consent: necessary\r\n")
	if again := g.grant("analytics"); again == cookie {
		t.Error("the new key mints the old one's value")
	}
}

// settle waits until connections are no longer taken by the server of the
// configuration before, which closes them.
func (g *gate) settle() {
	g.t.Helper()
	for tries, inRow := 0, 0; inRow < 10; tries++ {
		response, err := g.client().Get("http://" + g.host + "/.consent/state")
		if err != nil {
			if inRow = 0; tries > 200 {
				g.t.Fatal(err)
			}
			continue
		}
		_ = response.Body.Close()
		inRow++
	}
}

// newUpstream runs a server that outlives reloads and returns its address.
func newUpstream(t *testing.T, handler http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// sharedCache stores responses as a shared cache may (RFC 9111 sections 3 and 4):
// none that is private, and each under the request fields that Vary names.
type sharedCache struct {
	gate   *gate
	stored []storedPage
}

type storedPage struct {
	vary map[string]string
	page answer
}

func (c *sharedCache) get(header http.Header) answer {
	for _, s := range c.stored {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(s.vary)), func(name string) bool { return s.vary[name] != header.Get(name) }) {
			return s.page
		}
	}
	var pairs []string
	for name := range header {
		pairs = append(pairs, name, header.Get(name))
	}
	page := c.gate.get("/", pairs...)
	control := strings.Join(page.Header["Cache-Control"], ",")
	if strings.Contains(control, "private") || strings.Contains(control, "no-store") || strings.Contains(page.Header.Get("Vary"), "*") {
		return page
	}
	s := storedPage{make(map[string]string), page}
	for _, field := range page.Header["Vary"] {
		for name := range strings.SplitSeq(field, ",") {
			name = strings.TrimSpace(name)
			s.vary[name] = header.Get(name)
		}
	}
	c.stored = append(c.stored, s)
	return page
}

// TestThreat50CachePoisoning: whoever asks first, each visitor gets the page of
// his own decision from a shared cache.
func TestThreat50CachePoisoning(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html")
		h.Set("Cache-Control", "public, max-age=600, s-maxage=3600, stale-while-revalidate=60")
		for _, name := range cdnHeaders {
			h.Set(name, "max-age=3600")
		}
		h.Set("Vary", "Accept-Encoding")
		_, _ = io.WriteString(w, tracked)
	}))
	visitors := []http.Header{
		{"Cookie": {g.grant("analytics", "advertising")}}, {}, {"Cookie": {g.grant()}}, {"Sec-Gpc": {"1"}}, {"Cookie": {g.grant("analytics")}, "Sec-Gpc": {"1"}},
		{"Cookie": {"consent=forged"}},
	}
	analytics := []bool{true, false, false, false, true, false}
	for first := range visitors {
		cache := &sharedCache{gate: g}
		for i := range visitors {
			at := (first + i) % len(visitors)
			if got := strings.Contains(cache.get(visitors[at]).body, tracker); got != analytics[at] {
				t.Errorf("visitor %d, after visitor %d: the tracker is there: %t", at, first, got)
			}
		}
		if len(cache.stored) == 0 {
			t.Error("not even the page of who has not decided is stored")
		}
	}
	granted := g.get("/", "Cookie", visitors[0].Get("Cookie")).Header
	if got := granted.Get("Cache-Control"); got != "private, max-age=600, stale-while-revalidate=60" {
		t.Errorf("Cache-Control of a granted page is %q", got)
	}
	for _, name := range cdnHeaders {
		if granted.Get(name) != "" {
			t.Errorf("a granted page has %s: %q", name, granted.Get(name))
		}
	}
	vary := strings.Split(strings.Join(granted["Vary"], ", "), ", ")
	for _, name := range []string{"Accept-Encoding", "Cookie", "Sec-GPC"} {
		if !slices.Contains(vary, name) {
			t.Errorf("%s is not in Vary: %q", name, vary)
		}
	}
}

// cdnHeaders speak to content networks, and outweigh Cache-Control there.
var cdnHeaders = []string{"Surrogate-Control", "Cdn-Cache-Control", "Netlify-Cdn-Cache-Control", "X-Accel-Expires", "Edge-Control"}

// TestThreat50AnswersByConsent: a storefront that answers by the decision says so with
// the headers that it got. Caches in front of the gateway see none of them.
func TestThreat50AnswersByConsent(t *testing.T) {
	vary := make(chan []string, 1)
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "public, max-age=600")
		h["Vary"] = <-vary
		_, _ = io.WriteString(w, strings.Join(r.Header["Consent"], ","))
	}))
	get := func(cookie string, names ...string) http.Header {
		vary <- names
		return g.get("/api", "Cookie", cookie).Header
	}
	granted := g.grant("analytics")
	for _, test := range []struct {
		cookie  string
		vary    []string
		want    string
		private bool
	}{
		{"", []string{"Accept-Encoding, consent", "Origin"}, "Accept-Encoding Origin Cookie Sec-GPC", false},
		{granted, []string{"Consent"}, "Cookie Sec-GPC", true},
		{"", []string{"Consent-Country, Cookie"}, "Cookie Sec-GPC", true},
		{"", []string{"Consent, Consent-Regime"}, "Cookie Sec-GPC", true},
		{granted, []string{"Accept-Encoding"}, "Accept-Encoding", false},
	} {
		h := get(test.cookie, test.vary...)
		if got := strings.Join(h["Vary"], " "); got != test.want || strings.Contains(h.Get("Cache-Control"), "private") != test.private {
			t.Errorf("%q, with the cookie %q: Vary is %q and Cache-Control %q", test.vary, test.cookie, got, h.Get("Cache-Control"))
		}
	}
}

// places are networks and their countries.
var places = map[string]string{"8.8.8.0/24": "US", "114.114.114.0/24": "CN", "2.125.160.0/24": "GB", "2001:db8:1::/48": "US"}

// database builds a country database, in MaxMind's form or with a country_code at
// the top.
func database(t *testing.T, flat bool) []byte {
	t.Helper()
	kind := "GeoLite2-Country"
	if flat {
		kind = "ip-to-country"
	}
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, code := range places {
		_, prefix, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		record := mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
		if flat {
			record = mmdbtype.Map{"country_code": mmdbtype.String(code)}
		}
		if err := tree.Insert(prefix, record); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// regional is a site with regimes, behind a proxy that is trusted or not.
func regional(trusted bool, regimes, file string) string {
	proxies := ""
	if trusted {
		proxies = "servers {\ntrusted_proxies static 127.0.0.0/8\ntrusted_proxies_strict\n}\n"
	}
	return site(proxies+"consent {\n"+regimes+"\ngeoip "+file+"\n}", "consent\nreverse_proxy {upstream}")
}

const regimes = "regime opt-in EU GB CN other\nregime opt-out US"

func TestThreat51And52Countries(t *testing.T) {
	for name, flat := range map[string]bool{"maxmind": false, "flat": true} {
		t.Run("database="+name, func(t *testing.T) {
			file := writeFile(t, "country.mmdb", string(database(t, flat)))
			g := start(t, regional(true, regimes, file), echo)
			for client, want := range map[string][2]string{
				"8.8.8.8": {"US", "opt-out"}, "114.114.114.114": {"CN", "opt-in"}, "2.125.160.216": {"GB", "opt-in"}, "203.0.113.1": {"", "opt-in"},
				"2001:db8:1::9": {"US", "opt-out"}, "::ffff:8.8.8.8": {"US", "opt-out"}, "junk": {"", "opt-in"}, "8.8.8.8, 114.114.114.114": {"CN", "opt-in"},
			} {
				body := g.get("/", "X-Forwarded-For", client).body
				country := "Consent-Country: " + want[0] + "\r\n"
				if !strings.Contains(body, "Consent-Regime: "+want[1]+"\r\n") || strings.Contains(body, country) != (want[0] != "") || want[0] == "" && strings.Contains(body, "Consent-Country") {
					t.Errorf("a client at %s gives\n%s", client, body)
				}
				if granted := strings.Contains(body, "advertising"); granted != (want[1] == "opt-out") || strings.Contains(body, "cross-border") || strings.Contains(body, "device") {
					t.Errorf("a client at %s is granted\n%s", client, body)
				}
			}
			untrusting := start(t, regional(false, regimes, file), echo)
			if body := untrusting.get("/", "X-Forwarded-For", "8.8.8.8", "X-Real-IP", "8.8.8.8").body; !strings.Contains(body, "Consent-Regime: opt-in\r\n") {
				t.Errorf("a client chooses its country:\n%s", body)
			}
			decided := untrusting.do("PUT", "/.consent/state", `{"granted":[]}`, "X-Forwarded-Proto", "https").Header.Get("Set-Cookie")
			if !strings.HasPrefix(decided, "consent=") || strings.Contains(decided, "Secure") {
				t.Errorf("a client chooses its scheme: %s", decided)
			}
		})
	}
}

// TestThreat52BrokenDatabase: without a database that can be read the strictest
// regime holds, also where unknown countries would have another.
func TestThreat52BrokenDatabase(t *testing.T) {
	good := database(t, false)
	corrupt := bytes.Clone(good)
	for i := range len(corrupt) / 2 {
		corrupt[i] = 0xff
	}
	for name, data := range map[string][]byte{
		"empty": {}, "junk": []byte("<html>not found</html>"), "truncated": good[:len(good)/2], "without its end": good[:len(good)-40], "corrupt": corrupt,
	} {
		t.Run("database="+name, func(t *testing.T) {
			file := writeFile(t, "country.mmdb", string(data))
			checkStrictest(t, file)
		})
	}
	t.Run("database=missing", func(t *testing.T) { checkStrictest(t, filepath.Join(t.TempDir(), "none.mmdb")) })
}

func checkStrictest(t *testing.T, file string) {
	t.Helper()
	g := start(t, regional(true, "regime opt-out US other", file)+metricsSite, echo)
	for _, client := range []string{"8.8.8.8", "2001:db8:1::9", "203.0.113.1"} {
		a := g.get("/", "X-Forwarded-For", client)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Consent: necessary\r\n") {
			t.Errorf("a client at %s: %s\n%s", client, a.Status, a.body)
		}
	}
	if sum(g.series(), "consent_failures_total", `stage="country"`) == 0 {
		t.Error("the failure was not counted")
	}
}

// TestThreat53Labels: whatever clients and storefronts make up, the number of
// series has a bound, and no label holds what they made up.
func TestThreat53Labels(t *testing.T) {
	everywhere := site("", "consent\nreverse_proxy {upstream}") + "\nhttp://:{port} {\nbind 127.0.0.1\nconsent\nreverse_proxy {upstream}\n}\n" + metricsSite
	g := start(t, everywhere, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := r.Header.Get("X-Number")
		h := w.Header()
		h["Set-Cookie"] = []string{"canary" + n + "=1", "_ga=1; Path=/canary" + n}
		h["Content-Type"] = []string{"text/html"}
		h["Link"] = []string{"<https://canary" + n + ".net/x>; rel=preload"}
		h["Consent-Goal"] = []string{"canary" + n}
		h["Consent-Minor"] = []string{"canary" + n}
		fmt.Fprintf(w, `<canary%s></canary%s><img src="https://canary%s.net/a.gif"><script src="https://canary%s.example.org/"></script>`, n, n, n, n)
	}))
	client := g.client()
	client.Transport.(*http.Transport).DisableKeepAlives = false
	hostile := func(from, to int) {
		for i := from; i < to; i++ {
			n := strconv.Itoa(i)
			r, _ := http.NewRequest([]string{"GET", "POST", "CANARY" + n}[i%3], "http://"+g.host+"/canary"+n+"?canary"+n+"=1&imei=canary"+n, nil)
			r.Host = []string{"canary" + n + ".example", guarded + ":" + g.port, "canary" + n + ".shop.example"}[i%3]
			r.Header = http.Header{
				"Cookie": {"canary" + n + "=1; consent=canary" + n}, "X-Device-Canary" + n: {"1"}, "X-Number": {n}, "Accept-Language": {"canary-" + n},
				"User-Agent": {"canary" + n}, "Consent": {"canary" + n}, "X-Forwarded-For": {"10.0.0." + n}, "Sec-Gpc": {"canary" + n},
			}
			response, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		for _, body := range []string{`{"granted":["canary"]}`, `{"path":"/canary` + strconv.Itoa(from) + `","route":"canary","goal":"canary","stay":"canary"}`} {
			g.do("PUT", "/.consent/state", body)
			g.do("POST", "/.consent/visit", body)
		}
	}
	hostile(0, 150)
	first := g.series()
	hostile(150, 600)
	second := g.series()
	if added := len(second) - len(first); added != 0 || len(second) < 10 || len(second) > 300 {
		t.Errorf("%d series after 150 requests, %d after 600", len(first), len(second))
	}
	for name := range second {
		if strings.Contains(strings.ToLower(name), "canary") {
			t.Errorf("a label was made up: %s", name)
		}
	}
	if sum(second, "consent_requests_total", `site="other"`) == 0 || sum(second, "consent_requests_total", `site="shop.example"`) == 0 {
		t.Error("the requests were not counted by site")
	}
}

// TestThreat57Placeholders: what a client sends is never taken for a placeholder.
func TestThreat57Placeholders(t *testing.T) {
	t.Setenv("FAIRWAY_CANARY", "expanded-canary")
	const hole = "{env.FAIRWAY_CANARY}"
	seen := make(chan string, 1)
	g := start(t, site("", "header >X-Granted {http.consent.granted}\nheader >X-Country \"{http.consent.country}.\"\nconsent\nreverse_proxy {upstream}"),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var b strings.Builder
			fmt.Fprintln(&b, r.RequestURI)
			_ = r.Header.Write(&b)
			seen <- b.String()
			w.Header()["Set-Cookie"] = []string{"PHPSESSID=" + hole}
			w.Header().Set("X-From-Storefront", hole)
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<p>"+hole+"</p>")
		}))
	text := request("GET", "/"+hole+"?a="+hole+"&gclid="+hole, "Cookie: PHPSESSID="+hole+"; _ga="+hole, "X-Own: "+hole, "Consent: "+hole,
		"Accept-Language: "+hole, "Sec-GPC: "+hole, "Referer: http://shop.example/"+hole)
	got := g.raw(guarded, text)
	request := <-seen
	for where, text := range map[string]string{"the request": request, "the response": fmt.Sprint(got.Header, got.Body)} {
		if strings.Contains(text, "expanded-canary") || !strings.Contains(text, hole) {
			t.Errorf("%s holds\n%s", where, text)
		}
	}
	if strings.Count(request, hole) < 5 {
		t.Errorf("the request lost something:\n%s", request)
	}
	if got.Header.Get("X-Granted") != "necessary" || got.Header.Get("X-Country") != "." {
		t.Errorf("the gateway's own placeholders are %q and %q", got.Header.Get("X-Granted"), got.Header.Get("X-Country"))
	}
	for _, target := range []string{"/.consent/?return=/" + hole + "&lang=" + hole, "/.consent/" + hole, "/.consent/policy/" + hole} {
		a := g.raw(guarded, "GET "+target+" HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: "+hole+"\r\n\r\n")
		if strings.Contains(fmt.Sprint(a.Header, a.Body), "expanded-canary") {
			t.Errorf("%s answered %+v", target, a)
		}
	}
}

// TestObserveChangesNothing compares a site that observes with plain Caddy, and
// looks into the metrics for what would have been done.
func TestObserveChangesNothing(t *testing.T) {
	seen := make(chan string, 1)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		fmt.Fprintln(&b, r.Method, r.RequestURI, r.RemoteAddr != "")
		r.Header.Del("X-Forwarded-Host")
		_ = r.Header.Write(&b)
		seen <- b.String()
		h := w.Header()
		h["Set-Cookie"] = []string{"_ga=1", "PHPSESSID=2; Max-Age=999999999", "unknown=3"}
		h["Link"] = []string{"<https://www.google-analytics.com/analytics.js>; rel=preload"}
		h["Digest"] = []string{"sha-256=AAAA"}
		h["Cache-Control"] = []string{"public"}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("ETag", `"o1"`)
		http.ServeContent(w, r, "", modified, strings.NewReader(tracked))
	})
	g := start(t, twins("", "consent {\nmode observe\n}", "reverse_proxy {upstream}")+metricsSite, upstream)
	headers := []string{"Cookie: _ga=1; PHPSESSID=2;x=y ; z", "X-Device-Id: 123", "X-Forwarded-For: 203.0.113.9", "User-Agent: Mozilla/5.0 (Linux; Android 13; Pixel 7)"}
	for _, text := range []string{
		request("GET", "/p?imei=490154203237518&lat=39.904211&gclid=1&a", headers...),
		request("GET", "/", append(headers, "Range: bytes=10-50")...),
		request("GET", "/", append(headers, `If-None-Match: "o1"`, "Accept: text/html")...),
		request("HEAD", "/", headers...),
	} {
		with := g.raw(guarded, text)
		withSeen := <-seen
		without := g.raw(plain, text)
		if withoutSeen := <-seen; withSeen != withoutSeen {
			t.Errorf("observed, the storefront saw\n%s\nand else\n%s", withSeen, withoutSeen)
		}
		if !reflect.DeepEqual(with, without) {
			t.Errorf("observed, the browser got\n%+v\nand else\n%+v", with, without)
		}
	}
	series := g.series()
	for _, want := range []struct {
		name   string
		labels []string
	}{
		{"consent_requests_total", []string{`mode="observe"`, `site="shop.example"`}},
		{"consent_cookies_total", []string{`direction="request"`, `action="drop"`}},
		{"consent_cookies_total", []string{`direction="response"`, `action="drop"`}},
		{"consent_identifiers_total", []string{`place="header"`, `action="drop"`}},
		{"consent_identifiers_total", []string{`place="query"`, `action="drop"`}},
		{"consent_beacons_total", []string{`element="image"`, `action="block"`, `partner="google-analytics"`}},
	} {
		if sum(series, want.name, want.labels...) == 0 {
			t.Errorf("nothing counted as %s %v", want.name, want.labels)
		}
	}
}

// TestUntypedBodies: a page that does not say that it is one is a page to a
// browser, and so to the gateway.
func TestUntypedBodies(t *testing.T) {
	for name, header := range map[string]http.Header{
		"no type":      {"Content-Type": nil},
		"unknown type": {"Content-Type": {"unknown/unknown"}},
		"any type":     {"Content-Type": {"*/*"}},
		"upper case":   {"Content-Type": {"TEXT/HTML"}},
		"parameters":   {"Content-Type": {" text/html ; charset=x; a=b"}},
		"xhtml":        {"Content-Type": {"application/xhtml+xml"}},
	} {
		t.Run("type="+name, func(t *testing.T) {
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				maps.Copy(w.Header(), header)
				for chunk := range slices.Chunk([]byte(tracked), 7) {
					_, _ = w.Write(chunk)
				}
			}))
			checkFiltered(t, g.get("/").body)
		})
	}
}

// TestUntypedBodiesInPieces: however a body without a type comes, it is a page where a
// browser takes it for one, and else the same bytes.
func TestUntypedBodiesInPieces(t *testing.T) {
	const blanks = "\n\t \r\n"
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		h := w.Header()
		h["Content-Type"] = query["type"] // none keeps the server from finding one
		body := query.Get("body")
		if query.Get("coded") != "" {
			h.Set("Content-Encoding", "gzip")
			body = string(gzipped(body))
		}
		at, _ := strconv.Atoi(query.Get("at"))
		for _, piece := range []string{"", body[:at], body[at:]} {
			_, _ = io.WriteString(w, piece)
			_ = http.NewResponseController(w).Flush()
			if piece != "" && len(piece) < len(body) {
				time.Sleep(2 * time.Millisecond) // or a reader joins them
			}
		}
	})
	g := start(t, bare, shop)
	ask := func(kind []string, body, coded string, at int) answer {
		query := url.Values{"type": kind, "body": {body}, "coded": {coded}, "at": {strconv.Itoa(at)}}
		return g.get("/?"+query.Encode(), "Accept-Encoding", "gzip")
	}
	for _, kind := range [][]string{nil, {""}, {"*/*"}, {"unknown/unknown"}, {"page"}} {
		for _, coded := range []string{"", "gzip"} {
			for _, at := range []int{0, 1, 2, 7, 16, 30} {
				name := fmt.Sprintf("%q %s at %d", kind, coded, at)
				a := ask(kind, blanks+tracked, coded, at)
				if text := unzipped(t, a); strings.Contains(text, `src="https://www.google-analytics.com`) || !strings.Contains(text, "data-consent-src") {
					t.Errorf("%s: a page is sent as %q: %s", name, a.Header["Content-Type"], text)
				}
				for _, other := range []string{"GIF89a\x01\x00", `{"a": "<p>"}`, "plain words and <b>"} {
					if a := ask(kind, other, coded, min(at, 5)); unzipped(t, a) != other || strings.Contains(fmt.Sprint(a.Header["Content-Type"]), "html") || a.Header["Permissions-Policy"] != nil {
						t.Errorf("%s: %q is sent as %v: %q", name, other, a.Header, a.body)
					}
				}
			}
		}
	}
}

// TestPagesOneAfterTheOther walks through the shapes that a page can come in, on one
// connection, so that what is pooled is used again.
func TestPagesOneAfterTheOther(t *testing.T) {
	shapes := []string{"plain", "gzip", "br", "zstd", "plain", "mislabelled", "gzip", "flushed", "zstd", "br", "plain"}
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shape := r.URL.Path[1:]
		w.Header().Set("Content-Type", "text/html")
		switch shape {
		case "gzip", "br", "zstd":
			w.Header().Set("Content-Encoding", shape)
			_, _ = w.Write(coded(tracked, shape))
		case "mislabelled":
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, tracked)
		case "flushed":
			for chunk := range slices.Chunk([]byte(tracked), 20) {
				_, _ = w.Write(chunk)
				_ = http.NewResponseController(w).Flush()
			}
		default:
			_, _ = io.WriteString(w, tracked)
		}
	}))
	var conn net.Conn
	var r *bufio.Reader
	for i, shape := range slices.Concat(shapes, shapes) {
		if conn == nil {
			conn = g.dial()
			r = bufio.NewReader(conn)
		}
		fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip, br, zstd\r\n\r\n", shape, g.host)
		got, err := readWire(r, "GET")
		if shape == "mislabelled" { // it ends the connection
			conn = nil
			continue
		}
		if err != nil {
			t.Fatalf("%d %s: %v", i, shape, err)
		}
		page, err := decoded(answer{&http.Response{Header: got.Header}, got.Body})
		if err != nil {
			t.Fatalf("%d %s: %v", i, shape, err)
		}
		checkFiltered(t, page)
	}
}
