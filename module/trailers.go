package module

import (
	"net/http"
	"slices"
	"strings"
)

// filterTrailers judges trailers as if they were headers: there are clients that merge
// them (RFC 9110 section 6.5.1). Cookies, which nobody takes from a trailer, and the
// gateway's own words go, and the sums of a page that was altered.
func (x *exchange) filterTrailers(h http.Header) {
	for name := range h {
		if trailer, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			x.filterTrailer(h, name, trailer)
		}
	}
	for _, announced := range h["Trailer"] {
		for name := range strings.SplitSeq(announced, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			x.filterTrailer(h, name, name)
		}
	}
}

// filterTrailer judges the trailer that stands under key.
func (x *exchange) filterTrailer(h http.Header, key, name string) {
	name = http.CanonicalHeaderKey(name)
	if isOwnHeader(name) || name == "Set-Cookie" || x.altered && slices.Contains(sums, name) {
		delete(h, key)
		return
	}
	trailer := http.Header{name: h[key]}
	x.filterHeader(trailer)
	if values := trailer[name]; len(values) > 0 {
		h[key] = values
	} else {
		delete(h, key)
	}
}
