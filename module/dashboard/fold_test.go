package dashboard

import (
	"bytes"
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// copies decodes publications anew, since a fold changes what it takes.
func copies(t testing.TB, pubs []*release.Publication) []*release.Publication {
	t.Helper()
	out := make([]*release.Publication, len(pubs))
	for i, p := range pubs {
		data, err := p.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		out[i] = new(release.Publication)
		if err := out[i].UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func fold(t testing.TB, pubs []*release.Publication) *Fold {
	f := new(Fold)
	for _, p := range copies(t, pubs) {
		f.Add(p)
	}
	return f
}

// A report of joined hours is the report of the hours.
func TestFoldTellsTheSame(t *testing.T) {
	few, err := release.Threshold(5)
	if err != nil {
		t.Fatal(err)
	}
	hiddenHours := NewSite("shop.example", simZone, simulate(4, 60, time.Hour).publish(few, 40, endOf(simStart+3).Add(-9*time.Hour)))
	for name, site := range map[string]*Site{"hours": hourlySite(), "hidden hours": hiddenHours, "days": noisySite(), "threshold": hiddenSite()} {
		f := fold(t, site.pubs)
		if strings.HasSuffix(name, "hours") && len(f.joined) != 2 {
			t.Errorf("%d joined", len(f.joined))
		}
		folded := f.Site(site.name, site.zone)
		for _, query := range []string{"", "days=1", "days=3", "days=60"} {
			var values [2]any
			for i, s := range []*Site{site, folded} {
				var b bytes.Buffer
				if err := JSON(&b, newReport(t, s, query, simNow)); err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(b.Bytes(), &values[i]); err != nil {
					t.Fatal(err)
				}
			}
			if !alike(values[0], values[1]) {
				t.Errorf("%s, %q: another report", name, query)
			}
		}
	}
}

// alike compares values of JSON, numbers up to rounding.
func alike(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && math.Abs(a-b) <= 2e-6*max(1, math.Abs(a))
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !alike(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name := range a {
			if !alike(a[name], b[name]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// A site that was given out stays as it is when more is published.
func TestFoldGrows(t *testing.T) {
	pubs := copies(t, hourlySite().pubs)
	f := new(Fold)
	for _, p := range pubs[:60] { // in the middle of a day
		f.Add(p)
	}
	early := f.Site("shop.example", simZone)
	sum := func(s *Site) Figure {
		return Figure(s.series.PageLoads(simStart, simStart+30, ""))
	}
	before := sum(early)
	for _, p := range pubs[60:] {
		f.Add(p)
	}
	if after := sum(early); !sameFigure(before, after) {
		t.Errorf("the earlier site changed from %+v to %+v", before, after)
	}
	if got, want := sum(f.Site("", simZone)), sum(hourlySite()); !sameFigure(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestFoldIsBounded(t *testing.T) {
	plan, err := visit.New(visit.Config{Epoch: time.Hour, Countries: []string{"DE"}, Languages: []string{"de"}})
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := release.Threshold(20)
	if err != nil {
		t.Fatal(err)
	}
	for name, privacy := range map[string]release.Privacy{"noise": {}, "threshold": hidden} {
		first, err := release.Publish(plan, plan.Calendar().Epoch(time.Unix(1_800_000_000, 0)), make([]int64, plan.Len()), privacy, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := new(Fold)
		const hours = 2000
		for h := range hours {
			p := *first
			p.Epoch = plan.Calendar().Epoch(time.Unix(1_800_000_000+int64(h)*3600, 0))
			p.Tables = make([]release.Table, len(first.Tables))
			for i, t := range first.Tables {
				t.Cells = append([]int64(nil), t.Cells...)
				p.Tables[i] = t
			}
			f.Add(&p)
		}
		if len(f.joined) > hours/24+2 || len(f.recent) != maxRecent {
			t.Errorf("%s: %d joined, %d recent", name, len(f.joined), len(f.recent))
		}
	}
}

// BenchmarkFold reads two years of hours from their stored form.
func BenchmarkFold(b *testing.B) {
	plan := simPlan(time.Hour)
	data := make([][]byte, 0, 731*24)
	counts := make([]int64, plan.Len())
	epoch := plan.Calendar().Epoch(plan.Calendar().Start(simStart))
	one, err := release.Publish(plan, epoch, counts, noise(2), nil)
	if err != nil {
		b.Fatal(err)
	}
	for range cap(data) {
		p := *one
		p.Epoch = epoch
		encoded, err := p.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		data = append(data, encoded)
		epoch = plan.Calendar().Epoch(epoch.End)
	}
	var site *Site
	for b.Loop() {
		f := new(Fold)
		for _, d := range data {
			p := new(release.Publication)
			if err := p.UnmarshalBinary(d); err != nil {
				b.Fatal(err)
			}
			f.Add(p)
		}
		site = f.Site("shop.example", simZone)
	}
	clear(data)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-held")
	b.ReportMetric(float64(len(site.pubs)), "publications")
}
