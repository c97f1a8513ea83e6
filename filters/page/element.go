package page

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/fairwaygate/fairway/filters/consent"
)

// edit puts text, a range of the scratch buffer, in the place of b[from:to].
type edit struct{ from, to, text, textEnd int }

// edit notes an edit whose text is what was appended to scratch since mark.
func (r *Rewriter) edit(from, to, mark int) {
	r.edits = append(r.edits, edit{from, to, mark, len(r.scratch)})
}

// apply makes edits, in order.
func (r *Rewriter) apply(edits []edit) {
	for _, e := range edits {
		if e.to > e.from || e.textEnd > e.text {
			r.replace(e.from, e.to, r.scratch[e.text:e.textEnd])
		}
	}
}

// judgeTag notes the edits that a start tag needs, in order. b is the tag, which
// stands at offset at.
func (r *Rewriter) judgeTag(b []byte, at int, look *lookAhead) {
	t := &r.tag
	r.edits, r.purposes, r.extra = append(r.edits[:0], edit{}), r.purposes[:0], r.extra[:0]
	if r.state != inWild {
		r.scratch = r.scratch[:0]
	}
	r.plain = look.found
	if look.found {
		r.addPurpose(look.purpose)
	}
	if look.text != nil {
		r.extra = append(r.extra, ` data-consent-text="`...)
		r.extra = append(appendBase64(r.extra, look.text), '"')
	}
	for k := range t.attrs {
		r.judgeAttr(b, at, &t.attrs[k])
	}
	r.mark(at+t.nameEnd, "")
	if look.found && t.id == tagStyle {
		from := len(r.scratch)
		r.scratch = append(r.scratch, endOfImports...)
		r.edit(at+len(b), at+len(b), from)
	}
}

// endOfImports begins what is no import. Browsers that look ahead for what to fetch look into
// style elements of every type, but not past it. On consent the script takes it out.
const endOfImports = ";"

// mark puts the tag's new attributes into the first edit.
func (r *Rewriter) mark(at int, after string) {
	if len(r.purposes) == 0 {
		r.edits = r.edits[:copy(r.edits, r.edits[1:])]
		return
	}
	if r.plain {
		// A present type is kept for the day that the script comes back.
		r.hideType(at)
	}
	slices.SortStableFunc(r.edits[1:], func(x, y edit) int { return cmp.Compare(x.from, y.from) })
	from := len(r.scratch)
	if r.plain {
		r.scratch = r.appendAttr(r.scratch, "type", "text/plain")
	}
	names := r.name(r.purposes[0])
	if len(r.purposes) > 1 && r.state == inWild {
		names = r.name(consent.None)
	}
	r.scratch = r.appendAttr(r.scratch, "data-consent", names)
	if r.state != inWild {
		for _, p := range r.purposes[1:] { // all are needed
			r.scratch = append(append(append(r.scratch[:len(r.scratch)-1], ' '), r.name(p)...), '"')
		}
	}
	r.scratch = append(append(r.scratch, r.extra...), after...)
	r.edits[0] = edit{at, at, from, len(r.scratch)}
}

// hideType renames a script's type attribute.
func (r *Rewriter) hideType(nameEnd int) {
	t := &r.tag
	for k := range t.attrs {
		if a := &t.attrs[k]; a.id == attrType {
			start := nameEnd - t.nameEnd
			r.hide(r.b[start:], start, a)
			break
		}
	}
}

// appendAttr appends an attribute. In a doubtful region it has no quotes, so
// that it reads alike within a quoted value.
func (r *Rewriter) appendAttr(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), '=')
	if r.state == inWild {
		return append(dst, value...)
	}
	return append(append(append(dst, '"'), value...), '"')
}

func (r *Rewriter) addPurpose(p consent.Purpose) {
	if !slices.Contains(r.purposes, p) {
		r.purposes = append(r.purposes, p)
	}
}

// hide notes the edits that turn name="value" into data-consent-name="BASE64".
// Later attributes of that name, which would now count, go with it.
func (r *Rewriter) hide(b []byte, at int, a *attr) {
	r.hideOne(b, at, a)
	r.tag.hidden |= 1 << a.id
	for k := range r.tag.attrs {
		next := &r.tag.attrs[k]
		if next.id == a.id && next.name > a.name && bytes.EqualFold(b[next.name:next.nameEnd], b[a.name:a.nameEnd]) {
			next.again = true
			r.hideOne(b, at, next)
		}
	}
}

