package module_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// The hosts of the two sites of startTwins. The same upstream and the same block
// stand behind both, and only the first has the gateway.
const (
	guarded = "shop.example"
	plain   = "plain.example"
)

var bothHosts = []string{guarded, plain}

// startTwins runs the two sites.
func startTwins(t testing.TB, block string, upstream http.Handler) *gate {
	t.Helper()
	return start(t, twins("", "consent", block), upstream)
}

// twins is the Caddyfile of the two sites.
func twins(global, directive, block string) string {
	return site(global, directive+"\n"+block) + strings.NewReplacer("BLOCK", block).Replace(`
http://plain.example:{port} {
	bind 127.0.0.1
	BLOCK
}
`)
}

// wire is a response as it came over the wire.
type wire struct {
	Interim []string // the 1xx responses before it
	Proto   string
	Status  int
	Header  http.Header
	Framing []string // the transfer encoding
	Length  int64    // -1 when it was not announced
	Body    string
	Trailer http.Header
	Broken  bool // the body ended before it was whole
	Close   bool
}

// dial connects to the gateway; the connection ends with the test.
func (g *gate) dial() net.Conn { return g.dialFrom("127.0.0.1") }

// dialFrom connects from an address of this machine.
func (g *gate) dialFrom(addr string) net.Conn {
	g.t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	conn, err := from.Dial("tcp", "127.0.0.1:"+g.port)
	if err != nil {
		g.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	g.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// raw sends the text of a request, in which HOST stands for the host and its
// port, and reads the response.
func (g *gate) raw(host, request string) wire {
	g.t.Helper()
	w, err := g.tryRaw(host, request)
	if err != nil {
		g.t.Fatalf("%q to %s: %v", request, host, err)
	}
	return w
}

// tryRaw is raw where the connection may end before the response does.
func (g *gate) tryRaw(host, request string) (wire, error) {
	g.t.Helper()
	conn := g.dial()
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "HOST", host+":"+g.port)); err != nil {
		g.t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	return readWire(bufio.NewReader(conn), method)
}

func readWire(r *bufio.Reader, method string) (wire, error) {
	var w wire
	for {
		response, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return w, err
		}
		response.Header.Del("Date")
		if response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols {
			w.Interim = append(w.Interim, fmt.Sprint(response.StatusCode, response.Header))
			continue
		}
		body, err := io.ReadAll(response.Body)
		w.Proto, w.Status, w.Header, w.Framing = response.Proto, response.StatusCode, response.Header, response.TransferEncoding
		w.Length, w.Body, w.Trailer, w.Close, w.Broken = response.ContentLength, string(body), response.Trailer, response.Close, err != nil
		return w, nil
	}
}

// request is the text of one request on a connection of its own.
func request(method, target string, headers ...string) string {
	return method + " " + target + " HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n" + strings.Join(append(headers, "", ""), "\r\n")
}

// sameOnBoth reports where the gateway's response differs from plain Caddy's.
func (g *gate) sameOnBoth(t *testing.T, request string) (guardedWire wire) {
	t.Helper()
	with, without := g.raw(guarded, request), g.raw(plain, request)
	if with.Broken && without.Broken { // how much of a broken body arrives is chance
		with.Body, without.Body = "", ""
	}
	if !reflect.DeepEqual(with, without) {
		t.Errorf("with the gateway:\n%.1500s\nwithout:\n%.1500s", fmt.Sprintf("%+v", with), fmt.Sprintf("%+v", without))
	}
	return with
}

var modified = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

// noise is what no coding makes smaller and no filter knows.
func noise(n int) []byte {
	data := make([]byte, n)
	state := uint32(1)
	for i := range data {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		data[i] = byte(state)
	}
	return data
}

var picture = append([]byte("\x89PNG\r\n\x1a\n"), noise(20_000)...)

