package dashboard

import (
	"encoding/json"
	"math"

	"github.com/fairwaygate/fairway/filters/release"
)

// Figure is a number with its uncertainty. In JSON it is an object of value, error,
// low and high, or null where the publications can't tell it.
type Figure release.Figure

type figureJSON struct {
	Value float64 `json:"value"`
	Error float64 `json:"error"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// MarshalJSON writes the figure with six decimals at most.
func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.known() {
		return []byte("null"), nil
	}
	return json.Marshal(figureJSON{round(f.Value), round(f.Error), round(f.Low), round(f.High)})
}

// UnmarshalJSON reads what [Figure.MarshalJSON] writes.
func (f *Figure) UnmarshalJSON(data []byte) error {
	*f = Figure{}
	if string(data) == "null" {
		return nil
	}
	var j figureJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*f = Figure{j.Value, j.Error, j.Low, j.High, true}
	return nil
}

// known reports whether the figure can be shown.
func (f Figure) known() bool {
	// A sum with an infinity or a NaN in it is one itself.
	sum := f.Value + f.Error + f.Low + f.High
	return f.OK && !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

func round(x float64) float64 {
	const step = 1e6
	if math.Abs(x) > math.MaxInt64/step {
		return x
	}
	return math.Round(x*step)/step + 0 // plus 0, so that there is no -0
}

// margin is how far the interval extends, to the side on which it extends further.
func (f Figure) margin() float64 { return max(f.High-f.Value, f.Value-f.Low) }

// Change is what became of a figure since the period before.
type Change struct {
	// Figure is the relative change of a count (0.1 is 10 % more), or the difference
	// of shares and of times. Its interval is that of a linear approximation.
	Figure
	// Clear tells that the change is more than the noise explains.
	Clear bool
}

type changeJSON struct {
	figureJSON
	Clear bool `json:"clear"`
}

// MarshalJSON writes the figure and "clear", or null.
func (c Change) MarshalJSON() ([]byte, error) {
	if !c.known() {
		return []byte("null"), nil
	}
	return json.Marshal(changeJSON{figureJSON{round(c.Value), round(c.Error), round(c.Low), round(c.High)}, c.Clear})
}

// UnmarshalJSON reads what [Change.MarshalJSON] writes.
func (c *Change) UnmarshalJSON(data []byte) error {
	*c = Change{}
	if string(data) == "null" {
		return nil
	}
	var j changeJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*c = Change{Figure{j.Value, j.Error, j.Low, j.High, true}, j.Clear}
	return nil
}

// change compares a figure with that of the period before. A count that may well be
// zero is nothing to compare with.
func change(unit Unit, now, before Figure) Change {
	if !now.known() || !before.known() {
		return Change{}
	}
	c := Figure{Value: now.Value - before.Value, OK: true}
	scale, slope := 1.0, 1.0
	if unit == Count {
		if before.Low <= 0 {
			return Change{}
		}
		scale, slope = before.Value, now.Value/before.Value
		c.Value /= before.Value
	}
	c.Error = math.Hypot(now.Error, slope*before.Error) / scale
	margin := math.Hypot(now.margin(), slope*before.margin()) / scale
	c.Low, c.High = c.Value-margin, c.Value+margin
	return Change{c, c.Low > 0 || c.High < 0}
}

// per divides a figure by another of the same range.
func per(a, b Figure) Figure {
	if !a.known() || !b.known() || b.Low <= 0 {
		return Figure{}
	}
	r := a.Value / b.Value
	margin := math.Hypot(a.margin(), r*b.margin()) / b.Value
	return Figure{
		Value: r, Error: math.Hypot(a.Error, r*b.Error) / b.Value,
		Low: r - margin, High: r + margin, OK: true,
	}
}
