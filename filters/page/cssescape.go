package page

// oddBackslash returns where a trailing escape begins.
func oddBackslash(b []byte, from int) int {
	n := len(b)
	for n > from && b[n-1] == '\\' {
		n--
	}
	if (len(b)-n)%2 == 1 {
		return len(b) - 1
	}
	return len(b)
}

// appendCSSEscape resolves the escape at the start of s and returns its length.
func appendCSSEscape(dst, s []byte) ([]byte, int) {
	n := cssEscapeLen(s)
	switch {
	case n == 1:
	case unhex(s[1]) >= 0:
		r := 0
		for _, c := range s[1:min(n, 7)] {
			if h := unhex(c); h >= 0 {
				r = r<<4 | h
			}
		}
		dst = append(dst, string(rune(r))...)
	case s[1] == '\n' || s[1] == '\f' || s[1] == '\r':
	default:
		dst = append(dst, s[1])
	}
	return dst, n
}

// cssEscapeLen returns the length of the escape at the start of s (CSS Syntax, section
// 4.3.7), or of the broken line.
func cssEscapeLen(s []byte) int {
	n := 1
	for n < len(s) && n < 7 && unhex(s[n]) >= 0 {
		n++
	}
	if n > 1 && (n == len(s) || !isSpace(s[n])) || n == len(s) {
		return n
	}
	if s[n] == '\r' && n+1 < len(s) && s[n+1] == '\n' {
		n++
	}
	return n + 1
}

// appendCSSDecoded resolves all escapes of s.
func appendCSSDecoded(dst, s []byte) []byte {
	for len(s) > 0 {
		n := 1
		if s[0] == '\\' {
			dst, n = appendCSSEscape(dst, s)
		} else {
			dst = append(dst, s[0])
		}
		s = s[n:]
	}
	return dst
}
