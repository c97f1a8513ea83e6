package dashboard

import "github.com/fairwaygate/fairway/filters/visit"

const (
	maxBirths      = 60 // days of births that the curve looks at
	minBirths      = 14
	triangleWeeks  = 12
	weekColumns    = 4 // later weeks can't be told
	triangleMonths = 12
)

// curveDays are the ages that the curve shows.
var curveDays = []int{1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28, visit.ExactDays}

func (r *Report) retention() {
	s := r.site.series
	to := visit.Day(r.To)
	if r.Partial {
		to-- // whoever comes back later today is not counted yet
	}
	births := visit.Day(min(max(r.Days(), minBirths), maxBirths))
	first, last, ok := s.Range()
	if !ok || !s.New(first, last).OK {
		return // nothing tells of devices
	}
	for _, n := range curveDays {
		bornTo := to - visit.Day(n)
		born := max(bornTo-births+1, first)
		if f := s.DayRetention(born, bornTo, n); f.OK {
			r.Retention.Curve = append(r.Retention.Curve, Return{n, Figure(f)})
		}
	}
	r.weeks(to)
	r.months(to)
}

// weeks are the latest that begin on a Monday (ISO 8601), oldest first.
func (r *Report) weeks(to visit.Day) {
	s := r.site.series
	// 1970-01-01 was a Thursday.
	monday := to - (to+3)%7
	if monday+6 > to {
		monday -= 7
	}
	for i := range triangleWeeks {
		start := monday - visit.Day(7*(triangleWeeks-1-i))
		if !s.Published(start, start+6) {
			continue
		}
		c := Cohort{Range: Range{Date(start), Date(start + 6)}, Devices: Figure(s.New(start, start+6)), Shares: []Figure{}}
		for n := 1; n <= weekColumns && start+visit.Day(7*n)+6 <= to; n++ {
			c.Shares = append(c.Shares, Figure(s.WeekRetention(start, n)))
		}
		r.Retention.Weeks = append(r.Retention.Weeks, c)
	}
}

// months are the latest whole ones, oldest first.
func (r *Report) months(to visit.Day) {
	s := r.site.series
	last := to.Month()
	if last.Last() > to {
		last--
	}
	for month := last - triangleMonths + 1; month <= last; month++ {
		if !s.Published(month.First(), month.Last()) {
			continue
		}
		c := Cohort{Range: Range{Date(month.First()), Date(month.Last())}, Devices: Figure(s.New(month.First(), month.Last())), Shares: []Figure{}}
		for n := 1; n < visit.LifetimeMonths && month+visit.Month(n) <= last; n++ {
			c.Shares = append(c.Shares, Figure(s.MonthRetention(month, n)))
		}
		r.Retention.Months = append(r.Retention.Months, c)
	}
}
