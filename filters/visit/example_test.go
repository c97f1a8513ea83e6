package visit_test

import (
	"fmt"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/visit"
)

func Example() {
	plan, err := visit.New(visit.Config{
		Routes:    []visit.Route{{Name: "product", Paths: []string{"/product/*"}}},
		Campaigns: []string{"spring-sale"},
		Countries: []string{"CN", "DE"},
	})
	if err != nil {
		panic(err)
	}
	counter := visit.NewCounter(plan)

	// A beacon comes in: the page /product/7 was loaded with consent to analytics.
	now := time.Date(2026, 3, 17, 9, 30, 0, 0, time.UTC)
	var out visit.Outcome
	counter.Observe(&visit.Event{
		Kind: visit.Load, Time: now, Path: "/product/7", Campaign: "spring-sale", Country: "CN",
		Granted: consent.Of(consent.Necessary, consent.Analytics),
	}, &out)
	fmt.Printf("dates cookie: %s\n", out.Dates())

	// Every few seconds the increments go to a store.
	for _, batch := range counter.Drain(now) {
		fmt.Println(batch.Epoch)
		for _, inc := range batch.Cells {
			fmt.Println(plan.Key(inc.Cell), inc.N)
		}
	}
	// Output:
	// dates cookie: 2026-03-17~2026-03-17~1000~spring-sale@2026-03-17
	// 2026-03-17T00:00:00Z/2026-03-18T00:00:00Z
	// loads{route=product} 1
	// visitors{seen=new} 1
	// visits{route=product} 1
	// visits{country=CN} 1
	// visits{device=other} 1
	// visits{language=other} 1
	// visits{referrer=direct} 1
	// reach{campaign=spring-sale} 1
}
