package page

import (
	"bytes"
	"strings"
)

// data reads text and tags.
func (r *Rewriter) data(pos int) (int, bool) {
	b := r.b
	for {
		if !beginsEndTag(b[pos:]) && !r.lexing && (r.headDone || !r.doc) {
			if names := r.tree.odd(); names != nil {
				pos = skim(b, pos, names)
			}
		}
		j := 0
		if pos == len(b) || b[pos] != '<' {
			j = bytes.IndexByte(b[pos:], '<')
		}
		if !r.headDone && r.doc {
			end := len(b)
			if j >= 0 {
				end = pos + j
			}
			r.textBeforeHead(pos, end)
		}
		if j < 0 {
			return len(b), false
		}
		i := pos + j
		if i+1 == len(b) {
			return r.short(i)
		}
		ok := true
		switch c := b[i+1]; {
		case isLetter(c):
			pos, ok = r.startTag(i)
		case c == '/':
			pos, ok = r.endTag(i)
		case c == '!':
			pos, ok = r.declaration(i)
		case c == '?':
			pos, r.state = i+2, inBogus
		default:
			r.textBeforeHead(i, i+1)
			pos = i + 1
		}
		if !ok || r.state != inData {
			return pos, ok
		}
	}
}

func beginsEndTag(b []byte) bool { return len(b) > 1 && b[0] == '<' && b[1] == '/' }

// short is where the input ends within what may become a tag.
func (r *Rewriter) short(i int) (int, bool) {
	if r.eof {
		return len(r.b), false
	}
	return i, false
}

// textBeforeHead inserts the head's text before text that implies a head.
func (r *Rewriter) textBeforeHead(from, to int) {
	if !r.doc || r.headDone || len(r.tree.open) > 0 {
		return
	}
	for i := from; i < to; i++ {
		if !isSpace(r.b[i]) {
			r.headBefore(i)
			return
		}
	}
}

func (r *Rewriter) headBefore(at int) {
	r.headDone = true
	r.insert(at, r.o.Head)
}

// declaration reads what begins with "<!".
func (r *Rewriter) declaration(i int) (int, bool) {
	const comment, cdata, doctype = "<!--", "<![CDATA[", "<!doctype"
	rest := r.b[i:]
	switch {
	case bytes.HasPrefix(rest, []byte(comment)):
		return r.commentStart(i)
	case bytes.HasPrefix(rest, []byte(cdata)):
		section, certain := r.tree.cdata()
		switch {
		case !certain:
			r.state = inWild
			return i, true
		case section:
			r.state = inCDATA
			return i + len(cdata), true
		}
	case hasPrefixFold(rest, doctype):
		r.doc = r.doc || len(r.tree.open) == 0
	case !r.eof && (strings.HasPrefix(comment, string(rest[:min(len(rest), 4)])) ||
		len(rest) < len(cdata) && strings.HasPrefix(cdata, string(rest)) ||
		len(rest) < len(doctype) && equalFold(rest, doctype[:len(rest)])):
		return i, false
	}
	r.state = inBogus
	return i + 2, true
}

func (r *Rewriter) commentStart(i int) (int, bool) {
	body := i + len("<!--")
	rest := r.b[body:]
	switch {
	case bytes.HasPrefix(rest, []byte(">")):
		return body + 1, true
	case bytes.HasPrefix(rest, []byte("->")):
		return body + 2, true
	case !r.eof && len(rest) < 2 && strings.HasPrefix("->", string(rest)):
		return i, false
	}
	r.state = inComment
	return r.comment(body)
}

// comment reads up to "-->" or "--!>".
func (r *Rewriter) comment(pos int) (int, bool) {
	for i := pos; ; i++ {
		j := bytes.IndexByte(r.b[i:], '>')
		if j < 0 {
			break
		}
		i += j
		if text := bytes.TrimSuffix(r.b[pos:i], []byte("!")); bytes.HasSuffix(text, []byte("--")) {
			return r.finished(pos, i, i+1)
		}
	}
	if bytes.HasSuffix(r.b[pos:], []byte("--!")) {
		return r.unfinished(pos, len(r.b), "--!")
	}
	return r.unfinished(pos, len(r.b), "--")
}

// bogus reads up to ">".
func (r *Rewriter) bogus(pos int) (int, bool) {
	j := bytes.IndexByte(r.b[pos:], '>')
	if j < 0 {
		return r.unfinished(pos, len(r.b), "")
	}
	return r.finished(pos, pos+j, pos+j+1)
}

// section reads up to "]]>", whose first bracket may be half of a letter, as in Shift_JIS: then it
// ends here or further on.
func (r *Rewriter) section(pos int) (int, bool) {
	const end = "]]>"
	if at := pos + bytes.Index(r.b[pos:], []byte(end)); at >= pos && at > 0 && r.b[at-1] >= 0x80 {
		r.state = inWild
		return at, true
	}
	next, more := r.until(pos, end)
	if r.state == inCDATA && !r.eof && next > pos && r.b[next-1] >= 0x80 {
		next-- // to be seen before the end
	}
	return next, more
}

// until reads up to what ends a comment, section or instruction.
func (r *Rewriter) until(pos int, end string) (int, bool) {
	j := bytes.Index(r.b[pos:], []byte(end))
	if j < 0 {
		return r.unfinished(pos, len(r.b), end[:len(end)-1])
	}
	return r.finished(pos, pos+j, pos+j+len(end))
}

