package module

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/ledger"
	"github.com/fairwaygate/fairway/filters/location"
)

func init() { caddy.RegisterModule(LogFilter{}) }

// LogFilter takes what identifies a person out of a log's field: addresses are
// cut to their network, of a URL the values of the query go, and in the path what
// names somebody, and of headers all values but those that are known to say how
// things are transferred, without what the gateway takes out without consent.
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
	case "user_id":
		if in.String != "" { // nobody logged in
			in.String = redacted
		}
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
	logged := make(http.Header, len(h))
	for name, values := range h {
		if !loggedHeaders[name] {
			logged[name] = []string{redacted}
			continue
		}
		values = slices.Clone(values)
		switch name {
		case "Referer", "Location", "Content-Location":
			for i := range values {
				values[i] = redactURL(values[i])
			}
		}
		logged[name] = values
	}
	logRules.Header(logged, 0, nil)
	return logged
}

func redactAddr(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return redacted
	}
	return identifier.TruncateAddr(addr.Unmap().WithZone("")).String()
}

// redactURL keeps of a URL the host, the path but for what names somebody, and of the
// query the names.
func redactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		return redacted
	}
	var b strings.Builder
	if u.Scheme != "" {
		b.WriteString(u.Scheme + ":")
	}
	if u.Host != "" {
		b.WriteString("//" + u.Host)
	}
	for i, segment := range strings.Split(u.EscapedPath(), "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(redactSegment(segment))
	}
	separator := byte('?')
	for pair := range strings.FieldsFuncSeq(u.RawQuery, func(c rune) bool { return c == '&' || c == ';' }) {
		b.WriteByte(separator)
		separator = '&'
		// Without an equals sign it is all value.
		name, _, valued := strings.Cut(pair, "=")
		if valued && !isPersonal(name) {
			b.WriteString(name + "=")
		}
		b.WriteString(redacted)
	}
	return b.String()
}

// redactSegment takes out of a segment of a path its parameters (RFC 3986 section
// 3.3), where sessions are, and all of it where it names somebody or is the id of a
// receipt, which the visitor alone has. A network's address is cut as elsewhere.
func redactSegment(segment string) string {
	name, _, parameters := strings.Cut(segment, ";")
	if addr, err := netip.ParseAddr(name); err == nil {
		name = redactAddr(addr.String())
	} else if _, err := ledger.ParseReceiptID(strings.ToLower(name)); err == nil || isPersonal(name) {
		name = redacted
	}
	if parameters {
		name += ";" + redacted
	}
	return name
}

// isPersonal reports whether a word in a URL names somebody, or is an id that hardly
// anybody could guess: such belong to one person or open something.
func isPersonal(word string) bool { return namesSomebody(word) || isUnguessable(unescaped(word)) }

// namesSomebody reports whether a word in a URL is an address of mail, a telephone
// number, an identifier of a device or a place.
func namesSomebody(word string) bool {
	plain := unescaped(word)
	if strings.Contains(plain, "@") || body.HoldsContact(plain) {
		return true
	}
	_, changed := logRules.Query(word, 0, nil)
	return changed
}

func unescaped(word string) string {
	if plain, err := url.PathUnescape(word); err == nil {
		return plain
	}
	return word
}

// unguessableLen is the least number of characters of an id with 128 bits in
// hexadecimal.
const unguessableLen = 32

// isUnguessable reports whether a word is a UUID, a hash, a signed token (RFC 7519) or
// a random text in base64. The words of a language are none, joined or not, nor is a
// file's name or a number.
func isUnguessable(word string) bool {
	if len(word) < unguessableLen || !strings.ContainsAny(word, "0123456789") {
		return false
	}
	if strings.Contains(word, "eyJ") && strings.Count(word, ".") >= 2 {
		return true
	}
	hexadecimal, small, capital, piece, longest := true, false, false, 0, 0
	for _, c := range []byte(word) {
		piece++
		switch {
		case c >= 'a' && c <= 'z':
			small = true
			hexadecimal = hexadecimal && c <= 'f'
		case c >= 'A' && c <= 'Z':
			capital = true
			hexadecimal = hexadecimal && c <= 'F'
		case c == '-' || c == '_':
			piece = 0
		case (c < '0' || c > '9') && c != '=':
			return false
		}
		longest = max(longest, piece)
	}
	return hexadecimal && (small || capital) || small && capital && longest >= unguessableLen/2
}

var (
	_ logging.LogFieldFilter = LogFilter{}
	_ caddyfile.Unmarshaler  = (*LogFilter)(nil)
)