// shelf answers with all kinds of responses that are no pages.
func shelf() http.Handler {
	mux := http.NewServeMux()
	plainText := func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, text)
	}
	mux.HandleFunc("/picture.png", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"p1"`)
		http.ServeContent(w, r, "picture.png", modified, bytes.NewReader(picture))
	})
	mux.HandleFunc("/weak.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"j1"`)
		w.Header().Set("Cache-Control", "public, max-age=60, s-maxage=600")
		w.Header().Set("Vary", "Accept-Language")
		w.Header().Set("Content-Digest", "sha-256=:AAAA:")
		http.ServeContent(w, r, "weak.json", modified, strings.NewReader(`{"a": 1, "a":2,"b" :[ ]}`+"\n"))
	})
	mux.HandleFunc("/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(gzipped(strings.Repeat("p{color:red}", 100)))
	})
	mux.HandleFunc("/odd-coding", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "x-secret")
		plainText(w, "undecodable")
	})
	mux.HandleFunc("/chunks", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 5 {
			plainText(w, strings.Repeat(strconv.Itoa(i), 1000))
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Add("Link", "</app.js>; rel=modulepreload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.WriteHeader(http.StatusProcessing)
		plainText(w, "later")
	})
	mux.HandleFunc("/trailers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		plainText(w, "body")
		w.Header().Set("X-Sum", "4")
		w.Header().Set(http.TrailerPrefix+"X-Late", "yes")
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		if code >= 300 && code < 400 {
			w.Header().Set("Location", "/elsewhere?a=1&b=%20#there")
		}
		w.Header().Set("X-Answer", "yes")
		w.Header().Set("ETag", `"s"`)
		if code != 204 && code != 205 && code != 304 {
			w.Header().Set("Content-Type", "text/plain")
		}
		w.WriteHeader(code)
		if code >= 300 && code != 304 {
			_, _ = io.WriteString(w, "status "+r.PathValue("code"))
		}
	})
	mux.HandleFunc("/untyped", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, "just words, not markup")
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["X-Twice"] = []string{"1", "2"}
		h["X-Bytes"] = []string{"caf\xc3\xa9 \xff"}
		h["X-Empty"] = []string{""}
		h["Set-Cookie"] = []string{"PHPSESSID=abc; Path=/; Priority=High; x", `csrftoken="a b"; Path=/; Partitioned`}
		h["Link"] = []string{`</next>; rel="next", <style.css>;rel=preload`, "<https://cdn.shop.example/a.js>; rel=preload"}
		h["Refresh"] = []string{"5; url=/next"}
		h["Content-Security-Policy"] = []string{"default-src 'self'"}
		h["Strict-Transport-Security"] = []string{"max-age=1"}
		h["Cache-Control"] = []string{"no-cache", "max-age=0"}
		plainText(w, "headers")
	})
	byHand := func(head, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			defer conn.Close()
			_, _ = io.WriteString(conn, head+"\r\nContent-Type: text/plain\r\n\r\n")
			if r.Method != http.MethodHead {
				_, _ = io.WriteString(conn, body)
			}
		}
	}
	mux.HandleFunc("/close", byHand("HTTP/1.0 200 OK", "until the end"))
	mux.HandleFunc("/short", byHand("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100", "not a hundred"))
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	return mux
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func TestParityOfResponses(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", shelf())
	for _, target := range []string{
		"/picture.png", "/weak.json", "/style.css", "/odd-coding", "/chunks", "/early", "/trailers", "/untyped", "/headers",
		"/close", "/short", "/empty", "/none",
		"/status/200", "/status/201", "/status/204", "/status/205", "/status/301", "/status/302", "/status/303", "/status/304",
		"/status/307", "/status/308", "/status/400", "/status/401", "/status/404", "/status/418", "/status/500", "/status/503",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			t.Run("path="+target+"/method="+method, func(t *testing.T) {
				extra := []string{"TE: trailers", "Accept-Encoding: gzip"}
				if method == "POST" {
					extra = append(extra, "Content-Length: 0")
				}
				got := g.sameOnBoth(t, request(method, target, extra...))
				if got.Status == http.StatusBadGateway {
					t.Errorf("the upstream was not reached: %+v", got)
				}
			})
		}
	}
}

func TestParityOfInterimResponsesAndTrailers(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", shelf())
	if got := g.sameOnBoth(t, request("GET", "/early")); len(got.Interim) != 3 || got.Body != "later" {
		t.Errorf("of three interim responses %q came", got.Interim)
	}
	got := g.sameOnBoth(t, request("GET", "/trailers", "TE: trailers"))
	if got.Trailer.Get("X-Sum") != "4" || got.Trailer.Get("X-Late") != "yes" {
		t.Errorf("the trailers are %v", got.Trailer)
	}
}

