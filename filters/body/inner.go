package body

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
)

// Analytics send JSON as base64 (RFC 4648 section 4, or 5 for URLs) in a parameter or in
// a string of JSON, compressed by gzip (RFC 1952) or not.

const (
	// leastInner is the length from which on base64 may be JSON that tells anything.
	leastInner = 16

	// maxInflated is how many bytes gzip in a value may hold.
	maxInflated = 1 << 20
)

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
	encoding := base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	body := bytes.TrimRight(text, "=")
	plain, err := encoding.AppendDecode(nil, body)
	if err != nil {
		return text, false
	}
	zipped := text[0] == 'H'
	if zipped {
		plain, err = inflate(plain)
		if err != nil || len(plain) > maxInflated {
			return nil, err == nil
		}
	}
	if !looksLikeJSON(plain) {
		return text, false
	}
	if edited, changed = editJSON(j, name, plain, nesting); !changed {
		return text, false
	}
	if zipped {
		edited = deflate(edited)
	}
	switch {
	case len(body) < len(text), zipped && len(body)%4 == 0:
		encoding = encoding.WithPadding(base64.StdPadding)
	case !zipped: // blanks in place of a padding that some don't read
		for len(edited)%3 != 0 {
			edited = append(edited, ' ')
		}
	}
	return encoding.AppendEncode(nil, edited), true
}

// inflate undoes gzip, up to one byte more than may be judged.
func inflate(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxInflated+1))
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
