package body

import (
	"errors"
	"fmt"
	"io"
)

// A value that is longer than what is held back, and holds a file or JSON, is read from
// the stream that it stands in without the escapes of that, filtered, and written with
// escapes again, each like the one that was last read for the same byte.

// syntax is how values are escaped.
type syntax interface {
	// plain returns how many bytes at the front of src stand for themselves.
	plain(src []byte) int

	// escape appends what the escape at the front of src stands for and returns how many
	// bytes that took: none where the value ends, or errMore when the escape may go on.
	escape(dst, src []byte) (out []byte, took int, err error)

	// write appends a byte as it is escaped where nothing says how.
	write(dst []byte, c byte) []byte

	// end returns what it means that the stream ends in a value.
	end() error
}

// valueText reads a value from the window of a stream up to where it ends.
type valueText struct {
	s      *stream
	syntax syntax
	at     int          // what stands in the window before is read
	rest   []byte       // of an escape
	as     [256]written // how bytes were written
}

// written is how a byte was written: length 0 is not known.
type written struct {
	length uint8
	text   [6]byte
}

// Read implements [io.Reader].
func (t *valueText) Read(p []byte) (int, error) {
	for {
		if len(t.rest) > 0 {
			n := copy(p, t.rest)
			t.rest = t.rest[n:]
			return n, nil
		}
		in := t.s.window.in[t.at:t.s.held]
		if n := t.syntax.plain(in[:min(len(in), len(p))]); n > 0 {
			for _, c := range in[:n] {
				t.as[c] = written{1, [6]byte{c}}
			}
			t.at += n
			return copy(p, in[:n]), nil
		}
		took, err := 0, errMore
		if len(in) > 0 {
			t.rest, took, err = t.syntax.escape(t.rest[:0], in)
		}
		switch {
		case err == nil && took == 0:
			t.leave()
			return 0, io.EOF
		case err == nil:
			if len(t.rest) == 1 && took <= len(written{}.text) {
				as := &t.as[t.rest[0]]
				as.length = uint8(copy(as.text[:], in[:took]))
			}
			t.at += took
			continue
		case !errors.Is(err, errMore):
			return 0, err
		}
		t.leave()
		if err := t.more(); err != nil {
			return 0, err
		}
	}
}

// leave gives back what is not read.
func (t *valueText) leave() {
	t.s.held = copy(t.s.window.in[:], t.s.window.in[t.at:t.s.held])
	t.at = 0
}

// more reads once into the window, and leaves room in it.
func (t *valueText) more() error {
	for range maxEmptyReads {
		n, err := t.s.src.Read(t.s.window.in[t.s.held : windowSize/2])
		t.s.held += n
		switch {
		case n > 0:
			return nil
		case errors.Is(err, io.EOF):
			return t.syntax.end()
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// again returns what src yields with the escapes of the value.
func (t *valueText) again(src io.Reader) io.Reader { return &valueWriter{text: t, src: src} }

// valueWriter writes escapes.
type valueWriter struct {
	text    *valueText
	src     io.Reader
	in      [2 << 10]byte
	out     []byte
	pending []byte // in out
}

// Read implements [io.Reader].
func (w *valueWriter) Read(p []byte) (int, error) {
	for len(w.pending) == 0 {
		n, err := w.src.Read(w.in[:])
		w.out = w.out[:0]
		for _, c := range w.in[:n] {
			if as := &w.text.as[c]; as.length > 0 {
				w.out = append(w.out, as.text[:as.length]...)
			} else {
				w.out = w.text.syntax.write(w.out, c)
			}
		}
		w.pending = w.out
		if n == 0 && err != nil {
			return 0, err
		}
	}
	n := copy(p, w.pending)
	w.pending = w.pending[n:]
	return n, nil
}

// stringSyntax is a string of JSON, up to its last quotation mark.
type stringSyntax struct{}

func (stringSyntax) plain(src []byte) int {
	n, _ := run(src, 0)
	return n
}

func (stringSyntax) escape(dst, src []byte) ([]byte, int, error) {
	if src[0] != '\\' {
		return dst, 0, nil // also before a control character, which is no part of a string
	}
	n, err := escapeLen(src)
	if err != nil {
		return dst, 0, err
	}
	if n == len(`\u0000`) && src[2]|0x20 == 'd' && src[3] >= '8' { // half of a pair
		second, err := 0, errMore
		if len(src) > n && src[n] != '\\' {
			err = nil
		} else if len(src) > n {
			second, err = escapeLen(src[n:])
		}
		if err != nil {
			return dst, 0, err
		}
		if second == n {
			n += second
		}
	}
	quoted := append(append([]byte{'"'}, src[:n]...), '"')
	return unquote(dst, quoted), n, nil
}

func (stringSyntax) write(dst []byte, c byte) []byte {
	switch {
	case c == '"', c == '\\':
		return append(dst, '\\', c)
	case c < ' ':
		return fmt.Appendf(dst, `\u%04x`, c)
	}
	return append(dst, c)
}

func (stringSyntax) end() error { return errJSON("that ends too early") }

// formSyntax is a value of a form, up to one of the characters that separate.
type formSyntax struct{ ends *[256]bool }

func (f formSyntax) plain(src []byte) int {
	n := 0
	for n < len(src) && src[n] != '%' && src[n] != '+' && src[n] != ';' && !f.ends[src[n]] {
		n++
	}
	return n
}

func (f formSyntax) escape(dst, src []byte) ([]byte, int, error) {
	switch c := src[0]; {
	case f.ends[c]:
		return dst, 0, nil
	case c == ';': // at which some servers end the value, and others don't
		return dst, 0, fmt.Errorf("%w: semicolon in a value", ErrMalformed)
	case c == '+':
		return append(dst, ' '), 1, nil
	case len(src) < len("%00"):
		return dst, 0, errMore
	case isHex(src[1]) && isHex(src[2]):
		return append(dst, unhex(src[1])<<4|unhex(src[2])), len("%00"), nil
	}
	return append(dst, '%'), 1, nil
}

func (formSyntax) write(dst []byte, c byte) []byte {
	switch {
	case isLetter(c), isDigit(c), c == '-', c == '_', c == '.', c == '*':
		return append(dst, c)
	case c == ' ':
		return append(dst, '+')
	}
	return fmt.Appendf(dst, "%%%02X", c)
}

func (formSyntax) end() error { return io.EOF }

// glance is how many bytes at the beginning of a long value tell what it is.
const glance = 512

// beginning returns what the first bytes of a value stand for.
func beginning(value []byte, s syntax) (text []byte) {
	for len(value) > 0 && len(text) < glance {
		n := s.plain(value[:min(len(value), glance)])
		text = append(text, value[:n]...)
		if value = value[n:]; n > 0 {
			continue
		}
		var err error
		if text, n, err = s.escape(text, value); n == 0 || err != nil {
			break
		}
		value = value[n:]
	}
	return text
}
