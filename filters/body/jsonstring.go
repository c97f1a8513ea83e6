package body

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// str takes a string, or the beginning of a long one.
func (e *jsonEditor) str(dst, src []byte, it item) ([]byte, int, error) {
	end, script, err := scanString(src, it.value)
	if err != nil && !errors.Is(err, errMore) {
		return dst, 0, err
	}
	if end-it.value > maxHeld {
		return e.longString(dst, src, it)
	}
	if err != nil {
		return dst, 0, err
	}
	text := src[it.value+1 : end-1]
	if e.muted > 0 {
		e.finish()
		return dst, end, nil
	}
	if script.escaped {
		e.scratch = unquote(e.scratch[:0], src[it.value:end])
		text = e.scratch
	}
	if len(text) >= leastEncoded {
		if out, found, err := e.file(dst, src, it, text); found {
			return out, end, err
		}
	}
	if len(text) > 0 && opensInner[text[0]] && it.limit.passes() {
		if edited, changed := e.inner(text, it); changed {
			e.finish()
			return quote(e.head(dst, src, it), view(edited)), end, nil
		}
	}
	return e.scalar(dst, src, it, end, view(text)), end, nil
}

// file takes a string that is a file written as base64, of which something goes.
func (e *jsonEditor) file(dst, src []byte, it item, text []byte) (out []byte, found bool, err error) {
	if e.partner {
		return dst, false, nil
	}
	edited, changed, err := e.judge.encodedWhole(e.named(it).whole, text)
	if err != nil || !changed {
		return dst, err != nil, err
	}
	e.finish()
	return quote(e.head(dst, src, it), view(edited)), true, nil
}

// inner edits JSON that stands in a string, as it is or as base64.
func (e *jsonEditor) inner(text []byte, it item) (edited []byte, changed bool) {
	edit := editJSON
	if opensEncoded(text) {
		edit = editEncoded
	} else if !looksLikeJSON(text) {
		return text, false
	}
	return edit(e.judge, e.named(it).short(), text, e.nesting+1)
}

// longString begins a string that is longer than what is held back. It is judged
// by its name and its beginning.
func (e *jsonEditor) longString(dst, src []byte, it item) ([]byte, int, error) {
	start := it.value + 1
	e.expect = aPassage
	e.drop = e.muted > 0
	if e.drop {
		return dst, start, nil
	}
	n := e.named(it)
	if e.partner {
		e.judge.withheld()
		e.drop = true
	} else if v := e.judge.field(n, view(src[start:start+maxHeld])); v.Action != identifier.Pass {
		v.Action = identifier.Drop
		e.judge.report(n.whole, v)
		e.drop = true
	}
	if e.drop {
		return e.leaveOut(dst, src, it), start, nil
	}
	dst = append(e.head(dst, src, it), '"')
	if at := e.judge.encodedFile(src[start:]); at >= 0 {
		end, j, name := start+at, e.judge, strings.Clone(n.whole)
		return append(dst, src[start:end]...), end, &innerFoundError{func(s *stream) io.Reader {
			return j.encoded(name, &valueText{s: s, syntax: stringSyntax{}})
		}}
	}
	begin := beginning(src[start:], stringSyntax{})
	if open := e.judge.innerOf(strings.Clone(n.short()), begin, e.nesting+1); open != nil {
		return dst, start, &innerFoundError{func(s *stream) io.Reader {
			text := &valueText{s: s, syntax: stringSyntax{}}
			return text.again(open(text))
		}}
	}
	return dst, start, nil
}

// passage takes the next part of a long string.
func (e *jsonEditor) passage(dst, src []byte) ([]byte, int, error) {
	i := 0
	for {
		end, wide := run(src, i)
		plain := src[i:end]
		if wide {
			cut := end
			if end == len(src) {
				cut = end - partialRune(src[i:])
			}
			if !utf8.Valid(src[i:cut]) {
				return dst, i, errJSON("string that is not UTF-8")
			}
			plain = src[i:cut]
		}
		i += len(plain)
		if !e.drop {
			dst = append(dst, plain...)
		}
		if end == len(src) {
			return dst, i, errMore
		}
		n := 1
		if src[i] == '\\' {
			var err error
			if n, err = escapeLen(src[i:]); err != nil {
				return dst, i, err
			}
		} else if src[i] != '"' {
			return dst, i, errJSON("control character in a string")
		}
		if !e.drop {
			dst = append(dst, src[i:i+n]...)
		}
		i += n
		if src[i-n] == '"' {
			e.finish()
			return dst, i, nil
		}
	}
}

// partialRune returns how many bytes at the end of b begin a character without
// ending it.
func partialRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if utf8.FullRune(b[len(b)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// looksLikeJSON reports whether a text begins and ends like an object or array of
// some content.
func looksLikeJSON(text []byte) bool {
	if !beginsJSON(text) {
		return false
	}
	text = bytes.Trim(text, " \t\r\n")
	return len(text) > 2 && text[len(text)-1] == text[0]+2 // in ASCII both closing brackets are two after the opening ones
}

// beginsJSON reports whether a text begins like an object or array.
func beginsJSON(text []byte) bool {
	start := skipSpace(text, 0)
	if start == len(text) {
		return false
	}
	switch text[start] {
	case '{':
		return opensObject(text[start+1:])
	case '[':
		return opensArray(text[start+1:])
	}
	return false
}

// opensObject and opensArray report whether what follows a bracket can be JSON.
func opensObject(rest []byte) bool {
	i := skipSpace(rest, 0)
	return i == len(rest) || rest[i] == '"' || rest[i] == '}'
}

func opensArray(rest []byte) bool {
	i := skipSpace(rest, 0)
	return i == len(rest) || bytes.IndexByte([]byte(`{["-0123456789tfn]`), rest[i]) >= 0
}

// editJSON edits a whole text under a name. What isn't JSON stays; what is nested
// too deep to be judged becomes null.
func editJSON(j *judge, name string, text []byte, nesting int) (edited []byte, changed bool) {
	if nesting > MaxNesting {
		return []byte("null"), true
	}
	if len(text) > maxHeld { // values in it may have filters of their own
		edited, err := io.ReadAll(newStream(bytes.NewReader(text), newJSON(j, name, false, nesting)))
		return edited, err == nil && !bytes.Equal(edited, text)
	}
	trial := newJSON(j.silent(), name, false, nesting)
	edited, _, err := trial.edit(nil, text, true)
	trial.release()
	if err != nil || bytes.Equal(edited, text) {
		return text, false
	}
	final := newJSON(j, name, false, nesting)
	edited, _, _ = final.edit(nil, text, true)
	final.release()
	return edited, true
}
