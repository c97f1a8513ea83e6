package page

import "bytes"

// URL is a URL as WHATWG URL parsing sees it, as far as it tells where it leads. Scheme
// and Host are lower-case; Host is ASCII without a trailing dot (IPv4 in dotted
// decimal, IPv6 in brackets); Port is empty when it is the scheme's default.
type URL struct {
	Scheme, Host, Port []byte
}

// Kind is what a reference turned out to be.
type Kind uint8

const (
	// Relative references stay on the base's host.
	Relative Kind = iota
	// Absolute URLs name a host: http, https, ws, wss, ftp.
	Absolute
	// Opaque URLs lead to no host: data, blob, about, javascript, mailto, ...
	Opaque
	// Invalid references don't parse, or have an empty or forbidden host.
	Invalid
)

// ParseURL resolves a reference against base as a browser does (WHATWG URL,
// section 4.4). A Relative reference has the base's scheme, host and port, an Opaque
// one only a scheme.
func ParseURL(raw string, base *URL) (URL, Kind) {
	var p urlParser
	kind := p.parse([]byte(raw), base, false)
	if kind == Relative {
		p.resolve(base)
	}
	return p.u, kind
}

// SameHost reports whether both have the same host and port.
func (u *URL) SameHost(v *URL) bool {
	return bytes.Equal(u.Host, v.Host) && bytes.Equal(u.Port, v.Port)
}

var (
	schemeHTTP  = []byte("http")
	schemeHTTPS = []byte("https")
	schemeData  = []byte("data")

	specialSchemes = [...][]byte{schemeHTTPS, schemeHTTP, []byte("ws"), []byte("wss"), []byte("ftp"), []byte("file")}
)

// urlParser parses references without allocating once its buffers have grown.
type urlParser struct {
	u       URL
	decoded []byte // the reference with character references resolved
	clean   []byte // and without tabs and newlines
	host    []byte
	opaque  []byte // what follows the scheme of an opaque URL
}

// parse puts the reference raw into p.u, but for a relative one: see resolve. With
// entities, raw is the raw value of an HTML attribute, in which character
// references are read first.
func (p *urlParser) parse(raw []byte, base *URL, entities bool) Kind {
	kind, ok := p.fast(raw, base)
	if !ok {
		kind = p.slow(raw, base, entities)
	}
	return kind
}

// decode returns raw with its character references resolved.
func (p *urlParser) decode(raw []byte) []byte {
	p.decoded = appendDecoded(p.decoded[:0], raw, true)
	return p.decoded
}

// fast handles what nearly all pages hold: plain relative references, and
// absolute ones with a plain lower-case host. It reports false for the rest.
func (p *urlParser) fast(raw []byte, base *URL) (Kind, bool) {
	if len(raw) == 0 {
		return Relative, true
	}
	scheme := base.Scheme
	var rest []byte // after the scheme and the slashes
	switch c := raw[0]; {
	case c == '#' || c == '?':
		return Relative, true
	case c == '/':
		if len(raw) == 1 {
			return Relative, true
		}
		if raw[1] != '/' {
			if !urlPlain[raw[1]] {
				return 0, false
			}
			return Relative, true
		}
		rest = raw[2:]
	case bytes.HasPrefix(raw, []byte("https://")):
		scheme, rest = schemeHTTPS, raw[len("https://"):]
	case bytes.HasPrefix(raw, []byte("http://")):
		scheme, rest = schemeHTTP, raw[len("http://"):]
	case bytes.HasPrefix(raw, []byte("data:image/")) && !bytes.HasPrefix(raw, []byte("data:image/s")): // long, and often there
		p.u, p.opaque = URL{Scheme: schemeData}, nil
		return Opaque, true
	default:
		for _, c := range raw {
			if !urlPlain[c] {
				if c == '/' || c == '?' || c == '#' {
					break
				}
				return 0, false
			}
		}
		return Relative, true
	}

	i := hostChars.span(rest)
	label := bytes.LastIndexByte(rest[:i], '.') + 1
	if i == 0 || label == i || rest[label] >= '0' && rest[label] <= '9' {
		return 0, false // empty, a trailing dot, or perhaps an IPv4 address
	}
	if i < len(rest) && rest[i] != '/' && rest[i] != '?' && rest[i] != '#' {
		return 0, false
	}
	if bytes.Contains(rest[:i], []byte("xn--")) {
		return 0, false // to be validated
	}
	p.u = URL{Scheme: scheme, Host: rest[:i]}
	return Absolute, true
}

// resolve puts where a relative reference leads into p.u. Mostly nobody asks.
func (p *urlParser) resolve(base *URL) { p.u = *base }

