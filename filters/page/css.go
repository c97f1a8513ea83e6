package page

import "bytes"

// cssScanner finds the URLs that a style sheet would fetch: in url(), src() and
// image-set(), and after @import (CSS Syntax, section 4; CSS Values, section
// 4.5). It can stop anywhere between tokens and go on with more bytes.
type cssScanner struct {
	mode  cssMode
	quote byte
	at    cssAt
	begun bool // a declaration, or a rule
	maybe bool // what was found may be a URL, once a property is used: see denyCSS
	depth int  // of open parentheses
	set   int  // the depth at which image-set( opened, 0 when none is

	clear  int  // how many bytes from here on hold no doubtful backslash
	before byte // the one before
	whole  bool // see wild
}

type cssMode uint8

const (
	cssText     cssMode = iota
	cssComment          // in /* */
	cssString           // in a string that is no URL
	cssArgument         // after url(
	cssRest             // in the rest of a long URL, unquoted when quote is 0
	cssIdent            // in the rest of a long identifier
	cssWild             // where it is not certain what is text: see wild
)

type cssAt uint8

const (
	cssNone cssAt = iota
	cssImport
	cssNamespace
	cssValue // in a value that var() or a function of the sheet's own may put elsewhere
)

const (
	cssTokenMax = 4 << 10 // a longer URL is judged by its beginning
	cssIdentMax = 64
)

type cssStatus uint8

const (
	cssURL  cssStatus = iota // a URL was found
	cssMore                  // b ended within a token
	cssEnd                   // b ended
)

// next looks for a URL in b[i:]. With cssURL it returns the URL's range and
// where to go on; else the offset from which b is to be held. Final says that
// nothing follows b.
func (c *cssScanner) next(b []byte, i int, final bool) (url span, next int, status cssStatus) {
	if c.mode == cssWild {
		return c.wild(b, i, final)
	}
	doubt := c.doubt(b, i)
	url, next, status = c.read(b[:doubt], i, final && doubt == len(b))
	c.clear = doubt - next
	if next > 0 {
		c.before = b[next-1]
	}
	if status == cssURL || doubt == len(b) {
		return url, next, status
	}
	c.mode = cssWild
	return c.wild(b, next, final)
}

// read is next up to where something is doubtful.
func (c *cssScanner) read(b []byte, i int, final bool) (url span, next int, status cssStatus) {
	for i < len(b) {
		switch c.mode {
		case cssComment:
			j := bytes.Index(b[i:], []byte("*/"))
			if j < 0 {
				if !final && b[len(b)-1] == '*' {
					return url, len(b) - 1, cssMore
				}
				return url, len(b), cssEnd
			}
			i += j + 2
			c.mode = cssText
		case cssString:
			end, closed := stringEnd(b, i, c.quote)
			if !closed {
				next, status = unclosed(b, i, final)
				return url, next, status
			}
			i = end
			c.mode = cssText
		case cssArgument:
			for i < len(b) && isSpace(b[i]) {
				i++
			}
			if i == len(b) {
				return url, i, cssEnd
			}
			if b[i] == '"' || b[i] == '\'' {
				url, next, status = c.str(b, i, final)
				if status == cssURL {
					c.depth++
					if c.mode == cssArgument {
						c.mode = cssText
					}
				}
				return url, next, status
			}
			return c.unquoted(b, i, final)
		case cssRest:
			end, closed := c.restEnd(b, i)
			if !closed {
				next, status = unclosed(b, i, final)
				return url, next, status
			}
			i = end
			c.mode = cssText
		case cssIdent:
			for i < len(b) && isIdent(b[i]) {
				i++
			}
			if i < len(b) {
				c.mode = cssText
				if b[i] == '(' {
					c.depth++
					i++
				}
			}
		default:
			var done bool
			if url, i, status, done = c.text(b, i, final); done {
				return url, i, status
			}
		}
	}
	return url, i, cssEnd
}

// text goes on in plain text, up to a URL or a change of mode.
func (c *cssScanner) text(b []byte, i int, final bool) (url span, next int, status cssStatus, done bool) {
	for c.mode == cssText {
		if !c.begun {
			var sure bool
			if i, sure = c.begin(b, i); !sure && !final {
				return url, i, cssMore, true
			}
		}
		start := i
		i += cssStops.index(b[i:])
		if i == len(b) {
			if final {
				return url, i, cssEnd, true
			}
			// The identifier at the end may be url.
			from := i
			for from > start && isIdent(b[from-1]) {
				from--
			}
			if i-from > cssIdentMax {
				c.mode = cssIdent
				return url, i, cssEnd, true
			}
			return url, from, cssMore, true
		}
		switch b[i] {
		case '/':
			if i+1 == len(b) {
				if !final {
					return url, i, cssMore, true
				}
			} else if b[i+1] == '*' {
				c.mode = cssComment
				i++
			}
		case '"', '\'':
			if c.at == cssImport || c.at == cssValue || c.set > 0 {
				url, next, status = c.str(b, i, final)
				c.maybe = c.at == cssValue && c.set == 0
				return url, next, status, true
			}
			c.mode, c.quote = cssString, b[i]
		case ';', '{', '}':
			if b[i] != ';' || c.depth == 0 || c.at == cssNamespace {
				c.at, c.begun = cssNone, false
			}
		case ')':
			c.depth = max(c.depth-1, 0)
			if c.depth < c.set {
				c.set = 0
			}
		case '(':
			from := i
			for from > start && isIdent(b[from-1]) {
				from--
			}
			c.open(b[from:i])
		case '@', '\\':
			return c.escaped(b, start, i, final)
		}
		i++
	}
	return url, i, status, false
}

