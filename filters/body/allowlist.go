package body

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Allowlist holds the fields that a partner may receive. It is immutable and
// safe for concurrent use.
type Allowlist struct{ start *state }

// NewAllowlist returns the list of fields named by dotted paths, such as
// "order.total". A path names a member of objects within each other and all that
// is below it; arrays on the way are passed through, so that
// "order.items.price" is the price of each item. A segment "*" stands for any
// name, and for the place in an array. Names are compared as they are, case
// included. Without paths nothing may pass.
func NewAllowlist(paths ...string) (*Allowlist, error) {
	b := builder{states: make(map[string]*state)}
	var start []position
	for _, path := range paths {
		segments := strings.Split(path, ".")
		if slices.Contains(segments, "") {
			return nil, fmt.Errorf("field %q: expected names joined by single dots", path)
		}
		start = append(start, position{len(b.paths), 0})
		b.paths = append(b.paths, segments)
	}
	if len(paths) == 0 {
		return &Allowlist{start: new(state)}, nil
	}
	return &Allowlist{start: b.state(start)}, nil
}

// state is how far the paths are walked: what may pass below a field. The nil
// state lets nothing pass.
type state struct {
	whole bool              // the field may pass, and all that is below it
	names map[string]*state // what follows these names
	hints uint64            // those of the names
	other *state            // what follows any other name
	array *state            // what follows a step into an array
}

// anything is the state that lets all pass.
var anything = &state{whole: true}

// passes reports whether a scalar may pass here.
func (s *state) passes() bool { return s != nil && s.whole }

// child returns what may pass of the member of that name.
func (s *state) child(name string) *state {
	if s == nil || s.whole {
		return s
	}
	if s.hints&hint(name) != 0 {
		if next, ok := s.names[name]; ok {
			return next
		}
	}
	return s.other
}

// hint returns the bit that stands for a name in [state.hints]: it spares most
// names a look-up.
func hint(name string) uint64 {
	if name == "" {
		return 1
	}
	return 1 << ((uint(name[0]) + uint(len(name))) % 64)
}

// element returns what may pass of an array's elements.
func (s *state) element() *state {
	if s == nil || s.whole {
		return s
	}
	return s.array
}

// path returns what may pass of the member of that name, which may be a path
// itself, as flat objects have it: "order.total".
func (s *state) path(name string) *state {
	if next := s.child(name); next != nil {
		return next
	}
	for {
		segment, rest, more := strings.Cut(name, ".")
		if s = s.child(segment); s == nil || !more {
			return s
		}
		name = rest
	}
}

// builder makes states of sets of positions in the paths, as finite automata are
// made deterministic.
type builder struct {
	paths  [][]string
	states map[string]*state
}

// position is a path of which so many segments are walked.
type position struct{ path, walked int }

func (b *builder) state(at []position) *state {
	if len(at) == 0 {
		return nil
	}
	slices.SortFunc(at, func(a, b position) int {
		if a.path != b.path {
			return a.path - b.path
		}
		return a.walked - b.walked
	})
	at = slices.Compact(at)
	var key strings.Builder
	for _, p := range at {
		key.WriteString(strconv.Itoa(p.path) + "." + strconv.Itoa(p.walked) + " ")
	}
	if s, ok := b.states[key.String()]; ok {
		return s
	}
	s := new(state)
	b.states[key.String()] = s
	var others, array []position
	named := make(map[string][]position)
	for _, p := range at {
		if p.walked == len(b.paths[p.path]) {
			s.whole = true
			return s
		}
		next := position{p.path, p.walked + 1}
		array = append(array, p)
		switch segment := b.paths[p.path][p.walked]; segment {
		case "*":
			others = append(others, next)
			array = append(array, next)
		default:
			named[segment] = append(named[segment], next)
		}
	}
	s.other, s.array = b.state(others), b.state(array)
	s.names = make(map[string]*state, len(named))
	for name, next := range named {
		s.names[name] = b.state(slices.Concat(next, others))
		s.hints |= hint(name)
	}
	return s
}
