package page

// span is a range of a value: [from, to).
type span struct{ from, to int }

// nextCandidate reads one image candidate of a srcset value (WHATWG HTML,
// section 4.8.4.2.2) from s[i:]. It returns the candidate with the comma that
// ends it, its URL, and where to go on; ok is false at the end.
func nextCandidate(s []byte, i int) (whole, url span, next int, ok bool) {
	for i < len(s) && (isSpace(s[i]) || s[i] == ',') {
		i++
	}
	if i == len(s) {
		return whole, url, i, false
	}
	start := i
	for i < len(s) && !isSpace(s[i]) {
		i++
	}
	end := i
	for end > start && s[end-1] == ',' {
		end--
	}
	url = span{start, end}
	if end < i { // the URL ended in a comma: there are no descriptors
		return span{start, i}, url, i, true
	}
	for parens := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			parens++
		case ')':
			parens = max(parens-1, 0)
		case ',':
			if parens == 0 {
				i++
				return span{start, i}, url, i, true
			}
		}
	}
	return span{start, i}, url, i, true
}

// nextWord reads one word of a space-separated list, such as ping.
func nextWord(s []byte, i int) (word span, next int, ok bool) {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	start := i
	for i < len(s) && !isSpace(s[i]) {
		i++
	}
	return span{start, i}, i, i > start
}

// refreshURL finds the URL in the value of a Refresh header or of meta refresh
// (WHATWG HTML, section 4.2.5.3).
func refreshURL(s []byte) (span, bool) {
	i := 0
	space := func() {
		for i < len(s) && isSpace(s[i]) {
			i++
		}
	}
	digits := func() bool {
		from := i
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
			i++
		}
		return i > from
	}
	space()
	if !digits() {
		return span{}, false
	}
	if i < len(s) && !isSpace(s[i]) && s[i] != ';' && s[i] != ',' {
		return span{}, false
	}
	space()
	if i < len(s) && (s[i] == ';' || s[i] == ',') {
		i++
	}
	space()
	if i == len(s) {
		return span{}, false
	}
	from := i
	if hasPrefixFold(s[i:], "url") {
		i += len("url")
		space()
		if i == len(s) || s[i] != '=' {
			return span{from, len(s)}, true
		}
		i++
		space()
		from = i
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		quote := s[i]
		from = i + 1
		for i = from; i < len(s) && s[i] != quote; i++ {
		}
		return span{from, i}, true
	}
	return span{from, len(s)}, true
}
