//go:build !amd64

package page

const vectors, wide = false, false

func skimBlocks(*byte, int, *nameSets) (to int, odd bool) { return 0, true }

func encodeBlocks(dst, src *byte, n int, tables *base64Table) {}

func findBytes(*byte, int, *byteSet) uint64 { return 0 }

func findMarkup(*byte, int) int { return 0 }
