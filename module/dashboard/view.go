package dashboard

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/visit"
)

// view is what the template shows of a report.
type view struct {
	*Report
	Presets      []link
	Older, Newer string
	Cards        []card
	Visitors     *chart
	Traffic      *chart
	Lately       *chart
	Curve        *chart
	Triangles    []triangle
	Effects      []Campaign
	Alone        bool // a page by itself
}

type link struct {
	Href, Text string
	Current    bool
}

func newView(r *Report) *view {
	v := &view{Report: r}
	v.links()
	if v.Published > 0 {
		v.cards()
		v.visitorsChart()
		v.trafficChart()
		v.latelyChart()
		v.curveChart()
		v.triangles()
		v.effects()
	}
	return v
}

// links lead to other ranges.
func (v *view) links() {
	r := v.Report
	for _, p := range []struct {
		days Date
		text string
	}{{7, "7 days"}, {30, "30 days"}, {90, "90 days"}, {365, "1 year"}} {
		v.Presets = append(v.Presets, link{
			fmt.Sprintf("?days=%d", p.days), p.text, r.Range == Range{r.last - p.days + 1, r.last},
		})
	}
	if r.shared {
		return // it has no other ranges
	}
	if r.first < r.From {
		v.Older = href(r.Before)
	}
	if r.To < r.last {
		v.Newer = href(Range{r.To + 1, min(r.To+Date(r.Days()), r.last)})
	}
}

// Shared reports whether the page is for everyone.
func (v *view) Shared() bool { return v.shared }

// Raw reports whether the figures are exact, and so for the operator alone.
func (v *view) Raw() bool { return v.raw() }

// Loads are the page loads by route.
func (v *view) Loads() (values []Value) {
	for _, r := range v.Routes.Items {
		values = append(values, Value{r.Name, r.PageLoads})
	}
	return values
}

// effects are the campaigns with their conversions. Rows of what is not declared
// are left out where they may well be nothing.
func (v *view) effects() {
	for _, c := range v.Campaigns.Items {
		if c.Name == visit.Other && vague(c.Reach) {
			continue
		}
		c.Conversions = slices.DeleteFunc(slices.Clone(c.Conversions), func(g Conversion) bool {
			return g.Goal == visit.Other && vague(g.Count)
		})
		v.Effects = append(v.Effects, c)
	}
}

func href(r Range) string { return "?from=" + r.From.String() + "&to=" + r.To.String() }

// Href is the query of the report, for its other forms.
func (v *view) Href() string {
	if v.shared {
		return fmt.Sprintf("?days=%d", v.Days())
	}
	return href(v.Range)
}

// First and Today bound the dates that can be chosen.
func (v *view) First() Date { return v.first }

// Today is the last day that can be chosen.
func (v *view) Today() Date { return max(v.today, v.To) }

// Interval is what the intervals are called: noise leaves a chance, a threshold none.
func (v *view) Interval() string {
	if v.Privacy.Threshold > 0 {
		return "Bounds"
	}
	return "95%"
}

// drawn leaves out a first period that is shorter than the others, and would look
// like a fall.
func drawn(points []Point) []Point {
	if n := len(points); n > 1 && points[0].Days() < points[n-1].Days() {
		return points[1:]
	}
	return points
}

// Compared reports whether there is a period before to compare with.
func (v *view) Compared() bool {
	return slices.ContainsFunc(v.Headlines, func(h Headline) bool { return h.Change.known() })
}

// Earlier reports whether the period before is drawn.
func (v *view) Earlier() bool { return len(v.earlier) == len(v.Trend) && len(v.earlier) > 1 }

// Declared reports whether a list tells more than what is not declared.
func (v *view) Declared() bool { return len(v.Routes.Items) > 1 }

// card is a headline figure.
type card struct {
	Headline
	Title, Help string
	Trend       string // what became of it, in words
	Direction   string // "up", "down" or ""
	Spark       *chart
}

var cardTexts = map[string][2]string{
	"visitors":           {"Visitors", "Devices with consent to analytics, each once in the range."},
	"visits":             {"Visits", "A visit ends after 30 minutes without a sign of the device. With consent to analytics."},
	"page_loads":         {"Page loads", "All page loads, with and without consent."},
	"returning_visitors": {"Returning visitors", "Devices that had been there before the range began."},
	"engaged_share":      {"Engaged visits", "The share of visits with a second page, a stay of over 10 seconds, or a goal."},
	"stay_median":        {"Time on page", "The median time for which a page was visible and focused."},
}

// sparks are the trends of the headlines.
var sparks = map[string]func(p *Point) Figure{
	"visitors":           func(p *Point) Figure { return p.Visitors },
	"visits":             func(p *Point) Figure { return p.Visits },
	"page_loads":         func(p *Point) Figure { return p.PageLoads },
	"returning_visitors": func(p *Point) Figure { return p.Returning },
	"engaged_share":      func(p *Point) Figure { return per(p.Engaged, p.Visits) },
	"stay_median":        func(p *Point) Figure { return p.StayMedian },
}

