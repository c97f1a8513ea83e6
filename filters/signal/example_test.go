package signal_test

import (
	"fmt"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/signal"
)

func Example() {
	names, err := consent.NewVocabulary()
	if err != nil {
		panic(err)
	}
	show := func(taken consent.Set, err error) {
		fmt.Printf("takes %q, error: %v\n", names.List(taken), err)
	}

	// Consent to purposes 1, 7 and 8: measuring, but no advertising.
	show(signal.TCF("CQdWToAQdWToAEsABBENAwEgAIMAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA"))

	// Opted out in the United States, and not.
	show(signal.GPP("DBABLA~CVQVAAAAAACA"))
	show(signal.GPP("DBABLA~CVQqAAAAAACA"))

	// A string cut off takes all that it could have taken.
	show(signal.TCF("CQdWToAQdWToAEsABBENAw"))

	// Output:
	// takes "advertising, personalization", error: <nil>
	// takes "advertising, personalization, cross-border", error: <nil>
	// takes "", error: <nil>
	// takes "analytics, advertising, personalization", error: consent string is malformed
}

func ExampleDecodeTCF() {
	s, err := signal.DecodeTCF("CQdWToAQdWToAEsABBENAwEgAIMAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA")
	if err != nil {
		panic(err)
	}
	fmt.Println(s.PolicyVersion, s.PublisherCountry, s.PurposeConsents.Has(1), s.PurposeConsents.Has(2))
	// Output: 4 DE true false
}
