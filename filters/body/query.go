package body

import "strings"

// Query returns what a partner may receive of a raw query (RFC 3986 section 3.4,
// without its question mark): the parameters whose names are on the list, as they
// stand there. Names are decoded once; "order.total" and "order[total]" both name
// the path order.total, and an index in brackets is a place in an array. A
// semicolon separates as an ampersand does.
func (a *Allowlist) Query(raw string) string {
	if raw == "" || a.start.whole {
		return raw
	}
	out := make([]byte, 0, len(raw))
	var separator byte
	for more := true; more; {
		end := strings.IndexAny(raw, "&;")
		parameter, next := raw, byte(0)
		if more = end >= 0; more {
			parameter, next = raw[:end], raw[end]
		}
		name, value, _ := strings.Cut(parameter, "=")
		if a.admits(name, value) && !holdsEncodedContact(value) {
			if len(out) > 0 {
				out = append(out, separator)
			}
			out = append(out, parameter...)
		}
		if more {
			raw = raw[end+1:]
		}
		separator = next
	}
	return string(out)
}

// admits reports whether a parameter, as it stands in a query or form, may pass.
func (a *Allowlist) admits(name, value string) bool {
	marks := marksOf(name)
	if marks&escapes != 0 {
		name = string(decode(nil, name))
		marks = marksOf(name)
	}
	if !a.field(name, marks) || holdsContact(name, value) {
		return false
	}
	return marksOf(value)&escapes == 0 || !holdsContact(name, string(decode(nil, value)))
}

// What characters with a meaning are in a name or value.
const (
	escapes  = 1 << iota // a percent sign or a plus
	dots                 // a dot
	brackets             // an opening bracket
)

var markOf = [256]uint8{'%': escapes, '+': escapes, '.': dots, '[': brackets}

func marksOf(text string) (marks uint8) {
	for i := range len(text) {
		marks |= markOf[text[i]]
	}
	return marks
}

// field reports whether a field of that name, in which the given marks are, may
// pass. Brackets join names as dots do.
func (a *Allowlist) field(name string, marks uint8) bool {
	switch {
	case name == "":
		return false
	case marks&(dots|brackets) == 0:
		return a.start.child(name).passes()
	}
	head, inner, bracketed := strings.Cut(name, "[")
	s := a.start.path(head)
	for bracketed && s != nil {
		segment, rest, closed := strings.Cut(inner, "]")
		if !closed || rest != "" && rest[0] != '[' {
			return false
		}
		if next := s.child(segment); next == nil && isIndex(segment) {
			s = s.element()
		} else {
			s = next
		}
		bracketed = rest != ""
		inner = strings.TrimPrefix(rest, "[")
	}
	return s.passes()
}

// isIndex reports whether a segment in brackets is a place in an array: a number,
// or nothing for the next.
func isIndex(segment string) bool {
	for i := range len(segment) {
		if !isDigit(segment[i]) {
			return false
		}
	}
	return true
}

// decode appends a name or value of application/x-www-form-urlencoded as it is
// meant: plus signs are spaces, percent escapes the bytes that they stand for.
// Anything else stays.
func decode(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			c = unhex(text[i+1])<<4 | unhex(text[i+2])
			i += 2
		}
		dst = append(dst, c)
	}
	return dst
}

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
