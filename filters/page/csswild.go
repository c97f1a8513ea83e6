package page

import "bytes"

// doubt returns the offset of the first backslash in b[i:] that may be none: in Shift_JIS, Big5,
// GBK and GB18030 it may be the second half of a letter, which escapes nothing. Without one it
// returns the length of b.
func (c *cssScanner) doubt(b []byte, i int) int {
	for k := min(i+c.clear, len(b)); ; k++ {
		n := bytes.IndexByte(b[k:], '\\')
		if n < 0 {
			return len(b)
		}
		k += n
		before := c.before
		if k > 0 {
			before = b[k-1]
		}
		if before >= 0x80 {
			return k
		}
	}
}

// wild is next behind such a backslash, where quotes may stand for themselves or be escaped:
// whatever stands between what ends a URL in any reading may be one, and is where it names a host.
// Where an escape takes in what ends it, it is read with it and then without.
func (c *cssScanner) wild(b []byte, i int, final bool) (url span, next int, status cssStatus) {
	c.at, c.maybe = cssNone, true
	for {
		i += cssGaps.span(b[i:])
		limit := min(len(b), i+cssTokenMax)
		end := i + cssGaps.index(b[i:limit])
		whole := end
		for whole < limit && escapesNext(b[i:whole], b[whole]) {
			whole++
			whole += cssGaps.index(b[whole:limit])
		}
		switch {
		case whole == len(b) && whole < i+cssTokenMax && !final:
			return url, i, cssMore
		case end == i:
			return url, i, cssEnd
		case whole > end && !c.whole:
			c.whole = true
			return span{i, whole}, i, cssURL
		}
		c.whole = false
		if bytes.ContainsAny(b[i:end], `/\`) {
			return span{i, end}, end, cssURL
		}
		i = end
	}
}

// escapesNext reports whether an escape at the end of s goes on with a space, a newline, or
// whatever follows it (CSS Syntax, section 4.3.7).
func escapesNext(s []byte, next byte) bool {
	digits := s[bytes.LastIndexByte(s, '\\')+1:]
	if len(digits) == len(s) || len(digits) > 6 {
		return false
	}
	for _, c := range digits {
		if unhex(c) < 0 {
			return string(digits) == "\r" && next == '\n'
		}
	}
	return len(digits) == 0 || isSpace(next)
}

// cssGaps are what stands around a URL.
var cssGaps = newByteSet(" \t\n\r\f\"'(),;{}")
