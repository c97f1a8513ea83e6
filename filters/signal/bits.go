package signal

import (
	"math/bits"
	"strings"
	"time"
)

// reader reads a bit string that is written in the base64url alphabet of RFC
// 4648 section 5, six bits a character and without padding, from the highest
// bit on. Any number of characters will do, also one that is no whole number of
// bytes: GPP pads to six bits only.
//
// A failure is sticky: bad is true from then on and zeros are read, so that one
// look at the end is enough.
type reader struct {
	text string
	pos  int // in bits
	bad  bool

	// brief reads past names and vendors instead of returning them, and so
	// allocates nothing.
	brief bool
}

// newReader fails from the start if the text is empty or holds a character that
// is not in the alphabet.
func newReader(text string, brief bool) reader {
	bad := text == ""
	for i := range len(text) {
		bad = bad || sextets[text[i]] == invalid
	}
	return reader{text: text, bad: bad, brief: brief}
}

// err returns the error of what was read so far.
func (r *reader) err() error {
	if r.bad {
		return ErrMalformed
	}
	return nil
}

const invalid = 0xff

// sextets gives each character's six bits.
var sextets = func() (table [256]byte) {
	for i := range table {
		table[i] = invalid
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(alphabet) {
		table[alphabet[i]] = byte(i)
	}
	return table
}()

// has reports whether n more bits are there, and fails if not.
func (r *reader) has(n int) bool {
	r.bad = r.bad || n > 6*len(r.text)-r.pos
	return !r.bad
}

// skip passes over n bits.
func (r *reader) skip(n int) {
	if r.has(n) {
		r.pos += n
	}
}

// uint reads an unsigned integer of n bits, n at most 64.
func (r *reader) uint(n int) uint64 {
	if !r.has(n) {
		return 0
	}
	var v uint64
	for n > 0 {
		here := 6 - r.pos%6 // unread bits of this character
		take := min(here, n)
		sextet := uint64(sextets[r.text[r.pos/6]])
		v = v<<take | sextet>>(here-take)&(1<<take-1)
		r.pos += take
		n -= take
	}
	return v
}

func (r *reader) int(n int) int { return int(r.uint(n)) }
func (r *reader) bool() bool    { return r.uint(1) == 1 }

// ids reads a bit field of n bits, n at most 64, in which the first bit is that
// of id 1.
func (r *reader) ids(n int) IDs {
	return IDs(bits.Reverse64(r.uint(n)) >> (64 - n))
}

// time reads a moment: 36 bits, in tenths of a second since 1970.
func (r *reader) time() time.Time {
	return time.UnixMilli(int64(r.uint(36)) * 100).UTC()
}

// letters reads a language or country code: twice 6 bits, from A on.
func (r *reader) letters() string {
	first, second := 'A'+rune(r.uint(6)), 'A'+rune(r.uint(6))
	if r.brief {
		return ""
	}
	return string([]rune{first, second})
}

// fibonacciBits is how long a Fibonacci code may be, its final bit included. It
// bounds the value by 46,367: more than there are ids of anything.
const fibonacciBits = 23

// fibonacci reads an integer, at least 1, in Fibonacci coding: its bits count 1,
// 2, 3, 5, 8 and so on, and a second 1 in a row ends it without counting. A
// longer code than fibonacciBits fails.
func (r *reader) fibonacci() int {
	value, last := 0, false
	for weight, next, n := 1, 2, 0; n < fibonacciBits; weight, next, n = next, weight+next, n+1 {
		bit := r.bool()
		if bit && last {
			return value
		}
		if bit {
			value += weight
		}
		last = bit
	}
	r.bad = true
	return 0
}

// parts yields what stands between the separators of a string.
type parts struct {
	rest, separator string
	more            bool // another part follows
}

func split(s, separator string) parts {
	return parts{rest: s, separator: separator, more: true}
}

func (p *parts) next() (part string) {
	part, p.rest, p.more = strings.Cut(p.rest, p.separator)
	return part
}

// IDs is a set of the ids 1 to 64, bit 0 being id 1: purposes, for one.
type IDs uint64

// Has reports whether the set holds that id.
func (s IDs) Has(id int) bool { return id >= 1 && id <= 64 && s>>(id-1)&1 == 1 }
