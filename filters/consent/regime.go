package consent

import (
	"fmt"
	"slices"
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

// State is a state of the United States: the two letters that ISO 3166-2:US has
// behind the hyphen. The zero value is unknown.
type State [2]byte

// states are the fifty states and the District of Columbia. The territories have
// codes of ISO 3166-1 and count as countries, as country databases have them.
const states = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ " +
	"NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC"

const territories = "AS GU MP PR UM VI"

// unitedStates is the one country whose states can have a regime of their own.
var unitedStates = Country{'U', 'S'}

// ParseState reads a code of ISO 3166-2:US such as "US-CA", in upper case.
func ParseState(code string) (State, error) {
	if len(code) == 5 && code[:3] == "US-" {
		s := State{code[3], code[4]}
		if s.known() {
			return s, nil
		}
		if slices.Contains(strings.Fields(territories), code[3:]) {
			return State{}, fmt.Errorf("state %q: expected the territory's own country code, %s", code, code[3:])
		}
	}
	return State{}, fmt.Errorf("state %q: expected a state of the United States as ISO 3166-2 writes it, such as US-CA", code)
}

// known reports whether there is such a state.
func (s State) known() bool {
	for i := 0; i < len(states); i += 3 {
		if states[i] == s[0] && states[i+1] == s[1] {
			return true
		}
	}
	return false
}

// String returns the code with its country, "US-CA", or "" when the state is
// unknown.
func (s State) String() string {
	if s == (State{}) {
		return ""
	}
	return "US-" + string(s[:])
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

// Regimes gives each country its regime, and each state of the United States
// that has another one than the country. The zero value is opt-in everywhere.
type Regimes struct {
	named  map[Country]Regime
	states map[State]Regime
	other  Regime
}

// Set gives code the regime. code is a country; a state of the United States,
// such as "US-CA"; "EU" for the European Economic Area; or "other" for every
// country that is not named and for unknown ones. Of those that hold for a
// place the most specific stands, in whatever order they are set.
func (r *Regimes) Set(code string, regime Regime) error {
	switch {
	case code == "other":
		r.other = regime
		return nil
	case code == "EU":
		for _, member := range strings.Fields(europe) {
			if _, named := r.named[Country{member[0], member[1]}]; !named {
				r.put(Country{member[0], member[1]}, regime)
			}
		}
		return nil
	case strings.Contains(code, "-"):
		state, err := ParseState(code)
		if err == nil {
			if r.states == nil {
				r.states = make(map[State]Regime)
			}
			r.states[state] = regime
		}
		return err
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

// Of returns the regime of a country. An unknown country has that of "other".
func (r *Regimes) Of(c Country) Regime {
	if regime, named := r.named[c]; named {
		return regime
	}
	return r.other
}

// In returns the regime of a place: that of the state if it has one, else that
// of the country. Outside the United States the state does not count.
func (r *Regimes) In(c Country, s State) Regime {
	if c == unitedStates {
		if regime, named := r.states[s]; named {
			return regime
		}
	}
	return r.Of(c)
}
