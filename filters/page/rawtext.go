package page

// enterRaw begins the text of a raw element.
func (r *Rewriter) enterRaw(at int, look *lookAhead) int {
	switch r.tag.id {
	case tagScript:
		r.state, r.script = inScript, scriptText
		r.judging = look.judging
		if look.end > 0 {
			if look.mapped {
				r.mapText(at, look.end)
			}
			if look.bound {
				r.boundRules(at, look.end)
			}
			if look.text != nil {
				r.replace(at, look.end, nil) // it went into the tag
			}
			r.state = inData
			return r.afterScript(look.end)
		}
		if next := r.afterScript(at); next > at { // as most with an address
			r.state = inData
			return next
		}
		if look.next > 0 {
			r.script = look.script
			return look.next
		}
	case tagStyle:
		r.state, r.raw, r.css = inStyle, "</style", cssScanner{}
	default:
		r.state, r.raw = inRaw, "</title"
		if r.tag.key == textareaKey {
			r.raw = "</textarea"
		}
	}
	return at
}

// afterScript returns the offset after the plain end tag of a script at b[at:], when it says
// nothing more; else at.
func (r *Rewriter) afterScript(at int) int {
	const end = "</script>"
	if len(r.tree.open) == 0 && !r.tree.foreignSeen() && len(r.b)-at >= len(end) && string(r.b[at:at+len(end)]) == end {
		return at + len(end)
	}
	return at
}

// mapText takes denied addresses out of the import map b[at:end]. Without the whole of it
// a page's own modules would not be found; a module without an address fails alone.
func (r *Rewriter) mapText(at, end int) {
	text := r.b[:end]
	for to := at; ; {
		var from int
		if r.decoded, from, to = nextJSON(text, to, r.decoded, r.denyJSON); from < 0 {
			r.purposes = r.purposes[:0]
			return
		}
		r.replace(from, to, invalidURL)
		to = min(to+1, end) // behind its quote
	}
}

var textareaKey = keyOf([]byte("textarea"))

// rawText reads the text of title and textarea.
func (r *Rewriter) rawText(pos int) (int, bool) {
	end, next := rawEnd(r.b, pos, r.raw)
	return r.rawDone(pos, end, next)
}

// rawDone leaves raw text that ends at end; when it is -1, the text is read up
// to next.
func (r *Rewriter) rawDone(pos, end, next int) (int, bool) {
	if end >= 0 {
		return r.finished(pos, end, end)
	}
	if r.tree.watched > 0 {
		if p, more := r.unfinished(pos, len(r.b), ""); more || p < next {
			return p, more
		}
	}
	return next, false
}

// styleText reads the text of style.
func (r *Rewriter) styleText(pos int) (int, bool) {
	end, next := rawEnd(r.b, pos, r.raw)
	limit := end
	if end < 0 {
		limit = next
		if r.eof {
			limit = len(r.b)
		}
	}
	switch at, sure := r.tree.watchedEnd(r.b[pos:limit], end < 0 && !r.eof); {
	case sure:
		r.cssText(pos, pos+at, true)
		r.state = inWild
		return pos + at, true
	case at >= 0: // perhaps
		return r.cssText(pos, pos+at, false), false
	}
	p := r.cssText(pos, limit, end >= 0 || r.eof)
	if end >= 0 {
		r.state = inData
		return end, true
	}
	return p, false
}

// cssText takes denied URLs out of the style sheet b[pos:end] and returns where
// to go on.
func (r *Rewriter) cssText(pos, end int, final bool) int {
	for {
		url, next, status := r.css.next(r.b[:end], pos, final)
		if status != cssURL {
			return next
		}
		pos = next
		if r.denyCSS(r.b[url.from:url.to], &r.css) {
			r.replace(url.from, url.to, invalidURL)
			pos = max(pos, url.to)
		}
	}
}

// invalidURL stands where a denied URL of a style sheet or an import map was.
var invalidURL = []byte("about:invalid")

// scriptWindow is how much of a long script is judged at a time.
const scriptWindow = 32 << 10

// scriptText reads the text of a script that was not judged as a whole.
func (r *Rewriter) scriptText(pos int) (int, bool) {
	b := r.b
	if r.judging {
		b = b[:min(len(b), pos+scriptWindow)]
	}
	state := r.script
	end, next := state.find(b, pos)
	if !r.judging {
		p, more := r.rawDone(pos, end, next)
		if !more && p < next {
			_, p = r.script.find(b[:p], pos)
		} else {
			r.script = state
		}
		return p, more
	}
	if end < 0 && len(b) < pos+scriptWindow && !r.eof {
		return pos, false
	}
	if end < 0 {
		end = len(b)
	}
	if at, sure := r.tree.watchedEnd(b[pos:end], false); sure {
		r.state = inWild
		return pos + at, true
	}
	if v, block := r.judgeScript(b[pos:end]); block {
		r.extra = append(append(append(r.extra[:0], ` type="text/plain" data-consent="`...), r.name(v.Purpose)...), '"')
		r.scratch = r.script.reopen(r.scratch[:0], r.extra)
		r.insert(pos, r.scratch)
		r.judging = false
		return pos, true
	}
	if end < len(b) {
		r.state = inData
		return end, true
	}
	if r.eof && len(b) == len(r.b) {
		return len(b), false
	}
	_, next = r.script.find(b[:end-scriptOverlap], pos)
	return next, true
}
