package page

import (
	"bytes"
	"html"
	"unicode/utf8"
)

// appendDecoded appends s with its character references resolved (WHATWG HTML,
// section 13.2.5.72). In an attribute a named reference without a semicolon is
// left alone when "=" or a letter or digit follows.
func appendDecoded(dst, s []byte, attribute bool) []byte {
	for {
		i := bytes.IndexByte(s, '&')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		var n int
		dst, n = appendReference(dst, s, attribute)
		s = s[n:]
	}
}

// decodeMapped is like appendDecoded for attributes, and tells for every byte of
// the result (and its end) where it came from in s.
func decodeMapped(dst []byte, from []int32, s []byte) ([]byte, []int32) {
	for i := 0; i < len(s); {
		n, before := 1, len(dst)
		if s[i] == '&' {
			dst, n = appendReference(dst, s[i:], true)
		} else {
			dst = append(dst, s[i])
		}
		for range len(dst) - before {
			from = append(from, int32(i))
		}
		i += n
	}
	return dst, append(from, int32(len(s)))
}

// appendReference resolves the reference at the start of s, which begins with
// "&", and returns how many bytes of s it took.
func appendReference(dst, s []byte, attribute bool) ([]byte, int) {
	if len(s) > 1 && s[1] == '#' {
		return appendNumeric(dst, s)
	}
	n := 1
	for n < len(s) && n < 40 && isAlnum(s[n]) {
		n++
	}
	if n == 1 {
		return append(dst, '&'), 1
	}
	if n < len(s) && s[n] == ';' {
		n++
		switch string(s[:n]) {
		case "&amp;":
			return append(dst, '&'), n
		case "&quot;":
			return append(dst, '"'), n
		case "&lt;":
			return append(dst, '<'), n
		case "&gt;":
			return append(dst, '>'), n
		case "&nbsp;":
			return append(dst, "\u00A0"...), n
		case "&semi;":
			return append(dst, ';'), n
		}
		if text := html.UnescapeString(string(s[:n])); text[len(text)-1] != ';' {
			return append(dst, text...), n
		}
		n--
	}
	if attribute {
		if n < len(s) && s[n] == '=' {
			return append(dst, '&'), 1
		}
		// The names that need no semicolon all stand for one character.
		text := html.UnescapeString(string(s[:n]))
		if utf8.RuneCountInString(text) == 1 {
			return append(dst, text...), n
		}
		return append(dst, '&'), 1
	}
	return append(dst, html.UnescapeString(string(s[:n]))...), n
}

func appendNumeric(dst, s []byte) ([]byte, int) {
	i, base := 2, 10
	if i < len(s) && s[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	start, r := i, 0
	for ; i < len(s); i++ {
		d := unhex(s[i])
		if d < 0 || d >= base {
			break
		}
		if r = r*base + d; r > utf8.MaxRune {
			r = utf8.MaxRune + 1
		}
	}
	if i == start {
		return append(dst, '&'), 1
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case r == 0 || r > utf8.MaxRune || r >= 0xD800 && r < 0xE000:
		r = utf8.RuneError
	case r >= 0x80 && r < 0xA0:
		r = int(windows1252[r-0x80])
	}
	return utf8.AppendRune(dst, rune(r)), i
}

func isAlnum(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}

// windows1252 is what numeric references to C1 controls stand for.
var windows1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}
