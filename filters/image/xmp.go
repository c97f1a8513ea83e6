package image

import (
	"bytes"
	"strings"
)

// xmpHeader begins a segment of XMP in JPEG (ISO 16684-3).
const xmpHeader = "http://ns.adobe.com/xap/1.0/\x00"

// emptyXMP is a packet without a property.
const emptyXMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`

// scrubXMP edits a packet of XMP in its place and reports whether anything of it
// may stay. It looks into the packet only where a part of it was granted; then
// the other properties become blanks. A packet that it can't read without doubt
// goes as a whole.
func (p *policy) scrubXMP(b []byte) bool {
	if !p.place && !p.device {
		p.took(XMP)
		return false
	}
	x := xmpScrubber{b: b, policy: p, namespaces: map[string]string{}}
	if !x.scrub() || !x.kept {
		p.took(XMP)
		return false
	}
	return true
}

// xmpScrubber walks the elements of RDF down to the properties (ISO 16684-1,
// section 7).
type xmpScrubber struct {
	b          []byte
	at         int
	policy     *policy
	namespaces map[string]string // by prefix
	kept       bool              // a property stays
}

const (
	rdfNamespace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xNamespace   = "adobe:ns:meta/"
)

// tag is a start tag, an end tag or an empty one.
type tag struct {
	from, to   int // in the packet
	name       string
	attributes []attribute
	end, empty bool
}

type attribute struct {
	from, to    int
	name, value string
}

// scrub edits the packet. False means doubt.
func (x *xmpScrubber) scrub() bool {
	x.at = len(x.b) - len(bytes.TrimPrefix(x.b, []byte("\xef\xbb\xbf")))
	for depth := 0; ; {
		text, more := x.text()
		if !more {
			return depth == 0 && len(bytes.Trim(text, " \t\r\n\x00")) == 0
		}
		if len(bytes.TrimSpace(text)) != 0 {
			return false
		}
		if bytes.HasPrefix(x.b[x.at:], []byte("<?xpacket")) {
			n := bytes.Index(x.b[x.at:], []byte("?>"))
			if n < 0 {
				return false
			}
			x.at += n + 2
			continue
		}
		t, ok := x.tag()
		if !ok {
			return false
		}
		if t.end {
			if depth--; depth < 0 {
				return false
			}
			continue
		}
		if !x.declare(t) {
			return false
		}
		if !x.isStructure(t, depth) {
			if depth == 0 || !x.property(t) {
				return false
			}
			continue
		}
		x.attributes(t)
		if !t.empty {
			depth++
		}
	}
}

// isStructure reports whether t is what encloses the properties.
func (x *xmpScrubber) isStructure(t tag, depth int) bool {
	namespace, local := x.resolve(t.name)
	switch {
	case namespace == xNamespace && local == "xmpmeta":
		return depth == 0
	case namespace == rdfNamespace && local == "RDF":
		return depth <= 1
	case namespace == rdfNamespace && local == "Description":
		return depth == 1 || depth == 2
	}
	return false
}

// text returns what stands before the next tag.
func (x *xmpScrubber) text() (text []byte, more bool) {
	n := bytes.IndexByte(x.b[x.at:], '<')
	if n < 0 {
		return x.b[x.at:], false
	}
	text = x.b[x.at : x.at+n]
	x.at += n
	return text, true
}

// tag reads the tag that begins here. Comments, CDATA and declarations are none.
func (x *xmpScrubber) tag() (t tag, ok bool) {
	t.from = x.at
	i := x.at + 1
	if t.end = i < len(x.b) && x.b[i] == '/'; t.end {
		i++
	}
	t.name, i = x.name(i)
	if t.name == "" {
		return t, false
	}
	for {
		i = x.blanks(i)
		if i >= len(x.b) {
			return t, false
		}
		switch x.b[i] {
		case '>':
			x.at, t.to = i+1, i+1
			return t, true
		case '/':
			if t.empty = i+1 < len(x.b) && x.b[i+1] == '>'; !t.empty || t.end {
				return t, false
			}
			x.at, t.to = i+2, i+2
			return t, true
		}
		a := attribute{from: i}
		a.name, i = x.name(i)
		i = x.blanks(i)
		if a.name == "" || t.end || i >= len(x.b) || x.b[i] != '=' {
			return t, false
		}
		i = x.blanks(i + 1)
		if i >= len(x.b) || x.b[i] != '"' && x.b[i] != '\'' {
			return t, false
		}
		n := bytes.IndexByte(x.b[i+1:], x.b[i])
		if n < 0 {
			return t, false
		}
		a.value = string(x.b[i+1 : i+1+n])
		i += n + 2
		a.to = i
		t.attributes = append(t.attributes, a)
	}
}

func (x *xmpScrubber) name(i int) (string, int) {
	from := i
	for i < len(x.b) && !bytes.ContainsRune([]byte(" \t\r\n=/><!?\"'&"), rune(x.b[i])) && x.b[i] > ' ' {
		i++
	}
	return string(x.b[from:i]), i
}

func (x *xmpScrubber) blanks(i int) int {
	for i < len(x.b) && (x.b[i] == ' ' || x.b[i] == '\t' || x.b[i] == '\r' || x.b[i] == '\n') {
		i++
	}
	return i
}

// declare notes the namespaces that t declares. A prefix must mean the same all
// along.
func (x *xmpScrubber) declare(t tag) bool {
	for _, a := range t.attributes {
		prefix, ok := strings.CutPrefix(a.name, "xmlns:")
		if !ok {
			if a.name == "xmlns" {
				return false
			}
			continue
		}
		if is, known := x.namespaces[prefix]; known && is != a.value {
			return false
		}
		x.namespaces[prefix] = a.value
	}
	return true
}

func (x *xmpScrubber) resolve(name string) (namespace, local string) {
	prefix, local, _ := strings.Cut(name, ":")
	return x.namespaces[prefix], local
}

// attributes judges the properties that are written as attributes.
func (x *xmpScrubber) attributes(t tag) {
	for _, a := range t.attributes {
		if strings.HasPrefix(a.name, "xmlns:") {
			continue
		}
		x.judge(a.name, a.from, a.to)
	}
}

// property judges an element that is a property, with all that is in it.
func (x *xmpScrubber) property(t tag) bool {
	for depth := 1; !t.empty && depth > 0; {
		if _, more := x.text(); !more {
			return false
		}
		inner, ok := x.tag()
		switch {
		case !ok || !x.declare(inner):
			return false
		case inner.end:
			depth--
		case !inner.empty:
			depth++
		}
	}
	x.judge(t.name, t.from, x.at)
	return true
}

// judge keeps or blanks what is written from one place to another.
func (x *xmpScrubber) judge(name string, from, to int) {
	namespace, local := x.resolve(name)
	k := xmpKind(namespace, local)
	if x.policy.keeps(k) {
		x.kept = true
		return
	}
	x.policy.took(k)
	for i := from; i < to; i++ {
		x.b[i] = ' '
	}
}
