package accesslog

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// parseJSON reads a line of Caddy's access log: an object (RFC 8259) with ts (Unix
// seconds, or a time of RFC 3339), status, request and resp_headers. Only these are
// looked at, and all else is stepped over.
func (e *entry) parseJSON(line []byte) error {
	s := scanner{b: line}
	dated, requested := false, false
	ok := s.object(func(name []byte) bool {
		switch string(name) {
		case "ts":
			dated = s.time(&e.unix)
			return dated
		case "status":
			n, ok := s.integer()
			e.status = n
			return ok
		case "request":
			requested = true
			return e.request(&s)
		case "resp_headers":
			return e.headers(&s, func(name, value []byte) {
				if is(name, "content-type") {
					e.contentType = value
				}
			})
		}
		return s.skip()
	})
	switch {
	case !ok:
		return errFormat
	case !requested || !dated:
		return errOther
	}
	return nil
}

func (e *entry) request(s *scanner) bool {
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "method":
			return s.string(&e.method)
		case "host":
			return s.string(&e.host)
		case "uri":
			return s.string(&e.target)
		case "headers":
			e.agentKnown = true
			return e.headers(s, func(name, value []byte) {
				switch {
				case is(name, "user-agent"):
					e.agent = value
				case is(name, "sec-fetch-dest"):
					e.dest = value
				case is(name, "sec-purpose"), is(name, "purpose"), is(name, "x-moz"):
					e.purpose = value
				}
			})
		}
		return s.skip()
	})
}

// is compares a header's name with one in lower case.
func is(name []byte, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// headers reads an object of lists of strings and gives the first of each.
func (e *entry) headers(s *scanner, found func(name, value []byte)) bool {
	return s.object(func(name []byte) bool {
		var value []byte
		first := true
		if s.peek() != '[' {
			return s.skip()
		}
		return s.list(func() bool {
			if !first || s.peek() != '"' {
				return s.skip()
			}
			first = false
			if !s.string(&value) {
				return false
			}
			found(name, value)
			return true
		})
	})
}

// scanner steps through a line of JSON without building anything. It is as strict
// as it has to be to find the ends of values.
type scanner struct {
	b  []byte
	at int
}

// maxDepth bounds how deep values are stepped into.
const maxDepth = 64

func (s *scanner) peek() byte {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// object calls member at the value of each member.
func (s *scanner) object(member func(name []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		name, ok := s.text()
		if !ok || !s.take(':') || !member(name) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// list calls item at each item.
func (s *scanner) list(item func() bool) bool {
	if !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for {
		if !item() {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// text reads a string as it is written, with its escapes.
func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	start := s.at
	for {
		n := bytes.IndexByte(s.b[s.at:], '"')
		if n < 0 {
			return nil, false
		}
		end := s.at + n
		s.at = end + 1
		slashes := 0
		for end-slashes > start && s.b[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return s.b[start:end], true
		}
	}
}

// string reads a string and undoes its escapes.
func (s *scanner) string(to *[]byte) bool {
	text, ok := s.text()
	if !ok {
		return false
	}
	if bytes.IndexByte(text, '\\') < 0 {
		*to = text
		return true
	}
	plain, err := jsontext.AppendUnquote(nil, s.b[s.at-len(text)-2:s.at])
	*to = plain
	return err == nil
}

// word reads a number or a name.
func (s *scanner) word() []byte {
	s.peek()
	start := s.at
	for s.at < len(s.b) {
		switch s.b[s.at] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return s.b[start:s.at]
		}
		s.at++
	}
	return s.b[start:s.at]
}

func (s *scanner) integer() (int, bool) {
	n, err := strconv.ParseUint(string(s.word()), 10, 31)
	return int(n), err == nil
}

// layouts are the times that Caddy can be set to write. Fractions of seconds are
// read by each.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006/01/02 15:04:05", "02/Jan/2006:15:04:05 -0700"}

// time reads Unix seconds, or one of the layouts.
func (s *scanner) time(unix *int64) bool {
	if s.peek() == '"' {
		text, ok := s.text()
		if !ok {
			return false
		}
		for _, layout := range layouts {
			if t, err := time.Parse(layout, string(text)); err == nil {
				*unix = t.Unix()
				return true
			}
		}
		return false
	}
	seconds, err := strconv.ParseFloat(string(s.word()), 64)
	if err != nil || !(seconds >= 0 && seconds < 1e20) {
		return false
	}
	for seconds > 1e11 { // milliseconds or nanoseconds
		seconds /= 1e3
	}
	*unix = int64(seconds)
	return true
}

// skip steps over a value.
func (s *scanner) skip() bool { return s.skipTo(maxDepth) }

func (s *scanner) skipTo(depth int) bool {
	switch c := s.peek(); {
	case depth == 0, c == 0:
		return false
	case c == '"':
		_, ok := s.text()
		return ok
	case c == '{':
		return s.object(func([]byte) bool { return s.skipTo(depth - 1) })
	case c == '[':
		return s.list(func() bool { return s.skipTo(depth - 1) })
	}
	return len(s.word()) > 0
}
