package module

import (
	"github.com/fairwaygate/fairway/filters/consent"
)

// What the storefront can say of a minor besides "under-" and an age.
const guardianAgreed = "guardian"

// hearMinor takes note of what the storefront said of the visitor. What can't be
// read is taken for a minor without guardian.
func (x *exchange) hearMinor(status string) {
	if status == guardianAgreed || x.rules.minors.knows(status) {
		x.noteMinor(status == guardianAgreed)
		return
	}
	x.site.failure(failSignal)
	x.noteMinor(false)
	// The record stays, but a fault of the storefront gives the browser nothing
	// to keep.
	delete(x.w.Header(), headerReceipt)
}

// noteMinor takes note that the visitor is a minor, and whether a guardian
// agreed. From this response on it holds, and the cookie and the ledger say so.
//
// A minor without guardian can't consent: what was granted is taken back for
// good. That a guardian agreed grants nothing by itself: who was a minor before
// is asked anew.
func (x *exchange) noteMinor(guardian bool) {
	before := x.choice
	if guardian == before.Guardian && guardian != before.Minor {
		return
	}
	today := x.today
	choice := before
	choice.Minor, choice.Guardian = !guardian, guardian
	choice.Fingerprint = x.rules.Fingerprint
	switch {
	case !guardian:
		choice.Day, choice.Granted = today, consent.Of(consent.Necessary)
	case before.Minor || x.decision.Decided == 0:
		choice.Day, choice.Granted = 0, 0
	}
	value, err := x.gateway.app.vault.choices.Value(x.boundTo(choiceCookie), choice.String(), today)
	if err != nil {
		x.site.failure(failKey)
	} else {
		x.setOwn(choiceCookie, value, x.rules.keeps(choice, today))
	}
	_ = x.enter(choice, byStatus) // grants nothing, so nothing depends on it; a failure is counted there
	x.putInForce(choice)
	x.refuseMore()
	if !x.decision.Granted.Has(consent.Analytics) {
		x.setOwn(datesCookie, "", 0)
		x.setOwn(visitCookie, "", 0)
	}
	makePrivate(x.w.Header())
}