// begin looks at what b[i:] begins with: is it the declaration of a custom property
// (CSS Custom Properties, section 2), of the initial value of one (CSS Properties and
// Values, section 2), or of what a function of the sheet results in (CSS Functions and
// Mixins)? It returns the offset after space, and false when it needs more bytes.
func (c *cssScanner) begin(b []byte, i int) (at int, sure bool) {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i < len(b) && !cssBegins[b[i]] {
		c.begun = true
		return i, true
	}
	end := i
	for end < len(b) && end-i < len(initialValue)+1 && (isIdent(b[end]) || b[end] == '\\') {
		end++
	}
	if end == len(b) {
		return i, false
	}
	name := b[i:end]
	if end == i && b[i] == '/' { // a comment, and then a declaration
		return i, true
	}
	c.begun = true
	dashed := len(name) > 1 && name[0] == '-' && (name[1] == '-' || name[1] == '\\')
	if dashed || end > i && b[i] == '\\' || equalFold(name, initialValue) || equalFold(name, "result") {
		c.at = cssValue
	}
	return i, true
}

const initialValue = "initial-value"

// cssBegins are the bytes that such a declaration may begin with, or a comment.
var cssBegins = [256]bool{'-': true, '\\': true, '/': true, 'i': true, 'I': true, 'r': true, 'R': true}

// open takes a function's name, at its parenthesis.
func (c *cssScanner) open(name []byte) {
	switch {
	case equalFold(name, "url"), equalFold(name, "src"):
		c.mode = cssArgument
		return
	case equalFold(name, "image-set"), equalFold(name, "-webkit-image-set"), equalFold(name, "image"), equalFold(name, "cross-fade"), equalFold(name, "-webkit-cross-fade"):
		if c.set == 0 {
			c.set = c.depth + 1
		}
	}
	c.depth++
}

// escaped reads an at-keyword, or an identifier that has escapes in it.
func (c *cssScanner) escaped(b []byte, start, i int, final bool) (url span, next int, status cssStatus, done bool) {
	from := i
	for b[i] == '\\' && from > start && isIdent(b[from-1]) {
		from--
	}
	var buf [cssIdentMax]byte
	name, end := buf[:0], from
	if b[from] == '@' {
		end++
	}
	for end < len(b) && len(name) < 32 && (isIdent(b[end]) || b[end] == '\\') {
		n := 1
		if b[end] == '\\' {
			name, n = appendCSSEscape(name, b[end:])
		} else {
			name = append(name, b[end])
		}
		end += n
	}
	if end+8 > len(b) && len(name) < 32 && !final { // an escape may go on for eight bytes
		return url, from, cssMore, true
	}
	if b[from] == '@' {
		switch {
		case equalFold(name, "import"):
			c.at = cssImport
		case equalFold(name, "namespace"):
			c.at = cssNamespace
		}
		return url, end, status, false
	}
	if end < len(b) && b[end] == '(' {
		c.open(name)
		end++
	}
	return url, max(end, i+1), status, false
}

// str reads a string that is a URL; b[i] is its quote.
func (c *cssScanner) str(b []byte, i int, final bool) (span, int, cssStatus) {
	from := i + 1
	limit := min(len(b), from+cssTokenMax)
	end, closed := stringEnd(b[:limit], from, b[i])
	switch {
	case closed:
		return span{from, end - 1}, end, cssURL
	case limit == from+cssTokenMax:
		c.mode, c.quote = cssRest, b[i]
		return span{from, limit}, limit, cssURL
	case final:
		return span{from, limit}, limit, cssURL
	}
	return span{}, i, cssMore
}

// unquoted reads the argument of url( without quotes.
func (c *cssScanner) unquoted(b []byte, i int, final bool) (span, int, cssStatus) {
	limit := min(len(b), i+cssTokenMax)
	end := i
	for end < limit && b[end] != ')' && !isSpace(b[end]) {
		if b[end] == '\\' { // a space may end it
			end += cssEscapeLen(b[end:limit])
			continue
		}
		end++
	}
	if end == limit && limit < i+cssTokenMax && !final {
		return span{}, i, cssMore
	}
	c.mode, c.quote = cssRest, 0 // up to its parenthesis
	if c.at == cssNamespace {
		return span{i, i}, end, cssURL
	}
	return span{i, end}, end, cssURL
}

// restEnd returns the offset after what ends a long URL.
func (c *cssScanner) restEnd(b []byte, i int) (end int, closed bool) {
	if c.quote != 0 {
		return stringEnd(b, i, c.quote)
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case ')':
			return i + 1, true
		case '\\':
			i++
		}
	}
	return len(b), false
}

// stringEnd returns the offset after the quote that closes a string, or of the
// newline that breaks it.
func stringEnd(b []byte, i int, quote byte) (end int, closed bool) {
	for ; i < len(b); i++ {
		switch b[i] {
		case quote, '\n', '\f', '\r':
			return i + 1, true
		case '\\':
			if i++; i < len(b) && b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
		}
	}
	return len(b), false
}

// unclosed is where what begins at b[i] and goes on behind b is left: a backslash
// that ends b waits for the character that it escapes.
func unclosed(b []byte, i int, final bool) (next int, status cssStatus) {
	if !final {
		if hold := oddBackslash(b, i); hold < len(b) {
			return hold, cssMore
		}
	}
	return len(b), cssEnd
}

func isIdent(c byte) bool { return isAlnum(c) || c == '-' || c == '_' || c >= 0x80 }

// cssStops are what text of a style sheet is read up to.
var cssStops = newByteSet(`/"';{}()@\`)
