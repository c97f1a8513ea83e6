package body_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/location"
)

func ExampleFilter() {
	o := &body.Options{
		Identifiers: &identifier.Filter{Location: location.Default},
		Granted:     consent.Of(consent.Necessary),
		Found:       func(f body.Finding) { fmt.Println(f.Kind, f.Place, f.Action) },
	}
	in := strings.NewReader(`{"order": 7, "imei": "490154203237518", "at": {"lat": 39.9042, "lng": 116.4074}}` + "\n")
	r, err := body.Filter("application/json", in, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := io.Copy(os.Stdout, r); err != nil {
		fmt.Println(err)
	}
	// Output:
	// imei json drop
	// place json coarsen
	// place json coarsen
	// {"order": 7, "at": {"lat": 39.9, "lng": 116.4}}
}

func ExampleNewAllowlist() {
	receives, err := body.NewAllowlist("order.total", "order.items.price")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := body.Filter("application/json", strings.NewReader(`{"user":"ann","order":{"total":5,"items":[{"price":5,"sku":"a"}]}}`), &body.Options{Receives: receives})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := io.Copy(os.Stdout, r); err != nil {
		fmt.Println(err)
	}
	fmt.Println()
	fmt.Println(receives.Query("order[total]=5&user=ann"))
	// Output:
	// {"order":{"total":5,"items":[{"price":5}]}}
	// order[total]=5
}
