// Package cookie enforces consent on cookies, in both directions.
//
// A [Table] says what each cookie is for. A [Filter] judges every cookie of a
// request ([Filter.Request]) and of a response ([Filter.Response]) by it: what
// has no purpose, or a purpose that nobody agreed to, is taken out; what
// remains is capped and flagged as its [Rule] says. [AppendExpiry] makes a
// browser forget what it holds already.
//
// Fields are read as a browser reads them (draft-ietf-httpbis-rfc6265bis, here
// called RFC 6265bis) and edited in place: they are never parsed and printed
// anew. A field of which nothing is taken out and nothing narrowed is the same
// string afterwards.
//
// The package does no I/O and knows no clock. A Table and a Filter are
// immutable once they are built, and then safe for concurrent use.
package cookie

import (
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// SameSite says how strictly a cookie keeps to its own site: the SameSite
// attribute of RFC 6265bis, weakest first.
type SameSite uint8

// The values of a SameSite attribute.
const (
	Unset SameSite = iota // no attribute, or one that browsers don't know
	None
	Lax
	Strict
)

// String returns the attribute's value as it is written; "" for [Unset].
func (s SameSite) String() string {
	switch s {
	case None:
		return "None"
	case Lax:
		return "Lax"
	case Strict:
		return "Strict"
	default:
		return ""
	}
}

// ParseSameSite reads the value of a SameSite attribute, in any case. What a
// browser doesn't know is [Unset] and false.
func ParseSameSite(value string) (SameSite, bool) {
	for s := None; s <= Strict; s++ {
		if strings.EqualFold(value, s.String()) {
			return s, true
		}
	}
	return Unset, false
}

// Rule says what a cookie is for and how it is narrowed.
type Rule struct {
	// Purpose must be granted for the cookie to pass, in either direction.
	Purpose consent.Purpose

	// MaxAge is the longest lifetime, in whole seconds. 0: no cap. A session
	// cookie stays a session cookie.
	MaxAge time.Duration

	// Secure and HTTPOnly are added where the attribute is absent. Secure is
	// added on plain HTTP too: a cookie declared secure never travels in clear.
	Secure, HTTPOnly bool

	// SameSite replaces a weaker value and is added where there is none. Unset
	// and None ask for nothing, as they could only widen.
	SameSite SameSite
}

// Action is what became of a cookie.
type Action uint8

// What can become of a cookie.
const (
	Kept     Action = iota // passed as it came
	Dropped                // taken out
	Narrowed               // passed, with a shorter life or more flags
)

// String returns "pass", "drop" or "cap".
func (a Action) String() string {
	switch a {
	case Kept:
		return "pass"
	case Narrowed:
		return "cap"
	default:
		return "drop"
	}
}

// Finding is what a filter did with one cookie. It holds no value.
type Finding struct {
	// Name is as received, without the white space around it: "" for a cookie
	// without a name. A dropped one can hold any byte but ";" and "=". It comes
	// from the client or the storefront, so it is no metric label.
	Name string

	// Purpose is that of the cookie's rule; [consent.None] where there is none.
	Purpose consent.Purpose
	Action  Action
}

// Filter is what one site enforces on cookies. The zero value drops every
// cookie.
type Filter struct {
	// Declared is asked first, then Catalogue. Either may be nil.
	Declared, Catalogue *Table

	// Own names the gateway's cookies. They are always removed towards the
	// storefront and never accepted from it.
	Own []string

	// Default is the rule of names that neither table knows. nil, the default:
	// they have no purpose and are dropped.
	Default *Rule
}

// Lookup returns the rule that holds for a name: the declared one, else that of
// the catalogue, else the default, else nil and false.
func (f *Filter) Lookup(name string) (*Rule, bool) {
	if r, ok := f.Declared.Lookup(name); ok {
		return r, true
	}
	if r, ok := f.Catalogue.Lookup(name); ok {
		return r, true
	}
	return f.Default, f.Default != nil
}

// judge returns the rule for a cookie, nil when there is none, and the purpose
// that its finding bears.
func (f *Filter) judge(name, value string) (*Rule, consent.Purpose) {
	if !judgeable(name, value) {
		return nil, consent.None
	}
	if r, ok := f.Lookup(name); ok {
		return r, r.Purpose
	}
	return nil, consent.None
}

func (f *Filter) owns(name, value string) bool {
	for _, own := range f.Own {
		if name == own || (name == "" && value == own) {
			return true
		}
	}
	return false
}

// judgeable reports whether a rule can speak of a cookie at all. A name that is
// not ASCII looks like another one, "$" names are the attributes of RFC 2109,
// and a nameless cookie whose value holds "=" is sent back under the name that
// its value begins with.
func judgeable(name, value string) bool {
	if name == "" {
		_, prefixed := prefixOf(value)
		return !prefixed && strings.IndexByte(value, '=') < 0
	}
	return name[0] != '$' && isASCII(name)
}

func report(found func(Finding), f Finding) {
	if found != nil {
		found(f)
	}
}
