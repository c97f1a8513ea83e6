package cookie

import "strings"

// splitPair reads a name-value pair as RFC 6265bis section 5.6 does: the name
// ends at the first "="; without one there is no name and all is the value.
func splitPair(pair string) (name, value string) {
	i := strings.IndexByte(pair, '=')
	if i < 0 {
		return "", trim(pair)
	}
	return trim(pair[:i]), trim(pair[i+1:])
}

// trim removes the WSP of RFC 5234 (space and tab, nothing else) at both ends.
func trim(s string) string {
	start, end := bounds(s, 0, len(s))
	return s[start:end]
}

// bounds narrows s[start:end] to what trim would leave.
func bounds(s string, start, end int) (int, int) {
	for start < end && isSpace(s[start]) {
		start++
	}
	for start < end && isSpace(s[end-1]) {
		end--
	}
	return start, end
}

func trimLeft(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// hasControl reports whether s holds a control character other than a tab: a
// browser ignores the whole cookie then (RFC 6265bis section 5.6, step 1).
func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\t') || c == 0x7F {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// prefix is a beginning of a name that promises how the cookie was set. All
// four demand Secure.
type prefix struct {
	text     string
	host     bool // no Domain, and Path=/
	httpOnly bool
}

// The first two are RFC 6265bis section 4.1.3, the others its successor's
// (draft-ietf-httpbis-layered-cookies), which browsers enforce already. The
// longest of those that fit comes first.
var prefixes = [...]prefix{
	{text: "__Host-Http-", host: true, httpOnly: true},
	{text: "__Host-", host: true},
	{text: "__Secure-"},
	{text: "__Http-", httpOnly: true},
}

// prefixOf returns the prefix of a name. Case is ignored, as browsers ignore it
// where they enforce the promise.
func prefixOf(name string) (prefix, bool) {
	if !strings.HasPrefix(name, "__") {
		return prefix{}, false
	}
	for _, p := range prefixes {
		if len(name) >= len(p.text) && strings.EqualFold(name[:len(p.text)], p.text) {
			return p, true
		}
	}
	return prefix{}, false
}
