package dashboard

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Text writes the report in plain text, text/plain in UTF-8 or ASCII, for a
// terminal of a given width. Figures come with their margins as on the page.
func Text(w io.Writer, r *Report, t Terminal) error {
	out := bufio.NewWriter(w)
	p := &printer{view: newView(r), t: t, out: out}
	p.report()
	return out.Flush() // which keeps the first error
}

// printer writes one report. Errors are the writer's, and kept there.
type printer struct {
	*view
	t   Terminal
	out *bufio.Writer
}

func (p *printer) line(text string) {
	_, _ = p.out.WriteString(strings.TrimRight(text, " "))
	_ = p.out.WriteByte('\n')
}

// note writes a sentence, broken at spaces.
func (p *printer) note(text string) {
	line, length := "", 0
	for word := range strings.FieldsSeq(p.t.text(text)) {
		n := columnsOf(word)
		if length > 0 && length+1+n > p.t.columns() {
			p.line(p.t.paint(line, dim))
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	p.line(p.t.paint(line, dim))
}

// section begins a part of the report.
func (p *printer) section(title string) {
	p.line("")
	p.line(p.t.paint(p.t.fit(p.t.text(title), p.t.columns()), bold))
}

func (p *printer) table(g *grid) {
	for _, line := range g.lines(p.t) {
		p.line(line)
	}
}

func (p *printer) more(n int) {
	if n > 0 {
		p.note(fmt.Sprintf("%d more with --csv.", n))
	}
}

func (p *printer) report() {
	name := p.Site
	if name == "" {
		name = "This site"
	}
	p.line(p.t.paint(p.t.fit(p.t.text(name+" · "+rangeName(p.Range)), p.t.columns()), bold))
	switch {
	case p.Latest == nil:
		p.note("Nothing is published yet. Figures appear when an epoch has closed and its embargo has passed.")
		if p.Next != nil {
			p.note("The next epoch is published at " + moment(*p.Next) + ".")
		}
		return
	case p.Published == 0:
		p.note("Nothing is published for these days. Published figures begin on " + dayName(p.first) + ".")
		return
	}
	p.top()
	p.headlines()
	p.trend()
	p.routes()
	p.retention()
	p.goals()
	p.consent()
	for _, d := range p.Dimensions {
		p.values(dimensionTitle(d.Name), d.Name, d.Items, d.More)
	}
	for _, table := range p.Tables {
		p.combined(table)
	}
	p.quality()
}

func (p *printer) top() {
	from := "Published up to "
	if p.raw() {
		from = "Up to "
	}
	p.note(from + moment(p.Latest.End) + ", in the time zone " + p.Zone + ".")
	switch {
	case p.raw():
		p.note("Exact counts, with neither noise nor a threshold: they are for you alone, and not to be published.")
	case p.Privacy.Threshold > 0:
		p.note(fmt.Sprintf("Counts below %d are hidden. Margins are bounds: the true number is always within.", p.Privacy.Threshold))
	default:
		p.note(fmt.Sprintf("Margins are 95%% intervals of the noise: %.3g of a day's ε of %.4g were spent.", p.Privacy.Spent, p.Privacy.Epsilon))
	}
	if p.Published < p.Days() {
		p.note(fmt.Sprintf("%d of the %d days are published, the first on %s.", p.Published, p.Days(), dayName(p.first)))
	}
	if p.Partial {
		p.note(dayName(p.To) + " is not complete.")
	}
}

func withMargin(unit Unit, f Figure) cell {
	text, look := value(unit, f), look("")
	if m := margin(unit, f); m != "" {
		text += " " + m
	}
	if vague(f) || !f.known() {
		look = dim
	}
	return cell{text: text, look: look}
}

func (p *printer) headlines() {
	p.line("")
	g := &grid{columns: []column{
		{}, {right: true}, {head: "before", right: true, spare: 1}, {head: "change", right: true}, {spare: 2},
	}}
	if !p.Compared() {
		g.columns[2].head, g.columns[3].head = "", ""
	}
	for _, c := range p.Cards {
		figure := withMargin(c.Unit, c.Now)
		if figure.look == "" {
			figure.look = bold
		}
		before, change := cell{look: dim}, cell{text: c.Trend}
		if c.Trend != "" {
			before.text = value(c.Unit, c.Before)
		}
		switch c.Direction {
		case "up":
			change = cell{text: "▲ " + c.Trend, look: green}
		case "down":
			change = cell{text: "▼ " + c.Trend, look: red}
		}
		g.add(cell{text: c.Title}, figure, before, change, cell{text: p.spark(c.Name), look: blue})
	}
	p.table(g)
	if p.Compared() {
		p.note("Compared with " + rangeName(p.Before) + ".")
	}
}

// spark draws the trend of a headline.
func (p *printer) spark(name string) string {
	read := sparks[name]
	points := drawn(p.Trend)
	if read == nil || len(points) < 2 {
		return ""
	}
	return p.t.spark(collect(points, read), 30)
}

func (p *printer) trend() {
	points := drawn(p.Trend)
	if len(points) < 2 {
		return
	}
	for _, c := range []struct {
		title string
		read  func(*Point) Figure
	}{
		{"Visitors", func(p *Point) Figure { return p.Visitors }},
		{"Page loads", func(p *Point) Figure { return p.PageLoads }},
	} {
		figures := collect(points, c.read)
		if mostOf(squeeze(figures, len(figures))) == 0 {
			continue
		}
		p.section(c.title + " by " + p.Step)
		for _, line := range p.t.columnChart(figures, func(i int) string { return p.axisName(points[i].Range) }) {
			p.line(line)
		}
	}
}

// share is the part that a figure is of the largest.
func share(f Figure, most float64) float64 {
	if !f.known() || most <= 0 {
		return math.NaN()
	}
	return f.Value / most
}

func (p *printer) routes() {
	if len(p.Routes.Items) == 0 {
		return
	}
	p.section("Pages")
	g := &grid{columns: []column{
		{head: "Route"}, {head: "Page loads", right: true}, {bar: true, spare: 2}, {head: "Visits begun", right: true, spare: 1}, {head: "Time on page", right: true, spare: 3},
	}}
	if !slices.ContainsFunc(p.Routes.Items, func(r Route) bool { return r.Visits.known() }) {
		g.columns = g.columns[:3]
	}
	most := 0.0
	for _, r := range p.Routes.Items {
		most = max(most, r.PageLoads.Value)
	}
	for _, r := range p.Routes.Items {
		g.add(cell{text: label("route", r.Name)}, withMargin(Count, r.PageLoads), cell{share: share(r.PageLoads, most), look: blue},
			withMargin(Count, r.Visits), withMargin(Seconds, r.StayMedian))
	}
	p.table(g)
	p.more(p.Routes.More)
	p.values("Time on page", "stay", p.Stay, 0)
}

// values writes a list of counts with their bars. One of which nothing is known, or
// for certain that it is nothing, says nothing.
func (p *printer) values(title, kind string, values []Value, more int) {
	if !slices.ContainsFunc(values, func(v Value) bool { return v.Count.known() && v.Count.High > 0 }) {
		return
	}
	p.section(title)
	list := bars(title, kind, values, more)
	g := &grid{columns: []column{{}, {right: true}, {right: true, spare: 1}, {bar: true, spare: 2}}}
	rows := slices.Concat(list.Rows, list.Tail)
	if list.Tail != nil { // long lists end where they may well be nothing
		last := rows[len(rows)-1]
		all := len(rows)
		rows = slices.DeleteFunc(rows[:all-1], func(row barRow) bool { return vague(row.Count) })
		rows = append(rows[:min(len(rows), maxBars)], last)
		more += all - len(rows)
	}
	most := 0.0
	for _, row := range rows {
		most = max(most, row.Count.Value)
	}
	for _, row := range rows {
		g.add(cell{text: row.Name}, withMargin(Count, row.Count), cell{text: row.Share, look: dim}, cell{share: share(row.Count, most), look: blue})
	}
	p.table(g)
	p.more(more)
}

func (p *printer) combined(t Table) {
	if len(t.Items) == 0 {
		return
	}
	p.section(tableTitle(t))
	g := &grid{}
	for _, l := range t.Labels {
		g.columns = append(g.columns, column{head: dimensionTitle(l)})
	}
	g.columns = append(g.columns, column{head: "Count", right: true})
	for _, row := range t.Items {
		var cells []cell
		for i, v := range row.Values {
			cells = append(cells, cell{text: label(t.Labels[i], v)})
		}
		g.add(append(cells, withMargin(Count, row.Count))...)
	}
	p.table(g)
	p.more(t.More)
}

func (p *printer) retention() {
	if len(p.Retention.Curve) > 0 {
		p.section("Back on the n-th day after the first")
		g := &grid{columns: []column{{}, {right: true}, {bar: true, spare: 1}}}
		most := 0.0
		for _, c := range p.Retention.Curve {
			most = max(most, c.Share.Value)
		}
		for _, c := range p.Retention.Curve {
			g.add(cell{text: fmt.Sprintf("day %d", c.Day)}, withMargin(Share, c.Share), cell{share: share(c.Share, most), look: blue})
		}
		p.table(g)
	}
	for _, triangle := range p.Triangles {
		p.section("Back by " + triangle.Period + " of the first visit")
		g := &grid{columns: []column{{head: "First there"}, {head: "Devices", right: true}}}
		for _, n := range triangle.Columns {
			g.columns = append(g.columns, column{head: fmt.Sprintf("%s %d", triangle.Period, n), right: true, spare: n})
		}
		for _, row := range triangle.Rows {
			cells := []cell{{text: row.Name}, withMargin(Count, row.Devices)}
			for _, c := range row.Cells {
				if c.Open {
					cells = append(cells, cell{})
					continue
				}
				cells = append(cells, withMargin(Share, c.Figure))
			}
			g.add(cells...)
		}
		p.table(g)
	}
}

func (p *printer) goals() {
	if len(p.Goals) > 0 {
		p.section("Goals reached")
		g := &grid{columns: []column{{head: "Goal"}, {head: "Reached", right: true}, {head: "Value", right: true, spare: 1}}}
		for _, x := range p.Goals {
			g.add(cell{text: label("goal", x.Name)}, withMargin(Count, x.Reached), withMargin(money, x.Value))
		}
		p.table(g)
	}
	if len(p.Effects) == 0 {
		return
	}
	p.section("Campaigns, and goals within 30 days of contact")
	g := &grid{columns: []column{
		{head: "Campaign"}, {head: "Devices", right: true}, {head: "Goal"}, {head: "Reached", right: true}, {head: "Each", right: true, spare: 1},
		{head: "Same day", right: true, spare: 2}, {head: "Same week", right: true, spare: 3}, {head: "Later", right: true, spare: 4}, {head: "Value", right: true, spare: 5},
	}}
	for _, c := range p.Effects {
		first := []cell{{text: label("campaign", c.Name)}, withMargin(Count, c.Reach)}
		if len(c.Conversions) == 0 {
			g.add(first...)
		}
		for i, x := range c.Conversions {
			if i > 0 {
				first = []cell{{}, {}}
			}
			g.add(slices.Concat(first, []cell{
				{text: label("goal", x.Goal)}, withMargin(Count, x.Count), withMargin(ratio, x.Rate),
				withMargin(Count, x.Day), withMargin(Count, x.Week), withMargin(Count, x.Month), withMargin(money, x.Value),
			})...)
		}
	}
	p.table(g)
	p.more(p.Campaigns.More)
}

func (p *printer) consent() {
	if len(p.Consent) == 0 {
		return
	}
	p.section("Consent, of the visitors who were asked")
	g := &grid{columns: []column{
		{head: "Purpose"}, {head: "Asked", right: true, spare: 1}, {head: "Accepted", right: true}, {bar: true, spare: 3}, {head: "Rejected", right: true, spare: 2},
	}}
	row := func(name string, x Purpose) {
		g.add(cell{text: name}, withMargin(Count, x.Asked), withMargin(Share, x.Accepted), cell{share: share(x.Accepted, 1), look: blue}, withMargin(Share, x.Rejected))
	}
	for _, x := range p.Consent {
		row(x.Name, x)
		for _, of := range x.Regimes {
			row("  "+of.Regime, of)
		}
	}
	p.table(g)
}

func (p *printer) quality() {
	q := p.Quality
	if p.raw() {
		q.Suspect = Figure{} // a log has no beacons
	}
	g := &grid{columns: []column{{}, {right: true}}}
	for _, x := range []struct {
		name string
		unit Unit
		f    Figure
	}{
		{"Page loads told of, for each page served", ratio, q.Coverage}, {"Beacons not believed", Share, q.Suspect},
		{"Visits without consent, by referrer alone", Count, q.Arrivals}, {"Records that came too late", Count, q.Late},
	} {
		if x.f.known() {
			g.add(cell{text: x.name}, withMargin(x.unit, x.f))
		}
	}
	if len(g.rows) > 0 {
		p.section("How far to trust this")
		p.table(g)
	}
	p.values("Bots, left out", "class", q.Bots, 0)
	p.values("Suspect beacons, by reason", "reason", q.Reasons, 0)
}
