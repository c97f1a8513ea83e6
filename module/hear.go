package module

import (
	"net/http"
	"strings"

	"github.com/fairwaygate/fairway/filters/visit"
)

// hear reads and removes what the storefront says to the gateway in its
// response.
func (x *exchange) hear(h http.Header) {
	delete(h, headerReceipt)
	minors := x.rules.minors.header
	if values, ok := h[minors]; ok {
		// The storefront knows its accounts: its word outweighs a birthday.
		delete(h, minors)
		x.hearMinor(strings.ToLower(strings.TrimSpace(values[0])))
	} else if x.young {
		x.noteMinor(false)
	}
	if values, ok := h[headerErase]; ok {
		delete(h, headerErase)
		if strings.EqualFold(strings.TrimSpace(values[0]), "account") {
			x.erase(scopeAccount)
		}
	}
	if values, ok := h[headerGoal]; ok {
		delete(h, headerGoal)
		c := &claim{kind: visit.Reached, path: x.path}
		for _, value := range values {
			for name := range strings.SplitSeq(value, ",") {
				c.goals = append(c.goals, visit.GoalHit{Name: strings.TrimSpace(name)})
			}
		}
		x.count(c)
	}
	for _, name := range []string{headerConsent, headerRegime, headerCountry, headerMinor} {
		delete(h, name)
	}
}
