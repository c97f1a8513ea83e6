package dashboard

import (
	"net/url"
	"slices"
	"time"
)

// shareDays are the ranges that are shared. Others can't be asked for, so that few
// pages serve everyone.
var shareDays = []string{"7", "30", "90", "365"}

// ShareQuery reads the query of a shared report: days=7, 30, 90 or 365 and nothing
// else. Without it days is empty, the default. The error is a [*ParamError].
func ShareQuery(query url.Values) (days string, err error) {
	for name := range query {
		if name != "days" {
			return "", &ParamError{name, query.Get(name), "a shared report takes only days"}
		}
	}
	days = query.Get("days")
	if len(query["days"]) > 1 || days != "" && !slices.Contains(shareDays, days) {
		return "", &ParamError{"days", days, "a shared report has 7, 30, 90 or 365 days"}
	}
	return days, nil
}

// NewShare makes the report that can be shown to everyone: totals and trends alone,
// over the days that [ShareQuery] gave. Once something is published it depends on
// the site and the days alone, so it can be kept. The error is a [*ParamError].
func NewShare(days string, site *Site, now time.Time) (*Report, error) {
	full, err := New(url.Values{"days": {days}}, site, time.Time{}, now)
	if err != nil {
		return nil, err
	}
	// Whatever is added to a report is not shared until it is named here.
	r := &Report{
		Site: full.Site, Zone: full.Zone, Range: full.Range, Before: full.Before,
		Published: full.Published, Partial: full.Partial, Privacy: full.Privacy, Latest: full.Latest,
		Headlines: full.Headlines, Step: full.Step, Trend: full.Trend,
		site: full.site, earlier: full.earlier, first: full.first, last: full.last, today: full.last, shared: true,
	}
	r.fill()
	return r, nil
}
