package module

import (
	"net/http"
	"strings"
)

// hear reads and removes what the storefront says to the gateway in its
// response.
func (x *exchange) hear(h http.Header) {
	if x.partner != nil { // which has no say in this
		for name := range h {
			if isOwnHeader(name) || name == x.rules.minors.header {
				delete(h, name)
			}
		}
		return
	}
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
		x.hearGoals(h, values)
	}
	for _, name := range []string{headerConsent, headerRegime, headerCountry, headerMinor} {
		delete(h, name)
	}
}