func (v *view) cards() {
	for _, h := range v.Headlines {
		if !h.Now.known() && v.raw() {
			continue // a log tells of page loads alone
		}
		c := card{Headline: h, Title: cardTexts[h.Name][0], Help: cardTexts[h.Name][1]}
		switch {
		case !h.Change.known():
		case !h.Change.Clear:
			c.Trend = "no clear change"
		case h.Change.Value > 0:
			c.Trend, c.Direction = signed(h.Unit, h.Change.Value), "up"
		default:
			c.Trend, c.Direction = signed(h.Unit, h.Change.Value), "down"
		}
		if read := sparks[h.Name]; read != nil && len(v.Trend) > 1 {
			figures := collect(drawn(v.Trend), read)
			c.Spark = &chart{}
			c.Spark.curve("spark", figures, slots(len(figures)), newScale(largest(figures)))
		}
		v.Cards = append(v.Cards, c)
	}
}

func collect(points []Point, read func(p *Point) Figure) []Figure {
	figures := make([]Figure, len(points))
	for i := range points {
		figures[i] = read(&points[i])
	}
	return figures
}

// axisName names a period below a chart.
func (v *view) axisName(r Range) string {
	if v.Days() > 200 {
		return monthName(r.From)
	}
	return civil(r.From).Format("2 Jan")
}

func (v *view) visitorsChart() {
	points := drawn(v.Trend)
	n := len(points)
	totals := collect(points, func(p *Point) Figure { return p.Visitors })
	before := collect(drawn(v.earlier), func(p *Point) Figure { return p.Visitors })
	s, at := newScale(largest(totals, before)), slots(n)
	c := &chart{Summary: fmt.Sprintf("Visitors by %s, %s: %s.", v.Step, rangeName(v.Range), described(Count, totals))}
	c.grid(s, short)
	width := chartWidth / float64(n) * 0.72
	for i, p := range points {
		if !p.Visitors.known() {
			continue
		}
		total := math.Max(p.Visitors.Value, 0)
		returning := min(math.Max(p.Returning.Value, 0), total)
		x := coordinate(at(i) - width/2)
		w, base := coordinate(width), s.y(0)
		c.Bars = append(c.Bars,
			bar{"returning", x, coordinate(s.y(returning)), w, coordinate(base - s.y(returning))},
			bar{"new", x, coordinate(s.y(total)), w, coordinate(s.y(returning) - s.y(total))})
	}
	c.whiskers(totals, at, s)
	if v.Earlier() {
		c.earlier(before, at, s)
	}
	c.labels(n, at, func(i int) string { return v.axisName(points[i].Range) })
	c.hits(n, func(i int) string {
		p := points[i]
		if p.Published == 0 {
			return rangeName(p.Range) + ": not published"
		}
		return fmt.Sprintf("%s: %s visitors (%s: %s), %s of them new", rangeName(p.Range), value(Count, p.Visitors), v.Interval(), interval(Count, p.Visitors), value(Count, p.New))
	})
	if slices.ContainsFunc(totals, Figure.known) {
		v.Visitors = c
	}
}

// earlier draws the period before as a dashed line.
func (c *chart) earlier(figures []Figure, at func(i int) float64, s scale) {
	var all chart
	all.curve("earlier", figures, at, s)
	for _, p := range all.Paths {
		if !strings.HasPrefix(p.Class, "band") && p.Class != "whisker" {
			c.Paths = append(c.Paths, p)
		}
	}
}

func (v *view) trafficChart() {
	points := drawn(v.Trend)
	n := len(points)
	loads := collect(points, func(p *Point) Figure { return p.PageLoads })
	visits := collect(points, func(p *Point) Figure { return p.Visits })
	c := linesChart(loads, visits)
	c.Summary = fmt.Sprintf("Page loads and visits by %s, %s. Page loads: %s. Visits: %s.", v.Step, rangeName(v.Range), described(Count, loads), described(Count, visits))
	c.labels(n, slots(n), func(i int) string { return v.axisName(points[i].Range) })
	c.hits(n, func(i int) string {
		p := points[i]
		if p.Published == 0 {
			return rangeName(p.Range) + ": not published"
		}
		return fmt.Sprintf("%s: %s page loads (%s: %s), %s visits (%s: %s)", rangeName(p.Range),
			value(Count, p.PageLoads), v.Interval(), interval(Count, p.PageLoads), value(Count, p.Visits), v.Interval(), interval(Count, p.Visits))
	})
	v.Traffic = c
}

func linesChart(loads, visits []Figure) *chart {
	s, at := newScale(largest(loads, visits)), slots(len(loads))
	c := &chart{}
	c.grid(s, short)
	c.curve("loads", loads, at, s)
	c.curve("visits", visits, at, s)
	return c
}

