package module

import (
	"net/http"
	"slices"
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
		delete(h, "Clear-Site-Data") // it would end sessions, and the decision
		return
	}
	delete(h, headerReceipt)
	minors := x.rules.minors.header
	if values, ok := h[minors]; ok {
		// The storefront knows its accounts: its word outweighs a birthday.
		delete(h, minors)
		// Two words that differ can't both be meant, which is no word of a guardian.
		status := strings.Join(slices.Compact(spoken(values)), ", ")
		x.hearMinor(status)
	} else if x.young {
		x.noteMinor(false)
	}
	if values, ok := h[headerErase]; ok {
		delete(h, headerErase)
		if slices.Contains(spoken(values), "account") {
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

// spoken returns the words of a header that is a list, in lower case.
func spoken(fields []string) []string {
	words := strings.Split(strings.ToLower(strings.Join(fields, ",")), ",")
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
	}
	return words
}
