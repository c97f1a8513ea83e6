// Package consent decides what a visitor has agreed to.
//
// A [Purpose] is what data is used for; a [Set] holds the purposes that are
// granted; a [Vocabulary] names them. [Decide] turns what a request shows (the
// visitor's own [Choice], the signals of the browser, the regime of the place)
// into one [Decision], which every other filter asks and nothing else.
//
// The package is pure: it does no I/O, knows no web server and no clock.
package consent

import (
	"errors"
	"fmt"
	"math/bits"
)

// Purpose is what data is used for: an index into a [Vocabulary].
type Purpose uint8

// The purposes that every vocabulary knows, in the order in which they are
// listed to people and programs.
const (
	Necessary Purpose = iota // always granted
	Preferences
	Analytics
	Advertising
	Personalization
	Device
	Location
	Camera
	Microphone
	Photos
	Contacts
	CrossBorder

	builtin // how many there are
)

// None is the purpose of what nobody declared. No [Set] ever holds it.
const None Purpose = 255

// MaxPurposes is how many purposes a vocabulary can hold.
const MaxPurposes = 64

var builtinNames = [builtin]string{
	"necessary", "preferences", "analytics", "advertising", "personalization", "device",
	"location", "camera", "microphone", "photos", "contacts", "cross-border",
}

// Set is a set of purposes, one bit each.
type Set uint64

// Of returns the set of the given purposes.
func Of(purposes ...Purpose) Set {
	var s Set
	for _, p := range purposes {
		s = s.With(p)
	}
	return s
}

// Has reports whether the set holds p. It is false for [None].
func (s Set) Has(p Purpose) bool { return p < MaxPurposes && s>>p&1 == 1 }

// With returns the set and p. [None] adds nothing.
func (s Set) With(p Purpose) Set {
	if p >= MaxPurposes {
		return s
	}
	return s | 1<<p
}

// Without returns the set less all that is in t.
func (s Set) Without(t Set) Set { return s &^ t }

// Len counts the purposes in the set.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// Vocabulary names purposes: the built-in ones and those that a policy declares.
// It is immutable and safe for concurrent use.
type Vocabulary struct {
	names []string
	index map[string]Purpose
}

// NewVocabulary returns the built-in purposes and the declared ones, in that
// order. Declaring a built-in purpose again is allowed and changes nothing. A
// name is lower-case letters, digits and hyphens, beginning with a letter, so
// that it is a token of RFC 9651 section 3.3.4.
func NewVocabulary(declared ...string) (*Vocabulary, error) {
	v := &Vocabulary{index: make(map[string]Purpose, int(builtin)+len(declared))}
	for _, name := range append(builtinNames[:], declared...) {
		if _, known := v.index[name]; known {
			continue
		}
		if err := checkName(name); err != nil {
			return nil, err
		}
		if len(v.names) == MaxPurposes {
			return nil, fmt.Errorf("purpose %q: at most %d purposes can be declared", name, MaxPurposes)
		}
		v.index[name] = Purpose(len(v.names))
		v.names = append(v.names, name)
	}
	return v, nil
}

func checkName(name string) error {
	if name == "" {
		return errors.New("a purpose needs a name")
	}
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (c != '-' && (c < '0' || c > '9'))) {
			return fmt.Errorf("purpose %q: a name is lower-case letters, digits and hyphens, beginning with a letter", name)
		}
	}
	return nil
}

// Lookup returns the purpose of that name.
func (v *Vocabulary) Lookup(name string) (Purpose, bool) {
	p, ok := v.index[name]
	return p, ok
}

// Name returns the name of p; "undeclared" for [None] and all that is unknown.
func (v *Vocabulary) Name(p Purpose) string {
	if int(p) >= len(v.names) {
		return "undeclared"
	}
	return v.names[p]
}

// All returns the set of every purpose.
func (v *Vocabulary) All() Set { return Set(1<<len(v.names) - 1) }

// Names lists the purposes of s by name, in order.
func (v *Vocabulary) Names(s Set) []string {
	names := make([]string, 0, s.Len())
	for p, name := range v.names {
		if s.Has(Purpose(p)) {
			names = append(names, name)
		}
	}
	return names
}

// List writes s as a List of Tokens (RFC 9651 section 3.1): "necessary, analytics".
func (v *Vocabulary) List(s Set) string {
	var b []byte
	for p, name := range v.names {
		if s.Has(Purpose(p)) {
			if b != nil {
				b = append(b, ", "...)
			}
			b = append(b, name...)
		}
	}
	return string(b)
}
