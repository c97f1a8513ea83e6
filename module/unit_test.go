package module

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"13mo": 390 * day, "1y": 365 * day, "30d": 30 * day, "2w": 14 * day, "12h": 12 * time.Hour, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute,
	} {
		span, err := ParseSpan(text)
		if err != nil || time.Duration(span) != want {
			t.Errorf("%s is %s, %v", text, time.Duration(span), err)
		}
		data, err := json.Marshal(span)
		if err != nil {
			t.Fatal(err)
		}
		var back Span
		if err := json.Unmarshal(data, &back); err != nil || back != span {
			t.Errorf("%s went through JSON as %s to %s, %v", text, data, back, err)
		}
	}
	for _, bad := range []string{"", "mo", "-1d", "1.5mo", "1e3y", "999999y", "forever"} {
		if span, err := ParseSpan(bad); err == nil {
			t.Errorf("%q was read as %s", bad, span)
		}
	}
}

func TestCanonicalPath(t *testing.T) {
	tests := map[string]struct {
		want  string
		plain bool
	}{
		"/risk/check":            {"/risk/check", true},
		"/":                      {"/", true},
		"/a/":                    {"/a/", true},
		"//risk/check":           {"/risk/check", false},
		"/x/../risk/check":       {"/risk/check", false},
		"/x/%2e%2e/risk/check":   {"/risk/check", false},
		"/risk/./check":          {"/risk/check", false},
		"/risk;a=b/check":        {"/risk/check", false},
		`/risk\check`:            {"/risk/check", false},
		"/risk%2Fcheck":          {"/risk/check", false},
		"/risk/check/..":         {"/risk", false},
		"/.well-known/gpc.json":  {"/.well-known/gpc.json", true},
		"/%2e%2e/%2e%2e/etc":     {"/etc", false},
		"/.consent//state":       {"/.consent/state", false},
		"/caf%C3%A9":             {"/café", true},
		"/100%25":                {"/100%", false},
		"/%252e%252e/risk/check": {"/%2e%2e/risk/check", false},
	}
	for text, test := range tests {
		u, err := url.Parse("http://shop.example" + text)
		if err != nil {
			t.Fatal(err)
		}
		if got := canonicalPath(u); got != test.want {
			t.Errorf("%s is %s, want %s", text, got, test.want)
		}
		if got := isCanonical(u); got != test.plain {
			t.Errorf("%s: plain %v, want %v", text, got, test.plain)
		}
	}
}