func TestParityOfRanges(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", shelf())
	for name, test := range map[string]struct {
		status  int
		headers []string
	}{
		"first":            {206, []string{"Range: bytes=0-99"}},
		"middle":           {206, []string{"Range: bytes=100-199"}},
		"open":             {206, []string{"Range: bytes=19000-"}},
		"suffix":           {206, []string{"Range: bytes=-500"}},
		"past the end":     {206, []string{"Range: bytes=19000-999999"}},
		"unsatisfiable":    {416, []string{"Range: bytes=999999-"}},
		"malformed":        {416, []string{"Range: bytes=b-a"}},
		"other unit":       {416, []string{"Range: lines=0-1"}},
		"if-range same":    {206, []string{"Range: bytes=0-99", `If-Range: "p1"`}},
		"if-range other":   {200, []string{"Range: bytes=0-99", `If-Range: "p2"`}},
		"if-range date":    {206, []string{"Range: bytes=0-99", "If-Range: " + modified.Format(http.TimeFormat)}},
		"if-range changed": {200, []string{"Range: bytes=0-99", "If-Range: " + modified.Add(-time.Hour).Format(http.TimeFormat)}},
	} {
		t.Run("range="+name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				if got := g.sameOnBoth(t, request(method, "/picture.png", test.headers...)); got.Status != test.status {
					t.Errorf("%s answered %d, want %d", method, got.Status, test.status)
				}
			}
		})
	}
	t.Run("range=several", func(t *testing.T) {
		// The boundary is drawn by lot, so only the parts are compared.
		var parts []string
		for _, host := range bothHosts {
			got := g.raw(host, request("GET", "/picture.png", "Range: bytes=0-9, 100-109,-5"))
			_, boundary, ok := strings.Cut(got.Header.Get("Content-Type"), "boundary=")
			if got.Status != 206 || !ok {
				t.Fatalf("%s answered %d %v", host, got.Status, got.Header)
			}
			parts = append(parts, strings.ReplaceAll(got.Body, boundary, "BOUNDARY"))
		}
		if parts[0] != parts[1] || strings.Count(parts[0], "--BOUNDARY\r\n") != 3 {
			t.Errorf("with the gateway %q, without %q", parts[0], parts[1])
		}
	})
}

func TestParityOfConditionalRequests(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", shelf())
	for name, test := range map[string]struct {
		status  int
		headers []string
	}{
		"tag":            {304, []string{`If-None-Match: "p1"`}},
		"weak tag":       {304, []string{`If-None-Match: W/"p1"`}},
		"one of several": {304, []string{`If-None-Match: "a", "p1" , "b"`}},
		"any":            {304, []string{"If-None-Match: *"}},
		"other tag":      {200, []string{`If-None-Match: "p2"`}},
		"broken tag":     {200, []string{`If-None-Match: p1`}},
		"date":           {304, []string{"If-Modified-Since: " + modified.Format(http.TimeFormat)}},
		"older":          {200, []string{"If-Modified-Since: " + modified.Add(-time.Hour).Format(http.TimeFormat)}},
		"tag over date":  {200, []string{`If-None-Match: "p2"`, "If-Modified-Since: " + modified.Format(http.TimeFormat)}},
		"match":          {200, []string{`If-Match: "p1"`}},
		"no match":       {412, []string{`If-Match: "p2"`}},
		"unmodified":     {412, []string{"If-Unmodified-Since: " + modified.Add(-time.Hour).Format(http.TimeFormat)}},
	} {
		t.Run("condition="+name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				if got := g.sameOnBoth(t, request(method, "/picture.png", test.headers...)); got.Status != test.status {
					t.Errorf("%s answered %d, want %d", method, got.Status, test.status)
				}
			}
		})
	}
}

// seenRequest is a request as the storefront read it.
type seenRequest struct {
	Line    string
	Header  http.Header
	Body    string
	Length  int64
	Framing []string
}

