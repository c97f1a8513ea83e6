package catalogue

import (
	"bytes"
	"strings"
)

// endings is a set of last labels, by their first two letters in any case: for each pair
// the lengths of those that begin with it, as bits. It tells quickly that a dot in a script is
// not the last dot of a host that we know.
type endings [32][32]uint8

// add puts in a last label.
func (e *endings) add(label string) {
	if len(label) == 1 { // an IPv4 address
		for second := range e[0] {
			e[label[0]&31][second] = ^uint8(0)
		}
		return
	}
	e[label[0]&31][label[1]&31] |= 1 << min(len(label), longLabel)
}

// longLabel and more letters are not told apart.
const longLabel = 4

// mayBegin reports whether a last label may begin what follows a dot.
func (e *endings) mayBegin(rest []byte) bool {
	if len(rest) < longLabel {
		return len(rest) > 0
	}
	n := 2
	if isLabel[rest[2]] {
		n = 3
		if isLabel[rest[3]] {
			n = longLabel
		}
	}
	return e[rest[0]&31][rest[1]&31]>>n&1 == 1
}

// hostScan goes through the host names in a text that stand as in a URL, or as a
// piece of one in a string: after a slash, a quote, an @ or a backslash, plain or
// percent-encoded, and before what ends a host.
type hostScan struct {
	text []byte
	ends *endings
	pos  int
	name [maxHost]byte
}

// next returns the next host name, nil when there are no more. It is in lower
// case, without a dot at either end, and valid until the next call. It may have
// labels too many at its left, from text that was glued to it.
func (h *hostScan) next() []byte {
	for h.pos < len(h.text) {
		dot := bytes.IndexByte(h.text[h.pos:], '.')
		if dot < 0 {
			break
		}
		dot += h.pos
		h.pos = dot + 1
		if host := h.hostAt(dot); host != nil {
			return host
		}
	}
	return nil
}

// hostAt returns the host name whose last dot this is, nil when it is none.
func (h *hostScan) hostAt(dot int) []byte {
	if !h.ends.mayBegin(h.text[dot+1:]) {
		return nil // like most
	}
	end := dot + 1
	for end < len(h.text) && isLabel[h.text[end]] {
		end++
	}
	if end == dot+1 || !endsHost(h.text[end:]) {
		return nil
	}
	// It is read backwards, into the end of name.
	to := len(h.name)
	start := end
	for start > 0 && to > 0 && hostByte[h.text[start-1]] != 0 {
		start--
		to--
		h.name[to] = hostByte[h.text[start]]
	}
	if start > 0 {
		n := beforeHost(h.text[start-1], h.text[start:dot])
		if n < 0 {
			return nil
		}
		to += n
	}
	for h.name[to] == '.' {
		to++
	}
	if n := len(h.name) - to; n <= end-dot-1 {
		return nil
	}
	return h.name[to:]
}

// endsHost reports whether a host that goes up to here is over: what follows is
// not a part of a longer name or of an expression.
func endsHost(rest []byte) bool {
	if len(rest) > 0 && rest[0] == '.' { // a host may end in a dot
		rest = rest[1:]
	}
	return len(rest) == 0 || strings.IndexByte("/\\\"'`:?#&;,|<>{})]% \t\r\n", rest[0]) >= 0
}

// beforeHost returns how much of a text is an escape that stands before a host, when
// what is before the text is as in a URL; else -1.
func beforeHost(before byte, text []byte) int {
	switch before {
	case '/', '"', '\'', '`', '@':
		return 0
	case '\\': // "https:\/\/host" ends in a slash; here are "\x2fhost" and "\u002fhost"
		return escapeLength(text, "x2f", "u002f")
	case '%':
		if n := escapeLength(text, "2f"); n > 0 {
			return n
		}
	}
	return -1
}

// escapeLength returns how long the escape for a slash is that the text begins
// with, 0 when it begins with none.
func escapeLength(text []byte, escapes ...string) int {
	for _, e := range escapes {
		if len(text) >= len(e) && strings.EqualFold(string(text[:len(e)]), e) {
			return len(e)
		}
	}
	return 0
}

// isLabel holds the bytes of a label of a host name.
var isLabel = func() (set [256]bool) {
	for c := range set {
		set[c] = c == '-' || c == '_' ||
			strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", byte(c)) >= 0
	}
	return set
}()

// hostByte holds those of a host name, in lower case; all others are 0.
var hostByte = func() (set [256]byte) {
	for c := range set {
		if isLabel[c] || c == '.' {
			set[c] = byte(c)
		}
		if c >= 'A' && c <= 'Z' {
			set[c] |= 0x20
		}
	}
	return set
}()
