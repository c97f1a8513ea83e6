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

// tally adds up cells of tables, and what is not known of them.
type tally struct {
	value     float64
	variance  float64
	fourth    float64 // sum of the squared variances
	low, high float64 // how much lower and higher it can be for other reasons than noise
	cells     int
}

func (a *tally) add(t *Table, p part) {
	a.cells += p.cells
	if t.Epsilon > 0 {
		v := t.Deviation()
		v *= v
		a.variance += float64(p.cells) * v
		a.fourth += float64(p.cells) * v * v / float64(t.draws())
	}
	if t.Small == 0 {
		a.value += float64(p.sum)
		return
	}
	if p.cells < len(t.Cells) {
		a.value += float64(p.sum)
	}
	if t.joined == nil {
		a.addHidden(t, p.cells, p.hidden, t.countHidden(), t.Rest, t.Total)
		return
	}
	for i, h := range t.joined {
		hidden := 0
		if p.each != nil {
			hidden = p.each[i]
		}
		a.addHidden(t, p.cells, hidden, h.count, h.rest, h.total)
	}
}

// addHidden adds what rounding and hiding cells make of so many cells, of which some
// are hidden, in one publication of a table that hides count cells.
func (a *tally) addHidden(t *Table, cells, hidden, count int, rest, total int64) {
	// Rounding to a step moves a number by up to half of it.
	half, small := float64(t.Step)/2, float64(t.Small)
	if cells == len(t.Cells) {
		a.value += float64(total)
		if total == 0 {
			a.high += small
			return
		}
		a.low += half
		a.high += half
		return
	}
	a.low += half * float64(cells-hidden)
	a.high += half * float64(cells-hidden)
	if hidden == 0 {
		return
	}
	// Of the rest, this part has its share, or nothing, or all.
	guess := float64(rest) * float64(hidden) / float64(count)
	a.value += guess
	a.high += float64(rest) - guess + half
	switch {
	case rest == 0:
		a.high += small
	case hidden == count:
		a.low += half
	default:
		a.low += guess
	}
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
