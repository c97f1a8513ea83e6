package dashboard

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestScaleHoldsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Float64Range(1e-6, 1e12).Draw(t, "most")
		s := newScale(most)
		if s.top < most || s.top > 2*most {
			t.Fatalf("%v up to %v", most, s.top)
		}
		v := rapid.Float64Range(-most, most).Draw(t, "v")
		if y := s.y(v); y < 0 || y > chartHeight || v > 0 && math.Abs((chartHeight-y)/chartHeight*s.top-v) > 1e-6*s.top {
			t.Fatalf("%v is at %v of %v", v, y, s.top)
		}
	})
	for _, x := range []float64{0, -5, math.NaN(), math.Inf(1)} {
		if s := newScale(x); s.top != 1 {
			t.Errorf("scale of %v: %v", x, s.top)
		}
	}
}

func TestCurveLeavesGaps(t *testing.T) {
	var c chart
	figures := []Figure{noisy(1, .5), noisy(2, .5), {}, noisy(3, .5), {}, {}, noisy(4, 9), noisy(-5, 1)}
	c.curve("a", figures, slots(len(figures)), newScale(4))
	drawn := make(map[string]string)
	for _, p := range c.Paths {
		drawn[p.Class] = p.D
		if strings.ContainsAny(p.D, "-NI") {
			t.Errorf("%s is out of the box: %s", p.Class, p.D)
		}
	}
	for class, verbs := range map[string]string{"band a": "MLLLZMLLLZ", "line a": "MLML", "dot a": "Mh", "whisker": "ML"} {
		got := strings.Map(func(r rune) rune {
			if r >= 'A' {
				return r
			}
			return -1
		}, drawn[class])
		if got != verbs {
			t.Errorf("%s: %s, want %s", class, drawn[class], verbs)
		}
	}
	if x := coordinate(slots(len(figures))(3)); !strings.HasPrefix(drawn["whisker"], "M"+x) {
		t.Errorf("the whisker is not at %s: %s", x, drawn["whisker"])
	}
	var none chart
	none.curve("a", []Figure{{}, {}}, slots(2), newScale(0))
	if none.Paths != nil {
		t.Errorf("%+v", none.Paths)
	}
}

func TestLabels(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 7: 7, 8: 8, 9: 5, 30: 5, 105: 5} {
		var c chart
		var last string
		c.labels(n, slots(n), func(i int) string { last = coordinate(float64(i)); return last })
		if len(c.XTicks) != want || c.XTicks[0].Text != "0.0" || last != coordinate(float64(n-1)) {
			t.Errorf("%d: %+v", n, c.XTicks)
		}
	}
}
