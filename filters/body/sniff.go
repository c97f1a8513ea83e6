package body

import "fmt"

// sniffer edits a body whose type does not say whether it is JSON: beacons send
// JSON as text/plain, so that no preflight is needed, and clients whose author set no
// type send it as a form.
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
		if err := s.choose(src[:min(len(src), maxHeld+1)], first); err != nil {
			return dst, 0, err
		}
	}
	return s.chosen.edit(dst, src, last)
}

// isWide reports whether text begins with a byte order mark of UTF-16, by which some
// readers go whatever the type says.
func isWide(text []byte) bool {
	return len(text) > 1 && (text[0] == 0xFE && text[1] == 0xFF || text[0] == 0xFF && text[1] == 0xFE)
}

func (s *sniffer) choose(src []byte, first int) error {
	text := src[min(first, len(src)):]
	switch {
	case s.kind == formKind && !isNoForm(text):
		s.chosen = newForm(s.j.in(InForm), false, s.nesting)
	case beginsJSON(text):
		s.chosen = newJSON(s.j.in(InJSON), s.name, true, s.nesting)
	case s.kind == textKind:
		s.chosen = newForm(s.j.in(InForm), true, s.nesting)
	case s.j.partner() && len(src) > 0:
		return fmt.Errorf("%w: no Content-Type, towards a partner", ErrUnsupported)
	default:
		s.chosen = unchanged{}
	}
	return nil
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
