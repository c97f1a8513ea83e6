package image

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
)

// windowSize is what a stream keeps. The longest segment of a JPEG file is 65,537
// bytes with its marker.
const windowSize = 65 << 10

var windows = sync.Pool{New: func() any { return new([windowSize]byte) }}

// rest is a length that no upload has: all that follows.
const rest = math.MaxInt64 / 2

// A walker knows one format. Each call of next looks at what comes, with the
// methods of r, and decides on some of it with drop, fill and pass, or ends the
// stream with an error; io.EOF is a good end.
type walker interface {
	next(r *reader) error
}

// reader pulls an upload through a walker. What the walker decided happens in
// this order: drop, fill, pass.
type reader struct {
	src    io.Reader
	walker walker
	policy policy

	pooled *[windowSize]byte
	buf    []byte // the window, or larger memory while more is held
	lo, hi int    // buf[lo:hi] was read and waits
	pos    int64  // where buf[lo] stands in the upload
	ended  error  // what the source ended with
	failed error  // what the walker ended with

	dropping int64 // left out
	filling  int64 // overwritten: prefix, then filler
	prefix   string
	filler   byte
	passing  int64 // unchanged
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		switch {
		case r.dropping > 0:
			if !r.available() {
				return 0, r.end(r.ended)
			}
			r.dropping -= int64(r.advance(r.dropping))
		case r.filling > 0:
			if !r.available() {
				return 0, r.end(r.ended)
			}
			return r.fillInto(p), nil
		case r.passing > 0:
			if n, err := r.passInto(p); n > 0 || err != nil {
				return n, err
			}
		case r.failed != nil:
			return 0, r.end(r.failed)
		default:
			r.failed = r.walker.next(r)
		}
	}
}

// passInto hands bytes on, past the window when that is empty.
func (r *reader) passInto(p []byte) (int, error) {
	if int64(len(p)) > r.passing {
		p = p[:r.passing]
	}
	if r.lo == r.hi && r.ended == nil {
		n, err := r.src.Read(p)
		if n < 0 || n > len(p) {
			return 0, r.end(errBadCount)
		}
		r.pos += int64(n)
		r.passing -= int64(n)
		r.ended = err
		if n > 0 {
			return n, nil
		}
	}
	if !r.available() {
		return 0, r.end(r.ended)
	}
	n := copy(p, r.buf[r.lo:r.hi])
	r.passing -= int64(r.advance(int64(n)))
	return n, nil
}

// fillInto puts the filling in the place of bytes of the upload.
func (r *reader) fillInto(p []byte) int {
	p = p[:min(int64(len(p)), r.filling, int64(r.hi-r.lo))]
	n := copy(p, r.prefix)
	r.prefix = r.prefix[n:]
	for i := n; i < len(p); i++ {
		p[i] = r.filler
	}
	r.filling -= int64(r.advance(int64(len(p))))
	return len(p)
}

// advance takes up to n bytes out of the window and returns how many.
func (r *reader) advance(n int64) int {
	k := int(min(n, int64(r.hi-r.lo)))
	r.lo += k
	r.pos += int64(k)
	if r.lo == r.hi {
		r.lo, r.hi = 0, 0
		if len(r.buf) > windowSize {
			r.buf = r.pooled[:]
		}
	}
	return k
}

// available reports whether there is anything in the window, and reads if there
// isn't.
func (r *reader) available() bool { return len(r.peek(1)) > 0 }

// drop leaves the next n bytes out.
func (r *reader) drop(n int64) { r.dropping = n }

// pass hands the next n bytes on, behind those that are dropped or filled.
func (r *reader) pass(n int64) { r.passing = n }

// fill overwrites the next n bytes, behind those that are dropped, with as much
// of prefix as fits and then with filler.
func (r *reader) fill(n int64, prefix string, filler byte) {
	if int64(len(prefix)) > n {
		prefix = ""
	}
	r.filling, r.prefix, r.filler = n, prefix, filler
}

// peek returns the next n bytes, or fewer when the source ends before. They may be
// edited before they are passed. They stay valid until the next peek.
func (r *reader) peek(n int) []byte {
	for r.hi-r.lo < n && r.ended == nil {
		r.read(n)
	}
	return r.buf[r.lo:min(r.hi, r.lo+n)]
}

// window returns at least n bytes, and as many more as are there.
func (r *reader) window(n int) []byte {
	r.peek(n)
	return r.buf[r.lo:r.hi]
}

// hold returns exactly the next n bytes, as peek does.
func (r *reader) hold(n int64) ([]byte, error) {
	if n > int64(r.policy.maxHeld) {
		return nil, fmt.Errorf("%w: %d bytes in one", ErrTooLarge, n)
	}
	b := r.peek(int(n))
	if int64(len(b)) < n {
		return nil, r.short()
	}
	return b, nil
}

// short is the error for a source that ended while more was needed.
func (r *reader) short() error {
	if r.broken() {
		return r.ended
	}
	return fmt.Errorf("%w: ends at byte %d", ErrMalformed, r.pos+int64(r.hi-r.lo))
}

// broken reports whether the source failed, which the end of the upload isn't.
func (r *reader) broken() bool { return r.ended != nil && !errors.Is(r.ended, io.EOF) }

// maxEmptyReads is how often in a row a source may return nothing at all.
const maxEmptyReads = 100

var errBadCount = errors.New("image: the source returned an impossible count")

// read reads once into the window, of which n bytes are wanted. Memory grows with
// the bytes that arrive, not with those that are announced.
func (r *reader) read(n int) {
	if r.pooled == nil {
		r.pooled = windows.Get().(*[windowSize]byte)
		r.buf = r.pooled[:]
	}
	switch {
	case r.lo+n <= len(r.buf):
	case n <= len(r.buf):
		r.hi = copy(r.buf, r.buf[r.lo:r.hi])
		r.lo = 0
	case r.hi-r.lo == len(r.buf):
		larger := make([]byte, min(n, 2*len(r.buf)))
		r.hi = copy(larger, r.buf[r.lo:r.hi])
		r.lo, r.buf = 0, larger
	case r.lo > 0:
		r.hi = copy(r.buf, r.buf[r.lo:r.hi])
		r.lo = 0
	}
	for range maxEmptyReads {
		got, err := r.src.Read(r.buf[r.hi:])
		if got < 0 || got > len(r.buf)-r.hi {
			r.ended = errBadCount
			return
		}
		r.hi += got
		r.ended = err
		if got > 0 || err != nil {
			return
		}
	}
	r.ended = io.ErrNoProgress
}

// end gives the memory back and makes err what every further read returns.
func (r *reader) end(err error) error {
	r.failed, r.ended = err, err
	r.dropping, r.filling, r.passing = 0, 0, 0
	r.lo, r.hi, r.buf = 0, 0, nil
	if r.pooled != nil {
		windows.Put(r.pooled)
		r.pooled = nil
	}
	return err
}

// malformed is an [ErrMalformed] at the place where the walker stands.
func (r *reader) malformed(what string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrMalformed, what, r.pos)
}

// replaced makes of the next len(old) bytes, which were held, the last n of them:
// an edit that shortens moves its result to the end of the bytes that it held.
func (r *reader) replaced(old []byte, n int) {
	r.drop(int64(len(old) - n))
	r.pass(int64(n))
}
