package cookie

import "strings"

// maxAttribute is the longest attribute value that browsers heed, in bytes
// (RFC 6265bis section 5.6). A longer one is as if it weren't there.
const maxAttribute = 1024

// kind is an attribute of Set-Cookie that the filter reads.
type kind uint8

const (
	other kind = iota // unknown, or nothing to us: Partitioned, Priority
	domain
	path
	expires
	maxAge
	secure
	httpOnly
	sameSite
)

// kindOf goes by length first: it is fast, and it leaves to EqualFold nothing
// but ASCII to fold.
func kindOf(name string) kind {
	switch len(name) {
	case 4:
		return match(name, "path", path)
	case 6:
		if k := match(name, "domain", domain); k != other {
			return k
		}
		return match(name, "secure", secure)
	case 7:
		if k := match(name, "expires", expires); k != other {
			return k
		}
		return match(name, "max-age", maxAge)
	case 8:
		if k := match(name, "httponly", httpOnly); k != other {
			return k
		}
		return match(name, "samesite", sameSite)
	}
	return other
}

func match(name, want string, k kind) kind {
	if strings.EqualFold(name, want) {
		return k
	}
	return other
}

// attribute is one of a Set-Cookie field's. value is field[start:end].
type attribute struct {
	kind       kind
	value      string
	start, end int
	bare       bool // without "="
}

// attributes steps through the attributes of a Set-Cookie field.
type attributes struct {
	field string
	at    int // of the ";" before the next attribute, or the field's length
}

// attributesOf returns the name-value pair of a field and what follows it.
func attributesOf(field string) (pair string, rest attributes) {
	at := strings.IndexByte(field, ';')
	if at < 0 {
		at = len(field)
	}
	return field[:at], attributes{field: field, at: at}
}

// next returns the next attribute that browsers heed, or false at the end.
func (as *attributes) next() (attribute, bool) {
	for as.at < len(as.field) {
		start := as.at + 1
		as.at = len(as.field)
		if i := strings.IndexByte(as.field[start:], ';'); i >= 0 {
			as.at = start + i
		}
		if a := readAttribute(as.field, start, as.at); a.kind != other && len(a.value) <= maxAttribute {
			return a, true
		}
	}
	return attribute{}, false
}

func readAttribute(field string, start, end int) attribute {
	start, end = bounds(field, start, end)
	i := strings.IndexByte(field[start:end], '=')
	if i < 0 {
		return attribute{kind: kindOf(field[start:end]), start: end, end: end, bare: true}
	}
	a := attribute{kind: kindOf(trim(field[start : start+i]))}
	a.start, a.end = bounds(field, start+i+1, end)
	a.value = field[a.start:a.end]
	return a
}
