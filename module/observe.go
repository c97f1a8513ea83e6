package module

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/body"
)

// observe lets a request and its response pass as they are, and counts what
// enforcing would change. Only the gateway's own cookies do not go on.
func (x *exchange) observe(next caddyhttp.Handler) error {
	copied := x.r.Header.Clone()
	_, _, _ = x.cookies().Request(copied["Cookie"], x.decision.Granted, x.foundRequestCookie)
	x.refused = nil
	granted := x.identifierGrant()
	filter := x.identifierFilter()
	x.filterFields(copied, filter, granted)
	_, _ = x.filterQuery(filter, granted)
	x.dropOwnCookies()
	dropOwnHeaders(x.r.Header)
	defer x.watchBody()()
	w := &observer{x: x}
	defer w.finish()
	return next.ServeHTTP(w, x.r)
}

// watchBody has a copy of the request's body judged while the storefront reads it. The
// function that it returns ends that.
func (x *exchange) watchBody() (end func()) {
	r := x.r
	var receives *body.Allowlist
	if p := x.gateway.leavesTowards(x); p != nil {
		receives = p.receives
	}
	if r.Body == nil || r.Body == http.NoBody || receives == nil && x.rules.passesIdentifiers(x.identifierGrant()) {
		return func() {}
	}
	filter, err := x.bodyFilter(receives)
	if err != nil {
		return func() {} // enforcing refuses it
	}
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		filtered, err := filter(reader)
		if err == nil && filtered != io.Reader(reader) {
			_, err = io.Copy(io.Discard, filtered)
		}
		if closer, ok := filtered.(io.Closer); ok {
			_ = closer.Close()
		}
		reader.CloseWithError(err) // what is left need not be copied
	}()
	r.Body = &watchedBody{r.Body, writer}
	return func() {
		_ = writer.CloseWithError(io.ErrUnexpectedEOF) // unless it has ended before
		<-done
	}
}

// watchedBody copies what is read of a body.
type watchedBody struct {
	io.ReadCloser
	to *io.PipeWriter
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		_, _ = b.to.Write(p[:n])
	}
	if err == io.EOF {
		_ = b.to.Close()
	}
	return n, err
}

// dropOwnCookies takes the gateway's own cookies out of a request and nothing
// else.
func (x *exchange) dropOwnCookies() {
	fields := x.r.Header["Cookie"]
	for i, field := range fields {
		var kept []string
		for pair := range strings.SplitSeq(field, ";") {
			name, _, _ := strings.Cut(pair, "=")
			if !x.isOwnName(strings.TrimSpace(name)) {
				kept = append(kept, pair)
			}
		}
		fields[i] = strings.TrimLeft(strings.Join(kept, ";"), " ")
	}
	if len(fields) == 1 && fields[0] == "" {
		delete(x.r.Header, "Cookie")
	}
}

// observer is the response writer of a site that only observes: the bytes pass
// at once, and a copy of a page's is judged.
type observer struct {
	x       *exchange
	wrote   bool
	waiting bool      // the first bytes say what the body is
	body    *pageBody // nil when there is nothing to judge
}

func (o *observer) Header() http.Header         { return o.x.w.Header() }
func (o *observer) Unwrap() http.ResponseWriter { return o.x.w }

func (o *observer) WriteHeader(status int) {
	if !o.wrote && (status >= 200 || status == http.StatusSwitchingProtocols) {
		o.wrote = true
		o.judgeHeader(status)
	}
	o.x.w.WriteHeader(status)
}

func (o *observer) judgeHeader(status int) {
	x, h := o.x, o.x.w.Header()
	x.status = status
	fields := slices.Clone(h["Set-Cookie"])
	_ = x.cookies().Response(fields, x.origin, x.decision.Granted, x.now, x.foundResponseCookie)
	copied := make(http.Header)
	for _, name := range append([]string{"Link", "Refresh", "Speculation-Rules", "Reporting-Endpoints", enforcedPolicy, reportedPolicy}, reportHeaders...) {
		if fields, ok := h[name]; ok {
			copied[name] = slices.Clone(fields)
		}
	}
	x.filterLinks(copied)
	x.filterReports(copied)
	_ = x.leadsAway(h)
	switch {
	case !hasBody(status) || x.r.Method == http.MethodHead || status == http.StatusPartialContent:
	case x.mustSniff():
		o.waiting = true
	default:
		o.begin(h, x.kindOf(h))
	}
}

// begin prepares to judge a copy of the body.
func (o *observer) begin(h http.Header, k kind) {
	if k == otherBody {
		return
	}
	undo, err := codingsOf(h)
	if err != nil {
		o.x.site.failure(failEncoding)
		return
	}
	charset, _ := charsetOf(h)
	o.body = o.x.newBody(&pageBody{undo: undo, charset: charset, from: recoded(charset)}, io.Discard, nil, o.x.judgeOptions(k), k)
}

func (o *observer) Write(p []byte) (int, error) {
	if !o.wrote {
		o.WriteHeader(http.StatusOK)
	}
	if o.waiting {
		o.waiting = false
		if h := o.Header(); h.Get("Content-Encoding") != "" || strings.HasPrefix(http.DetectContentType(p), "text/html") {
			o.begin(h, htmlPage)
		}
	}
	if o.body != nil {
		_, _ = o.body.Write(p)
	}
	n, err := o.x.w.Write(p)
	return n, withoutPeer(err)
}

// ReadFrom implements [io.ReaderFrom].
func (o *observer) ReadFrom(src io.Reader) (int64, error) {
	if !o.wrote {
		o.WriteHeader(http.StatusOK)
	}
	if o.body == nil && !o.waiting {
		return readFrom(o.x.w, src)
	}
	return io.Copy(writerOnly{o}, src)
}

// FlushError passes a flush on.
func (o *observer) FlushError() error {
	if !o.wrote {
		o.WriteHeader(http.StatusOK)
	}
	return withoutPeer(http.NewResponseController(o.x.w).Flush())
}

// finish ends the judging, also when a handler has panicked.
func (o *observer) finish() {
	if o.body != nil {
		_ = o.body.Close()
	}
}