func TestPathPattern(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/collect/*", "/collect/a", true}, {"/collect/*", "/collect", true}, {"/collect/*", "/collector", false},
		{"/collect*", "/collector", true}, {"/pixel.gif", "/pixel.gif", true}, {"/pixel.gif", "/pixel.gif/x", false},
	} {
		if got := newPathPattern(test.pattern).match(test.path); got != test.want {
			t.Errorf("%s matches %s: %v", test.pattern, test.path, got)
		}
	}
}

func TestOwnHeaders(t *testing.T) {
	for name, want := range map[string]bool{
		"Consent": true, "CONSENT-REGIME": true, "Consent_Country": true, "consent.minor": true, "Consent~Goal": true, "Consent-Goal": true, "Consent-Erase": true,
		"Consent-Management": false, "X-Consent": false, "Content-Type": false, "Consents": false,
	} {
		if isOwnHeader(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if got, changed := withoutOwnTokens("close, Consent, consent_regime , X-Hop, Sec-GPC"); !changed || got != "close, X-Hop" {
		t.Errorf("Connection is %q", got)
	}
}

func TestEntityTags(t *testing.T) {
	for _, tag := range []string{`"abc"`, `W/"abc"`, `""`, `"a-fs12345678"`} {
		x := &exchange{etags: etags{class: "0123abcd"}}
		h := http.Header{"Etag": {tag}, "Last-Modified": {"x"}}
		x.markTag(h)
		marked := h.Get("Etag")
		if !strings.HasPrefix(marked, `W/"`) || !strings.Contains(marked, "0123abcd") {
			t.Errorf("%s was marked as %s", tag, marked)
		}
		original, class, ours := splitTag(marked)
		if !ours || class != "0123abcd" || original != tag {
			t.Errorf("%s came back as %s of class %s", tag, original, class)
		}
		if h["Last-Modified"] != nil {
			t.Errorf("beside %s stands a date, which any class would be confirmed by", tag)
		}
	}
	x := &exchange{etags: etags{class: "0123abcd"}}
	h := http.Header{"Last-Modified": {"x"}}
	if x.markTag(h); len(h) != 0 {
		t.Errorf("without a tag the header is %v", h)
	}
}

func TestMakePrivate(t *testing.T) {
	for before, want := range map[string]string{
		"":                                     "private",
		"public, max-age=60":                   "private, max-age=60",
		"max-age=60, s-maxage=600, no-cache":   "private, max-age=60, no-cache",
		"no-store":                             "no-store",
		"Public, MUST-REVALIDATE, immutable":   "private, MUST-REVALIDATE, immutable",
		`private="set-cookie", max-age=1`:      "private, max-age=1",
		"no-store, max-age=5":                  "no-store, max-age=5",
		"proxy-revalidate,   stale-if-error=5": "private, stale-if-error=5",
		"must-understand, no-store, max-age=5": "no-store, max-age=5",
		`private="X-A, X-B", no-cache="X, Y"`:  `private, no-cache="X, Y"`,
		`max-age=1, x="a, no-store, b"`:        `private, max-age=1, x="a, no-store, b"`,
		`public, x="`:                          `private, x="`,
	} {
		h := http.Header{"Cdn-Cache-Control": {"max-age=60"}}
		if before != "" {
			h.Set("Cache-Control", before)
		}
		if makePrivate(h); h.Get("Cache-Control") != want {
			t.Errorf("%q became %q, want %q", before, h.Get("Cache-Control"), want)
		}
		if len(h) != 1 {
			t.Errorf("%q: content networks are told %v", before, h)
		}
	}
}

func TestNarrowEncodings(t *testing.T) {
	for before, want := range map[string]string{
		"gzip, deflate, br, zstd": "gzip, br, zstd",
		"gzip;q=0.5, *;q=0":       "gzip;q=0.5",
		"deflate":                 "identity",
		"br, gzip":                "br, gzip",
		"dcb, dcz, GZIP":          "GZIP",
	} {
		h := http.Header{"Accept-Encoding": {before}}
		if new(rules).narrowEncodings(h); h.Get("Accept-Encoding") != want {
			t.Errorf("%q became %q, want %q", before, h.Get("Accept-Encoding"), want)
		}
	}
}

func TestPrefersJSON(t *testing.T) {
	for accept, want := range map[string]bool{
		"application/json": true, "text/html,application/xhtml+xml,*/*;q=0.8": false, "*/*": false, "": false,
		"text/html;q=0.5, application/json": true, "application/json;q=0.5, text/html": false,
	} {
		if prefersJSON(accept) != want {
			t.Errorf("%q: %v", accept, !want)
		}
	}
}

func TestLocalPath(t *testing.T) {
	for text, want := range map[string]string{
		"/": "/", "/a?b=c#d": "/a?b=c#d", "": "", "a": "", "//evil.example": "", `/\evil.example`: "", "https://evil.example/": "",
		"/\tevil": "", "/a//b": "/a//b", "/%2f/evil.example": "/%2f/evil.example",
	} {
		if got := localPath(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestSplitHost(t *testing.T) {
	for text, want := range map[string][2]string{
		"Shop.Example:8080": {"shop.example", "8080"}, "shop.example.": {"shop.example", ""}, "[::1]:80": {"[::1]", "80"}, "[::1]": {"[::1]", ""}, "a": {"a", ""},
	} {
		if host, port := splitHost(text); host != want[0] || port != want[1] {
			t.Errorf("%s is %s and %s", text, host, port)
		}
	}
	if got := parseClient("::ffff:192.0.2.7"); got != netip.MustParseAddr("192.0.2.7") {
		t.Errorf("a mapped address is %s", got)
	}
}

func TestLogFilter(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "http://shop.example/p?email=a@b.example&idfa=1&flag", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.RequestURI = "/p?email=a@b.example&idfa=1&flag"
	r.RemoteAddr = "192.0.2.77:5555"
	for name, value := range map[string]string{
		"Cookie": "sid=canary", "Authorization": "Bearer canary", "Referer": "https://x.example/s?q=canary", "X-Device-Id": "canary",
		"X-Forwarded-For": "198.51.100.77", "User-Agent": "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.82 Mobile Safari/537.36",
		"Accept": "text/html", "X-User-Email": "canary", "Api-Key": "canary", "From": "canary", "If-None-Match": "canary", "True-Client-IP": "198.51.100.77",
	} {
		r.Header.Set(name, value)
	}
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{})
	fields := []zapcore.Field{
		LogFilter{}.Filter(zap.Object("request", caddyhttp.LoggableHTTPRequest{Request: r})),
		LogFilter{}.Filter(zap.Object("resp_headers", caddyhttp.LoggableHTTPHeader{Header: http.Header{"Set-Cookie": {"sid=canary"}, "Content-Type": {"text/plain"}}})),
		LogFilter{}.Filter(zap.String("user_id", "canary")),
		LogFilter{}.Filter(zap.String("client_ip", "2001:db8:1:2::77")),
	}
	line, err := encoder.EncodeEntry(zapcore.Entry{}, fields)
	if err != nil {
		t.Fatal(err)
	}
	log := line.String()
	for _, leak := range []string{"canary", "192.0.2.77", "198.51.100.77", "5555", "a@b.example", "SM-S918B", "6367", "2001:db8:1:2"} {
		if strings.Contains(log, leak) {
			t.Errorf("the log holds %q: %s", leak, log)
		}
	}
	for _, want := range []string{"192.0.2.0", "/p?email=REDACTED", "text/html", `"Api-Key":["REDACTED"]`, `"True-Client-Ip":["198.51.100.0"]`, "https://x.example/s?q=REDACTED", "text/plain", "2001:db8:1::"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q: %s", want, log)
		}
	}
	if r.Header.Get("Cookie") != "sid=canary" {
		t.Error("the request itself was changed")
	}
}

// TestErrorsOfNetworksTellNoAddress, of a body that is read above all.
func TestErrorsOfNetworksTellNoAddress(t *testing.T) {
	visitor := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 77), Port: 5555}
	broken := &net.OpError{Op: "read", Net: "tcp", Source: visitor, Addr: visitor, Err: syscall.ECONNRESET}
	r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(iotest.ErrReader(broken)))
	quieten(r)
	_, read := r.Body.Read(make([]byte, 1))
	for _, err := range []error{read, withoutPeer(broken), withoutPeer(fmt.Errorf("writing: %w", broken))} {
		if !errors.Is(err, syscall.ECONNRESET) || strings.Contains(err.Error(), "203.0.113") || !strings.Contains(err.Error(), "read tcp") {
			t.Errorf("the error is %v", err)
		}
	}
	if withoutPeer(nil) != nil || withoutPeer(io.EOF) != io.EOF {
		t.Error("other errors are changed")
	}
	if r := httptest.NewRequest(http.MethodGet, "/", nil); r.Body != http.NoBody {
		t.Fatal("a body")
	} else if quieten(r); r.Body != http.NoBody {
		t.Error("no body becomes one")
	}
}

// TestLoggedURLs: of an address a log tells where it leads, and nothing of who asked.
func TestLoggedURLs(t *testing.T) {
	for url, want := range map[string]string{
		"/":                               "/",
		"/a/b.html":                       "/a/b.html",
		"*":                               "*",
		"//a//b/":                         "//a//b/",
		"/a%2Fb?x=1&y=2;z=3":              "/a%2Fb?x=REDACTED&y=REDACTED&z=REDACTED",
		"/?canary@shop.example":           "/?REDACTED",
		"/?canary%40shop.example=1&page=": "/?REDACTED&page=REDACTED",
		"/?490154203237518=":              "/?REDACTED",
		"/cart;jsessionid=canary/pay":     "/cart;REDACTED/pay",
		"/unsubscribe/canary@x.example":   "/unsubscribe/REDACTED",
		"/unsubscribe/canary%40x.example": "/unsubscribe/REDACTED",
		"/devices/490154203237518/ping":   "/devices/REDACTED/ping",
		"/at/39.904211,116.407395":        "/at/REDACTED",
		"/tel/+8613812345678":             "/tel/REDACTED",
		"/tel/%2B44%2020%207946%200958":   "/tel/REDACTED",
		"/tel/13812345678":                "/tel/REDACTED",
		"/from/203.0.113.99/":             "/from/203.0.113.0/",
		"/from/2001:db8:cafe:1::17":       "/from/2001:db8:cafe::",
		"/users/8e03978e-40d5-43dd-bc93-6894a57f9324/edit":               "/users/REDACTED/edit",
		"/reset/5f4dcc3b5aa765d61d8327deb882cf99":                        "/reset/REDACTED",
		"/receipt/49015420323751849015420323751812":                      "/receipt/REDACTED",
		"/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJKYW5lIn0.c2lnbmF0dXJl":   "/reset/REDACTED",
		"/confirm/q8Zr3vKxT1mWnB5LhYcD2fGjS7pA9eUo":                      "/confirm/REDACTED",
		"/?8e03978e-40d5-43dd-bc93-6894a57f9324=1":                       "/?REDACTED",
		"/product/long-sleeved-shirt-of-organic-cotton-2026-men":         "/product/long-sleeved-shirt-of-organic-cotton-2026-men",
		"/product/4006381333931":                                         "/product/4006381333931",
		"/product/Apple-iPhone-15-Pro-Max-256GB-Natural-Titanium":        "/product/Apple-iPhone-15-Pro-Max-256GB-Natural-Titanium",
		"/2026-11-28/10-05":                                              "/2026-11-28/10-05",
		"/_next/static/chunks/pages/index-5f4dcc3b5aa765d61d8327deb8.js": "/_next/static/chunks/pages/index-5f4dcc3b5aa765d61d8327deb8.js",
		"/orders/20231124000123":                                         "/orders/20231124000123",
		"/assets/main.4f3e2a1b9c.js":                                     "/assets/main.4f3e2a1b9c.js",
		"https://user:canary@shop.example:8443/p?q=canary#canary":        "https://shop.example:8443/p?q=REDACTED",
		"mailto:canary@shop.example":                                     "REDACTED",
		"/%zz":                                                           "REDACTED",
	} {
		if got := redactURL(url); got != want {
			t.Errorf("%s is logged as %s, want %s", url, got, want)
		}
	}
}

// Values are found as by cutting the fields at every semicolon.
func TestCookieValuesAreThoseOfTheirName(t *testing.T) {
	parts := []string{"visit", "visit", "=", "=", ";", ";", " ", "\t", "1", "x", "sit", `"`}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	found := 0
	for range 20000 {
		var text strings.Builder
		for range random.IntN(14) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		fields := []string{text.String(), "visit=last"}
		var want []string
		for _, field := range fields {
			for _, pair := range strings.Split(field, ";") {
				if name, value, ok := strings.Cut(pair, "="); ok && strings.Trim(name, " \t") == "visit" {
					want = append(want, strings.Trim(value, " \t"))
				}
			}
		}
		if got := slices.Collect(cookieValues(fields, "visit")); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", fields, got, want)
		}
		found += len(want) - 1
	}
	if found < 1000 {
		t.Errorf("only %d of the cookies that were made have the name", found)
	}
}
