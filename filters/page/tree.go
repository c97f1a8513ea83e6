package page

import "bytes"

// tree follows as much of the tree construction (WHATWG HTML, section 13.2.6)
// as decides how bytes are read: foreign content, and the elements in which a
// tree builder ignores tags. What it can't follow puts it in doubt, for good.
type tree struct {
	open    []node
	foreign int // SVG and MathML elements in open
	watched int // nodes of which another reading exists
	doubt   bool
	// These were met.
	svgSeen, mathSeen bool
}

type node struct {
	key  uint64
	kind nodeKind
	// watch: another reading sees text up to this element's end tag.
	watch bool
}

type nodeKind uint8

const (
	nodeForeign  nodeKind = iota // an SVG or MathML element
	nodePoint                    // one whose content is HTML
	nodeHTML                     // an HTML element inside such a point
	nodeSelect                   // select
	nodeTemplate                 // template
	nodeDual                     // noscript and the like: markup in one reading, text in another
)

// maxOpen bounds the stack; deeper pages are in doubt.
const maxOpen = 1000

// content is how what follows a start tag is read.
type content uint8

const (
	contentMarkup content = iota
	contentRaw            // text up to the end tag
	contentWild           // in doubt: as text and as markup
)

func (s *tree) reset() { *s = tree{open: s.open[:0]} }

func (s *tree) top() nodeKind { return s.open[len(s.open)-1].kind }

// inForeign reports whether a start tag that stays in foreign content would now
// become an SVG or MathML element.
func (s *tree) inForeign() bool { return len(s.open) > 0 && s.top() == nodeForeign }

func (s *tree) foreignSeen() bool { return s.svgSeen || s.mathSeen }

// odd returns the names of tags that say something: those that switch the tokenizer, begin or
// end foreign content, begin another tree, or end an element of SVG that holds HTML. It returns nil
// when any tag may.
func (s *tree) odd() *nameSets {
	switch {
	case s.mathSeen:
	case len(s.open) == 0:
		return &oddNames
	case len(s.open) == 1 && s.inSelect() && !s.doubt:
		return &selectNames
	}
	return nil
}

func (s *tree) inSelect() bool { return len(s.open) > 0 && s.top() == nodeSelect }

func (s *tree) push(n node) {
	if len(s.open) == maxOpen {
		s.doubt = true
		return
	}
	s.open = append(s.open, n)
	s.count(n, 1)
}

func (s *tree) cut(to int) {
	for _, n := range s.open[to:] {
		s.count(n, -1)
	}
	s.open = s.open[:to]
}

func (s *tree) count(n node, by int) {
	if n.kind <= nodePoint {
		s.foreign += by
	}
	if n.watch {
		s.watched += by
	}
}

func (s *tree) holds(kind nodeKind) bool {
	for i := range s.open {
		if s.open[i].kind == kind {
			return true
		}
	}
	return false
}

// start takes a start tag and tells how what follows it is read.
func (s *tree) start(t *tag) content {
	if t.flags&(rawTag|dualTag|treeTag) == 0 && len(s.open) == 0 {
		return contentMarkup
	}
	if t.id == tagPlaintext || t.id == tagFrameset {
		return contentWild
	}
	if !s.doubt {
		if c, done := s.enter(t); done {
			return c
		}
	}
	// In doubt: whatever may be text is read both ways.
	if t.flags&(rawTag|dualTag) != 0 {
		return contentWild
	}
	return contentMarkup
}

// enter reports false when it ends in doubt.
func (s *tree) enter(t *tag) (content, bool) {
	if s.inForeign() {
		if t.flags&breakoutTag == 0 && !(t.id == tagFont && (t.has(attrColor) || t.has(attrFace) || t.has(attrSize))) {
			return s.enterForeign(t)
		}
		s.leaveForeign()
	}
	if s.foreign > 0 && t.flags&(tableTag|oddTag|rawTag|dualTag) != 0 {
		return s.doubtful()
	}
	if s.holds(nodeTemplate) && t.id == tagCol {
		return s.doubtful() // its template may ignore tags from here on
	}
	if s.holds(nodeSelect) && t.id != tagScript &&
		(t.flags&(tableTag|rawTag|dualTag) != 0 || t.id == tagSVG || t.id == tagMath || t.id == tagInput) {
		return s.doubtful()
	}
	switch {
	case t.id == tagSVG || t.id == tagMath:
		if t.id == tagSVG {
			s.svgSeen = true
		} else {
			s.mathSeen = true
		}
		if !t.selfClosing {
			s.push(node{key: t.key, kind: nodeForeign})
		}
	case t.id == tagSelect:
		if len(s.open) > 0 && s.top() == nodeSelect {
			s.cut(len(s.open) - 1)
		} else {
			s.push(node{key: t.key, kind: nodeSelect})
		}
	case t.id == tagTemplate:
		s.push(node{key: t.key, kind: nodeTemplate})
	case t.flags&dualTag != 0:
		s.push(node{key: t.key, kind: nodeDual, watch: true})
	case t.flags&rawTag != 0:
		return contentRaw, true
	case s.foreign > 0 && t.flags&voidTag == 0:
		s.push(node{key: t.key, kind: nodeHTML})
	}
	return contentMarkup, !s.doubt
}

