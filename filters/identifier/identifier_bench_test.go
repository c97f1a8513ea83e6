package identifier

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// The speed that is reported is that of the fastest hundred in a row, so that what
// else the machine does counts little.
func BenchmarkQuery(b *testing.B) {
	queries := map[string]string{
		"harmless":    harmless,
		"identifiers": harmless + "&gclid=Cj0KCQ&lat=39.9042&lng=116.4074&idfa=" + uuid,
	}
	for _, rules := range []int{0, 10, 10_000} {
		f := coarse()
		if rules > 0 {
			f.Extra = manyNames(b, rules)
		}
		for name, query := range queries {
			b.Run(fmt.Sprintf("query=%s/consent=none/extra=%d", name, rules), func(b *testing.B) {
				b.ReportAllocs()
				fastest := time.Duration(math.MaxInt64)
				const many = 100
				for b.Loop() {
					start := time.Now()
					for range many {
						f.Query(query, nothing, nil)
					}
					fastest = min(fastest, time.Since(start))
				}
				b.ReportMetric(many*float64(len(query))/1e6/fastest.Seconds(), "MB/s")
			})
		}
	}
}

func manyNames(b *testing.B, n int) *Names {
	names := map[string]Kind{}
	for i := range n {
		names[fmt.Sprintf("vendor%x_key_%x", i*7919, i)] = DeviceID
	}
	t, err := NewNames(names)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

func BenchmarkHeader(b *testing.B) {
	browser := http.Header{
		"Accept":             {"text/html,application/xhtml+xml"},
		"Accept-Encoding":    {"gzip, br, zstd"},
		"Accept-Language":    {"en-GB,en;q=0.9"},
		"Cookie":             {"sid=1; theme=dark"},
		"Referer":            {"https://shop.example/search?q=shoes"},
		"Sec-Ch-Ua":          {`"Chromium";v="124"`},
		"Sec-Ch-Ua-Mobile":   {"?1"},
		"Sec-Ch-Ua-Platform": {`"Android"`},
		"Sec-Fetch-Site":     {"same-origin"},
		"User-Agent":         {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"},
		"X-Forwarded-For":    {"203.0.113.0"},
	}
	for name, granted := range map[string]consent.Set{"none": nothing, "all": everything} {
		b.Run("headers=browser/consent="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				coarse().Header(browser, granted, nil)
			}
		})
	}
}

func BenchmarkReduceUserAgent(b *testing.B) {
	for name, ua := range map[string]string{
		"full":    "Mozilla/5.0 (Linux; Android 13; SM-G991B Build/TP1A.220624.014) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.82 Mobile Safari/537.36",
		"reduced": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
	} {
		b.Run("agent="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ReduceUserAgent(ua)
			}
		})
	}
}
