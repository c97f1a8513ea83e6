package page

import (
	"bytes"

	"github.com/fairwaygate/fairway/filters/consent"
)

// lookAhead is what was seen of an inline script or style after its start tag.
type lookAhead struct {
	found   bool            // the text is denied
	purpose consent.Purpose // and this would allow it
	read    int             // how many bytes were judged
	whole   bool            // to the end
	end     int             // the offset of a script's end tag, when it was seen
	text    []byte          // a denied script that was seen whole, to be sealed
	mapped  bool            // an import map that was seen whole, of which denied addresses go
	bound   bool            // speculation rules that were seen whole, to be kept to the own origin
	// When it was not: go on at next, in that state, judging the rest.
	judging bool
	next    int
	script  scriptState
}

// sealMax is the longest script that is sealed into its tag; a longer one stays
// where it is and only never runs.
const sealMax = 12 << 10

// lookAhead judges the text after the start tag b[i:i+n] when that decides over
// the tag. It reports false when more bytes are needed first.
func (r *Rewriter) lookAhead(i, n int, foreign bool, look *lookAhead) bool {
	t := &r.tag
	if r.tree.doubt && r.state != inWild || t.flags&rawTag == 0 || foreign && t.selfClosing {
		return true
	}
	markup := foreign || r.state == inWild
	kind := scriptData
	switch t.id {
	case tagScript:
		kind = scriptKindOf(t, r.b[i:i+n])
		if kind == scriptData || kind == scriptRuns && t.has(attrSrc) && !markup {
			return true
		}
	case tagStyle:
		if !markup || !r.isCSS(r.b[i:i+n]) {
			return true
		}
	default:
		return true
	}

	b := r.b[:min(len(r.b), i+MaxHeld)]
	at := i + n
	var end int
	if markup {
		name := "</script"
		if t.id == tagStyle {
			name = "</style"
		}
		end, _ = rawEnd(b, at, name)
	} else {
		end, _ = look.script.find(b, at)
	}
	if end < 0 && len(b) < i+MaxHeld && !r.eof {
		return false
	}
	text := b[at:]
	if end >= 0 {
		text = b[at:end]
	}
	look.read = len(text)
	look.whole = end >= 0
	if kind == scriptMap && look.whole && !markup && !r.tree.leaves(text) {
		look.end, look.mapped = end, true
		return true
	}
	if kind == scriptRules && look.whole && !markup && !r.tree.leaves(text) {
		kind, look.bound = scriptURLs, true
	}
	r.judgeText(text, kind, t.id == tagStyle, markup, look)
	look.bound = look.bound && !look.found
	if markup {
		return true
	}
	if end >= 0 {
		look.end = end
		if r.tree.leaves(text) {
			look.end = 0 // read again, as text
		} else if look.found && len(text) <= sealMax {
			look.text = text
		}
		return true
	}
	if !r.eof && kind == scriptRuns && !look.found && handedLength(text, false) < len(text) {
		look.judging = true
		look.script = scriptText
		_, look.next = look.script.find(b[:max(at, len(b)-scriptOverlap)], at)
	}
	return true
}

// judgeText judges the text of a script or style. As markup it may hold
// character references.
func (r *Rewriter) judgeText(text []byte, kind scriptKind, style, markup bool, look *lookAhead) {
	judge := func(text []byte) bool {
		switch {
		case style:
			return r.deniedCSS(text)
		case kind == scriptURLs, kind == scriptMap:
			var denied bool
			r.decoded, denied = jsonURLs(text, r.decoded, r.denyJSON)
			return denied
		case kind == scriptRules:
			return r.deniedRules(text)
		}
		v, block := r.judgeElement(text, look.whole)
		look.purpose = v.Purpose
		return block
	}
	r.purposes = r.purposes[:0]
	look.found = judge(text)
	if !look.found && markup && bytes.IndexByte(text, '&') >= 0 {
		r.inner = appendDecoded(r.inner[:0], text, false)
		look.found = judge(r.inner)
	}
	if look.found && (style || kind != scriptRuns) {
		look.purpose = r.purposes[0]
	}
}
