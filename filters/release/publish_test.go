package release

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/visit"
)

// chance is the exact probability of x for an inverse scale of num/den.
func chance(x int64, num, den int64) float64 {
	t := math.Exp(-float64(num) / float64(den))
	return (1 - t) / (1 + t) * math.Pow(t, math.Abs(float64(x)))
}

func TestLaplaceHasItsDistribution(t *testing.T) {
	for i, scale := range []struct{ num, den int64 }{{1, 1}, {2, 1}, {1, 3}, {137931, 1_000_000}, {68965, 4_000_000}, {5, 2}, {1, 2_000_000}} {
		t.Run(fmt.Sprintf("scale=%d÷%d", scale.num, scale.den), func(t *testing.T) {
			const draws = 60_000
			l := &laplace{random: seeded(byte(i))}
			// Cells of equal width, wide enough to expect some draws in each.
			width := max(1, int64(deviation(scale.num, scale.den)/3))
			const cells = 21 // ten on each side, the outermost open
			var got, want [cells]float64
			sum, squares := 0.0, 0.0
			place := func(x int64) int64 {
				p := x / width
				if x < 0 {
					p = -((-x) / width)
				}
				return min(max(p, -10), 10) + 10
			}
			for range draws {
				x := l.draw(scale.num, scale.den)
				got[place(x)]++
				sum += float64(x)
				squares += float64(x) * float64(x)
			}
			if width < 10_000 {
				chi := 0.0
				limit := int64(60 * (deviation(scale.num, scale.den) + 1))
				for x := -limit; x <= limit; x++ {
					want[place(x)] += draws * chance(x, scale.num, scale.den)
				}
				free := -1
				for c := range got {
					if want[c] > 5 {
						chi += (got[c] - want[c]) * (got[c] - want[c]) / want[c]
						free++
					}
				}
				if most := float64(free) + 5*math.Sqrt(2*float64(free)); chi > most {
					t.Errorf("chi squared %.1f of at most %.1f\n got %v\nwant %v", chi, most, got, want)
				}
			}
			d := deviation(scale.num, scale.den)
			if mean := sum / draws; math.Abs(mean) > 5*d/math.Sqrt(draws) {
				t.Errorf("mean %v with a deviation of %v", mean, d)
			}
			// The variance of a squared Laplace number is about 5 times its square.
			if v := squares / draws; math.Abs(v/(d*d)-1) > 5*math.Sqrt(8.0/draws)+0.02/d {
				t.Errorf("variance %v, want %v", v, d*d)
			}
		})
	}
}

func counts(p *visit.Plan, key string, n int64) []int64 {
	c := make([]int64, p.Len())
	cell, ok := p.Cell(key)
	if !ok {
		panic(key)
	}
	c[cell] = n
	return c
}

func TestEveryCellIsPublished(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	pub, err := Publish(p, e, counts(p, "visits{route=home}", 1000), Privacy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, negative := 0, 0
	for c := range pub.All() {
		n++
		if c.Value < 0 {
			negative++
		}
		if c.Hidden || c.Error <= 0 {
			t.Fatalf("cell %+v", c)
		}
	}
	if n != p.Len() || negative < n/10 {
		t.Errorf("%d cells, %d negative; the plan has %d", n, negative, p.Len())
	}
	if pub.Privacy.String() != "noise 2" || math.Abs(pub.Spent-2) > 0.001 || pub.Spent > 2 {
		t.Errorf("%v spent %v", pub.Privacy, pub.Spent)
	}
	for _, tab := range pub.Tables {
		if tab.Total != sum(tab.Cells) {
			t.Errorf("%s: the total %d is not the sum of cells %d", tab.Family.ID(), tab.Total, sum(tab.Cells))
		}
	}
	route := pub.Find("visits", "route")
	if d := route.Deviation(); math.Abs(float64(route.Cells[1]-1000)) > 12*d || d > 100 {
		t.Errorf("home has %d with a deviation of %v", route.Cells[1], d)
	}
}

// Two sets of visitors that differ in one device's day must be told apart by no
// more than the budget, whatever is looked at. For Laplace noise that is a matter of
// the distance between the raw counts.
func TestBudgetCoversADevicesDay(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	pub, err := Publish(p, e, make([]int64, p.Len()), Privacy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	loss := 0.0
	for _, tab := range pub.Tables {
		// The most that a device can move the cells, in units of their scale.
		loss += float64(tab.Family.Bound) * float64(tab.Epsilon) / float64(tab.Family.Bound*micro)
	}
	if loss > 2+1e-9 || loss < 1.99 {
		t.Errorf("the loss is %v, want the budget 2", loss)
	}
}

func TestNothingIsPublishedWithoutRandomness(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	broken := errors.New("broken")
	for name, r := range map[string]io.Reader{
		"at once": iotest.ErrReader(broken),
		"later":   io.MultiReader(io.LimitReader(seeded(1), 4096*3), iotest.ErrReader(broken)),
	} {
		pub, err := Publish(p, e, make([]int64, p.Len()), Privacy{}, r)
		if !errors.Is(err, broken) || pub != nil {
			t.Errorf("%s: %v, %v", name, pub, err)
		}
	}
	if _, err := Publish(p, e, make([]int64, 3), Privacy{}, nil); err == nil {
		t.Error("counts of another plan were published")
	}
}

func TestPrivacyText(t *testing.T) {
	for text, ok := range map[string]bool{
		"noise 2": true, "noise 0.5": true, "noise 0.001": true, "threshold 20": true, "threshold 2": true,
		"noise 0": false, "noise -1": false, "noise NaN": false, "noise Inf": false, "noise": false, "noise 2 3": false,
		"threshold 1": false, "threshold 1.5": false, "threshold": false, "raw": false, "none": false, "": false, "noise 1e9": false,
	} {
		var p Privacy
		err := p.UnmarshalText([]byte(text))
		if (err == nil) != ok {
			t.Errorf("%q: %v, want ok=%v", text, err, ok)
		}
		if ok && p.String() != text {
			t.Errorf("%q is written as %q", text, p)
		}
	}
	if got := (Privacy{}).String(); got != "noise 2" {
		t.Errorf("the default is %q", got)
	}
}

// drawTable draws a family of one to three dimensions and its counts.
func drawTable(t *rapid.T) (*visit.Family, []int64) {
	f := &visit.Family{Name: "x", Bound: 1, Unit: visit.PerEvent}
	for i := range rapid.IntRange(1, 3).Draw(t, "dims") {
		d := &visit.Dim{Name: fmt.Sprint("d", i)}
		for v := range rapid.IntRange(1, 5).Draw(t, "values") {
			d.Values = append(d.Values, fmt.Sprint("v", v))
		}
		if rapid.Bool().Draw(t, "with other") {
			d.Values = append(d.Values, visit.Other)
		}
		f.Dims = append(f.Dims, d)
	}
	cells := make([]int64, f.Len())
	for i := range cells {
		cells[i] = rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 60)).Draw(t, "n")
	}
	return f, cells
}

