package dashboard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// row is a sum over a range for one combination of label values.
type row struct {
	labels []release.Label
	sum    int64
	// cells and variance tell how much noise is in the sum. Rows that agree in both
	// have intervals of the same width.
	cells    int
	variance float64
}

// split is a family summed over a range for every combination of some of its labels
// at once. Asking the series for each would go over all cells for each.
type split struct {
	site   *Site
	in     Range
	family string
	labels []string
	rows   []row
	exact  bool // no table hides or rounds
	widths map[width]release.Figure
	same   width // of the last figure, whose interval is wide
	wide   release.Figure

	index map[string]int // of rows, by the values of their labels
	last  layout
}

type width struct {
	cells    int
	variance float64
}

// split adds up the tables that [release.Series.Sum] would read. Rows come in the
// order in which the newest table declares their labels.
func (s *Site) split(in Range, family string, labels ...string) *split {
	sp := newSplit(s, family, labels...)
	sp.read(in)
	return sp
}

// newSplit returns a split that has read no range.
func newSplit(s *Site, family string, labels ...string) *split {
	return &split{site: s, family: family, labels: labels, widths: make(map[width]release.Figure)}
}

// read sums up a range in place of the last. Where its tables have the cells of the
// last the rows stay; else they are others.
func (sp *split) read(in Range) (others bool) {
	sp.in, sp.exact = in, true
	fresh := true
	for _, p := range slices.Backward(sp.site.between(in)) {
		t := p.Find(sp.family, sp.labels...)
		if t == nil {
			continue
		}
		fits := sp.last.fits(t.Family)
		if fresh {
			fresh = false
			if !fits || len(sp.rows) != len(sp.last.used) {
				sp.rows, sp.index, fits, others = nil, make(map[string]int), false, true
			}
			sp.clear()
		}
		if !fits {
			sp.last = sp.layout(t.Family)
		}
		for cell, n := range t.Cells {
			sp.rows[sp.last.rows[cell]].sum += n
		}
		deviation := t.Deviation()
		for _, i := range sp.last.used {
			sp.rows[i].cells += sp.last.per * max(t.Draws, 1)
			sp.rows[i].variance += float64(sp.last.per) * deviation * deviation
		}
		sp.exact = sp.exact && t.Small == 0 && t.Hidden == nil
	}
	if fresh {
		sp.clear()
	}
	return others
}

// clear makes all sums those of no table.
func (sp *split) clear() {
	for i := range sp.rows {
		sp.rows[i] = row{labels: sp.rows[i].labels}
	}
}

// layout says which row each cell of a table belongs to.
type layout struct {
	dims []*visit.Dim
	rows []int // by cell
	used []int // each row once
	per  int   // cells a row
}

// fits reports whether a family has the same cells.
func (l *layout) fits(f *visit.Family) bool {
	return l.dims != nil && slices.EqualFunc(l.dims, f.Dims, func(a, b *visit.Dim) bool {
		return a == b || a.Name == b.Name && slices.Equal(a.Values, b.Values)
	})
}

func (sp *split) layout(f *visit.Family) layout {
	labels, index := sp.labels, sp.index
	l := layout{dims: f.Dims, rows: make([]int, f.Len())}
	dims := make([]int, len(labels))
	for i, name := range labels {
		dims[i] = slices.IndexFunc(f.Dims, func(d *visit.Dim) bool { return d.Name == name })
	}
	place := make([]int, len(f.Dims))
	values := make([]string, len(labels))
	used := make(map[int]bool)
	for cell := range l.rows {
		rest := cell
		for d := len(place) - 1; d >= 0; d-- {
			n := len(f.Dims[d].Values)
			place[d], rest = rest%n, rest/n
		}
		for i, d := range dims {
			values[i] = f.Dims[d].Values[place[d]]
		}
		key := strings.Join(values, ",")
		at, known := index[key]
		if !known {
			at = len(sp.rows)
			index[key] = at
			r := row{labels: make([]release.Label, len(labels))}
			for i, v := range values {
				r.labels[i] = release.Label{Name: labels[i], Value: v}
			}
			sp.rows = append(sp.rows, r)
		}
		l.rows[cell] = at
		if !used[at] {
			used[at] = true
			l.used = append(l.used, at)
		}
	}
	l.per = len(l.rows) / max(len(l.used), 1)
	return l
}

// figure reads a row. Sums with the same noise have intervals of the same width, so
// the series is asked once for each width.
func (sp *split) figure(r *row) Figure {
	from, to := sp.in.days()
	if !sp.exact {
		return Figure(sp.site.series.Sum(from, to, sp.family, r.labels...))
	}
	key := width{r.cells, r.variance}
	f, known := sp.wide, key == sp.same && sp.wide.OK
	if !known {
		f, known = sp.widths[key]
	}
	if !known {
		f = sp.site.series.Sum(from, to, sp.family, r.labels...)
		f.Low, f.High = f.Low-f.Value, f.High-f.Value
		sp.widths[key] = f
	}
	sp.same, sp.wide = key, f
	v := float64(r.sum)
	return Figure{Value: v, Error: f.Error, Low: v + f.Low, High: v + f.High, OK: f.OK}
}

// byLabels returns a look-up of figures by the values of the split's labels.
func (sp *split) byLabels() func(values ...string) Figure {
	index := make(map[string]*row, len(sp.rows))
	for i := range sp.rows {
		index[joinLabels(sp.rows[i].labels)] = &sp.rows[i]
	}
	return func(values ...string) Figure {
		if r := index[strings.Join(values, ",")]; r != nil {
			return sp.figure(r)
		}
		return Figure{}
	}
}

// joinLabels writes values as one key. No value has a comma.
func joinLabels(labels []release.Label) string { return strings.Join(valuesOf(labels), ",") }

// top returns the n largest rows of a split by one label, largest first, and how
// many were left out. What is not declared comes last and is never left out.
func (sp *split) top(n int) (rows []*row, more int) {
	var other *row
	for i := range sp.rows {
		if r := &sp.rows[i]; r.labels[0].Value == visit.Other {
			other = r
		} else {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(b.sum, a.sum) })
	more = max(0, len(rows)-n)
	rows = rows[:len(rows)-more]
	if other != nil {
		rows = append(rows, other)
	}
	return rows, more
}

// ranked returns the n largest rows of a split by one label as values.
func (sp *split) ranked(n int) (values []Value, more int) {
	rows, more := sp.top(n)
	for _, r := range rows {
		values = append(values, Value{r.labels[0].Value, sp.figure(r)})
	}
	return values, more
}

// inOrder returns all rows of a split by one label in their declared order.
func (sp *split) inOrder() (values []Value) {
	for i := range sp.rows {
		values = append(values, Value{sp.rows[i].labels[0].Value, sp.figure(&sp.rows[i])})
	}
	return values
}
