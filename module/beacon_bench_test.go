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

// answers holds the fields of the gateway's answers to beacons, for a site that
// answers the same without counting anything.
const answers = `
http://same.example:{port} {
	bind 127.0.0.1
	header Content-Type application/json
	header Cache-Control no-store
	FIELDS
	respond "{TOKEN}"
}
`

// BenchmarkBeacon compares beacons with two sites that are sent the very same
// requests (method, headers, cookies, body) over sockets that are kept alive, four
// at a time, in turns. x-respond is the ratio of the rates with a bare respond of a
// body as long, which no visitor's answer can be, for it sets no cookie; x-same that
// with a respond that sends as many bytes of headers, which is what counting costs
// beyond sending its answer.
func BenchmarkBeacon(b *testing.B) {
	const visitors, turn, same = 4, 256, "same.example"
	for _, bb := range []struct {
		name  string
		pages int // of the visit, that were counted before
		sets  []string
	}{
		{"consent=none", 0, nil},
		{"consent=analytics/page=second", 1, []string{"visit", "dates"}},
		{"consent=analytics/page=later", 2, []string{"visit"}},
	} {
		b.Run("beacon=load/"+bb.name, func(b *testing.B) {
			token := strings.Repeat("A", 32)
			fields := map[string]string{"visit": "visit=1; Path=/; Max-Age=1800", "dates": "dates=" + strings.Repeat("A", 144) + "; Path=/; Max-Age=34000000"}
			var lines []string
			for _, name := range bb.sets {
				lines = append(lines, `header +Set-Cookie "`+fields[name]+`; HttpOnly; SameSite=Lax"`)
			}
			block := `respond "{\"token\":\"` + token + `\"}"`
			text := twins("servers {\ntrusted_proxies static 127.0.0.1\n}\nconsent {\nreport {\nroute product /product/*\nroute home /\n}\n}", "consent", block)
			text += strings.NewReplacer("FIELDS", strings.Join(lines, "\n\t"), `respond "{TOKEN}"`, block).Replace(answers)
			g := start(b, text, nil)
			cookie := ""
			if bb.pages > 0 {
				v := (&counted{gate: g}).caller()
				v.accept("analytics")
				for range bb.pages {
					v.load(`{"path":"/"}`)
				}
				cookie = "consent=" + v.jar["consent"] + "; dates=" + v.jar["dates"] + "; visit=1"
			}
			var crowds [3]crowd
			for i, host := range []string{guarded, plain, same} {
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
			if ours, theirs := crowds[0][0].headers, crowds[2][0].headers; ours < theirs*9/10 || ours > theirs*11/10 {
				b.Fatalf("headers of %d bytes are compared with %d bytes", ours, theirs)
			}
			b.ReportAllocs()
			var took [3]time.Duration
			b.ResetTimer()
			for done := 0; done < b.N; done += turn {
				for i := range crowds {
					who := (i + done/turn) % len(crowds)
					if who != 0 {
						b.StopTimer()
					}
					took[who] += crowds[who].visit(b, min(turn, b.N-done))
					b.StartTimer()
				}
			}
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "x-respond")
			b.ReportMetric(took[2].Seconds()/took[0].Seconds(), "x-same")
			b.ReportMetric(float64(b.N)/took[0].Seconds(), "beacons/s")
		})
	}
}
