package release

import "math"

// Figure is a number read from publications.
type Figure struct {
	Value float64
	// Error is the standard error that the noise gives the value.
	Error float64
	// Low and High hold the true number 95 times in 100 under noise, and always
	// under a threshold.
	Low, High float64
	// OK is false where the publications can't tell the figure: a day is missing,
	// nobody was counted, or a cohort isn't kept as exactly as asked.
	OK bool
}

// part is a selection of a table's cells: the sum and number of those that are
// shown, and the number of those that are hidden.
type part struct {
	sum           int64
	shown, hidden int
}

func (p *part) take(t *Table, cell int) {
	if t.hidden(cell) {
		p.hidden++
		return
	}
	p.sum += t.Cells[cell]
	p.shown++
}

// tally adds up cells of tables, and what is not known of them.
type tally struct {
	value     float64
	variance  float64
	fourth    float64 // sum of the squared variances
	low, high float64 // how much lower and higher it can be for other reasons than noise
	cells     int
}

func (a *tally) add(t *Table, p part) {
	a.cells += p.shown + p.hidden
	if t.Epsilon > 0 {
		v := t.Deviation()
		v *= v
		a.variance += float64(p.shown) * v
		a.fourth += float64(p.shown) * v * v / float64(t.draws())
	}
	if t.Small == 0 {
		a.value += float64(p.sum)
		return
	}
	// Rounding to a step moves a number by up to half of it.
	half, small := float64(t.Step)/2, float64(t.Small)
	hidden := t.countHidden()
	value, low, high := float64(p.sum), half*float64(p.shown), half*float64(p.shown)
	switch {
	case p.shown+p.hidden == len(t.Cells):
		value, low, high = float64(t.Total), half, half
		if t.Total == 0 {
			low, high = 0, small
		}
	case p.hidden > 0:
		// Of the rest, this part has its share, or nothing, or all.
		guess := float64(t.Rest) * float64(p.hidden) / float64(hidden)
		value += guess
		low += guess
		high += float64(t.Rest) - guess + half
		if t.Rest == 0 {
			high += small
		} else if p.hidden == hidden {
			low += half - guess
		}
	}
	a.value += value
	a.low += low
	a.high += high
}

func (t *Table) countHidden() (n int) {
	for _, h := range t.Hidden {
		if h {
			n++
		}
	}
	return n
}

// quantile returns how many standard errors a 95 % interval extends to each side.
// A sum of Laplace numbers has heavier tails than the normal distribution; this is
// the Cornish-Fisher correction for its excess kurtosis.
func (a tally) quantile() float64 {
	if a.variance == 0 {
		return 0
	}
	const z = 1.959964
	kurtosis := 3 * a.fourth / (a.variance * a.variance)
	return z + (z*z*z-3*z)*kurtosis/24
}

func (a tally) figure() Figure {
	e := math.Sqrt(a.variance)
	z := a.quantile()
	f := Figure{a.value, e, a.value - z*e - a.low, a.value + z*e + a.high, a.cells > 0}
	if a.variance > 0 {
		// Counts and noise are whole numbers: a bound between two of them holds no
		// more than the nearer one, which can be less than was promised.
		f.Low, f.High = math.Floor(f.Low), math.Ceil(f.High)
	}
	return f
}

// ratio returns a/b. Its error is that of a linear approximation.
func ratio(a, b tally) Figure {
	if b.value <= 0 {
		return Figure{}
	}
	r := a.value / b.value
	both := tally{
		variance: a.variance + r*r*b.variance,
		fourth:   a.fourth + r*r*r*r*b.fourth,
	}
	e := math.Sqrt(both.variance) / b.value
	margin := both.quantile() * e
	return Figure{
		Value: r, Error: e, OK: true,
		Low:  r - margin - (a.low+r*b.high)/b.value,
		High: r + margin + (a.high+r*b.low)/b.value,
	}
}
