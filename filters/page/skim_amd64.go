package page

import "golang.org/x/sys/cpu"

// vectors tells that [skimBlocks] can be called.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ && cpu.X86.HasBMI1

// skimBlocks reads n blocks of 64 bytes from src on, of which the first byte stands in text, and
// looks at two bytes more. It returns the offset of the first tag that is odd; else that of a tag
// that has not ended when the blocks have, or 64*n.
//
// A tag is odd when "<" or "</" is followed by no letter, its name may be one of names, or has
// "=" in it, or when one of its attributes has a value that is not in quotes right after "=", or
// with ">" in it, or a double quote in apostrophes, has no name before that, or a name that may be
// one of names.
//
//go:noescape
func skimBlocks(src *byte, n int, names *nameSets) (to int, odd bool)