func (s *tree) enterForeign(t *tag) (content, bool) {
	if t.flags&oddTag != 0 {
		return s.doubtful()
	}
	if t.selfClosing {
		return contentMarkup, true
	}
	n := node{key: t.key, kind: nodeForeign, watch: t.flags&(rawTag|dualTag) != 0}
	if t.flags&(htmlPoint|mathPoint) != 0 {
		n.kind = nodePoint
	}
	s.push(n)
	return contentMarkup, !s.doubt
}

func (s *tree) doubtful() (content, bool) {
	s.doubt = true
	return contentMarkup, false
}

// leaveForeign pops foreign elements up to one whose content is HTML.
func (s *tree) leaveForeign() {
	n := len(s.open)
	for n > 0 && s.open[n-1].kind == nodeForeign {
		n--
	}
	s.cut(n)
}

// endTag takes an end tag.
func (s *tree) endTag(t *tag) {
	if s.doubt {
		return
	}
	n := len(s.open)
	if n == 0 {
		if s.foreignSeen() && (t.flags&htmlPoint != 0 || t.id == tagSVG || t.id == tagMath) || s.mathSeen && t.flags&mathPoint != 0 {
			s.doubt = true
		}
		return
	}
	if s.watched > 0 {
		// One reading leaves the outermost of that name here.
		for _, node := range s.open[:n-1] {
			if node.watch && node.key == t.key {
				s.doubt = true
				return
			}
		}
	}
	switch s.top() {
	case nodeForeign, nodePoint:
		s.endForeign(t)
	case nodeTemplate:
		if t.id == tagTemplate {
			s.cut(n - 1)
		}
	case nodeDual:
		switch {
		case t.key == s.open[n-1].key:
			s.cut(n - 1)
		case t.id == tagTemplate || t.id == tagSelect || t.flags&dualTag != 0:
			s.doubt = s.doubt || n > 1
		}
	default: // select, or HTML inside a point
		switch {
		case t.key == s.open[n-1].key:
			s.cut(n - 1)
		case s.inSelect() && t.flags&selectTag != 0:
		case t.id == tagTemplate && s.holds(nodeTemplate):
			s.endTemplate()
		default:
			s.doubt = true
		}
	}
}

func (s *tree) endForeign(t *tag) {
	if t.id == tagP || t.id == tagBr {
		s.leaveForeign()
		s.doubt = s.doubt || s.foreign > 0
		return
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i].kind > nodePoint {
			break
		}
		if s.open[i].key == t.key {
			s.cut(i)
			return
		}
	}
	if t.id == tagTemplate && s.holds(nodeTemplate) {
		s.endTemplate()
		return
	}
	s.doubt = true
}

// endTemplate closes the innermost template and all in it.
func (s *tree) endTemplate() {
	n := len(s.open)
	for s.open[n-1].kind != nodeTemplate {
		n--
	}
	s.cut(n - 1)
}

// cdata tells how "<![CDATA[" is read: a section in foreign content, a bogus
// comment in HTML.
func (s *tree) cdata() (section, certain bool) {
	if s.foreign == 0 {
		return false, !s.doubt
	}
	return s.inForeign(), !s.doubt && s.top() != nodePoint
}

// watchedEnd looks in b for an end tag at which another reading would leave a
// watched element. It returns the offset of its "<", or -1. With more to follow
// b, an end tag that the end of b cuts off is returned too, and not sure.
func (s *tree) watchedEnd(b []byte, more bool) (at int, sure bool) {
	if s.watched == 0 {
		return -1, false
	}
	for i := 0; ; i++ {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			return -1, false
		}
		i += j
		if i+1 < len(b) && b[i+1] != '/' {
			continue
		}
		k := i + 2
		var key uint64
		for k < len(b) && class[b[k]]&className == 0 && k-i < 16 {
			key = addKey(key, k-i-2, lower[b[k]])
			k++
		}
		if k >= len(b) {
			if more {
				return i, false
			}
			return -1, false
		}
		for _, n := range s.open {
			if n.watch && n.key == key {
				return i, true
			}
		}
	}
}

// leaves reports whether another reading leaves a watched element within b.
func (s *tree) leaves(b []byte) bool {
	_, sure := s.watchedEnd(b, false)
	return sure
}
