package body

import "strings"

// holdsContact reports whether a value that is meant for a partner gives an
// e-mail address or telephone number away although its name does not say so: what
// was declared by name may be received.
func holdsContact(name, value string) bool {
	return HoldsContact(value) && !namesContact(name)
}

// HoldsContact reports whether an e-mail address stands anywhere in a text, or a
// telephone number in international form, or the text as a whole is one in national
// form.
func HoldsContact(text string) bool { return holdsMail(text) || holdsPhone(text) }

// namesContact reports whether a name says that an address or number of that kind
// is under it.
func namesContact(name string) bool {
	name = strings.ToLower(name)
	for _, word := range [...]string{"mail", "phone", "mobile", "tel", "fax", "msisdn", "contact"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// holdsMail reports whether an addr-spec of RFC 5322 section 3.4.1, in its usual
// form, stands anywhere in the text: an "@" between a local part and a domain
// with a dot. In a URL it may be percent-encoded.
func holdsMail(text string) bool {
	if strings.IndexByte(text, '%') >= 0 && strings.Contains(text, "%40") {
		text = strings.ReplaceAll(text, "%40", "@")
	}
	for {
		at := strings.IndexByte(text, '@')
		if at < 0 {
			return false
		}
		if at > 0 && isAtom(text[at-1]) && isMailDomain(text[at+1:]) {
			return true
		}
		text = text[at+1:]
	}
}

// isAtom reports whether the byte can end a local part; letters beyond ASCII can
// (RFC 6531).
func isAtom(c byte) bool {
	return c > ' ' && c != 0x7F && strings.IndexByte("@,;:()<>[]\\", c) < 0
}

// isMailDomain reports whether the text begins with a domain of two labels or
// more, of which the last has two letters at least.
func isMailDomain(text string) bool {
	end := 0
	for end < len(text) && (text[end] >= 0x80 || text[end] == '-' || text[end] == '.' || isDigit(text[end]) || isLetter(text[end])) {
		end++
	}
	domain := strings.Trim(text[:end], ".-")
	dot := strings.LastIndexByte(domain, '.')
	return dot > 0 && len(domain)-dot > 2 && !isDigit(domain[dot+1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// opensPhone holds the bytes with which a telephone number can begin, "tel:" and
// blanks of any script before it included.
var opensPhone = func() (t [256]bool) {
	for _, c := range "0123456789+(tT \t\n\v\f\r" {
		t[c] = true
	}
	for c := 0x80; c < 0x100; c++ {
		t[c] = true
	}
	return t
}()

// holdsPhone reports whether the text is a telephone number, or one in international
// form, with its plus sign, stands anywhere in it.
func holdsPhone(text string) bool {
	for rest := text; ; {
		plus := strings.IndexByte(rest, '+')
		if plus < 0 {
			return isPhone(text)
		}
		apart := plus == 0 || !isDigit(rest[plus-1]) && !isLetter(rest[plus-1])
		rest = rest[plus+1:]
		digits, end := 0, 0
		for end < len(rest) && (isDigit(rest[end]) || end > 0 && strings.IndexByte(" -()/.", rest[end]) >= 0) {
			if isDigit(rest[end]) {
				digits++
			}
			end++
		}
		if apart && digits >= 8 && digits <= 15 && rest[0] != '0' && strings.Count(rest[:end], ".") != 1 {
			return true
		}
	}
}

// isPhone reports whether the text as a whole is a telephone number: in
// international form (ITU-T E.164: a plus sign, or 00, and 8 to 15 digits more), in
// national form with separators, or with none a Chinese mobile number of 11 digits, with
// its country code or not, and one of 10 or 11 digits after a single zero, unless that is
// an ISBN.
func isPhone(text string) bool {
	if text == "" || !opensPhone[text[0]] {
		return false // at a glance
	}
	text = strings.TrimSpace(text)
	if len(text) > 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
	}
	if len(text) < 8 || len(text) > 32 || !isDigit(text[0]) && text[0] != '+' && text[0] != '(' {
		return false
	}
	digits, groups, dots := 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case isDigit(c):
			if i == 0 || !isDigit(text[i-1]) {
				groups++
			}
			digits++
		case c == '.':
			dots++
		case c == '+':
			if i > 1 {
				return false
			}
		case strings.IndexByte(" -()/", c) < 0:
			return false
		}
	}
	switch {
	case text[0] == '+', strings.HasPrefix(text, "(+"):
		return digits >= 8 && digits <= 15 && dots != 1
	case strings.HasPrefix(text, "00") && text[2] != '0':
		return digits >= 10 && digits <= 17 && (groups > 1 || digits > 10) && dots != 1
	case digits == 11 && text[0] == '1' && text[1] >= '3':
		return dots == 0
	case digits == 13 && strings.HasPrefix(text, "86"):
		line := strings.TrimLeft(text[2:], " -")
		return len(line) == 11 && dots == 0 && line[0] == '1' && line[1] >= '3'
	case groups == 1 && len(text) == digits && digits >= 10 && digits <= 11 && text[0] == '0':
		return text[1] != '0' && !isISBN(text)
	case groups == 5 && digits == 10 && dots == 4 && text[0] == '0':
		return true // "01.23.45.67.89", as in France
	}
	// "0171 2345678" and "(212) 555-0142", but neither dates nor amounts, nor the ISBN
	// "0-306-40615-2".
	return groups > 1 && dots == 0 && digits >= 9 && digits <= 12 && (text[0] == '0' && isDigit(text[1]) || text[0] == '(') ||
		isNorthAmerican(text)
}

// isISBN reports whether ten digits end in the check digit of an ISBN-10 (ISO 2108
// before 2007).
func isISBN(digits string) bool {
	sum := 0
	for i := range len(digits) {
		sum += (10 - i) * int(digits[i]-'0')
	}
	return len(digits) == 10 && sum%11 == 0
}

// isNorthAmerican reports whether the text is a number of the North American Numbering
// Plan in its groups, "212-555-0142" or "1.212.555.0142": area and exchange begin with
// 2 to 9.
func isNorthAmerican(text string) bool {
	if len(text) == 14 && text[0] == '1' && text[1] == text[5] {
		text = text[2:]
	}
	if len(text) != 12 || text[3] != text[7] || strings.IndexByte("-. ", text[3]) < 0 || text[0] < '2' || text[4] < '2' {
		return false
	}
	for i := range len(text) {
		if i != 3 && i != 7 && !isDigit(text[i]) {
			return false
		}
	}
	return true
}
