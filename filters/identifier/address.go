package identifier

import (
	"net/netip"
	"strings"
)

// TruncateAddr clears the host part of an address: what is left of an IPv4
// address is its /24, of an IPv6 address its /48. Where an IPv6 address holds an
// IPv4 address, that is cut to its /24 too: mapped (RFC 4291 section 2.5.5.2) and
// 6to4 (RFC 3056). A zone goes. The zero Addr stays.
func TruncateAddr(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("")
	bits := 48
	switch {
	case !addr.IsValid():
		return addr
	case addr.Is4():
		bits = 24
	case addr.Is4In6():
		bits = 96 + 24
	case sixToFour.Contains(addr):
		bits = 16 + 24
	}
	b := addr.AsSlice()
	for i := range b {
		b[i] &= ^byte(0xFF >> max(0, min(8, bits-8*i)))
	}
	out, _ := netip.AddrFromSlice(b)
	return out
}

var sixToFour = netip.MustParsePrefix("2002::/16")

// unknown stands for an address that can't be read (RFC 7239 section 6.2).
const unknown = "unknown"

// truncateList truncates each address of a comma-separated list, such as
// X-Forwarded-For. Ports, blanks and brackets stay; what is no address becomes
// "unknown".
func truncateList(list string) string {
	var b strings.Builder
	from := 0
	for start := 0; start <= len(list); {
		end := len(list)
		if i := strings.IndexByte(list[start:], ','); i >= 0 {
			end = start + i
		}
		item := strings.Trim(list[start:end], " \t")
		at := start + strings.Index(list[start:end], item)
		if short := truncateNode(item); short != item {
			b.WriteString(list[from:at])
			b.WriteString(short)
			from = at + len(item)
		}
		start = end + 1
	}
	if from == 0 {
		return list
	}
	b.WriteString(list[from:])
	return b.String()
}

// truncateNode truncates a node of RFC 7239 section 6, with or without quotes
// and brackets: an address with an optional port, "unknown", or an obfuscated
// identifier, which begins with an underscore.
func truncateNode(node string) string {
	if n := len(node); n >= 2 && node[0] == '"' && node[n-1] == '"' {
		short := truncateNode(node[1 : n-1])
		if short == node[1:n-1] {
			return node
		}
		return `"` + short + `"`
	}
	if node == "" {
		return node
	}
	open, address, after := splitNode(node)
	if !isPort(strings.TrimPrefix(after, "]")) {
		return unknown
	}
	if open == "" && isObfuscated(address) {
		return node
	}
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return unknown
	}
	short := TruncateAddr(addr)
	if short == addr {
		return node
	}
	return open + short.String() + after
}

// splitNode cuts a node into an opening bracket, the address, and what follows:
// a closing bracket, a port, both or nothing.
func splitNode(node string) (open, address, after string) {
	if node[0] == '[' {
		end := strings.IndexByte(node, ']')
		if end < 0 {
			return "", "", ""
		}
		return node[:1], node[1:end], node[end:]
	}
	if i := strings.IndexByte(node, ':'); i >= 0 && strings.IndexByte(node[i+1:], ':') < 0 {
		return "", node[:i], node[i:]
	}
	return "", node, ""
}

// isPort reports whether the text is nothing, or a colon and a port or an
// obfuscated port.
func isPort(text string) bool {
	if text == "" {
		return true
	}
	if text[0] != ':' || len(text) == 1 {
		return false
	}
	if isObfuscated(text[1:]) {
		return true
	}
	for i := 1; i < len(text); i++ {
		if !isDigit(text[i]) {
			return false
		}
	}
	return len(text) <= len(":65535")
}

// isObfuscated reports whether the text is "unknown" or an obfuscated node or
// port, which proxies make up to hide the real one.
func isObfuscated(text string) bool {
	if strings.EqualFold(text, unknown) {
		return true
	}
	if len(text) < 2 || text[0] != '_' {
		return false
	}
	for i := 1; i < len(text); i++ {
		if c := text[i]; fold[c] == 0 && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// truncateForwarded truncates the nodes of "for" and "by" in a Forwarded header
// (RFC 7239 section 4). What else it tells stays, byte for byte.
func truncateForwarded(value string) string {
	var b strings.Builder
	from := 0
	for start := 0; start < len(value); {
		end := start + pairEnd(value[start:])
		name, _, isPair := strings.Cut(value[start:end], "=")
		if name = strings.Trim(name, " \t"); isPair && (strings.EqualFold(name, "for") || strings.EqualFold(name, "by")) {
			at := start + strings.IndexByte(value[start:end], '=') + 1
			node := value[at:end]
			trimmed := strings.Trim(node, " \t")
			at += strings.Index(node, trimmed)
			if short := truncateNode(trimmed); short != trimmed {
				b.WriteString(value[from:at])
				b.WriteString(short)
				from = at + len(trimmed)
			}
		} else if !isPair && name != "" {
			if short := truncateNode(name); short != name { // a bare address, as some proxies write
				at := start + strings.Index(value[start:end], name)
				b.WriteString(value[from:at])
				b.WriteString(short)
				from = at + len(name)
			}
		}
		start = end + 1
	}
	if from == 0 {
		return value
	}
	b.WriteString(value[from:])
	return b.String()
}

// pairEnd returns where the pair at the start of the text ends: at a semicolon
// or comma that no quoted string holds.
func pairEnd(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case (c == ';' || c == ',') && !quoted:
			return i
		}
	}
	return len(text)
}
