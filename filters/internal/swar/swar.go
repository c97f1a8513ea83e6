// Package swar looks at eight bytes of a text at a time (SIMD within a register). It
// is for the short distances between the separators of parameters and members: over
// longer ones package bytes is faster.
package swar

import "math/bits"

// Ones has 1 in each of its eight bytes: a byte times Ones is that byte eight times.
const Ones = 0x0101010101010101

// Highs has the highest bit of each of its eight bytes.
const Highs = 0x80 * Ones

// Load returns text[i:i+8], the first byte lowest.
func Load[T string | []byte](text T, i int) uint64 {
	b := text[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Match marks by their highest bit the bytes of eight that are c. A mark above the
// lowest one may be wrong: look at [First] alone, or whether there is any.
func Match(eight uint64, c byte) uint64 {
	x := eight ^ Ones*uint64(c)
	return (x - Ones) &^ x & Highs
}

// First returns the index of the first byte that is marked; marks must not be 0.
func First(marks uint64) int { return bits.TrailingZeros64(marks) / 8 }

// Index returns the index of the first c in text[i:], or the text's length.
func Index(text string, i int, c byte) int {
	for ; i+8 <= len(text); i += 8 {
		if marks := Match(Load(text, i), c); marks != 0 {
			return i + First(marks)
		}
	}
	for i < len(text) && text[i] != c {
		i++
	}
	return i
}

// IndexEither returns the index of the first a or b in text[i:], or the text's
// length.
func IndexEither(text string, i int, a, b byte) int {
	for ; i+8 <= len(text); i += 8 {
		eight := Load(text, i)
		if marks := Match(eight, a) | Match(eight, b); marks != 0 {
			return i + First(marks)
		}
	}
	for i < len(text) && text[i] != a && text[i] != b {
		i++
	}
	return i
}

// IndexPair returns the index of the first a in text[i:] that no b stands before, or
// -1, and that of the first b, or the text's length.
func IndexPair(text string, i int, a, b byte) (first, end int) {
	first = -1
	for ; i+8 <= len(text); i += 8 {
		eight := Load(text, i)
		if marks := Match(eight, a) | Match(eight, b); marks != 0 {
			i += First(marks)
			break
		}
	}
	for i < len(text) && text[i] != a && text[i] != b {
		i++
	}
	if i == len(text) || text[i] == b {
		return first, i
	}
	first = i
	for i++; i+8 <= len(text); i += 8 {
		if marks := Match(Load(text, i), b); marks != 0 {
			return first, i + First(marks)
		}
	}
	for i < len(text) && text[i] != b {
		i++
	}
	return first, i
}
