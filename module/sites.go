package module

import (
	"net/netip"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// sites knows the hosts that a server is configured for, so that a metric's
// label never is what a client made up.
type sites struct {
	server  *caddyhttp.Server
	metrics *metrics

	once  sync.Once
	hosts map[string]*siteMetrics
	other *siteMetrics
}

// of returns the metrics of the site that serves a host: the host itself, the
// pattern with an asterisk that matches it, or "other".
func (s *sites) of(host string) *siteMetrics {
	s.once.Do(s.list)
	if m, ok := s.hosts[host]; ok {
		return m
	}
	if len(s.hosts) > 0 {
		if _, parent, ok := strings.Cut(host, "."); ok {
			if m, ok := s.hosts["*."+parent]; ok {
				return m
			}
		}
	}
	return s.other
}

// each calls f with every site that the server is configured for.
func (s *sites) each(f func(*siteMetrics)) {
	s.once.Do(s.list)
	for _, m := range s.hosts {
		f(m)
	}
}

// list walks the server's routes. Matchers are there only after the whole
// server was provisioned, hence not before the app starts.
func (s *sites) list() {
	s.hosts = make(map[string]*siteMetrics)
	s.other = s.metrics.site(noSite)
	if s.server != nil {
		s.walk(s.server.Routes)
	}
}

func (s *sites) walk(routes caddyhttp.RouteList) {
	for _, route := range routes {
		for _, set := range route.MatcherSets {
			for _, matcher := range set {
				var hosts caddyhttp.MatchHost
				switch m := matcher.(type) {
				case *caddyhttp.MatchHost:
					hosts = *m
				case caddyhttp.MatchHost:
					hosts = m
				}
				for _, host := range hosts {
					host = strings.ToLower(host)
					if !strings.ContainsAny(host, "{}") {
						s.hosts[host] = s.metrics.site(host)
					}
				}
			}
		}
		for _, handler := range route.Handlers {
			if sub, ok := handler.(*caddyhttp.Subroute); ok {
				s.walk(sub.Routes)
			}
		}
	}
}

// splitHost takes the value of a Host header apart: the host in lower case
// without a trailing dot, and the port, "" when there is none.
func splitHost(value string) (host, port string) {
	host = value
	if i := strings.LastIndexByte(value, ':'); i >= 0 && !strings.HasSuffix(value, "]") {
		host, port = value[:i], value[i+1:]
	}
	return strings.ToLower(strings.TrimSuffix(host, ".")), port
}

// parseClient reads the address that Caddy found out for a client.
func parseClient(text string) netip.Addr {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Unmap().WithZone("")
	}
	if port, err := netip.ParseAddrPort(text); err == nil {
		return port.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
