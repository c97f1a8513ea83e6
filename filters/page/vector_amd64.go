package page

import "golang.org/x/sys/cpu"

// Which of the CPU's vectors can be used; 64 bytes are those of AVX-512 with VBMI.
var (
	vectors = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ && cpu.X86.HasBMI1
	wide    = vectors && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI
)

// skimBlocks reads n blocks of 64 bytes from src on, of which the first byte stands in text, and
// looks at two bytes more. It returns the offset of the first tag that is odd; else that of a tag
// or comment that has not ended when the blocks have, or 64*n.
//
// A comment is "<!-" up to the next ">", before which are two dashes. A tag is odd when "<" or
// "</" is followed by no letter, but in a comment, its name may be one of names, or has
// "=" in it, or when one of its attributes has a value that is not in quotes right after "=", or
// with ">" in it, or a double quote in apostrophes, has no name before that, or a name that may be
// one of names; a style only when what follows holds "(", "&", a backslash or two dashes.
func skimBlocks(src *byte, n int, names *nameSets) (to int, odd bool) {
	if wide {
		return skimAVX512(src, n, names)
	}
	return skimAVX2(src, n, names)
}

//go:noescape
func skimAVX2(src *byte, n int, names *nameSets) (to int, odd bool)

//go:noescape
func skimAVX512(src *byte, n int, names *nameSets) (to int, odd bool)

// encodeBlocks writes the Base64 of n bytes, 64 digits at a time: it writes up to 63 more.
//
//go:noescape
func encodeBlocks(dst, src *byte, n int, tables *base64Table)

// findBytes returns which of n bytes, 64 at most, are in a set, as bits.
//
//go:noescape
func findBytes(src *byte, n int, set *byteSet) uint64

// findMarkup returns the offset of the first "<" that "/" or "!" follows in n blocks of 64 bytes,
// or 64*n. It looks at a byte more.
//
//go:noescape
func findMarkup(src *byte, n int) int
