package module

import (
	"net/http"
	"strings"
)

// addMembers adds members to a header that is a dictionary (RFC 9651, section 3.2). Its
// fields are read as one, and not at all when anything in them is wrong: then those of
// the storefront, which no browser obeys, would take the new members with them, and go.
func addMembers(h http.Header, name, members string) {
	fields := h[name]
	if len(fields) > 0 && !isDictionary(strings.Join(fields, ", ")) {
		fields = nil
	}
	h[name] = append(fields[:len(fields):len(fields)], members)
}

// isDictionary reports whether a value is a dictionary that has members (RFC 9651,
// section 4.2.2), of what headers that order something of a browser consist of:
// tokens, strings, integers, booleans, and lists of these.
func isDictionary(value string) bool {
	p := members{rest: strings.Trim(value, " ")}
	for {
		if !p.key() {
			return false
		}
		if p.skip('=') && !p.list() && !p.item() {
			return false
		}
		if !p.parameters() {
			return false
		}
		p.space(" \t")
		if p.rest == "" {
			return true
		}
		if !p.skip(',') {
			return false
		}
		p.space(" \t")
	}
}

// members reads the parts of a dictionary. Each method reports whether what it reads is
// there, and then goes on behind it.
type members struct{ rest string }

func (p *members) skip(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *members) space(of string) { p.rest = strings.TrimLeft(p.rest, of) }

// some skips bytes that a set holds, the first of which has to be in another.
func (p *members) some(first, more string) bool {
	if p.rest == "" || strings.IndexByte(first, p.rest[0]) < 0 {
		return false
	}
	p.rest = strings.TrimLeft(p.rest[1:], more)
	return true
}

const (
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits    = "0123456789"
	maxDigits = 15
)

func (p *members) key() bool { return p.some(lowerCase+"*", lowerCase+digits+"_-.*") }

func (p *members) parameters() bool {
	for p.skip(';') {
		p.space(" ")
		if !p.key() || p.skip('=') && !p.item() {
			return false
		}
	}
	return true
}

// list reads an inner list, without its parameters.
func (p *members) list() bool {
	if !p.skip('(') {
		return false
	}
	for {
		p.space(" ")
		if p.skip(')') {
			return true
		}
		if !p.item() || !p.parameters() || !strings.HasPrefix(p.rest, " ") && !strings.HasPrefix(p.rest, ")") {
			return false
		}
	}
}

// item reads a bare item.
func (p *members) item() bool {
	switch {
	case p.skip('"'):
		return p.text()
	case p.skip('?'):
		return p.skip('0') || p.skip('1')
	case p.some(lowerCase+upperCase+"*", lowerCase+upperCase+digits+"!#$%&'*+-.^_`|~:/"):
		return true
	}
	p.skip('-')
	before := len(p.rest)
	return p.some(digits, digits) && before-len(p.rest) <= maxDigits
}

// text reads on to the end of a string.
func (p *members) text() bool {
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return true
		case c < ' ' || c > '~':
			return false
		case c == '\\':
			if i++; i == len(p.rest) || p.rest[i] != '"' && p.rest[i] != '\\' {
				return false
			}
		}
	}
	return false
}
