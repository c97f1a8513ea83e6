package cookie

import (
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Response filters the Set-Cookie fields of one response in place and returns
// those that remain, in order: fields[:n]. What lies behind them is cleared.
//
// A field is judged alone and never split at a comma. It is dropped when its
// purpose isn't granted, when it would set a cookie of the gateway's own, and
// when a browser would not take it from the origin: controls, a Domain that
// doesn't cover the host or is a public suffix, a promise of its name's prefix
// that it breaks, neither name nor value.
//
// A field that only deletes a cookie passes as it came, whatever its purpose: it
// stores nothing. What is kept is otherwise narrowed as its [Rule] says, and
// else is the same string. Attributes that the filter doesn't know
// (Partitioned, Priority) stay byte for byte.
//
// now is compared with Expires and is where capped lifetimes begin. Necessary is
// granted whatever granted says. found, unless nil, is told of each field.
func (f *Filter) Response(fields []string, o Origin, granted consent.Set, now time.Time, found func(Finding)) []string {
	granted = granted.With(consent.Necessary)
	kept := fields[:0]
	for _, field := range fields {
		field, finding := f.filterField(field, &o, granted, now)
		report(found, finding)
		if finding.Action != Dropped {
			kept = append(kept, field)
		}
	}
	clear(fields[len(kept):])
	return kept
}

// filterField judges one Set-Cookie field and returns it as it is to be sent on.
func (f *Filter) filterField(field string, o *Origin, granted consent.Set, now time.Time) (string, Finding) {
	c := readSetCookie(field, now)
	rule, purpose := f.judge(c.name, c.value)
	finding := Finding{Name: c.name, Purpose: purpose, Action: Dropped}
	switch {
	case f.owns(c.name, c.value), !judgeable(c.name, c.value), hasControl(field), !c.storable(o):
		// Nobody's to set, whatever it is for.
	case c.life.removes():
		finding.Action = Kept
	case granted.Has(purpose):
		var narrowed bool
		field, narrowed = narrow(field, rule, now)
		finding.Action = Kept
		if narrowed {
			finding.Action = Narrowed
		}
	}
	return field, finding
}

// setCookie is what a Set-Cookie field says, as far as it decides whether the
// cookie is stored. Of an attribute that occurs twice, the last one holds.
type setCookie struct {
	name, value      string
	domain, path     string
	secure, httpOnly bool
	life             lifetime
}

func readSetCookie(field string, now time.Time) (c setCookie) {
	pair, rest := attributesOf(field)
	c.name, c.value = splitPair(pair)
	for a, ok := rest.next(); ok; a, ok = rest.next() {
		switch a.kind {
		case domain:
			c.domain = a.value
		case path:
			c.path = a.value
		case secure:
			c.secure = true
		case httpOnly:
			c.httpOnly = true
		case maxAge:
			c.life.addAge(a.value)
		case expires:
			c.life.addDate(a.value, now)
		}
	}
	return c
}

// storable reports whether a browser would take the cookie from the origin
// (RFC 6265bis section 5.7). Whether Secure fits the connection is left to the
// browser; see [Origin].
func (c *setCookie) storable(o *Origin) bool {
	if c.name == "" && c.value == "" {
		return false
	}
	hostOnly, ok := o.admits(c.domain)
	if !ok {
		return false
	}
	p, prefixed := prefixOf(c.name)
	if !prefixed {
		return true
	}
	return c.secure && (c.httpOnly || !p.httpOnly) && (!p.host || (hostOnly && c.path == "/"))
}
