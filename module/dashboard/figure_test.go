package dashboard

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func exact(v float64) Figure { return Figure{Value: v, Low: v, High: v, OK: true} }

func noisy(v, margin float64) Figure {
	return Figure{Value: v, Error: margin / 2, Low: v - margin, High: v + margin, OK: true}
}

func TestFigureJSON(t *testing.T) {
	for want, f := range map[string]Figure{
		"null": {},
		`{"value":-3,"error":1.5,"low":-6,"high":0}`:    noisy(-3, 3),
		`{"value":0.333333,"error":0,"low":0,"high":0}`: {Value: 1. / 3, OK: true},
	} {
		if got, err := json.Marshal(f); string(got) != want || err != nil {
			t.Errorf("%+v: %s, %v", f, got, err)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, f := range []Figure{{Value: x, OK: true}, {Error: x, OK: true}, {Low: x, OK: true}, {High: x, OK: true}, {Low: x, High: -x, OK: true}} {
			if got, err := json.Marshal(f); string(got) != "null" || err != nil {
				t.Errorf("%+v: %s, %v", f, got, err)
			}
			if s := value(Count, f) + interval(Share, f) + margin(Seconds, f) + deviation(Count, f); s != none+none+none {
				t.Errorf("%+v is shown as %q", f, s)
			}
		}
	}
}

func TestFigureJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Float64Range(-1e12, 1e12)
		f := Figure{n.Draw(t, "value"), n.Draw(t, "error"), n.Draw(t, "low"), n.Draw(t, "high"), true}
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back Figure
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		for _, d := range []float64{f.Value - back.Value, f.Error - back.Error, f.Low - back.Low, f.High - back.High} {
			if math.Abs(d) > 1e-3 || !back.OK {
				t.Fatalf("%+v came back as %+v", f, back)
			}
		}
	})
}

func TestChange(t *testing.T) {
	for name, c := range map[string]struct {
		unit        Unit
		now, before Figure
		ok, clear   bool
		value       float64
	}{
		"more":                  {Count, exact(120), exact(100), true, true, .2},
		"less":                  {Count, exact(80), exact(100), true, true, -.2},
		"same":                  {Count, exact(80), exact(80), true, false, 0},
		"within the noise":      {Count, noisy(105, 10), noisy(100, 10), true, false, .05},
		"beyond the noise":      {Count, noisy(150, 10), noisy(100, 10), true, true, .5},
		"from what may be none": {Count, noisy(50, 5), noisy(5, 6), false, false, 0},
		"from nothing":          {Count, exact(5), exact(0), false, false, 0},
		"from unknown":          {Count, exact(5), Figure{}, false, false, 0},
		"to unknown":            {Count, Figure{}, exact(5), false, false, 0},
		"share":                 {Share, exact(.5), exact(.4), true, true, .1},
		"share from nothing":    {Share, exact(.5), exact(0), true, true, .5},
		"seconds":               {Seconds, noisy(30, 5), noisy(35, 4), true, false, -5},
	} {
		got := change(c.unit, c.now, c.before)
		if got.known() != c.ok || got.Clear != c.clear || math.Abs(got.Value-c.value) > 1e-9 {
			t.Errorf("%s: %+v", name, got)
		}
		if got.known() && (got.Low > got.Value || got.High < got.Value) {
			t.Errorf("%s: %+v is outside of its interval", name, got)
		}
	}
}

// The interval of a quotient holds that of the true numbers, where the divisor is
// known well.
func TestPerHoldsTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0, 1e6).Draw(t, "a")
		b := rapid.Float64Range(1e3, 1e6).Draw(t, "b")
		f := per(noisy(a, a/100), exact(b))
		if !f.OK || f.Low > a*.99001/b || f.High < a*1.00999/b {
			t.Fatalf("%v / %v = %+v", a, b, f)
		}
	})
	if per(exact(1), noisy(5, 6)).OK || per(exact(1), exact(0)).OK || per(Figure{}, exact(1)).OK || per(exact(1), Figure{}).OK {
		t.Error("a quotient of what isn't known")
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{value(Count, exact(1234567.4)), "1,234,567"},
		{value(Count, exact(-1234)), "0"},
		{value(Count, exact(999.5)), "1,000"},
		{value(Share, exact(.1234)), "12.3%"},
		{value(Share, exact(1.2)), "100.0%"},
		{value(ratio, exact(1.2)), "120.0%"},
		{value(Share, exact(-.2)), "0.0%"},
		{value(Seconds, exact(7.25)), "7.2s"},
		{value(Seconds, exact(42.4)), "42s"},
		{value(Seconds, exact(59.7)), "1m 00s"},
		{value(Seconds, exact(200)), "3m 20s"},
		{value(Count, Figure{}), none},
		{margin(Count, noisy(5, .2)), "± 1"},
		{margin(Count, noisy(5, 1200)), "± 1,200"},
		{margin(Count, exact(5)), ""},
		{margin(Share, noisy(.3, 2)), "± 70.0%"},
		{margin(ratio, noisy(.3, 2)), "± 200.0%"},
		{interval(Count, noisy(10, 20.5)), "0 to 31"},
		{interval(Share, noisy(.99, .02)), "97.0% to 100.0%"},
		{signed(Count, -.125), "−12.5%"},
		{signed(Share, .012), "+1.2 points"},
		{signed(Seconds, -3), "−3.0s"},
		{short(0), "0"},
		{short(1500), "1,500"},
		{short(12000), "12k"},
		{short(3.5e6), "3.5M"},
		{short(.25), "0.25"},
		{rangeName(Range{Date(simStart), Date(simStart)}), "20 Jan 2028"},
		{rangeName(Range{Date(simStart), Date(simStart + 6)}), "20 to 26 Jan 2028"},
		{rangeName(Range{Date(simStart), Date(simStart + 30)}), "20 Jan to 19 Feb 2028"},
		{rangeName(Range{Date(simStart - 30), Date(simStart)}), "21 Dec 2027 to 20 Jan 2028"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
