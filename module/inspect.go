package module

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/fairwaygate/fairway/filters/page"
)

// kind is what a browser makes of a response's body, as far as it fetches more
// for it.
type kind uint8

const (
	otherBody   kind = iota
	htmlPage         // gets the gateway's script too
	xhtmlPage        // is read as XML, and as HTML by who does not know better
	xmlDocument      // SVG, and XML that a browser shows
	styleSheet
	speculation // rules by which a browser fetches ahead
)

// format is how the page filter reads a kind.
func (k kind) format() page.Format {
	switch k {
	case xhtmlPage, xmlDocument:
		return page.XML
	case styleSheet:
		return page.CSS
	case speculation:
		return page.JSON
	}
	return page.HTML
}

// isDocument reports whether a kind is what a browser shows, with a policy of its own.
func (k kind) isDocument() bool { return k == htmlPage || k == xhtmlPage || k == xmlDocument }

// kindOf tells what a browser will make of the response. Of several media types
// any might count.
func (x *exchange) kindOf(h http.Header) kind {
	media := mediaTypes(h)
	is := func(name string) bool {
		return slices.ContainsFunc(media, func(m mediaType) bool { return m.name == name })
	}
	switch {
	case is("application/xhtml+xml"):
		return xhtmlPage
	case is("text/html"):
		return htmlPage
	case is("text/css"), x.r.Header.Get("Sec-Fetch-Dest") == "style": // whose type an old page does not mind
		return styleSheet
	case is("image/svg+xml"), slices.ContainsFunc(media, isXML) && x.isShown():
		return xmlDocument
	case is("application/speculationrules+json"):
		return speculation
	}
	return otherBody
}

// isXML reports whether a media type is one of XML (RFC 7303).
func isXML(media mediaType) bool {
	return media.name == "text/xml" || media.name == "application/xml" || strings.HasSuffix(media.name, "+xml")
}

// isShown reports whether the response may become a document, and not only data
// for a script.
func (x *exchange) isShown() bool {
	switch x.r.Header.Get("Sec-Fetch-Dest") {
	case "", "document", "iframe", "frame", "object", "embed", "xslt":
		return true
	}
	return false
}

// Style sheets, XML and speculation rules are held until they are whole, as far as
// heldMax goes. One that refers to no third party is the same for everyone, and passes
// as it came; XHTML does not, and a document that is to have the second policy.
const heldMax = 64 << 10

var helds = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// hold takes bytes of a body whose header waits.
func (x *exchange) hold(p []byte) (int, error) {
	if x.kept.Len()+len(p) <= heldMax {
		return x.kept.Write(p)
	}
	x.settle(false)
	return x.Write(p)
}

// settle decides on a body that was held, and passes it on. It is whole, or longer
// than can be held.
func (x *exchange) settle(whole bool) {
	held := x.kept
	x.kept = nil
	defer func() {
		held.Reset()
		helds.Put(held)
	}()
	h := x.Header()
	foreign, hidden := x.inspect(h, held.Bytes(), whole)
	if foreign || hidden || !whole || x.kind == xhtmlPage || x.kind.isDocument() && x.rules.limits.header != "" && x.isShown() {
		x.beginFilter(h, x.kind, hidden)
	}
	x.w.WriteHeader(x.status)
	_, _ = x.Write(held.Bytes())
}

// inspect reports whether a body, or as much as is there, refers to third parties,
// and whether it may hide what it fetches.
func (x *exchange) inspect(h http.Header, body []byte, whole bool) (foreign, hidden bool) {
	undo, err := codingsOf(h)
	charset, _ := charsetOf(h)
	if err != nil || recoded(charset) != nil {
		return true, false
	}
	options := x.judgeOptions(x.kind)
	sight := &sight{x: x}
	options.Judge, options.Found, options.Observe = sight, sight.found, true
	filter := filters.Get().(*page.Rewriter)
	filter.Reset(io.Discard, options)
	defer func() {
		filter.Reset(io.Discard, new(page.Options))
		filters.Put(filter)
	}()
	src := io.Reader(bytes.NewReader(body))
	for _, c := range undo {
		decoder, err := c.decode(src)
		if err != nil {
			return true, false
		}
		defer decoder.Close()
		src = decoder
	}
	ahead := bufio.NewReaderSize(src, sniffed)
	if head, _ := ahead.Peek(sniffed); recodedByBody(charset, head) != nil {
		return true, false
	}
	// A body cut off, or too large, is left to who reads it all.
	n, err := io.CopyN(filter, ahead, bombSize)
	if n == bombSize || !errors.Is(err, io.EOF) {
		return true, filter.Hidden()
	}
	if whole && filter.Close() != nil {
		return true, false
	}
	return sight.foreign, filter.Hidden()
}

// sight is a judge that only looks whether there is anything to judge.
type sight struct {
	x       *exchange
	foreign bool
}

// URL implements [page.Judge].
func (s *sight) URL(u *page.URL, e page.Element) page.Verdict {
	verdict := s.x.URL(u, e)
	s.foreign = s.foreign || verdict.Partner != firstParty
	return verdict
}

// Script implements [page.Judge].
func (s *sight) Script(text []byte) page.Verdict {
	verdict := s.x.Script(text)
	s.foreign = s.foreign || verdict.Partner != ""
	return verdict
}

func (s *sight) found(f page.Finding) { s.foreign = s.foreign || f.Verdict.Block }
