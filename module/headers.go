package module

import "strings"

// ownHeaders are the headers that only the gateway writes, in the folded form
// of foldHeader.
var ownHeaders = map[string]bool{
	"consent": true, "consent-regime": true, "consent-country": true,
	"consent-erase": true, "consent-minor": true, "consent-goal": true,
	"consent-receipt": true,
}

// isOwnHeader reports whether a server might take a header for one of the
// gateway's own: in any case, and with anything in place of a hyphen, as servers
// make variables of headers (RFC 3875 section 4.1.18).
func isOwnHeader(name string) bool {
	if len(name) < len("consent") || len(name) > len("consent-country") || name[0]|0x20 != 'c' {
		return false
	}
	var folded [len("consent-country")]byte
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c < 'a' || c > 'z':
			c = '-'
		}
		folded[i] = c
	}
	return ownHeaders[string(folded[:len(name)])]
}

// withoutOwnTokens removes the names of the gateway's own headers from a
// Connection header (RFC 9110 section 7.6.1).
func withoutOwnTokens(value string) (string, bool) {
	tokens := strings.Split(value, ",")
	kept := tokens[:0]
	for _, token := range tokens {
		if name := strings.Trim(token, " \t"); !isOwnHeader(name) && !strings.EqualFold(name, "Sec-GPC") {
			kept = append(kept, token)
		}
	}
	if len(kept) == len(tokens) {
		return value, false
	}
	return strings.Trim(strings.Join(kept, ","), " \t"), true
}
