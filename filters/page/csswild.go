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
func (c *cssScanner) wild(b []byte, i int, final bool) (url span, next int, status cssStatus) {
	c.at, c.maybe = cssNone, true
	for {
		i += cssGaps.span(b[i:])
		end := i + cssGaps.index(b[i:min(len(b), i+cssTokenMax)])
		if end == len(b) && end < i+cssTokenMax && !final {
			return url, i, cssMore
		}
		if end == i {
			return url, i, cssEnd
		}
		if bytes.ContainsAny(b[i:end], `/\`) {
			return span{i, end}, end, cssURL
		}
		i = end
	}
}

// cssGaps are what stands around a URL.
var cssGaps = newByteSet(" \t\n\r\f\"'(),;{}")
