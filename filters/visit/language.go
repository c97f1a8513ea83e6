package visit

import "strings"

// languageOf returns the place of the language that an Accept-Language header
// (RFC 9110 section 12.5.4) likes best, by its primary subtag.
func (p *Plan) languageOf(header string) int {
	if len(header) > 1024 {
		header = header[:1024]
	}
	best, quality := "", -1
	for more := true; more; {
		var part string
		part, header, more = strings.Cut(header, ",")
		tag, weight, _ := strings.Cut(part, ";")
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
		q := thousandths(weight)
		if tag != "" && tag != "*" && q > max(quality, 0) {
			best, quality = tag, q
		}
	}
	return p.language.Index(strings.ToLower(best))
}

// thousandths reads a weight, " q=0.8", as 800. No weight is 1000, nonsense 0.
func thousandths(s string) int {
	s = strings.TrimSpace(s)
	if s == "" {
		return 1000
	}
	if len(s) < 3 || s[0]|0x20 != 'q' || s[1] != '=' {
		return 0
	}
	whole, part, _ := strings.Cut(s[2:], ".")
	if whole == "1" && strings.Trim(part, "0") == "" {
		return 1000
	}
	if whole != "0" || len(part) > 3 {
		return 0
	}
	n := 0
	for i := range 3 {
		n *= 10
		if i < len(part) {
			if part[i] < '0' || part[i] > '9' {
				return 0
			}
			n += int(part[i] - '0')
		}
	}
	return n
}
