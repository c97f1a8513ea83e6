package release

import (
	"math"
	"slices"

	"github.com/fairwaygate/fairway/filters/visit"
)

// Series reads figures from the publications of one site. Days are those of the
// site's time zone, and ranges include both ends. It is immutable and safe for
// concurrent use.
type Series struct {
	days []day // by date, each once
}

// day is all that was published for one date.
type day struct {
	date visit.Day
	of   []entry
}

// entry is a publication and its visitors by the days since they were last seen.
type entry struct {
	pub      *Publication
	visitors *Table
	// back[g] holds the records of devices that are new or were last seen more
	// than g days before.
	back []part
}

// Label picks a value of a dimension.
type Label struct{ Name, Value string }

// NewSeries returns the series of some publications, in any order. Each epoch is
// to be there once.
func NewSeries(pubs []*Publication) *Series {
	s := &Series{}
	sorted := slices.SortedFunc(slices.Values(pubs), func(a, b *Publication) int {
		return a.Epoch.Start.Compare(b.Epoch.Start)
	})
	slices.SortStableFunc(sorted, func(a, b *Publication) int { return int(a.Epoch.Day() - b.Epoch.Day()) })
	for _, p := range sorted {
		d := p.Epoch.Day()
		if n := len(s.days); n == 0 || s.days[n-1].date != d {
			s.days = append(s.days, day{date: d})
		}
		last := &s.days[len(s.days)-1]
		last.of = append(last.of, newEntry(p))
	}
	return s
}

func newEntry(p *Publication) entry {
	e := entry{pub: p}
	t := p.Find("visitors", "seen")
	if t == nil || len(t.Cells) != len(visit.SeenDim().Values) {
		return e
	}
	e.visitors = t
	longest := 0
	for i := range t.Cells {
		longest = max(longest, visit.Seen(i).Value().Gap)
	}
	e.back = make([]part, longest+1)
	for i := range t.Cells {
		gap := visit.Seen(i).Value().Gap
		if gap == 0 {
			gap = longest + 1 // a new device was never seen before
		}
		e.back[gap-1].take(t, i)
	}
	for g := longest - 1; g >= 0; g-- {
		e.back[g].add(e.back[g+1], 1)
	}
	return e
}

// Range returns the first and last day that there is a publication of.
func (s *Series) Range() (first, last visit.Day, ok bool) {
	if len(s.days) == 0 {
		return 0, 0, false
	}
	return s.days[0].date, s.days[len(s.days)-1].date, true
}

// Published reports whether every day of a range has a publication.
func (s *Series) Published(from, to visit.Day) bool {
	return from <= to && len(s.between(from, to)) == int(to-from)+1
}

func (s *Series) between(from, to visit.Day) []day {
	at := func(d visit.Day) int {
		i, _ := slices.BinarySearchFunc(s.days, d, func(x day, d visit.Day) int { return int(x.date - d) })
		return i
	}
	if from > to {
		return nil
	}
	return s.days[at(from):at(to+1)]
}

// Sum adds up the cells of a family, by name, that have the given labels: all
// visits, the visits of a country, the conversions of a campaign to a goal. Where
// several families have that name, it reads the first with the fewest labels that
// has those. It is not for the visitors family, where a device counts every day.
func (s *Series) Sum(from, to visit.Day, family string, labels ...Label) Figure {
	return s.sum(from, to, family, labels).figure()
}

func (s *Series) sum(from, to visit.Day, family string, labels []Label) (a tally) {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = l.Name
	}
	for _, d := range s.between(from, to) {
		for _, e := range d.of {
			if t := e.pub.Find(family, names...); t != nil {
				if p, ok := t.pick(labels); ok {
					a.add(t, p)
				}
			}
		}
	}
	return a
}

// pick selects the cells that have the given labels. It is not ok when a label has
// no such value.
func (t *Table) pick(labels []Label) (p part, ok bool) {
	if len(labels) == 0 {
		for i := range t.Cells {
			p.take(t, i)
		}
		return p, true
	}
	want := make([]int, len(t.Family.Dims))
	for i := range want {
		want[i] = -1
	}
	for _, l := range labels {
		d := dimOf(t.Family, l.Name)
		if want[d] = slices.Index(t.Family.Dims[d].Values, l.Value); want[d] < 0 {
			return part{}, false
		}
	}
	if !slices.Contains(want, -1) { // one cell
		cell := 0
		for d, i := range want {
			cell = cell*len(t.Family.Dims[d].Values) + i
		}
		p.take(t, cell)
		return p, true
	}
	for i := range t.Cells {
		match, rest := true, i
		for d := len(want) - 1; d >= 0 && match; d-- {
			n := len(t.Family.Dims[d].Values)
			match = want[d] < 0 || want[d] == rest%n
			rest /= n
		}
		if match {
			p.take(t, i)
		}
	}
	return p, true
}

