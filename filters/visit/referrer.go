package visit

import (
	"net/netip"
	"strings"
)

// Referrer classes, as indices into the values of the referrer dimension. Declared
// sites follow.
const (
	direct = iota
	internal
	search
	social
	elsewhere
	declaredSite
)

var referrerClasses = []string{"direct", "internal", "search", "social", Other}

// hostTable maps hosts, and domains with all below them, to values.
type hostTable[V any] struct {
	exact, below map[string]V
}

// add declares a host, or with "*." before it a domain and all below it. Of a host
// that is declared twice the first stands.
func (t *hostTable[V]) add(pattern string, v V) {
	pattern = strings.TrimSuffix(strings.ToLower(pattern), ".")
	to := &t.exact
	if domain, ok := strings.CutPrefix(pattern, "*."); ok {
		pattern, to = domain, &t.below
	}
	if *to == nil {
		*to = make(map[string]V)
	}
	if _, ok := (*to)[pattern]; !ok {
		(*to)[pattern] = v
	}
}

// find returns the value of a host: its own, else that of the nearest domain above.
func (t *hostTable[V]) find(host string) (v V, ok bool) {
	if v, ok = t.exact[host]; ok || len(t.below) == 0 {
		return v, ok
	}
	for more := true; more; {
		if v, ok = t.below[host]; ok {
			return v, true
		}
		_, host, more = strings.Cut(host, ".")
	}
	return v, false
}

// below reports whether host or a domain above it is in the set.
func below(set map[string]bool, host string) bool {
	for {
		if set[host] {
			return true
		}
		_, parent, ok := strings.Cut(host, ".")
		if !ok {
			return false
		}
		host = parent
	}
}

// referrerClass returns the class of a Referer header's value (RFC 9110 section
// 10.1.3) for a request to the host self: the site itself, a declared site (the
// nearest, where one is within another), a search engine, a social network, or
// other. No value is "direct".
func (p *Plan) referrerClass(referrer, self string) int {
	if referrer == "" {
		return direct
	}
	scheme, rest, ok := strings.Cut(referrer, "://")
	if !ok {
		return elsewhere
	}
	host := hostOf(rest)
	if host == "" {
		return elsewhere
	}
	if strings.EqualFold(scheme, "android-app") {
		if host == "com.google.android.googlequicksearchbox" {
			return search
		}
		return elsewhere
	}
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return elsewhere
	}
	if _, own := p.hosts.find(host); own || host == hostOf(self) {
		return internal
	}
	if site, ok := p.sites.find(host); ok {
		return declaredSite + site
	}
	switch {
	case isSearch(host):
		return search
	case below(socialHosts, host):
		return social
	}
	return elsewhere
}

// hostOf returns the host of a URL's authority and all after it, in lower case,
// without user information, port and closing dot.
func hostOf(s string) string {
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && strings.IndexByte(s[i:], ']') < 0 {
		s = s[:i]
	}
	if len(s) > 253 {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(s), ".")
}

// isSearch reports whether host is a search engine. Engines with a host for each
// country are known by their first label; their mail, maps and the like are not
// search.
func isSearch(host string) bool {
	host = strings.TrimPrefix(strings.TrimPrefix(host, "www."), "m.")
	if searchHosts[host] {
		return true
	}
	label, rest, _ := strings.Cut(host, ".")
	if label == "search" || label == "images" || label == "news" {
		label, rest, _ = strings.Cut(rest, ".")
	}
	switch label {
	case "google", "yandex", "yahoo", "bing":
		return isCountrySuffix(rest)
	}
	if country, rest, _ := strings.Cut(rest, "."); len(label) == 2 && country == "search" {
		name, _, _ := strings.Cut(rest, ".")
		return name == "yahoo" // de.search.yahoo.com
	}
	return false
}

// isCountrySuffix reports whether s is com, a country, or a country's com or co.
func isCountrySuffix(s string) bool {
	if first, rest, two := strings.Cut(s, "."); two {
		return (first == "com" || first == "co") && len(rest) == 2
	}
	return s == "com" || len(s) == 2
}

// network returns the /24 of an IPv4 and the /48 of an IPv6 address: the place
// that a beacon's rate is measured for.
func network(a netip.Addr) (prefix [7]byte) {
	a = a.Unmap()
	switch {
	case a.Is4():
		b := a.As4()
		prefix[0] = 4
		copy(prefix[1:], b[:3])
	case a.Is6():
		b := a.As16()
		prefix[0] = 6
		copy(prefix[1:], b[:6])
	}
	return prefix
}
