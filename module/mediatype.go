package module

import (
	"iter"
	"mime"
	"net/http"
	"strings"
)

// mediaType is what a Content-Type field says, in lower case and without parameters.
type mediaType struct {
	name string
	// doubtful: the field is malformed. Some browsers end the type at a blank or a
	// comment, as here; others go by the body, as if there were none.
	doubtful bool
}

// mediaTypes returns the media types that a response's Content-Type fields hold. Of
// several a browser takes the last valid one (WHATWG Fetch, "extract a MIME type").
func mediaTypes(h http.Header) []mediaType {
	var found []mediaType
	for _, field := range h["Content-Type"] {
		for value := range strings.SplitSeq(field, ",") {
			name, _, _ := strings.Cut(value, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			whole := len(name)
			if at := strings.IndexAny(name, " \t("); at >= 0 {
				name = name[:at]
			}
			if kind, subtype, ok := strings.Cut(name, "/"); ok && isToken(kind) && isToken(subtype) {
				found = append(found, mediaType{name, len(name) < whole})
			}
		}
	}
	return found
}

// isToken reports whether a text is a token (RFC 9110 section 5.6.2).
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return text != ""
}

// charsetOf returns the charset of a response's Content-Type fields: that of the last media type,
// or of the one before it when both are the same and it has none (WHATWG Fetch, "extract a MIME
// type"). It is plain when there is no other way to read it.
func charsetOf(h http.Header) (charset string, plain bool) {
	fields := h["Content-Type"]
	last, types := "", 0
	for _, field := range fields {
		for value := range splitUnquoted(field, ',') {
			name, parameters, _ := strings.Cut(value, ";")
			if name = strings.ToLower(strings.TrimSpace(name)); !strings.Contains(name, "/") {
				continue
			}
			types++
			if name != last {
				last, charset = name, ""
			}
			for parameter := range splitUnquoted(parameters, ';') {
				name, value, ok := strings.Cut(parameter, "=")
				if ok && strings.EqualFold(strings.TrimSpace(name), "charset") && strings.TrimSpace(value) != "" {
					charset = unquoted(strings.TrimSpace(value))
					break
				}
			}
		}
	}
	if !strings.Contains(strings.ToLower(strings.Join(fields, ",")), "charset") {
		return charset, true
	}
	_, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	return charset, types == 1 && err == nil && parameters["charset"] == charset
}

// splitUnquoted iterates over what stands between separators that are not in quotes.
func splitUnquoted(text string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		from, quoted := 0, false
		for i := 0; i < len(text); i++ {
			switch {
			case text[i] == '"':
				quoted = !quoted
			case quoted && text[i] == '\\':
				i++
			case !quoted && text[i] == separator:
				if !yield(text[from:i]) {
					return
				}
				from = i + 1
			}
		}
		yield(text[from:])
	}
}

// unquoted returns what a parameter's value stands for, also when its closing quote is missing.
func unquoted(value string) string {
	rest, ok := strings.CutPrefix(value, `"`)
	if !ok {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(rest) && rest[i] != '"'; i++ {
		if rest[i] == '\\' && i+1 < len(rest) {
			i++
		}
		b.WriteByte(rest[i])
	}
	return b.String()
}
