package accesslog

import (
	"bytes"
	"errors"
	"fmt"
)

// entry is one line of a log. Its parts are views into the line.
type entry struct {
	unix        int64 // the time in seconds since 1970
	status      int
	host        []byte // empty where the format has none
	method      []byte
	target      []byte // path and query (RFC 9112 section 3.2)
	contentType []byte
	agent       []byte
	agentKnown  bool   // the format holds the user agent, be it empty
	purpose     []byte // Sec-Purpose, Purpose or X-Moz
	dest        []byte // Sec-Fetch-Dest
}

var (
	errFormat = errors.New("expected a JSON object of Caddy's access log, or a line in the Common or Combined Log Format")
	// errOther is a line that tells of no request: another of Caddy's logs.
	errOther = errors.New("not a request")
)

// parse reads a line in whichever format it is.
func (e *entry) parse(line []byte) error {
	*e = entry{}
	line = bytes.TrimLeft(line, " \t")
	if len(line) > 0 && line[0] == '{' {
		return e.parseJSON(line)
	}
	return e.parseCommon(line)
}

// path returns the target's path.
func (e *entry) path() []byte {
	p := e.target
	if len(p) > 0 && p[0] != '/' { // absolute-form
		if i := bytes.Index(p, []byte("://")); i >= 0 {
			p = p[i+3:]
			if i = bytes.IndexByte(p, '/'); i < 0 {
				return []byte("/")
			}
			p = p[i:]
		}
	}
	if i := bytes.IndexAny(p, "?#"); i >= 0 {
		p = p[:i]
	}
	return p
}

// Error is a line that could not be read.
type Error struct {
	File string
	Line int64 // from 1
	Err  error
}

// Error names the place as file:line.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns what was wrong.
func (e *Error) Unwrap() error { return e.Err }
