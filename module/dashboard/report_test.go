package dashboard

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

func close64(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

func sameFigure(a, b Figure) bool {
	return a.OK == b.OK && close64(a.Value, b.Value) && close64(a.Error, b.Error) && close64(a.Low, b.Low) && close64(a.High, b.High)
}

// Splitting a family gives what the series gives for each combination of labels.
func TestSplitIsTheSeries(t *testing.T) {
	mixed := slices.Concat(noisySite().pubs[:20], hiddenSite().pubs[20:30])
	budgets := slices.Clone(noisySite().pubs[:30])
	other := simulate(30, 10, 0).publish(noise(.5), 1, simNow)
	copy(budgets[10:], other[10:30])
	for name, site := range map[string]*Site{
		"noise": noisySite(), "threshold": hiddenSite(), "hours": hourlySite(),
		"threshold since": NewSite("", simZone, mixed), "budget since": NewSite("", simZone, budgets),
	} {
		in := Range{Date(simStart), Date(simStart + 29)}
		from, to := in.days()
		for _, c := range []struct {
			family string
			labels []string
		}{
			{"loads", []string{"route"}}, {"visits", []string{"route"}}, {"visits", []string{"country"}}, {"stay", []string{"stay"}},
			{"stay", []string{"route"}}, {"late", nil}, {"goals", []string{"goal"}}, {"conversions", []string{"campaign"}},
			{"conversions", []string{"goal", "campaign"}}, {"conversions", []string{"campaign", "goal", "within"}},
			{"consent", []string{"purpose", "answer"}}, {"goal_value", []string{"goal"}}, {"nothing", []string{"route"}},
		} {
			sp := site.split(in, c.family, c.labels...)
			if len(sp.rows) == 0 && c.family != "nothing" {
				t.Errorf("%s: no rows of %s", name, c.family)
			}
			for i := range sp.rows {
				r := &sp.rows[i]
				got, want := sp.figure(r), Figure(site.series.Sum(from, to, c.family, r.labels...))
				if !sameFigure(got, want) {
					t.Errorf("%s: %s %v: %+v, want %+v", name, c.family, r.labels, got, want)
				}
			}
		}
	}
}

// Labels that were declared later, or no longer, have the noise of their own days.
func TestSplitOverChangedLabels(t *testing.T) {
	publish := func(day visit.Day, routes ...string) *release.Publication {
		var config visit.Config
		for _, r := range routes {
			config.Routes = append(config.Routes, visit.Route{Name: r, Paths: []string{"/" + r}})
		}
		p, err := visit.New(config)
		if err != nil {
			t.Fatal(err)
		}
		pub, err := release.Publish(p, p.Calendar().Epoch(p.Calendar().Start(day)), make([]int64, p.Len()), noise(1), nil)
		if err != nil {
			t.Fatal(err)
		}
		return pub
	}
	site := NewSite("", nil, []*release.Publication{
		publish(simStart, "old", "kept"), publish(simStart+1, "kept"), publish(simStart+2, "new", "kept"), publish(simStart+3, "new", "kept"),
	})
	in := Range{Date(simStart), Date(simStart + 3)}
	sp := site.split(in, "loads", "route")
	var names []string
	for i := range sp.rows {
		r := &sp.rows[i]
		names = append(names, r.labels[0].Value)
		if got, want := sp.figure(r), Figure(site.series.PageLoads(simStart, simStart+3, r.labels[0].Value)); !sameFigure(got, want) {
			t.Errorf("%v: %+v, want %+v", r.labels, got, want)
		}
	}
	if want := []string{"new", "kept", "other", "old"}; !slices.Equal(names, want) {
		t.Errorf("rows %v, want %v", names, want)
	}
}

func TestReportReadsTheSeries(t *testing.T) {
	for name, site := range map[string]*Site{"noise": noisySite(), "threshold": hiddenSite()} {
		r := newReport(t, site, "days=30", simNow)
		last := simStart + simDays - 1
		if r.To != Date(last) || r.Days() != 30 || r.Published != 30 || r.Partial || r.Zone != "Europe/Berlin" {
			t.Errorf("%s: %v to %v, %d published", name, r.From, r.To, r.Published)
		}
		from, to := r.days()
		s := site.series
		want := map[string]release.Figure{
			"visitors": s.Visitors(from, to), "visits": s.Visits(from, to), "page_loads": s.PageLoads(from, to, ""),
			"returning_visitors": s.Returning(from, to), "engaged_share": s.Engaged(from, to), "stay_median": s.StayMedian(from, to, ""),
		}
		for _, h := range r.Headlines {
			if !sameFigure(h.Now, Figure(want[h.Name])) || !h.Now.OK {
				t.Errorf("%s: %s: %+v, want %+v", name, h.Name, h.Now, want[h.Name])
			}
			if !h.Before.OK {
				t.Errorf("%s: %s has nothing to compare with", name, h.Name)
			}
			delete(want, h.Name)
		}
		if len(want) != 0 || len(r.Trend) != 30 || r.Step != "day" {
			t.Errorf("%s: missing %v, %d points", name, want, len(r.Trend))
		}
		sum := 0.0
		for _, p := range r.Trend {
			sum += p.Visits.Value
		}
		if all := s.Visits(from, to).Value; !close64(sum, all) {
			t.Errorf("%s: days have %v visits, the range %v", name, sum, all)
		}
		if len(r.Routes.Items) != 5 || r.Routes.Items[4].Name != visit.Other || len(r.Campaigns.Items) != 3 || len(r.Goals) != 3 ||
			len(r.Consent) != 3 || len(r.Dimensions) != 5 || len(r.Stay) != visit.Stays || len(r.Quality.Bots) != 4 {
			t.Errorf("%s: parts are missing", name)
		}
		if n := len(r.Retention.Weeks); n < 8 || len(r.Retention.Weeks[n-1].Shares) != 0 || len(r.Retention.Weeks[n-2].Shares) != 1 || len(r.Retention.Weeks[0].Shares) != 4 {
			t.Errorf("%s: the triangle of weeks is %+v", name, r.Retention.Weeks)
		}
		if len(r.Retention.Months) != 2 || len(r.Retention.Months[0].Shares) != 1 {
			t.Errorf("%s: the triangle of months is %+v", name, r.Retention.Months)
		}
	}
}

// The same publications in another order make the same report.
func TestOrderOfPublications(t *testing.T) {
	site := NewSite("shop.example", simZone, reversed(hourlySite().pubs))
	if a, b := newReport(t, site, "", simNow), newReport(t, hourlySite(), "", simNow); !reflect.DeepEqual(encode(t, a), encode(t, b)) {
		t.Error("the order matters")
	}
}

func encode(t *testing.T, r *Report) string {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTrendByWeek(t *testing.T) {
	r := newReport(t, noisySite(), "days=200", simNow)
	if r.Step != "week" || len(r.Trend) != 29 {
		t.Fatalf("%s, %d points", r.Step, len(r.Trend))
	}
	next := r.From
	for i, p := range r.Trend {
		if p.From != next || p.Days() != 7 && i > 0 {
			t.Errorf("point %d: %v to %v", i, p.From, p.To)
		}
		next = p.To + 1
		if (p.Published > 0) != p.Visits.OK {
			t.Errorf("%v: %d published, visits %+v", p.From, p.Published, p.Visits)
		}
	}
	if next != r.To+1 {
		t.Errorf("the trend ends before %v", next)
	}
	// In a week a device counts once.
	last := r.Trend[len(r.Trend)-1]
	days := 0.0
	for d := last.From; d <= last.To; d++ {
		days += noisySite().series.Visitors(visit.Day(d), visit.Day(d)).Value
	}
	if last.Visitors.Value >= days {
		t.Errorf("%v visitors in a week, %v by day", last.Visitors.Value, days)
	}
}

func TestUnpublishedDays(t *testing.T) {
	r := newReport(t, noisySite(), "from=2028-01-01&to=2028-02-10", simNow)
	if r.Published != 22 || r.Trend[0].Published != 0 || r.Trend[0].Visits.OK || !r.Trend[19].Visits.OK {
		t.Errorf("%d published, %+v", r.Published, r.Trend[0])
	}
	for _, h := range r.Headlines {
		if h.Before.OK || h.Change.OK {
			t.Errorf("%s is compared with %+v", h.Name, h.Before)
		}
	}
	empty := newReport(t, noisySite(), "from=2027-01-01&to=2027-01-07", simNow)
	if empty.Published != 0 || empty.Headlines[0].Now.OK {
		t.Errorf("%+v", empty.Headlines[0])
	}
	never := newReport(t, NewSite("new.example", simZone, nil), "", simNow)
	if never.Latest != nil || never.To != Date(visit.DayOf(simNow))-1 || !never.Next.Equal(simNow.Add(14*time.Hour)) {
		t.Errorf("%+v", never)
	}
}

// Hours sum up to days, and the newest are shown by themselves.
func TestHours(t *testing.T) {
	site := hourlySite()
	r := newReport(t, site, "", simNow)
	if want := Date(simStart + 2); r.To != want || r.Partial {
		t.Errorf("the range ends with %v, want the last whole day, %v", r.To, want)
	}
	day := r.Trend[len(r.Trend)-1]
	sum := 0.0
	for _, p := range site.between(day.Range) {
		sum += float64(p.Find("loads").Total)
	}
	if len(site.between(day.Range)) != 24 || sum != day.PageLoads.Value {
		t.Errorf("hours have %v page loads, the day %v", sum, day.PageLoads.Value)
	}
	if len(r.Recent) != maxRecent || !r.Recent[maxRecent-1].End.Equal(r.Latest.End) {
		t.Fatalf("%d epochs", len(r.Recent))
	}
	for i := 1; i < len(r.Recent); i++ {
		if !r.Recent[i].Start.Equal(r.Recent[i-1].End) || !r.Recent[i].PageLoads.OK {
			t.Errorf("epoch %d: %+v", i, r.Recent[i])
		}
	}
	today := newReport(t, site, "from=2028-01-23&to=2028-01-23", endOf(simStart+3))
	if !today.Partial || today.Published != 1 || today.Headlines[0].Change.OK {
		t.Errorf("today: partial %v, %+v", today.Partial, today.Headlines[0])
	}
	if daily := newReport(t, noisySite(), "", simNow); len(daily.Recent) != 0 {
		t.Errorf("%d epochs of a day each", len(daily.Recent))
	}
}

func TestLongLists(t *testing.T) {
	var config visit.Config
	for i := range 60 {
		name := "r" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		config.Routes = append(config.Routes, visit.Route{Name: name, Paths: []string{"/" + name}})
		config.Campaigns = append(config.Campaigns, name)
	}
	p, err := visit.New(config)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int64, p.Len())
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range counts {
		counts[i] = int64(rng.IntN(1000))
	}
	pub, err := release.Raw(p, p.Calendar().Epoch(p.Calendar().Start(simStart)), counts)
	if err != nil {
		t.Fatal(err)
	}
	r := newReport(t, NewSite("", nil, []*release.Publication{pub}), "days=1", simNow)
	if n := len(r.Routes.Items); n != maxItems+1 || r.Routes.More != 60-maxItems || len(r.Campaigns.Items) != maxItems+1 {
		t.Errorf("%d routes and %d more", n, r.Routes.More)
	}
	for i := 1; i < maxItems; i++ {
		if r.Routes.Items[i].PageLoads.Value > r.Routes.Items[i-1].PageLoads.Value {
			t.Errorf("route %d is larger than the one before", i)
		}
	}
}
