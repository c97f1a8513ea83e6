package body

import (
	"bytes"
	"fmt"
	"strings"
)

// sniffer edits a body whose type does not say whether it is JSON: beacons send
// JSON as text/plain, so that no preflight is needed, and clients whose author set no
// type send it as a form. Without a type it may be JSON, or a form, as well.
type sniffer struct {
	j       *judge
	name    string
	nesting int
	kind    kind
	chosen  editor
}

// edit implements [editor].
func (s *sniffer) edit(dst, src []byte, last bool) ([]byte, int, error) {
	if s.chosen == nil {
		if !last && len(src) < wideGlance {
			return dst, 0, nil
		}
		if s.kind != unnamedKind && isWide(src) {
			return dst, 0, fmt.Errorf("%w: UTF-16", ErrUnsupported)
		}
		mark, ok := markLen(src, last)
		if !ok {
			return dst, 0, nil
		}
		first := skipSpace(src, mark)
		next := skipSpace(src, min(first+1, len(src)))
		if !last && next == len(src) && next <= maxHeld {
			return dst, 0, nil
		}
		if s.kind == unnamedKind && !last && first < len(src) && firstName(src[first:]) == len(src)-first {
			return dst, 0, nil
		}
		if !last && len(src)-first < leastEncoded && mayBeEncoded(src[first:]) {
			return dst, 0, nil
		}
		if text := src[first:]; opensEncoded(text) && len(text) <= maxHeld && !s.j.partner() {
			if !last {
				return dst, 0, nil
			}
			text = bytes.TrimRight(text, " \t\r\n")
			if edited, changed := editEncoded(s.j.in(InForm), s.name, text, s.nesting+1); changed {
				dst = append(append(dst, src[:first]...), edited...)
				return append(dst, src[first+len(text):]...), len(src), nil
			}
		}
		if err := s.choose(src[:min(len(src), maxHeld+1)], first); err != nil {
			return dst, 0, err
		}
	}
	return s.chosen.edit(dst, src, last)
}

// mayBeEncoded reports whether the beginning of a text may be that of base64 or of a
// data URL.
func mayBeEncoded(text []byte) bool {
	const scheme = "data:"
	if len(text) >= len(scheme) && bytes.EqualFold(text[:len(scheme)], []byte(scheme)) {
		return true
	}
	for _, c := range text {
		if c = plainAlphabet(c); !isLetter(c) && !isDigit(c) && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// wideGlance is how many bytes tell UTF-16.
const wideGlance = 4

// isWide reports whether text is in UTF-16, as which some readers take it whatever the
// type says: it begins with the byte order mark, or with two characters of ASCII in it.
func isWide(text []byte) bool {
	if len(text) > 1 && (text[0] == 0xFE && text[1] == 0xFF || text[0] == 0xFF && text[1] == 0xFE) {
		return true
	}
	if len(text) < wideGlance || text[0] == 0 == (text[1] == 0) {
		return false
	}
	return text[0] == 0 == (text[2] == 0) && text[1] == 0 == (text[3] == 0) && text[0]|text[1] < 0x80 && text[2]|text[3] < 0x80
}

func (s *sniffer) choose(src []byte, first int) error {
	text := src[min(first, len(src)):]
	switch at := s.j.encodedFile(text); {
	case at >= 0 && !s.j.partner():
		s.chosen = &encodedText{j: s.j.in(InForm), name: s.name, at: first + at}
	case s.kind == formKind && !isNoForm(text):
		s.chosen = newForm(s.j.in(InForm), false, s.nesting)
	case beginsJSON(text):
		s.chosen = newJSON(s.j.in(InJSON), s.name, true, s.nesting)
	case s.kind == textKind, s.kind == unnamedKind && beginsForm(text):
		s.chosen = newForm(s.j.in(InForm), true, s.nesting)
	case s.j.partner() && len(src) > 0:
		return fmt.Errorf("%w: no Content-Type, towards a partner", ErrUnsupported)
	default:
		s.chosen = unchanged{}
	}
	return nil
}

// BeginsForm reports whether what was sent as a form is one, by its first bytes: whether
// it has a name, and does not begin like JSON.
func BeginsForm(text []byte) bool {
	return bytes.IndexByte(text, '=') >= 0 && !isNoForm(text[skipSpace(text, 0):])
}

// isNoForm reports whether text begins like JSON and unlike a form, whose names may
// begin with brackets too.
func isNoForm(text []byte) bool {
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	next := skipSpace(text, 1)
	return next < len(text) && (text[next] == '"' || text[0] == '[' && text[next] == '{')
}

// longestName is how long the first name may be of a form that nobody says to be one.
const longestName = 256

// beginsForm reports whether text begins like a form: a name as programs write it, and
// an equals sign.
func beginsForm(text []byte) bool {
	n := firstName(text)
	return n > 0 && n < len(text) && text[n] == '='
}

// firstName returns how long the name is with which a text begins.
func firstName(text []byte) (n int) {
	for n < min(len(text), longestName) {
		if c := text[n]; !isLetter(c) && !isDigit(c) && strings.IndexByte("_-.[]%$", c) < 0 {
			break
		}
		n++
	}
	return n
}

func (s *sniffer) release() {
	if r, ok := s.chosen.(*jsonEditor); ok {
		r.release()
	}
}

// unchanged lets everything pass.
type unchanged struct{}

func (unchanged) edit(dst, src []byte, _ bool) ([]byte, int, error) {
	return append(dst, src...), len(src), nil
}
