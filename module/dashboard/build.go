package dashboard

import (
	"net/url"
	"slices"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

const (
	maxItems  = 25  // items of a list
	maxGoals  = 12  // goals of a campaign
	maxRecent = 48  // epochs
	maxDaily  = 100 // days of a trend by day
)

// New makes the report that a query asks for. Next is when the next epoch is
// published, the zero time if that is not known. The error is a [*ParamError].
func New(query url.Values, site *Site, next, now time.Time) (*Report, error) {
	today := visit.DayOf(now.In(site.zone))
	last, ok := site.Last()
	if !ok {
		last = today - 1
	}
	in, err := Parse(query, last, today)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Site: site.name, Zone: site.zone.String(), Range: in, Before: in.Before(), Published: site.published(in),
		site: site, first: Date(last), last: Date(last), today: Date(today),
	}
	if !next.IsZero() {
		at := next.In(site.zone)
		r.Next = &at
	}
	if first, _, ok := site.series.Range(); ok {
		r.first = Date(first)
	}
	r.protection()
	r.trends()
	r.headlines()
	r.pages()
	r.retention()
	r.campaigns()
	r.consent()
	r.families()
	r.quality()
	r.fill()
	return r, nil
}

// fill makes lists without items empty instead of null in JSON.
func (r *Report) fill() {
	fill(&r.Headlines)
	fill(&r.Trend)
	fill(&r.Recent)
	fill(&r.Routes.Items)
	fill(&r.Stay)
	fill(&r.Retention.Curve)
	fill(&r.Retention.Weeks)
	fill(&r.Retention.Months)
	fill(&r.Goals)
	fill(&r.Campaigns.Items)
	fill(&r.Consent)
	fill(&r.Dimensions)
	fill(&r.Tables)
	fill(&r.Quality.Reasons)
	fill(&r.Quality.Bots)
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// protection tells how and when the newest epoch was published.
func (r *Report) protection() {
	n := len(r.site.pubs)
	if n == 0 {
		return
	}
	p := r.site.pubs[n-1]
	r.Latest = &Epoch{p.Epoch.Start.In(r.site.zone), p.Epoch.End.In(r.site.zone)}
	r.Privacy = Privacy{p.Privacy.String(), p.Privacy.Epsilon(), p.Spent, p.Privacy.Threshold()}
}

func (r *Report) trends() {
	s := r.site
	to := visit.Day(r.To)
	r.Partial = s.published(Range{r.To, r.To}) == 1 && !s.complete(to)
	step := 1
	r.Step = "day"
	if r.Days() > maxDaily {
		step = 7
		r.Step = "week"
	}
	r.Trend = s.trend(r.Range, step)
	if s.published(r.Before) > 0 {
		r.earlier = s.trend(r.Before, step)
	}
	r.recent()
}

// daily returns the trend by day.
func (r *Report) daily() []Point {
	if r.Step == "day" {
		return r.Trend
	}
	return r.site.trend(r.Range, 1)
}

// trend cuts a range into periods of some days. They are counted from the end, so
// that the latest is whole; the first can be shorter.
func (s *Site) trend(in Range, step int) []Point {
	points := make([]Point, (in.Days()+step-1)/step)
	to := in.To
	for i := len(points) - 1; i >= 0; i-- {
		points[i] = s.point(Range{max(in.From, to-Date(step)+1), to})
		to -= Date(step)
	}
	return points
}

func (s *Site) point(in Range) Point {
	p := Point{Range: in, Published: s.published(in)}
	if p.Published == 0 {
		return p
	}
	from, to := in.days()
	p.Visitors = Figure(s.series.Visitors(from, to))
	p.New = Figure(s.series.New(from, to))
	p.Returning = Figure(s.series.Returning(from, to))
	p.Visits = Figure(s.series.Visits(from, to))
	p.Engaged = Figure(s.series.Sum(from, to, "engaged"))
	p.PageLoads = Figure(s.series.PageLoads(from, to, ""))
	p.Arrivals = Figure(s.series.Sum(from, to, "arrivals"))
	p.StayMedian = Figure(s.series.StayMedian(from, to, ""))
	return p
}

// recent lists the newest epochs that are shorter than a day.
func (r *Report) recent() {
	pubs := r.site.pubs
	pubs = pubs[max(0, len(pubs)-maxRecent):]
	for _, p := range pubs {
		if p.Epoch.End.Sub(p.Epoch.Start) > 12*time.Hour {
			continue
		}
		alone, d := release.NewSeries([]*release.Publication{p}), p.Epoch.Day()
		r.Recent = append(r.Recent, Recent{
			Epoch{p.Epoch.Start.In(r.site.zone), p.Epoch.End.In(r.site.zone)},
			Figure(alone.Visits(d, d)), Figure(alone.PageLoads(d, d, "")),
		})
	}
}

func (r *Report) headlines() {
	s := r.site.series
	whole := !r.Partial && r.Published == r.Days() && r.site.published(r.Before) == r.Days()
	for _, h := range []struct {
		name string
		unit Unit
		read func(from, to visit.Day) release.Figure
	}{
		{"visitors", Count, s.Visitors},
		{"visits", Count, s.Visits},
		{"page_loads", Count, func(from, to visit.Day) release.Figure { return s.PageLoads(from, to, "") }},
		{"returning_visitors", Count, s.Returning},
		{"engaged_share", Share, s.Engaged},
		{"stay_median", Seconds, func(from, to visit.Day) release.Figure { return s.StayMedian(from, to, "") }},
	} {
		line := Headline{Name: h.name, Unit: h.unit, Now: Figure(h.read(r.days()))}
		// Sums of unequally many days can't be compared.
		if whole {
			line.Before = Figure(h.read(r.Before.days()))
			line.Change = change(h.unit, line.Now, line.Before)
		}
		r.Headlines = append(r.Headlines, line)
	}
}

func (r *Report) pages() {
	loads := r.site.split(r.Range, "loads", "route")
	visits := r.site.split(r.Range, "visits", "route").byLabels()
	rows, more := loads.top(maxItems)
	r.Routes.More = more
	from, to := r.days()
	for _, row := range rows {
		name := row.labels[0].Value
		r.Routes.Items = append(r.Routes.Items, Route{
			name, loads.figure(row), visits(name), Figure(r.site.series.StayMedian(from, to, name)),
		})
	}
	r.Stay = r.site.split(r.Range, "stay", "stay").inOrder()
}

func (r *Report) campaigns() {
	s := r.site
	goals := s.split(r.Range, "goals", "goal")
	rows, _ := goals.top(maxGoals)
	value := s.split(r.Range, "goal_value", "goal").byLabels()
	for _, row := range rows {
		name := row.labels[0].Value
		r.Goals = append(r.Goals, Goal{name, goals.figure(row), value(name)})
	}
	reach := s.split(r.Range, "reach", "campaign")
	campaigns, more := reach.top(maxItems)
	r.Campaigns.More = more
	if len(campaigns) == 0 {
		return
	}
	counts := s.split(r.Range, "conversions", "campaign", "goal").byLabels()
	times := s.split(r.Range, "conversions", "campaign", "goal", "within").byLabels()
	values := s.split(r.Range, "conversion_value", "campaign", "goal").byLabels()
	for _, row := range campaigns {
		c := Campaign{Name: row.labels[0].Value, Reach: reach.figure(row), Conversions: []Conversion{}}
		for _, g := range r.Goals {
			n := counts(c.Name, g.Name)
			if !n.OK {
				continue
			}
			c.Conversions = append(c.Conversions, Conversion{
				Goal: g.Name, Count: n, Rate: per(n, c.Reach),
				Day: times(c.Name, g.Name, "day"), Week: times(c.Name, g.Name, "week"), Month: times(c.Name, g.Name, "month"),
				Value: values(c.Name, g.Name),
			})
		}
		r.Campaigns.Items = append(r.Campaigns.Items, c)
	}
}

func (r *Report) consent() {
	s := r.site
	from, to := r.days()
	counts := s.split(r.Range, "consent", "purpose", "regime", "answer")
	var purposes, regimes []string
	for i := range counts.rows {
		l := counts.rows[i].labels
		purposes, regimes = appendNew(purposes, l[0].Value), appendNew(regimes, l[1].Value)
	}
	read := func(purpose, regime string) Purpose {
		labels := []release.Label{{Name: "purpose", Value: purpose}, {Name: "answer", Value: "asked"}}
		if regime != "" {
			labels = append(labels, release.Label{Name: "regime", Value: regime})
		}
		return Purpose{
			Name: purpose, Regime: regime,
			Asked:    Figure(s.series.Sum(from, to, "consent", labels...)),
			Accepted: Figure(s.series.Consent(from, to, purpose, regime, "accepted")),
			Rejected: Figure(s.series.Consent(from, to, purpose, regime, "rejected")),
		}
	}
	for _, name := range purposes {
		p := read(name, "")
		for _, regime := range regimes {
			// Undeclared regimes are there to catch mistakes.
			if regime != visit.Other && len(regimes) > 1 {
				p.Regimes = append(p.Regimes, read(name, regime))
			}
		}
		r.Consent = append(r.Consent, p)
	}
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (r *Report) quality() {
	s := r.site
	from, to := r.days()
	r.Quality = Quality{
		Coverage: Figure(s.series.Coverage(from, to)),
		Suspect:  Figure(s.series.Suspect(from, to)),
		Reasons:  s.split(r.Range, "suspect", "reason").inOrder(),
		Bots:     s.split(r.Range, "bots", "class").inOrder(),
		Late:     Figure(s.series.Sum(from, to, "late")),
		Arrivals: Figure(s.series.Sum(from, to, "arrivals")),
	}
}
