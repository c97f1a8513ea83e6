package body

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
)

// The reasons for which a body is not passed on, or no further. Errors of this
// package wrap one of them.
var (
	// ErrMalformed is a body that breaks the rules of its type or that two
	// readers could understand differently: 400 (Bad Request).
	ErrMalformed = errors.New("malformed body")

	// ErrTooLarge is a body with a name, a header or a depth past the limits, or
	// one that grows too much when it is decoded: 413 (Content Too Large).
	ErrTooLarge = errors.New("body beyond limits")

	// ErrUnsupported is a type, a charset or a coding that can't be judged: 415
	// (Unsupported Media Type).
	ErrUnsupported = errors.New("body can't be judged")
)

// Limits of what is judged. They don't depend on how a body arrives in pieces.
const (
	// MaxDepth is how deep JSON may be nested.
	MaxDepth = 64

	// MaxNesting is how deep bodies may be nested in others: parts in parts,
	// JSON in the strings of JSON.
	MaxNesting = 4

	// maxHeld is how many bytes are held back at most until their verdict: the
	// name of a member with its blanks, a scalar, a parameter, a part's header.
	maxHeld = 16 << 10
)

// Place is the kind of body in which something was found. Its String is a
// metric's label.
type Place uint8

// The places.
const (
	InJSON Place = iota
	InForm       // and in text
	InMultipart

	places = iota
)

var placeNames = [places]string{"json", "form", "multipart"}

// String returns the place as a metric's label, such as "json".
func (p Place) String() string {
	if int(p) < len(placeNames) {
		return placeNames[p]
	}
	return "other"
}

// Finding is one identifier that was acted on. It holds nothing of its value.
type Finding struct {
	// Name is that of the field, in JSON with the names of all that hold it:
	// "user.device.id". In a form it is as received. It comes from the client, so
	// it is no metric label, and it is valid during the call only.
	Name   string
	Kind   identifier.Kind
	Place  Place
	Action identifier.Action
}

// Options says what is taken out of a body. They are only read, so that one
// value may serve many bodies at once, as far as its functions do.
type Options struct {
	// Identifiers judges fields; nil lets every one pass.
	Identifiers *identifier.Filter

	// Granted holds the purposes that the visitor agreed to.
	Granted consent.Set

	// Receives holds what a partner may receive. With it a body is on its way to
	// a partner: all other fields go, e-mail addresses and telephone numbers go
	// from fields that aren't called so, and types that have no fields are
	// refused. Nil is a body for the storefront itself.
	Receives *Allowlist

	// Found is called for each identifier that is acted on; nil for none.
	Found func(Finding)

	// Withheld is called for each field that a partner may not receive; nil for
	// none.
	Withheld func()

	// File filters a file in multipart/form-data: the field's name, the file's
	// media type as the part says it ("" if it doesn't) and its bytes. What the
	// returned reader yields takes their place. Nil lets files pass.
	File func(name, contentType string, r io.Reader) io.Reader

	// IsFile reports whether the value of a field that isn't said to be a file begins
	// like one that File must see, also when it is written as base64, in multipart
	// and in JSON. Nil is none.
	IsFile func(begin []byte) bool

	// Field is called for each value of multipart/form-data that is no file, before
	// the parts behind it are filtered: its name and its text, of which the first
	// 16 KiB, both valid during the call only. Nil is none.
	Field func(name, value string)
}

// Filter returns what may be passed on of a body of the given Content-Type. When
// there is nothing to judge that is r itself; otherwise the length may change,
// and a read can end in one of the package's errors, after which nothing of the
// body must be used. An error from Filter itself means that r wasn't read.
//
// The first bytes pass as soon as they are judged, and no more than 32 KiB are
// held back at any time. The reader must be used by one goroutine at a time. What
// it holds is given back when it was read to its end.
func Filter(contentType string, r io.Reader, o *Options) (io.Reader, error) {
	j := newJudge(o)
	filtered, err := filterAs(contentType, r, j, "", 0)
	switch filtered := filtered.(type) {
	case *stream:
		filtered.owned = j.subject
	case *multipartReader:
		filtered.owned = j.subject
	case *messageReader:
		filtered.owned = j.subject
	default:
		j.release()
	}
	return filtered, err
}

// filterAs filters a body that stands in others, so deep, under a name.
func filterAs(contentType string, r io.Reader, j *judge, name string, nesting int) (io.Reader, error) {
	if !j.active() && j.o.File == nil {
		return r, nil
	}
	if nesting > MaxNesting {
		return nil, fmt.Errorf("%w: more than %d bodies in each other", ErrTooLarge, MaxNesting)
	}
	m, err := parseMedia(contentType)
	if err != nil {
		return nil, err
	}
	kind := m.kind()
	if kind != otherKind && !m.charsetIsPlain() {
		return nil, fmt.Errorf("%w: charset of %s", ErrUnsupported, m.name)
	}
	if kind == multipartKind {
		if j.partner() {
			return nil, fmt.Errorf("%w: %s towards a partner", ErrUnsupported, m.name)
		}
		return newMultipart(r, &m, j, nesting)
	}
	if kind == messageKind && !j.partner() {
		return &messageReader{src: r, j: j, nesting: nesting, mail: strings.HasSuffix(m.name, "/rfc822") || strings.HasSuffix(m.name, "/global")}, nil
	}
	if !j.active() {
		return r, nil
	}
	switch kind {
	case jsonKind, jsonLinesKind:
		return newStream(r, newJSON(j.in(InJSON), name, kind == jsonLinesKind, nesting)), nil
	case formKind, textKind, unnamedKind:
		return newStream(r, &sniffer{j: j, name: name, nesting: nesting, kind: kind}), nil
	}
	if j.partner() {
		return nil, fmt.Errorf("%w: %s towards a partner", ErrUnsupported, m.name)
	}
	return r, nil
}
