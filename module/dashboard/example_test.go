package dashboard_test

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
	"github.com/fairwaygate/fairway/module/dashboard"
)

func Example() {
	plan, err := visit.New(visit.Config{Routes: []visit.Route{{Name: "product", Paths: []string{"/product/*"}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	// A day with 1,234 page loads of products, published without small counts.
	day := plan.Calendar().Epoch(time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC))
	counts := make([]int64, plan.Len())
	cell, _ := plan.Cell("loads{route=product}")
	counts[cell] = 1234
	threshold, err := release.Threshold(20)
	if err != nil {
		fmt.Println(err)
		return
	}
	publication, err := release.Publish(plan, day, counts, threshold, nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	site := dashboard.NewSite("shop.example", time.UTC, []*release.Publication{publication})
	now := day.End.Add(12 * time.Hour)
	report, err := dashboard.New(url.Values{"days": {"7"}}, site, plan.Closes(plan.Calendar().Epoch(now)), now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.From, "to", report.To, "published:", report.Published, "next:", report.Next.Format(time.RFC3339))
	route := report.Routes.Items[0]
	fmt.Println(route.Name, route.PageLoads.Value, "between", route.PageLoads.Low, "and", route.PageLoads.High)

	var page strings.Builder
	if err := dashboard.HTML(&page, report); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(page.String(), "1 of the 7 days in this range are published"))

	_, err = dashboard.New(url.Values{"days": {"many"}}, site, time.Time{}, now)
	fmt.Println(err)
	// Output:
	// 2028-02-24 to 2028-03-01 published: 1 next: 2028-03-03T02:00:00Z
	// product 1235 between 1232.5 and 1237.5
	// true
	// parameter days="many": must be a number from 1 to 731
}
