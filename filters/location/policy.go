// Package location makes a place coarse, or takes it out, where nobody agreed
// to give it away.
//
// It knows the forms in which a place travels in text: decimal degrees, pairs
// and lists of them, ISO 6709, geo URIs (RFC 5870), Open Location Codes ("plus
// codes"), geohashes and three-word addresses; and the names under which they
// travel ([Names]). Numbers are cut, never rounded and never printed anew, so
// that what remains of a text is a part of the text that came in.
//
// Text may be percent-encoded (RFC 3986 section 2.1): an escape is read as the
// character that it stands for and stays as it was written.
package location

import (
	"fmt"
	"strconv"
)

// Policy is what happens to a place without consent: how many decimals of a
// degree are kept, or [Drop]. The zero value keeps whole degrees.
type Policy int

const (
	// Drop takes every place out.
	Drop Policy = -1

	// Default keeps one decimal: about 11 km north to south, at most as much
	// east to west.
	Default Policy = 1

	// maxDecimals is the finest that may still be called coarse: about 110 m.
	maxDecimals = 3
)

// Coarse returns the policy that keeps so many decimals, from 0 to 3.
func Coarse(decimals int) (Policy, error) {
	if decimals < 0 || decimals > maxDecimals {
		return Drop, fmt.Errorf("location coarse %d: expected 0 to %d decimals", decimals, maxDecimals)
	}
	return Policy(decimals), nil
}

// String returns "drop" or "coarse N", as in a Caddyfile.
func (p Policy) String() string {
	if p < 0 {
		return "drop"
	}
	return "coarse " + strconv.Itoa(int(p))
}

// Outcome is what became of a text.
type Outcome uint8

// The outcomes.
const (
	Kept      Outcome = iota // no place in it, or coarse already
	Coarsened                // the returned text replaces it
	Dropped                  // it must go
)

// Apply judges the text that travels under a name of the given sort. With
// [Coarsened] it returns the text to put in its place; otherwise it returns the
// text as it was. Nothing but the replacement is allocated.
func (p Policy) Apply(s Sort, text string) (string, Outcome) {
	if text == "" || s == Unnamed {
		return text, Kept
	}
	coarse, seen := p.read(s, text)
	return p.decide(text, coarse, seen)
}

// decide turns a reading into an outcome.
func (p Policy) decide(text, coarse string, seen reading) (string, Outcome) {
	switch {
	case seen == none:
		return text, Kept
	case p < 0 || seen == opaque:
		return text, Dropped
	case coarse == text:
		return text, Kept
	}
	return coarse, Coarsened
}

// reading is what a text turned out to be.
type reading uint8

const (
	none   reading = iota // not a place
	place                 // a place that can be made coarse
	opaque                // a place, or under a name that says so, but not in a form that can be cut
)

// read looks at the text as its name suggests. The certain sorts answer none for
// single words alone: a latitude that can't be read is still a latitude.
func (p Policy) read(s Sort, text string) (string, reading) {
	var n number
	switch s {
	case Latitude:
		return p.certain(text, 90)
	case Longitude:
		return p.certain(text, 360) // some count from 0 to 360
	case Position:
		if coarse, seen := p.any(text, 0); seen != none {
			return coarse, seen
		}
		return text, unless(isWord(text))
	case MaybeLongitude:
		if n.single(text, 180, p) && n.decimals >= 3 {
			return n.kept(text), place
		}
	case MaybePosition:
		return p.maybePosition(text, true)
	case MaybePair:
		return p.maybePosition(text, false)
	case Detail:
		if n.single(text, 0, p) {
			return text, opaque
		}
	case PlusCode:
		if coarse, ok := p.plusCode(text); ok {
			return coarse, place
		}
		return text, opaque
	case Geohash:
		if coarse, ok := p.geohash(text); ok {
			return coarse, place
		}
		return text, opaque
	case Opaque:
		return text, opaque
	}
	return text, none
}

// certain reads the value of a name that says latitude or longitude: one
// number, or more where both were put together.
func (p Policy) certain(text string, limit int) (string, reading) {
	var n number
	if n.single(text, limit, p) {
		return n.kept(text), place
	}
	if coarse, ok := p.list(text, 0); ok {
		return coarse, place
	}
	return text, unless(isWord(text))
}

// unless is how a text reads whose name says that it is a place, unless it is none.
func unless(isNone bool) reading {
	if isNone {
		return none
	}
	return opaque
}

// maybePosition reads the value of a name such as "location", which holds a
// place at times: "Beijing" and "3" are none, "39.90,116.41" is one. Half of one may be
// a single number.
func (p Policy) maybePosition(text string, half bool) (string, reading) {
	if coarse, seen := p.any(text, 2); seen != none {
		return coarse, seen
	}
	var n number
	if half && n.single(text, 180, p) && n.decimals >= preciseDecimals {
		return n.kept(text), place // one of an array's two
	}
	if marked, compass := sexagesimal(text); marked || compass || preciseNumbers(text) {
		return text, opaque
	}
	return text, none
}

// any reads a text that is a place by its form: a geo URI, a plus code, a
// three-word address, well-known text, degrees with minutes, or a list
// of at least two numbers with so many decimals.
func (p Policy) any(text string, decimals int) (string, reading) {
	first := skip(text, 0, isSpace)
	if first == len(text) {
		return text, none
	}
	switch c, _ := char(text, first); {
	case c == '/':
		if isThreeWords(text) {
			return text, opaque
		}
	case c == 'g' || c == 'G':
		if isGeoURI(text) {
			if coarse, ok := p.geoURI(text); ok {
				return coarse, place
			}
			return text, opaque
		}
	case isLetter(c) && isShape(text, first) && preciseNumbers(text):
		return text, opaque
	case !isLetter(c) && c < 0x80:
		if coarse, ok := p.list(text, decimals); ok {
			return coarse, place
		}
		if marked, compass := sexagesimal(text); compass && (marked || preciseNumbers(text)) {
			return text, opaque
		}
		fallthrough
	default:
		if coarse, ok := p.plusCode(text); ok && hasLetter(text) {
			return coarse, place
		}
	}
	return text, none
}

// preciseDecimals is from how many decimals on a number is taken for a
// coordinate where no name says so: four are about 11 m.
const preciseDecimals = 4

// ApplyUnnamed judges a text whose name says nothing of a place. It acts on
// forms that hardly are anything else: geo URIs, full plus codes with a letter,
// three-word addresses that begin with "///", well-known text, degrees,
// minutes and seconds of two directions, and two or three numbers with at least
// four decimals each that can be a latitude and a longitude.
func (p Policy) ApplyUnnamed(text string) (string, Outcome) {
	coarse, seen := p.any(text, preciseDecimals)
	return p.decide(text, coarse, seen)
}
