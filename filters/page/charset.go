package page

import (
	"bytes"
	"strings"
)

// Decodable reports whether documents in that encoding (a label as of the
// WHATWG Encoding standard, or "") can be filtered in their raw bytes: whether
// the bytes of "<", ">", quotes, "&", "=" and space never stand for anything
// else. That is so for UTF-8, all single-byte encodings, GBK, GB18030, Big5,
// Shift_JIS, EUC-JP and EUC-KR, whose trail bytes are digits (GB18030 alone) or
// 0x40 and above. It is not so for UTF-16 and the encodings that switch by
// escape sequences, and false for UTF-7 and UTF-32, which browsers don't know.
// Labels that browsers ignore are decodable.
func Decodable(charset string) bool {
	switch strings.ToLower(strings.Trim(charset, " \t\n\f\r\"'")) {
	case "utf-16", "utf-16le", "utf-16be", "unicode", "unicodefeff", "unicodefffe", "csunicode", "ucs-2", "iso-10646-ucs-2",
		"iso-2022-jp", "csiso2022jp", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr", "csiso2022kr", "hz-gb-2312", "replacement",
		"utf-7", "utf7", "unicode-1-1-utf-7", "utf-32", "utf-32le", "utf-32be", "utf32":
		return false
	}
	return true
}

// SniffBOM returns the encoding that a document's byte order mark tells, which
// wins over all other declarations: "utf-8", "utf-16be", "utf-16le" or "".
func SniffBOM(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		return "utf-8"
	case bytes.HasPrefix(b, []byte("\xFE\xFF")):
		return "utf-16be"
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		return "utf-16le"
	}
	return ""
}

// escapes reports whether a label, or a media type, names the one encoding of browsers in which
// escape sequences change what bytes mean.
func escapes(label []byte) bool {
	for _, name := range []string{"iso-2022-jp", "csiso2022jp"} {
		for i := range len(label) - len(name) + 1 {
			if equalFold(label[i:i+len(name)], name) {
				return true
			}
		}
	}
	return false
}
