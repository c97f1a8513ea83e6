package page

// jsonText reads a JSON document, which is held until it ends. What was made
// without a denied URL would still say something else than it was meant to ("all
// links but these"), so a document with one is refused whole.
func (r *Rewriter) jsonText(pos int) (int, bool) {
	text := r.b[pos:]
	if r.state != inRefused {
		if len(text) < MaxHeld && !r.eof {
			return pos, false
		}
		denied := len(text) >= MaxHeld
		if denied {
			r.report(Script, unreadVerdict, nil)
		} else {
			r.decoded, denied = jsonURLs(text, r.decoded, r.denyJSON)
		}
		if !denied {
			r.boundRules(pos, len(r.b))
			return len(r.b), false
		}
		r.state = inRefused
		r.replace(pos, pos, emptyJSON)
	}
	r.replace(pos, len(r.b), nil)
	return len(r.b), false
}

// emptyJSON stands where a refused document was.
var emptyJSON = []byte("{}")
