// Package signal reads the consent strings of IAB's frameworks: the TC string
// of the Transparency and Consent Framework and the string of the Global
// Privacy Platform.
//
// [TCF] and [GPP] say which purposes a string takes away. A string can only
// take away: it grants nothing. One that can't be read takes all that it could
// have taken. The Decode functions show the fields that stand in a string.
//
// A string is given as its framework defines it: percent-encoding, which cookies
// and queries may add, is undone before.
//
// The sources are, all published by IAB Tech Lab: "Consent string and vendor
// list formats v2" for TCF, "Consent String Specification" for GPP, the page of
// each GPP section, and "US Privacy String" for uspv1.
//
// A string is read in one pass, in time linear in its length, which is at most
// [MaxLength]; [TCF] and [GPP] allocate nothing unless they fail. The package
// does no I/O and is safe for concurrent use.
package signal

import (
	"errors"

	"github.com/fairwaygate/fairway/filters/consent"
)

// MaxLength is how long a string may be, in bytes. A longer one is refused
// unread.
const MaxLength = 8 << 10

// What is wrong with a string. The errors never quote it.
var (
	ErrLength    = errors.New("consent string is empty or too long")
	ErrMalformed = errors.New("consent string is malformed")
	ErrVersion   = errors.New("consent string is of a version that is not read")
	ErrSection   = errors.New("unknown GPP section")
)

var (
	// tcfTakes is all that a TC string can take.
	tcfTakes = consent.Of(consent.Advertising, consent.Personalization, consent.Analytics)

	// usTakes is all that a section of the United States can take: the same
	// as Global Privacy Control does.
	usTakes = consent.TakenByGPC

	// gppTakes is all that a GPP string can take: it may hold sections of
	// both kinds.
	gppTakes = tcfTakes | usTakes
)

func checkLength(s string) error {
	if s == "" || len(s) > MaxLength {
		return ErrLength
	}
	return nil
}
