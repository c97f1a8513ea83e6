package page

import (
	"bytes"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// domainToASCII is UTS #46 processing as WHATWG URL section 3.3 asks for it
// (beStrict false).
var domainToASCII = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.CheckHyphens(false),
	idna.StrictDomainName(false),
	idna.VerifyDNSLength(false),
)

// appendHost writes the canonical form of a special URL's host (WHATWG URL,
// section 3.5), without a trailing dot.
func appendHost(dst, host []byte) ([]byte, bool) {
	if len(host) > 0 && host[0] == '[' {
		return appendIPv6(dst, host)
	}
	if bytes.IndexByte(host, '%') >= 0 {
		host = percentDecode(host)
	}
	start := len(dst)
	dst, ok := appendDomain(dst, host)
	if !ok {
		return dst, false
	}
	domain := dst[start:]
	if number, v4, ok := parseIPv4(domain); number {
		if !ok {
			return dst, false
		}
		return netip.AddrFrom4(v4).AppendTo(dst[:start]), true
	}
	for _, c := range domain {
		if c <= ' ' || c >= 0x7F || strings.IndexByte("#/:<>?@[\\]^|%", c) >= 0 {
			return dst, false
		}
	}
	return bytes.TrimSuffix(dst, []byte(".")), true
}

// appendDomain writes the domain in lower-case ASCII.
func appendDomain(dst, host []byte) ([]byte, bool) {
	start := len(dst)
	dst = appendLower(dst, host)
	plain := !bytes.Contains(dst[start:], []byte("xn--"))
	for _, c := range host {
		plain = plain && c < 0x80
	}
	if plain {
		return dst, true
	}
	if !utf8.Valid(host) { // a page in another encoding: its host can't be known
		return dst, false
	}
	domain, err := domainToASCII.ToASCII(string(host))
	return appendLower(dst[:start], []byte(domain)), err == nil
}

func percentDecode(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func appendIPv6(dst, host []byte) ([]byte, bool) {
	if host[len(host)-1] != ']' || bytes.IndexByte(host, '%') >= 0 {
		return dst, false
	}
	addr, err := netip.ParseAddr(string(host[1 : len(host)-1]))
	if err != nil || !addr.Is6() {
		return dst, false
	}
	dst = append(dst, '[')
	if addr.Is4In6() { // written without dots
		b := addr.As16()
		dst = append(dst, "::ffff:"...)
		dst = appendHex(dst, b[12], b[13])
		dst = append(dst, ':')
		dst = appendHex(dst, b[14], b[15])
	} else {
		dst = addr.AppendTo(dst)
	}
	return append(dst, ']'), true
}

func appendHex(dst []byte, hi, lo byte) []byte {
	const digits = "0123456789abcdef"
	n, started := uint16(hi)<<8|uint16(lo), false
	for shift := 12; shift >= 0; shift -= 4 {
		d := n >> shift & 15
		if d != 0 || started || shift == 0 {
			dst, started = append(dst, digits[d]), true
		}
	}
	return dst
}

// parseIPv4 reads the forms of WHATWG URL section 3.5: one to four numbers,
// each decimal, octal (0...) or hexadecimal (0x...). Number reports whether the
// last label makes the host an IPv4 address, and ok whether it is a valid one.
func parseIPv4(domain []byte) (number bool, v4 [4]byte, ok bool) {
	rest := bytes.TrimSuffix(domain, []byte("."))
	if !endsInNumber(rest[bytes.LastIndexByte(rest, '.')+1:]) {
		return false, v4, false
	}
	var addr uint64
	for n := 0; ; n++ {
		part, after, more := bytes.Cut(rest, []byte("."))
		value, ok := parseIPv4Number(part)
		switch {
		case !ok || n > 3:
			return true, v4, false
		case more && value > 255:
			return true, v4, false
		case !more && value >= 1<<(8*(4-n)):
			return true, v4, false
		case !more:
			addr |= value
			return true, [4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}, true
		}
		addr |= value << (8 * (3 - n) & 31)
		rest = after
	}
}

func endsInNumber(label []byte) bool {
	if len(label) == 0 {
		return false
	}
	digits, hex := true, len(label) >= 2 && label[0] == '0' && label[1] == 'x'
	for i, c := range label {
		digits = digits && c >= '0' && c <= '9'
		hex = hex && (i == 1 || unhex(c) >= 0)
	}
	return digits || hex
}

func parseIPv4Number(s []byte) (uint64, bool) {
	if len(s) == 0 {
		return 0, false
	}
	base := uint64(10)
	switch {
	case len(s) > 1 && s[0] == '0' && s[1] == 'x':
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	var n uint64
	for _, c := range s {
		d := unhex(c)
		if d < 0 || uint64(d) >= base {
			return 0, false
		}
		if n = n*base + uint64(d); n > 1<<32 {
			n = 1 << 33 // too large, and stays so
		}
	}
	return n, true
}
