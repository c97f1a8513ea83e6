package module

import (
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

func charsetOf(contentType string) string {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		_, rest, _ := strings.Cut(strings.ToLower(contentType), "charset=")
		return strings.Trim(rest, `"' ;`)
	}
	return parameters["charset"]
}
