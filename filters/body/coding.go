package body

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Coding is a content coding (RFC 9110 section 8.4.1) that the caller can undo and
// apply again.
type Coding struct {
	Decode func(io.Reader) (io.ReadCloser, error)
	Encode func(io.Writer) io.WriteCloser
}

// What a body may grow to when it is decoded: this many bytes whatever its size,
// and this many times its size past that.
const (
	MaxDecoded = 16 << 20
	MaxGrowth  = 100
)

// MaxCodings is how many content codings may be applied on one another.
const MaxCodings = 2

// Recode filters a body under content codings, given in the order in which
// Content-Encoding lists them: it undoes them, has edit filter what is inside, and
// applies them again. When edit returns its argument the body is r as it is, with
// nothing of it read.
//
// Reading ends in the errors of [Decode]. Close gives back what the codings hold;
// it does not close r.
func Recode(r io.Reader, codings []Coding, edit func(io.Reader) (io.Reader, error)) (io.ReadCloser, error) {
	inner, err := Decode(r, codings)
	if err != nil {
		return nil, err
	}
	edited, err := edit(inner)
	if err != nil {
		return nil, err
	}
	if edited == io.Reader(inner) {
		return io.NopCloser(r), nil
	}
	for _, c := range codings {
		edited = newEncoder(edited, c.Encode)
	}
	return struct {
		io.Reader
		io.Closer
	}{edited, inner}, nil
}

// Decode undoes content codings, given in the order in which Content-Encoding
// lists them. Nothing is read before the first Read. There may be [MaxCodings]:
// with more the error is [ErrUnsupported].
//
// Reading ends in [ErrMalformed] when a coding can't be undone and in
// [ErrTooLarge] when the body grows too much. Close gives back what the codings
// hold; it does not close r.
func Decode(r io.Reader, codings []Coding) (io.ReadCloser, error) {
	if len(codings) > MaxCodings {
		return nil, fmt.Errorf("%w: %d content codings", ErrUnsupported, len(codings))
	}
	source := &counter{r: r}
	all := &decoded{Reader: source}
	for i := len(codings) - 1; i >= 0; i-- {
		d := &decoder{source: source, src: all.Reader, decode: codings[i].Decode}
		all.closers = append(all.closers, d)
		all.Reader = d
	}
	return all, nil
}

// decoded closes all decoders with the body.
type decoded struct {
	io.Reader
	closers []io.Closer
}

// Close implements [io.Closer].
func (r *decoded) Close() (err error) {
	for _, c := range r.closers {
		if e := c.Close(); err == nil {
			err = e
		}
	}
	r.closers = nil
	return err
}

// counter counts the bytes of a source and keeps the error that it fails with.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

// Read implements [io.Reader].
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// decoder undoes one coding, within limits. It begins with the first read.
type decoder struct {
	source *counter
	src    io.Reader
	decode func(io.Reader) (io.ReadCloser, error)
	inner  io.ReadCloser
	n      int64
	err    error
}

// Read implements [io.Reader].
func (d *decoder) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if d.inner == nil {
		if d.inner, d.err = d.decode(d.src); d.err != nil {
			d.inner = nil
			d.err = d.explain(d.err)
			return 0, d.err
		}
	}
	n, err := d.inner.Read(p)
	d.n += int64(n)
	if d.n > MaxDecoded && d.n > MaxGrowth*d.source.n {
		d.err = fmt.Errorf("%w: %d bytes become more than %d", ErrTooLarge, d.source.n, d.n)
		return 0, d.err
	}
	if err != nil {
		d.err = d.explain(err)
	}
	return n, d.err
}

// explain tells what the source failed with from what the coding did.
func (d *decoder) explain(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return err
	case d.source.err != nil:
		return d.source.err
	}
	return fmt.Errorf("%w: content coding: %w", ErrMalformed, err)
}

// Close implements [io.Closer].
func (d *decoder) Close() error {
	if d.inner == nil {
		return nil
	}
	inner := d.inner
	d.inner, d.err = nil, io.ErrClosedPipe
	return inner.Close()
}

// encoder applies a coding to what it reads.
type encoder struct {
	src   io.Reader
	w     io.WriteCloser
	out   bytes.Buffer
	piece []byte
	err   error
}

func newEncoder(r io.Reader, encode func(io.Writer) io.WriteCloser) *encoder {
	e := &encoder{src: r, piece: make([]byte, maxHeld)}
	e.w = encode(&e.out)
	return e
}

// Read implements [io.Reader].
func (e *encoder) Read(p []byte) (int, error) {
	for e.out.Len() == 0 && e.err == nil {
		var n int
		n, e.err = e.src.Read(e.piece)
		if n > 0 {
			if _, err := e.w.Write(e.piece[:n]); err != nil {
				e.err = err
			}
		}
		if errors.Is(e.err, io.EOF) {
			if err := e.w.Close(); err != nil {
				e.err = err
			}
		}
	}
	if e.out.Len() > 0 {
		return e.out.Read(p)
	}
	return 0, e.err
}
