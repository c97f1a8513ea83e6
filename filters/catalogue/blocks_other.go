//go:build !amd64

package catalogue

const vectors = false

func markBlocks(*byte, int, *blockSets, *[maxBlocks]blockMarks) uint64 { return 0 }
