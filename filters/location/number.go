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
func (n number) kept(text string) string {
	if n.cut == n.end {
		return text
	}
	if n.end == len(text) {
		return text[:n.cut]
	}
	return text[:n.cut] + text[n.end:]
}

// within reports whether the number is at most limit degrees.
func (n number) within(limit int) bool {
	return n.whole < limit || n.whole == limit && !n.beyond
}

// number reads [sign] digits [ "." digits ] at text[i:]. Exponents, thousands
// separators and other scripts' digits are not read.
func (p Policy) number(text string, i int) (n number, ok bool) {
	i = one(text, i, func(c byte) bool { return c == '+' || c == '-' })
	digits := 0
	for i < len(text) {
		c, w := char(text, i)
		if !isDigit(c) {
			break
		}
		n.whole = min(n.whole*10+int(c-'0'), maxWhole)
		digits++
		i += w
	}
	n.cut, n.end = i, i
	if i < len(text) {
		if c, w := char(text, i); c == '.' {
			i += w
			keep := int(p)
			if digits == 0 {
				keep = max(keep, 1) // ".5" without its decimal would be no number
			}
			if keep > 0 {
				n.cut = i
			}
			for i < len(text) {
				c, w := char(text, i)
				if !isDigit(c) {
					break
				}
				n.decimals++
				n.beyond = n.beyond || c != '0'
				i += w
				if n.decimals <= keep {
					n.cut = i
				}
			}
			n.end = i
		}
	}
	if digits+n.decimals == 0 {
		return n, false
	}
	n.rest = skip(text, i, isSpace)
	return n, true
}

// single reads a text that holds one number of at most limit degrees and
// nothing else but blanks. A limit of 0 is none.
func (p Policy) single(text string, limit int) (number, bool) {
	n, ok := p.number(text, skip(text, 0, isSpace))
	if !ok || n.rest != len(text) || limit > 0 && !n.within(limit) {
		return n, false
	}
	return n, true
}

// Number cuts one decimal number after the decimals that the policy keeps:
// "39.9042" becomes "39.9" and "-0.04" becomes "-0.0" with one. Blanks around
// it stay. It reports false for what is not a number in plain decimal form and
// for every number under [Drop].
func (p Policy) Number(text string) (string, bool) {
	n, ok := p.single(text, 0)
	if !ok || p < 0 {
		return "", false
	}
	return n.kept(text), true
}
