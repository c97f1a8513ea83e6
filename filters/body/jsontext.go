package body

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// unquote appends what a string stands for; src is the string with its quotation
// marks, already found to be well-formed. Half of a surrogate pair becomes
// U+FFFD.
func unquote(dst, src []byte) []byte {
	dst, _ = jsontext.AppendUnquote(dst, src)
	return dst
}

// quote appends a text as a string.
func quote(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}

// foldName replaces the two letters beyond ASCII that readers which ignore case
// take for letters of ASCII: U+017F for s and U+212A for k.
func foldName(name []byte) []byte {
	name = bytes.ReplaceAll(name, []byte("\u017F"), []byte("s"))
	return bytes.ReplaceAll(name, []byte("\u212A"), []byte("k"))
}
