package consent_test

import (
	"fmt"

	"github.com/fairwaygate/fairway/filters/consent"
)

func Example() {
	vocabulary, err := consent.NewVocabulary("fraud-check")
	if err != nil {
		panic(err)
	}
	policy := &consent.Policy{Vocabulary: vocabulary, Fingerprint: 1, Renew: 365}
	decision := policy.Decide(&consent.Input{
		Today:  20781,
		Chose:  true,
		Choice: consent.Choice{Fingerprint: 1, Day: 20700, Granted: consent.Of(consent.Analytics, consent.Advertising)},
		// The browser began to send Global Privacy Control after the choice.
		Signals: consent.Signals{GPC: true},
	})
	fmt.Println(vocabulary.List(decision.Granted), "by", decision.Mechanism)
	// Output: necessary, analytics by gpc
}
