package dashboard

import (
	"math"
	"strconv"
)

// A chart is drawn into a box of chartWidth by chartHeight that is stretched to the
// page. Texts are never stretched: they are placed by percent of the whole picture,
// of which the box takes the upper plotShare.
const (
	chartWidth  = 1000
	chartHeight = 100
	plotShare   = 0.88
)

// chart is the geometry of a picture. The template draws it.
type chart struct {
	Summary string // what the picture shows, in words
	YTicks  []tick
	XTicks  []tick
	Bars    []bar
	Paths   []path
	Hits    []hit
}

// tick is a text on an axis, by percent of the picture.
type tick struct {
	At     string
	Text   string
	Anchor string // of SVG: start, middle, end
	Minor  bool   // left out where there is little room
	Grid   string // where the line of a y tick is in the box
}

type bar struct{ Class, X, Y, W, H string }

type path struct{ Class, D string }

// hit is a part of the box that tells its numbers when it is pointed at.
type hit struct{ X, W, Title string }

func coordinate(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func percent(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "%" }

// scale maps numbers from 0 to top onto the height of the box.
type scale struct{ top float64 }

// newScale returns a scale with a round number at its top.
func newScale(largest float64) scale {
	if largest <= 0 || math.IsNaN(largest) || math.IsInf(largest, 0) {
		return scale{1}
	}
	unit := math.Pow(10, math.Floor(math.Log10(largest)))
	for _, n := range []float64{1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10} {
		if largest <= n*unit {
			return scale{n * unit}
		}
	}
	return scale{10 * unit}
}

func (s scale) y(v float64) float64 {
	return chartHeight * (1 - min(max(v, 0), s.top)/s.top)
}

// grid adds lines at the quarters of the scale.
func (c *chart) grid(s scale, text func(float64) string) {
	for i := range 5 {
		v := s.top * float64(i) / 4
		t := tick{At: percent(s.y(v) * plotShare * 100 / chartHeight), Grid: coordinate(s.y(v))}
		if i%2 == 0 && i > 0 {
			t.Text = text(v)
		}
		c.YTicks = append(c.YTicks, t)
	}
}

// labels adds some texts below the box. At gives the place of an item in the
// box.
func (c *chart) labels(n int, at func(i int) float64, text func(i int) string) {
	ticks := 5
	if n <= 8 {
		ticks = n
	}
	for k := range ticks {
		i := 0
		if ticks > 1 {
			i = k * (n - 1) / (ticks - 1)
		}
		t := tick{At: percent(at(i) * 100 / chartWidth), Text: text(i), Anchor: "middle", Minor: k%2 == 1}
		switch {
		case n <= 8: // the middle of a part is far enough from the edge
		case k == 0:
			t.At, t.Anchor = "0%", "start"
		case k == ticks-1:
			t.At, t.Anchor = "100%", "end"
		}
		c.XTicks = append(c.XTicks, t)
	}
}

// curve draws figures as a line within the band of their intervals. Unknown ones
// leave a gap.
func (c *chart) curve(class string, figures []Figure, at func(i int) float64, s scale) {
	var band, line, dot []byte
	var alone []Figure // by index, those without a neighbour
	for begin := 0; begin < len(figures); {
		end := begin
		for end < len(figures) && figures[end].known() {
			end++
		}
		if end-begin == 1 {
			alone = append(alone, make([]Figure, begin-len(alone))...)
			alone = append(alone, figures[begin])
			dot = to(dot, 'M', at(begin), s.y(figures[begin].Value))
			dot = append(dot, "h0"...) // round ends make a dot of it
		} else {
			for i := begin; i < end; i++ {
				line = to(line, verb(i-begin), at(i), s.y(figures[i].Value))
				band = to(band, verb(i-begin), at(i), s.y(figures[i].High))
			}
			for i := end - 1; i >= begin; i-- {
				band = to(band, 'L', at(i), s.y(figures[i].Low))
			}
			if begin < end {
				band = append(band, 'Z')
			}
		}
		begin = end + 1
	}
	c.path("band "+class, band)
	c.path("line "+class, line)
	c.whiskers(alone, at, s)
	c.path("dot "+class, dot)
}

func (c *chart) path(class string, d []byte) {
	if len(d) > 0 {
		c.Paths = append(c.Paths, path{class, string(d)})
	}
}

// verb is the command of SVG paths for the n-th point of a line.
func verb(n int) byte {
	if n == 0 {
		return 'M'
	}
	return 'L'
}

// whiskers draws the intervals of figures as upright lines.
func (c *chart) whiskers(figures []Figure, at func(i int) float64, s scale) {
	var d []byte
	for i, f := range figures {
		if f.known() && f.margin() > 0 {
			d = to(d, 'M', at(i), s.y(f.Low))
			d = to(d, 'L', at(i), s.y(f.High))
		}
	}
	c.path("whisker", d)
}

func to(b []byte, verb byte, x, y float64) []byte {
	b = append(b, verb)
	b = strconv.AppendFloat(b, x, 'f', 1, 64)
	b = append(b, ' ')
	return strconv.AppendFloat(b, y, 'f', 2, 64)
}

// slots divides the width into n equal parts and returns the middle of each.
func slots(n int) func(i int) float64 {
	return func(i int) float64 { return chartWidth * (float64(i) + 0.5) / float64(max(n, 1)) }
}

// hits divides the width into parts that tell their numbers.
func (c *chart) hits(n int, title func(i int) string) {
	w := chartWidth / float64(max(n, 1))
	for i := range n {
		c.Hits = append(c.Hits, hit{coordinate(w * float64(i)), coordinate(w), title(i)})
	}
}

// largest returns the highest number that is drawn of figures.
func largest(lists ...[]Figure) (most float64) {
	for _, list := range lists {
		for _, f := range list {
			if f.known() {
				most = max(most, f.Value, f.High)
			}
		}
	}
	return most
}
