package module

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/cookie"
)

// response is the state of an exchange's response.
type response struct {
	status   int
	wrote    bool   // the status is known and the header was filtered
	waiting  bool   // the header waits for the first bytes, which say what the body is
	begin    []byte // these bytes, while they don't say it yet
	kind     kind
	kept     *bytes.Buffer // a body whose header waits until it is known what it refers to
	body     *pageBody
	silent   bool // the body can't be judged, and nothing of it is sent
	altered  bool // the body is not the storefront's bytes
	again    bool // a range of a page came back: the whole page is asked for
	digested bool // the page's policy allows scripts by their digests alone
	expired  bool // cookies that are not allowed are expired
	mine     bool // a handler of the gateway's own answers: nothing is judged
	ranged   *ranged
}

// ranged is what is needed to ask a second time.
type ranged struct {
	request *http.Request
	header  http.Header // of the response, before the first pass
}

// routeGroups is where Caddy notes which groups of routes have matched: of a
// group only one route does, also of handle blocks.
const routeGroups = caddy.CtxKey("route_group")

// keepForAgain keeps the request as it is before handlers rewrite it. Without a
// range, or of a method to which ranges mean nothing, none is needed.
func (x *exchange) keepForAgain(r *http.Request) {
	if r.Header["Range"] == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return
	}
	ctx := r.Context()
	if groups, ok := ctx.Value(routeGroups).(map[string]struct{}); ok {
		ctx = context.WithValue(ctx, routeGroups, maps.Clone(groups))
	}
	x.ranged = &ranged{r.Clone(ctx), x.w.Header().Clone()}
	x.ranged.request.Header.Del("Range")
	x.ranged.request.Header.Del("If-Range")
}

// serve passes the filtered request on, and completes the response.
func (x *exchange) serve(r *http.Request, next caddyhttp.Handler) error {
	defer x.release()
	x.keepForAgain(r)
	err := next.ServeHTTP(x, r)
	if x.again {
		// A part of a page can't be judged: markup may begin before it. The
		// same request without a range is asked once more.
		header := x.w.Header()
		clear(header)
		maps.Copy(header, x.ranged.header)
		*r = *x.ranged.request
		x.r, x.response = r, response{}
		err = next.ServeHTTP(x, r)
	}
	x.left = true
	if x.streaming.refused() && !x.wrote {
		err = bodyError(x.streaming.err)
		x.dropBody()
	}
	if err != nil && !x.wrote {
		x.leaveToErrorRoute()
	}
	return x.finish(err)
}

// release frees what a page holds when a handler has panicked, as reverse_proxy
// does where the storefront breaks off.
func (x *exchange) release() {
	if x.body != nil {
		x.body.abandon()
	}
	if x.kept != nil {
		x.kept.Reset()
		helds.Put(x.kept)
		x.kept = nil
	}
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
		x.writeInterim(status)
		return
	}
	x.wrote, x.status = true, status
	if x.mustSniff() {
		x.waiting = true
		return
	}
	x.sendHeader(x.kindOf(x.Header()))
}

// writeInterim sends a 1xx response. Cookies and words to the gateway wait for the
// final one.
func (x *exchange) writeInterim(status int) {
	h := x.Header()
	x.filterHeader(h)
	held := make(http.Header)
	for name, values := range h {
		if name == "Set-Cookie" || name == x.rules.minors.header || isOwnHeader(name) {
			held[name] = values
			delete(h, name)
		}
	}
	x.w.WriteHeader(status)
	maps.Copy(h, held)
}

