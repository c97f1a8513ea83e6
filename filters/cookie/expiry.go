package cookie

import (
	"slices"
	"strings"
)

const (
	maxExpiryDomains = 8  // Domain attributes for one cookie
	maxExpiryPaths   = 16 // Path attributes for one cookie
	maxExpiryName    = 4096
)

// AppendExpiry appends the Set-Cookie fields that make a browser forget every
// cookie of that name which it could have sent to o: one for the host alone and
// one for each domain from the host up to the registrable one, each for "/" and
// for every path that covers the request's (RFC 6265bis section 5.1.4). For very
// deep hosts and paths some in the middle are left out: at most 9 times 16
// fields are appended. The caller bounds how many names it expires at once.
//
// The promises of a name's prefix are kept, as a browser would refuse the field
// else. A name that no browser stores (with a control, ";" or "=", or longer
// than 4,096 bytes) appends nothing; "" expires the cookie without a name.
// Partitioned cookies are kept apart by browsers and not reached.
func AppendExpiry(fields []string, name string, o Origin) []string {
	if len(name) > maxExpiryName || strings.ContainsAny(name, ";=") || trim(name) != name || hasControl(name) {
		return fields
	}
	p, prefixed := prefixOf(name)
	pair := name + "="
	if name == "" {
		pair = "=expired" // a browser ignores a field with neither name nor value
	}
	begin := pair + "; Max-Age=0; Path="
	end := ""
	if prefixed {
		end = "; Secure"
	}
	if p.httpOnly {
		end += "; HttpOnly"
	}
	if p.host {
		return append(fields, begin+"/"+end)
	}
	var pathSpace [maxExpiryPaths]string
	var domainSpace [maxExpiryDomains]string
	paths := appendPaths(pathSpace[:0], o.Path)
	domains := appendDomains(domainSpace[:0], &o)
	for _, path := range paths {
		fields = append(fields, begin+path+end)
		for _, domain := range domains {
			fields = append(fields, begin+path+"; Domain="+domain+end)
		}
	}
	return fields
}

// appendDomains lists the Domain attributes that a cookie sent to o can bear: the
// host and its parents up to the registrable domain.
func appendDomains(domains []string, o *Origin) []string {
	if o.Registrable == "" || (o.Host != o.Registrable && !isBelow(o.Host, o.Registrable)) {
		return domains
	}
	for domain := o.Host; len(domain) > len(o.Registrable) && len(domains) < maxExpiryDomains-1; {
		domains = append(domains, domain)
		domain = domain[strings.IndexByte(domain, '.')+1:]
	}
	return append(domains, o.Registrable)
}

// appendPaths lists the paths that cover a request's path: "/", the path itself,
// its default-path (RFC 6265bis section 5.1.4), and each beginning of it that
// ends before or after a "/". Those that scripts and frameworks set most come
// first, and those that no Path attribute can hold are left out.
func appendPaths(paths []string, path string) []string {
	paths = append(paths, "/")
	if !strings.HasPrefix(path, "/") {
		return paths
	}
	add := func(p string) {
		holdable := len(p) <= maxAttribute && strings.IndexByte(p, ';') < 0 && !hasControl(p)
		if holdable && len(paths) < maxExpiryPaths && !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	add(path)
	last := strings.LastIndexByte(path, '/')
	if last > 0 {
		add(path[:last])
		add(path[:last+1])
	}
	for i := 1; i < min(last, maxAttribute) && len(paths) < maxExpiryPaths; i++ {
		if path[i] == '/' {
			add(path[:i])
			add(path[:i+1])
		}
	}
	return paths
}
