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
	minors := x.rules.minors
	if values, ok := h[minors]; ok {
		delete(h, minors)
		x.hearMinor(strings.ToLower(strings.TrimSpace(values[0])))
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

// hearMinor takes note that the visitor is a minor, or no longer one without a
// guardian's consent. From this response on it holds, whatever was granted.
func (x *exchange) hearMinor(status string) {
	minor := false
	switch status {
	case "under-14", "under-18":
		minor = true
	case "guardian":
	default:
		x.site.failure(failSignal)
		minor = true
	}
	if minor == x.choice.Minor {
		return
	}
	choice := x.choice
	choice.Minor = minor
	choice.Fingerprint = x.rules.Fingerprint
	if x.decision.Decided == 0 {
		choice.Day, choice.Granted = 0, 0
	}
	value, err := x.gateway.app.vault.choices.Value(x.boundTo(choiceCookie), choice.String(), x.rules.today(x.now))
	if err != nil {
		x.site.failure(failKey)
	} else {
		x.setOwn(choiceCookie, value, x.rules.keeps(choice, x.rules.today(x.now)))
	}
	x.choice = choice
	in := x.input()
	in.Choice, in.Chose, in.Minor = choice, true, minor
	x.decision = x.rules.Decide(&in)
}