// TestParityOfRequests compares what the storefront reads. What the gateway
// changes on purpose is not part of these requests.
func TestParityOfRequests(t *testing.T) {
	seen := make(chan seenRequest, 1)
	g := startTwins(t, "reverse_proxy {upstream}", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for _, name := range []string{"Consent", "Consent-Regime", "X-Forwarded-For", "X-Forwarded-Host", "Via"} {
			r.Header.Del(name)
		}
		seen <- seenRequest{r.Method + " " + r.RequestURI, r.Header, string(body), r.ContentLength, r.TransferEncoding}
	}))
	for name, text := range map[string]string{
		"plain":          request("GET", "/"),
		"encoded path":   request("GET", "/a%2Fb/%E8%8C%B6/./x/../y//z;v=1?q=%zz&&a=b;c=d&e"),
		"empty query":    request("GET", "/p?"),
		"odd query":      request("GET", "/p?=&a&=b&c=%"),
		"post":           request("POST", "/p", "Content-Type: application/json", "Content-Length: 7") + `{"a":1}`,
		"chunked":        request("PUT", "/p", "Transfer-Encoding: chunked") + "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
		"patch":          request("PATCH", "/p", "Content-Length: 1") + "x",
		"delete":         request("DELETE", "/p"),
		"options":        request("OPTIONS", "/p"),
		"head":           request("HEAD", "/p"),
		"propfind":       request("PROPFIND", "/p", "Depth: 1"),
		"own method":     request("M-SEARCH", "/p"),
		"lower method":   request("get", "/p"),
		"get with body":  request("GET", "/p", "Content-Length: 2") + "xy",
		"cookies":        request("GET", "/p", `Cookie: PHPSESSID="a b"; csrftoken=1,2;JSESSIONID=x=y; PHPSESSID=2`),
		"credentials":    request("GET", "/p", "Authorization: Bearer 490154203237518", "Proxy-Authorization: x"),
		"other headers":  request("GET", "/p", "Accept: */*;q=0.1", "X-Twice: 1", "X-Twice: 2", "X-Empty:", "X-Bytes: \xff", "Accept-Language: zh-CN,en;q=0.5"),
		"several fields": request("GET", "/p", "Accept-Encoding: gzip;q=0.5", "Accept-Encoding: br"),
		"gpc":            request("GET", "/p", "Sec-GPC: 1", "DNT: 1"),
		"signed": request("POST", "/p", "Content-Type: application/json", "Content-Digest: sha-256=:AAAA:", "Digest: SHA-256=AAAA", "Content-MD5: AAAA",
			`Signature-Input: s=("content-digest");keyid="a"`, "Signature: s=:AAAA:", "Content-Length: 13") + `{"q": "tea" }`,
		"signed form": request("POST", "/p", "Content-Type: application/x-www-form-urlencoded", "Content-Digest: sha-256=:AAAA:", "Content-Length: 7") + `a=1&b=2`,
	} {
		t.Run("request="+name, func(t *testing.T) {
			var both []seenRequest
			for _, host := range bothHosts {
				if got := g.raw(host, text); got.Status != 200 {
					t.Fatalf("%s answered %d", host, got.Status)
				}
				both = append(both, <-seen)
			}
			if !reflect.DeepEqual(both[0], both[1]) {
				t.Errorf("with the gateway the storefront saw\n%+v\nand without\n%+v", both[0], both[1])
			}
		})
	}
}

func TestParityWithHTTP10(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", shelf())
	for _, target := range []string{"/chunks", "/picture.png", "/untyped", "/empty", "/trailers"} {
		if got := g.sameOnBoth(t, "GET "+target+" HTTP/1.0\r\nHost: HOST\r\n\r\n"); got.Status != 200 {
			t.Errorf("%s answered %d", target, got.Status)
		}
	}
}

func TestPageForHTTP10IsWhole(t *testing.T) {
	page := "<!doctype html><title>x</title>" + strings.Repeat("<p>word</p>", 5000)
	g := start(t, bare, htmlPage(page))
	conn := g.dial()
	_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\nHost: "+g.host+"\r\n\r\n")
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	if strings.Contains(strings.ToLower(head), "transfer-encoding") || !strings.Contains(body, strings.Repeat("<p>word</p>", 5000)) {
		t.Errorf("%s\n%d bytes", head, len(body))
	}
}

func TestKeepAlive(t *testing.T) {
	upstream := http.NewServeMux()
	upstream.Handle("/page", htmlPage("<p>a page</p><img src=https://www.google-analytics.com/collect>"))
	upstream.Handle("/", shelf())
	g := startTwins(t, "reverse_proxy {upstream}", upstream)
	for _, host := range bothHosts {
		conn := g.dial()
		r := bufio.NewReader(conn)
		for round, target := range []string{"/page", "/picture.png", "/status/204", "/page", "/chunks", "/trailers", "/.consent/state", "/untyped", "/page"} {
			if host == plain && strings.HasPrefix(target, "/.consent") {
				continue
			}
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s:%s\r\n\r\n", target, host, g.port)
			got, err := readWire(r, "GET")
			if err != nil || got.Broken || got.Close || got.Status >= 400 {
				t.Fatalf("%s: request %d on one connection, %s: %v %+v", host, round, target, err, got)
			}
		}
	}
}