// finished ends a comment, section or raw text that is b[pos:end], unless another
// reading would leave a watched element in it.
func (r *Rewriter) finished(pos, end, next int) (int, bool) {
	if at, sure := r.tree.watchedEnd(r.b[pos:end], false); sure {
		r.state = inWild
		return pos + at, true
	}
	r.state = inData
	return next, true
}

// unfinished passes the text b[pos:end] on but for what may be the beginning of
// its end, a prefix of tail.
func (r *Rewriter) unfinished(pos, end int, tail string) (int, bool) {
	at, sure := r.tree.watchedEnd(r.b[pos:end], !r.eof)
	switch {
	case sure:
		r.state = inWild
		return pos + at, true
	case r.eof:
		return len(r.b), false
	case at >= 0:
		return pos + at, false
	}
	for n := min(len(tail), end-pos); n > 0; n-- {
		if bytes.HasSuffix(r.b[pos:end], []byte(tail[:n])) {
			return end - n, false
		}
	}
	return end, false
}

// endTag reads an end tag, from its "<".
func (r *Rewriter) endTag(i int) (int, bool) {
	if i+2 == len(r.b) {
		return r.short(i)
	}
	switch c := r.b[i+2]; {
	case c == '>':
		return i + 3, true
	case !isLetter(c):
		r.state = inBogus
		return i + 2, true
	}
	// Most end tags say nothing that matters here.
	if len(r.tree.open) == 0 && !r.tree.foreignSeen() && !r.lexing && lower[r.b[i+2]] != 'b' && lower[r.b[i+2]] != 'h' {
		k := i + 3
		for k < len(r.b) && class[r.b[k]]&className == 0 {
			k++
		}
		if k < len(r.b) && r.b[k] == '>' && k-i < MaxHeld {
			return k + 1, true
		}
	}
	n := r.lex(i, MaxHeld)
	if n < 0 {
		return r.incomplete(i)
	}
	t := &r.tag
	if r.tree.watched > 0 && r.tree.leaves(r.b[i+2:i+n]) {
		r.state = inWild
		return i, true
	}
	if len(r.tree.open) == 0 {
		switch t.id {
		case tagHead, tagBody, tagHTML, tagBr:
			if r.doc && !r.headDone {
				r.headBefore(i)
			}
			if r.doc && !r.bodyDone && (t.id == tagBody || t.id == tagHTML) {
				r.bodyDone = true
				r.insert(i, r.o.Body)
			}
		}
	}
	if t.flags == 0 && t.id == tagOther && lower[r.b[i+2]] == optionLetters[0] && r.tree.inSelect() {
		return i + n, true // no element's that could end it: see selectNames
	}
	r.tree.endTag(t)
	return i + n, true
}

// lex reads the tag at b[i:], as far as a limit; it returns its length, or -1.
func (r *Rewriter) lex(i, limit int) int {
	b := r.b[i:min(len(r.b), i+limit)]
	if !r.lexing {
		r.tag.reset()
		r.tag.xml = r.format == XML
	}
	n := r.tag.lex(b, r.eof && len(b) < limit)
	r.lexing = n < 0
	return n
}

// incomplete holds an incomplete tag, or judges it in pieces when it is too long
// to be held.
func (r *Rewriter) incomplete(i int) (int, bool) {
	if len(r.b)-i < MaxHeld {
		return i, false
	}
	r.lexing = false
	return r.enterLong(i)
}

// startTag reads a start tag, from its "<".
func (r *Rewriter) startTag(i int) (int, bool) {
	n := r.lex(i, MaxHeld)
	if n < 0 {
		return r.incomplete(i)
	}
	t, b := &r.tag, r.b[i:i+n]
	if len(t.attrs) == 0 && t.flags&(rawTag|dualTag|treeTag) == 0 && len(r.tree.open) == 0 && r.headDone {
		return i + n, true // like most
	}
	if r.tree.watched > 0 && r.tree.leaves(b[1:]) {
		r.state = inWild
		return i, true
	}
	var look lookAhead
	if t.flags&rawTag != 0 {
		if !r.lookAhead(i, n, r.tree.inForeign(), &look) {
			r.lexing = true
			return i, false
		}
	}
	if look.read > 0 && r.tree.foreign > 0 {
		// Its text is read again as markup.
		if r.work += look.read; r.work > workMax {
			r.tree.doubt = true
		}
	}
	outside := len(r.tree.open) == 0
	how := r.tree.start(t)
	if how == contentWild {
		r.state = inWild
		return i, true
	}
	if !r.headDone && outside {
		r.headAt(i, t)
	}
	if len(t.attrs) > 0 || look.found {
		r.judgeTag(b, i, &look)
		r.apply(r.edits)
	}
	if t.id == tagHead && !r.headDone && outside {
		r.headBefore(i + n)
	}
	next := i + n
	if how == contentRaw {
		next = r.enterRaw(next, &look)
	}
	return next, true
}

// headAt decides whether a start tag implies a head that has no tag.
func (r *Rewriter) headAt(i int, t *tag) {
	switch t.id {
	case tagHTML, tagHead:
		r.doc = true
		return
	case tagBody:
		r.doc = true
	}
	if r.doc {
		r.headBefore(i)
	}
}
