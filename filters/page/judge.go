package page

import "github.com/fairwaygate/fairway/filters/consent"

// Element is where a URL stands. The set is small and fixed, so that it can
// label a metric.
type Element uint8

// The elements, and places like elements, from which a browser fetches.
const (
	Other  Element = iota
	Anchor         // a and area: ping, attributionsrc
	Audio          // audio src
	Base           // base href: where all relative URLs lead
	Body           // the background attribute of body and table parts
	Embed          // embed src
	Frame          // frame src
	Header         // a Link or Refresh header field
	Iframe         // iframe src, srcdoc; portal, fencedframe
	Image          // img src, srcset; input type=image
	Inline         // the text of a script element, an event handler, a javascript: URL
	Link           // link href, imagesrcset
	Meta           // meta http-equiv=refresh
	Object         // object data; applet
	Script         // script src; import maps and speculation rules
	Source         // source src, srcset
	Style          // url() and @import in CSS
	SVG            // image, use, feImage and other SVG references
	Track          // track src
	Video          // video src, poster
	elementCount
)

var elementNames = [elementCount]string{
	"other", "anchor", "audio", "base", "body", "embed", "frame", "header", "iframe", "image",
	"inline", "link", "meta", "object", "script", "source", "style", "svg", "track", "video",
}

// String returns the element's name: lower-case, from a fixed set.
func (e Element) String() string {
	if e >= elementCount {
		return elementNames[Other]
	}
	return elementNames[e]
}

// Verdict is what a [Judge] says about a URL or a script.
type Verdict struct {
	Block   bool
	Purpose consent.Purpose // what would allow it; [consent.None] when undeclared
	Partner string          // the declared or built-in partner; "" when none
}

// Judge decides what may stay. It must be safe for concurrent use, and must not
// keep what it is given: the bytes are reused after the call.
type Judge interface {
	// URL judges a URL whose host and port are not the page's own. A URL that
	// a browser could not parse is never shown to the judge; it is blocked.
	URL(u *URL, e Element) Verdict
	// Script judges the text of an inline script: is it a known tracker's?
	// Long scripts are shown in overlapping pieces.
	Script(text []byte) Verdict
}

// Finding reports one judged URL or script.
type Finding struct {
	Element Element
	Verdict Verdict
	Host    []byte // the URL's host, empty for scripts and for URLs that don't parse; valid during the call
}

// Format is the language of a document.
type Format uint8

// The languages that a [Rewriter] reads.
const (
	HTML Format = iota
	// CSS is a style sheet by itself. Nothing is inserted, and a denied URL becomes
	// about:invalid.
	CSS
	// XML is a document that a browser reads as XML: SVG, XHTML, and XML with a
	// style sheet. Nothing is inserted.
	XML
	// JSON is a document of speculation rules by itself (WHATWG HTML, section 7.6).
	// Nothing is inserted. With a denied URL in it, and from [MaxHeld] bytes on, it
	// becomes {}, which asks for nothing.
	JSON
)

// Options say what a [Rewriter] does. They are only read, and can be shared.
type Options struct {
	// Base is the page's own URL: scheme, host and port. What has the same host
	// and port is first-party and is not judged.
	Base URL
	// Format is how a browser reads the document. Default: HTML.
	Format Format
	// Judge decides. It is required.
	Judge Judge
	// Name names purposes in data-consent attributes. Default: the built-in
	// vocabulary, where unknown purposes are "undeclared".
	Name func(consent.Purpose) string
	// Head is inserted right after the head start tag, or where a missing one is
	// implied. Keep it short: browsers look for a charset in the first 1024 bytes.
	Head []byte
	// Body is inserted right before the body's end tag, or at the document's end.
	// Neither is inserted in fragments (no doctype, html, head or body).
	Body []byte
	// Document says that a browser shows it as a page: it is no fragment, whatever it holds.
	Document bool
	// Found, when set, is called once for every judged URL and blocked script.
	Found func(Finding)
	// Alters, when set, tells of a host whether style sheets from it may be changed
	// on their way. Links to those, and to style sheets of the page's own host, then
	// lose their integrity attribute, which is renamed to data-integrity.
	Alters func(host []byte) bool
	// Observe judges and reports, but changes and inserts nothing.
	Observe bool
}

var unreadVerdict = Verdict{Block: true, Purpose: consent.None}

var defaultName = func() func(consent.Purpose) string {
	v, err := consent.NewVocabulary()
	if err != nil {
		panic(err) // the built-in names alone are always valid
	}
	return v.Name
}()
