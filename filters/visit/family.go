package visit

import (
	"fmt"
	"slices"
	"strings"
)

// Other is the value that everything undeclared is counted under.
const Other = "other"

// Dim is one label of a family: its name and every value it can have. One made by
// hand works too, if more slowly than one of [NewDim].
type Dim struct {
	Name   string
	Values []string
	index  map[string]int
	other  int
}

// NewDim returns a dimension. Names and values are letters, digits, '.', '_' and
// '-', at most 40 of them, each value once.
func NewDim(name string, values ...string) (*Dim, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	d := &Dim{Name: name, Values: values, index: make(map[string]int, len(values)), other: -1}
	for i, v := range values {
		if err := checkName(v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, twice := d.index[v]; twice {
			return nil, fmt.Errorf("%s: %q is declared twice", name, v)
		}
		d.index[v] = i
		if v == Other {
			d.other = i
		}
	}
	return d, nil
}

// Index returns the place of a value, that of "other" for an unknown one, and -1
// where there is no other.
func (d *Dim) Index(value string) int {
	if d.index == nil {
		i := slices.Index(d.Values, value)
		if i < 0 {
			i = slices.Index(d.Values, Other)
		}
		return i
	}
	if i, ok := d.index[value]; ok {
		return i
	}
	return d.other
}

func checkName(s string) error {
	if s == "" || len(s) > maxName {
		return fmt.Errorf("name %q: it needs 1 to %d characters", s, maxName)
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return fmt.Errorf("name %q: letters, digits, '.', '_' and '-' only", s)
		}
	}
	return nil
}

// Unit is what one contribution to a family comes from, and so what its noise
// protects.
type Unit string

const (
	// PerDevice families are bounded for each device and day by the cookie.
	PerDevice Unit = "device"
	// PerEvent families can't be bounded for a device, since nothing is stored on
	// it: each single page load or answer is protected.
	PerEvent Unit = "event"
)

// Family is a table of counts: one cell for each combination of the values of its
// dimensions, the last dimension running fastest.
type Family struct {
	Name string
	Dims []*Dim
	Unit Unit
	// Bound is the most that one unit can add to all the cells together: a
	// device on one day, or a single event.
	Bound int64
	// Weight is the family's share of a privacy budget, relative to the others.
	Weight int64
	// Gate is the family whose cells say how many contributions are behind each
	// cell of this one, or nil. Sums of values have one of the same dimensions.
	Gate *Family

	offset, size int
}

// Len returns the number of cells.
func (f *Family) Len() int {
	n := 1
	for _, d := range f.Dims {
		n *= len(d.Values)
	}
	return n
}

// Of returns the part of a plan's counts that is the family's.
func (f *Family) Of(counts []int64) []int64 { return counts[f.offset : f.offset+f.size] }

// Key returns the stable text of a cell, for example visits{route=product}.
func (f *Family) Key(cell int) string {
	if len(f.Dims) == 0 {
		return f.Name
	}
	place := make([]int, len(f.Dims))
	for i := len(f.Dims) - 1; i >= 0; i-- {
		n := len(f.Dims[i].Values)
		place[i], cell = cell%n, cell/n
	}
	var b strings.Builder
	b.WriteString(f.Name)
	for i, d := range f.Dims {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(d.Name)
		b.WriteByte('=')
		b.WriteString(d.Values[place[i]])
	}
	b.WriteByte('}')
	return b.String()
}

// ID returns the name with the names of the labels, for example visits{route}. It
// is unique in a plan.
func (f *Family) ID() string {
	if len(f.Dims) == 0 {
		return f.Name
	}
	names := make([]string, len(f.Dims))
	for i, d := range f.Dims {
		names[i] = d.Name
	}
	return f.Name + "{" + strings.Join(names, ",") + "}"
}

// cell returns the plan-wide index of a cell.
func (f *Family) cell(places ...int) uint32 {
	c := 0
	for i, p := range places {
		c = c*len(f.Dims[i].Values) + p
	}
	return uint32(f.offset + c)
}

// SplitKey takes the text of a cell apart: the family's ID and the values of its
// labels in order.
func SplitKey(key string) (id string, values []string, ok bool) {
	name, labels, found := strings.Cut(key, "{")
	if !found {
		return name, nil, checkName(name) == nil
	}
	labels, found = strings.CutSuffix(labels, "}")
	if !found || checkName(name) != nil {
		return "", nil, false
	}
	var b strings.Builder
	b.WriteString(name)
	for more, sep := true, byte('{'); more; sep = ',' {
		var label string
		label, labels, more = strings.Cut(labels, ",")
		k, v, _ := strings.Cut(label, "=")
		if checkName(k) != nil || checkName(v) != nil {
			return "", nil, false
		}
		b.WriteByte(sep)
		b.WriteString(k)
		values = append(values, v)
	}
	b.WriteByte('}')
	return b.String(), values, true
}