// slow is the whole algorithm.
func (p *urlParser) slow(raw []byte, base *URL, entities bool) Kind {
	if entities {
		raw = p.decode(raw)
	}
	for len(raw) > 0 && raw[0] <= ' ' {
		raw = raw[1:]
	}
	for len(raw) > 0 && raw[len(raw)-1] <= ' ' {
		raw = raw[:len(raw)-1]
	}
	s := raw
	if bytes.ContainsAny(raw, "\t\n\r") {
		p.clean = p.clean[:0]
		for _, c := range raw {
			if c != '\t' && c != '\n' && c != '\r' {
				p.clean = append(p.clean, c)
			}
		}
		s = p.clean
	}

	scheme, rest, ok := cutScheme(s)
	if !ok {
		if len(s) < 2 || !isSlash(s[0]) || !isSlash(s[1]) {
			return Relative
		}
		return p.authority(base.Scheme, s)
	}
	name := canonicalScheme(scheme)
	if name == nil || string(name) == "file" { // a page from the network can't fetch file:
		p.host = appendLower(p.host[:0], scheme)
		p.u, p.opaque = URL{Scheme: p.host}, rest
		return Opaque
	}
	// "https:x" on an https page is a relative reference.
	if bytes.Equal(name, base.Scheme) && !(len(rest) >= 2 && isSlash(rest[0]) && isSlash(rest[1])) {
		return Relative
	}
	return p.authority(name, rest)
}

// authority parses what stands after a scheme: any slashes, then the host.
func (p *urlParser) authority(scheme, s []byte) Kind {
	for len(s) > 0 && isSlash(s[0]) {
		s = s[1:]
	}
	end := 0
	for end < len(s) && s[end] != '/' && s[end] != '\\' && s[end] != '?' && s[end] != '#' {
		end++
	}
	auth := s[:end]
	if i := bytes.LastIndexByte(auth, '@'); i >= 0 {
		auth = auth[i+1:]
	}
	host, port, ok := cutPort(auth)
	if !ok {
		return Invalid
	}
	p.host, ok = appendHost(p.host[:0], host)
	if !ok || len(p.host) == 0 {
		return Invalid
	}
	if port, ok = canonicalPort(port, string(scheme)); !ok {
		return Invalid
	}
	p.u = URL{Scheme: scheme, Host: p.host, Port: port}
	return Absolute
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }

// cutScheme divides "scheme:rest".
func cutScheme(s []byte) (scheme, rest []byte, ok bool) {
	for i, c := range s {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return s[:i], s[i+1:], true
		default:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// canonicalScheme returns the special scheme's name (WHATWG URL, section 3.1),
// or nil for all others.
func canonicalScheme(s []byte) []byte {
	for _, name := range specialSchemes {
		if bytes.EqualFold(s, name) {
			return name
		}
	}
	return nil
}

func cutPort(auth []byte) (host, port []byte, ok bool) {
	colon := bytes.LastIndexByte(auth, ':')
	if colon < 0 || bytes.IndexByte(auth[colon:], ']') >= 0 {
		return auth, nil, true
	}
	host, port = auth[:colon], auth[colon+1:]
	if len(host) > 0 && host[0] != '[' && bytes.IndexByte(host, ':') >= 0 {
		return nil, nil, false
	}
	return host, port, true
}

func canonicalPort(port []byte, scheme string) ([]byte, bool) {
	if len(port) == 0 {
		return nil, true
	}
	n := 0
	for _, c := range port {
		if c < '0' || c > '9' {
			return nil, false
		}
		if n = n*10 + int(c-'0'); n > 65535 {
			return nil, false
		}
	}
	switch {
	case n == 443 && (scheme == "https" || scheme == "wss"), n == 80 && (scheme == "http" || scheme == "ws"), n == 21 && scheme == "ftp":
		return nil, true
	}
	for len(port) > 1 && port[0] == '0' {
		port = port[1:]
	}
	return port, true
}

// urlPlain holds what says nothing about scheme or host, and hides nothing.
var urlPlain = func() (set [256]bool) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.',
			c >= 'A' && c <= 'Z', c == '_', c == '~', c == '%', c == '+', c == ',', c == '!', c == '(', c == ')', c == '=', c == '*', c == '$', c == '@', c == ';', c >= 0x80:
			set[c] = true
		}
	}
	return set
}()

// NewBase returns the URL of a page for [Options]: host may carry a port.
func NewBase(scheme, host string) (URL, bool) {
	u, kind := ParseURL(scheme+"://"+host, &URL{})
	return u, kind == Absolute
}

// hostChars are those of a plain host in lower case.
var hostChars = newByteSet("abcdefghijklmnopqrstuvwxyz0123456789-.")
