package module

import (
	"io"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/page"
)

// observe lets a request and its response pass as they are, and counts what
// enforcing would change. Only the gateway's own cookies do not go on.
func (x *exchange) observe(next caddyhttp.Handler) error {
	copied := x.r.Header.Clone()
	_, _, _ = x.cookies().Request(copied["Cookie"], x.decision.Granted, x.foundRequestCookie)
	x.refused = nil
	granted := x.identifierGrant()
	filter := x.identifierFilter()
	filter.Header(copied, granted, x.foundIdentifier)
	_, _ = filter.Query(x.r.URL.RawQuery, granted, x.foundIdentifier)
	x.dropOwnCookies()
	w := &observer{x: x}
	err := next.ServeHTTP(w, x.r)
	w.finish()
	return err
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
	x      *exchange
	wrote  bool
	filter *page.Rewriter
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
	fields := append([]string(nil), h["Set-Cookie"]...)
	_ = x.cookies().Response(fields, x.origin, x.decision.Granted, x.now, func(f cookie.Finding) {
		x.site.cookie(toBrowser, &f, x.rules.Vocabulary)
	})
	if !isPage(h.Get("Content-Type")) || !hasBody(status) || h.Get("Content-Encoding") != "" {
		return
	}
	o.filter = filters.Get().(*page.Rewriter)
	o.filter.Reset(io.Discard, x.judgeOptions())
}

func (o *observer) Write(p []byte) (int, error) {
	if !o.wrote {
		o.WriteHeader(http.StatusOK)
	}
	if o.filter != nil {
		_, _ = o.filter.Write(p)
	}
	return o.x.w.Write(p)
}

// ReadFrom implements [io.ReaderFrom].
func (o *observer) ReadFrom(src io.Reader) (int64, error) {
	if !o.wrote {
		o.WriteHeader(http.StatusOK)
	}
	if to, ok := o.x.w.(io.ReaderFrom); ok && o.filter == nil {
		return to.ReadFrom(src)
	}
	return io.Copy(writerOnly{o}, src)
}

// FlushError passes a flush on.
func (o *observer) FlushError() error {
	if !o.wrote {
		o.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(o.x.w).Flush()
}

func (o *observer) finish() {
	if o.filter != nil {
		_ = o.filter.Close()
		o.filter.Reset(io.Discard, new(page.Options))
		filters.Put(o.filter)
	}
}
