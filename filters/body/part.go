package body

import (
	"bytes"
	"fmt"
	"strings"
)

// partHeader is what is read of a part's header fields (RFC 7578 section 4).
type partHeader struct {
	name        string // of the field
	named       bool   // it has a name, if only an empty one
	file        bool   // it has a file name
	contentType string
	media       media
}

// parsePart reads the header fields of a part, each with its CRLF, without the
// empty line. What servers read differently is malformed: lines that are folded
// or end in a bare CR or LF, fields given twice, names whose quotation marks can
// be read in two ways, and bytes that are encoded once more.
func parsePart(block []byte) (*partHeader, error) {
	h := new(partHeader)
	var seen [4]bool
	for len(block) > 0 {
		line, rest, ok := bytes.Cut(block, []byte("\r\n"))
		block = rest
		name, value, colon := strings.Cut(string(line), ":")
		if !ok || !colon || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return nil, errPart("header")
		}
		value = trim(value)
		var which int
		var err error
		switch strings.ToLower(name) {
		case "content-disposition":
			which = 0
			err = h.disposition(value)
		case "content-type":
			which = 1
			h.contentType = value
			h.media, err = parseMedia(value)
		case "content-transfer-encoding":
			which = 2
			switch strings.ToLower(value) {
			case "", "7bit", "8bit", "binary":
			default:
				err = fmt.Errorf("%w: Content-Transfer-Encoding of a part", ErrUnsupported)
			}
		case "content-encoding": // no standard has it here, but some servers undo it
			which = 3
			if value != "" && !strings.EqualFold(value, "identity") {
				err = fmt.Errorf("%w: Content-Encoding of a part", ErrUnsupported)
			}
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		if seen[which] {
			return nil, errPart("header given twice")
		}
		seen[which] = true
	}
	return h, nil
}

// disposition reads a Content-Disposition.
func (h *partHeader) disposition(value string) error {
	_, params, err := parseParams(value, false)
	if err != nil {
		return err
	}
	if strings.Contains(value, `\`) {
		_, others, err := parseParams(value, true)
		if err != nil || !sameNames(params, others) {
			return errPart("quoted name")
		}
	}
	name, count := param(params, "name")
	if count > 1 || strings.Contains(name, "=?") { // RFC 2047, which some readers decode
		return errPart("name that can be read in two ways")
	}
	h.name, h.named = name, count == 1
	file, count := param(params, "filename")
	h.file = count > 1 || file != "" // without a file's name some take it for a field
	return nil
}

// sameNames reports whether two readings of the same parameters differ at most in
// the backslashes that names bear.
func sameNames(a, b []parameter) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].name != b[i].name {
			return false
		}
	}
	return true
}

func errPart(what string) error { return fmt.Errorf("%w: multipart %s", ErrMalformed, what) }
