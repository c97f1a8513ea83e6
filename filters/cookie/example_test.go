package cookie_test

import (
	"fmt"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
)

func Example() {
	var declared cookie.Table
	add := func(pattern string, r cookie.Rule) {
		if err := declared.Add(pattern, r); err != nil {
			panic(err)
		}
	}
	add("sid", cookie.Rule{Purpose: consent.Necessary, MaxAge: 24 * time.Hour, Secure: true, SameSite: cookie.Lax})
	add("_ga_*", cookie.Rule{Purpose: consent.Analytics})

	filter := cookie.Filter{Declared: &declared, Own: []string{"__Host-consent"}}
	granted := consent.Of(consent.Necessary)
	origin := cookie.NewOrigin("www.shop.example", "/", true)
	now := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

	// Towards the storefront.
	value, _, err := filter.Request([]string{"__Host-consent=abc; sid=1; _ga_X=2"}, granted, func(f cookie.Finding) {
		fmt.Println(f.Action, f.Name)
	})
	fmt.Printf("%q %v\n", value, err)

	// Towards the browser.
	for _, field := range filter.Response([]string{
		"sid=1; Path=/; Max-Age=31536000; Partitioned",
		"_ga_X=2; Domain=.shop.example",
	}, origin, granted, now, nil) {
		fmt.Println(field)
	}

	// What the browser holds already.
	for _, field := range cookie.AppendExpiry(nil, "_ga_X", origin) {
		fmt.Println(field)
	}
	// Output:
	// pass sid
	// drop _ga_X
	// "sid=1" <nil>
	// sid=1; Path=/; Max-Age=86400; Partitioned; Secure; SameSite=Lax
	// _ga_X=; Max-Age=0; Path=/
	// _ga_X=; Max-Age=0; Path=/; Domain=www.shop.example
	// _ga_X=; Max-Age=0; Path=/; Domain=shop.example
}
