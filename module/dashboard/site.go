package dashboard

import (
	"cmp"
	"slices"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// Site is what is published of one site. It is immutable and safe for concurrent
// use. Making one reads every publication, so it is to be kept until there are more
// of them.
type Site struct {
	name   string
	zone   *time.Location
	pubs   []*release.Publication // by time
	days   []visit.Day            // of each of them
	series *release.Series
}

// NewSite returns a site by the name that is shown of it, its time zone (nil is
// UTC) and its publications in any order, each epoch once. They are not to be
// changed afterwards.
func NewSite(name string, zone *time.Location, pubs []*release.Publication) *Site {
	if zone == nil {
		zone = time.UTC
	}
	sorted := slices.Clone(pubs)
	slices.SortFunc(sorted, func(a, b *release.Publication) int {
		return cmp.Or(cmp.Compare(a.Epoch.Day(), b.Epoch.Day()), a.Epoch.Start.Compare(b.Epoch.Start))
	})
	days := make([]visit.Day, len(sorted))
	for i, p := range sorted {
		days[i] = p.Epoch.Day()
	}
	return &Site{name, zone, sorted, days, release.NewSeries(sorted)}
}

// Last returns the last day that is published as a whole. While there is none it
// is the last day of which anything is published. It is not ok when nothing is.
func (s *Site) Last() (d visit.Day, ok bool) {
	for _, p := range slices.Backward(s.pubs) {
		if whole(p) {
			return p.Epoch.Day(), true
		}
	}
	if n := len(s.pubs); n > 0 {
		return s.pubs[n-1].Epoch.Day(), true
	}
	return 0, false
}

// whole reports whether a publication's epoch ends its day.
func whole(p *release.Publication) bool {
	return visit.DayOf(p.Epoch.End) > p.Epoch.Day()
}

// complete reports whether the last epoch of a day is published.
func (s *Site) complete(d visit.Day) bool {
	pubs := s.between(Range{Date(d), Date(d)})
	return len(pubs) > 0 && whole(pubs[len(pubs)-1])
}

// between returns the publications of a range of days.
func (s *Site) between(r Range) []*release.Publication {
	from, to := r.days()
	first, _ := slices.BinarySearch(s.days, from)
	end, _ := slices.BinarySearch(s.days, to+1)
	return s.pubs[first:max(first, end)]
}

// published counts the days of a range that have a publication.
func (s *Site) published(r Range) (n int) {
	last := Date(-1)
	for _, p := range s.between(r) {
		if d := Date(p.Epoch.Day()); d != last {
			n, last = n+1, d
		}
	}
	return n
}
