package page

import (
	"bytes"
	"encoding/base64"
	"slices"

	"github.com/fairwaygate/fairway/filters/consent"
)

// deny judges a reference and reports whether it must go. With entities, raw is
// the raw value of an attribute.
func (r *Rewriter) deny(raw []byte, entities bool, el Element) bool {
	u := &r.url.u
	switch r.url.parse(raw, &r.base, entities) {
	case Relative:
		if !r.elsewhere {
			return false
		}
		r.url.resolve(&r.base)
	case Absolute:
		if u.SameHost(&r.o.Base) {
			if el == Base {
				r.base, r.elsewhere = r.o.Base, false
			}
			return false
		}
	case Opaque:
		return r.denyOpaque(el)
	default:
		v := Verdict{Block: true, Purpose: consent.None}
		r.report(el, v, nil)
		r.addPurpose(v.Purpose)
		return true
	}
	v := r.o.Judge.URL(u, el)
	r.report(el, v, u.Host)
	if v.Block {
		r.addPurpose(v.Purpose)
		return true
	}
	if el == Base {
		r.moveBase(u)
	}
	return false
}

// moveBase makes relative references lead to another host.
func (r *Rewriter) moveBase(u *URL) {
	n := len(u.Scheme) + len(u.Host)
	r.baseBuf = append(append(append(r.baseBuf[:0], u.Scheme...), u.Host...), u.Port...)
	r.base = URL{Scheme: r.baseBuf[:len(u.Scheme)], Host: r.baseBuf[len(u.Scheme):n], Port: r.baseBuf[n:]}
	r.elsewhere = true
}

// denyOpaque judges what a javascript: or data: URL holds.
func (r *Rewriter) denyOpaque(el Element) bool {
	text := r.url.opaque
	switch string(r.url.u.Scheme) {
	case "javascript":
		v, block := r.judgeScript(text)
		if !block && bytes.IndexByte(text, '%') >= 0 {
			v, block = r.judgeScript(percentDecode(text))
		}
		if block {
			r.addPurpose(v.Purpose)
		}
		return block
	case "data":
		return r.denyData(text, el)
	}
	return false
}

// denyData judges the script, document or style sheet that a data: URL (RFC 2397)
// holds.
func (r *Rewriter) denyData(url []byte, el Element) bool {
	head, body, ok := bytes.Cut(url, []byte(","))
	if !ok {
		return false
	}
	head = bytes.ToLower(head)
	switch el {
	case Script, Iframe, Frame, Object, Embed:
	case Link: // an old page does not mind the type of a style sheet
		if bytes.HasPrefix(head, []byte("image/")) {
			return false
		}
	case Header:
		r.denyUnread(el)
		return true
	default:
		return false
	}
	body = percentDecode(body)
	if bytes.HasSuffix(bytes.TrimRight(head, " "), []byte(";base64")) {
		body = bytes.TrimRight(bytes.Map(func(c rune) rune {
			if isSpace(byte(c)) {
				return -1
			}
			return c
		}, body), "=")
		decoded, err := base64.RawStdEncoding.AppendDecode(nil, body)
		if err != nil {
			return false // a browser fails too
		}
		body = decoded
	}
	if el == Script {
		v, block := r.judgeScript(body)
		if block {
			r.addPurpose(v.Purpose)
		}
		return block
	}
	if r.depth >= maxSrcdoc {
		r.addPurpose(consent.None)
		return true
	}
	format := HTML
	if el == Link {
		format = CSS
	}
	edits := r.url // the child has its own
	body = bytes.Clone(body)
	blocked, purpose := r.look(body, format)
	if !blocked && format == HTML && bytes.Contains(head, []byte("xml")) {
		blocked, purpose = r.look(body, XML)
	}
	r.url = edits
	if blocked {
		r.addPurpose(purpose)
	}
	return blocked
}

// denyCSS judges a URL of a style sheet, which css has found, escapes and all. What
// only may be one is where it names a host.
func (r *Rewriter) denyCSS(raw []byte, css *cssScanner) bool {
	cut := len(raw) >= cssTokenMax
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = appendCSSDecoded(nil, raw)
	}
	if len(raw) == 0 {
		return false
	}
	kind := r.url.parse(raw, &r.base, false)
	switch {
	case css.at == cssImport && kind == Opaque && bytes.Equal(r.url.u.Scheme, schemeData):
		if cut { // its end was not seen
			r.denyUnread(Style)
			return true
		}
		return r.denyData(r.url.opaque, Link)
	case kind != Absolute && css.maybe:
		return false
	}
	return r.deny(raw, false, Style)
}

// deniedCSS reports whether a style sheet holds a denied URL.
func (r *Rewriter) deniedCSS(text []byte) bool {
	var css cssScanner
	denied := false
	for i := 0; ; {
		url, next, status := css.next(text, i, true)
		if status != cssURL {
			return denied
		}
		denied = r.denyCSS(text[url.from:url.to], &css) || denied
		i = next
	}
}

// denyJSON judges a string of an import map or of speculation rules. A bare module
// name is no URL. What begins with the page's own scheme and no slashes names a host
// in one of them and a path in the other (WHATWG HTML, section 8.1.6.2; URL, section 4.4).
func (r *Rewriter) denyJSON(s []byte) bool {
	if !bytes.ContainsAny(s, `/\:`) {
		return false
	}
	if r.deny(s, false, Script) {
		return true
	}
	s = bytes.Join(bytes.FieldsFunc(s, func(c rune) bool { return c == '\t' || c == '\n' || c == '\r' }), nil)
	scheme, rest, ok := cutScheme(bytes.TrimLeft(s, " "))
	if !ok || !equalFold(scheme, string(r.base.Scheme)) || bytes.HasPrefix(rest, []byte("//")) {
		return false
	}
	return r.deny(slices.Concat(r.base.Scheme, []byte("://"), rest), false, Script)
}

// judgeElement judges the text of a script element, the whole or its beginning. Mere data
// can't load what it mentions, nor do frameworks where they hand some over.
func (r *Rewriter) judgeElement(text []byte, whole bool) (Verdict, bool) {
	if len(text) == 0 {
		return Verdict{}, false
	}
	v := r.o.Judge.Script(text)
	if v.Block {
		if whole && onlyData(text) && !doubtful(text) {
			return Verdict{}, false
		}
		if n := handedLength(text, whole); n > 0 {
			return r.judgeScript(text[n:])
		}
	}
	return r.judged(v)
}

// judgeScript judges the text of a handler or a URL. What an expression in a javascript:
// URL results in is shown, so that there even data may load something.
func (r *Rewriter) judgeScript(text []byte) (Verdict, bool) {
	if len(text) == 0 {
		return Verdict{}, false
	}
	return r.judged(r.o.Judge.Script(text))
}

func (r *Rewriter) judged(v Verdict) (Verdict, bool) {
	if v.Block {
		r.report(Inline, v, nil)
	}
	return v, v.Block
}

// block notes that the document holds something that is denied.
func (r *Rewriter) block(p consent.Purpose) {
	if r.blocked && r.blockedBy != p {
		p = consent.None // more than one would be needed
	}
	r.blocked, r.blockedBy = true, p
}

func (r *Rewriter) report(el Element, v Verdict, host []byte) {
	if v.Block {
		r.block(v.Purpose)
	}
	if r.o.Found != nil {
		r.o.Found(Finding{Element: el, Verdict: v, Host: host})
	}
}
