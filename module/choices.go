package module

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
)

// ownName returns the name that one of the gateway's own cookies has for the
// request's scheme.
func (x *exchange) ownName(name string) string {
	if !x.origin.Secure {
		return name
	}
	switch name { // most requests ask for these
	case choiceCookie:
		return hostPrefix + choiceCookie
	case datesCookie:
		return hostPrefix + datesCookie
	case visitCookie:
		return hostPrefix + visitCookie
	}
	return hostPrefix + name
}

// boundTo is what the value of a cookie is bound to.
func (x *exchange) boundTo(name string) consent.Bound {
	return consent.Bound{Cookie: name, Site: x.origin.Host}
}

// choice reads the consent cookie. Of several copies all must hold the same
// choice; a cookie that is not genuine is no consent, and is counted.
func (g *Gateway) choice(x *exchange) (found consent.Choice, ok bool) {
	bound := x.boundTo(choiceCookie)
	for value := range cookieValues(x.r.Header["Cookie"], x.ownName(choiceCookie)) {
		choice, err := g.app.vault.choices.Check(bound, value, x.today)
		if err != nil || ok && choice != found {
			x.site.failure(failCookie)
			return consent.Choice{}, false
		}
		found, ok = choice, true
	}
	return found, ok
}

// cookieValues iterates over the values of a name in Cookie fields.
func cookieValues(fields []string, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, field := range fields {
			// Few cookies have the name, so it is what is looked for.
			for begin := 0; begin < len(field); {
				at := strings.Index(field[begin:], name)
				if at < 0 {
					break
				}
				at += begin
				pair := at
				for pair > begin && isBlank(field[pair-1]) {
					pair--
				}
				rest := field[at+len(name):]
				end := strings.IndexByte(rest, ';')
				if end < 0 {
					end = len(rest)
				}
				begin = at + len(name) + end
				if pair > 0 && field[pair-1] != ';' {
					continue
				}
				if blanks, value, ok := strings.Cut(rest[:end], "="); ok && trimBlanks(blanks) == "" && !yield(trimBlanks(value)) {
					return
				}
			}
		}
	}
}

// trimBlanks takes spaces and tabs off both ends (OWS of RFC 9110).
func trimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// record makes a visitor's decision: from this response on the granted purposes
// are in force, and what is no longer allowed is expired. What could not be
// recorded grants nothing.
func (x *exchange) record(granted consent.Set, mechanism string) error {
	if x.choice.Minor {
		granted = 0 // a minor can't consent without a guardian
	}
	choice := consent.Choice{
		Fingerprint: x.rules.Fingerprint,
		Day:         x.today,
		Granted:     granted.With(consent.Necessary) & x.rules.Vocabulary.All(),
		GPC:         x.decision.Signals.GPC,
		Minor:       x.choice.Minor,
		Guardian:    x.choice.Guardian,
	}
	value, err := x.gateway.app.vault.choices.Value(x.boundTo(choiceCookie), choice.String(), choice.Day)
	if err != nil {
		x.site.failure(failKey)
		return err
	}
	if err := x.enter(choice, mechanism); err != nil {
		// Nothing is granted. What is taken back in the same breath is.
		if kept := choice.Granted & x.decision.Granted; kept != x.decision.Granted {
			_ = x.record(kept, mechanism)
		}
		return err
	}
	x.setOwn(choiceCookie, value, x.rules.keeps(choice, choice.Day))
	x.chose(choice, mechanism)
	return nil
}

// withdraw takes everything back. It always takes effect: if the decision can't
// be written down, the cookie that holds the consent is expired instead.
func (x *exchange) withdraw(mechanism string) {
	if x.record(0, mechanism) != nil {
		choice := consent.Choice{
			Fingerprint: x.rules.Fingerprint, Day: x.today,
			Minor: x.choice.Minor, Guardian: x.choice.Guardian,
		}
		_ = x.enter(choice, mechanism) // what it can't record is counted there
		if !choice.Minor {             // whose cookie grants nothing
			x.setOwn(choiceCookie, "", 0)
		}
		x.chose(choice, mechanism)
	}
}

// chose puts a choice in force for the rest of the exchange.
func (x *exchange) chose(choice consent.Choice, mechanism string) {
	first := x.decision.Decided == 0
	x.putInForce(choice)
	if first {
		x.countAnswer(choice.Granted)
	}
	for purpose := consent.Purpose(0); purpose < consent.MaxPurposes; purpose++ {
		if !x.rules.optional.Has(purpose) {
			continue
		}
		decision := "refused"
		if choice.Granted.Has(purpose) {
			decision = "granted"
		}
		x.site.decision(x.rules.Vocabulary.Name(purpose), decision, mechanism)
	}
	if !x.decision.Granted.Has(consent.Analytics) {
		for _, name := range []string{datesCookie, visitCookie} {
			for range cookieValues(x.r.Header["Cookie"], x.ownName(name)) {
				x.setOwn(name, "", 0)
				break
			}
		}
	}
	x.refuseMore()
	x.expireRefused(x.w.Header())
}

// putInForce decides anew, with a choice just made.
func (x *exchange) putInForce(choice consent.Choice) {
	x.choice = choice
	in := x.input()
	in.Choice, in.Chose, in.Minor = choice, true, choice.Minor
	x.decision = x.rules.Decide(&in)
}

// refuseMore finds which of the request's cookies are not allowed any more.
func (x *exchange) refuseMore() {
	_, _, _ = x.cookies().Request(x.r.Header["Cookie"], x.decision.Granted, func(f cookie.Finding) {
		if !x.isOwnName(f.Name) {
			x.refuseCookie(f)
		}
	})
}

// refuseCookie remembers a cookie of the request that is not allowed, to expire it.
func (x *exchange) refuseCookie(f cookie.Finding) {
	if f.Action == cookie.Dropped && len(x.refused) < refusedMax && !slices.Contains(x.refused, f.Name) {
		x.refused = append(x.refused, f.Name)
	}
}

// isOwnName reports whether a cookie is one of the gateway's own.
func (x *exchange) isOwnName(name string) bool {
	for _, own := range x.cookies().Own {
		if name == own {
			return true
		}
	}
	return false
}

// setOwn sets one of the gateway's own cookies; with a life of 0 it expires.
func (x *exchange) setOwn(name, value string, life time.Duration) {
	x.setCookie(ownCookie(x.ownName(name), value, life, x.origin.Secure))
}

// ownCookie writes a Set-Cookie field for one of the gateway's own cookies.
func ownCookie(name, value string, life time.Duration, secure bool) string {
	field := name + "=" + value + "; Path=/; Max-Age=" + strconv.Itoa(int(life/time.Second)) + "; HttpOnly; SameSite=Lax"
	if secure {
		field += "; Secure"
	}
	return field
}

// setCookie adds a Set-Cookie field. One of the same name that was set before in
// the response no longer counts.
func (x *exchange) setCookie(field string) {
	begin := field[:strings.IndexByte(field, '=')+1]
	h := x.w.Header()
	fields := h["Set-Cookie"]
	if fields == nil {
		fields = x.setting[:0]
	}
	kept := slices.DeleteFunc(fields, func(set string) bool { return strings.HasPrefix(set, begin) })
	h["Set-Cookie"] = append(kept, field)
}
