package caddyfile

import (
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/fairwaygate/fairway/module"
)

// parseCookies parses cookies of one purpose:
//
//	cookie <names...> <purpose> [<lifetime>] [secure] [httponly] [samesite=lax|strict|none]
//
// What stands after the purpose may stand in any order.
func parseCookies(to *[]module.Cookie, purposes value[string]) func(line) error {
	seen := make(places)
	return func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		if len(l.args()) == 0 {
			return cookiePattern.missing(l)
		}
		l.subject += " " + l.args()[0].Text
		names, purpose, modifiers, err := splitCookie(l, purposes)
		if err != nil {
			return err
		}
		c := module.Cookie{Purpose: purpose}
		if err := appendAll(&c.Names, cookiePattern, seen, l, names); err != nil {
			return err
		}
		if err := parseModifiers(&c, l, modifiers); err != nil {
			return err
		}
		*to = append(*to, c)
		return nil
	}
}

// splitCookie finds the purpose among the words of l: the one word after the first
// that is known as a purpose. A quoted word is always a name.
func splitCookie(l line, purposes value[string]) (names []caddyfile.Token, purpose string, modifiers []caddyfile.Token, err error) {
	args, at := l.args(), 0
	for i, word := range args[1:] {
		if _, known := purposes.read(word.Text); !known || word.Quoted() {
			continue
		}
		if at > 0 {
			return nil, "", nil, l.errf(word, "second purpose %q after %q: expected one; a cookie of that name needs quotes", word.Text, args[at].Text)
		}
		at = i + 1
	}
	if at > 0 {
		return args[:at], args[at].Text, args[at+1:], nil
	}
	// The last word that is no modifier was meant to be the purpose.
	last := len(args) - 1
	for last > 0 && isModifier(args[last].Text) {
		last--
	}
	if last == 0 {
		return nil, "", nil, l.errf(l.name(), "missing purpose: expected %s", purposes.expected)
	}
	_, err = purposes.parse(l, args[last])
	return nil, "", nil, err
}

func parseModifiers(c *module.Cookie, l line, words []caddyfile.Token) error {
	seen := make(places)
	for _, word := range words {
		kind := word.Text
		switch sameSite, ok := strings.CutPrefix(word.Text, "samesite="); {
		case word.Text == "secure":
			c.Secure = true
		case word.Text == "httponly":
			c.HTTPOnly = true
		case ok:
			kind = "samesite"
			only, under := word, l
			only.Text, under.subject = sameSite, l.subject+": "+kind
			got, err := sameSites.parse(under, only)
			if err != nil {
				return err
			}
			c.SameSite = got
		default:
			lifetime, err := lifetimes.parse(l, word)
			if err != nil {
				return err
			}
			c.Lifetime, kind = lifetime, "lifetime"
		}
		if err := seen.add(l, word, kind); err != nil {
			return err
		}
	}
	return nil
}

// isModifier reports whether word can stand after the purpose of a cookie.
func isModifier(word string) bool {
	_, ok := lifetimes.read(word)
	return ok || word == "secure" || word == "httponly" || strings.HasPrefix(word, "samesite=")
}

var sameSites = oneOf("lax", "strict", "none")

// lifetimes reads what may stand after a purpose; the other modifiers are listed
// since a misspelt one ends up here.
var lifetimes = value[module.Span]{
	problem:  "unexpected",
	expected: "a lifetime such as 30d, 13mo or 1y, or secure, httponly, samesite=lax, samesite=strict, samesite=none",
	read: func(word string) (module.Span, bool) {
		s, err := module.ParseSpan(word)
		return s, err == nil && time.Duration(s) >= time.Second
	},
	meant: func(wrong string) string {
		return nearest(wrong, []string{"secure", "httponly", "samesite=lax", "samesite=strict", "samesite=none"})
	},
}
