package module

import (
	"context"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// What handlers behind the gateway and the gateway itself refuse, Caddy hands to the
// site's error route, which often asks the storefront for a page.

// failedVar is where a gateway in an error route finds what was decided on the
// request, whose cookies are gone by then.
const failedVar = "fairway.failed"

// leaveToErrorRoute prepares the request for an error route, before which Caddy puts
// the address back that came.
func (x *exchange) leaveToErrorRoute() {
	ctx := x.r.Context()
	caddyhttp.SetVar(ctx, failedVar, x)
	original, ok := ctx.Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
	if ok && original.RemoteAddr != x.r.RemoteAddr {
		original.RemoteAddr = x.r.RemoteAddr
		*x.r = *x.r.WithContext(context.WithValue(ctx, caddyhttp.OriginalRequestCtxKey, original))
	}
}

// dropBody takes a refused body out of the request, with all that describes it.
func (x *exchange) dropBody() {
	x.r.Body, x.r.ContentLength, x.r.TransferEncoding, x.r.Trailer = http.NoBody, 0, nil, nil
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Range", "Expect", "Trailer"} {
		delete(x.r.Header, name)
	}
	dropSums(x.r.Header)
}
