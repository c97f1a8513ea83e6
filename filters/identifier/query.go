package identifier

import (
	"strings"
	"unsafe"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/internal/swar"
)

// Query takes identifiers out of a raw query (RFC 3986 section 3.4, without its
// question mark) and returns what remains and whether that differs. A parameter
// that is dropped goes with one separator; all other bytes stay as they were.
//
// Parameters are separated by "&" (application/x-www-form-urlencoded) and by
// ";", which some servers split at as well: a semicolon begins a parameter when
// an equals sign follows before the next separator, else it belongs to the
// value. Every occurrence of a parameter is judged. Names and values are
// percent-decoded once for comparison. A value that is a URL is judged as [Filter.URL]
// does, and encoded anew when something goes.
//
// Query allocates nothing when nothing is found.
func (f *Filter) Query(raw string, granted consent.Set, found func(Finding)) (string, bool) {
	return f.query(raw, InQuery, 0, granted, found)
}

// query does so for a query that stands in so many URLs.
func (f *Filter) query(raw string, where Where, nesting int, granted consent.Set, found func(Finding)) (string, bool) {
	if raw == "" || grantsAll(granted) {
		return raw, false
	}
	var e edit // filled in place: a copy of it would be waited for
	e.raw, e.where, e.nesting, e.granted, e.found = raw, where, nesting, granted, found
	f.edit(&e)
	return e.result()
}

// Rest is what remains of a query.
type Rest uint8

// The rests.
const (
	Whole Rest = iota // all of it, as it was
	Part              // some of it
	None              // no parameter, not even an empty one
)

// AppendQuery does the same for a piece of a body of
// application/x-www-form-urlencoded: it appends to dst what remains of it. inner is
// asked about values that begin like JSON, or like base64 that may hold JSON, and about
// all of [LongValue] bytes or more: it is given the name and the value as they stand
// there, and returns what replaces the value and whether that differs. Nil lets them pass.
func (f *Filter) AppendQuery(dst []byte, raw string, granted consent.Set, found func(Finding), inner func(name, value string) (string, bool)) ([]byte, Rest) {
	if raw == "" || grantsAll(granted) {
		return append(dst, raw...), Whole
	}
	e := edit{raw: raw, out: dst, form: true, where: InQuery, granted: granted, found: found, inner: inner}
	f.edit(&e)
	rest := Whole
	switch {
	case e.head && e.copied == len(raw) && raw[len(raw)-1] != '&':
		rest = None
	case e.changed:
		rest = Part
	}
	return append(e.out, raw[e.copied:]...), rest
}

// LongValue is from how many bytes on a value may be a file in base64.
const LongValue = 160

// edit judges all parameters.
func (f *Filter) edit(e *edit) {
	raw := e.raw
	semicolons := strings.IndexByte(raw, ';') >= 0
	known := f.tails()
	for start := 0; start <= len(raw); {
		p := parameterAt(raw, start)
		start = p.end + 1
		silent := false // the name says nothing, as is seen at a glance of most
		if semicolons {
			p = f.editParts(e, p)
		} else if p.equals >= 0 {
			t, plain := tailOf(raw[p.start:p.equals])
			value := raw[p.equals+1 : p.end]
			if silent = plain && !known.has(t); silent && len(value) < LongValue && !Opens(value) {
				continue
			}
		}
		if v := f.judgeParameter(e, p, silent); v.Action != Pass {
			e.apply(p, v)
		}
	}
}

// editParts judges the parameters that semicolons separate, but for the last,
// which it returns.
func (f *Filter) editParts(e *edit, p parameter) parameter {
	text := e.raw[:p.end]
	p.semicolon = strings.IndexByte(text[p.start:], ';') >= 0
	for p.semicolon {
		end := p.start + firstParameter(text[p.start:])
		if end == p.end {
			break
		}
		first := parameterAt(text[:end], p.start)
		first.semicolon = strings.IndexByte(text[p.start:end], ';') >= 0
		if v := f.judgeParameter(e, first, false); v.Action != Pass {
			e.apply(first, v)
		}
		p.start = end + 1
		p.equals = p.start + strings.IndexByte(text[p.start:], '=')
	}
	return p
}

// parameter is where one parameter stands in a query.
type parameter struct {
	start, equals, end int  // equals is -1 where there is none
	semicolon          bool // whether one is in it
}

