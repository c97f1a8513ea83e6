package body

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// partScanner finds the delimiters of a multipart body. Read yields the content
// of the present part. The boundary may stand nowhere but in delimiters at the
// beginning of a line (RFC 2046 section 5.1.1): readers disagree about others.
type partScanner struct {
	src       io.Reader
	delimiter []byte // two hyphens and the boundary
	at        stage
	begun     bool // something before the first part was taken

	buffer *[windowSize]byte
	r, w   int   // buffer[r:w] is still to be taken
	clean  int   // buffer[r:clean] is content
	err    error // what the source ended in
}

// stage is where in the body a scanner is.
type stage uint8

const (
	beforeParts stage = iota
	atDelimiter
	inContent
	afterParts
)

var scanBuffers = sync.Pool{New: func() any { return new([windowSize]byte) }}

func newPartScanner(r io.Reader, boundary string) *partScanner {
	return &partScanner{src: r, delimiter: []byte("--" + boundary), buffer: scanBuffers.Get().(*[windowSize]byte)}
}

// release gives the memory back. Nothing is left to be read then.
func (s *partScanner) release() {
	if s.buffer != nil {
		scanBuffers.Put(s.buffer)
		s.buffer = nil
	}
}

func (s *partScanner) rest() []byte { return s.buffer[s.r:s.w] }

// fill reads once. It returns the error that the source ended in when there is
// nothing more to read.
func (s *partScanner) fill() error {
	if s.err != nil {
		return s.err
	}
	s.w = copy(s.buffer[:], s.rest())
	s.clean -= s.r
	s.r = 0
	for range maxEmptyReads {
		var n int
		n, s.err = s.src.Read(s.buffer[s.w:])
		s.w += n
		if n > 0 {
			return nil
		}
		if s.err != nil {
			return s.err
		}
	}
	s.err = io.ErrNoProgress
	return s.err
}

// more is fill where the body must not end.
func (s *partScanner) more() error {
	err := s.fill()
	if errors.Is(err, io.EOF) {
		return errPart("that ends too early")
	}
	return err
}

// around appends the next piece of what is before the first delimiter or after
// the last, without the CRLF of a delimiter that it reaches (there is one if begun
// says so). It returns [io.EOF] at the end.
func (s *partScanner) around(dst []byte) ([]byte, error) {
	for {
		at := bytes.Index(s.rest(), s.delimiter)
		safe := len(s.rest()) - len(s.delimiter) - len("\r\n") + 1
		switch {
		case at >= 0 && s.at == afterParts:
			return dst, errPart("boundary after the last part")
		case at == 0 && !s.begun:
			s.at = atDelimiter
			return dst, nil
		case at >= 2 && bytes.HasSuffix(s.rest()[:at], []byte("\r\n")):
			s.at = atDelimiter
			s.begun = true
			dst = s.take(dst, at-len("\r\n"))
			s.r += len("\r\n")
			return dst, nil
		case at >= 0:
			return dst, errPart("boundary within a line")
		case safe > 0:
			s.begun = true
			return s.take(dst, safe), nil
		}
		err := s.fill()
		switch {
		case errors.Is(err, io.EOF) && (s.at == afterParts || !s.begun && s.w == s.r):
			if s.w > s.r {
				return s.take(dst, s.w-s.r), nil
			}
			return dst, io.EOF
		case errors.Is(err, io.EOF):
			return dst, errPart("without a boundary")
		case err != nil:
			return dst, err
		}
	}
}

func (s *partScanner) take(dst []byte, n int) []byte {
	dst = append(dst, s.rest()[:n]...)
	s.r += n
	return dst
}

// partHead is a delimiter and the header that follows it.
type partHead struct {
	raw    []byte // all, with the empty line after the header
	fields []byte // the header fields, each with its CRLF
	closes bool   // the delimiter is the last
}

// maxPadding is how many blanks may follow a delimiter.
const maxPadding = 256

