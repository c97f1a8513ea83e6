package release

import (
	"slices"

	"github.com/fairwaygate/fairway/filters/visit"
)

// Join adds a later publication of the same day to pub, so that figures read from
// the sum are those read from both, and years of short epochs fit into memory. It
// reports false and changes nothing where that can't be: the two were protected
// otherwise, or have other tables. What was joined is to be read, not to be stored.
// A cell that only some of them hide is the sum of the others.
func (pub *Publication) Join(next *Publication) bool {
	if pub.Privacy != next.Privacy || pub.Epoch.Day() != next.Epoch.Day() || pub.Epoch.End.After(next.Epoch.Start) ||
		!slices.EqualFunc(pub.Tables, next.Tables, joinable) {
		return false
	}
	for i := range pub.Tables {
		t, n := &pub.Tables[i], &next.Tables[i]
		if t.Small > 0 {
			t.joined = slices.Concat(t.hidings(), n.hidings())
		}
		for cell := range t.Cells {
			t.Cells[cell] += n.Cells[cell]
		}
		for cell := range t.Hidden {
			t.Hidden[cell] = t.Hidden[cell] && n.hidden(cell)
		}
		t.Total += n.Total
		t.Rest += n.Rest
		t.Draws = t.draws() + n.draws()
	}
	pub.Spent += next.Spent
	pub.Epoch.End = next.Epoch.End
	return true
}

// Clone returns a copy whose cells can be changed.
func (pub *Publication) Clone() *Publication {
	c := *pub
	c.Tables = slices.Clone(pub.Tables)
	for i := range c.Tables {
		c.Tables[i].Cells = slices.Clone(c.Tables[i].Cells)
		c.Tables[i].Hidden = slices.Clone(c.Tables[i].Hidden)
	}
	return &c
}

func joinable(a, b Table) bool {
	return a.Small == b.Small && a.Step == b.Step && a.Epsilon == b.Epsilon &&
		a.Family.Name == b.Family.Name && a.Family.Unit == b.Family.Unit && a.Family.Bound == b.Family.Bound &&
		slices.EqualFunc(a.Family.Dims, b.Family.Dims, func(a, b *visit.Dim) bool {
			return a == b || a.Name == b.Name && slices.Equal(a.Values, b.Values)
		})
}

// hidings lists what each publication of the table hides.
func (t *Table) hidings() []hiding {
	if t.joined != nil {
		return t.joined
	}
	return []hiding{t.hides()}
}

func (t *Table) draws() int { return max(t.Draws, 1) }
