package module

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// Of some bodies only their first bytes tell what they are.

// mustSniff reports whether the server leaves it to others to find out what the
// body is. A browser would look at it; so does the gateway.
func (x *exchange) mustSniff() bool {
	if !hasBody(x.status) || x.r.Method == http.MethodHead {
		return false
	}
	h := x.Header()
	if x.isMultipart() {
		return true
	}
	if x.kindOf(h) != otherBody {
		return false
	}
	for _, media := range mediaTypes(h) {
		switch media.name {
		case "*/*", "unknown/unknown", "application/unknown":
		default:
			if !media.doubtful {
				return false
			}
		}
	}
	// Where there is no field for the type, the server fills it in whatever stands here.
	_, typed := h["Content-Type"]
	return !typed || !strings.EqualFold(strings.TrimSpace(h.Get("X-Content-Type-Options")), "nosniff")
}

// isMultipart reports whether several ranges came back: their parts may be a
// page's.
func (x *exchange) isMultipart() bool {
	return x.ranged != nil && x.status == http.StatusPartialContent &&
		slices.Equal(mediaTypes(x.Header()), []mediaType{{name: "multipart/byteranges"}})
}

// kindOfParts reads the type of the first of several ranges. Where it can't be
// seen the parts are taken for a page's.
func (x *exchange) kindOfParts(p []byte) kind {
	head, _, _ := bytes.Cut(p, []byte("\r\n\r\n"))
	for line := range bytes.Lines(head) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(name), "Content-Type") {
			return x.kindOf(http.Header{"Content-Type": {string(value)}})
		}
	}
	return htmlPage
}

// What tells an untyped body: browsers look at up to 1,445 bytes of it (WHATWG MIME
// Sniffing section 5.2), net/http at 512.
const (
	sniffLen = 512
	beginMax = 2 << 10 // as the storefront sends it, coded perhaps
)

// sniff decides by the beginning of the body, and reports whether that says enough: a
// page begins with a "<" behind blanks, of which the first may come alone. At the end
// of the body, and of what a browser looks at, what could still be a page is one.
func (x *exchange) sniff(begin []byte, end bool) bool {
	h := x.Header()
	if x.isMultipart() {
		x.endWaiting(x.kindOfParts(begin))
		return true
	}
	undo, err := codingsOf(h)
	if err != nil { // a browser might know it
		x.endWaiting(htmlPage)
		return true
	}
	plain := begin
	if len(undo) > 0 {
		plain = decodedBeginning(begin, undo)
	}
	found := http.DetectContentType(plain)
	markup := bytes.TrimLeft(bytes.TrimPrefix(plain, []byte("\xEF\xBB\xBF")), "\t\n\f\r ")
	_, typed := h["Content-Type"]
	switch {
	case len(markup) > 0 && markup[0] != '<', end && len(begin) == 0:
		x.endWaiting(x.kindOf(h)) // whoever looks finds no page
	case strings.HasPrefix(found, "text/html"), strings.HasPrefix(found, "text/xml"):
		if typed || len(undo) > 0 {
			found, _, _ = strings.Cut(found, ";") // the page may say its charset
		}
		h.Set("Content-Type", found)
		x.endWaiting(x.kindOf(h))
	case !end && len(plain) < sniffLen && len(begin) < beginMax:
		return false
	case !typed && len(undo) == 0:
		h.Set("Content-Type", found) // as the server would do, so that no browser looks
		x.endWaiting(x.kindOf(h))
	default:
		x.endWaiting(htmlPage)
	}
	return true
}

func (x *exchange) endWaiting(k kind) {
	x.waiting = false
	x.sendHeader(k)
}
