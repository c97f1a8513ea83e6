package module_test

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// newBeacon connects as a page's script does and sends a beacon at each visit, each
// from another network, since one alone may not send so many.
func newBeacon(g *gate, host, cookie, body string) *visitor {
	g.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+g.port)
	if err != nil {
		g.t.Fatal(err)
	}
	if cookie != "" {
		cookie = "Cookie: " + cookie + "; PHPSESSID=0123456789abcdef\r\n"
	}
	text := fmt.Sprintf("POST /.consent/visit HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: %s\r\nAccept: */*\r\nAccept-Language: en-GB,en;q=0.5\r\n"+
		"Accept-Encoding: gzip, deflate, br, zstd\r\nContent-Type: application/json\r\nOrigin: http://%s:%s\r\nReferer: http://%s:%s/product/7\r\n"+
		"X-Forwarded-For: 2001:db8:1000::1\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n%sContent-Length: %d\r\n\r\n%s",
		host, g.port, firefox, host, g.port, host, g.port, cookie, len(body), body)
	at := strings.Index(text, "db8:1000") + len("db8:")
	network := 0x1000
	return &visitor{conn: conn, r: bufio.NewReaderSize(conn, 32<<10), request: []byte(text), vary: func(request []byte) {
		if network++; network > 0xffff {
			network = 0x1000
		}
		strconv.AppendInt(request[:at], int64(network), 16)
	}}
}

// BenchmarkBeacon compares beacons with a bare respond of the same length, over
// sockets that are kept alive, four at a time, in turns; x-respond is the ratio
// of the rates.
func BenchmarkBeacon(b *testing.B) {
	const visitors, turn = 4, 256
	for _, bb := range []struct {
		name    string
		granted []string
	}{{"none", nil}, {"analytics", []string{"analytics"}}} {
		b.Run("beacon=load/consent="+bb.name, func(b *testing.B) {
			g := start(b, twins("servers {\ntrusted_proxies static 127.0.0.1\n}\nconsent {\nreport {\nroute product /product/*\nroute home /\n}\n}", "consent", `respond "{\"token\":\"AAAAAAHCAYUwTg4e6rZcIE-2w1LFWpjj\"}"`), nil)
			cookie := ""
			if bb.granted != nil {
				v := (&counted{gate: g}).caller()
				v.accept(bb.granted...)
				v.load(`{"path":"/"}`)
				cookie = "consent=" + v.jar["consent"] + "; dates=" + v.jar["dates"] + "; visit=1"
			}
			var crowds [2]crowd
			for i, host := range []string{guarded, plain} {
				for range visitors {
					crowds[i] = append(crowds[i], newBeacon(g, host, cookie, `{"path":"/product/7","from":"https://news.example"}`))
				}
				defer func() {
					for _, v := range crowds[i] {
						_ = v.conn.Close()
					}
				}()
				crowds[i].visit(b, turn)
			}
			b.ReportAllocs()
			var with, without time.Duration
			b.ResetTimer()
			for done := 0; done < b.N; done += turn {
				n := min(turn, b.N-done)
				b.StopTimer()
				if done/turn%2 == 0 {
					without += crowds[1].visit(b, n)
				}
				b.StartTimer()
				with += crowds[0].visit(b, n)
				b.StopTimer()
				if done/turn%2 != 0 {
					without += crowds[1].visit(b, n)
				}
			}
			b.ReportMetric(without.Seconds()/with.Seconds(), "x-respond")
			b.ReportMetric(float64(b.N)/with.Seconds(), "beacons/s")
		})
	}
}
