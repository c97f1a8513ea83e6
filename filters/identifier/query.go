package identifier

import (
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Query takes identifiers out of a raw query (RFC 3986 section 3.4, without its
// question mark) and returns what remains and whether that differs. A parameter
// that is dropped goes with one separator; all other bytes stay as they were.
//
// Parameters are separated by "&" (application/x-www-form-urlencoded) and by
// ";", which some servers split at as well: a semicolon begins a parameter when
// an equals sign follows before the next separator, else it belongs to the
// value. Every occurrence of a parameter is judged. Names and values are
// percent-decoded once for comparison.
//
// Query allocates nothing when nothing is found. The same serves for a body of
// application/x-www-form-urlencoded.
func (f *Filter) Query(raw string, granted consent.Set, found func(Finding)) (string, bool) {
	return f.query(raw, InQuery, granted, found)
}

func (f *Filter) query(raw string, where Where, granted consent.Set, found func(Finding)) (string, bool) {
	if raw == "" || grantsAll(granted) {
		return raw, false
	}
	e := edit{raw: raw}
	for start := 0; start <= len(raw); {
		p := parameterAt(raw, start)
		for p.semicolon {
			n := firstParameter(raw[start:p.end])
			if start+n == p.end {
				break
			}
			f.apply(&e, parameterAt(raw[:start+n], start), where, granted, found)
			start += n + 1
			p = parameter{start: start, equals: start + strings.IndexByte(raw[start:p.end], '='), end: p.end, semicolon: true}
		}
		f.apply(&e, p, where, granted, found)
		start = p.end + 1
	}
	return e.result()
}

// parameter is where one parameter stands in a query.
type parameter struct {
	start, equals, end int  // equals is -1 where there is none
	semicolon          bool // whether there is one
}

// parameterAt finds the parameter that begins at raw[start:] and ends at an
// ampersand.
func parameterAt(raw string, start int) parameter {
	p := parameter{start: start, equals: -1, end: len(raw)}
	for i := start; i < len(raw); i++ {
		if !delimits[raw[i]] {
			continue
		}
		switch raw[i] {
		case '&':
			p.end = i
			return p
		case ';':
			p.semicolon = true
		case '=':
			if p.equals < 0 {
				p.equals = i
			}
		}
	}
	return p
}

// delimits holds the characters that end a name or a parameter.
var delimits = [256]bool{'&': true, ';': true, '=': true}

// apply judges a parameter and edits it.
func (f *Filter) apply(e *edit, p parameter, where Where, granted consent.Set, found func(Finding)) {
	v := f.judgeParameter(e.raw, p, granted)
	if v.Action == Pass {
		return
	}
	report(found, v.Kind, where, v.Action)
	if v.Action == Drop {
		e.drop(p.start, p.end)
	} else {
		e.replace(max(p.equals+1, p.start), p.end, v.Text)
	}
}

// firstParameter returns where the first parameter of a text without ampersands
// ends: at the first semicolon after which another, with an equals sign, begins.
func firstParameter(text string) int {
	for end := 0; ; {
		i := strings.IndexByte(text[end:], ';')
		if i < 0 {
			return len(text)
		}
		end += i
		next := text[end+1:]
		if j := strings.IndexAny(next, ";="); j >= 0 && next[j] == '=' {
			return end
		}
		end++
	}
}

// judgeParameter decides on a parameter. Without an equals sign it is all value.
func (f *Filter) judgeParameter(raw string, p parameter, granted consent.Set) Verdict {
	name, value := "", raw[p.start:p.end]
	if p.equals >= 0 {
		name, value = raw[p.start:p.equals], raw[p.equals+1:p.end]
	}
	if value == "" {
		return Verdict{}
	}
	e, _ := f.lookUp(name)
	if e.need == languageForm {
		e = entry{}
	}
	v := f.judge(e, name, value, granted)
	if v.Action != Pass || !p.semicolon {
		return v
	}
	// A server that splits at every semicolon sees values here.
	for piece := range strings.SplitSeq(value, ";") {
		if v := f.judgeValue(name, piece, granted); v.Action != Pass {
			return Verdict{Kind: v.Kind, Action: Drop}
		}
	}
	return v
}

// edit builds a query from the parts of another. It copies nothing before the
// first change.
type edit struct {
	raw     string
	out     []byte
	copied  int  // raw[:copied] is in out, or was left out
	changed bool // whether anything was
	head    bool // whether all before copied was dropped
}

// drop leaves out the parameter raw[start:end] and one separator: the one before
// it, or when nothing before it is left, the one after.
func (e *edit) drop(start, end int) {
	first := start == 0 || e.head && e.copied == start
	if first {
		e.changed, e.head = true, true
		e.copied = min(end+1, len(e.raw))
		return
	}
	e.copyTo(start - 1)
	e.copied = end
}

// replace puts text in the place of raw[start:end].
func (e *edit) replace(start, end int, text string) {
	e.copyTo(start)
	e.out = append(e.out, text...)
	e.copied = end
}

func (e *edit) copyTo(end int) {
	if e.out == nil {
		e.out = make([]byte, 0, len(e.raw)+32)
	}
	e.out = append(e.out, e.raw[e.copied:end]...)
	e.copied = end
	e.changed, e.head = true, false
}

func (e *edit) result() (string, bool) {
	if !e.changed {
		return e.raw, false
	}
	if e.out == nil {
		return e.raw[e.copied:], true
	}
	return string(append(e.out, e.raw[e.copied:]...)), true
}
