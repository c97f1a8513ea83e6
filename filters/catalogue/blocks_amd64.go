package catalogue

import "golang.org/x/sys/cpu"

// vectors tells that the CPU has those of AVX-512 with VBMI.
var vectors = cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI

// markBlocks marks the blocks of a text of n bytes, up to maxBlocks of them, as if zeros followed
// it. It returns in which there is a mark, as bits.
//
//go:noescape
func markBlocks(src *byte, n int, sets *blockSets, blocks *[maxBlocks]blockMarks) uint64