// TestThreat31FlushReachesTheBrowser shows that what the storefront has flushed reaches the browser while
// the response still goes on.
func TestThreat31FlushReachesTheBrowser(t *testing.T) {
	for name, test := range map[string]struct {
		contentType, first string
	}{
		"events":     {"text/event-stream", "data: 1\n\n"},
		"text":       {"text/plain", "first"},
		"json lines": {"application/x-ndjson", "{\"a\":1}\n"},
		"page":       {"text/html", "<!doctype html><html><head><title>x</title></head><body><p>first</p>"},
		"untyped":    {"", "first words"},
	} {
		t.Run("body="+name, func(t *testing.T) {
			more := make(chan struct{})
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = []string{test.contentType}
				if test.contentType == "" {
					w.Header()["Content-Type"] = nil
				}
				_, _ = io.WriteString(w, test.first)
				_ = http.NewResponseController(w).Flush()
				select {
				case <-more:
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, "second")
			}))
			response, err := g.client().Get("http://" + g.host + "/")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			last := test.first[max(0, len(test.first)-12):]
			var got strings.Builder
			chunk := make([]byte, 4<<10)
			for !strings.Contains(got.String(), last) {
				n, err := response.Body.Read(chunk)
				got.Write(chunk[:n])
				if err != nil {
					t.Fatalf("before the handler went on came %q, %v", got.String(), err)
				}
			}
			if strings.Contains(got.String(), "second") {
				t.Fatal("the second part came before it was written")
			}
			close(more)
			rest, err := io.ReadAll(response.Body)
			if err != nil || !strings.Contains(string(rest), "second") {
				t.Errorf("then came %q, %v", rest, err)
			}
		})
	}
}

// socketEcho tells the request's header in the first message, and then echoes.
var socketEcho = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return
	}
	defer conn.Close()
	var header strings.Builder
	_ = r.Header.Write(&header)
	_ = wsutil.WriteServerText(conn, []byte(header.String()))
	for {
		message, op, err := wsutil.ReadClientData(conn)
		if err != nil || wsutil.WriteServerMessage(conn, op, message) != nil {
			return
		}
	}
})

func TestWebSocketEcho(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", socketEcho)
	for _, host := range bothHosts {
		dialer := ws.Dialer{
			NetDial: func(context.Context, string, string) (net.Conn, error) { return g.dial(), nil },
			Header:  ws.HandshakeHeaderHTTP{"Cookie": []string{"PHPSESSID=1"}},
		}
		tcp, early, _, err := dialer.Dial(t.Context(), "ws://"+host+":"+g.port+"/socket")
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		conn := struct {
			io.Reader
			io.Writer
		}{tcp, tcp}
		if early != nil { // what came along with the handshake
			conn.Reader = early
		}
		header, err := wsutil.ReadServerText(conn)
		if err != nil || !strings.Contains(string(header), "Cookie: PHPSESSID=1\r\n") {
			t.Fatalf("%s: the first message is %q, %v", host, header, err)
		}
		for _, message := range []string{"a", "<img src=https://www.google-analytics.com/collect>", string(noise(200_000))} {
			if err := wsutil.WriteClientBinary(conn, []byte(message)); err != nil {
				t.Fatal(err)
			}
			if back, err := wsutil.ReadServerBinary(conn); err != nil || string(back) != message {
				t.Fatalf("%s: %d bytes came back as %d, %v", host, len(message), len(back), err)
			}
		}
		_ = tcp.Close()
	}
}

// TestStreamsBothWays does over cleartext HTTP/2 what gRPC does: each message of
// the client is answered before the next is sent, and a trailer ends the call.
func TestStreamsBothWays(t *testing.T) {
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		_ = http.NewResponseController(w).Flush()
		message := make([]byte, 8)
		for {
			if _, err := io.ReadFull(r.Body, message); err != nil {
				break
			}
			_, _ = w.Write(bytes.ToUpper(message))
			_ = http.NewResponseController(w).Flush()
		}
		w.Header().Set("Grpc-Status", "0 "+r.Proto+" "+r.Header.Get("Te"))
	}))
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	upstream.Config.Protocols = protocols
	upstream.Start()
	defer upstream.Close()

	block := "reverse_proxy h2c://" + upstream.Listener.Addr().String()
	g := start(t, twins("servers {\nprotocols h1 h2c\n}", "consent", block), nil)
	transport := &http.Transport{
		Protocols:   protocols,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return g.dial(), nil },
	}
	defer transport.CloseIdleConnections()
	for _, host := range bothHosts {
		reader, writer := io.Pipe()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+":"+g.port+"/shop.Cart/Watch", reader)
		r.Header.Set("Content-Type", "application/grpc")
		r.Header.Set("Te", "trailers")
		response, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		for i := range 20 {
			message := fmt.Sprintf("message%x", i%16)
			_, _ = io.WriteString(writer, message)
			back := make([]byte, len(message))
			if _, err := io.ReadFull(response.Body, back); err != nil || string(back) != strings.ToUpper(message) {
				t.Fatalf("%s: %q came back as %q, %v", host, message, back, err)
			}
		}
		_ = writer.Close()
		rest, err := io.ReadAll(response.Body)
		if err != nil || len(rest) != 0 || response.Trailer.Get("Grpc-Status") != "0 HTTP/2.0 trailers" {
			t.Errorf("%s: at the end %q, %v, trailers %v", host, rest, err, response.Trailer)
		}
		_ = response.Body.Close()
	}
}

