package body

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// multipartReader filters a multipart body (RFC 2046 section 5.1) part by part.
// Delimiters and headers are written as they came, or not at all.
type multipartReader struct {
	in      *partScanner
	j       *judge
	nesting int
	form    bool // multipart/form-data, whose parts have names

	pending []byte    // to be read next
	part    io.Reader // then what becomes of the present part
	outside bool      // which is none, but what stands before or after all parts
	err     error     // then this
	buffer  []byte    // the memory of pending
	owned   *subject
}

// newMultipart returns a reader for a body of the given type.
func newMultipart(r io.Reader, m *media, j *judge, nesting int) (io.Reader, error) {
	boundary, count := param(m.params, "boundary")
	if count != 1 || !isBoundary(boundary) {
		return nil, fmt.Errorf("%w: boundary", ErrMalformed)
	}
	return &multipartReader{in: newPartScanner(r, boundary), j: j.in(InMultipart), nesting: nesting, form: m.name == "multipart/form-data"}, nil
}

// isBoundary reports whether the text is a boundary of RFC 2046 section 5.1.1.
func isBoundary(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !isLetter(c) && !isDigit(c) && bytes.IndexByte([]byte("'()+_,-./:=? "), c) < 0 {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 70 && text[len(text)-1] != ' '
}

// Read implements [io.Reader].
func (m *multipartReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		switch {
		case len(m.pending) > 0:
			n := copy(p, m.pending)
			m.pending = m.pending[n:]
			return n, nil
		case m.err != nil:
			m.release()
			return 0, m.err
		case m.part != nil:
			n, err := m.part.Read(p)
			if errors.Is(err, io.EOF) {
				m.part = nil
				if m.outside {
					m.outside, err = false, nil
					m.endOutside()
				} else {
					err = m.keep(m.buffer[:0])
				}
			}
			if err != nil {
				m.err = err
			}
			if n > 0 {
				return n, nil
			}
		default:
			if m.err = m.next(); m.err == nil && m.part == nil && len(m.pending) == 0 {
				continue // a part that was left out
			}
		}
	}
}

// release gives the memory back.
func (m *multipartReader) release() {
	m.in.release()
	if m.owned != nil {
		m.owned.release()
		m.owned = nil
	}
}

// next takes what is before the first part, a part's delimiter and header and
// what must be judged of it, or what is after the last part.
func (m *multipartReader) next() error {
	switch m.in.at {
	case beforeParts, afterParts:
		return m.beginOutside()
	}
	head, err := m.in.head(m.buffer[:0])
	if err != nil {
		return err
	}
	m.buffer = head.raw
	if head.closes {
		m.pending = head.raw
		return nil
	}
	h, err := parsePart(head.fields)
	if err != nil {
		return err
	}
	if m.form && !h.named {
		return errPart("part without a name")
	}
	return m.begin(h)
}

// beginOutside takes what stands before the first part or after the last. Readers are
// to leave that alone (RFC 2046 section 5.1.1), but it must not be a way past the
// filter: it is judged as text.
func (m *multipartReader) beginOutside() error {
	var err error
	m.buffer, err = m.in.around(m.buffer[:0])
	switch {
	case err != nil:
		return err
	case len(m.buffer) == 0:
		m.endOutside()
		return nil
	}
	m.outside = true
	m.part = io.MultiReader(bytes.NewReader(m.buffer), &outsideReader{in: m.in})
	if m.j.active() {
		m.part = newStream(m.part, &sniffer{j: m.j, nesting: m.nesting, kind: textKind})
	}
	return nil
}

// endOutside writes the CRLF of a delimiter that follows.
func (m *multipartReader) endOutside() {
	m.buffer = m.buffer[:0]
	if m.in.at == atDelimiter && m.in.begun {
		m.buffer = append(m.buffer, "\r\n"...)
	}
	m.pending = m.buffer
}

// outsideReader yields what stands before the first part or after the last.
type outsideReader struct {
	in      *partScanner
	pending []byte
	buffer  []byte // the memory of pending
}

