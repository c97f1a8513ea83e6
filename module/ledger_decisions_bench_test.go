package module_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// BenchmarkDecision measures decisions over HTTP, recorded before they are
// answered, from visitors who decide at the same time.
func BenchmarkDecision(b *testing.B) {
	for _, atOnce := range []int{1, 64} {
		b.Run(fmt.Sprintf("store=sqlite/visitors=%d", atOnce), func(b *testing.B) {
			g := start(b, site("consent {\nstore sqlite "+filepath.Join(b.TempDir(), "fairway.db")+"\n}", "consent\nreverse_proxy {upstream}"), echo)
			client := &http.Client{Transport: &http.Transport{
				MaxIdleConnsPerHost: atOnce,
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+g.port)
				},
			}}
			defer client.CloseIdleConnections()
			next := make(chan struct{})
			var wait sync.WaitGroup
			b.ResetTimer()
			for range atOnce {
				wait.Go(func() {
					for range next {
						r, err := http.NewRequest(http.MethodPut, "http://"+g.host+"/.consent/state", strings.NewReader(`{"granted":["analytics"]}`))
						if err != nil {
							b.Error(err)
							continue
						}
						response, err := client.Do(r)
						if err != nil {
							b.Error(err)
							continue
						}
						_, _ = io.Copy(io.Discard, response.Body)
						_ = response.Body.Close()
						if response.StatusCode != http.StatusOK {
							b.Error(response.Status)
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
