package page

import "math/bits"

// byteSet is a set of ASCII characters.
type byteSet [128]bool

func newByteSet(chars string) *byteSet {
	s := new(byteSet)
	for _, c := range []byte(chars) {
		s[c] = true
	}
	return s
}

// index returns the offset of the first byte of b that is in the set, or the length of b.
func (s *byteSet) index(b []byte) int { return s.scan(b, true) }

// span returns the offset of the first byte of b that is not in the set, or the length of b.
func (s *byteSet) span(b []byte) int { return s.scan(b, false) }

func (s *byteSet) scan(b []byte, in bool) int {
	i := 0
	if wide {
		for ; i < len(b); i += blockSize {
			found := findBytes(&b[i], min(len(b)-i, blockSize), s)
			if !in {
				found = ^found
			}
			if found != 0 {
				return min(i+bits.TrailingZeros64(found), len(b))
			}
		}
		return len(b)
	}
	for i < len(b) && (b[i] < 0x80 && s[b[i]]) != in {
		i++
	}
	return i
}
