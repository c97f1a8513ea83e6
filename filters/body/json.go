package body

import (
	"errors"
	"fmt"
	"sync"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// jsonEditor edits JSON texts. It goes from member to member: the comma before
// one, its name and what is between are held until the value is seen, so that all
// of it can go.
type jsonEditor struct {
	judge   *judge
	partner bool // the judge's
	many    bool // several texts may follow each other
	nesting int  // how many bodies this one stands in

	expect expectation
	marked bool // a byte order mark can't follow any more
	texts  int  // how many texts have begun

	frames [MaxDepth + 1]frame // [0] is around the texts
	depth  int
	muted  int  // the depth of the container that is left out; 0 for none
	drop   bool // the long string is left out

	members  members // what is known of names
	unquoted []byte  // memory for names
	scratch  []byte  // memory for values

	said   []byte // what the last member called "name" or so says
	saidAt int    // the depth of the object that holds it; 0 for none
	typed  bool   // the member is called "type"
}

// frame is a container that is open.
type frame struct {
	array bool
	kept  bool    // something in it was written
	under *member // the name that it stands under
	last  *member // the one that was read last in it
}

// expectation is what comes next.
type expectation uint8

const (
	aText    expectation = iota // or the end
	aFirst                      // a member or element, or the end of the container
	aComma                      // or the end of the container
	aPassage                    // of a long string
)

var jsonEditors = sync.Pool{New: func() any { return new(jsonEditor) }}

// newJSON returns an editor for texts that stand under a name, in so many other
// bodies.
func newJSON(j *judge, name string, many bool, nesting int) *jsonEditor {
	e := jsonEditors.Get().(*jsonEditor)
	e.judge, e.partner, e.many, e.nesting = j, j.partner(), many, nesting
	e.expect, e.marked, e.texts = aText, false, 0
	e.depth, e.muted, e.drop, e.saidAt = 0, 0, false, 0
	e.frames[0] = frame{array: true, under: e.members.begin(j, name)}
	return e
}

func (e *jsonEditor) release() {
	e.judge = nil
	jsonEditors.Put(e)
}

// edit implements [editor].
func (e *jsonEditor) edit(dst, src []byte, last bool) ([]byte, int, error) {
	i := 0
	if !e.marked {
		var ok bool
		if i, ok = markLen(src, last); !ok {
			return dst, 0, nil
		}
		e.marked = true
		dst = append(dst, src[:i]...)
	}
	for {
		out, n, err := e.step(dst, src[i:], last)
		dst = out
		i += n
		if err == nil {
			continue
		}
		switch more := errors.Is(err, errMore); {
		case more && last && (e.expect != aText || i < len(src)):
			return dst, i, errJSON("that ends too early")
		case more:
			return dst, i, nil
		default:
			return dst, i, err
		}
	}
}

// step takes a bracket, a scalar with what is before it, or a part of a long
// string. With errMore it may have taken blanks.
func (e *jsonEditor) step(dst, src []byte, last bool) ([]byte, int, error) {
	if e.expect == aPassage {
		return e.passage(dst, src)
	}
	at := skipSpace(src, 0)
	f := &e.frames[e.depth]
	switch e.expect {
	case aText:
		for e.many && at < len(src) && src[at] == 0x1E { // RFC 7464
			at = skipSpace(src, at+1)
		}
		dst = e.write(dst, src[:at])
		if at == len(src) {
			return dst, at, errMore
		}
		if e.texts == 1 && !e.many {
			return dst, at, errJSON("with more after it")
		}
		out, n, err := e.item(dst, src[at:], last)
		return out, at + n, err
	case aComma:
		if at > 0 {
			dst = e.write(dst, src[:at])
		}
		if at == len(src) {
			return dst, at, errMore
		}
		if src[at] == ',' {
			out, n, err := e.item(dst, src[at:], last)
			return out, at + n, err
		}
	case aFirst:
		if at == len(src) || at > maxHeld {
			return dst, 0, held(at)
		}
	}
	if src[at] == f.bracket() {
		if e.expect == aComma {
			dst = e.write(dst, src[at:at+1])
		} else {
			dst = e.write(dst, src[:at+1])
		}
		return e.close(dst), at + 1, nil
	}
	if e.expect == aFirst {
		return e.item(dst, src, last)
	}
	return dst, at, errJSON("without a comma")
}

// held returns errMore, or what is wrong when too much is held already.
func held(n int) error {
	if n > maxHeld {
		return fmt.Errorf("%w: JSON name or number of more than %d bytes", ErrTooLarge, maxHeld)
	}
	return errMore
}

// item is a member or an element: where it stands in the bytes at hand.
type item struct {
	comma   bool // the first byte is the comma before it
	value   int  // where its value begins
	*member      // nil in what is left out
}

// item takes a comma, a name and a scalar or an opening bracket.
func (e *jsonEditor) item(dst, src []byte, last bool) ([]byte, int, error) {
	it, err := e.begin(src)
	if err != nil {
		return dst, 0, err
	}
	var end int
	var text string
	switch c := src[it.value]; {
	case c == '{' || c == '[':
		return e.open(dst, src, it, last)
	case c == '"':
		return e.str(dst, src, it)
	case c == '-' || isDigit(c):
		end, err = scanNumber(src, it.value, last)
		if n := end - it.value; n > maxHeld || err != nil && errors.Is(err, errMore) {
			return dst, 0, held(n)
		}
		text = view(src[it.value:end])
	default:
		end, err = scanLiteral(src, it.value, last)
	}
	if err != nil {
		return dst, 0, err
	}
	return e.scalar(dst, src, it, end, text), end, nil
}

// begin takes what is before a value: the comma, and in an object the name.
func (e *jsonEditor) begin(src []byte) (item, error) {
	f := &e.frames[e.depth]
	it := item{comma: e.expect == aComma}
	i := 0
	if it.comma {
		i = 1
	}
	i = skipSpace(src, i)
	if f.array {
		if e.muted == 0 {
			it.member = e.element(f)
		}
	} else {
		if i == len(src) {
			return it, held(i)
		}
		if src[i] != '"' {
			return it, errJSON("member without a name")
		}
		var end int
		if it.member = f.expected(src[i:]); it.member != nil {
			end = i + len(it.member.written)
		} else {
			var script script
			var err error
			if end, script, err = scanString(src, i); err != nil {
				if errors.Is(err, errMore) {
					err = held(len(src))
				}
				return it, err
			}
			if e.muted == 0 {
				it.member = e.memberOf(f, src[i:end], script)
			}
		}
		f.last = it.member
		i = skipSpace(src, end)
		if i == len(src) {
			return it, held(i)
		}
		if src[i] != ':' {
			return it, errJSON("name without a colon")
		}
		i = skipSpace(src, i+1)
	}
	it.value = i
	if i == len(src) || i > maxHeld {
		return it, held(i)
	}
	return it, nil
}

// scalar judges a value that ends at src[end]; text is what it says, "" for a
// literal.
func (e *jsonEditor) scalar(dst, src []byte, it item, end int, text string) []byte {
	e.finish()
	if e.muted > 0 {
		return dst
	}
	n := e.named(it)
	if it.sibling && src[it.value] == '"' {
		e.said = append(e.said[:0], text[max(0, len(text)-maxName):]...)
		e.saidAt, e.typed = e.depth, it.typed
	}
	if e.partner && (!it.limit.passes() || holdsContact(n.short(), text)) {
		e.judge.withheld()
		return e.leaveOut(dst, src, it)
	}
	v := e.judge.field(n, text)
	if v.Action == identifier.Pass {
		return append(dst, src[e.keep(it):end]...)
	}
	e.judge.report(n.whole, v)
	if v.Action == identifier.Drop {
		return e.leaveOut(dst, src, it)
	}
	dst = e.head(dst, src, it)
	if src[it.value] != '"' && isNumber([]byte(v.Text)) {
		return append(dst, v.Text...)
	}
	return quote(dst, v.Text)
}

// head writes what is before a value that stays.
func (e *jsonEditor) head(dst, src []byte, it item) []byte {
	return append(dst, src[e.keep(it):it.value]...)
}

// keep notes that an item stays, and returns where what is written of it begins.
func (e *jsonEditor) keep(it item) (from int) {
	f := &e.frames[e.depth]
	if it.comma && !f.kept {
		from = 1
	}
	f.kept = true
	return from
}

// leaveOut writes what is left of an item that goes: nothing, but a text of its
// own becomes null.
func (e *jsonEditor) leaveOut(dst, src []byte, it item) []byte {
	if e.depth > 0 {
		return dst
	}
	return append(append(dst, src[:it.value]...), "null"...)
}

// finish notes that an item is complete.
func (e *jsonEditor) finish() {
	if e.depth == 0 {
		e.expect = aText
		e.texts++
		return
	}
	e.expect = aComma
}

// write writes bytes unless they stand in what is left out.
func (e *jsonEditor) write(dst, b []byte) []byte {
	if e.muted > 0 {
		return dst
	}
	return append(dst, b...)
}

func (f *frame) bracket() byte {
	if f.array {
		return ']'
	}
	return '}'
}