func (v *view) latelyChart() {
	n := len(v.Recent)
	if n == 0 {
		return
	}
	loads, visits := make([]Figure, n), make([]Figure, n)
	for i, e := range v.Recent {
		loads[i], visits[i] = e.PageLoads, e.Visits
	}
	c := linesChart(loads, visits)
	c.Summary = fmt.Sprintf("Page loads and visits in the latest %d epochs. Page loads: %s. Visits: %s.", n, described(Count, loads), described(Count, visits))
	c.labels(n, slots(n), func(i int) string { return v.Recent[i].Start.Format("15:04") })
	c.hits(n, func(i int) string {
		e := v.Recent[i]
		return fmt.Sprintf("%s to %s: %s page loads, %s visits", e.Start.Format("2 Jan 15:04"), e.End.Format("15:04"), value(Count, e.PageLoads), value(Count, e.Visits))
	})
	v.Lately = c
}

func (v *view) curveChart() {
	curve := v.Retention.Curve
	if len(curve) == 0 {
		return
	}
	figures := make([]Figure, len(curve))
	for i, p := range curve {
		figures[i] = p.Share
	}
	last := float64(curve[len(curve)-1].Day)
	at := func(i int) float64 { return chartWidth * float64(curve[i].Day) / max(last, 1) }
	s := newScale(min(largest(figures), 1))
	c := &chart{Summary: fmt.Sprintf("Share of devices that come back so many days after their first: %s on day %d, %s on day %d.",
		value(Share, figures[0]), curve[0].Day, value(Share, figures[len(figures)-1]), curve[len(curve)-1].Day)}
	c.grid(s, func(x float64) string { return short(math.Round(1000*x)/10) + "%" })
	c.curve("return", figures, at, s)
	for i, p := range curve {
		from, to := 0.0, float64(chartWidth)
		if i > 0 {
			from = (at(i-1) + at(i)) / 2
		}
		if i < len(curve)-1 {
			to = (at(i) + at(i+1)) / 2
		}
		c.Hits = append(c.Hits, hit{coordinate(from), coordinate(to - from), fmt.Sprintf("day %d: %s (%s: %s)", p.Day, value(Share, p.Share), v.Interval(), interval(Share, p.Share))})
		if day := p.Day; day == 1 || day%7 == 0 {
			anchor := "middle"
			if i == len(curve)-1 {
				anchor = "end"
			}
			c.XTicks = append(c.XTicks, tick{At: percent(at(i) * 100 / chartWidth), Text: fmt.Sprintf("day %d", day), Anchor: anchor, Minor: day != 1 && day%14 != 0})
		}
	}
	v.Curve = c
}

// described tells the range of some figures in words.
func described(unit Unit, figures []Figure) string {
	low, high, last := math.Inf(1), math.Inf(-1), Figure{}
	for _, f := range figures {
		if f.known() {
			x := math.Max(f.Value, 0)
			low, high, last = min(low, x), max(high, x), f
		}
	}
	if !last.OK {
		return "nothing published"
	}
	return fmt.Sprintf("between %s and %s, last %s", amount(unit, low), amount(unit, high), value(unit, last))
}

// triangle is the table of who comes back.
type triangle struct {
	Title, Period string
	Columns       []int
	Rows          []triangleRow
}

type triangleRow struct {
	Name    string
	Devices Figure
	Cells   []triangleCell
}

type triangleCell struct {
	Figure
	Heat int // 0 to 8, relative to the largest of the triangle; 0 for what may be nothing
	Open bool
}

func (v *view) triangles() {
	v.triangle("By week", "week", v.Retention.Weeks, func(c *Cohort) string {
		return strings.TrimSuffix(rangeName(c.Range), civil(v.To).Format(" 2006"))
	})
	v.triangle("By month", "month", v.Retention.Months, func(c *Cohort) string { return monthName(c.From) })
}

const heats = 8

func (v *view) triangle(title, period string, cohorts []Cohort, name func(c *Cohort) string) {
	columns, most := 0, 0.0
	for i := range cohorts {
		columns = max(columns, len(cohorts[i].Shares))
		for _, f := range cohorts[i].Shares {
			if f.known() {
				most = max(most, f.Value)
			}
		}
	}
	if columns == 0 {
		return
	}
	t := triangle{Title: title, Period: period}
	for n := range columns {
		t.Columns = append(t.Columns, n+1)
	}
	for i := range cohorts {
		c := &cohorts[i]
		r := triangleRow{Name: name(c), Devices: c.Devices}
		for n := range columns {
			cell := triangleCell{Open: n >= len(c.Shares)}
			if !cell.Open {
				cell.Figure = c.Shares[n]
				if cell.known() && most > 0 && !vague(cell.Figure) {
					cell.Heat = int(math.Round(heats * max(cell.Value, 0) / most))
				}
			}
			r.Cells = append(r.Cells, cell)
		}
		t.Rows = append(t.Rows, r)
	}
	v.Triangles = append(v.Triangles, t)
}