func (r *Rewriter) hideOne(b []byte, at int, a *attr) {
	from := len(r.scratch)
	r.scratch = append(r.scratch, "data-consent-"...)
	end := a.name
	if r.format == XML {
		if colon := bytes.IndexByte(b[a.name:a.nameEnd], ':'); colon >= 0 {
			// Else it would be a prefix that no namespace is declared for.
			r.scratch = append(append(r.scratch, b[a.name:int(a.name)+colon]...), '-')
			end += int32(colon) + 1
		}
	}
	start := a.name
	if r.state == inWild { // where another reading may edit what is between
		r.edit(at+int(start), at+int(end), from)
		from, start = len(r.scratch), a.val
	} else {
		r.scratch = append(r.scratch, b[end:a.val]...)
	}
	r.scratch = r.appendSealed(r.scratch, b[a.val:a.valEnd])
	r.edit(at+int(start), at+int(a.valEnd), from)
}

// appendSealed appends a value in base64. In a doubtful region padding is left out:
// an equals sign may stand there for more than itself.
func (r *Rewriter) appendSealed(dst, value []byte) []byte {
	n := len(dst)
	dst = appendBase64(dst, value)
	if r.state == inWild {
		return dst[:n+len(bytes.TrimRight(dst[n:], "="))]
	}
	return dst
}

// keep notes an attribute's original value, of which parts are taken out, in an
// attribute of its own.
func (r *Rewriter) keep(b []byte, a *attr) {
	quoted := r.state != inWild
	r.extra = append(r.extra, " data-consent-"...)
	for _, c := range b[a.name:a.nameEnd] {
		r.extra = append(r.extra, lower[c])
	}
	r.extra = append(r.extra, '=')
	if quoted {
		r.extra = append(r.extra, '"')
	}
	r.extra = r.appendSealed(r.extra, b[a.val:a.valEnd])
	if quoted {
		r.extra = append(r.extra, '"')
	}
}

// judgeAttr notes the edits that one attribute needs.
func (r *Rewriter) judgeAttr(b []byte, at int, a *attr) {
	value := b[a.val:a.valEnd]
	if len(value) == 0 || a.again {
		return
	}
	t := &r.tag
	switch a.id {
	case attrStyle, attrPaint:
		r.judgeStyle(b, at, a)
	case attrHandler:
		if v, block := r.judgeScript(r.attrText(value)); block {
			r.addPurpose(v.Purpose)
			r.hide(b, at, a)
		}
	case attrSrcset, attrImagesrcset:
		if el, ok := r.srcsetElement(t, b, a.id); ok {
			r.judgeList(b, at, a, el)
		}
	case attrPing, attrAttributionSrc:
		r.judgeList(b, at, a, Anchor)
	case attrSrcdoc:
		if t.id == tagIframe {
			r.judgeSrcdoc(b, at, a)
		}
	case attrCharset:
		if escapes(r.attrText(value)) {
			r.dropEncoding(at, a)
		}
	case attrContent:
		switch {
		case t.id == tagMeta && escapes(r.attrText(value)) && t.has(attrHTTPEquiv):
			r.dropEncoding(at, a)
		case t.id == tagMeta && !r.long.active && equalFold(r.attrText(t.value(b, attrHTTPEquiv)), "delegate-ch"):
			r.judgeWords(b, at, a, Meta) // client hints, with the hosts that get them
		case t.id == tagMeta && r.refreshes(t, b):
			text := r.attrText(value)
			if url, ok := refreshURL(text); ok && r.deny(text[url.from:url.to], false, Meta) {
				r.hide(b, at, a)
			}
		}
	case attrIntegrity:
		if t.id == tagLink && !r.long.active && r.alters(b) {
			r.rename(at, a)
		}
	case attrArchive:
		if t.id == tagApplet || t.id == tagObject {
			r.judgeWords(b, at, a, SVG)
		}
	case attrTo, attrFrom, attrValues:
		if t.id == tagAnimate {
			r.judgeAnimated(b, at, a)
		}
	default:
		el, ok := r.urlElement(t, b, a.id)
		if !ok || !r.deny(value, true, el) {
			return
		}
		if el == Script || a.id != attrSrc && t.id == tagScript {
			r.plain = true
		}
		r.hide(b, at, a)
	}
}

