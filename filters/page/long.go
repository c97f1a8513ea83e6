package page

// longTag is a tag that is longer than can be held. Its attributes are judged
// one by one; the tag's name has been passed on.
type longTag struct {
	active   bool
	harmless bool    // a link whose rel is known, and fetches nothing
	marked   bool    // data-consent stands in it
	after    content // how what follows it is read
	wild     bool    // it stands in a doubtful region
	script   scriptKind
	quote    byte // of a value that is longer than can be held
	css      bool // and is a style
	drop     bool // and is taken out
}

// enterLong judges what is known of the tag at b[i:], and passes it on.
func (r *Rewriter) enterLong(i int) (int, bool) {
	t, b := &r.tag, r.b[i:i+MaxHeld]
	if t.nameEnd == 0 { // a name of that length is no element's
		t.nameEnd, t.pos = len(b), len(b)
	}
	l := longTag{active: true, wild: r.state == inWild}
	if !l.wild && !t.end && r.format == HTML {
		if l.after = r.tree.start(t); l.after == contentWild {
			l.wild = true
			r.state = inWild
		}
	}
	if t.id == tagLink && t.has(attrRel) {
		l.harmless = !linkFetches(r.attrText(t.value(b, attrRel)))
	}
	if t.id == tagScript {
		l.script = scriptKindOf(t, b)
	}
	if !t.end {
		r.judgeTag(b, i, &lookAhead{})
		l.marked = len(r.purposes) > 0
		r.apply(r.edits)
	} else {
		r.tree.endTag(t)
	}
	r.long = l
	r.tag.attrs = r.tag.attrs[:0]
	r.state = inLongTag
	return i + t.pos, true
}

// longAttr reads one attribute of a long tag, or its end.
func (r *Rewriter) longAttr(pos int) (int, bool) {
	b := r.b[pos:min(len(r.b), pos+MaxHeld)]
	t := &r.tag
	t.pos = 0
	n, status := t.lexAttr(b, r.eof && len(b) < MaxHeld)
	a := *t.reading()
	switch {
	case status == lexDone:
		r.leaveLong()
		return pos + n, true
	case status == lexAttr:
		if !t.end && (!t.has(a.id) || t.hidden>>a.id&1 == 1) {
			t.seen |= 1 << a.id &^ 1
			r.judgeLong(b, pos, a)
		}
		return pos + n, true
	case t.pos > 0 || len(b) < MaxHeld:
		return pos + t.pos, t.pos > 0
	}
	return r.enterValue(b, pos, a)
}

// judgeLong judges one attribute of a long tag.
func (r *Rewriter) judgeLong(b []byte, at int, a attr) {
	r.edits, r.purposes, r.extra, r.plain = append(r.edits[:0], edit{}), r.purposes[:0], r.extra[:0], false
	r.scratch = r.scratch[:0]
	if t := &r.tag; t.hidden>>a.id&1 == 1 {
		r.hideOne(b, at, &a)
		r.apply(r.edits)
		return
	}
	r.judgeAttr(b, at, &a)
	r.markLong(at + int(a.name))
	r.apply(r.edits)
}

// markLong makes the first edit say why, once a tag.
func (r *Rewriter) markLong(at int) {
	if len(r.purposes) == 0 {
		r.edits = r.edits[:0]
		return
	}
	r.edits[0] = edit{at, at, len(r.scratch), len(r.scratch)}
	if !r.long.marked {
		r.long.marked = true
		r.mark(at, " ")
	}
}

// enterValue begins an attribute that is longer than can be held.
func (r *Rewriter) enterValue(b []byte, pos int, a attr) (int, bool) {
	t, l := &r.tag, &r.long
	if a.val == a.nameEnd { // all of it is a name, or the space after it
		return pos + len(b), true
	}
	l.quote, l.css, l.drop = a.quote, false, false
	r.state = inLongValue
	if t.end || t.has(a.id) && t.hidden>>a.id&1 == 0 {
		return pos + len(b), true
	}
	t.seen |= 1 << a.id &^ 1
	value := b[a.val:]
	switch a.id {
	case attrStyle:
		l.css, r.css = true, cssScanner{}
		return pos + int(a.val), true
	case attrNone, attrType, attrRel, attrHTTPEquiv, attrCharset, attrColor, attrFace, attrSize:
		return pos + len(b), true
	}
	r.edits, r.purposes, r.extra, r.plain = append(r.edits[:0], edit{}), r.purposes[:0], r.extra[:0], false
	r.scratch = r.scratch[:0]
	switch a.id {
	case attrHandler:
		if v, block := r.judgeScript(r.attrText(value)); block {
			r.addPurpose(v.Purpose)
		}
	case attrContent:
		if t.id == tagMeta {
			r.denyUnread(Meta)
		}
	case attrSrcset, attrImagesrcset, attrPing, attrAttributionSrc, attrSrcdoc, attrPaint, attrArchive, attrTo, attrFrom, attrValues:
		r.denyUnread(Other)
	default:
		if el, ok := r.urlElement(t, b, a.id); ok && r.deny(value, true, el) && el == Script {
			r.plain = true
		}
	}
	if len(r.purposes) == 0 {
		return pos + len(b), true
	}
	// The value is too long to be kept.
	l.drop = !r.o.Observe && !r.probe
	from := len(r.scratch)
	r.scratch = append(r.scratch, "data-consent-"...)
	name := pos + int(a.name)
	r.edit(name, name, from)
	r.edit(pos+int(a.val), pos+len(b), len(r.scratch))
	r.markLong(name)
	r.apply(r.edits)
	return pos + len(b), true
}

// denyUnread denies what would have to be read whole to be judged.
func (r *Rewriter) denyUnread(el Element) {
	v := unreadVerdict
	r.report(el, v, nil)
	r.addPurpose(v.Purpose)
}

// longValue reads on in a long value.
func (r *Rewriter) longValue(pos int) (int, bool) {
	end := pos
	if q := r.long.quote; q != 0 {
		for end < len(r.b) && r.b[end] != q {
			end++
		}
	} else {
		for end < len(r.b) && class[r.b[end]]&classValue == 0 {
			end++
		}
	}
	found := end < len(r.b)
	switch {
	case r.long.css:
		end = r.cssText(pos, end, found || r.eof)
	case r.long.drop:
		r.pass(pos)
		r.done = end
	}
	if !found {
		return end, false
	}
	if r.long.quote != 0 {
		end++
	}
	r.state = inLongTag
	return end, true
}

// leaveLong goes on after a long tag.
func (r *Rewriter) leaveLong() {
	l := r.long
	r.long = longTag{}
	switch {
	case l.wild:
		r.state = inWild
	case l.after == contentRaw:
		r.state = inData
		r.enterRaw(0, &lookAhead{judging: l.script == scriptRuns})
	default:
		r.state = inData
	}
}
