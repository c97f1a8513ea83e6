package location

// char returns the character at text[i:] and how many bytes it takes there:
// three for a percent escape.
func char(text string, i int) (c byte, width int) {
	if c = text[i]; c != '%' {
		return c, 1
	}
	return escape(text, i)
}

// escape is char for what begins with a percent sign.
func escape(text string, i int) (c byte, width int) {
	if i+2 < len(text) {
		hi, lo := unhex(text[i+1]), unhex(text[i+2])
		if hi < 16 && lo < 16 {
			return hi<<4 | lo, 3
		}
	}
	return '%', 1
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isSpace knows blanks. A plus sign that means a space in a query is taken for
// the sign of the number that follows, which makes no difference here.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// skipSpaces returns the index after all blanks from i on.
func skipSpaces(text string, i int) int {
	if i == len(text) || text[i]-'!' < 0x80-'!' && text[i] != '%' {
		return i // as mostly
	}
	return skip(text, i, isSpace)
}

// skip returns the index after all characters from i on for which is holds.
func skip(text string, i int, is func(byte) bool) int {
	for i < len(text) {
		c, w := char(text, i)
		if !is(c) {
			break
		}
		i += w
	}
	return i
}

// one returns the index after one character for which is holds, or i.
func one(text string, i int, is func(byte) bool) int {
	if i == len(text) {
		return i
	}
	c, w := text[i], 1
	if c == '%' {
		c, w = escape(text, i)
	}
	if is(c) {
		return i + w
	}
	return i
}

// afterWord returns the index after a word, given in lower case, that stands at
// text[i:] in any case, or -1.
func afterWord(text string, i int, word string) int {
	for k := range len(word) {
		if i >= len(text) {
			return -1
		}
		c, w := char(text, i)
		if lower(c) != word[k] {
			return -1
		}
		i += w
	}
	return i
}

func hasLetter(text string) bool {
	for i := 0; i < len(text); {
		c, w := char(text, i)
		if isLetter(c) {
			return true
		}
		i += w
	}
	return false
}

// isWord reports whether the text is one short word of ASCII letters, as in "lng=en",
// where it is a language, "lat=undefined", "lat=n/a" and "geolocation=denied": there is
// no number in it.
func isWord(text string) bool {
	const longest = 16
	length := 0
	for i := 0; i < len(text); length++ {
		c, w := char(text, i)
		if !isLetter(c) && c != '-' && c != '_' && c != '/' {
			return false
		}
		i += w
	}
	return length <= longest
}
