package page

import (
	"bytes"
	"strings"
)

// Hidden reports whether an XML document may make a browser fetch what can't be
// seen in it: through entities and default attributes of an internal subset (XML
// 1.0, section 2.8), or as the result of a transformation (XSLT). It is known once
// the document's root element has begun.
func (r *Rewriter) Hidden() bool { return r.hidden }

// stepXML goes on in a document that is read as XML 1.0. It reports false where
// there is nothing particular about that.
func (r *Rewriter) stepXML(pos int) (next int, more, done bool) {
	switch r.state {
	case inData:
		next, more = r.xml(pos)
	case inComment:
		next, more = r.until(pos, "-->")
	case inBogus:
		next, more = r.until(pos, "?>")
	case inDoctype:
		next, more = r.doctype(pos)
	case inSubset:
		next, more = r.subset(pos)
	default:
		return pos, true, false
	}
	return next, more, true
}

// xml reads text and tags.
func (r *Rewriter) xml(pos int) (int, bool) {
	b := r.b
	for {
		j := bytes.IndexByte(b[pos:], '<')
		if j < 0 {
			return len(b), false
		}
		i := pos + j
		if i+1 == len(b) {
			return r.short(i)
		}
		ok := true
		switch c := b[i+1]; {
		case isLetter(c) || c == '_' || c == ':' || c >= 0x80:
			pos, ok = r.element(i)
		case c == '!':
			pos, ok = r.xmlDeclaration(i)
		case c == '?':
			pos, ok = r.instruction(i)
		default: // an end tag, which holds nothing
			pos = i + 2
		}
		if !ok || r.state != inData {
			return pos, ok
		}
	}
}

func (r *Rewriter) xmlDeclaration(i int) (int, bool) {
	rest := r.b[i:]
	for _, d := range [...]struct {
		open string
		in   state
	}{{"<!--", inComment}, {"<![CDATA[", inCDATA}, {"<!DOCTYPE", inDoctype}} {
		if bytes.HasPrefix(rest, []byte(d.open)) {
			r.state = d.in
			return i + len(d.open), true
		}
		if !r.eof && len(rest) < len(d.open) && strings.HasPrefix(d.open, string(rest)) {
			return i, false
		}
	}
	return i + 2, true
}

// doctype reads up to the end of a document type declaration, or to its internal
// subset.
func (r *Rewriter) doctype(pos int) (int, bool) {
	j := bytes.IndexAny(r.b[pos:], ">[")
	if j < 0 {
		return len(r.b), false
	}
	r.state = inData
	if r.b[pos+j] == '[' {
		r.state, r.hidden = inSubset, true
	}
	return pos + j + 1, true
}

// subset reads up to "]", space and ">".
func (r *Rewriter) subset(pos int) (int, bool) {
	for {
		j := bytes.IndexByte(r.b[pos:], ']')
		if j < 0 {
			return len(r.b), false
		}
		pos += j + 1
		k := pos
		for k < len(r.b) && k-pos < 1<<10 && isSpace(r.b[k]) {
			k++
		}
		switch {
		case k == len(r.b) && !r.eof:
			return pos - 1, false
		case k < len(r.b) && r.b[k] == '>':
			r.state = inData
			return k + 1, true
		}
	}
}

// instruction reads a processing instruction. One names a style sheet.
func (r *Rewriter) instruction(i int) (int, bool) {
	const name = "<?xml-stylesheet"
	rest := r.b[i:]
	if len(rest) <= len(name) && !r.eof && strings.HasPrefix(name, string(rest)) {
		return i, false
	}
	if !bytes.HasPrefix(rest, []byte(name)) {
		r.state = inBogus
		return i + 2, true
	}
	n := r.lex(i, MaxHeld)
	if n < 0 {
		return r.incomplete(i)
	}
	t, b := &r.tag, r.b[i:i+n]
	if kind := r.attrText(t.value(b, attrType)); len(kind) > 0 && !equalFold(bytes.TrimSpace(kind), "text/css") || escapes(r.attrText(t.value(b, attrCharset))) {
		r.hidden = true
	}
	for k := range t.attrs {
		if a := &t.attrs[k]; a.id == attrHref && r.deny(b[a.val:a.valEnd], true, Style) {
			r.replace(i+int(a.val), i+int(a.valEnd), invalidURL)
		}
	}
	return i + n, true
}

