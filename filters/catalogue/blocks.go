package catalogue

import "math/bits"

const (
	blockSize  = 64
	lookBeyond = windowSize - 1 // bytes after a block are looked at too
	maxBlocks  = 8              // are marked in one go
)

// blockMarks are places in a block of 64 bytes, as bits, the first the lowest.
type blockMarks struct {
	windows uint64 // where a window of a phrase may begin
	dots    uint64 // which may be the last of a host
}

// marks goes through the blocks of a text in which something is marked. All that it passes over
// holds nothing that is searched for.
type marks struct {
	text   []byte
	sets   *blockSets
	at     int // where the blocks begin that are marked
	n      int // how many they are
	left   uint64
	blocks [maxBlocks]blockMarks
	tail   [2*blockSize + lookBeyond]byte // the text's end, and zeros
}

// next returns the next block with a mark and where it begins, or nil.
func (m *marks) next() (block *blockMarks, at int) {
	for m.left == 0 {
		if m.at += m.n * blockSize; m.at >= len(m.text) {
			return nil, 0
		}
		rest := m.text[m.at:]
		src := &rest[0]
		if m.n = min((len(rest)-lookBeyond)/blockSize, maxBlocks); m.n <= 0 {
			copy(m.tail[:], rest)
			src, m.n = &m.tail[0], (len(rest)+blockSize-1)/blockSize
		}
		m.left = markBlocks(src, m.n, m.sets, &m.blocks)
	}
	k := bits.TrailingZeros64(m.left)
	m.left &= m.left - 1
	return &m.blocks[k], m.at + k*blockSize
}
