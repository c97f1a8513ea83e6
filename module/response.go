package module

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/cookie"
)

// response is the state of an exchange's response.
type response struct {
	status  int
	wrote   bool // the status is known and the header was filtered
	waiting bool // the header waits for the first bytes, which say what the body is
	body    *pageBody
	again   bool // a range of a page came back: the whole page is asked for
	ranged  http.Header
}

// serve passes the filtered request on, and completes the response.
func (x *exchange) serve(next caddyhttp.Handler) error {
	if x.r.Header["Range"] != nil && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead) {
		x.ranged = x.w.Header().Clone()
	}
	err := next.ServeHTTP(x, x.r)
	if x.again {
		// A part of a page can't be judged: markup may begin before it. The
		// same request without a range is asked once more.
		header := x.w.Header()
		clear(header)
		for name, values := range x.ranged {
			header[name] = values
		}
		x.response = response{}
		x.r.Header.Del("Range")
		x.r.Header.Del("If-Range")
		err = next.ServeHTTP(x, x.r)
	}
	return x.finish(err)
}

// Header implements [http.ResponseWriter].
func (x *exchange) Header() http.Header { return x.w.Header() }

// Unwrap lets an [http.ResponseController] reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.w }

// WriteHeader implements [http.ResponseWriter].
func (x *exchange) WriteHeader(status int) {
	if x.wrote {
		return
	}
	if status < 200 && status != http.StatusSwitchingProtocols {
		x.filterLinks(x.Header())
		x.w.WriteHeader(status)
		return
	}
	x.wrote, x.status = true, status
	if x.mustSniff() {
		x.waiting = true
		return
	}
	x.sendHeader(isPage(x.Header().Get("Content-Type")))
}

// Write implements [io.Writer].
func (x *exchange) Write(p []byte) (int, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if x.waiting {
		x.sniff(p)
	}
	switch {
	case x.again:
		return len(p), nil
	case x.body != nil:
		return x.body.Write(p)
	}
	return x.w.Write(p)
}

// ReadFrom implements [io.ReaderFrom], so that a large body that is not judged
// takes the fast way to the connection.
func (x *exchange) ReadFrom(src io.Reader) (int64, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if x.waiting || x.body != nil || x.again {
		return io.Copy(writerOnly{x}, src)
	}
	if to, ok := x.w.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	return io.Copy(writerOnly{x.w}, src)
}

// writerOnly hides ReadFrom.
type writerOnly struct{ io.Writer }

// FlushError passes on what was judged so far.
func (x *exchange) FlushError() error {
	if x.again {
		return nil
	}
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if x.waiting {
		x.sniff(nil)
	}
	if x.body != nil {
		return x.body.Flush()
	}
	return http.NewResponseController(x.w).Flush()
}

// finish completes the response after the handlers.
func (x *exchange) finish(err error) error {
	if x.waiting {
		x.sniff(nil)
	}
	if x.body != nil {
		err = errors.Join(err, x.body.Close())
	}
	if x.wrote {
		dropTrailers(x.Header())
	}
	return err
}

// mustSniff reports whether the server leaves it to others to find out what the
// body is. A browser would look at it; so does the gateway.
func (x *exchange) mustSniff() bool {
	if !hasBody(x.status) || x.r.Method == http.MethodHead {
		return false
	}
	h := x.Header()
	switch strings.ToLower(h.Get("Content-Type")) {
	case "", "*/*", "unknown/unknown", "application/unknown":
		return !strings.EqualFold(strings.TrimSpace(h.Get("X-Content-Type-Options")), "nosniff")
	}
	return false
}

// sniff decides by the first bytes of the body.
func (x *exchange) sniff(p []byte) {
	x.waiting = false
	h := x.Header()
	if h.Get("Content-Encoding") != "" {
		// Not readable yet. A browser would decode it and might find a page.
		x.sendHeader(true)
		return
	}
	found := http.DetectContentType(p)
	if isPage(found) && len(p) > 0 {
		h.Set("Content-Type", found)
		x.sendHeader(true)
		return
	}
	x.sendHeader(false)
}

// sendHeader filters the header and sends it on.
func (x *exchange) sendHeader(page bool) {
	start := time.Now()
	h := x.Header()
	if page && x.status == http.StatusPartialContent && x.ranged != nil {
		x.again = true
		return
	}
	fields := h["Set-Cookie"]
	delete(h, "Set-Cookie")
	x.hear(h) // it may change the decision, and set cookies of the gateway's own
	x.filterSetCookies(h, fields)
	x.filterLinks(h)
	switch {
	case x.status == http.StatusNotModified:
		x.etags.restore(h)
	case page:
		x.beginPage(h)
	}
	x.expireRefused(h)
	x.site.observe(stageResponse, time.Since(start))
	x.w.WriteHeader(x.status)
}

// filterSetCookies judges the cookies that the storefront sets, and puts what
// remains before those that the gateway sets itself.
func (x *exchange) filterSetCookies(h http.Header, fields []string) {
	if len(fields) == 0 {
		return
	}
	kept := x.cookies().Response(fields, x.origin, x.decision.Granted, x.now, func(f cookie.Finding) {
		x.site.cookie(toBrowser, &f, x.rules.Vocabulary)
	})
	if kept = append(kept, h["Set-Cookie"]...); len(kept) > 0 {
		h["Set-Cookie"] = kept
	}
}

// expireRefused removes from the browser what the request should not have
// brought.
func (x *exchange) expireRefused(h http.Header) {
	if len(x.refused) == 0 {
		return
	}
	fields := h["Set-Cookie"]
	for _, name := range x.refused {
		fields = cookie.AppendExpiry(fields, name, x.origin)
	}
	h["Set-Cookie"] = fields
	makePrivate(h)
}

// dropTrailers takes cookies and the gateway's own words out of trailers.
func dropTrailers(h http.Header) {
	for name := range h {
		if trailer, ok := strings.CutPrefix(name, http.TrailerPrefix); ok &&
			(isOwnHeader(trailer) || strings.EqualFold(trailer, "Set-Cookie")) {
			delete(h, name)
		}
	}
	for _, announced := range h["Trailer"] {
		for name := range strings.SplitSeq(announced, ",") {
			if name = strings.TrimSpace(name); isOwnHeader(name) || strings.EqualFold(name, "Set-Cookie") {
				h.Del(name)
			}
		}
	}
}

// isPage reports whether a browser would take a body of that type for a page.
func isPage(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.TrimSpace(media)
	return strings.EqualFold(media, "text/html") || strings.EqualFold(media, "application/xhtml+xml")
}

func charsetOf(contentType string) string {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		_, rest, _ := strings.Cut(strings.ToLower(contentType), "charset=")
		return strings.Trim(rest, `"' ;`)
	}
	return parameters["charset"]
}

// hasBody reports whether a response of that status may have content (RFC 9110
// section 6.4.1).
func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified &&
		status != http.StatusResetContent
}
