package location

import "strings"

// maxList is how many numbers a list may have: more is a trail, not a place.
const maxList = 4

// list reads two, three or four numbers and cuts each: latitude and longitude in
// either order, with an altitude, which goes; or the two corners of a box. They
// are separated by a comma, semicolon, bar or blank, or by the sign of the next
// (ISO 6709); the whole may stand in brackets. The first two need at least so
// many decimals.
func (p Policy) list(text string, decimals int) (string, bool) {
	if len(text) < 2*len(".")+2*decimals+1 || decimals > 0 && !mayHoldPoint(text) {
		return "", false // at a glance
	}
	var found [maxList]number
	count := 0
	i := skip(text, one(text, skip(text, 0, isSpace), isOpening), isSpace)
	for {
		if count == maxList {
			return "", false
		}
		n := &found[count]
		if !n.read(text, i, p) || count < 2 && n.decimals < decimals {
			return "", false
		}
		count++
		if closes(text, n.rest) {
			break
		}
		i = skip(text, one(text, n.rest, isSeparator), isSpace)
		if i == n.end && one(text, i, isSign) == i {
			return "", false
		}
	}
	switch {
	case count < 2 || !plausible(&found[0], &found[1]), decimals > 0 && found[0].whole == 0 && found[1].whole == 0:
		return "", false // shares and colours are; at 0, 0 is but the sea
	case count == 3: // the altitude goes with its separator
		found[1].end = found[2].end
		count = 2
	case count == 4 && !plausible(&found[2], &found[3]):
		return "", false
	}
	return cut(text, found[:count]), true
}

// mayHoldPoint reports whether there is a decimal point in the text, or an escape
// that may stand for one.
func mayHoldPoint(text string) bool {
	return strings.IndexByte(text, '.') >= 0 || strings.IndexByte(text, '%') >= 0
}

// plausible reports whether two numbers can be latitude and longitude, in
// either order.
func plausible(a, b *number) bool {
	return a.within(90) && b.within(180) || a.within(180) && b.within(90)
}

// cut returns the text without what is to go of each number.
func cut(text string, numbers []number) string {
	var b strings.Builder
	from := 0
	for _, n := range numbers {
		if n.cut < n.end {
			b.WriteString(text[from:n.cut])
			from = n.end
		}
	}
	if from == 0 {
		return text
	}
	b.WriteString(text[from:])
	return b.String()
}

func isOpening(c byte) bool { return c == '(' || c == '[' }

func isClosing(c byte) bool { return c == ')' || c == ']' }

func isSeparator(c byte) bool { return c == ',' || c == ';' || c == '|' }

func isSign(c byte) bool { return c == '+' || c == '-' }

func isDecimalPoint(c byte) bool { return c == '.' }

// closes reports whether nothing of weight follows: the end, a bracket and the
// end, or the solidus that ends ISO 6709 with or without a reference system.
func closes(text string, i int) bool {
	i = skip(text, one(text, i, isClosing), isSpace)
	if i == len(text) {
		return true
	}
	c, w := char(text, i)
	if c != '/' {
		return false
	}
	i = skip(text, i+w, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' })
	i = one(text, i, func(c byte) bool { return c == '/' })
	return i == len(text)
}

// preciseNumbers reports whether there are two numbers in a text that have three
// decimals or more, wherever they stand: in JSON, in "POINT(116.4074 39.9042)", in a
// trail. They are not both less than a degree.
func preciseNumbers(text string) bool {
	count, degrees := 0, false
	for i := 0; i < len(text); {
		c, w := char(text, i)
		if !isDigit(c) {
			i += w
			continue
		}
		var n number
		n.read(text, i, Drop)
		if n.decimals >= 3 {
			count++
			degrees = degrees || n.whole > 0
		}
		i = n.end
	}
	return degrees && count >= 2
}

// isShape reports whether well-known text begins at text[i:] (OGC 06-103r4 section 7),
// with the number of a reference system or without, as PostGIS writes it:
// "POINT(116.4074 39.9042)", "SRID=4326;LINESTRING Z (…". A plus sign is the blank of a
// query.
func isShape(text string, i int) bool {
	if number := afterWord(text, i, "srid="); number > 0 {
		end := skip(text, number, isDigit)
		if i = one(text, end, isSeparator); i == end {
			return false
		}
	}
	for _, word := range [...]string{"point", "linestring", "polygon", "multi"} {
		if end := afterWord(text, i, word); end > 0 {
			i = skip(text, end, func(c byte) bool { return isSpace(c) || isLetter(c) || c == '+' })
			return one(text, i, isOpening) > i
		}
	}
	return false
}

// sexagesimal looks for degrees, minutes and seconds: marked says that a degree sign
// stands after a number, compass that the text is nothing but punctuation, at least
// four numbers and the letters of two directions.
func sexagesimal(text string) (marked, compass bool) {
	numbers, northSouth, eastWest := 0, false, false
	compass = true
	var last byte
	for i := 0; i < len(text); {
		c, w := char(text, i)
		switch {
		case last == 0xC2 && c == 0xB0: // U+00B0, the degree sign
			marked = marked || numbers > 0
		case isDigit(c):
			if !isDigit(last) {
				numbers++
			}
		case c|0x20 == 'n' || c|0x20 == 's':
			northSouth = true
		case c|0x20 == 'e' || c|0x20 == 'w':
			eastWest = true
		case isLetter(c):
			compass = false
		}
		last = c
		i += w
	}
	return marked, compass && northSouth && eastWest && numbers >= 4
}