// rename makes an attribute one that means nothing, whatever is granted.
func (r *Rewriter) rename(at int, a *attr) {
	from := len(r.scratch)
	r.scratch = append(r.scratch, "data-"...)
	r.edit(at+int(a.name), at+int(a.name), from)
}

// dropEncoding takes back what an attribute says of an encoding. In a document that is only
// judged it stays, and hides what is there.
func (r *Rewriter) dropEncoding(at int, a *attr) {
	r.rename(at, a)
	r.hidden = r.hidden || r.probe
}

// attrText returns an attribute's value with its character references resolved.
// It is valid until the next call.
func (r *Rewriter) attrText(value []byte) []byte {
	if bytes.IndexByte(value, '&') < 0 {
		return value
	}
	r.decoded = appendDecoded(r.decoded[:0], value, true)
	return r.decoded
}

// urlElement tells where a URL attribute stands, when the browser fetches it.
func (r *Rewriter) urlElement(t *tag, b []byte, id attrName) (Element, bool) {
	switch id {
	case attrSrc:
		switch t.id {
		case tagImg, tagImage:
			return Image, true
		case tagScript:
			return Script, true
		case tagIframe, tagPortal:
			return Iframe, true
		case tagFrame:
			return Frame, true
		case tagEmbed:
			return Embed, true
		case tagVideo:
			return Video, true
		case tagAudio:
			return Audio, true
		case tagSource:
			return Source, true
		case tagTrack:
			return Track, true
		case tagInput:
			return Image, r.long.active || equalFold(r.attrText(t.value(b, attrType)), "image")
		}
	case attrHref:
		switch t.id {
		case tagLink:
			return Link, r.long.active && !r.long.harmless || !r.long.active && linkFetches(r.attrText(t.value(b, attrRel)))
		case tagBase:
			return Base, true
		case tagScript:
			return Script, true
		case tagImage, tagUse, tagFeImage:
			return SVG, true
		case tagA, tagArea:
			return SVG, false
		}
		return SVG, r.tree.foreign > 0 || r.format == XML
	case attrXlinkHref:
		if t.id == tagScript {
			return Script, true
		}
		return SVG, t.id != tagA
	case attrData:
		return Object, t.id == tagObject
	case attrCode, attrCodebase:
		return Object, t.id == tagObject || t.id == tagApplet
	case attrPoster:
		return Video, t.id == tagVideo
	case attrLowsrc:
		return Image, t.id == tagImg || t.id == tagImage
	case attrBackground:
		return Body, true
	case attrXMLBase:
		return Other, r.format == XML
	}
	return Other, false
}

// alters reports whether a link leads to a style sheet that may be changed on its
// way: a browser would refuse it whole for a wrong sum (W3C Subresource Integrity,
// section 3.3.4).
func (r *Rewriter) alters(b []byte) bool {
	if r.o.Alters == nil || !hasWord(r.attrText(r.tag.value(b, attrRel)), "stylesheet") {
		return false
	}
	switch r.url.parse(r.tag.value(b, attrHref), &r.base, true) {
	case Relative:
		return !r.elsewhere || r.o.Alters(r.url.u.Host)
	case Absolute:
		return r.url.u.SameHost(&r.o.Base) || r.o.Alters(r.url.u.Host)
	}
	return false
}

func (r *Rewriter) srcsetElement(t *tag, b []byte, id attrName) (Element, bool) {
	switch {
	case id == attrSrcset && t.id == tagSource:
		return Source, true
	case id == attrSrcset && (t.id == tagImg || t.id == tagImage):
		return Image, true
	case id == attrImagesrcset && t.id == tagLink:
		return Link, r.long.active || linkFetches(r.attrText(t.value(b, attrRel)))
	}
	return Other, false
}

func (r *Rewriter) refreshes(t *tag, b []byte) bool {
	return r.long.active || equalFold(r.attrText(t.value(b, attrHTTPEquiv)), "refresh")
}