// head appends the delimiter that is next and the header after it.
func (s *partScanner) head(dst []byte) (h partHead, err error) {
	line := len(s.delimiter)
	for {
		length, closes, err := delimiterLine(s.rest()[line:], errors.Is(s.err, io.EOF))
		if err == nil {
			line += length
			h.closes = closes
			break
		}
		if !errors.Is(err, errMore) {
			return h, err
		}
		if err := s.fill(); err != nil && !errors.Is(err, io.EOF) {
			return h, err
		}
	}
	if h.closes {
		s.at = afterParts
		h.raw = s.take(dst, line)
		return h, nil
	}
	for {
		block := s.rest()[line:]
		length, found := headerLength(block)
		if length > maxHeld {
			return h, fmt.Errorf("%w: header of a part of more than %d bytes", ErrTooLarge, maxHeld)
		}
		if found {
			if bytes.Contains(block[:length], s.delimiter) {
				return h, errPart("boundary in a header")
			}
			start := len(dst) + line
			h.raw = s.take(dst, line+length+len("\r\n"))
			h.fields = h.raw[start : start+length]
			s.at = inContent
			s.clean = s.r
			return h, nil
		}
		if err := s.more(); err != nil {
			return h, err
		}
	}
}

// headerLength returns how long the header fields are before the empty line that
// ends them, or how long they are at least when that isn't found.
func headerLength(block []byte) (length int, found bool) {
	if bytes.HasPrefix(block, []byte("\r\n")) {
		return 0, true
	}
	if end := bytes.Index(block, []byte("\r\n\r\n")); end >= 0 {
		return end + len("\r\n"), true
	}
	return max(0, len(block)-len("\r\n")), false
}

// delimiterLine reads what follows a boundary on its line: the hyphens of the
// last, blanks, and the end of the line, or of the body after the last.
func delimiterLine(rest []byte, ended bool) (length int, closes bool, err error) {
	closes = bytes.HasPrefix(rest, []byte("--"))
	if closes {
		length = len("--")
	}
	for length < len(rest) && (rest[length] == ' ' || rest[length] == '\t') {
		length++
	}
	end := rest[length:]
	switch {
	case bytes.HasPrefix(end, []byte("\r\n")) && length <= maxPadding:
		return length + len("\r\n"), closes, nil
	case closes && ended && len(end) == 0:
		return length, true, nil
	case !ended && length <= maxPadding && (len(end) == 0 || len(end) == 1 && (end[0] == '\r' || end[0] == '-' && length == 0)):
		return 0, false, errMore
	}
	return 0, false, errPart("delimiter")
}

// Read implements [io.Reader] for the content of the present part. It returns
// [io.EOF] once that has ended.
func (s *partScanner) Read(p []byte) (int, error) {
	if s.at != inContent {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	for s.r == s.clean {
		end, err := s.scan()
		if err != nil {
			return 0, err
		}
		if end {
			return 0, io.EOF
		}
	}
	n := copy(p, s.buffer[s.r:s.clean])
	s.r += n
	return n, nil
}

// scan looks for more content. It reports true when a delimiter is next, of which
// it takes the CRLF.
func (s *partScanner) scan() (end bool, err error) {
	for {
		rest := s.rest()
		at := bytes.Index(rest, s.delimiter)
		switch {
		case at >= 0 && (at < 2 || rest[at-2] != '\r' || rest[at-1] != '\n'):
			return false, errPart("boundary within a line")
		case at == 2:
			s.r += at
			s.at = atDelimiter
			return true, nil
		case at > 2:
			s.clean = s.r + at - 2
			return false, nil
		}
		if safe := len(rest) - len(s.delimiter) - 1; safe > 0 {
			s.clean = s.r + safe
			return false, nil
		}
		if err := s.more(); err != nil {
			return false, err
		}
	}
}

// value appends the content of the present part if that is at most limit bytes
// long, else its beginning.
func (s *partScanner) value(dst []byte, limit int) (value []byte, whole bool, err error) {
	start := len(dst)
	for s.at == inContent && len(dst)-start <= limit {
		if s.r == s.clean {
			if _, err := s.scan(); err != nil {
				return dst, false, err
			}
			continue
		}
		dst = s.take(dst, min(s.clean-s.r, start+limit+1-len(dst)))
	}
	return dst, s.at != inContent, nil
}

// skip takes what is left of the present part's content.
func (s *partScanner) skip() error {
	for s.at == inContent {
		if s.r < s.clean {
			s.r = s.clean
		} else if _, err := s.scan(); err != nil {
			return err
		}
	}
	return nil
}
