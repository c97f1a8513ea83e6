package page

import (
	"bytes"
	"strings"
)

// scriptKind tells what a browser makes of a script element's text.
type scriptKind uint8

const (
	scriptRuns  scriptKind = iota // classic or module
	scriptURLs                    // web bundle: JSON that holds URLs
	scriptRules                   // speculation rules: that, and conditions for a document's links
	scriptMap                     // import map: JSON of which the rest serves without one of them
	scriptData                    // anything else is left alone
)

var scriptTypes = map[string]scriptKind{
	"": scriptRuns, "module": scriptRuns,
	"application/ecmascript": scriptRuns, "application/javascript": scriptRuns,
	"application/x-ecmascript": scriptRuns, "application/x-javascript": scriptRuns,
	"text/ecmascript": scriptRuns, "text/javascript": scriptRuns, "text/javascript1.0": scriptRuns,
	"text/javascript1.1": scriptRuns, "text/javascript1.2": scriptRuns, "text/javascript1.3": scriptRuns,
	"text/javascript1.4": scriptRuns, "text/javascript1.5": scriptRuns, "text/jscript": scriptRuns,
	"text/livescript": scriptRuns, "text/x-ecmascript": scriptRuns, "text/x-javascript": scriptRuns,
	"text/partytown": scriptRuns, // which a worker of the library of that name runs
	"importmap":      scriptMap, "speculationrules": scriptRules, "webbundle": scriptURLs,
}

// scriptKindOf classifies a script by its type attribute (WHATWG HTML, section
// 4.12.1.1). A language without a type counts as JavaScript.
func scriptKindOf(t *tag, b []byte) scriptKind {
	if !t.has(attrType) {
		return scriptRuns
	}
	raw := t.value(b, attrType)
	if string(raw) == "text/javascript" {
		return scriptRuns
	}
	var decoded, buf [64]byte
	value, _, _ := bytes.Cut(appendDecoded(decoded[:0], raw, true), []byte(";"))
	kind, ok := scriptTypes[string(appendLower(buf[:0], bytes.Trim(value, " \t\n\f\r")))]
	if !ok {
		return scriptData
	}
	return kind
}

// scriptState is where a tokenizer stands in a script's text (WHATWG HTML,
// sections 13.2.5.4 and 13.2.5.15 to 31).
type scriptState uint8

const (
	scriptText    scriptState = iota
	scriptEscaped             // after <!--
	scriptDouble              // after <!-- and <script
)

const scriptOverlap = 1 << 10

// find looks for the script's end tag in b[i:]. It returns its offset, or -1 and
// the offset from which to go on with more bytes.
func (s *scriptState) find(b []byte, i int) (end, next int) {
	for i < len(b) {
		var j int
		if *s == scriptText {
			j = indexMarkup(b[i:])
		} else {
			j = bytes.IndexByte(b[i:], '<')
		}
		limit := i + j
		if j < 0 {
			limit = len(b)
		}
		if *s != scriptText {
			const comment = "-->"
			if k := bytes.Index(b[i:limit], []byte(comment)); k >= 0 {
				*s = scriptText
				i += k + len(comment)
				continue
			}
			for j < 0 && limit > max(i, len(b)-2) && b[limit-1] == '-' {
				limit--
			}
		}
		if j < 0 {
			return -1, limit
		}
		i = limit

		closes := matchName(b[i:], "</script")
		switch {
		case closes == matchMore:
			return -1, i
		case closes == matchYes && *s == scriptDouble:
			*s = scriptEscaped
			i += len("</script")
			continue
		case closes == matchYes:
			return i, i
		}
		switch *s {
		case scriptText:
			const open = "<!--"
			if rest := b[i:]; len(rest) < len(open) && strings.HasPrefix(open, string(rest)) {
				return -1, i
			} else if bytes.HasPrefix(rest, []byte(open)) {
				*s = scriptEscaped
				i += len("<!") // its dashes may be those of -->
				continue
			}
		case scriptEscaped:
			switch matchName(b[i:], "<script") {
			case matchMore:
				return -1, i
			case matchYes:
				*s = scriptDouble
			}
		}
		i++
	}
	return -1, i
}

// indexMarkup returns the offset of the first "<" in b that "/" or "!" follows, or with which b
// ends; else -1. In scripts few are like that.
func indexMarkup(b []byte) int {
	i := 0
	if n := (len(b) - 1) / blockSize; wide && n > 0 {
		if i = findMarkup(&b[0], n); i < n*blockSize {
			return i
		}
	}
	for ; ; i++ {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			return -1
		}
		if i += j; i+1 == len(b) || b[i+1] == '/' || b[i+1] == '!' {
			return i
		}
	}
}

// reopen returns what brings a tokenizer from this state out of the script and
// into a new one that never runs, in the same state.
func (s scriptState) reopen(dst []byte, attrs []byte) []byte {
	if s == scriptDouble {
		dst = append(dst, "</script>"...)
	}
	dst = append(dst, "</script><script"...)
	dst = append(dst, attrs...)
	dst = append(dst, '>')
	switch s {
	case scriptEscaped:
		dst = append(dst, "<!--"...)
	case scriptDouble:
		dst = append(dst, "<!--<script>"...)
	}
	return dst
}

type match uint8

const (
	matchNo match = iota
	matchYes
	matchMore
)

// matchName tells whether b begins with that name (lower-case, in any case in b)
// and a byte that ends a tag name.
func matchName(b []byte, name string) match {
	if len(b) <= len(name) {
		if equalFold(b, name[:len(b)]) {
			return matchMore
		}
		return matchNo
	}
	if equalFold(b[:len(name)], name) && class[b[len(name)]]&className != 0 {
		return matchYes
	}
	return matchNo
}

// rawEnd looks for "</name" in b[i:], as find does.
func rawEnd(b []byte, i int, name string) (end, next int) {
	for {
		j := indexMarkup(b[i:])
		if j < 0 {
			return -1, len(b)
		}
		i += j
		switch matchName(b[i:], name) {
		case matchYes:
			return i, i
		case matchMore:
			return -1, i
		}
		i++
	}
}

// jsonURLs calls judge for every string of a JSON text, until it returns true.
func jsonURLs(text, scratch []byte, judge func([]byte) bool) ([]byte, bool) {
	scratch, from, _ := nextJSON(text, 0, scratch, judge)
	return scratch, from >= 0
}

// nextJSON finds the first string of a JSON text, from an offset on, that judge wants. It
// returns where in the text that is, without its quotes; from is -1 when there is none.
func nextJSON(text []byte, at int, scratch []byte, judge func([]byte) bool) (_ []byte, from, to int) {
	for {
		i := bytes.IndexByte(text[at:], '"')
		if i < 0 {
			return scratch, -1, -1
		}
		i += at
		end := closingQuote(text, i)
		s := text[i+1 : end]
		if bytes.IndexByte(s, '\\') >= 0 {
			scratch = unescapeJSON(scratch[:0], s)
			s = scratch
		}
		if judge(s) {
			return scratch, i + 1, end
		}
		at = min(end+1, len(text))
	}
}

// unescapeJSON resolves the escapes of a JSON string as far as ASCII goes.
func unescapeJSON(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n', 'r', 't':
			dst = append(dst, '\n')
		case 'b', 'f':
			dst = append(dst, ' ')
		case 'u':
			r := 0
			for k := i + 1; k < i+5 && k < len(s); k++ {
				r = r<<4 | max(unhex(s[k]), 0)
			}
			i = min(i+4, len(s)-1)
			dst = append(dst, string(rune(r))...)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}
