package cookie

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Origin is where a browser believes a response comes from.
type Origin struct {
	// Host is lower-case and without a port.
	Host string

	// Path is the request's path as the browser sent it: escaped, without the
	// query, not yet rewritten.
	Path string

	// Secure is whether the browser spoke HTTPS. No cookie is refused for want of
	// it: behind a load balancer it is often not known, and browsers trust plain
	// HTTP to the same machine.
	Secure bool

	// Registrable is the registrable domain of Host (eTLD+1); "" when there is
	// none: an IP address, a single label, a public suffix.
	Registrable string
}

// NewOrigin returns the origin of a host, given in any case and without a port,
// and finds its registrable domain in the Public Suffix List.
func NewOrigin(host, path string, secure bool) Origin {
	o := Origin{Host: strings.ToLower(host), Path: path, Secure: secure}
	if !isAddress(o.Host) {
		// The error says that Host is a suffix itself: no registrable domain.
		o.Registrable, _ = publicsuffix.EffectiveTLDPlusOne(o.Host)
	}
	return o
}

// admits reports whether a browser takes a cookie with this Domain attribute
// ("" when it has none) from the origin, and whether the cookie is then for the
// host alone (RFC 6265bis section 5.7).
func (o *Origin) admits(domain string) (hostOnly, ok bool) {
	domain = strings.TrimPrefix(domain, ".")
	switch {
	case domain == "":
		return true, true
	case !isASCII(domain):
		return false, false
	case strings.EqualFold(domain, o.Host):
		return o.Registrable == "" && isPublicSuffix(o.Host), true
	case !isBelow(o.Host, domain):
		return false, false
	case strings.EqualFold(domain, o.Registrable), isBelow(domain, o.Registrable):
		return false, true
	}
	return false, !isAddress(o.Host) && !isPublicSuffix(strings.ToLower(domain))
}

// isBelow reports whether host is a subdomain of domain.
func isBelow(host, domain string) bool {
	i := len(host) - len(domain)
	return domain != "" && i > 0 && host[i-1] == '.' && strings.EqualFold(host[i:], domain)
}

// isPublicSuffix is slow beside the rest; an address is one, too.
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}
