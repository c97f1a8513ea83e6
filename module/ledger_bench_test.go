package module

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// BenchmarkLedger measures durable decisions, so many at once: what a gateway
// records while its visitors wait.
func BenchmarkLedger(b *testing.B) {
	stores := []struct {
		name string
		open func(*testing.B) Opener
	}{
		{"sqlite", func(b *testing.B) Opener { return &SQLite{Path: filepath.Join(b.TempDir(), "fairway.db")} }},
		{"postgres", func(b *testing.B) Opener { return &Postgres{URL: startPostgres(b, true).url()} }},
	}
	for _, store := range stores {
		for _, atOnce := range []int{1, 16, 64, 256} {
			b.Run(fmt.Sprintf("store=%s/waiting=%d", store.name, atOnce), func(b *testing.B) {
				book := newBookOf(b, store.open(b))
				r := book.recorder()
				defer book.end(r)
				e := aDecision(time.Now())
				if err := r.add(b.Context(), e); err != nil {
					b.Fatal(err)
				}
				b.ResetTimer()
				var wait sync.WaitGroup
				next := make(chan struct{})
				for range atOnce {
					wait.Go(func() {
						for range next {
							if err := r.add(b.Context(), aDecision(time.Now())); err != nil {
								b.Error(err)
							}
						}
					})
				}
				for range b.N {
					next <- struct{}{}
				}
				close(next)
				wait.Wait()
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
			})
		}
	}
}
