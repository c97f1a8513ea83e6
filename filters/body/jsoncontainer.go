package body

import (
	"bytes"
	"fmt"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// open takes the opening bracket of an object or array, or the whole of an array
// that is a position.
func (e *jsonEditor) open(dst, src []byte, it item, last bool) ([]byte, int, error) {
	if e.depth == MaxDepth {
		return dst, 0, fmt.Errorf("%w: JSON more than %d levels deep", ErrTooLarge, MaxDepth)
	}
	array := src[it.value] == '['
	after := it.value + 1
	if e.muted == 0 {
		if it.limit == nil {
			e.judge.withheld()
			return e.mute(dst, src, it, array), after, nil
		}
		n := e.named(it)
		if array && e.judge.ids != nil && it.limit.passes() {
			out, end, err := e.position(dst, src, it, n, last)
			if err != nil || end > 0 {
				return out, end, err
			}
		}
		if v := e.judge.container(n, array); v.Action != identifier.Pass {
			e.judge.report(n.whole, v)
			return e.mute(dst, src, it, array), after, nil
		}
		dst = append(e.head(dst, src, it), src[it.value])
	}
	e.push(it, array)
	return dst, after, nil
}

// mute leaves out an object or array that begins here.
func (e *jsonEditor) mute(dst, src []byte, it item, array bool) []byte {
	dst = e.leaveOut(dst, src, it)
	e.push(it, array)
	e.muted = e.depth
	return dst
}

func (e *jsonEditor) push(it item, array bool) {
	if e.depth == 0 {
		e.texts++
	}
	e.depth++
	e.frames[e.depth] = frame{array: array, under: it.member}
	if e.saidAt >= e.depth {
		e.saidAt = 0
	}
	e.expect = aFirst
}

// close ends the container whose bracket was written.
func (e *jsonEditor) close(dst []byte) []byte {
	if e.muted == e.depth {
		e.muted = 0
	}
	e.depth--
	e.expect = aComma
	if e.depth == 0 {
		e.expect = aText
	}
	return dst
}

// maxPosition is the longest array that is looked at as a whole.
const maxPosition = 256

// inPosition holds the characters of numbers and what is between them.
var inPosition = func() (t [256]bool) {
	for _, c := range "0123456789+-.eE, \t\r\n\"" {
		t[c] = true
	}
	return t
}()

// position judges an array of two to four numbers, which may be strings, as a whole:
// a position of GeoJSON (RFC 7946 section 3.1.1) is a place only as a pair. It returns 0 when
// the array is not one or stays as it is, so that its elements are judged each.
func (e *jsonEditor) position(dst, src []byte, it item, n *names, last bool) ([]byte, int, error) {
	from := it.value + 1
	list := src[from:min(len(src), from+maxPosition)]
	length, commas := 0, 0
	for length < len(list) && inPosition[list[length]] {
		if list[length] == ',' {
			commas++
		}
		length++
	}
	switch {
	case length == len(list) && len(list) < maxPosition && !last:
		return dst, 0, errMore
	case length == len(list), list[length] != ']', commas < 1 || commas > 3:
		return dst, 0, nil
	}
	numbers := bytes.Split(list[:length], []byte{','})
	e.scratch = e.scratch[:0]
	for i, number := range numbers {
		number = bytes.Trim(number, " \t\r\n")
		if len(number) > 2 && number[0] == '"' && number[len(number)-1] == '"' {
			number = number[1 : len(number)-1]
		}
		if !isNumber(number) {
			return dst, 0, nil
		}
		if i > 0 {
			e.scratch = append(e.scratch, ',')
		}
		e.scratch = append(e.scratch, number...)
	}
	v := e.judge.field(n, view(e.scratch))
	switch {
	case v.Action == identifier.Pass, v.Kind != identifier.Place:
		return dst, 0, nil
	case v.Action == identifier.Coarsen:
		dst = e.head(dst, src, it)
		dst = append(dst, '[')
		dst = coarsen(dst, numbers, []byte(v.Text))
		dst = append(dst, ']')
	default:
		v.Action = identifier.Drop
		dst = e.leaveOut(dst, src, it)
	}
	e.judge.report(n.whole, v)
	e.finish()
	return dst, from + length + 1, nil
}

// aroundNumber is what may stand around a number of a position.
const aroundNumber = " \t\r\n\""

// coarsen writes the numbers of text, with the blanks and quotation marks that were
// around the numbers before. There may be fewer than there were.
func coarsen(dst []byte, numbers [][]byte, text []byte) []byte {
	i := 0
	for coarse := range bytes.SplitSeq(text, []byte{','}) {
		old := numbers[i]
		start := len(old) - len(bytes.TrimLeft(old, aroundNumber))
		end := len(bytes.TrimRight(old, aroundNumber))
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, old[:start]...)
		dst = append(dst, coarse...)
		dst = append(dst, old[end:]...)
		i++
	}
	return dst
}
