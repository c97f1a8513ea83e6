package module

import (
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// PublishDays stores so many published days of a site that end with a day, for
// tests of either package. Each has 100 page loads of the route "product".
func PublishDays(t testing.TB, store *Store, site string, days int, last visit.Day) {
	t.Helper()
	plan, err := visit.New(visit.Config{
		Routes:    []visit.Route{{Name: "product", Paths: []string{"/product/*"}}, {Name: "home", Paths: []string{"/"}}},
		Goals:     []visit.Goal{{Name: "order"}},
		Campaigns: []string{"spring-sale"},
	})
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int64, plan.Len())
	cell, ok := plan.Cell("loads{route=product}")
	if !ok {
		t.Fatal("no such cell")
	}
	counts[cell] = 100
	privacy, err := release.Threshold(20)
	if err != nil {
		t.Fatal(err)
	}
	for d := last - visit.Day(days) + 1; d <= last; d++ {
		epoch := plan.Calendar().Epoch(plan.Calendar().Start(d))
		publication, err := release.Publish(plan, epoch, counts, privacy, nil)
		if err != nil {
			t.Fatal(err)
		}
		data, err := publication.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		publish := func(map[string]int64) ([]byte, error) { return data, nil }
		if _, err := store.Release(t.Context(), site, epoch, time.Now(), false, publish); err != nil {
			t.Fatal(err)
		}
	}
}

// DaysAgo is a day before today, in UTC.
func DaysAgo(n int) visit.Day { return visit.DayOf(time.Now().UTC()) - visit.Day(n) }
