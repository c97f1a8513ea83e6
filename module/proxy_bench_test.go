package module_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// shopPage is a page of some 70 KB, such as storefronts have: markup, inline style
// and script, product tiles, and a handful of third parties.
var shopPage = func() string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tea and more</title><link rel="stylesheet" href="/app.css">` +
		`<style>.tile{display:grid;background:url(/img/paper.png)}</style><script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>` +
		`<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag("js",new Date());gtag("config","G-1")</script></head><body>`)
	for i := 0; b.Len() < 70_000; i++ {
		fmt.Fprintf(&b, `<article class="tile" data-sku="%d"><a href="/product/%d?ref=list"><img loading="lazy" src="/img/%d.jpg" srcset="/img/%d@2x.jpg 2x" alt="Tea">`+
			`</a><h3>Tea no. %d</h3><p>A tea that is picked by hand in the spring &amp; dried in the shade of old trees.</p><form method="post" action="/cart">`+
			`<input type="hidden" name="sku" value="%d"><button class="buy">Add to cart</button></form></article>`+"\n", i, i, i, i, i, i)
	}
	b.WriteString(`<img src="https://www.facebook.com/tr?id=1&amp;ev=PageView" width=1 height=1><script src="/app.js" defer></script></body></html>`)
	return b.String()
}()

// bodies are what the benchmarks fetch.
var bodies = []struct {
	name, path, contentType, body string
}{
	{"page-70k", "/", "text/html; charset=utf-8", shopPage},
	{"image-10k", "/tea.jpg", "image/jpeg", string(noise(10 << 10))},
	{"json-200", "/api/cart", "application/json", `{"items":[` + strings.Repeat(`{"sku":123,"n":1},`, 9) + `{"sku":124,"n":2}],"total":"18.40"}`},
}

// listen serves prepared responses with as little work as there can be, so that
// what is measured is what stands in front.
func listen(t testing.TB) string {
	responses := make(map[string][]byte)
	for _, b := range bodies {
		responses[b.path] = []byte("HTTP/1.1 200 OK\r\nContent-Type: " + b.contentType + "\r\nContent-Length: " + strconv.Itoa(len(b.body)) +
			"\r\nSet-Cookie: PHPSESSID=1; Path=/\r\nCache-Control: no-cache\r\n\r\n" + b.body)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					_, rest, _ := strings.Cut(line, " ")
					path, _, _ := strings.Cut(rest, " ")
					path, _, _ = strings.Cut(path, "?")
					for len(line) > 2 {
						if line, err = r.ReadString('\n'); err != nil {
							return
						}
					}
					if _, err := conn.Write(responses[path]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// visitor is a browser's connection that is kept alive, as cheap as the server of
// listen.
type visitor struct {
	conn    net.Conn
	r       *bufio.Reader
	request []byte
	vary    func(request []byte) // before each visit; may be nil
	headers int                  // bytes of the last answer, without its body
}

// newVisitor connects; a cookie is optional.
func newVisitor(g *gate, host, path, cookie string) *visitor {
	g.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+g.port)
	if err != nil {
		g.t.Fatal(err)
	}
	if cookie != "" {
		cookie += "; "
	}
	text := "GET " + path + "?utm_source=mail HTTP/1.1\r\nHost: " + host + ":" + g.port + "\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Cookie: " + cookie + "PHPSESSID=0123456789abcdef; csrftoken=fedcba9876543210\r\nReferer: http://shop.example/\r\n" +
		"Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n\r\n"
	return &visitor{conn: conn, r: bufio.NewReaderSize(conn, 32<<10), request: []byte(text)}
}

// visit sends the request and reads the response to its end.
func (v *visitor) visit() error {
	if v.vary != nil {
		v.vary(v.request)
	}
	if _, err := v.conn.Write(v.request); err != nil {
		return err
	}
	status, err := v.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(status) < 12 || string(status[9:12]) != "200" {
		return fmt.Errorf("answered %q", status)
	}
	length := int64(-1)
	v.headers = len(status)
	for {
		line, err := v.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		v.headers += len(line)
		if len(line) <= 2 {
			break
		}
		const name = "Content-Length: "
		if len(line) > len(name) && string(line[:len(name)]) == name {
			if length, err = strconv.ParseInt(strings.TrimSpace(string(line[len(name):])), 10, 64); err != nil {
				return err
			}
		}
	}
	if length >= 0 {
		_, err = v.r.Discard(int(length))
		return err
	}
	if _, err = io.Copy(io.Discard, httputil.NewChunkedReader(v.r)); err != nil {
		return err
	}
	_, err = v.r.Discard(2) // the empty line after the last chunk
	return err
}

// crowd is visitors at the same time.
type crowd []*visitor

func newCrowd(g *gate, n int, host, path, cookie string) crowd {
	c := make(crowd, n)
	for i := range c {
		c[i] = newVisitor(g, host, path, cookie)
	}
	g.t.Cleanup(func() {
		for _, v := range c {
			_ = v.conn.Close()
		}
	})
	return c
}

// visit makes n requests and returns how long they took together.
func (c crowd) visit(t testing.TB, n int) time.Duration {
	start := time.Now()
	var wait sync.WaitGroup
	for i, v := range c {
		share := n / len(c)
		if i < n%len(c) {
			share++
		}
		wait.Go(func() {
			for range share {
				if err := v.visit(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return time.Since(start)
}

// startBench runs the two sites in front of the server of listen.
func startBench(b *testing.B) *gate {
	g := start(b, strings.ReplaceAll(twins("", "consent", "reverse_proxy {upstream}"), "{upstream}", listen(b)), nil)
	return g
}

// BenchmarkProxy compares the gateway with plain reverse_proxy, over sockets that
// are kept alive, four at a time. The line of each gateway is measured in turns
// with plain, a few requests each, so that noise falls on both alike; x-plain is
// the ratio of the two.
func BenchmarkProxy(b *testing.B) {
	const visitors, turn = 4, 64
	for _, body := range bodies {
		for _, gateway := range []struct {
			name, host string
			granted    []string
		}{{"plain", plain, nil}, {"consent", guarded, nil}, {"consent-granted", guarded, []string{"analytics", "advertising"}}} {
			b.Run("body="+body.name+"/gateway="+gateway.name, func(b *testing.B) {
				g := startBench(b)
				cookie := ""
				if gateway.granted != nil {
					cookie = g.grant(gateway.granted...)
				}
				measured := newCrowd(g, visitors, gateway.host, body.path, cookie)
				beside := newCrowd(g, visitors, plain, body.path, cookie)
				measured.visit(b, turn)
				beside.visit(b, turn)
				b.SetBytes(int64(len(body.body)))
				b.ReportAllocs()
				var with, without time.Duration
				b.ResetTimer()
				for done := 0; done < b.N; done += turn {
					n := min(turn, b.N-done)
					first := done/turn%2 == 0 // what comes first is a little slower
					b.StopTimer()
					if first {
						without += beside.visit(b, n)
					}
					b.StartTimer()
					with += measured.visit(b, n)
					b.StopTimer()
					if !first {
						without += beside.visit(b, n)
					}
				}
				b.ReportMetric(with.Seconds()/without.Seconds(), "x-plain")
			})
		}
	}
}

// TestBenchFetchesWhatItSays keeps the benchmark honest: what it measures is the
// filtered page behind the gateway and the storefront's own behind plain.
func TestBenchFetchesWhatItSays(t *testing.T) {
	g := start(t, strings.ReplaceAll(twins("", "consent", "reverse_proxy {upstream}"), "{upstream}", listen(t)), nil)
	for _, body := range bodies {
		for _, host := range bothHosts {
			v := newVisitor(g, host, body.path, "")
			for range 3 {
				if err := v.visit(); err != nil {
					t.Errorf("%s from %s: %v", body.path, host, err)
				}
			}
			_ = v.conn.Close()
			got := g.raw(host, request("GET", body.path))
			same := got.Body == body.body
			if got.Status != http.StatusOK || same != (host == plain || body.name != "page-70k") {
				t.Errorf("%s from %s: %d, the storefront's own bytes: %t", body.path, host, got.Status, same)
			}
			if host == guarded && strings.Contains(got.Body, "facebook.com/tr") {
				t.Errorf("%s: the tracker passed", body.path)
			}
		}
	}
}
