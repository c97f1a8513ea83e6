package catalogue

import "math/bits"

const (
	blockSize = 64
	maxBlocks = 8 // are marked in one go
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
	to     int // how far it is marked
	left   uint64
	blocks [maxBlocks]blockMarks
}

// next returns the next block with a mark and where it begins, or nil.
func (m *marks) next() (block *blockMarks, at int) {
	for m.left == 0 {
		if m.to >= len(m.text) {
			return nil, 0
		}
		m.left = markBlocks(&m.text[m.to], len(m.text)-m.to, m.sets, &m.blocks)
		m.to += maxBlocks * blockSize
	}
	k := bits.TrailingZeros64(m.left)
	m.left &= m.left - 1
	return &m.blocks[k], m.to + (k-maxBlocks)*blockSize
}
