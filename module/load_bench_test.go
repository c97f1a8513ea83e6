package module_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"
)

// BenchmarkLoad is a shop's mix (a page, four images, two API calls) from many
// visitors at once, some of whom have decided. It tells what one request waits,
// in the middle and at the slow end.
func BenchmarkLoad(b *testing.B) {
	for _, clients := range []int{16, 128} {
		for _, host := range []string{plain, guarded} {
			name := "consent"
			if host == plain {
				name = "plain"
			}
			b.Run(fmt.Sprintf("clients=%d/gateway=%s", clients, name), func(b *testing.B) {
				g := startBench(b)
				cookies := []string{"", g.grant(), g.grant("analytics"), g.grant("analytics", "advertising", "personalization")}
				mix := []int{0, 1, 1, 2, 1, 1, 2} // of bodies
				connections := make([][]*visitor, clients)
				for i := range connections {
					for _, body := range bodies {
						connections[i] = append(connections[i], newVisitor(g, host, body.path, cookies[i%len(cookies)]))
					}
				}
				defer func() {
					for _, browser := range connections {
						for _, v := range browser {
							_ = v.conn.Close()
						}
					}
				}()
				waits := make([][]time.Duration, clients)
				b.ReportAllocs()
				b.ResetTimer()
				done := make(chan error, clients)
				for i, browser := range connections {
					share := b.N / clients
					if i < b.N%clients {
						share++
					}
					go func() {
						for n := range share {
							start := time.Now()
							if err := browser[mix[(n+i)%len(mix)]].visit(); err != nil {
								done <- err
								return
							}
							waits[i] = append(waits[i], time.Since(start))
						}
						done <- nil
					}()
				}
				for range clients {
					if err := <-done; err != nil {
						b.Error(err)
					}
				}
				b.StopTimer()
				all := slices.Concat(waits...)
				slices.SortFunc(all, cmp.Compare)
				if len(all) > 0 {
					b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
					b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
			})
		}
	}
}
