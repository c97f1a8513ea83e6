package body

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// Analytics send JSON as base64 (RFC 4648 section 4, or 5 for URLs) in a parameter or in
// a string of JSON, compressed by gzip (RFC 1952) or not.

const (
	// leastInner is the length from which on base64 may be JSON that tells anything.
	leastInner = 16

	// maxInflated is how many bytes gzip in a value may hold that is held as a whole.
	maxInflated = 1 << 20
)

// inflates counts bytes that gzip in the values of a body holds. All together they may be
// as many as a small body may grow to, for many small values may each hold much.
func (s *subject) inflates(n int) error {
	if s.inflated += n; s.inflated > MaxDecoded {
		return fmt.Errorf("%w: gzip in values", ErrTooLarge)
	}
	return nil
}

// inflater reads gzip and counts what it holds.
type inflater struct {
	*gzip.Reader
	s *subject
}

// Read implements [io.Reader].
func (i inflater) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	if tooLarge := i.s.inflates(n); tooLarge != nil {
		return 0, tooLarge
	}
	return n, err
}

// opensInner holds the bytes with which JSON in a string begins, or base64 of it.
var opensInner = [256]bool{'{': true, '[': true, ' ': true, '\t': true, '\r': true, '\n': true, 'e': true, 'W': true, 'H': true}

// opensEncoded tells at a glance that most texts are no base64 of JSON, or of gzip: by
// the bits of the first two characters in it.
func opensEncoded(text []byte) bool {
	if len(text) < leastInner {
		return false
	}
	switch text[0] {
	case 'e': // a brace, then a quotation mark or white space
		return text[1] == 'y' || text[1] == 'w'
	case 'W': // a bracket, then what an array can begin with
		return text[1] >= '1' && text[1] <= '3' || text[1] == 'w' || text[1] == 'y' || text[1] == 'z'
	}
	return bytes.HasPrefix(text, []byte("H4sI"))
}

// editEncoded edits JSON that a text holds as base64, under a name. It is written in the
// alphabet that it came in, with padding if it had some. What is no JSON stays; gzip of
// more than can be judged becomes nothing.
func editEncoded(j *judge, name string, text []byte, nesting int) (edited []byte, changed bool) {
	plain, encoding, err := decodeInner(text)
	if err == nil && text[0] == 'H' {
		err = j.inflates(len(plain))
	}
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, true
	case err != nil || !looksLikeJSON(plain):
		return text, false
	}
	if edited, changed = editJSON(j, name, plain, nesting); !changed {
		return text, false
	}
	zipped := text[0] == 'H'
	if zipped {
		edited = deflate(edited)
	}
	switch padded := text[len(text)-1] == '='; {
	case padded, zipped && len(text)%4 == 0:
		encoding = encoding.WithPadding(base64.StdPadding)
	case !zipped: // blanks in place of a padding that some don't read
		for len(edited)%3 != 0 {
			edited = append(edited, ' ')
		}
	}
	return encoding.AppendEncode(nil, edited), true
}

// decodeInner returns what a text that opens so holds, and the alphabet that it is
// written in.
func decodeInner(text []byte) (plain []byte, encoding *base64.Encoding, err error) {
	encoding = base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	plain, err = encoding.AppendDecode(nil, bytes.TrimRight(text, "="))
	if err == nil && text[0] == 'H' {
		plain, err = inflate(plain)
	}
	return plain, encoding, err
}

// holdsEncodedContact reports whether a value of a query, as it stands there, is base64
// in which an address or a telephone number stands, or more than can be looked at.
func holdsEncodedContact(value string) bool {
	if !opensEncoded(bytesOf(value)) {
		return false
	}
	plain, _, err := decodeInner(bytes.ReplaceAll(decode(nil, value), []byte(" "), []byte("+")))
	return errors.Is(err, ErrTooLarge) || err == nil && HoldsContact(view(plain))
}

// innerOf returns what filters a text that begins so, if that is JSON or base64 of it, and
// nil if it isn't. Of what begins like JSON the rest must be JSON, too.
func (j *judge) innerOf(name string, begin []byte, nesting int) func(io.Reader) io.Reader {
	if !j.active() {
		return nil
	}
	inner := func(text io.Reader) io.Reader {
		if nesting > MaxNesting {
			return failed{fmt.Errorf("%w: more than %d bodies in each other", ErrTooLarge, MaxNesting)}
		}
		return newStream(text, newJSON(j, name, false, nesting))
	}
	if j.startsJSON(begin) {
		return inner
	}
	if !opensEncoded(begin) {
		return nil
	}
	if begin[0] == 'H' {
		inner = func(text io.Reader) io.Reader {
			r, err := Recode(text, []Coding{j.zip()}, func(text io.Reader) (io.Reader, error) {
				return newStream(text, &sniffer{j: j, name: name, nesting: nesting, kind: unnamedKind}), nil
			})
			if err != nil {
				return failed{err}
			}
			return r
		}
	} else {
		begin = bytes.Clone(begin)
		for i, c := range begin {
			begin[i] = plainAlphabet(c)
		}
		plain, err := base64.RawStdEncoding.AppendDecode(nil, begin[:len(begin)&^3])
		if err != nil || !j.startsJSON(plain) {
			return nil
		}
	}
	return func(text io.Reader) io.Reader {
		d := &base64Decoder{src: text, blank: j.place == InForm}
		return &base64Encoder{decoder: d, src: inner(d)}
	}
}

// startsJSON reports whether a text can be JSON as far as it goes.
func (j *judge) startsJSON(begin []byte) bool {
	if !beginsJSON(begin) {
		return false
	}
	e := newJSON(j.silent(), "", false, 0)
	_, _, err := e.edit(nil, begin, false)
	e.release()
	return err == nil
}

// zip is gzip in a value of the judge's body.
func (s *subject) zip() Coding {
	return Coding{
		Decode: func(r io.Reader) (io.ReadCloser, error) {
			zipped, err := gzip.NewReader(r)
			return inflater{zipped, s}, err
		},
		Encode: func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	}
}

// inflate undoes gzip, as far as may be judged.
func inflate(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if data, err = io.ReadAll(io.LimitReader(r, maxInflated+1)); len(data) > maxInflated {
		return nil, fmt.Errorf("%w: gzip in a value", ErrTooLarge)
	}
	return data, err
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
