package page

import "bytes"

// attr is an attribute that matters, in offsets from the tag's "<".
type attr struct {
	id            attrName
	again         bool // a duplicate, which counts only when the first goes
	quote         byte // '"', '\'', or 0 when unquoted or without a value
	name, nameEnd int32
	val, valEnd   int32
}

// tag is a start or end tag being read. Reading can stop anywhere and go on
// with more bytes.
type tag struct {
	id          tagName
	flags       tagFlags
	key         uint64
	nameEnd     int // 0 until the name is complete
	pos         int // where to go on: the start of an attribute
	selfClosing bool
	end         bool   // an end tag
	cutOff      bool   // the input ended in it
	xml         bool   // its names may have a prefix (Namespaces in XML, section 4)
	seen        uint64 // bits by attrName: read
	hidden      uint64 // and taken out
	attrs       []attr // those that matter, in order
	cur         attr   // being read
}

func (t *tag) reset() {
	t.nameEnd, t.pos, t.seen, t.hidden, t.attrs = 0, 0, 0, 0, t.attrs[:0]
	t.selfClosing, t.end, t.cutOff = false, false, false
}

// has reports whether the tag has that attribute.
func (t *tag) has(id attrName) bool { return t.seen>>id&1 == 1 }

// value returns the raw value of an attribute. b begins at the tag's "<".
func (t *tag) value(b []byte, id attrName) []byte {
	if !t.has(id) {
		return nil
	}
	for i := range t.attrs {
		if a := &t.attrs[i]; a.id == id {
			return b[a.val:a.valEnd]
		}
	}
	return nil
}

const (
	classSpace = 1 << iota
	className  // ends a tag name: space, "/", ">"
	classValue // ends an unquoted value: space, ">"
	classSkip  // stands between attributes: space, "/"
)

var class = func() (t [256]uint8) {
	for _, c := range []byte(" \t\n\r\f") {
		t[c] = classSpace | className | classValue | classSkip
	}
	t['/'] = className | classSkip
	t['>'] = className | classValue
	return t
}()

// nameByte holds the lower-case of every byte that may stand in an attribute's
// name, and 0 for those that end it; a tag's name also goes on at "=".
var nameByte = func() (t [256]byte) {
	for c := range t {
		t[c] = lower[c]
		if class[c]&className != 0 || c == '=' {
			t[c] = 0
		}
	}
	t[0] = 0xFF // is a part of names, but of none that is known
	return t
}()

// lex reads the tag at the start of b, which begins with "<" and a letter, or
// "</" and a letter. It returns the offset after the tag's ">", or -1 when b
// ends before; then it goes on from there when called with more. With eof the
// end of b ends the tag.
func (t *tag) lex(b []byte, eof bool) int {
	if t.nameEnd == 0 {
		i := 1
		if b[1] == '/' {
			t.end, i = true, 2
		}
		start := i
		var key uint64
		for ; i < len(b); i++ {
			c := b[i]
			if class[c]&className != 0 {
				break
			}
			if c == ':' && t.xml {
				start, key = i+1, 0
				continue
			}
			key = addKey(key, i-start, lower[c])
		}
		if i == len(b) && !eof {
			return -1
		}
		t.nameEnd, t.key, t.pos = i, key, i
		t.id, t.flags = lookupTag(b[start:i], key)
		if i < len(b) && b[i] == '>' {
			return i + 1
		}
	}
	i := t.pos
	for {
		var status lexStatus
		i, status = t.lexAttr(b, i, eof)
		switch status {
		case lexMore:
			return -1
		case lexDone:
			return i
		}
		if a := &t.cur; a.id != attrNone && wanted[t.id]>>a.id&1 == 1 {
			t.add(*a)
		}
		t.pos = i
	}
}

// add keeps an attribute that matters.
func (t *tag) add(a attr) {
	a.again = t.has(a.id) && a.id != attrHandler && a.id != attrPaint
	t.seen |= 1 << a.id
	t.attrs = append(t.attrs, a)
}

type lexStatus uint8

const (
	lexAttr lexStatus = iota // an attribute was read
	lexDone                  // the tag has ended
	lexMore                  // b ended
)

// lexAttr reads one attribute from b[i:] into t.cur, or the tag's end.
func (t *tag) lexAttr(b []byte, i int, eof bool) (int, lexStatus) {
	slash := false
	for i < len(b) && class[b[i]]&classSkip != 0 {
		slash = b[i] == '/'
		i++
	}
	if i == len(b) {
		if !eof {
			return i, lexMore
		}
		t.cutOff = true
		return i, lexDone
	}
	if b[i] == '>' {
		t.selfClosing = slash
		return i + 1, lexDone
	}

	start := i
	key := uint64(lower[b[i]]) // also when it is "="
	for i++; i < len(b); i++ {
		c := nameByte[b[i]]
		if c == 0 {
			break
		}
		key = addKey(key, i-start, c)
	}
	a := &t.cur
	a.id, a.quote = lookupAttr(b[start:i], key), 0
	if a.id == attrNone && t.xml && hrefOfPrefix(b[start:i]) {
		a.id = attrXlinkHref
	}
	a.name, a.nameEnd, a.val, a.valEnd = int32(start), int32(i), int32(i), int32(i)
	j := i
	for j < len(b) && class[b[j]]&classSpace != 0 {
		j++
	}
	if j == len(b) {
		return j, endOr(eof)
	}
	if b[j] != '=' {
		return i, lexAttr
	}
	for j++; j < len(b) && class[b[j]]&classSpace != 0; j++ {
	}
	if j == len(b) {
		return j, endOr(eof)
	}
	switch c := b[j]; c {
	case '"', '\'':
		j++
		a.quote, a.val = c, int32(j)
		n := bytes.IndexByte(b[j:], c)
		if n < 0 {
			a.valEnd = int32(len(b))
			return len(b), endOr(eof)
		}
		a.valEnd = int32(j + n)
		return j + n + 1, lexAttr
	case '>':
		return j, lexAttr
	default:
		a.val = int32(j)
		for j < len(b) && class[b[j]]&classValue == 0 {
			j++
		}
		a.valEnd = int32(j)
		if j == len(b) {
			return j, endOr(eof)
		}
		return j, lexAttr
	}
}

// endOr is where the input ends within an attribute.
func endOr(eof bool) lexStatus {
	if eof {
		return lexAttr
	}
	return lexMore
}
