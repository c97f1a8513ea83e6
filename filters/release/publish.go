package release

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/fairwaygate/fairway/filters/visit"
)

// Publication is what is made known of one epoch.
type Publication struct {
	Epoch   visit.Epoch
	Privacy Privacy
	// Spent is the part of the daily budget that the tables took, in the unit of
	// epsilon. It is 0 without noise.
	Spent  float64
	Tables []Table
}

// Table holds the published cells of a family.
type Table struct {
	Family *visit.Family
	// Epsilon is the table's share of the budget in millionths, 0 without noise.
	Epsilon int64
	// Draws is how many draws of noise are in each cell: one for each publication
	// that was joined. 0 is one.
	Draws int
	// Cells are the published counts, in the order of the family's cells.
	Cells []int64
	// Hidden marks the cells that a threshold hides; they are 0. It is nil when
	// none is hidden.
	Hidden []bool
	// Rest is the sum of the hidden cells, and of the cell "other" where there is
	// one. It is 0 where even that is too small.
	Rest int64
	// Total is the sum of the published cells under noise. Under a threshold it
	// is the sum of all, rounded by itself, and 0 where even that is too small.
	Total int64
	// Step is what numbers are rounded to under a threshold, and Small the most
	// that a number shown as 0 can be. Both are 0 without one.
	Step, Small int64

	joined []hiding // of each publication that was joined, under a threshold
}

// Deviation returns the standard deviation of the noise in each cell.
func (t *Table) Deviation() float64 {
	if t.Epsilon == 0 {
		return 0
	}
	return math.Sqrt(float64(t.draws())) * deviation(t.Epsilon, t.Family.Bound*micro)
}

func (t *Table) hidden(cell int) bool { return t.Hidden != nil && t.Hidden[cell] }

// maxBound keeps the arithmetic of the noise within 64 bits.
const maxBound = 1 << 53 / micro

// Publish protects the counts of a closed epoch, as [visit.Plan.Counts] gathers
// them. Nil random is the system's cryptographic source. When it fails nothing is
// published.
func Publish(p *visit.Plan, e visit.Epoch, counts []int64, privacy Privacy, random io.Reader) (*Publication, error) {
	if len(counts) != p.Len() {
		return nil, fmt.Errorf("release: %d counts for a plan of %d cells", len(counts), p.Len())
	}
	pub := &Publication{Epoch: e, Privacy: privacy}
	switch {
	case privacy.raw:
		for _, f := range p.Families() {
			cells := slices.Clone(f.Of(counts))
			pub.Tables = append(pub.Tables, Table{Family: f, Cells: cells, Total: sum(cells)})
		}
		return pub, nil
	case privacy.threshold > 0:
		pub.suppress(p, counts)
		return pub, nil
	}
	if random == nil {
		random = rand.Reader
	}
	if err := pub.perturb(p, counts, random); err != nil {
		return nil, err
	}
	return pub, nil
}

// Raw returns the counts of an epoch as they are, in the form of a publication, to
// read figures from. They are not protected and must not be shown to anyone.
func Raw(p *visit.Plan, e visit.Epoch, counts []int64) (*Publication, error) {
	return Publish(p, e, counts, Privacy{raw: true}, nil)
}

// perturb adds noise to every cell.
func (pub *Publication) perturb(p *visit.Plan, counts []int64, random io.Reader) error {
	var weights int64
	for _, f := range p.Families() {
		weights += f.Weight
	}
	noise := &laplace{random: random}
	spent := int64(0)
	for _, f := range p.Families() {
		epsilon := pub.Privacy.budget() * f.Weight / weights
		if epsilon == 0 {
			return errors.New("release: the budget is too small to be split")
		}
		if f.Bound > maxBound {
			return fmt.Errorf("release: %s: a bound of %d is too large for noise", f.ID(), f.Bound)
		}
		spent += epsilon
		t := Table{Family: f, Epsilon: epsilon, Cells: make([]int64, f.Len())}
		for i, n := range f.Of(counts) {
			t.Cells[i] = n + noise.draw(epsilon, f.Bound*micro)
		}
		t.Total = sum(t.Cells)
		pub.Tables = append(pub.Tables, t)
	}
	if noise.err != nil {
		return fmt.Errorf("release: no randomness for noise: %w", noise.err)
	}
	pub.Spent = float64(spent) / micro
	return nil
}

func sum(cells []int64) (total int64) {
	for _, n := range cells {
		total += n
	}
	return total
}

// Cell is one published number.
type Cell struct {
	Key    string
	Value  int64 // as published; show negative values as 0
	Hidden bool
	// Error is the standard error that the noise gives it; Low and High the
	// bounds that hold the true count 95 times in 100, or always under a
	// threshold.
	Error, Low, High float64
}

// All yields every cell of the publication with its stable key. Hidden cells are
// marked; their sum is in the Rest of their table.
func (pub *Publication) All() iter.Seq[Cell] {
	return func(yield func(Cell) bool) {
		for ti := range pub.Tables {
			t := &pub.Tables[ti]
			for i, n := range t.Cells {
				var p part
				var a tally
				p.take(t, i)
				a.add(t, p)
				f := a.figure()
				if !yield(Cell{t.Family.Key(i), n, t.hidden(i), f.Error, f.Low, f.High}) {
					return
				}
			}
		}
	}
}

// Find returns the table of that name with the fewest labels among those that have
// the given labels, or nil.
func (pub *Publication) Find(name string, labels ...string) *Table {
	var best *Table
	for i := range pub.Tables {
		t := &pub.Tables[i]
		if t.Family.Name != name || best != nil && len(best.Family.Dims) <= len(t.Family.Dims) {
			continue
		}
		if hasLabels(t.Family, labels) {
			best = t
		}
	}
	return best
}

func hasLabels(f *visit.Family, labels []string) bool {
	for _, l := range labels {
		if dimOf(f, l) < 0 {
			return false
		}
	}
	return true
}

func dimOf(f *visit.Family, label string) int {
	for i, d := range f.Dims {
		if d.Name == label {
			return i
		}
	}
	return -1
}

// Shown returns a published number as people should see it.
func Shown(n float64) float64 { return math.Max(n, 0) }
