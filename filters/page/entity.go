package page

import (
	"bytes"
	"html"
	"strings"
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
	known, ok := references[string(s[1:n])]
	if n < len(s) && s[n] == ';' {
		if ok {
			return append(dst, known.text...), n + 1
		}
		if text := html.UnescapeString(string(s[:n+1])); text[len(text)-1] != ';' {
			return append(dst, text...), n + 1
		}
	}
	if attribute {
		if n < len(s) && s[n] == '=' || !known.bare {
			return append(dst, '&'), 1
		}
		return append(dst, known.text...), n
	}
	const longest = len("&frac12")
	for n = min(n, longest); n > 2; n-- { // or what begins with one
		if known := references[string(s[1:n])]; known.bare {
			return append(dst, known.text...), n
		}
	}
	return append(dst, '&'), 1
}

// reference is what a named reference stands for.
type reference struct {
	text string
	bare bool // it needs no semicolon
}

// references holds the names that need no semicolon, all of them (WHATWG HTML,
// section 13.5), and those that pages use most: the rest of HTML 4's.
var references = func() map[string]reference {
	const bare = `AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT Iacute
		Icirc Igrave Iuml LT Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN Uacute Ucirc Ugrave Uuml
		Yacute aacute acirc acute aelig agrave amp aring atilde auml brvbar ccedil cedil cent copy curren deg divide
		eacute ecirc egrave eth euml frac12 frac14 frac34 gt iacute icirc iexcl igrave iquest iuml laquo lt macr micro
		middot nbsp not ntilde oacute ocirc ograve ordf ordm oslash otilde ouml para plusmn pound quot raquo reg sect
		shy sup1 sup2 sup3 szlig thorn times uacute ucirc ugrave uml uuml yacute yen yuml`
	const others = `OElig oelig Scaron scaron Yuml fnof circ tilde ensp emsp thinsp zwnj zwj lrm rlm ndash mdash lsquo
		rsquo sbquo ldquo rdquo bdquo dagger Dagger bull hellip permil prime Prime lsaquo rsaquo oline frasl euro image
		trade larr uarr rarr darr harr minus infin asymp ne le ge loz apos semi colon sol bsol lpar rpar comma period
		num excl quest equals Tab NewLine`
	m := map[string]reference{}
	for name := range strings.FieldsSeq(others) {
		m[name] = reference{text: html.UnescapeString("&" + name + ";")}
	}
	for name := range strings.FieldsSeq(bare) {
		m[name] = reference{text: html.UnescapeString("&" + name + ";"), bare: true}
	}
	return m
}()

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
