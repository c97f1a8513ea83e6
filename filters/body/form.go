package body

import (
	"bytes"
	"net/url"

	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/internal/swar"
)

// formEditor edits application/x-www-form-urlencoded, and text whose lines may be
// such forms. A parameter that goes takes the separator before it along, or the
// one after when nothing before it is left.
type formEditor struct {
	j        *judge
	receives *Allowlist // of the partner; nil for the storefront
	ends     *[256]bool // the characters that separate
	lines    bool       // ends of lines do, too
	nesting  int

	separator byte // before the next parameter; 0 for the first
	begun     bool // something was written
	long      passage
}

// passage is what happens to the rest of a parameter that is longer than what is
// held back.
type passage uint8

const (
	noPassage passage = iota
	passes
	goes
)

// edit implements [editor].
func (e *formEditor) edit(dst, src []byte, last bool) ([]byte, int, error) {
	i := 0
	for {
		if e.long != noPassage {
			out, n, err := e.passage(dst, src[i:])
			dst = out
			i += n
			if err != nil {
				return dst, i, err
			}
			if e.long != noPassage {
				return dst, i, nil
			}
		}
		// All parameters that are at hand, as far as one may be long.
		within := src[i:min(len(src), i+maxHeld+1)]
		end := e.lastSeparator(within)
		switch {
		case end < 0 && len(within) > maxHeld && bytes.IndexByte(within, ';') >= 0:
			// Where a semicolon may separate, it does: what follows is judged by
			// itself, and not lost in a long value.
			end = bytes.LastIndexByte(within, ';')
			dst = e.parameters(dst, within[:end])
			e.separator = ';'
			i += end + 1
			continue
		case end < 0 && len(within) > maxHeld:
			out, n, err := e.begin(dst, within[:maxHeld])
			dst = out
			i += n
			if err != nil {
				return dst, i, err
			}
			continue
		case last && i+len(within) == len(src):
			return e.parameters(dst, within), len(src), nil
		case end < 0:
			return dst, i, nil
		}
		dst = e.parameters(dst, within[:end])
		e.separator = within[end]
		i += end + 1
	}
}

// The characters that separate parameters: in a form, in a form towards a partner,
// and in text.
var (
	inForm    = &[256]bool{'&': true}
	toPartner = &[256]bool{'&': true, ';': true}
	inText    = &[256]bool{'&': true, '\r': true, '\n': true}
	fromText  = &[256]bool{'&': true, ';': true, '\r': true, '\n': true} // towards a partner
)

// newForm returns an editor for a form, or for text whose lines may be forms, that
// stands in so many other bodies.
func newForm(j *judge, lines bool, nesting int) *formEditor {
	e := &formEditor{j: j, receives: j.o.Receives, ends: inForm, lines: lines, nesting: nesting}
	switch {
	case lines && j.partner():
		e.ends = fromText
	case lines:
		e.ends = inText
	case j.partner():
		e.ends = toPartner
	}
	return e
}

func (e *formEditor) lastSeparator(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if e.ends[b[i]] {
			return i
		}
	}
	return -1
}

// parameters edits whole parameters with the separators between them.
func (e *formEditor) parameters(dst, raw []byte) []byte {
	if !e.lines && e.receives == nil && !mayHoldJSON(raw) {
		dst, _ = e.query(dst, raw)
		return dst
	}
	for {
		end := e.end(raw)
		dst = e.parameter(dst, raw[:end], bytes.IndexByte(raw[:end], '='))
		if end == len(raw) {
			return dst
		}
		e.separator = raw[end]
		raw = raw[end+1:]
	}
}

// end returns the index of the first separator, or the length.
func (e *formEditor) end(raw []byte) int {
	switch {
	case e.lines:
		end := 0
		for end < len(raw) && !e.ends[raw[end]] {
			end++
		}
		return end
	case e.receives != nil:
		return swar.IndexEither(view(raw), 0, '&', ';')
	}
	return swar.Index(view(raw), 0, '&')
}

// query takes identifiers out of parameters that ampersands separate, with the
// separator before them.
func (e *formEditor) query(dst, raw []byte) ([]byte, identifier.Rest) {
	before := len(dst)
	if e.begun {
		dst = append(dst, e.separator)
	}
	dst, rest := e.j.ids.AppendQuery(dst, view(raw), e.j.o.Granted, e.j.inURL)
	if rest == identifier.None {
		return dst[:before], rest
	}
	e.begun = true
	return dst, rest
}

