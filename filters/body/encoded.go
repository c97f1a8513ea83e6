package body

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// Pages that read a file themselves send it as text: base64 (RFC 4648 section 4), by
// itself or as a data URL (RFC 2397), in a string of JSON or in a field.

// leastEncoded is the length from which on a text may be a file. What tells anything
// is longer.
const leastEncoded = identifier.LongValue

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
			copy(begin[n:n+1], unquote(nil, append(append([]byte{'"'}, rest[:size]...), '"')))
		}
		begin[n] = plainAlphabet(begin[n])
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

// encoded filters a file that is written as base64.
func (j *judge) encoded(name string, text io.Reader) io.Reader {
	d := &base64Decoder{src: text, blank: j.place == InForm}
	return &base64Encoder{decoder: d, src: j.o.File(name, "", d)}
}

// encodedText edits a body that is a file in base64 from src[at:] on, as a canvas gives
// its picture, and scripts send it without a field.
type encodedText struct {
	j    *judge
	name string
	at   int
	over bool // the file was found
}

// edit implements [editor].
func (e *encodedText) edit(dst, src []byte, _ bool) ([]byte, int, error) {
	if e.over {
		return append(dst, src...), len(src), nil
	}
	e.over = true
	return append(dst, src[:e.at]...), e.at, &innerFoundError{func(s *stream) io.Reader {
		return e.j.encoded(e.name, &valueText{s: s, syntax: textSyntax{}})
	}}
}

// textSyntax is a text without escapes, up to its end.
type textSyntax struct{}

func (textSyntax) plain(src []byte) int { return len(src) }

func (textSyntax) escape(dst, _ []byte) ([]byte, int, error) { return dst, 0, errMore }

func (textSyntax) write(dst []byte, c byte) []byte { return append(dst, c) }

func (textSyntax) end() error { return io.EOF }

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

// plainAlphabet returns the character of base64 for one of base64url (RFC 4648 section 5).
func plainAlphabet(c byte) byte {
	switch c {
	case '-':
		return '+'
	case '_':
		return '/'
	}
	return c
}

// base64Decoder reads base64 or base64url with or without padding and ends of lines.
type base64Decoder struct {
	src      io.Reader
	blank    bool // one is a plus sign, which a form's author forgot to encode
	std, url bool // whose alphabet it is: that of base64 or of base64url, as far as is known
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
		if c == ' ' && d.blank {
			c = '+'
		}
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
		d.std = d.std || c == '+' || c == '/'
		d.url = d.url || c == '-' || c == '_'
		d.text[kept] = plainAlphabet(c)
		kept++
	}
	if d.std && d.url {
		d.err = errBase64
		return
	}
	whole := kept &^ 3
	if err != nil {
		d.err = err
		if !errors.Is(err, io.EOF) {
			return
		}
		whole = kept
		d.unpadded = d.padding == 0 && (kept%4 != 0 || d.url)
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
		if e.decoder.url {
			encoding = base64.URLEncoding
		}
		if errors.Is(err, io.EOF) {
			if whole = e.n; e.decoder.unpadded {
				encoding = encoding.WithPadding(base64.NoPadding)
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