// parameterAt finds the parameter that begins at raw[start:] and ends at an
// ampersand.
func parameterAt(raw string, start int) parameter {
	equals, end := swar.IndexPair(raw, start, '=', '&')
	return parameter{start: start, equals: equals, end: end}
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

// judgeParameter decides on a parameter. Without an equals sign it is all value, and a
// silent one's name says nothing.
func (f *Filter) judgeParameter(e *edit, p parameter, silent bool) Verdict {
	name, value := "", e.raw[p.start:p.end]
	if p.equals >= 0 {
		name, value = e.raw[p.start:p.equals], e.raw[p.equals+1:p.end]
	}
	if value == "" {
		return Verdict{}
	}
	var means entry
	if !silent {
		means = f.find(name)
	}
	if means.need == languageForm && !e.form {
		means = entry{}
	}
	if means.need == unlisted && !p.semicolon && len(value) < LongValue && !Opens(value) {
		return Verdict{}
	}
	v := f.judge(means, name, value, e.granted)
	if v.Action == Pass && opensURL[value[0]] && e.nesting < maxURLs {
		v = f.judgeURL(e, value)
	}
	if v.Action == Pass && means.need == queryForm && e.nesting < maxURLs {
		v = f.judgeQuery(e, value)
	}
	if v.Action == Pass && e.inner != nil && (len(value) >= LongValue || opening(value)&opensInner != 0) {
		if text, changed := e.inner(name, value); changed {
			return Verdict{Action: Reduce, Text: text}
		}
	}
	if v.Action == Pass && p.semicolon {
		return f.judgePieces(name, value, e.granted)
	}
	return v
}

// judgePieces decides on a value with semicolons in it: a server that splits at every
// one sees values here.
func (f *Filter) judgePieces(name, value string, granted consent.Set) Verdict {
	for piece := range strings.SplitSeq(value, ";") {
		if v := f.judgeValue(name, piece, granted); v.Action != Pass {
			return Verdict{Kind: v.Kind, Action: Drop}
		}
	}
	return Verdict{}
}

// edit builds a query from the parts of another. It copies nothing before the
// first change.
type edit struct {
	where   Where
	nesting int  // how many URLs the query stands in
	form    bool // it is a form, in which a language is saved, not chosen
	granted consent.Set
	found   func(Finding)
	inner   func(name, value string) (string, bool)

	raw     string
	out     []byte
	copied  int  // raw[:copied] is in out, or was left out
	changed bool // whether anything was
	head    bool // whether all before copied was dropped
	bare    bool // whether all between the ampersand that out ends in and copied was
}

// apply carries out a verdict on a parameter.
func (e *edit) apply(p parameter, v Verdict) {
	if v.Action != Reduce { // what was found in a URL or in JSON was told
		report(e.found, e.raw[p.start:max(p.equals, p.start)], v.Kind, e.where, v.Action)
	}
	if v.Action == Drop {
		e.drop(p.start, p.end)
	} else {
		e.replace(max(p.equals+1, p.start), p.end, v.Text)
	}
}

// drop leaves out the parameter raw[start:end] and one separator: the one before
// it, or when nothing before it is left, the one after. Between ampersands that
// holds for what semicolons separate, so that no ampersand goes for a semicolon.
func (e *edit) drop(start, end int) {
	more := end < len(e.raw) && e.raw[end] == ';' // between the same ampersands
	switch {
	case start == 0 || e.head && e.copied == start:
		e.changed, e.head = true, true
		e.copied = min(end+1, len(e.raw))
	case e.raw[start-1] == '&' && more:
		e.copyTo(start)
		e.copied, e.bare = end+1, true
	case e.bare && e.copied == start && more:
		e.copied = end + 1
	case e.bare && e.copied == start:
		e.out = e.out[:len(e.out)-1] // the ampersand
		e.copied = end
	default:
		e.copyTo(start - 1)
		e.copied = end
	}
}

// replace puts text in the place of raw[start:end].
func (e *edit) replace(start, end int, text string) {
	e.copyTo(start)
	e.out = append(e.out, text...)
	e.copied = end
}

func (e *edit) copyTo(end int) {
	if e.out == nil {
		e.out = make([]byte, 0, len(e.raw))
	}
	e.out = append(e.out, e.raw[e.copied:end]...)
	e.copied = end
	e.changed, e.head = true, false
}

// result returns the query. Its memory is out's, which nobody else has.
func (e *edit) result() (string, bool) {
	if e.out == nil {
		return e.raw[e.copied:], e.changed
	}
	e.out = append(e.out, e.raw[e.copied:]...)
	return unsafe.String(unsafe.SliceData(e.out), len(e.out)), true //nolint:gosec // out is not written to any more
}
