package scan

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"
)

// requestTime bounds one request.
const requestTime = 10 * time.Second

// Client returns an HTTP client that follows no redirect, keeps no cookie, and finds
// hosts below localhost on loopback, as browsers do (RFC 6761 section 6.3). A request
// takes at most ten seconds.
func Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	dialer := &net.Dialer{Timeout: requestTime}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err == nil && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".localhost") {
			address = net.JoinHostPort("localhost", port)
		}
		return dialer.DialContext(ctx, network, address)
	}
	return &http.Client{
		Timeout: requestTime, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
