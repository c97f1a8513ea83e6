package release

import (
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

func benchPlan(b *testing.B) *visit.Plan {
	b.Helper()
	p, err := visit.New(visit.Config{
		Routes:    []visit.Route{{Name: "product", Paths: []string{"/product/*"}}, {Name: "home", Paths: []string{"/"}}},
		Goals:     []visit.Goal{{Name: "order"}},
		Campaigns: []string{"spring", "summer"}, MaxValue: 100_000,
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func BenchmarkPublish(b *testing.B) {
	p := benchPlan(b)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	counts := make([]int64, p.Len())
	hide, _ := Threshold(20)
	for _, bb := range []struct {
		name    string
		privacy Privacy
	}{{"privacy=noise", Privacy{}}, {"privacy=threshold", hide}} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Publish(p, e, counts, bb.privacy, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(p.Len()), "cells")
		})
	}
}

// Two years of days, from their stored form to a month's rolling visitors for each
// day and a retention triangle.
func BenchmarkRead(b *testing.B) {
	p := benchPlan(b)
	const days = 730
	first := visit.Date(2026, 1, 1)
	var stored [][]byte
	size := 0
	for d := first; d < first+days; d++ {
		pub, err := Publish(p, p.Calendar().Epoch(p.Calendar().Start(d)), make([]int64, p.Len()), Privacy{}, seeded(byte(d)))
		if err != nil {
			b.Fatal(err)
		}
		bytes, _ := pub.MarshalBinary()
		stored = append(stored, bytes)
		size += len(bytes)
	}
	load := func(b *testing.B) *Series {
		var pubs []*Publication
		for _, s := range stored {
			pub := new(Publication)
			if err := pub.UnmarshalBinary(s); err != nil {
				b.Fatal(err)
			}
			pubs = append(pubs, pub)
		}
		return NewSeries(pubs)
	}
	b.Run("days=730/step=decode", func(b *testing.B) {
		for b.Loop() {
			load(b)
		}
		b.ReportMetric(float64(size)/days, "B/day")
	})
	s := load(b)
	b.Run("days=730/step=figures", func(b *testing.B) {
		for b.Loop() {
			for d := first; d < first+days; d++ {
				s.Visits(d, d)
				s.Visitors(d, d)
				s.Visitors(max(d-6, first), d)
				s.Visitors(max(d-29, first), d)
				s.New(d, d)
				s.PageLoads(d, d, "product")
				s.Reach(d, d, "spring")
			}
			s.StayMedian(first, first+days-1, "product")
		}
	})
	b.Run("days=730/step=triangle", func(b *testing.B) {
		for b.Loop() {
			for w := first; w+34 < first+days; w += 7 {
				for n := range 5 {
					s.WeekRetention(w, n)
				}
			}
		}
	})
}
