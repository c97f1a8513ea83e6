package page_test

import (
	"fmt"
	"os"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/page"
)

// judge allows a content network, and denies all others for want of consent.
type judge struct{}

func (judge) URL(u *page.URL, _ page.Element) page.Verdict {
	switch string(u.Host) {
	case "cdn.example":
		return page.Verdict{Purpose: consent.Necessary, Partner: "cdn"}
	case "stats.example":
		return page.Verdict{Block: true, Purpose: consent.Analytics, Partner: "stats"}
	}
	return page.Verdict{Block: true, Purpose: consent.None}
}

func (judge) Script([]byte) page.Verdict { return page.Verdict{} }

func Example() {
	base, _ := page.NewBase("https", "shop.example")
	r := page.NewRewriter(os.Stdout, &page.Options{Base: base, Judge: judge{}})
	fmt.Fprintln(r, `<img src="/logo.png"><img src="https://cdn.example/shoe.jpg">`)
	fmt.Fprintln(r, `<img src="https://stats.example/p.gif" width=1>`)
	r.Close()
	// Output:
	// <img src="/logo.png"><img src="https://cdn.example/shoe.jpg">
	// <img data-consent="analytics" data-consent-src="aHR0cHM6Ly9zdGF0cy5leGFtcGxlL3AuZ2lm" width=1>
}

func ExampleLinkHeader() {
	base, _ := page.NewBase("https", "shop.example")
	o := &page.Options{Base: base, Judge: judge{}}
	fmt.Println(page.LinkHeader(`</a.css>; rel=preload; as=style, <https://stats.example>; rel=preconnect`, o))
	// Output: </a.css>; rel=preload; as=style true
}