// Read implements [io.Reader].
func (r *outsideReader) Read(p []byte) (int, error) {
	for len(r.pending) == 0 {
		if r.in.at == atDelimiter {
			return 0, io.EOF
		}
		var err error
		if r.buffer, err = r.in.around(r.buffer[:0]); err != nil {
			return 0, err
		}
		r.pending = r.buffer
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// begin decides on a part whose delimiter and header are in buffer.
func (m *multipartReader) begin(h *partHeader) error {
	var err error
	kind := h.media.kind()
	isText := kind == textKind || kind == unnamedKind
	switch {
	case isText && !h.file && !h.named: // RFC 2046 section 5.1: text, unless it says otherwise
		m.part, err = filterAs(cmp.Or(h.contentType, "text/plain"), m.in, m.j, "", m.nesting+1)
	case !h.file && (isText || kind == otherKind && strings.HasPrefix(h.media.name, "text/")):
		return m.field(h)
	case isText, kind == otherKind:
		if m.j.ids != nil && m.j.ids.Look(h.name, 0).SaysOfAll() {
			return m.field(h) // as a script's Blob, too, which has a file's name
		}
		m.part = m.file(h, m.in)
	default:
		m.part, err = filterAs(h.contentType, m.in, m.j, h.name, m.nesting+1)
	}
	m.pending = m.buffer
	return err
}

// file returns what becomes of a part that is a file.
func (m *multipartReader) file(h *partHeader, content io.Reader) io.Reader {
	if m.j.o.File == nil {
		return content
	}
	return m.j.o.File(h.name, h.media.name, content)
}

// field judges a part that is a single value.
func (m *multipartReader) field(h *partHeader) error {
	if !h.media.charsetIsPlain() {
		return fmt.Errorf("%w: charset of a part", ErrUnsupported)
	}
	header := len(m.buffer)
	var whole bool
	var err error
	if m.buffer, whole, err = m.in.value(m.buffer, maxHeld); err != nil {
		return err
	}
	value := m.buffer[header:]
	if m.j.o.File != nil && m.j.o.IsFile != nil && m.j.o.IsFile(value) {
		rest := io.MultiReader(strings.NewReader(string(value)), m.in)
		m.pending, m.part = m.buffer[:header], m.j.o.File(h.name, h.media.name, rest)
		return nil
	}
	if at := m.j.encodedFile(value); at >= 0 {
		rest := io.MultiReader(strings.NewReader(string(value[at:])), m.in)
		m.pending, m.part = m.buffer[:header+at], m.j.encoded(h.name, rest)
		return nil
	}
	if m.j.o.Field != nil {
		m.j.o.Field(h.name, view(value))
	}
	if h.name == "_charset_" && !isPlainCharset(string(value)) { // RFC 7578 section 4.6
		return fmt.Errorf("%w: charset of a form", ErrUnsupported)
	}
	if !whole {
		if open := m.j.innerOf(h.name, value[:glance], m.nesting+1); open != nil {
			m.pending, m.part = m.buffer[:header], open(io.MultiReader(strings.NewReader(string(value)), m.in))
			return nil
		}
	}
	if whole && m.j.active() && looksLikeJSON(value) {
		if edited, changed := editJSON(m.j, h.name, value, m.nesting+1); changed {
			return m.keep(append(m.buffer[:header], edited...))
		}
	}
	if whole && m.j.active() && opensEncoded(value) {
		if edited, changed := editEncoded(m.j, h.name, value, m.nesting+1); changed {
			return m.keep(append(m.buffer[:header], edited...))
		}
	}
	v := m.j.field(m.j.named(h.name), view(value))
	switch {
	case v.Action == identifier.Pass && h.file:
		m.pending, m.part = m.buffer[:header], m.file(h, io.MultiReader(strings.NewReader(string(value)), m.in))
		return nil
	case v.Action == identifier.Pass && !whole:
		m.pending, m.part = m.buffer, m.in
		return nil
	case v.Action == identifier.Pass:
		return m.keep(m.buffer)
	case v.Action == identifier.Drop || !whole:
		v.Action = identifier.Drop
		m.j.report(h.name, v)
		return m.in.skip()
	}
	m.j.report(h.name, v)
	return m.keep(append(m.buffer[:header], v.Text...))
}

// keep ends a part of which the given bytes are still to be written.
func (m *multipartReader) keep(b []byte) error {
	m.buffer = append(b, "\r\n"...)
	m.pending = m.buffer
	return m.in.skip()
}
