package body

import (
	"fmt"
	"strings"
)

// media is a media type (RFC 9110 section 8.3.1), its name in lower case.
type media struct {
	name   string
	params []parameter
}

type parameter struct{ name, value string }

// kind is how the bodies of a media type are judged.
type kind uint8

const (
	otherKind kind = iota // passes
	jsonKind
	jsonLinesKind // several JSON texts one after the other
	formKind
	textKind
	unnamedKind // no Content-Type: JSON if it looks so
	multipartKind
	messageKind // of a request, a response or a mail
)

func (m *media) kind() kind {
	switch m.name {
	case "":
		return unnamedKind
	case "application/x-www-form-urlencoded":
		return formKind
	case "text/plain":
		return textKind
	case "application/x-ndjson", "application/ndjson", "application/nd-json", "application/jsonl", "application/x-jsonl",
		"application/jsonlines", "application/x-jsonlines", "application/json-lines", "application/x-json-stream",
		"application/stream+json", "application/json-seq", "text/x-ndjson", "text/ndjson", "text/jsonl":
		return jsonLinesKind
	case "application/json", "text/json", "application/x-json", "text/x-json", "application/csp-report",
		"application/jsonrequest", "application/json-rpc", "application/x-amz-json-1.0", "application/x-amz-json-1.1":
		return jsonKind
	case "application/http", "message/http", "message/rfc822", "message/global":
		return messageKind
	}
	switch {
	case strings.HasSuffix(m.name, "+json"):
		return jsonKind
	case strings.HasSuffix(m.name, "+json-seq"):
		return jsonLinesKind
	case strings.HasPrefix(m.name, "multipart/"):
		return multipartKind
	}
	return otherKind
}

// param returns the value of a parameter and how often it is given. The extended
// forms of RFC 2231 ("boundary*", "boundary*0") count too, for some readers know
// them.
func param(params []parameter, name string) (value string, count int) {
	for _, p := range params {
		if p.name == name {
			value = p.value
			count++
		} else if strings.HasPrefix(p.name, name) && p.name[len(name)] == '*' {
			count += 2
		}
	}
	return value, count
}

// charsetIsPlain reports whether letters and digits are one byte each, the same
// as in ASCII, so that names can be found in the raw bytes. Charsets that aren't
// known to be so, such as UTF-16, UTF-7 and EBCDIC, are not.
func (m *media) charsetIsPlain() bool {
	for _, p := range m.params {
		if p.name == "charset" && !isPlainCharset(p.value) || strings.HasPrefix(p.name, "charset*") {
			return false
		}
	}
	return true
}

// isPlainCharset goes by labels of the WHATWG Encoding standard and some that
// are as common, whatever separators they are written with.
func isPlainCharset(label string) bool {
	const longest = 32
	if len(label) > longest {
		return false
	}
	folded := make([]byte, 0, longest)
	for i := range len(label) {
		if c := label[i]; isDigit(c) || isLetter(c) {
			folded = append(folded, c|0x20) // which a digit has
		}
	}
	switch label := string(folded); label {
	case "", "utf8", "unicode11utf8", "utf8mb4", "usascii", "ascii", "l1", "binary", "xuserdefined", "unknown8bit",
		"gbk", "xgbk", "cp936", "windows936", "gb2312", "gb231280", "gb18030", "big5", "big5hkscs", "cp950",
		"shiftjis", "sjis", "xsjis", "mskanji", "windows31j", "cp932", "eucjp", "xeucjp",
		"euckr", "ksc56011987", "ksc5601", "windows949", "cp949",
		"koi8", "koi8r", "koi8u", "ibm866", "cp866", "cp437", "cp850", "cp852", "windows874", "tis620",
		"macintosh", "mac", "xmacroman", "xmaccyrillic":
		return true
	default:
		return strings.HasPrefix(label, "iso8859") || strings.HasPrefix(label, "latin") ||
			strings.HasPrefix(label, "windows125") || strings.HasPrefix(label, "cp125")
	}
}

// parseMedia reads a Content-Type. What servers read differently is malformed.
func parseMedia(text string) (m media, err error) {
	switch text {
	case "application/json", "application/x-www-form-urlencoded", "text/plain": // as most are written
		return media{name: text}, nil
	}
	text = trim(text)
	if text == "" {
		return m, nil
	}
	if strings.Contains(text, `\`) {
		return m, fmt.Errorf("%w: backslash in Content-Type", ErrMalformed)
	}
	if m.name, m.params, err = parseParams(text, false); err != nil {
		return m, err
	}
	m.name = strings.ToLower(m.name)
	major, minor, _ := strings.Cut(m.name, "/")
	if !isToken(major) || !isToken(minor) {
		return m, fmt.Errorf("%w: Content-Type", ErrMalformed)
	}
	return m, nil
}

var errParameter = fmt.Errorf("%w: header parameter", ErrMalformed)

// parseParams reads a value and its parameters: *( OWS ";" OWS [ name "=" ( token
// / quoted-string ) ] ) as in RFC 9110 section 5.6.6. In quoted strings a
// backslash either escapes the next character or stands for itself.
func parseParams(text string, escapes bool) (value string, params []parameter, err error) {
	end := strings.IndexByte(text, ';')
	if end < 0 {
		return trim(text), nil, nil
	}
	value, text = trim(text[:end]), text[end:]
	for text != "" {
		if text[0] != ';' {
			return "", nil, errParameter
		}
		text = strings.TrimLeft(text[1:], " \t")
		if text == "" || text[0] == ';' {
			continue
		}
		equals := strings.IndexByte(text, '=')
		if equals < 0 || !isToken(text[:equals]) {
			return "", nil, errParameter
		}
		p := parameter{name: strings.ToLower(text[:equals])}
		text = text[equals+1:]
		if text != "" && text[0] == '"' {
			var ok bool
			if p.value, text, ok = quoted(text[1:], escapes); !ok {
				return "", nil, errParameter
			}
			text = strings.TrimLeft(text, " \t")
		} else {
			end := strings.IndexByte(text, ';')
			if end < 0 {
				end = len(text)
			}
			p.value, text = trim(text[:end]), text[end:]
			if strings.ContainsAny(p.value, "\"\\, \t") {
				return "", nil, errParameter
			}
		}
		params = append(params, p)
	}
	return value, params, nil
}

// quoted reads the rest of a quoted string, after its first quotation mark.
func quoted(text string, escapes bool) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], true
		case c == '\\' && escapes && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

func trim(text string) string { return strings.Trim(text, " \t") }

// isToken reports whether the text is a token of RFC 9110 section 5.6.2.
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return text != ""
}