// Visits is the number of visits of devices with consent to analytics.
func (s *Series) Visits(from, to visit.Day) Figure { return s.Sum(from, to, "visits") }

// PageLoads is the number of page loads of a route, or of all with "".
func (s *Series) PageLoads(from, to visit.Day, route string) Figure {
	return s.Sum(from, to, "loads", optional("route", route)...)
}

// Reach is the number of devices that met a campaign, or sum over all with "".
func (s *Series) Reach(from, to visit.Day, campaign string) Figure {
	return s.Sum(from, to, "reach", optional("campaign", campaign)...)
}

// Conversions is the number of goals within 30 days of contact with a campaign.
// With "" for campaign or goal it adds up over all of them. The Sum of
// "conversions" by the label "within" tells those of the same day, of the rest of
// the week and of the rest of the month.
func (s *Series) Conversions(from, to visit.Day, campaign, goal string) Figure {
	return s.Sum(from, to, "conversions", append(optional("campaign", campaign), optional("goal", goal)...)...)
}

func optional(name, value string) []Label {
	if value == "" {
		return nil
	}
	return []Label{{name, value}}
}

// Engaged is the share of visits that were engaged.
func (s *Series) Engaged(from, to visit.Day) Figure {
	return ratio(s.sum(from, to, "engaged", nil), s.sum(from, to, "visits", nil))
}

// Coverage is the number of page loads that beacons reported for each HTML page
// that the gateway served. Single-page views raise it, blocked beacons lower it.
func (s *Series) Coverage(from, to visit.Day) Figure {
	return ratio(s.sum(from, to, "loads", nil), s.sum(from, to, "navigations", nil))
}

// Suspect is the share of beacons that were not believed.
func (s *Series) Suspect(from, to visit.Day) Figure {
	suspect, all := s.sum(from, to, "suspect", nil), s.sum(from, to, "loads", nil)
	all.join(suspect)
	return ratio(suspect, all)
}

// Consent is the share of answers ("accepted", "rejected") among those who were
// asked for a purpose under a regime, or under all with "".
func (s *Series) Consent(from, to visit.Day, purpose, regime, answer string) Figure {
	of := append(optional("regime", regime), Label{"purpose", purpose}, Label{"answer", answer})
	given := s.sum(from, to, "consent", of)
	of[len(of)-1].Value = "asked"
	return ratio(given, s.sum(from, to, "consent", of))
}

// Visitors is the number of devices that were there in a range of days.
func (s *Series) Visitors(from, to visit.Day) Figure {
	var a tally
	for _, d := range s.between(from, to) {
		for _, e := range d.of {
			a.join(e.window(int(d.date - from)))
		}
	}
	return a.figure()
}

// window counts the devices that were not there in the days before, up to reach
// days back.
func (e *entry) window(reach int) (a tally) {
	if e.visitors != nil {
		a.add(e.visitors, e.back[min(reach, len(e.back)-1)])
	}
	return a
}

// New is the number of devices that were there for the first time.
func (s *Series) New(from, to visit.Day) Figure { return s.fresh(from, to).figure() }

func (s *Series) fresh(from, to visit.Day) (a tally) {
	for _, d := range s.between(from, to) {
		for _, e := range d.of {
			a.join(e.window(math.MaxInt))
		}
	}
	return a
}

// Returning is the number of devices that were there in a range of days and for
// the first time before it.
func (s *Series) Returning(from, to visit.Day) Figure {
	var a tally
	for _, d := range s.between(from, to) {
		for _, e := range d.of {
			if e.visitors == nil {
				continue
			}
			p := e.back[min(int(d.date-from), len(e.back)-1)]
			p.add(e.back[len(e.back)-1], -1)
			a.add(e.visitors, p)
		}
	}
	return a.figure()
}

// Cohort is the number of devices first there from born to bornTo that were there
// again (or for the first time) from day from to day to. It is not OK where a cohort
// older than [visit.ExactDays] isn't made of whole months.
func (s *Series) Cohort(born, bornTo, from, to visit.Day) Figure {
	a, ok := s.cohort(born, bornTo, from, to)
	f := a.figure()
	f.OK = f.OK && ok
	return f
}

func (s *Series) cohort(born, bornTo, from, to visit.Day) (a tally, ok bool) {
	if !s.Published(from, to) {
		return a, false
	}
	for _, d := range s.between(from, to) {
		in, ok := members(d.date, born, bornTo)
		if !ok {
			return tally{}, false
		}
		for _, e := range d.of {
			if e.visitors == nil {
				return tally{}, false
			}
			a.add(e.visitors, in.of(e.visitors, int(d.date-from)))
		}
	}
	return a, true
}

// ages are the ages on one day of a cohort's devices.
type ages struct {
	fromDays, toDays int
	months           []bool
}

