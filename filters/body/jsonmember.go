package body

import (
	"strings"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// member is what is known of a name in the place where it stands: bodies repeat the
// same names in the same order, record after record and request after request.
type member struct {
	names
	written string // the name with its quotation marks, as the text has it; "" for an element
	name    int    // where the name begins in names.whole
	limit   *state // what may pass of it to a partner: nil for nothing, without a partner anything

	nothing bool // the name says nothing without that of what holds it
	sibling bool // it may say what a member beside it holds
	typed   bool // it is "type"

	kept     bool    // it stays known
	first    *member // the first that was met under it
	count    uint8   // how many were
	missed   uint8   // how many others, once these were as many as may be
	other    *member // the next that was met beside it
	next     *member // the one that followed it the last time
	elements *member // of the array under it
}

// The limits of what is remembered. What is beyond them is looked at each time.
const (
	maxMembers    = 128     // names
	maxBeside     = 32      // names in one object
	maxMissed     = 100     // names that are looked for beside so many
	maxWritten    = 64      // bytes of a name as it is written
	maxWhole      = 256     // bytes of a name with its path
	maxRemembered = 8 << 10 // bytes of all names

	// maxName is how much of a name is kept for its judgement: the end.
	maxName = 256
)

// members remembers names, as long as they are judged alike. It holds no value, stays
// in memory, and nothing of it can be told from outside; a client that sends ever new
// names has it forgotten from body to body, and is served as fast as without it.
type members struct {
	ids      *identifier.Filter
	receives *Allowlist
	root     member // what the texts stand under
	known    [maxMembers]member
	used     int
	text     [maxRemembered]byte // of the names
	length   int
	full     bool

	passing [MaxDepth + 1]member // at each depth one that isn't remembered
	path    []byte               // the names of those
}

// begin returns what texts under a name stand under. It forgets what was known of
// others that were judged differently.
func (m *members) begin(j *judge, name string) *member {
	if m.full || m.ids != j.ids || m.receives != j.o.Receives || m.root.limit == nil || m.root.whole != name {
		m.ids, m.receives = j.ids, j.o.Receives
		m.used, m.length, m.full = 0, 0, false
		m.root = member{limit: anything, kept: true}
		if len(name) <= maxWhole {
			m.root.whole = m.keep(name)
		} else {
			m.root.whole = strings.Clone(name)
		}
		if j.partner() {
			m.root.limit = j.o.Receives.start
		}
	}
	return &m.root
}

// remember returns room for a name that stays known with two texts, or nil.
func (m *members) remember(under *member, written []byte, whole string) *member {
	if !under.kept || len(written) > maxWritten || len(whole) > maxWhole || under.count == maxBeside {
		return nil
	}
	if m.used == maxMembers || m.length+len(written)+len(whole) > len(m.text) {
		m.full = true
		return nil
	}
	k := &m.known[m.used]
	m.used++
	*k = member{written: m.keep(view(written)), kept: true}
	k.whole = m.keep(whole)
	return k
}

func (m *members) keep(text string) string {
	b := m.text[m.length : m.length+len(text)]
	copy(b, text)
	m.length += len(text)
	return view(b)
}

// expected returns the member that is next in an object, if it is the one that the
// last time was.
func (f *frame) expected(src []byte) *member {
	if f.under == nil {
		return nil // nothing is known of what is left out
	}
	next := f.under.first
	if f.last != nil {
		next = f.last.next
	}
	if next == nil || len(src) < len(next.written) || view(src[:len(next.written)]) != next.written {
		return nil
	}
	return next
}

// find returns the member of that name, if it is known. In an object that is a map
// of many names it gives up looking.
func (m *member) find(written string) *member {
	if m.missed == maxMissed {
		return nil
	}
	end := len(written) - 2 // of the name, where names of one length differ most
	for k := m.first; k != nil; k = k.other {
		if len(k.written) == len(written) && k.written[end] == written[end] && k.written == written {
			return k
		}
	}
	if m.count == maxBeside {
		m.missed++
	}
	return nil
}

// memberOf returns what is known of a name in an object.
func (e *jsonEditor) memberOf(f *frame, quoted []byte, s script) *member {
	if k := f.under.find(view(quoted)); k != nil {
		f.follows(k)
		return k
	}
	name := quoted[1 : len(quoted)-1]
	if s.escaped {
		e.unquoted = unquote(e.unquoted[:0], quoted)
		name = e.unquoted
	}
	meant := name
	if s.escaped || s.wide {
		name = foldName(name)
	}
	m := &e.members
	whole := append(m.path[:0], f.under.whole...)
	if len(whole) > 0 {
		whole = append(whole, '.')
	}
	begins := len(whole)
	m.path = append(whole, name[max(0, len(name)-maxName):]...)

	k := m.remember(f.under, quoted, view(m.path))
	if k == nil {
		k = &m.passing[e.depth] // which is linked with no other
		k.whole, k.holder, k.element = view(m.path), "", false
	} else {
		if k.other = f.under.first; k.other != nil { // the first stays so
			k.other, f.under.first.other = f.under.first.other, k
		} else {
			f.under.first = k
		}
		f.under.count++
		f.follows(k)
	}
	k.name, k.leaf = begins, begins
	own := k.whole[begins:]
	k.nothing, k.sibling, k.typed = saysNothing(own), namesSibling(own), strings.EqualFold(own, "type")
	if k.nothing && f.under.whole != "" {
		k.leaf, k.holder = f.under.name, k.whole[f.under.name:len(f.under.whole)]
	}
	if k.limit = f.under.limit; k.limit == nil || !k.limit.whole {
		k.limit = k.limit.path(view(meant))
	}
	e.judge.look(&k.names)
	return k
}

// follows remembers that a member came after the last one.
func (f *frame) follows(k *member) {
	if f.last != nil && f.last.kept {
		f.last.next = k
	}
}

// element returns what is known of the elements of an array, or of the texts.
func (e *jsonEditor) element(f *frame) *member {
	if k := f.under.elements; k != nil {
		return k
	}
	m := &e.members
	k := m.remember(f.under, nil, "")
	if k == nil {
		k = &m.passing[e.depth]
	} else {
		f.under.elements = k
	}
	k.whole, k.name, k.leaf = f.under.whole, f.under.name, f.under.name
	k.nothing, k.sibling, k.typed = false, false, false
	k.holder, k.element = "", e.depth > 0
	k.limit = f.under.limit
	if k.element {
		k.limit = k.limit.element()
	}
	e.judge.look(&k.names)
	return k
}

// named returns the names of an item. They hold until the next item.
func (e *jsonEditor) named(it item) *names {
	n := &it.member.names
	n.said = ""
	if e.saidAt != 0 && e.saidAt == e.depth && it.nothing && (e.typed || it.whole[it.name]|0x20 == 'v') {
		n.said = view(e.said)
	}
	return n
}
