package body

import "fmt"

// sniffer edits a body whose type does not say whether it is JSON: beacons send
// JSON as text/plain, so that no preflight is needed.
type sniffer struct {
	j       *judge
	name    string
	nesting int
	text    bool // otherwise the body has no type
	chosen  editor
}

// edit implements [editor].
func (s *sniffer) edit(dst, src []byte, last bool) ([]byte, int, error) {
	if s.chosen == nil {
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

func (s *sniffer) choose(src []byte, first int) error {
	switch {
	case beginsJSON(src[min(first, len(src)):]):
		s.chosen = newJSON(s.j.in(InJSON), s.name, true, s.nesting)
	case s.text:
		s.chosen = newForm(s.j.in(InForm), true, s.nesting)
	case s.j.partner() && len(src) > 0:
		return fmt.Errorf("%w: no Content-Type, towards a partner", ErrUnsupported)
	default:
		s.chosen = unchanged{}
	}
	return nil
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