// No difference of a total and its parts, over the table or any slice of it, is a
// group below the threshold.
func TestThresholdLeavesNoSmallDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, cells := drawTable(t)
		k := rapid.Int64Range(2, 30).Draw(t, "k")
		privacy, _ := Threshold(k)
		hidden := small(f, cells, k, parts(f, nil, nil))
		tab := publishHidden(f, cells, cells, hidden, k, privacy.step())
		for _, group := range parts(f, nil, nil) {
			covered, shown := int64(0), 0
			for _, i := range group.cells {
				if hidden[i] {
					covered += cells[i]
				} else {
					shown++
				}
			}
			if shown > 0 && covered > 0 && covered < k {
				t.Fatalf("the hidden cells of a slice are %d in all\ncells %v\nhidden %v", covered, cells, hidden)
			}
		}
		for i, n := range tab.Cells {
			if hidden[i] && n != 0 || n%privacy.step() != 0 || !hidden[i] && cells[i] < k {
				t.Fatalf("cell %d is %d, published as %d", i, cells[i], n)
			}
		}
		if sum(cells) < k && (tab.Total != 0 || tab.Rest != 0) {
			t.Fatalf("a small total is published: %d, rest %d", tab.Total, tab.Rest)
		}
		if tab.Total%privacy.step() != 0 || tab.Rest%privacy.step() != 0 {
			t.Fatalf("total %d and rest %d are not rounded", tab.Total, tab.Rest)
		}
	})
}

// Nor can a cell that one table hides be had from another: what a cross shows of a
// value never adds up to a sum that the table of that value hides.
func TestThresholdHidesAcrossTables(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	privacy, _ := Threshold(20)
	rapid.Check(t, func(t *rapid.T) {
		c := make([]int64, p.Len())
		for _, country := range []string{"CN", "DE", "US", "other"} {
			for _, device := range []string{"mobile", "tablet", "desktop", "other"} {
				n := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 60)).Draw(t, "n")
				for _, key := range []string{"visits{country=" + country + "}", "visits{device=" + device + "}", "visits{country=" + country + ",device=" + device + "}"} {
					cell, ok := p.Cell(key)
					if !ok {
						t.Fatal(key)
					}
					c[cell] += n
				}
			}
		}
		pub, err := Publish(p, e, c, privacy, nil)
		if err != nil {
			t.Fatal(err)
		}
		cross := pub.Find("visits", "country", "device")
		for d, dim := range []string{"country", "device"} {
			single := pub.Find("visits", dim)
			for v := range single.Cells {
				shown, hiddenSum := 0, int64(0)
				for i := range cross.Cells {
					if at := [2]int{i / 4, i % 4}; at[d] != v {
						continue
					}
					if cross.hidden(i) {
						hiddenSum += cross.Family.Of(c)[i]
					} else {
						shown++
					}
				}
				if single.hidden(v) && shown > 0 {
					t.Fatalf("%s is hidden, but %d cells of it are shown in the cross", single.Family.Key(v), shown)
				}
				if !single.hidden(v) && hiddenSum > 0 && hiddenSum < 20 {
					t.Fatalf("%s less its cells in the cross is %d", single.Family.Key(v), hiddenSum)
				}
			}
		}
	})
}

