package page

// skim returns an offset in b, from i on, up to which nothing is to be looked at while the tree
// is quiet: text in HTML, and plain tags. At most one is odd, the tag that begins there. Only where
// the CPU has the instructions for it does skim get far: see [skimBlocks].
func skim(b []byte, i int) int {
	for vectors {
		n := min((len(b)-i-lookBeyond)/blockSize, maxBlocks)
		if n <= 0 {
			break
		}
		to, odd := skimBlocks(&b[i], n, &oddNames)
		i += to
		if odd || to == 0 { // or longer than that
			break
		}
	}
	return i
}

const (
	blockSize  = 64
	lookBeyond = 2   // bytes after a block are looked at too
	maxBlocks  = 256 // are read in one go, which the scheduler can't interrupt
)

// nameSets are the names that make a tag odd, by two of their letters: the second and third of
// an element's, the first and third of an attribute's. A few others have those letters too.
type nameSets struct {
	attrFirst, attrThird, tagSecond, tagThird letterSet
}

// letterSet tells of a letter to which of eight groups it belongs, by its low and its high
// four bits: those in low[c&15] & high[c>>4]. Others may share those bits, and be in them.
type letterSet struct{ low, high [16]uint8 }

// add adds a letter, in both cases, to groups.
func (s *letterSet) add(letter, groups byte) {
	for _, c := range []byte{letter, letter &^ 0x20} {
		s.low[c&15] |= groups
		s.high[c>>4] |= groups
	}
}

// groupOf is the group of pairs with that letter.
func groupOf(letter byte) byte { return 1 << (letter & 7) }

var oddNames = func() (s nameSets) {
	for i := range tagList {
		if e := &tagList[i]; isOdd(e) {
			group := groupOf(e.name[1])
			s.tagSecond.add(e.name[1], group)
			s.tagThird.add(e.name[2], group)
		}
	}
	for _, e := range attrList {
		if (wantedOfPlain&^harmless)>>e.id&1 == 1 {
			group := groupOf(e.name[0])
			s.attrFirst.add(e.name[0], group)
			s.attrThird.add(e.name[2], group)
		}
	}
	for c := byte('a'); c <= 'z'; c++ { // event handlers
		s.attrFirst.add('o', groupOf('o'))
		s.attrThird.add(c, groupOf('o'))
	}
	return s
}()

// wantedOfPlain are the attributes that may be wanted of a plain tag. Those in harmless matter
// only beside others, or in SVG.
var (
	wantedOfPlain = wanted[tagOther] | wanted[tagA] | wanted[tagInput] | wanted[tagFont]
	harmless      = uint64(1<<attrHref | 1<<attrType | 1<<attrColor | 1<<attrFace | 1<<attrSize)
)

// isOdd reports whether every tag of that name is to be looked at.
func isOdd(e *tagEntry) bool {
	switch e.id {
	case tagHTML, tagHead, tagBody: // where something may be inserted
		return true
	case tagBase, tagUse, tagFeImage: // of which href matters
		return true
	}
	return e.flags&(rawTag|dualTag|treeTag|htmlPoint) != 0 || wanted[e.id]&^wantedOfPlain != 0
}
