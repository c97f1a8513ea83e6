package dashboard

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// benchSite returns so many published days that end yesterday.
func benchSite(b *testing.B, days visit.Day) (*Site, time.Time) {
	b.Helper()
	s := simulate(1, 60, 0)
	counts := make([]int64, s.plan.Len())
	for _, cells := range s.counts {
		for key, n := range cells {
			cell, _ := s.plan.Cell(key)
			counts[cell] = n
		}
	}
	calendar := s.plan.Calendar()
	random := rand.NewChaCha8([32]byte{1})
	var pubs []*release.Publication
	for day := simStart; day < simStart+days; day++ {
		pub, err := release.Publish(s.plan, calendar.Epoch(calendar.Start(day)), counts, noise(2), random)
		if err != nil {
			b.Fatal(err)
		}
		pubs = append(pubs, pub)
	}
	return NewSite("shop.example", simZone, pubs), calendar.Start(simStart + days)
}

func BenchmarkDashboard(b *testing.B) {
	for _, days := range []visit.Day{30, 731} {
		site, now := benchSite(b, days)
		query := parseQuery(b, fmt.Sprintf("days=%d", days))
		report := func() *Report {
			r, err := New(query, site, time.Time{}, now)
			if err != nil {
				b.Fatal(err)
			}
			return r
		}
		for _, form := range []struct {
			name  string
			write func(io.Writer, *Report) error
		}{{"html", HTML}, {"json", JSON}, {"csv", CSV}} {
			b.Run(fmt.Sprintf("days=%d/form=%s", days, form.name), func(b *testing.B) {
				for b.Loop() {
					if err := form.write(io.Discard, report()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("days=%d/step=site", days), func(b *testing.B) {
			for b.Loop() {
				NewSite("shop.example", simZone, site.pubs)
			}
		})
	}
}
