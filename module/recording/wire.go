package recording

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// readRequest reads a request from its lines, and returns the lines behind it.
func (s *source) readRequest() (r *Request, rest []line, err error) {
	lines := skipBlank(s.request)
	if len(lines) == 0 {
		return nil, nil, s.errorf(1, "expected a request line such as GET / HTTP/1.1, found nothing")
	}
	first := lines[0]
	method, target, ok := requestLine(string(bytes.TrimSpace(first.text)))
	if !ok {
		return nil, nil, s.errorf(first.number, "expected a request line such as GET / HTTP/1.1")
	}
	u, err := url.ParseRequestURI(target)
	if err != nil && target != "*" {
		return nil, nil, s.errorf(first.number, "expected a path that begins with / or a URL behind the method")
	}
	if u == nil {
		u = &url.URL{Path: target}
	}
	h, lines, err := s.readHeader(lines[1:])
	if err != nil {
		return nil, nil, err
	}
	body, rest := s.bodyOfRequest(h, lines)
	r = &Request{Method: method, URL: u, Host: hostOf(u, h), Header: h, Body: dechunked(h, body)}
	h.Del("Host")
	return r, rest, nil
}

// requestLine takes a request line apart (RFC 9112 section 3). The version says
// nothing here: curl shows HTTP/2 in the same form.
func requestLine(text string) (method, target string, ok bool) {
	fields := strings.Split(text, " ")
	if len(fields) != 3 || !isVersion(fields[2]) || !httpguts.ValidHeaderFieldName(fields[0]) {
		return "", "", false
	}
	return fields[0], fields[1], true
}

// isVersion reports whether a word is a version of HTTP.
func isVersion(word string) bool {
	version, ok := strings.CutPrefix(word, "HTTP/")
	return ok && version != "" && version[0] >= '1' && version[0] <= '3' && strings.Trim(version, "0123456789.") == ""
}

// statusLine reads the status of a status line (RFC 9112 section 4).
func statusLine(text string) (status int, ok bool) {
	version, rest, _ := strings.Cut(text, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	return status, isVersion(version) && err == nil && len(code) == 3 && status >= 100 && status <= 599
}

// readHeader reads fields up to the empty line.
func (s *source) readHeader(lines []line) (h http.Header, rest []line, err error) {
	h = make(http.Header)
	for i, l := range lines {
		text := string(bytes.TrimRight(l.text, "\r\n"))
		if text == "" {
			return h, lines[i+1:], nil
		}
		name, value, ok := strings.Cut(text, ":")
		value = strings.Trim(value, " \t")
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(name):
			return nil, nil, s.errorf(l.number, "expected a header field such as Accept: text/html, or an empty line before the body")
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, nil, s.errorf(l.number, "expected a value without control characters in the field %s", name)
		}
		h.Add(name, value)
	}
	return h, nil, nil
}

// bodyOfRequest finds where a request's body ends: after as many bytes as its
// length says, else before a status line.
func (s *source) bodyOfRequest(h http.Header, lines []line) (body []byte, rest []line) {
	if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil && n >= 0 {
		size := 0
		for i, l := range lines {
			if size += len(l.text); size >= n {
				body = join(lines[:i+1])[:n]
				// Behind a body that does not end its line the response follows.
				return body, skipBlank(lines[i+1:])
			}
		}
	}
	for i, l := range lines {
		if _, ok := statusLine(string(bytes.TrimSpace(l.text))); ok {
			return withoutLastEnd(join(lines[:i])), lines[i:]
		}
	}
	return withoutLastEnd(join(lines)), nil
}

// readResponse reads a response from its lines. Interim ones (1xx) are passed
// over.
func (s *source) readResponse() (*Response, error) {
	lines := skipBlank(s.response)
	for {
		if len(lines) == 0 {
			return nil, s.errorf(1, "expected a status line such as HTTP/1.1 200 OK, found nothing")
		}
		first := lines[0]
		status, ok := statusLine(string(bytes.TrimSpace(first.text)))
		if !ok {
			return nil, s.errorf(first.number, "expected a status line such as HTTP/1.1 200 OK")
		}
		h, rest, err := s.readHeader(lines[1:])
		if err != nil {
			return nil, err
		}
		if status < 200 && status != http.StatusSwitchingProtocols {
			lines = skipBlank(rest)
			continue
		}
		body := join(rest)
		if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil && n >= 0 && n < len(body) {
			body = body[:n]
		}
		return &Response{Status: status, Header: h, Body: dechunked(h, body)}, nil
	}
}

// dechunked undoes the chunked coding (RFC 9112 section 7.1), if the body still
// has it, and the header then says no more of it.
func dechunked(h http.Header, body []byte) []byte {
	if !strings.EqualFold(strings.TrimSpace(h.Get("Transfer-Encoding")), "chunked") {
		return body
	}
	h.Del("Transfer-Encoding")
	plain, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(body)))
	if err != nil {
		return body
	}
	return plain
}

func skipBlank(lines []line) []line {
	for len(lines) > 0 && len(bytes.TrimSpace(lines[0].text)) == 0 {
		lines = lines[1:]
	}
	return lines
}

func join(lines []line) []byte {
	var b []byte
	for _, l := range lines {
		b = append(b, l.text...)
	}
	return b
}

// withoutLastEnd takes the end of the last line away, which is the file's.
func withoutLastEnd(body []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r"))
}
