package page

// skim returns an offset in b, from i on, up to which nothing is to be looked at, by the names that
// the tree tells: text in HTML, plain tags and plain comments. At most one tag is odd, the one that
// begins there. Only where the CPU has the instructions for it does skim get far: see [skimBlocks].
func skim(b []byte, i int, names *nameSets) int {
	for vectors {
		n := min((len(b)-i-lookBeyond)/blockSize, maxBlocks)
		if n <= 0 {
			break
		}
		to, odd := skimBlocks(&b[i], n, names)
		i += to
		if odd || to == 0 { // or a tag that is longer than that
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

// nameSets are the names that make a tag odd, by their first three letters. A few others have
// those letters too.
type nameSets struct{ attr, tag [3]letterSet }

// letterSet tells of a letter to which of eight groups it belongs: by its low six bits, or by its
// low and its high four bits, those in low[c&15] & high[c>>4]. Others may share these bits, and be
// in them. Which of the two is used depends on the CPU.
type letterSet struct {
	six       [64]uint8
	low, high [16]uint8
}

// add adds a letter, in both cases, to groups.
func (s *letterSet) add(letter, groups byte) {
	for _, c := range []byte{letter, letter &^ 0x20} {
		s.six[c&63] |= groups
		s.low[c&15] |= groups
		s.high[c>>4] |= groups
	}
}

// addOthers adds all bytes but a letter, to two groups.
func (s *letterSet) addOthers(letter, group, other byte) {
	s.addAll(group | other)
	for _, c := range []byte{letter, letter &^ 0x20} {
		s.six[c&63] &^= group | other
		s.low[c&15] &^= group
		s.high[c>>4] &^= other
	}
}

// addAll adds all bytes.
func (s *letterSet) addAll(groups byte) {
	for _, set := range [][]uint8{s.six[:], s.low[:], s.high[:]} {
		for i := range set {
			set[i] |= groups
		}
	}
}

// addName adds the letters that a name begins with, to one of eight groups. All names with letters
// in these places that are in one group are as good as added.
func addName(sets *[3]letterSet, name string, group byte) {
	for i := range sets {
		sets[i].add(name[i], 1<<group)
	}
}

// styleGroup is that of style alone: what matters is what its value holds.
const styleGroup = 7

// Names are put into groups by what leaves out most names of other elements and attributes.
var oddNames = func() (s nameSets) {
	for i := range tagList {
		if e := &tagList[i]; isOdd(e) {
			addName(&s.tag, e.name, e.name[1]%8)
		}
	}
	addAttr := func(name string) { addName(&s.attr, name, (name[0]+3*name[1])%styleGroup) }
	for _, e := range attrList {
		switch {
		case e.id == attrStyle:
			addName(&s.attr, e.name, styleGroup)
		case (wantedOfPlain&^harmless)>>e.id&1 == 1:
			addAttr(e.name)
		}
	}
	for c := 'a'; c <= 'z'; c++ { // event handlers
		addAttr("on" + string(c))
	}
	return s
}()

// Within select all elements are odd but those whose names begin like option and optgroup.
var selectNames = func() (s nameSets) {
	s.attr = oddNames.attr
	for i, letter := range []byte(optionLetters) {
		group := byte(1 << (2 * i))
		for k := range s.tag {
			if k == i {
				s.tag[k].addOthers(letter, group, group<<1)
			} else {
				s.tag[k].addAll(group | group<<1)
			}
		}
	}
	return s
}()

// optionLetters are those with which no other names in HTML begin.
const optionLetters = "op"

// wantedOfPlain are the attributes that may be wanted of a plain tag. Those in harmless matter
// only beside others, or in SVG.
var (
	wantedOfPlain = wanted[tagOther] | wanted[tagA] | wanted[tagInput] | wanted[tagFont] | wanted[tagMeta]
	harmless      = uint64(1<<attrHref | 1<<attrType | 1<<attrColor | 1<<attrFace | 1<<attrSize | 1<<attrContent)
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
