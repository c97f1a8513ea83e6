package location

// number is where a decimal number stands in a text.
type number struct {
	cut, end int  // the kept part ends at cut, the number at end
	rest     int  // after the blanks that follow it
	whole    int  // its absolute value before the point, at most maxWhole
	decimals int  // digits after the point
	beyond   bool // whether any of those digits isn't zero
}

// maxWhole keeps whole from overflowing; no degree is as large.
const maxWhole = 1_000_000

// kept returns the text with the number cut, for a text that holds one number.
func (n *number) kept(text string) string {
	if n.cut == n.end {
		return text
	}
	if n.end == len(text) {
		return text[:n.cut]
	}
	return text[:n.cut] + text[n.end:]
}

// within reports whether the number is at most limit degrees.
func (n *number) within(limit int) bool {
	return n.whole < limit || n.whole == limit && !n.beyond
}

// read reads [sign] digits [ "." digits ] at text[i:] and reports whether a number
// stands there. Exponents, thousands separators and other scripts' digits are not
// read.
func (n *number) read(text string, i int, p Policy) bool {
	if i < len(text) && !isDigit(text[i]) {
		i = one(text, i, isSign)
	}
	digits, whole := 0, 0
	for ; i < len(text); digits++ {
		c, w := text[i], 1
		if c == '%' {
			c, w = escape(text, i)
		}
		if !isDigit(c) {
			break
		}
		whole = min(whole*10+int(c-'0'), maxWhole)
		i += w
	}
	cut, decimals, beyond := i, 0, false
	if point := one(text, i, isDecimalPoint); point > i {
		i = point
		keep := int(p)
		if digits == 0 {
			keep = max(keep, 1) // ".5" without its decimal would be no number
		}
		if keep > 0 {
			cut = i
		}
		for ; i < len(text); decimals++ {
			c, w := text[i], 1
			if c == '%' {
				c, w = escape(text, i)
			}
			if !isDigit(c) {
				break
			}
			beyond = beyond || c != '0'
			i += w
			if decimals < keep {
				cut = i
			}
		}
	}
	n.cut, n.end, n.rest = cut, i, i
	if i < len(text) {
		n.rest = skip(text, i, isSpace)
	}
	n.whole, n.decimals, n.beyond = whole, decimals, beyond
	return digits+decimals > 0
}

// single reads a text that holds one number of at most limit degrees and
// nothing else but blanks. A limit of 0 is none.
func (n *number) single(text string, limit int, p Policy) bool {
	return n.read(text, skipSpaces(text, 0), p) && n.rest == len(text) && (limit == 0 || n.within(limit))
}

// Number cuts one decimal number after the decimals that the policy keeps:
// "39.9042" becomes "39.9" and "-0.04" becomes "-0.0" with one. Blanks around
// it stay. It reports false for what is not a number in plain decimal form and
// for every number under [Drop].
func (p Policy) Number(text string) (string, bool) {
	var n number
	if p < 0 || !n.single(text, 0, p) {
		return "", false
	}
	return n.kept(text), true
}
