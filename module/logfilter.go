package module

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/ledger"
	"github.com/fairwaygate/fairway/filters/location"
)

func init() { caddy.RegisterModule(LogFilter{}) }

// LogFilter takes what identifies a person out of a log's field: addresses are
// cut to their network, cookies and credentials go, of a URL the values of the
// query do, and of headers all that the gateway would take out without consent.
//
// It knows the fields of Caddy's access and error logs: put on "request" it
// filters the whole request, on "resp_headers" the response's headers, and it
// also works on a single one, such as "request>remote_ip" or "request>uri".
// Any other text is taken out.
type LogFilter struct{}

// CaddyModule returns the Caddy module information.
func (LogFilter) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.logging.encoders.filter.consent", New: func() caddy.Module { return new(LogFilter) }}
}

// UnmarshalCaddyfile reads the filter. Syntax:
//
//	<field> consent
func (*LogFilter) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the filter's name
	if d.NextArg() {
		return d.Errf("unexpected %q: the consent filter takes no argument", d.Val())
	}
	return nil
}

const redacted = "REDACTED"

// logRules filters for a log: nobody consents to being found in one.
var logRules = identifier.Filter{Location: location.Default}

// secretHeaders never belong in a log.
var secretHeaders = []string{
	"Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token",
	"X-Csrf-Token", "X-Xsrf-Token", "Sec-Websocket-Key", "Etag", "If-None-Match",
}

// Filter implements [logging.LogFieldFilter].
func (LogFilter) Filter(in zapcore.Field) zapcore.Field {
	switch value := in.Interface.(type) {
	case caddyhttp.LoggableHTTPRequest:
		return zap.Object(in.Key, redactRequest(value))
	case *caddyhttp.LoggableHTTPRequest:
		return zap.Object(in.Key, redactRequest(*value))
	case caddyhttp.LoggableHTTPHeader:
		return zap.Object(in.Key, caddyhttp.LoggableHTTPHeader{Header: redactHeader(value.Header)})
	case caddyhttp.LoggableStringArray:
		return zap.String(in.Key, redacted)
	}
	if in.Type != zapcore.StringType {
		return zapcore.Field{Type: zapcore.SkipType}
	}
	switch strings.ToLower(in.Key) {
	case "remote_ip", "client_ip":
		in.String = redactAddr(in.String)
	case "uri", "referer", "location":
		in.String = redactURL(in.String)
	case "user-agent", "user_agent":
		in.String = identifier.ReduceUserAgent(in.String)
	default:
		in.String = redacted
	}
	return in
}

// redactRequest returns a copy of a request that holds nothing personal.
func redactRequest(logged caddyhttp.LoggableHTTPRequest) caddyhttp.LoggableHTTPRequest {
	r := *logged.Request
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	r.RemoteAddr = net.JoinHostPort(redactAddr(host), "0")
	r.RequestURI = redactURL(r.RequestURI)
	r.Header = redactHeader(r.Header)
	if r.TLS != nil {
		state := *r.TLS
		state.PeerCertificates = nil
		r.TLS = &state
	}
	ctx := r.Context()
	if vars, ok := ctx.Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
		vars = maps.Clone(vars)
		if ip, ok := vars[caddyhttp.ClientIPVarKey].(string); ok {
			vars[caddyhttp.ClientIPVarKey] = redactAddr(ip)
		}
		ctx = context.WithValue(ctx, caddyhttp.VarsCtxKey, vars)
	}
	return caddyhttp.LoggableHTTPRequest{Request: r.WithContext(ctx)}
}

func redactHeader(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range secretHeaders {
		delete(h, name)
	}
	for name := range h {
		if isOwnHeader(name) {
			delete(h, name)
		}
	}
	for _, name := range []string{"Referer", "Location", "Content-Location"} {
		for i, value := range h[name] {
			h[name][i] = redactURL(value)
		}
	}
	logRules.Header(h, 0, nil)
	return h
}

func redactAddr(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return redacted
	}
	return identifier.TruncateAddr(addr.Unmap().WithZone("")).String()
}

// redactReceipt takes the id of a receipt out of a path: the visitor alone has it.
func redactReceipt(u *url.URL) {
	at := strings.LastIndexByte(u.Path, '/') + 1
	if _, err := ledger.ParseReceiptID(strings.ToLower(u.Path[at:])); err == nil {
		u.Path, u.RawPath = u.Path[:at]+redacted, ""
	}
}

// redactURL keeps the path, and of the query the names.
func redactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return redacted
	}
	u.User, u.Fragment = nil, ""
	redactReceipt(u)
	if u.RawQuery != "" {
		var b strings.Builder
		for pair := range strings.FieldsFuncSeq(u.RawQuery, func(c rune) bool { return c == '&' || c == ';' }) {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			name, _, valued := strings.Cut(pair, "=")
			b.WriteString(name)
			if valued {
				b.WriteString("=" + redacted)
			}
		}
		u.RawQuery = b.String()
	}
	return u.String()
}

var (
	_ logging.LogFieldFilter = LogFilter{}
	_ caddyfile.Unmarshaler  = (*LogFilter)(nil)
)
