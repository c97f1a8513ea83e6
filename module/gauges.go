package module

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// gauges shows the latest published epoch of each site to Prometheus. What is
// not published is not there: no scrape can tell one visitor from none.
type gauges struct{ publisher *publisher }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"site"}, labels...), nil)
}

var (
	gaugeEpoch       = describe("site_epoch_timestamp_seconds", "End of the latest published epoch.")
	gaugeVisits      = describe("site_visits", "Visits in the latest published epoch, by the route that they began with.", "route")
	gaugeLoads       = describe("site_page_loads", "Page loads in the latest published epoch.", "route")
	gaugeVisitors    = describe("site_visitors", "Devices with consent to analytics in the period that ends with the latest published day.", "period")
	gaugeReturning   = describe("site_returning_visitors", "Devices on the latest published day that had been there before.")
	gaugeRetention   = describe("site_retention_ratio", "Share of the devices new in the last 30 days that were there again so many days later.", "day")
	gaugeStay        = describe("site_stay_seconds_median", "Median time for which a page was looked at, on the latest published day.", "route")
	gaugeReach       = describe("site_campaign_reach", "Devices that met the campaign on the latest published day.", "campaign")
	gaugeBots        = describe("site_bots", "Pages and beacons of programs, which no other figure counts, in the latest published epoch.", "class")
	gaugeSuspect     = describe("site_suspect_ratio", "Share of beacons that were not believed, on the latest published day.")
	gaugeCoverage    = describe("site_beacon_ratio", "Page loads that beacons told of for each HTML page that was served, on the latest published day.")
	gaugeSpent       = describe("site_privacy_epsilon", "Privacy budget that the latest published epoch took. Absent without noise.")
	gaugeConversions = describe("site_campaign_conversions", "Goals reached within 30 days of contact with the campaign, on the latest published day.", "campaign", "goal")
)

// Describe implements [prometheus.Collector].
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		gaugeEpoch, gaugeVisits, gaugeLoads, gaugeVisitors, gaugeReturning, gaugeRetention, gaugeStay, gaugeReach, gaugeConversions,
		gaugeBots, gaugeSuspect, gaugeCoverage, gaugeSpent,
	} {
		out <- desc
	}
}

// Collect implements [prometheus.Collector].
func (g gauges) Collect(out chan<- prometheus.Metric) {
	for _, f := range *g.publisher.known.Load() {
		if p := f.series.Load(); p != nil && p.latest != nil {
			collect(out, f.site, p)
		}
	}
}

func collect(out chan<- prometheus.Metric, site string, p *published) {
	send := func(desc *prometheus.Desc, f release.Figure, labels ...string) {
		if f.OK {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, release.Shown(f.Value), append([]string{site}, labels...)...)
		}
	}
	epoch := p.latest.Epoch
	send(gaugeEpoch, release.Figure{Value: float64(epoch.End.Unix()), OK: true})
	collectCells(send, gaugeVisits, p.latest.Find("visits", "route"))
	collectCells(send, gaugeLoads, p.latest.Find("loads", "route"))

	collectCells(send, gaugeBots, p.latest.Find("bots", "class"))
	send(gaugeSpent, release.Figure{Value: p.latest.Spent, OK: p.latest.Spent > 0})

	today, s := epoch.Day(), p.series
	send(gaugeSuspect, s.Suspect(today, today))
	send(gaugeCoverage, s.Coverage(today, today))
	for _, period := range []struct {
		name string
		days visit.Day
	}{{"day", 1}, {"week", 7}, {"month", 30}} {
		if from := today - period.days + 1; from >= p.whole {
			send(gaugeVisitors, s.Visitors(from, today), period.name)
		}
	}
	send(gaugeReturning, s.Returning(today, today))
	for _, n := range []int{1, 7, 30} {
		to := today - visit.Day(n)
		send(gaugeRetention, s.DayRetention(to-29, to, n), strconv.Itoa(n))
	}
	for _, route := range labelsOf(p.latest.Find("stay", "route"), "route") {
		send(gaugeStay, s.StayMedian(today, today, route), route)
	}
	goals := labelsOf(p.latest.Find("conversions", "campaign", "goal"), "goal")
	for _, campaign := range labelsOf(p.latest.Find("reach", "campaign"), "campaign") {
		send(gaugeReach, s.Reach(today, today, campaign), campaign)
		for _, goal := range goals {
			send(gaugeConversions, s.Conversions(today, today, campaign, goal), campaign, goal)
		}
	}
}

// collectCells sends each cell of a table with one label.
func collectCells(send func(*prometheus.Desc, release.Figure, ...string), desc *prometheus.Desc, table *release.Table) {
	if table == nil || len(table.Family.Dims) != 1 {
		return
	}
	for i, value := range table.Family.Dims[0].Values {
		hidden := table.Hidden != nil && table.Hidden[i]
		send(desc, release.Figure{Value: float64(table.Cells[i]), OK: !hidden}, value)
	}
}

func labelsOf(table *release.Table, label string) []string {
	if table == nil {
		return nil
	}
	for _, dim := range table.Family.Dims {
		if dim.Name == label {
			return dim.Values
		}
	}
	return nil
}
