package page

import "bytes"

// wild reads a region in which it is not certain what is text and what is
// markup: every "<" and letter is read as a tag, wherever it stands. How a tag
// is read from its "<" on is the same in all readings, so this finds them all.
func (r *Rewriter) wild(pos int) (int, bool) {
	move := func(to int) int {
		r.work = max(0, r.work-workRate*(to-pos))
		pos = to
		return to
	}
	for {
		move(r.skipPending(pos))
		j := bytes.IndexByte(r.b[pos:], '<')
		if j < 0 {
			return move(len(r.b)), false
		}
		i := move(pos + j)
		if k := r.skipPending(i); k > i {
			move(k)
			continue
		}
		r.makePending(i)
		if i+1 == len(r.b) {
			return r.short(i)
		}
		if !isLetter(r.b[i+1]) {
			move(i + 1)
			continue
		}
		limit := MaxHeld
		if r.work > workMax {
			limit = shortTag
		}
		n := r.lex(i, limit)
		var look lookAhead
		switch {
		case n < 0 && len(r.b)-i < limit:
			return i, false
		case n < 0 && limit == MaxHeld && len(r.pending) == 0:
			r.lexing = false
			return r.enterLong(i)
		case n < 0 || limit == shortTag && r.tag.flags&rawTag != 0:
			r.breakTag(i)
			move(i + 1)
			continue
		case !r.lookAhead(i, n, false, &look):
			r.lexing = true
			return i, false
		}
		if len(r.tag.attrs) > 0 || look.found {
			r.judgeTag(r.b[i:i+n], i, &look)
			r.merge()
		}
		move(i + 1)
		r.work += n + look.read
	}
}

// In a doubtful region the same bytes are read again from every "<" before them.
// That work is bounded: when it has run ahead of the input by workMax bytes, at
// workRate to one, tags must be short, and those that are not are broken.
const (
	workRate = 16
	workMax  = 16 * MaxHeld
	shortTag = 512
)

// breakTag makes a tag that would cost too much to read text in all readings.
func (r *Rewriter) breakTag(i int) {
	r.lexing = false
	from := len(r.scratch)
	r.scratch = append(r.scratch, "&lt;"...)
	r.edits = append(r.edits[:0], edit{i, i + 1, from, len(r.scratch)})
	r.merge()
}

// skipPending returns where the pending replacement ends in which an offset
// lies, or the offset.
func (r *Rewriter) skipPending(at int) int {
	for _, e := range r.pending {
		if e.from <= at && at < e.to {
			return e.to
		}
	}
	return at
}

// merge adds a tag's edits to the pending ones. What overlaps is already gone.
func (r *Rewriter) merge() {
next:
	for _, e := range r.edits {
		k := len(r.pending)
		for k > 0 && r.pending[k-1].from >= e.from {
			k--
		}
		for _, p := range r.pending {
			if e.from < p.to && p.from < e.to || p == e || p.from <= e.from && e.to <= p.to && p.from < p.to {
				continue next
			}
			if e.from == e.to && p.from == p.to && e.from == p.from {
				continue next // the same tag or attribute, seen from further left
			}
		}
		r.pending = append(r.pending, edit{})
		copy(r.pending[k+1:], r.pending[k:])
		r.pending[k] = e
	}
}

// settle makes the pending edits before an offset and passes b on up to it, at
// the end of a scan.
func (r *Rewriter) settle(at int) {
	r.makePending(at)
	for k := range r.pending {
		r.pending[k].from -= at
		r.pending[k].to -= at
	}
	r.pass(at)
}

// makePending makes the pending edits before an offset.
func (r *Rewriter) makePending(at int) {
	n := 0
	for n < len(r.pending) && r.pending[n].from < at {
		n++
	}
	if n > 0 {
		r.apply(r.pending[:n])
		r.pending = r.pending[:copy(r.pending, r.pending[n:])]
	}
	if len(r.pending) == 0 {
		r.scratch = r.scratch[:0]
	}
}
