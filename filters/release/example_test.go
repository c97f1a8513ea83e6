package release_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

func Example() {
	plan, err := visit.New(visit.Config{Countries: []string{"CN", "DE"}})
	if err != nil {
		panic(err)
	}
	// What the nodes stored of a day, read back after the day has closed.
	epoch := plan.Calendar().Epoch(time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC))
	stored := map[string]int64{
		"visits{route=other}": 40_120, "visits{country=CN}": 30_000, "visits{country=DE}": 10_000, "visits{country=other}": 120,
	}
	counts, _ := plan.Counts(maps.All(stored))

	// A fixed source of randomness, for the example alone. Nil is the real one.
	random := rand.NewChaCha8([32]byte{})
	published, err := release.Publish(plan, epoch, counts, release.Privacy{}, random)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v, spent %.2f\n", published.Privacy, published.Spent)

	series := release.NewSeries([]*release.Publication{published})
	day := epoch.Day()
	visits := series.Visits(day, day)
	fmt.Println("the interval holds the 40120 visits:", visits.Low < 40_120 && 40_120 < visits.High)
	fmt.Println("it is narrower than 1 %:", visits.High-visits.Low < 401)
	// Output:
	// noise 2, spent 2.00
	// the interval holds the 40120 visits: true
	// it is narrower than 1 %: true
}