// allocated returns how many bytes f allocates in the whole process, gateway,
// upstream and client together.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// large writes n bytes, a block at a time.
func large(w io.Writer, n int) error {
	block := noise(64 << 10)
	for n > 0 {
		k, err := w.Write(block[:min(n, len(block))])
		if err != nil {
			return err
		}
		n -= k
	}
	return nil
}

func sumOf(n int) string {
	h := sha256.New()
	_ = large(h, n)
	return sumText(h)
}

func sumText(h hash.Hash) string { return fmt.Sprintf("%x", h.Sum(nil)) }

func TestLargeDownloadStreams(t *testing.T) {
	const size = 200 << 20
	for name, length := range map[string]bool{"announced": true, "chunked": false} {
		t.Run("length="+name, func(t *testing.T) {
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/octet-stream")
				if length {
					w.Header().Set("Content-Length", strconv.Itoa(size))
				}
				_ = large(w, size)
			}))
			var n int64
			used := allocated(func() {
				response, err := g.client().Get("http://" + g.host + "/download")
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				if n, err = io.Copy(io.Discard, response.Body); err != nil {
					t.Fatal(err)
				}
			})
			if n != size {
				t.Errorf("%d bytes came", n)
			}
			if used > 16<<20 {
				t.Errorf("%d bytes of memory for %d bytes", used, n)
			}
		})
	}
}

func TestThreat36UploadStreams(t *testing.T) {
	const size = 50 << 20
	g := startTwins(t, "reverse_proxy {upstream}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		n, err := io.Copy(h, r.Body)
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, n, " ", sumText(h), " ", r.TransferEncoding, " ", err)
	}))
	want := fmt.Sprint(size, " ", sumOf(size), " [chunked] <nil>")
	for _, host := range bothHosts {
		used := allocated(func() {
			conn := g.dial()
			r := bufio.NewReader(conn)
			fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: %s:%s\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", host, g.port)
			if asked, err := http.ReadResponse(r, nil); err != nil || asked.StatusCode != http.StatusContinue {
				t.Fatalf("%s: the body was not asked for: %v, %v", host, asked, err)
			}
			if err := large(chunkWriter{conn}, size); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "0\r\n\r\n")
			got, err := readWire(r, "POST")
			if err != nil || got.Body != want {
				t.Errorf("%s: the storefront read %q, %v; want %q", host, got.Body, err, want)
			}
		})
		if used > 16<<20 {
			t.Errorf("%s: %d bytes of memory for %d bytes", host, used, size)
		}
	}
}

// chunkWriter writes each Write as one chunk (RFC 9112 section 7.1).
type chunkWriter struct{ w io.Writer }

func (c chunkWriter) Write(p []byte) (int, error) {
	if _, err := fmt.Fprintf(c.w, "%x\r\n", len(p)); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	if err == nil {
		_, err = io.WriteString(c.w, "\r\n")
	}
	return n, err
}

func TestThreat36UploadIsRefusedBeforeItsBody(t *testing.T) {
	g := startTwins(t, "reverse_proxy {upstream}", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))
	for _, host := range bothHosts {
		got := g.raw(host, request("POST", "/upload", "Content-Length: 1000000000", "Expect: 100-continue"))
		if got.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s answered %d", host, got.Status)
		}
	}
}

func TestUpstreamDown(t *testing.T) {
	port := freePort(t)
	g := start(t, strings.ReplaceAll(twins("", "consent", "reverse_proxy {upstream}"), "level ERROR", "output discard"), nil)
	g.load(strings.ReplaceAll(twins("", "consent", "reverse_proxy {upstream}"), "level ERROR", "output discard"), "127.0.0.1:"+port)
	if got := g.sameOnBoth(t, request("GET", "/", "Cookie: _ga=1")); got.Status != http.StatusBadGateway {
		t.Errorf("answered %d", got.Status)
	}
}

