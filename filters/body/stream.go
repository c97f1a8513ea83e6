package body

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// editor edits a stream piece by piece.
type editor interface {
	// edit appends to dst what becomes of src and returns how many bytes of src
	// it took. The rest comes again with more behind it, unless src is the last
	// piece, of which it takes all. It leaves less than a window.
	edit(dst, src []byte, last bool) (out []byte, n int, err error)
}

// windowSize holds what an editor may hold back, twice over (a name and its
// value), and a piece to go on with.
const windowSize = 3 * maxHeld

// window is the memory of a stream.
type window struct {
	in  [windowSize]byte
	out []byte
}

var windows = sync.Pool{New: func() any { return &window{out: make([]byte, 0, windowSize)} }}

// maxKept is the largest output buffer that is used again.
const maxKept = 4 * windowSize

// stream pulls a body through an editor.
type stream struct {
	src     io.Reader
	editor  editor
	window  *window
	held    int       // bytes at the front of window.in that wait for more
	inner   io.Reader // in a long value, after pending; nil for none
	pending []byte    // in window.out
	err     error     // what comes after pending
	owned   *subject
}

func newStream(r io.Reader, e editor) *stream {
	return &stream{src: r, editor: e, window: windows.Get().(*window)}
}

// Read implements [io.Reader].
func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.pending) == 0 {
		switch {
		case s.err != nil:
			s.release()
			return 0, s.err
		case s.inner != nil:
			n, err := s.inner.Read(p)
			if errors.Is(err, io.EOF) {
				s.inner, err = nil, nil
			}
			s.err = err
			if n > 0 {
				return n, nil
			}
		default:
			s.fill()
		}
	}
	n := copy(p, s.pending)
	s.pending = s.pending[n:]
	return n, nil
}

// maxEmptyReads is how often in a row a source may return nothing at all.
const maxEmptyReads = 100

// fill reads once and edits.
func (s *stream) fill() {
	n, err := 0, error(nil)
	for range maxEmptyReads {
		if n, err = s.src.Read(s.window.in[s.held:]); n > 0 || err != nil {
			break
		}
	}
	ended := err != nil && errors.Is(err, io.EOF)
	switch {
	case n == 0 && err == nil:
		s.err = io.ErrNoProgress
		return
	case err != nil && !ended:
		s.err = err
		return
	}
	src := s.window.in[:s.held+n]
	out, used, failed := s.editor.edit(s.window.out[:0], src, ended)
	s.window.out, s.pending = out[:0], out
	s.held = copy(s.window.in[:], src[used:])
	switch {
	case failed != nil && s.beginsInner(failed):
	case failed != nil:
		s.err = failed
	case ended:
		s.err = io.EOF
	case s.held == windowSize:
		s.err = fmt.Errorf("%w: token", ErrTooLarge)
	}
}

// beginsInner reports whether an editor left the rest of a value to a filter of its own,
// which is then read next.
func (s *stream) beginsInner(failed error) bool {
	var found *innerFoundError
	if !errors.As(failed, &found) {
		return false
	}
	s.inner = found.open(s)
	return true
}

// innerFoundError is an error that says that what was taken ends where something begins
// that has a filter of its own, up to the end of the value.
type innerFoundError struct{ open func(*stream) io.Reader }

func (*innerFoundError) Error() string { return "a text in a value" }

// release gives the memory back. Nothing is left to be read then.
func (s *stream) release() {
	if s.window == nil {
		return
	}
	if cap(s.window.out) > maxKept {
		s.window.out = make([]byte, 0, windowSize)
	}
	windows.Put(s.window)
	s.window = nil
	if r, ok := s.editor.(interface{ release() }); ok {
		r.release()
	}
	if s.owned != nil {
		s.owned.release()
	}
}
