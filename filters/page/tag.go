package page

import (
	"bytes"
	"slices"
)

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
	attrs       []attr // those that matter, in order; after them in memory the one being read
}

func (t *tag) reset() {
	t.attrs = t.attrs[:0]
	t.nameEnd, t.pos, t.seen, t.hidden = 0, 0, 0, 0
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
	classAttr  // ends an attribute's name: space, "/", ">", "="
	classValue // ends an unquoted value: space, ">"
	classSkip  // stands between attributes: space, "/"
)

var class = func() (t [256]uint8) {
	for _, c := range []byte(" \t\n\r\f") {
		t[c] = classSpace | className | classAttr | classValue | classSkip
	}
	t['/'] = className | classAttr | classSkip
	t['>'] = className | classAttr | classValue
	t['='] = classAttr
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
	for {
		end, status := t.lexAttr(b, eof)
		switch status {
		case lexMore:
			return -1
		case lexDone:
			return end
		}
		t.keep()
		t.pos = end
	}
}

// reading returns the attribute that is being read.
func (t *tag) reading() *attr {
	n := len(t.attrs)
	if n == cap(t.attrs) {
		t.attrs = slices.Grow(t.attrs, 8)
	}
	return &t.attrs[:n+1][n]
}

// keep keeps the attribute that was read.
func (t *tag) keep() {
	n := len(t.attrs)
	t.attrs = t.attrs[:n+1]
	a := &t.attrs[n]
	a.again = t.has(a.id) && a.id != attrHandler && a.id != attrPaint
	t.seen |= 1 << a.id
}

type lexStatus uint8

const (
	lexAttr lexStatus = iota // an attribute that matters was read
	lexDone                  // the tag has ended
	lexMore                  // b ended
)

// lexAttr reads on from t.pos up to the next attribute that matters, which is
// then t.reading, or to the tag's end, and returns the offset after it. With lexMore,
// t.pos is the beginning of the attribute, or of the space before it, in which b
// ends, and t.reading what is known of it.
func (t *tag) lexAttr(b []byte, eof bool) (int, lexStatus) {
	sieve := &sieves[t.id]
	for i := t.pos; ; {
		t.pos = i
		for i < len(b) && class[b[i]]&classSkip != 0 {
			i++
		}
		if i == len(b) {
			t.cutOff = eof
			return i, endOr(eof, lexDone)
		}
		if b[i] == '>' {
			t.selfClosing = i > t.pos && b[i-1] == '/'
			return i + 1, lexDone
		}

		start := i
		for i++; i < len(b) && class[b[i]]&classAttr == 0; i++ { // it may begin with "="
		}
		name := b[start:i]
		id := attrNone
		if sieve.holds(name) {
			id = lookupAttr(name, t.id)
		}
		if id == attrNone && t.xml && hrefOfPrefix(name) {
			id = attrXlinkHref
		}
		if id == attrNone && i+1 < len(b) && b[i] == '=' && b[i+1] == '"' {
			// Most attributes are like this one.
			if n := bytes.IndexByte(b[i+2:], '"'); n >= 0 {
				i += n + 3
				continue
			}
		}
		a := t.reading()
		a.id, a.quote = id, 0
		a.name, a.nameEnd, a.val, a.valEnd = int32(start), int32(i), int32(i), int32(i)
		var status lexStatus
		if i, status = a.lexValue(b, i, eof); status == lexMore || id != attrNone {
			return i, status
		}
	}
}

// lexValue reads what may follow an attribute's name that ends at b[i]: "=" and a
// value.
func (a *attr) lexValue(b []byte, i int, eof bool) (int, lexStatus) {
	j := skipSpace(b, i)
	if j == len(b) {
		return j, endOr(eof, lexAttr)
	}
	if b[j] != '=' {
		return i, lexAttr
	}
	if j = skipSpace(b, j+1); j == len(b) {
		return j, endOr(eof, lexAttr)
	}
	switch c := b[j]; c {
	case '"', '\'':
		j++
		a.quote, a.val = c, int32(j)
		n := bytes.IndexByte(b[j:], c)
		if n < 0 {
			a.valEnd = int32(len(b))
			return len(b), endOr(eof, lexAttr)
		}
		a.valEnd = int32(j + n)
		return j + n + 1, lexAttr
	case '>':
		return j, lexAttr
	}
	a.val = int32(j)
	for j < len(b) && class[b[j]]&classValue == 0 {
		j++
	}
	a.valEnd = int32(j)
	if j == len(b) {
		return j, endOr(eof, lexAttr)
	}
	return j, lexAttr
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && class[b[i]]&classSpace != 0 {
		i++
	}
	return i
}

// endOr is what the end of the bytes at hand means: at the end of the document
// the given status.
func endOr(eof bool, status lexStatus) lexStatus {
	if eof {
		return status
	}
	return lexMore
}