func TestHandlersBehind(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"words.txt": "words", "data.json": `{"a":1}`, "index.html": "<p>home</p><img src=https://www.google-analytics.com/collect>",
		"page.html": "<p>a page</p><img src=https://www.google-analytics.com/collect>",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	block := `
	root * ` + root + `
	handle /said {
		respond "said" 201
	}
	handle /one/* {
		respond "one {path}"
	}
	handle_path /two/* {
		respond "two {path}"
	}
	handle_path /files/* {
		file_server
	}
	handle_path /api/* {
		rewrite * /v1{uri}
		reverse_proxy {upstream}
	}
	handle /page-said {
		header Content-Type text/html
		respond "<p>said</p><img src=https://www.google-analytics.com/collect>"
	}
	handle {
		error "nothing here" 404
	}
	handle_errors {
		respond "{err.status_code}"
	}`
	g := startTwins(t, block, echoLine)
	for target, want := range map[string]string{
		"/said": "said", "/one/x": "one /one/x", "/two/x": "two /x", "/files/words.txt": "words", "/files/data.json": `{"a":1}`,
		"/api/a?b=c": "GET /v1/a?b=c", "/nothing": "404", "/files/none.txt": "404",
	} {
		if got := g.sameOnBoth(t, request("GET", target)); got.Body != want {
			t.Errorf("%s answered %d %q, want %q", target, got.Status, got.Body, want)
		}
	}
	for target, want := range map[string]string{"/files/": "<p>home</p>", "/files/page.html": "<p>a page</p>", "/page-said": "<p>said</p>"} {
		got := g.raw(guarded, request("GET", target))
		if got.Status != 200 || got.Broken || !strings.Contains(got.Body, want) || strings.Contains(got.Body, "google-analytics.com") {
			t.Errorf("%s answered %d %q", target, got.Status, got.Body)
		}
	}
}

// echoLine answers with the request line.
var echoLine = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, r.Method+" "+r.RequestURI)
})

// TestEncodeInFront: a page is compressed once, after it was filtered, whoever
// compresses it.
func TestEncodeInFront(t *testing.T) {
	page := "<!doctype html><title>x</title>" + strings.Repeat("<p>word</p>", 500) + "<img src=https://www.google-analytics.com/collect>"
	for _, upstreamCodes := range []bool{false, true} {
		t.Run(fmt.Sprintf("upstream-compresses=%t", upstreamCodes), func(t *testing.T) {
			g := start(t, site("", "encode gzip\nconsent\nreverse_proxy {upstream}"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if upstreamCodes && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
					w.Header().Set("Content-Encoding", "gzip")
					_, _ = w.Write(gzipped(page))
					return
				}
				_, _ = io.WriteString(w, page)
			}))
			a := g.get("/", "Accept-Encoding", "gzip")
			if got := a.Header["Content-Encoding"]; !slices.Equal(got, []string{"gzip"}) {
				t.Fatalf("Content-Encoding is %q", got)
			}
			r, err := gzip.NewReader(strings.NewReader(a.body))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r)
			if err != nil || !bytes.Contains(body, []byte(strings.Repeat("<p>word</p>", 500))) || bytes.Contains(body, []byte("google-analytics.com/collect")) {
				t.Errorf("%v: %.300s", err, body)
			}
		})
	}
}

// startTLS runs the bare gateway behind TLS, and returns a client for HTTP/2.
func startTLS(t *testing.T, upstream http.Handler) (*gate, *http.Client) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{guarded},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certFile := writeFile(t, "cert.pem", string(certificate))
	keyFile := writeFile(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	text := strings.Replace(bare, "http://", "https://", 1)
	g := start(t, strings.Replace(text, "consent\n", "tls "+certFile+" "+keyFile+"\nconsent\n", 1), upstream)

	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	transport := &http.Transport{
		Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: roots}, DisableCompression: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return g.dial(), nil },
	}
	t.Cleanup(transport.CloseIdleConnections)
	return g, &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// ask sends a request and returns the response with its body read.
func ask(t *testing.T, client *http.Client, r *http.Request) answer {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(body)}
}

