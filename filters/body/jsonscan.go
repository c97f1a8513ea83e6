package body

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/fairwaygate/fairway/filters/internal/swar"
)

// errMore says that a token may go on after the bytes at hand.
var errMore = errors.New("more bytes are needed")

// errJSON returns what is wrong with a text that isn't JSON (RFC 8259).
func errJSON(what string) error { return fmt.Errorf("%w: JSON %s", ErrMalformed, what) }

// markLen returns the length of the byte order mark that src begins with: 0 for
// none. It is not known yet when src may be the beginning of one.
func markLen(src []byte, last bool) (n int, known bool) {
	const mark = "\uFEFF"
	if bytes.HasPrefix(src, []byte(mark)) {
		return len(mark), true
	}
	return 0, last || !bytes.HasPrefix([]byte(mark), src)
}

// skipSpace returns the index after the insignificant whitespace (RFC 8259
// section 2) at src[i:].
func skipSpace(src []byte, i int) int {
	for i < len(src) && src[i] <= ' ' && isSpace(src[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// What a byte means inside a string.
const (
	stops    = 1 << iota // ends a run: a quotation mark, a backslash, a control character
	notASCII             // is part of a longer UTF-8 sequence
)

var inString = func() (t [256]uint8) {
	for c := range 0x20 {
		t[c] = stops
	}
	t['"'], t['\\'] = stops, stops
	for c := 0x80; c < 0x100; c++ {
		t[c] = notASCII
	}
	return t
}()

// run returns the index of the first byte at src[i:] that ends a run of plain
// characters, and whether any of them isn't ASCII.
func run(src []byte, i int) (end int, wide bool) {
	for i+8 <= len(src) && plainASCII(binary.LittleEndian.Uint64(src[i:])) {
		i += 8
	}
	var seen uint8
	for i < len(src) {
		class := inString[src[i]]
		if class&stops != 0 {
			break
		}
		seen |= class
		i++
	}
	return i, seen&notASCII != 0
}

// plainASCII reports whether none of eight bytes stops a run or isn't ASCII. A
// byte that is zero after a subtraction borrows from the one above, which is then
// taken for one that stops, too: that is found out byte by byte.
func plainASCII(eight uint64) bool {
	quotes, slashes := eight^swar.Ones*'"', eight^swar.Ones*'\\'
	return (eight|(eight-swar.Ones*' ')|(quotes-swar.Ones)|(slashes-swar.Ones))&swar.Highs == 0
}

// script is what the characters of a string are like.
type script struct {
	escaped bool // there are escapes
	wide    bool // not all others are ASCII
}

// scanString returns the index after the string that begins at src[i], and how
// it is written.
func scanString(src []byte, i int) (end int, s script, err error) {
	if end, wide := run(src, i+1); !wide && end < len(src) && src[end] == '"' {
		return end + 1, s, nil // as most are
	}
	start := i
	for i++; ; {
		var wide bool
		i, wide = run(src, i)
		s.wide = s.wide || wide
		if i == len(src) {
			return i, s, errMore
		}
		switch src[i] {
		case '"':
			i++
			if s.wide && !utf8.Valid(src[start:i]) {
				return i, s, errJSON("string that is not UTF-8")
			}
			return i, s, nil
		case '\\':
			n, err := escapeLen(src[i:])
			if err != nil {
				return i, s, err
			}
			s.escaped = true
			i += n
		default:
			return i, s, errJSON("control character in a string")
		}
	}
}

// escapeLen returns the length of the escape at the beginning of src. Surrogates
// needn't be paired, as the grammar has it: programs that cut texts leave half
// of a pair at times.
func escapeLen(src []byte) (int, error) {
	if len(src) < 2 {
		return 0, errMore
	}
	switch src[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
		for _, c := range src[2:min(len(src), 6)] {
			if !isHex(c) {
				return 0, errJSON("escape")
			}
		}
		if len(src) < 6 {
			return 0, errMore
		}
		return 6, nil
	}
	return 0, errJSON("escape")
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// scanNumber returns the index after the number that begins at src[i].
func scanNumber(src []byte, i int, last bool) (int, error) {
	end := i
	for end < len(src) && isNumeric[src[end]] {
		end++
	}
	if end == len(src) && !last {
		return end, errMore
	}
	if !isNumber(src[i:end]) {
		return end, errJSON("number")
	}
	return end, nil
}

var isNumeric = func() (t [256]bool) {
	for _, c := range "0123456789+-.eE" {
		t[c] = true
	}
	return t
}()

// isNumber reports whether the text is a number of RFC 8259 section 6.
func isNumber(b []byte) bool {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	whole := digits(b, i)
	if whole == i || b[i] == '0' && whole > i+1 {
		return false
	}
	i = whole
	if i < len(b) && b[i] == '.' {
		end := digits(b, i+1)
		if end == i+1 {
			return false
		}
		i = end
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digits(b, i)
		if end == i {
			return false
		}
		i = end
	}
	return i == len(b)
}

func digits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

var literals = [...][]byte{[]byte("true"), []byte("false"), []byte("null")}

// scanLiteral returns the index after the literal that begins at src[i].
func scanLiteral(src []byte, i int, last bool) (int, error) {
	for _, l := range literals {
		if bytes.HasPrefix(src[i:], l) {
			return i + len(l), nil
		}
		if !last && bytes.HasPrefix(l, src[i:]) {
			return len(src), errMore
		}
	}
	return i, errJSON("value")
}
