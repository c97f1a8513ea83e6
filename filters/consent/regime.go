package consent

import (
	"fmt"
	"strings"
)

// Country is an ISO 3166-1 alpha-2 code in upper case; the zero value is unknown.
type Country [2]byte

// ParseCountry reads a code in upper case. It does not check that the code is
// assigned.
func ParseCountry(code string) (Country, error) {
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return Country{}, fmt.Errorf("country %q: expected two upper-case letters of ISO 3166-1, such as GB", code)
	}
	return Country{code[0], code[1]}, nil
}

// String returns the code, or "" when the country is unknown.
func (c Country) String() string {
	if c == (Country{}) {
		return ""
	}
	return string(c[:])
}

// Regime is the rule that holds for a visitor who has not decided.
type Regime uint8

const (
	OptIn  Regime = iota // nothing is granted until the visitor grants it
	OptOut               // all is granted, but what must always be asked for
)

// String returns "opt-in" or "opt-out".
func (r Regime) String() string {
	if r == OptOut {
		return "opt-out"
	}
	return "opt-in"
}

// ParseRegime reads "opt-in" or "opt-out".
func ParseRegime(name string) (Regime, error) {
	switch name {
	case "opt-in":
		return OptIn, nil
	case "opt-out":
		return OptOut, nil
	}
	return OptIn, fmt.Errorf("regime %q: expected opt-in or opt-out", name)
}

// europe is the European Economic Area: the European Union with Iceland,
// Liechtenstein and Norway, where the same law on consent holds.
const europe = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

// Regimes gives each country its regime. The zero value is opt-in everywhere.
type Regimes struct {
	named map[Country]Regime
	other Regime
}

// Set gives code the regime. code is a country, "EU" for the European Economic
// Area, or "other" for every country that is not named and for unknown ones. A
// country named by itself stands, whatever its group has.
func (r *Regimes) Set(code string, regime Regime) error {
	switch code {
	case "other":
		r.other = regime
		return nil
	case "EU":
		for _, member := range strings.Fields(europe) {
			if _, named := r.named[Country{member[0], member[1]}]; !named {
				r.put(Country{member[0], member[1]}, regime)
			}
		}
		return nil
	}
	country, err := ParseCountry(code)
	if err == nil {
		r.put(country, regime)
	}
	return err
}

func (r *Regimes) put(c Country, regime Regime) {
	if r.named == nil {
		r.named = make(map[Country]Regime)
	}
	r.named[c] = regime
}

// Of returns the regime of a country. An unknown country has that of "other";
// where several countries are possible the caller passes the zero value.
func (r *Regimes) Of(c Country) Regime {
	if regime, named := r.named[c]; named {
		return regime
	}
	return r.other
}