// of selects the records of the cohort that were not there in so many days before.
func (a *ages) of(t *Table, reach int) (p part) {
	take := func(first visit.Seen, n int) {
		for gap := reach + 1; gap <= n; gap++ {
			p.take(t, int(first)+gap-1)
		}
	}
	if a.fromDays <= 0 && a.toDays >= 0 {
		p.take(t, 0) // they are new
	}
	for days := max(a.fromDays, 1); days <= min(a.toDays, visit.ExactDays); days++ {
		take(visit.SeenAt(days))
	}
	for months, in := range a.months {
		if in {
			take(visit.SeenIn(months))
		}
	}
	return p
}

// members returns the ages that devices born from one day to another have on day
// d. It is not ok if an age in months is that of others too.
func members(d, born, bornTo visit.Day) (a ages, ok bool) {
	a = ages{int(d - bornTo), int(d - born), make([]bool, visit.LifetimeMonths)}
	for m := 1; m < visit.LifetimeMonths; m++ {
		month := d.Month() - visit.Month(m)
		first, last := month.First(), min(month.Last(), d-visit.ExactDays-1)
		switch {
		case last < first, last < born, first > bornTo: // none of the cohort
		case born <= first && last <= bornTo:
			a.months[m] = true
		default:
			return a, false
		}
	}
	return a, true
}

// DayRetention is the share of the devices first there from born to bornTo that
// were there on the n-th day after their first, for n up to [visit.ExactDays].
func (s *Series) DayRetention(born, bornTo visit.Day, n int) Figure {
	if n < 0 || n > visit.ExactDays || !s.Published(born, bornTo) || !s.Published(born+visit.Day(n), bornTo+visit.Day(n)) {
		return Figure{}
	}
	var back tally
	for d := born; d <= bornTo; d++ {
		a, ok := s.cohort(d, d, d+visit.Day(n), d+visit.Day(n))
		if !ok {
			return Figure{}
		}
		back.join(a)
	}
	return ratio(back, s.fresh(born, bornTo))
}

// WeekRetention is the share of the devices first there in the seven days from
// start that were there in the n-th week after, for n up to 4: in later weeks only
// months of birth are known.
func (s *Series) WeekRetention(start visit.Day, n int) Figure {
	if n < 0 || n > 4 {
		return Figure{}
	}
	from := start + visit.Day(7*n)
	return s.retention(start, start+6, from, from+6)
}

// MonthRetention is the share of the devices first there in a month that were
// there in the n-th month after, for n up to 12.
func (s *Series) MonthRetention(month visit.Month, n int) Figure {
	if n < 0 || n >= visit.LifetimeMonths {
		return Figure{}
	}
	then := month + visit.Month(n)
	return s.retention(month.First(), month.Last(), then.First(), then.Last())
}

func (s *Series) retention(born, bornTo, from, to visit.Day) Figure {
	if !s.Published(born, bornTo) {
		return Figure{}
	}
	a, ok := s.cohort(born, bornTo, from, to)
	if !ok {
		return Figure{}
	}
	return ratio(a, s.fresh(born, bornTo))
}

// StayMedian is the median in seconds of the stays on a route, or on all with "".
// Its interval holds the median that the true counts would give.
func (s *Series) StayMedian(from, to visit.Day, route string) Figure {
	var buckets [visit.Stays]int64
	var all tally
	for i, name := range stayNames(s) {
		a := s.sum(from, to, "stay", append(optional("route", route), Label{"stay", name}))
		buckets[i] = int64(math.Round(a.value))
		all.join(a)
	}
	median, ok := visit.MedianStay(buckets[:])
	if !ok {
		return Figure{}
	}
	total := 0.0
	for _, n := range buckets {
		total += float64(max(n, 0))
	}
	// The noise moves the rank of the median: half of it lies below, half above.
	shift := (all.quantile()*math.Sqrt(all.variance) + max(all.low, all.high)) / 2 / total
	low, _ := visit.QuantileStay(buckets[:], 0.5-shift)
	high, _ := visit.QuantileStay(buckets[:], 0.5+shift)
	return Figure{Value: median, Error: (high - low) / 2 / max(all.quantile(), 1), Low: low, High: high, OK: true}
}

// stayNames lists the buckets as the newest publication names them.
func stayNames(s *Series) []string {
	for _, d := range slices.Backward(s.days) {
		for _, e := range d.of {
			if t := e.pub.Find("stay", "stay"); t != nil {
				values := t.Family.Dims[dimOf(t.Family, "stay")].Values
				return values[:min(len(values), visit.Stays)]
			}
		}
	}
	return nil
}

func (a *tally) join(b tally) {
	a.value += b.value
	a.variance += b.variance
	a.fourth += b.fourth
	a.low += b.low
	a.high += b.high
	a.cells += b.cells
}