// element reads a start tag.
func (r *Rewriter) element(i int) (int, bool) {
	n := r.lex(i, MaxHeld)
	if n < 0 {
		return r.incomplete(i)
	}
	t, b := &r.tag, r.b[i:i+n]
	if !r.rendered && !r.renders(b) {
		return i + n, true
	}
	var look lookAhead
	text := !t.selfClosing && (t.id == tagScript || t.id == tagStyle && r.isCSS(b))
	streams := false
	if text {
		var seen bool
		if streams, seen = r.lookXML(i, n, &look); !seen {
			r.lexing = true
			return i, false
		}
	}
	if len(t.attrs) > 0 || look.found {
		r.judgeTag(b, i, &look)
		r.apply(r.edits)
	}
	if streams && !look.found {
		r.state, r.css = inStyle, cssScanner{}
	}
	return i + n, true
}

// isCSS reports whether a style element's text is CSS.
func (r *Rewriter) isCSS(b []byte) bool {
	kind := bytes.TrimSpace(r.attrText(r.tag.value(b, attrType)))
	return len(kind) == 0 || equalFold(kind, "text/css")
}

// renders reports whether elements from this tag on may be ones that a browser
// knows: whether a namespace of theirs is declared, as it has to be.
func (r *Rewriter) renders(b []byte) bool {
	r.rendered = bytes.Contains(b, []byte("www.w3.org/1999/xhtml")) || bytes.Contains(b, []byte("www.w3.org/2000/svg")) ||
		bytes.Contains(b, []byte("xmlns")) && bytes.IndexByte(b, '&') >= 0
	return r.rendered
}

// lookXML judges the text of a script, and of a style whose text is not what
// stands there. It tells whether a style's text is to be read where it stands, and
// reports false when more bytes are needed first.
func (r *Rewriter) lookXML(i, n int, look *lookAhead) (streams, seen bool) {
	t := &r.tag
	b := r.b[:min(len(r.b), i+MaxHeld)]
	r.raw = "</script"
	if t.id == tagStyle {
		r.raw = "</style"
	}
	if name := b[i+1 : i+t.nameEnd]; bytes.IndexByte(name, ':') >= 0 {
		r.raw = "</" + string(appendLower(nil, name))
	}
	end, _ := rawEnd(b, i+n, r.raw)
	if end < 0 && len(b) < i+MaxHeld && !r.eof {
		return false, false
	}
	text := b[i+n:]
	if end >= 0 {
		text = b[i+n : end]
	}
	plain := isPlainXML(text)
	if !plain {
		r.inner = appendXMLText(r.inner[:0], text)
		text = r.inner
	}
	if t.id == tagStyle {
		if !plain {
			r.judgeText(text, scriptData, true, false, look)
		}
		return plain || end < 0, true
	}
	if kind := scriptKindOf(t, b[i:i+n]); kind != scriptData {
		r.judgeText(text, kind, false, false, look)
	}
	return false, true
}

const (
	cdataOpen  = "<![CDATA["
	cdataClose = "]]>"
)

// isPlainXML reports whether an element's text is what stands there, but for one
// CDATA section around it.
func isPlainXML(text []byte) bool {
	text = bytes.TrimSpace(text)
	if inner, ok := bytes.CutPrefix(text, []byte(cdataOpen)); ok {
		inner, ok = bytes.CutSuffix(inner, []byte(cdataClose))
		return ok && !bytes.Contains(inner, []byte(cdataClose))
	}
	return !bytes.ContainsAny(text, "<&")
}

// appendXMLText appends the text that an element's content stands for: without
// comments and instructions, its CDATA sections opened and its references resolved.
func appendXMLText(dst, s []byte) []byte {
	for len(s) > 0 {
		i := bytes.IndexAny(s, "<&")
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i:]
		if s[0] == '&' {
			var n int
			dst, n = appendReference(dst, s, false)
			s = s[n:]
			continue
		}
		var open, end string
		switch {
		case bytes.HasPrefix(s, []byte(cdataOpen)):
			open, end = cdataOpen, cdataClose
		case bytes.HasPrefix(s, []byte("<!--")):
			open, end = "<!--", "-->"
		case bytes.HasPrefix(s, []byte("<?")):
			open, end = "<?", "?>"
		default:
			dst = append(dst, '<')
			s = s[1:]
			continue
		}
		inner, rest, _ := bytes.Cut(s[len(open):], []byte(end))
		if open == cdataOpen {
			dst = append(dst, inner...)
		}
		s = rest
	}
	return dst
}

// hrefOfPrefix reports whether an attribute's name is href behind a prefix, which
// may be that of XLink.
func hrefOfPrefix(name []byte) bool {
	prefix, local, ok := bytes.Cut(name, []byte(":"))
	return ok && string(local) == "href" && len(prefix) > 0 && string(prefix) != "xmlns"
}
