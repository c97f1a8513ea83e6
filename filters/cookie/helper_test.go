package cookie

import (
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// now is when the tests take place.
var now = time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

var shop = Origin{Host: "www.shop.example", Path: "/cart/list", Secure: true, Registrable: "shop.example"}

const day = 24 * time.Hour

func table(t testing.TB, rules map[string]Rule) *Table {
	t.Helper()
	var tab Table
	for pattern, r := range rules {
		if err := tab.Add(pattern, r); err != nil {
			t.Fatal(err)
		}
	}
	return &tab
}

// site is the filter of a small shop. "plain" cookies have a rule without
// conditions, so that only what a browser does shows.
func site(t testing.TB) *Filter {
	t.Helper()
	return &Filter{
		Declared: table(t, map[string]Rule{
			"plain":   {Purpose: consent.Necessary},
			"plain_*": {Purpose: consent.Necessary},
			"sid":     {Purpose: consent.Necessary, MaxAge: 30 * day, Secure: true, HTTPOnly: true, SameSite: Lax},
			"theme":   {Purpose: consent.Preferences, MaxAge: 365 * day},
			"_ga":     {Purpose: consent.Analytics, MaxAge: 400 * day},
			"_ga_*":   {Purpose: consent.Analytics, MaxAge: 400 * day},
			"never":   {Purpose: consent.None},
		}),
		Catalogue: table(t, map[string]Rule{
			"PHPSESSID": {Purpose: consent.Necessary},
			"_fbp":      {Purpose: consent.Advertising},
			"theme":     {Purpose: consent.Advertising},
		}),
		Own: []string{"__Host-consent", "__Host-dates", "__Host-visit"},
	}
}

// collect returns a callback and the findings it was given.
func collect() (func(Finding), *[]Finding) {
	var all []Finding
	return func(f Finding) { all = append(all, f) }, &all
}

var denyAll = consent.Of(consent.Necessary)