func TestThresholdMergesIntoOther(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	c := make([]int64, p.Len())
	for key, n := range map[string]int64{
		"visits{country=CN}": 300, "visits{country=DE}": 7, "visits{country=US}": 0, "visits{country=other}": 40,
		"visits{device=mobile}": 100, "visits{device=tablet}": 3,
	} {
		cell, _ := p.Cell(key)
		c[cell] = n
	}
	privacy, _ := Threshold(20)
	pub, err := Publish(p, e, c, privacy, nil)
	if err != nil {
		t.Fatal(err)
	}
	country := pub.Find("visits", "country")
	if fmt.Sprint(country.Cells, country.Hidden, country.Rest, country.Total) != "[300 0 0 0] [false true true true] 45 345" {
		t.Errorf("countries: %+v", country)
	}
	device := pub.Find("visits", "device")
	if fmt.Sprint(device.Cells, device.Rest, device.Total) != "[0 0 0 0] 105 105" {
		t.Errorf("devices: the complement of a small cell is shown: %+v", device)
	}
	for cell := range pub.All() {
		if math.IsInf(cell.High, 0) || cell.Low > float64(cell.Value) {
			t.Errorf("cell %+v", cell)
		}
	}
}

// A sum of values is hidden with the few goals that are behind it.
func TestThresholdHidesValuesOfFewGoals(t *testing.T) {
	p, err := visit.New(visit.Config{Goals: []visit.Goal{{Name: "order"}, {Name: "gift"}}, MaxValue: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	c := make([]int64, p.Len())
	for key, n := range map[string]int64{"goals{goal=order}": 50, "goal_value{goal=order}": 250_000, "goals{goal=gift}": 2, "goal_value{goal=gift}": 20_000} {
		cell, _ := p.Cell(key)
		c[cell] = n
	}
	privacy, _ := Threshold(20)
	pub, err := Publish(p, p.Calendar().Epoch(time.Unix(2e9, 0)), c, privacy, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := pub.Find("goal_value")
	if v.Cells[1] != 0 || !v.hidden(1) || v.Rest != 270_000 {
		t.Errorf("values %+v", v)
	}
}

// Epochs never overlap, so nothing is published twice and no difference of two
// publications is a moment.
func TestPublicationsOfADayAreDisjoint(t *testing.T) {
	sim := hourly()
	seen := make(map[string]bool)
	for name := range sim.store {
		e, err := visit.ParseEpoch(name)
		if err != nil {
			t.Fatal(err)
		}
		for m := e.Start; m.Before(e.End); m = m.Add(15 * time.Minute) {
			if key := m.UTC().String(); seen[key] {
				t.Fatalf("%v is in two epochs", m)
			} else {
				seen[key] = true
			}
		}
	}
}

func TestCodec(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	hide, _ := Threshold(20)
	for _, privacy := range []Privacy{{}, hide, {raw: true}} {
		pub, err := Publish(p, e, counts(p, "visits{route=home}", 1000), privacy, seeded(1))
		if err != nil {
			t.Fatal(err)
		}
		b, err := pub.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back Publication
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if back.Epoch.String() != e.String() || back.Privacy.String() != privacy.String() || math.Abs(back.Spent-pub.Spent) > 1e-9 {
			t.Errorf("%v reads back as %v of %v, spent %v", pub.Privacy, back.Privacy, back.Epoch, back.Spent)
		}
		var want, got strings.Builder
		for c := range pub.All() {
			fmt.Fprintln(&want, c)
		}
		for c := range back.All() {
			fmt.Fprintln(&got, c)
		}
		if want.String() != got.String() {
			t.Errorf("%v: the cells changed", privacy)
		}
		for i := range b {
			if err := new(Publication).UnmarshalBinary(b[:i]); err == nil {
				t.Fatalf("%d of %d bytes were read as a publication", i, len(b))
			}
		}
	}
}

func FuzzCodec(f *testing.F) {
	p, err := visit.New(visit.Config{Countries: []string{"CN"}, Languages: []string{"zh"}})
	if err != nil {
		f.Fatal(err)
	}
	hide, _ := Threshold(20)
	for _, privacy := range []Privacy{{}, hide} {
		pub, err := Publish(p, p.Calendar().Epoch(time.Unix(2e9, 0)), make([]int64, p.Len()), privacy, seeded(1))
		if err != nil {
			f.Fatal(err)
		}
		pub.Tables = pub.Tables[:5]
		b, _ := pub.MarshalBinary()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var pub, back Publication
		if pub.UnmarshalBinary(b) != nil {
			return
		}
		again, _ := pub.MarshalBinary()
		if err := back.UnmarshalBinary(again); err != nil {
			t.Fatalf("what was read can't be read again: %v", err)
		}
		if twice, _ := back.MarshalBinary(); string(twice) != string(again) {
			t.Error("the second encoding differs")
		}
		for range pub.All() {
			break
		}
		NewSeries([]*Publication{&pub}).Visitors(0, 1<<20)
	})
}
