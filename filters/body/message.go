package body

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxMessage is how long a request in a batch or a mail may be.
const maxMessage = 1 << 20

// messageReader filters a request or response as parts of a batch hold them
// (application/http, RFC 9112 section 10.2; OData has them so), or a mail
// (message/rfc822): the target, the header and the body. It is held as a whole, for its
// Content-Length stands before it.
type messageReader struct {
	src     io.Reader
	j       *judge
	nesting int
	mail    bool

	edited io.Reader
	owned  *subject
}

// Read implements [io.Reader].
func (m *messageReader) Read(p []byte) (int, error) {
	if m.edited == nil {
		m.edited = m.whole()
		if m.owned != nil {
			m.owned.release()
		}
	}
	return m.edited.Read(p)
}

// whole reads the message and returns what remains of it, or a reader that fails.
func (m *messageReader) whole() io.Reader {
	message, err := io.ReadAll(io.LimitReader(m.src, maxMessage+1))
	if err == nil && len(message) > maxMessage {
		err = fmt.Errorf("%w: message of more than %d bytes", ErrTooLarge, maxMessage)
	}
	if err == nil {
		message, err = m.edit(message)
	}
	if err != nil {
		return failed{err}
	}
	return bytes.NewReader(message)
}

// failed is a reader that ends in an error.
type failed struct{ error }

// Read implements [io.Reader].
func (f failed) Read([]byte) (int, error) { return 0, f.error }

// edit returns what remains of a message.
func (m *messageReader) edit(message []byte) ([]byte, error) {
	head, body, ends := bytes.Cut(message, []byte("\r\n\r\n"))
	if bytes.Contains(head, []byte("\n\n")) {
		return nil, errMessage("lines that end in a bare LF")
	}
	fields := strings.SplitAfter(string(head), "\r\n")
	out := make([]byte, 0, len(message))
	if !m.mail {
		out = append(out, m.start(fields[0])...)
		fields = fields[1:]
	}
	contentType, length := "", -1 // where the length stands in out
	for i := 0; i < len(fields); i++ {
		field := fields[i]
		for i+1 < len(fields) && strings.IndexAny(fields[i+1], " \t") == 0 { // RFC 5322 section 2.2.3
			i++
			field += fields[i]
		}
		if field == "" && len(fields) == 1 {
			break
		}
		name, value, ok := strings.Cut(strings.TrimSuffix(field, "\r\n"), ":")
		if !ok || !isToken(name) {
			return nil, errMessage("header")
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "content-type":
			if contentType != "" {
				return nil, errMessage("header given twice")
			}
			contentType = value
		case "content-length":
			length = len(out)
		case "content-encoding", "content-transfer-encoding":
			switch strings.ToLower(value) {
			case "", "identity", "7bit", "8bit", "binary":
			default:
				return nil, fmt.Errorf("%w: %s in a message", ErrUnsupported, name)
			}
		}
		out = append(out, m.field(field, name, value)...)
	}
	filtered, err := filterAs(strings.ReplaceAll(contentType, "\r\n", ""), bytes.NewReader(body), m.j, "", m.nesting+1)
	if err != nil {
		return nil, err
	}
	edited, err := io.ReadAll(filtered)
	if err != nil {
		return nil, err
	}
	if length >= 0 && len(edited) != len(body) {
		rest := bytes.Clone(out[length:])
		_, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		out = append(append(out[:length], "Content-Length: "+strconv.Itoa(len(edited))+"\r\n"...), rest...)
	}
	if ends {
		out = append(bytes.TrimSuffix(out, []byte("\r\n")), "\r\n\r\n"...)
	}
	return append(out, edited...), nil
}

// start edits the line with which a request begins.
func (m *messageReader) start(line string) string {
	method, rest, ok := strings.Cut(line, " ")
	target, version, complete := strings.Cut(rest, " ")
	if !ok || !complete || m.j.ids == nil || !strings.HasPrefix(version, "HTTP/") {
		return line
	}
	target, _ = m.j.ids.URL(target, m.j.o.Granted, m.j.inURL)
	return method + " " + target + " " + version
}

// field edits a header field, which ends in a line break or with the header.
func (m *messageReader) field(field, name, value string) string {
	if m.j.ids == nil {
		return field
	}
	h := http.Header{name: {value}}
	m.j.ids.Header(h, m.j.o.Granted, m.j.inURL)
	switch values := h[name]; {
	case len(values) == 0:
		return ""
	case values[0] != value:
		return name + ": " + values[0] + "\r\n"
	}
	return field
}

func errMessage(what string) error { return fmt.Errorf("%w: message with %s", ErrMalformed, what) }
