package catalogue_test

import (
	"fmt"
	"strings"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

func Example() {
	var hosts catalogue.HostTable[catalogue.Host]
	for h := range catalogue.Hosts() {
		if err := hosts.Add(h.Pattern, h); err != nil {
			fmt.Println(err)
		}
	}
	h, _ := hosts.Lookup("www.google-analytics.com")
	fmt.Println(h.Partner, h.Country, h.Purpose == consent.Analytics)

	scripts, err := catalogue.NewScripts(catalogue.Hosts(), catalogue.Signatures())
	if err != nil {
		fmt.Println(err)
	}
	s, _ := scripts.Match([]byte(`fbq("init", "123")`), consent.Of(consent.Necessary))
	fmt.Println(s.Partner, s.Purpose == consent.Advertising)

	endpoints, err := catalogue.NewEndpoints(catalogue.BuiltinEndpoints())
	if err != nil {
		fmt.Println(err)
	}
	e, _ := endpoints.Match("/metrics/g/collect", "v=2&tid=G-ABC", nil)
	fmt.Println(e.Partner)
	// Output:
	// google-analytics US true
	// meta true
	// google-analytics
}

func ExampleRead() {
	vocabulary, _ := consent.NewVocabulary()
	file := strings.NewReader("||ads.acme.example^\n||pixel.acme.example^$third-party\n@@||cdn.acme.example^\n")
	list, err := catalogue.Read(file, "lists/acme.txt", vocabulary, consent.Advertising)
	fmt.Println(len(list.Hosts), list.Hosts[0].Pattern, list.Hosts[0].Partner, list.Skipped, err)

	_, err = catalogue.Read(strings.NewReader("sid,needed,30d\n"), "cookies.csv", vocabulary, consent.None)
	fmt.Println(err)
	// Output:
	// 2 ads.acme.example acme 1 <nil>
	// cookies.csv:1: expected a purpose such as necessary, preferences, analytics or advertising, got "needed"
}