// TestHTTP2OverTLS also shows that the crumbs into which HTTP/2 breaks a Cookie
// field (RFC 9113 section 8.2.3) are judged together.
func TestHTTP2OverTLS(t *testing.T) {
	g, client := startTLS(t, echo)
	r, _ := http.NewRequest(http.MethodGet, "https://"+g.host+"/p?gclid=1&q=2", nil)
	r.Header["Cookie"] = []string{"PHPSESSID=1; _ga=2", "csrftoken=3", "unknown=4; JSESSIONID=5"}
	a := ask(t, client, r)
	if a.ProtoMajor != 2 || !strings.HasPrefix(a.body, "GET /p?q=2\n") {
		t.Errorf("%s: %s", a.Proto, a.body)
	}
	if !strings.Contains(a.body, "Cookie: PHPSESSID=1; csrftoken=3; JSESSIONID=5\r\n") {
		t.Errorf("the storefront saw\n%s", a.body)
	}
}

// TestPageRevalidates: a page that was filtered can be confirmed, under a tag of
// its own class.
func TestPageRevalidates(t *testing.T) {
	for name, tag := range map[string]string{"strong": `"v1"`, "weak": `W/"v1"`, "empty": `""`, "comma": `"v,1"`} {
		t.Run("tag="+name, func(t *testing.T) {
			g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", tag)
				w.Header().Set("Content-Type", "text/html")
				http.ServeContent(w, r, "index.html", modified, strings.NewReader("<p>page</p><img src=https://www.google-analytics.com/collect>"))
			}))
			first := g.get("/", "Accept", "text/html")
			etag := first.Header.Get("Etag")
			if !strings.HasPrefix(etag, `W/"`) || etag == tag {
				t.Fatalf("the tag is %q", etag)
			}
			again := g.get("/", "Accept", "text/html", "If-None-Match", etag, "If-Modified-Since", modified.Format(http.TimeFormat))
			if again.StatusCode != http.StatusNotModified || again.body != "" || again.Header.Get("Etag") != etag {
				t.Errorf("answered %s with the tag %q, want that of the page, %q", again.Status, again.Header.Get("Etag"), etag)
			}
			fromList := g.get("/", "Accept", "text/html", "If-None-Match", `"x", `+etag+`, W/"y"`)
			if fromList.StatusCode != http.StatusNotModified {
				t.Errorf("in a list the tag is answered by %s", fromList.Status)
			}
			for _, stale := range []string{tag, strings.TrimPrefix(tag, "W/")} {
				if a := g.get("/", "Accept", "text/html", "If-None-Match", stale); a.StatusCode != http.StatusOK {
					t.Errorf("the storefront's own tag %s, of a page that was not filtered, is confirmed", stale)
				}
			}
		})
	}
}

// TestPageChangesWhereItIsTheSame: by If-Match the storefront sees its own tags, and a
// weak one proves nothing to it (RFC 9110 section 13.1.1).
func TestPageChangesWhereItIsTheSame(t *testing.T) {
	for tag, want := range map[string]int{`"v,1"`: http.StatusOK, `W/"v,1"`: http.StatusPreconditionFailed} {
		g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", tag)
			w.Header().Set("Content-Type", "text/html")
			http.ServeContent(w, r, "index.html", modified, strings.NewReader("<p>page</p>"))
		}))
		etag := g.get("/").Header.Get("Etag")
		for _, tags := range []string{etag, `"x,y", ` + etag} {
			if a := g.get("/", "If-Match", tags); a.StatusCode != want {
				t.Errorf("of the tag %s, If-Match: %s is answered by %s", tag, tags, a.Status)
			}
		}
		if a := g.get("/", "If-Match", `"x"`); a.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("another tag is answered by %s", a.Status)
		}
	}
}

// TestRequestsOnOneConnectionAreApart: nothing of one request is seen in the next on the
// same connection.
func TestRequestsOnOneConnectionAreApart(t *testing.T) {
	g := start(t, bare, echo)
	cookie := g.grant("advertising", "device")
	conn := g.dial()
	r := bufio.NewReader(conn)
	var bodies []string
	for _, headers := range []string{"Cookie: " + cookie + "\r\nX-Device-Id: canary\r\n", "X-Device-Id: canary\r\n", "Cookie: " + cookie + "\r\n"} {
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n", g.host, headers)
		got, err := readWire(r, "GET")
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, got.Body)
	}
	granted := "Consent: necessary, advertising, device\r\n"
	if !strings.Contains(bodies[0], granted) || !strings.Contains(bodies[0], "canary") || !strings.Contains(bodies[2], granted) {
		t.Errorf("what was granted is not seen in\n%s\n%s", bodies[0], bodies[2])
	}
	if !strings.Contains(bodies[1], "Consent: necessary\r\n") || strings.Contains(bodies[1], "canary") {
		t.Errorf("the request between them saw\n%s", bodies[1])
	}
}
