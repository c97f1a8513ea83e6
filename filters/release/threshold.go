package release

import (
	"slices"

	"github.com/fairwaygate/fairway/filters/visit"
)

// suppress hides small cells, merges them, and rounds what is left.
func (pub *Publication) suppress(p *visit.Plan, counts []int64) {
	k, step := pub.Privacy.threshold, pub.Privacy.step()
	hidden := make(map[*visit.Family][]bool)
	byDims := slices.SortedStableFunc(slices.Values(p.Families()), func(a, b *visit.Family) int {
		return len(a.Dims) - len(b.Dims)
	})
	for _, f := range byDims {
		if f.Gate == nil {
			hidden[f] = small(f, f.Of(counts), k, parts(f, byDims, hidden))
		}
	}
	for _, f := range p.Families() {
		cells, behind, h := f.Of(counts), f.Of(counts), hidden[f]
		if f.Gate != nil { // a sum of values is as small as its number of goals
			behind, h = f.Gate.Of(counts), hidden[f.Gate]
		}
		pub.Tables = append(pub.Tables, publishHidden(f, cells, behind, h, k, step))
	}
}

// group is a set of cells whose sum is published elsewhere, or could be known: the
// whole table, all with one value of a label, or all that a coarser table sums up.
type group struct {
	cells []int
	// closed is set where the coarser table hides the sum, so that the cells
	// must not give it away.
	closed bool
}

// parts lists the groups of a family's cells.
func parts(f *visit.Family, families []*visit.Family, hidden map[*visit.Family][]bool) []group {
	groups := split(f, nil, nil)
	if len(f.Dims) < 2 {
		return groups
	}
	for _, d := range f.Dims {
		groups = append(groups, split(f, []*visit.Dim{d}, nil)...)
	}
	for _, g := range families {
		if g.Name == f.Name && len(g.Dims) < len(f.Dims) && within(g.Dims, f.Dims) {
			groups = append(groups, split(f, g.Dims, hidden[g])...)
		}
	}
	return groups
}

func within(dims, all []*visit.Dim) bool {
	for _, d := range dims {
		if !slices.Contains(all, d) {
			return false
		}
	}
	return true
}

// split groups the cells of f by their values of some dimensions, in the order of a
// family of just those. It takes along which of that family's cells are hidden.
func split(f *visit.Family, by []*visit.Dim, hidden []bool) []group {
	n := 1
	for _, d := range by {
		n *= len(d.Values)
	}
	groups := make([]group, n)
	for i := range f.Len() {
		g := 0
		for _, d := range by {
			stride := 1
			for _, later := range f.Dims[slices.Index(f.Dims, d)+1:] {
				stride *= len(later.Values)
			}
			g = g*len(d.Values) + i/stride%len(d.Values)
		}
		groups[g].cells = append(groups[g].cells, i)
	}
	for g := range hidden {
		groups[g].closed = hidden[g]
	}
	return groups
}

func publishHidden(f *visit.Family, cells, behind []int64, hidden []bool, k, step int64) Table {
	t := Table{Family: f, Cells: make([]int64, len(cells)), Step: step, Small: k - 1}
	if f.Gate != nil {
		t.Small *= f.Bound / f.Gate.Bound // the most that one goal's value can be
	}
	var rest, restBehind int64
	for i, n := range cells {
		if hidden[i] {
			rest += n
			restBehind += behind[i]
			continue
		}
		t.Cells[i] = round(n, step)
	}
	if slices.Contains(hidden, true) {
		t.Hidden = hidden
	}
	if restBehind >= k {
		t.Rest = round(rest, step)
	}
	if sum(behind) >= k {
		t.Total = round(sum(cells), step)
	}
	return t
}

func round(n, step int64) int64 { return (n + step/2) / step * step }

// small marks the cells to hide.
func small(f *visit.Family, cells []int64, k int64, groups []group) []bool {
	hidden := make([]bool, len(cells))
	some := false
	for i, n := range cells {
		hidden[i] = n < k
		some = some || hidden[i] && n > 0
	}
	if some && len(f.Dims) == 1 {
		if other := slices.Index(f.Dims[0].Values, visit.Other); other >= 0 {
			hidden[other] = true
		}
	}
	for _, g := range groups {
		if g.closed {
			for _, i := range g.cells {
				hidden[i] = true
			}
		}
	}
	// A group whose hidden cells are few as a whole would give them away as the
	// difference of its sum and the cells that are shown.
	for changed := true; changed; {
		changed = false
		for _, g := range groups {
			changed = widen(g.cells, cells, hidden, k) || changed
		}
	}
	return hidden
}

// widen hides more cells of a group, the smallest first, until the hidden ones are
// no small group.
func widen(group []int, cells []int64, hidden []bool, k int64) (changed bool) {
	for {
		sum, next := int64(0), -1
		for _, i := range group {
			switch {
			case hidden[i]:
				sum += cells[i]
			case next < 0 || cells[i] < cells[next]:
				next = i
			}
		}
		if sum == 0 || sum >= k || next < 0 {
			return changed
		}
		hidden[next] = true
		changed = true
	}
}
