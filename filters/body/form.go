package body

import (
	"bytes"
	"io"
	"net/url"
	"strings"

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

	inner     func(name, value string) (string, bool) // editInner, which is made once
	failed    error                                   // of a file that must not pass
	separator byte                                    // before the next parameter; 0 for the first
	begun     bool                                    // something was written
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
		end, width := e.lastSeparator(within, last)
		switch {
		case end < 0 && len(within) > maxHeld && bytes.IndexByte(within, ';') >= 0:
			// Where a semicolon may separate, it does: what follows is judged by
			// itself, and not lost in a long value.
			end = bytes.LastIndexByte(within, ';')
			dst = e.parameters(dst, within[:end])
			e.separator = ';'
			i += end + 1
			if e.failed != nil {
				return dst, i, e.failed
			}
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
			return e.parameters(dst, within), len(src), e.failed
		case end < 0:
			return dst, i, nil
		}
		dst = e.parameters(dst, within[:end])
		e.separator = within[end]
		if width > 1 {
			e.separator = lineEnd
		}
		i += end + width
		if e.failed != nil {
			return dst, i, e.failed
		}
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
	e.inner = e.editInner
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

// lineEnd stands for CRLF, which separates as a whole.
const lineEnd = 1

// appendSeparator writes what separates the next parameter from the last.
func (e *formEditor) appendSeparator(dst []byte) []byte {
	if e.separator == lineEnd {
		return append(dst, "\r\n"...)
	}
	return append(dst, e.separator)
}

// lastSeparator returns where the last separator stands, or -1, and how many bytes it
// has. A CR that is the last byte at hand may be half of one.
func (e *formEditor) lastSeparator(b []byte, last bool) (at, width int) {
	for i := len(b) - 1; i >= 0; i-- {
		switch {
		case !e.ends[b[i]], b[i] == '\r' && i == len(b)-1 && !last && len(b) <= maxHeld:
		case b[i] == '\n' && i > 0 && b[i-1] == '\r':
			return i - 1, len("\r\n")
		default:
			return i, 1
		}
	}
	return -1, 0
}

// parameters edits whole parameters with the separators between them.
func (e *formEditor) parameters(dst, raw []byte) []byte {
	if !e.lines && e.receives == nil {
		return e.query(dst, raw)
	}
	for {
		end := e.end(raw)
		dst = e.parameter(dst, raw[:end])
		if end == len(raw) {
			return dst
		}
		if e.separator = raw[end]; e.separator == '\r' && end+1 < len(raw) && raw[end+1] == '\n' {
			e.separator = lineEnd
			end++
		}
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
func (e *formEditor) query(dst, raw []byte) []byte {
	before := len(dst)
	if e.begun {
		dst = e.appendSeparator(dst)
	}
	dst, rest := e.j.ids.AppendQuery(dst, view(raw), e.j.o.Granted, e.j.inURL, e.inner)
	if rest == identifier.None {
		return dst[:before]
	}
	e.begun = true
	return dst
}

// write writes a parameter that stays.
func (e *formEditor) write(dst []byte, raw string) []byte {
	if e.begun {
		dst = e.appendSeparator(dst)
	}
	e.begun = true
	return append(dst, raw...)
}

// parameter edits one parameter.
func (e *formEditor) parameter(dst, raw []byte) []byte {
	name, value := view(raw), ""
	equals := bytes.IndexByte(raw, '=')
	if equals >= 0 {
		name, value = name[:equals], name[equals+1:]
	}
	if e.receives != nil && !e.receives.admits(name, value) {
		if len(raw) > 0 {
			e.j.withheld()
		}
		return dst
	}
	if e.j.ids != nil {
		return e.query(dst, raw)
	}
	if equals >= 0 {
		if edited, changed := e.editInner(name, value); changed {
			return e.write(dst, name+"="+edited)
		}
	}
	return e.write(dst, view(raw))
}

// editInner edits what a value holds: JSON, as it is or as base64, or a file in base64.
func (e *formEditor) editInner(name, value string) (string, bool) {
	isJSON, opens := beginsLikeJSON(bytesOf(value)), opensEncoded(bytesOf(value))
	isFile := !isJSON && len(value) >= leastEncoded && e.receives == nil && e.j.encodedFile(beginning(bytesOf(value), formSyntax{e.ends})) >= 0
	if !isJSON && !opens && !isFile {
		return value, false
	}
	name = string(decode(nil, name))
	text := decode(nil, value)
	if !isJSON { // who forgot to encode a plus sign meant it
		text = bytes.ReplaceAll(text, []byte(" "), []byte("+"))
	}
	var edited []byte
	changed := false
	if isFile && e.failed == nil {
		edited, changed, e.failed = e.j.encodedWhole(name, text)
	}
	switch {
	case isJSON:
		edited, changed = editJSON(e.j, name, text, e.nesting+1)
	case opens && !changed:
		edited, changed = editEncoded(e.j, name, text, e.nesting+1)
	}
	if !changed {
		return value, false
	}
	return url.QueryEscape(view(edited)), true
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
	if name, value, ok := strings.Cut(view(raw), "="); ok {
		if open := e.innerOf(name, bytesOf(value)); open != nil {
			return e.write(dst, name+"="), len(name) + 1, &innerFoundError{open}
		}
	}
	return e.write(dst, view(raw)), len(raw), nil
}

// innerOf returns what filters the value of a long parameter that begins like a file in
// base64 or like JSON, and nil if it does not.
func (e *formEditor) innerOf(name string, value []byte) func(*stream) io.Reader {
	name = string(decode(nil, name))
	text := beginning(value, formSyntax{e.ends})
	open := e.j.innerOf(name, text, e.nesting+1)
	if at := e.j.encodedFile(text); at >= 0 {
		open = func(text io.Reader) io.Reader {
			scheme := make([]byte, at)
			if _, err := io.ReadFull(text, scheme); err != nil {
				return failed{err}
			}
			return io.MultiReader(bytes.NewReader(scheme), e.j.encoded(name, text))
		}
	}
	if open == nil {
		return nil
	}
	return func(s *stream) io.Reader {
		text := &valueText{s: s, syntax: formSyntax{e.ends}}
		return text.again(open(text))
	}
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

// HoldsJSON reports whether a value in a raw query begins like JSON, or like base64 that
// may hold JSON. [FilterQuery] then has more to take out than [identifier.Filter.Query]
// does.
func HoldsJSON(query string) bool {
	for {
		i := strings.IndexByte(query, '=')
		if i < 0 {
			return false
		}
		query = query[i+1:]
		if value := bytesOf(query); beginsLikeJSON(value) || opensEncoded(value) {
			return true
		}
	}
}

// FilterQuery takes out of a raw query (RFC 3986 section 3.4, without its question
// mark), and out of JSON in its values, also as base64, what [Filter] takes out of a form, and returns
// what remains and whether that differs. Allowlists are not asked: see
// [Allowlist.Query].
func FilterQuery(query string, o *Options) (string, bool) {
	j := newJudge(o)
	defer j.release()
	if j.ids == nil || query == "" {
		return query, false
	}
	e := &formEditor{j: j.in(InForm), ends: inForm}
	e.inner = e.editInner
	edited, err := io.ReadAll(newStream(strings.NewReader(query), e))
	if err != nil {
		return "", true // what can't be judged
	}
	return string(edited), string(edited) != query
}

// IsJSON reports whether a text begins like JSON, percent-encoded or not. [FilterJSON]
// then may have something to take out.
func IsJSON(text string) bool { return beginsLikeJSON(bytesOf(text)) }

// FilterJSON takes out of a short text under a name, such as a header's value, what
// [Filter] takes out of JSON, and returns what remains and whether that differs. The
// text may be percent-encoded, and is so again when something goes.
func FilterJSON(name, text string, o *Options) (string, bool) {
	j := newJudge(o)
	defer j.release()
	if j.ids == nil {
		return text, false
	}
	plain, encoded := []byte(text), strings.HasPrefix(text, "%")
	if encoded {
		plain = decode(nil, strings.ReplaceAll(text, "+", "%2B"))
	}
	edited, changed := editJSON(j.in(InJSON), name, plain, 0)
	switch {
	case !changed:
		return text, false
	case encoded:
		return strings.ReplaceAll(url.QueryEscape(view(edited)), "+", "%20"), true
	}
	return string(edited), true
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