// Write implements [io.Writer].
func (x *exchange) Write(p []byte) (int, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if !x.waiting {
		return x.pass(p)
	}
	if x.begin == nil && x.sniff(p, false) {
		return x.pass(p) // without a copy, mostly
	}
	if x.begin = append(x.begin, p...); x.sniff(x.begin, false) {
		if _, err := x.passBegin(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// pass sends bytes on whose header was sent, by way of what judges them.
func (x *exchange) pass(p []byte) (int, error) {
	n, err := len(p), error(nil)
	switch {
	case x.again || x.silent:
	case x.kept != nil:
		n, err = x.hold(p)
	case x.body != nil:
		n, err = x.body.Write(p)
	default:
		n, err = x.w.Write(p) //nolint:gosec // the storefront's own bytes
	}
	return n, withoutPeer(err)
}

// passBegin sends on the bytes that waited.
func (x *exchange) passBegin() (int, error) {
	p := x.begin
	x.begin = nil
	return x.pass(p)
}

// ReadFrom implements [io.ReaderFrom], so that a large body that is not judged
// takes the fast way to the connection.
func (x *exchange) ReadFrom(src io.Reader) (int64, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if x.waiting || x.kept != nil || x.body != nil || x.again || x.silent {
		return io.Copy(writerOnly{x}, src)
	}
	return readFrom(x.w, src)
}

// readFrom copies by the fastest way that a response writer has.
func readFrom(w http.ResponseWriter, src io.Reader) (n int64, err error) {
	if to, ok := w.(io.ReaderFrom); ok {
		n, err = to.ReadFrom(src)
	} else {
		n, err = io.Copy(writerOnly{w}, src)
	}
	return n, withoutPeer(err)
}

// writerOnly hides ReadFrom.
type writerOnly struct{ io.Writer }

// FlushError passes on what was judged so far. What is held is sent whole.
func (x *exchange) FlushError() error {
	if x.again || x.kept != nil {
		return nil
	}
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if x.waiting || x.kept != nil {
		return nil
	}
	if x.body != nil {
		return withoutPeer(x.body.Flush())
	}
	return withoutPeer(http.NewResponseController(x.w).Flush())
}

// finish completes the response after the handlers.
func (x *exchange) finish(err error) error {
	if x.waiting {
		x.sniff(x.begin, true)
		_, _ = x.passBegin()
	}
	if x.kept != nil {
		x.settle(true)
	}
	if x.body != nil {
		if broken := x.body.Close(); broken != nil && err == nil {
			// What could be read is shown, but not taken for the whole page.
			_ = http.NewResponseController(x.w).Flush()
			panic(http.ErrAbortHandler)
		}
	}
	if x.wrote {
		x.filterTrailers(x.Header())
	}
	return err
}

// sendHeader filters the header and sends it on.
func (x *exchange) sendHeader(k kind) {
	if x.mine {
		x.w.WriteHeader(x.status)
		return
	}
	start := time.Now()
	h := x.Header()
	if k != otherBody && x.status == http.StatusPartialContent && x.ranged != nil {
		x.again = true
		return
	}
	fields := h["Set-Cookie"]
	delete(h, "Set-Cookie")
	x.hear(h) // it may change the decision, and set cookies of the gateway's own
	x.filterSetCookies(h, fields)
	x.filterHeader(h)
	x.nameDecision(h)
	x.expireErased(h)
	x.expireRefused(h)
	hasBody := hasBody(x.status) && x.r.Method != http.MethodHead
	x.silent = x.status == http.StatusResetContent && k != otherBody // whoever reads on finds a page
	switch {
	case x.leadsAway(h):
		x.endRedirect(h)
	case x.status == http.StatusNotModified:
		if x.etags.restore(h) {
			x.limitCaching(h, htmlPage)
			dropSums(h)
		}
	case k == htmlPage || k == xhtmlPage && !hasBody:
		x.beginFilter(h, k, false)
	case x.limitsWorker(k):
		x.limitWorker(h)
	case k != otherBody && hasBody:
		x.kind, x.kept = k, helds.Get().(*bytes.Buffer)
	}
	x.site.observe(stageResponse, time.Since(start))
	if x.kept == nil {
		x.w.WriteHeader(x.status)
	}
}

// filterHeader takes out of a response's header, also of an interim one, what makes
// a browser fetch, report and tell more than was granted.
func (x *exchange) filterHeader(h http.Header) {
	x.filterLinks(h)
	x.filterReports(h)
	x.dropAsks(h)
	delete(h, setCookie2)
}

// setCookie2 set cookies before RFC 6265. Browsers ignore it; the cookie store of Java,
// and with it apps, does not.
const setCookie2 = "Set-Cookie2"

// cookie2 tells which version of cookies a client knows (RFC 2965 section 3.3.5). No
// server needs it.
const cookie2 = "Cookie2"

// filterSetCookies judges the cookies that the storefront sets, and puts what
// remains before those that the gateway sets itself. A partner may set those of its
// own purpose alone.
func (x *exchange) filterSetCookies(h http.Header, fields []string) {
	if len(fields) == 0 {
		return
	}
	var kept []string
	if p := x.partner; p == nil {
		kept = x.cookies().Response(fields, x.origin, x.decision.Granted, x.now, x.foundResponseCookie)
	} else {
		for i := range fields {
			kept = append(kept, x.partnerCookie(fields[i:i+1:i+1], p)...)
		}
	}
	if kept = append(kept, h["Set-Cookie"]...); len(kept) > 0 {
		h["Set-Cookie"] = kept
	}
}

// partnerCookie judges one cookie that a partner sets.
func (x *exchange) partnerCookie(field []string, p *party) []string {
	var found cookie.Finding
	kept := x.cookies().Response(field, x.origin, x.decision.Granted, x.now, func(f cookie.Finding) { found = f })
	if found.Purpose != p.purpose {
		found.Action, kept = cookie.Dropped, nil
	}
	x.foundResponseCookie(found)
	return kept
}

// sums are the headers that are wrong once a body is altered (RFC 9530, RFC 9421).
var sums = []string{"Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Unencoded-Digest", "Signature", "Signature-Input"}

func dropSums(h http.Header) {
	for _, name := range sums {
		delete(h, name)
	}
}

func hasSums(h http.Header) bool {
	return slices.ContainsFunc(sums, func(name string) bool { return h[name] != nil })
}

// hasBody reports whether a response of that status may have content (RFC 9110
// section 6.4.1).
func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified &&
		status != http.StatusResetContent
}
