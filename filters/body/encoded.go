package body

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// Pages that read a file themselves send it as text: base64 (RFC 4648 section 4), by
// itself or as a data URL (RFC 2397), in a string of JSON or in a field.

// leastEncoded is the length from which on a text may be a file. What tells anything
// is longer.
const leastEncoded = 160

// encodedFile returns where in a text, of which at least the beginning is at hand, a
// file begins that [Options.File] must see: behind "data:…;base64,", or at once. It is
// -1 when there is none. In JSON the text is as it stands between quotation marks.
func (j *judge) encodedFile(text []byte) int {
	if j.o.File == nil || j.o.IsFile == nil || len(text) < leastEncoded {
		return -1
	}
	at := 0
	const scheme, mark, most = "data:", "base64,", 128
	if bytes.EqualFold(text[:len(scheme)], []byte(scheme)) {
		if at = bytes.Index(bytes.ToLower(text[:most]), []byte(mark)); at < 0 {
			return -1
		}
		at += len(mark)
	}
	var begin [24]byte
	n := 0
	for rest := text[at:]; len(rest) > 0 && n < len(begin); n++ {
		size := 1
		if begin[n] = rest[0]; rest[0] == '\\' {
			var err error
			if size, err = escapeLen(rest); err != nil {
				return -1
			}
			unescape(begin[n:n+1], rest[:size])
		}
		rest = rest[size:]
	}
	var file [len(begin) / 4 * 3]byte
	if _, err := base64.StdEncoding.Decode(file[:], begin[:n]); err != nil || !j.o.IsFile(file[:]) {
		return -1
	}
	if at == 0 && file[0] == 0xff && file[2] != 0xff { // two bytes of a JPEG come by chance, too
		return -1
	}
	return at
}

// fileFoundError is an error that says that a file begins after what was taken, in the
// place of a string's rest.
type fileFoundError struct {
	judge *judge
	name  string
}

func (*fileFoundError) Error() string { return "a file in a string" }

// encoded filters a file that is written as base64.
func (j *judge) encoded(name string, text io.Reader) io.Reader {
	d := &base64Decoder{src: text}
	return &base64Encoder{decoder: d, src: j.o.File(name, "", d)}
}

// encodedWhole filters one that a text at hand may hold.
func (j *judge) encodedWhole(name string, text []byte) (edited []byte, changed bool, err error) {
	at := j.encodedFile(text)
	if at < 0 {
		return text, false, nil
	}
	file, err := io.ReadAll(j.encoded(name, bytes.NewReader(text[at:])))
	if err != nil || bytes.Equal(file, text[at:]) {
		return text, false, err
	}
	return append(bytes.Clone(text[:at]), file...), true, nil
}

// base64Decoder reads base64 with or without padding and ends of lines.
type base64Decoder struct {
	src      io.Reader
	text     [4 << 10]byte
	n        int // bytes of text that wait for more of their four
	data     [3 << 10]byte
	lo, hi   int // data[lo:hi] is decoded
	padding  int // seen, behind the text
	err      error
	unpadded bool // the text ended without the padding that it needs
}

var errBase64 = fmt.Errorf("%w: base64", ErrMalformed)

// Read implements [io.Reader].
func (d *base64Decoder) Read(p []byte) (int, error) {
	for d.lo == d.hi {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.data[d.lo:d.hi])
	d.lo += n
	return n, nil
}

func (d *base64Decoder) fill() {
	n, err := d.src.Read(d.text[d.n:])
	kept := d.n
	for _, c := range d.text[d.n : d.n+n] {
		switch {
		case c == '\r' || c == '\n' || c == ' ':
			continue
		case c == '=':
			d.padding++
			continue
		case d.padding > 0:
			d.err = errBase64
			return
		}
		d.text[kept] = c
		kept++
	}
	whole := kept &^ 3
	if err != nil {
		d.err = err
		if !errors.Is(err, io.EOF) {
			return
		}
		whole = kept
		d.unpadded = kept%4 != 0 && d.padding == 0
	}
	size, err := base64.RawStdEncoding.Decode(d.data[:], d.text[:whole])
	d.lo, d.hi = 0, size
	if err != nil {
		d.lo, d.hi, d.err = 0, 0, errBase64
	}
	d.n = copy(d.text[:], d.text[whole:kept])
}

// base64Encoder reads a file as base64, padded like the one that it was.
type base64Encoder struct {
	decoder *base64Decoder
	src     io.Reader
	data    [3 << 10]byte
	n       int // bytes of data that wait for more of their three
	text    [4 << 10]byte
	lo, hi  int // text[lo:hi] is encoded
	err     error
}

// Read implements [io.Reader].
func (e *base64Encoder) Read(p []byte) (int, error) {
	for e.lo == e.hi {
		if e.err != nil {
			return 0, e.err
		}
		n, err := e.src.Read(e.data[e.n:])
		e.n += n
		e.err = err
		encoding, whole := base64.StdEncoding, e.n-e.n%3
		if errors.Is(err, io.EOF) {
			if whole = e.n; e.decoder.unpadded {
				encoding = base64.RawStdEncoding
			}
		} else if err != nil {
			continue
		}
		encoding.Encode(e.text[:], e.data[:whole])
		e.lo, e.hi = 0, encoding.EncodedLen(whole)
		e.n = copy(e.data[:], e.data[whole:e.n])
	}
	n := copy(p, e.text[e.lo:e.hi])
	e.lo += n
	return n, nil
}

// jsonText reads a string of JSON from a stream, without its escapes, up to the
// quotation mark that ends it.
type jsonText struct {
	s  *stream
	at int // what stands in the window before is read
}

// Read implements [io.Reader].
func (t *jsonText) Read(p []byte) (int, error) {
	for {
		in := t.s.window.in[t.at:t.s.held]
		if len(in) > len(p) {
			in = in[:len(p)]
		}
		if n, _ := run(in, 0); n > 0 {
			t.at += n
			return copy(p, in[:n]), nil
		}
		in = t.s.window.in[t.at:t.s.held]
		n, err := 0, errMore
		if len(in) > 0 && in[0] == '\\' {
			n, err = escapeLen(in)
		} else if len(in) > 0 {
			t.leave()
			return 0, io.EOF // also before a control character, which is no part of a string
		}
		switch {
		case err == nil:
			t.at += n
			return unescape(p, in[:n]), nil
		case !errors.Is(err, errMore):
			return 0, err
		}
		t.leave()
		if err := t.more(); err != nil {
			return 0, err
		}
	}
}

// unescape writes what an escape stands for to p.
func unescape(p, escape []byte) int {
	var quoted, text [8]byte
	n := 1 + copy(quoted[1:], escape)
	quoted[0], quoted[n] = '"', '"'
	return copy(p, unquote(text[:0], quoted[:n+1]))
}

// leave gives back what is not read.
func (t *jsonText) leave() {
	t.s.held = copy(t.s.window.in[:], t.s.window.in[t.at:t.s.held])
	t.at = 0
}

// more reads once into the window, and leaves room in it.
func (t *jsonText) more() error {
	for range maxEmptyReads {
		n, err := t.s.src.Read(t.s.window.in[t.s.held : windowSize/2])
		t.s.held += n
		switch {
		case n > 0:
			return nil
		case errors.Is(err, io.EOF):
			return errJSON("that ends too early")
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}
