// Package recording reads recorded HTTP exchanges: messages of HTTP/1.1 as they
// go over the wire (RFC 9112), what "curl -v" shows of them, and entries of an
// HTTP Archive (HAR 1.2).
//
// Errors name the file, the line and what was expected. They quote nothing of
// the recording, which may be personal.
package recording

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Exchange is a recorded request, and the response where that was recorded too.
type Exchange struct {
	Request  Request
	Response *Response // nil when there is none
}

// Request is a recorded request.
type Request struct {
	Method string
	URL    *url.URL // with scheme and host only where the recording tells them
	Host   string   // of the Host field or the URL, "" when neither tells
	Header http.Header
	Body   []byte
}

// Response is a recorded response.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Read reads a recording. name is for errors. Of a HAR entry says which of its
// entries is meant, from 1.
func Read(name string, data []byte, entry int) (*Exchange, error) {
	if isHAR(data) {
		return readHAR(name, data, entry)
	}
	s := &source{name: name}
	if isCurl(data) {
		s.splitCurl(data)
	} else {
		s.request = linesOf(data, 1)
	}
	return s.exchange()
}

// ReadResponse reads a recording of a response alone, or the response of an
// exchange.
func ReadResponse(name string, data []byte, entry int) (*Response, error) {
	if isHAR(data) || isCurl(data) {
		x, err := Read(name, data, entry)
		if err == nil && x.Response == nil {
			err = fmt.Errorf("%s: expected a response, found only a request", name)
		}
		if err != nil {
			return nil, err
		}
		return x.Response, nil
	}
	s := &source{name: name, response: linesOf(data, 1)}
	return s.readResponse()
}

func isHAR(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, "\ufeff \t\r\n"), []byte("{"))
}

// isCurl reports whether a recording is what "curl -v" shows: lines that begin
// with what they are.
func isCurl(data []byte) bool {
	for line := range bytes.Lines(data) {
		switch {
		case bytes.HasPrefix(line, []byte("> ")), bytes.HasPrefix(line, []byte("< ")):
			return true
		case bytes.HasPrefix(line, []byte("* ")), len(bytes.TrimSpace(line)) == 0:
		default:
			return false
		}
	}
	return false
}

// line is a line with its end, and its number in the file.
type line struct {
	text   []byte
	number int
}

func linesOf(data []byte, first int) []line {
	var lines []line
	for text := range bytes.Lines(data) {
		lines = append(lines, line{text, first})
		first++
	}
	return lines
}

// source is a recording on its way to be read.
type source struct {
	name              string
	request, response []line
}

// splitCurl tells apart what "curl -v" shows: ">" before the request's header, "<"
// before the response's, "*" and braces before words of its own, and the rest is
// the response's body. Of several exchanges the first counts.
func (s *source) splitCurl(data []byte) {
	for _, l := range linesOf(data, 1) {
		switch {
		case bytes.HasPrefix(l.text, []byte("* ")), isProgress(l.text):
		case l.text[0] == '>' && len(s.response) == 0:
			s.request = append(s.request, unmarked(l))
		case l.text[0] == '>' && isRequestLine(unmarked(l)):
			return
		case l.text[0] == '<' && (len(bytes.TrimSpace(l.text)) == 1 || l.text[1] == ' '):
			s.response = append(s.response, unmarked(l))
		case len(s.response) > 0:
			s.response = append(s.response, l)
		}
	}
}

// isProgress reports whether a line is curl's word on how many bytes went by.
func isProgress(text []byte) bool {
	text = bytes.TrimSpace(text)
	return (bytes.HasPrefix(text, []byte("{ [")) || bytes.HasPrefix(text, []byte("} ["))) && bytes.HasSuffix(text, []byte(" data]"))
}

func isRequestLine(l line) bool {
	_, _, ok := requestLine(string(bytes.TrimSpace(l.text)))
	return ok
}

// unmarked takes the mark and the space behind it off a line.
func unmarked(l line) line {
	l.text = bytes.TrimPrefix(l.text[1:], []byte(" "))
	return l
}

// exchange reads the request, and the response behind it.
func (s *source) exchange() (*Exchange, error) {
	r, rest, err := s.readRequest()
	if err != nil {
		return nil, err
	}
	if s.response == nil {
		s.response = rest
	}
	x := &Exchange{Request: *r}
	if len(s.response) > 0 {
		x.Response, err = s.readResponse()
	}
	return x, err
}

// errorf makes an error about a line.
func (s *source) errorf(number int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", s.name, number, fmt.Sprintf(format, args...))
}

// hostOf returns the host of a request: that of its target outweighs the Host
// field (RFC 9112 section 3.2.2).
func hostOf(u *url.URL, h http.Header) string {
	if u.Host != "" {
		return u.Host
	}
	return strings.TrimSpace(h.Get("Host"))
}