// judgeList cuts denied URLs out of a list: image candidates, or words.
func (r *Rewriter) judgeList(b []byte, at int, a *attr, el Element) {
	raw := b[a.val:a.valEnd]
	text, mapped := raw, false
	if bytes.IndexByte(raw, '&') >= 0 {
		r.decoded, r.from = decodeMapped(r.decoded[:0], r.from[:0], raw)
		text, mapped = r.decoded, true
	}
	before, kept := len(r.edits), 0
	for i := 0; ; {
		var whole, url span
		var ok bool
		if el == Anchor {
			whole, i, ok = nextWord(text, i)
			url = whole
		} else {
			whole, url, i, ok = nextCandidate(text, i)
		}
		if !ok {
			break
		}
		if !r.deny(text[url.from:url.to], false, el) {
			kept++
			continue
		}
		if mapped {
			whole.from, whole.to = int(r.from[whole.from]), int(r.from[whole.to])
		}
		r.edit(at+int(a.val)+whole.from, at+int(a.val)+whole.to, len(r.scratch))
	}
	switch {
	case len(r.edits) == before:
	case kept == 0:
		r.edits = r.edits[:before]
		r.hide(b, at, a)
	default:
		r.keep(b, a)
	}
}

// judgeWords hides an attribute that lists a denied URL, between commas,
// semicolons or spaces.
func (r *Rewriter) judgeWords(b []byte, at int, a *attr, el Element) {
	text := r.attrText(b[a.val:a.valEnd])
	denied := false
	for word := range bytes.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == ';' || c <= ' ' }) {
		denied = r.deny(word, false, el) || denied
	}
	if denied {
		r.hide(b, at, a)
	}
}

// judgeAnimated hides values of an animation (SVG Animations, section 2.10) of which
// one is a denied URL, or has one in CSS.
func (r *Rewriter) judgeAnimated(b []byte, at int, a *attr) {
	denied := false
	for value := range bytes.SplitSeq(r.attrText(b[a.val:a.valEnd]), []byte(";")) {
		denied = r.deny(value, false, SVG) || r.deniedCSS(value) || denied
	}
	if denied {
		r.hide(b, at, a)
	}
}

// judgeStyle replaces denied URLs within a style attribute. The original is
// kept in data-consent-style.
func (r *Rewriter) judgeStyle(b []byte, at int, a *attr) {
	raw := b[a.val:a.valEnd]
	if !bytes.ContainsAny(raw, `(&\`) && !bytes.Contains(raw, []byte("--")) {
		return
	}
	text, mapped := raw, false
	if bytes.IndexByte(raw, '&') >= 0 {
		r.decoded, r.from = decodeMapped(r.decoded[:0], r.from[:0], raw)
		text, mapped = r.decoded, true
	}
	before := len(r.edits)
	var css cssScanner
	for i := 0; ; {
		url, next, status := css.next(text, i, true)
		if status != cssURL {
			break
		}
		i = next
		if !r.denyCSS(text[url.from:url.to], &css) {
			continue
		}
		i = max(i, url.to)
		if mapped {
			url.from, url.to = int(r.from[url.from]), int(r.from[url.to])
		}
		from := len(r.scratch)
		r.scratch = append(r.scratch, invalidURL...)
		r.edit(at+int(a.val)+url.from, at+int(a.val)+url.to, from)
	}
	if len(r.edits) > before {
		r.keep(b, a)
	}
}

// judgeSrcdoc looks into the document within the attribute.
func (r *Rewriter) judgeSrcdoc(b []byte, at int, a *attr) {
	blocked, purpose := true, consent.None
	if r.depth < maxSrcdoc {
		r.inner = appendDecoded(r.inner[:0], b[a.val:a.valEnd], true)
		blocked, purpose = r.look(r.inner, HTML)
	} else {
		r.report(Iframe, Verdict{Block: true, Purpose: consent.None}, nil)
	}
	if blocked {
		r.addPurpose(purpose)
		r.hide(b, at, a)
	}
}

// look judges a document within this one.
func (r *Rewriter) look(doc []byte, format Format) (blocked bool, purpose consent.Purpose) {
	if r.child == nil {
		r.child = new(Rewriter)
	}
	c := r.child
	c.Reset(nil, r.o)
	c.probe, c.depth, c.base, c.elsewhere, c.format = true, r.depth+1, r.base, r.elsewhere, format
	if _, err := c.Write(doc); err != nil {
		return true, consent.None
	}
	if err := c.Close(); err != nil {
		return true, consent.None
	}
	if c.hidden {
		c.block(consent.None)
	}
	if c.blocked {
		r.block(c.blockedBy)
	}
	return c.blocked, c.blockedBy
}