// write writes a parameter that stays.
func (e *formEditor) write(dst []byte, raw string) []byte {
	if e.begun {
		dst = append(dst, e.separator)
	}
	e.begun = true
	return append(dst, raw...)
}

// parameter edits one parameter. Its first equals sign is at equals, or there is
// none and equals is -1.
func (e *formEditor) parameter(dst, raw []byte, equals int) []byte {
	name, value := raw, raw[len(raw):]
	if equals >= 0 {
		name, value = raw[:equals], raw[equals+1:]
	}
	if e.receives != nil && !e.receives.admits(view(name), view(value)) {
		if len(raw) > 0 {
			e.j.withheld()
		}
		return dst
	}
	holdsJSON := beginsLikeJSON(value)
	if e.j.ids != nil {
		separator, begun := len(dst), e.begun
		out, rest := e.query(dst, raw)
		if rest != identifier.Whole || !holdsJSON {
			return out
		}
		dst, e.begun = out[:separator], begun
	}
	if holdsJSON {
		if edited, changed := editJSON(e.j, string(decode(nil, view(name))), decode(nil, view(value)), e.nesting+1); changed {
			return e.write(dst, view(name)+"="+url.QueryEscape(view(edited)))
		}
	}
	return e.write(dst, view(raw))
}

// begin judges a long parameter by its name and its beginning.
func (e *formEditor) begin(dst, raw []byte) ([]byte, int, error) {
	e.long = passes
	if e.receives != nil {
		e.j.withheld()
		e.long = goes
		return dst, len(raw), nil
	}
	if _, changed := e.j.ids.Query(view(raw), e.j.o.Granted, e.j.inURL); changed {
		e.long = goes
		return dst, len(raw), nil
	}
	return e.write(dst, view(raw)), len(raw), nil
}

// passage takes the next part of a long parameter, and the separator after it.
func (e *formEditor) passage(dst, src []byte) ([]byte, int, error) {
	end := 0
	for end < len(src) && !e.ends[src[end]] && src[end] != ';' {
		end++
	}
	if e.long == passes {
		dst = append(dst, src[:end]...)
	}
	if end < len(src) {
		e.separator = src[end]
		e.long = noPassage
		end++
	}
	return dst, end, nil
}

// HoldsJSON reports whether a value in a raw query begins like JSON. [FilterQuery]
// then has more to take out than [identifier.Filter.Query] does.
func HoldsJSON(query string) bool {
	return mayHoldJSON(bytesOf(query))
}

// FilterQuery takes out of a raw query (RFC 3986 section 3.4, without its question
// mark), and out of JSON in its values, what [Filter] takes out of a form, and returns
// what remains and whether that differs. Allowlists are not asked: see
// [Allowlist.Query].
func FilterQuery(query string, o *Options) (string, bool) {
	j := newJudge(o)
	defer j.release()
	if j.ids == nil || query == "" {
		return query, false
	}
	e := &formEditor{j: j.in(InForm), ends: inForm}
	edited, _, err := e.edit(make([]byte, 0, len(query)), []byte(query), true)
	return string(edited), err == nil && string(edited) != query
}

// mayHoldJSON reports whether a value among the parameters begins like JSON.
func mayHoldJSON(raw []byte) bool {
	if !holdsBracket(raw) {
		return false
	}
	for {
		i := bytes.IndexByte(raw, '=')
		if i < 0 {
			return false
		}
		raw = raw[i+1:]
		if beginsLikeJSON(raw) {
			return true
		}
	}
}

// holdsBracket reports whether an opening bracket of JSON is anywhere, escaped or
// not.
func holdsBracket(raw []byte) bool {
	if bytes.IndexByte(raw, '{') >= 0 || bytes.IndexByte(raw, '[') >= 0 {
		return true
	}
	for {
		i := bytes.IndexByte(raw, '%')
		if i < 0 || i+2 >= len(raw) {
			return false
		}
		raw = raw[i+1:]
		if (raw[0] == '7' || raw[0] == '5') && raw[1]|0x20 == 'b' {
			return true
		}
	}
}

// beginsLikeJSON reports whether a value begins with the bracket of an object or
// array, escaped or not, after spaces or none.
func beginsLikeJSON(value []byte) bool {
	for len(value) > 0 && value[0] == '+' {
		value = value[1:]
	}
	if len(value) < 3 {
		return false
	}
	switch value[0] {
	case '{', '[':
		return true
	case '%':
		return (value[1] == '7' || value[1] == '5') && value[2]|0x20 == 'b' || value[1] == '2' && value[2] == '0' && beginsLikeJSON(value[3:])
	}
	return false
}
