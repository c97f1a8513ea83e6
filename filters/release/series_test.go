package release

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

func exactly(t *testing.T, what string, got Figure, want float64) {
	t.Helper()
	if math.Abs(got.Value-want) > 1e-9 || !got.OK {
		t.Errorf("%s: %v (ok %v), want %v", what, got.Value, got.OK, want)
	}
}

// Before noise, every figure is the truth.
func TestFiguresAreTheTruth(t *testing.T) {
	for name, live := range map[string]func() *simulation{"epoch=1d": daily, "epoch=1h": hourly} {
		t.Run(name, func(t *testing.T) {
			sim := live()
			s, b := sim.raw(t), &sim.truth
			last := simStart + simDays - 1
			for _, window := range []visit.Day{1, 7, 28, 31, 90, simDays} {
				for from := simStart; from+window-1 <= last; from += 1 + window/2 {
					to := from + window - 1
					name := fmt.Sprintf("%v and %d days", from, window)
					exactly(t, "visitors "+name, s.Visitors(from, to), float64(b.visitors(from, to)))
					exactly(t, "new "+name, s.New(from, to), float64(b.fresh(from, to)))
					exactly(t, "returning "+name, s.Returning(from, to), float64(b.visitors(from, to)-b.fresh(from, to)))
				}
			}
			for born := simStart; born+35 <= last; born += 5 {
				for _, n := range []int{0, 1, 2, 7, 30, 35} {
					d := born + visit.Day(n)
					exactly(t, fmt.Sprintf("day %d of %v", n, born), s.DayRetention(born, born, n), float64(b.cohort(born, born, d, d))/float64(b.fresh(born, born)))
				}
				for n := range 5 {
					from := born + visit.Day(7*n)
					if from+6 <= last {
						exactly(t, fmt.Sprintf("week %d of %v", n, born), s.WeekRetention(born, n), float64(b.cohort(born, born+6, from, from+6))/float64(b.fresh(born, born+6)))
					}
				}
			}
			month := (simStart + 31).Month()
			for n := range 3 {
				then := month + visit.Month(n)
				if then.Last() <= last {
					want := float64(b.cohort(month.First(), month.Last(), then.First(), then.Last())) / float64(b.fresh(month.First(), month.Last()))
					exactly(t, fmt.Sprintf("month %d of %v", n, month), s.MonthRetention(month, n), want)
				}
			}
			exactly(t, "visits", s.Visits(simStart, last), float64(total(b.visits, simStart, last, "")))
			engaged := 0
			for _, n := range b.engaged {
				engaged += n
			}
			exactly(t, "engaged", s.Engaged(simStart, last), float64(engaged)/float64(total(b.visits, simStart, last, "")))
			for _, route := range []string{"home", "product", "other"} {
				exactly(t, "visits of "+route, s.Sum(simStart, last, "visits", Label{"route", route}), float64(total(b.visits, simStart, last, route)))
				exactly(t, "loads of "+route, s.PageLoads(simStart, last, route), float64(total(b.loads, simStart, last, route)))
				for _, stay := range []string{"3-10s", "10-30s", "30-60s", "1-3m"} {
					exactly(t, "stay "+route+" "+stay, s.Sum(simStart, last, "stay", Label{"route", route}, Label{"stay", stay}), float64(total(b.stays, simStart, last, route+" "+stay)))
				}
			}
			for _, c := range []string{"spring", "summer"} {
				exactly(t, "reach of "+c, s.Reach(simStart, last, c), float64(total(b.reach, simStart, last, c)))
				exactly(t, "conversions of "+c, s.Conversions(simStart, last, c, "order"), float64(total(b.converts, simStart, last, c)))
			}
			for _, dim := range []string{"country", "device", "language", "referrer", "registered"} {
				pub := s.days[0].of[0].pub.Find("visits", dim)
				sum := 0.0
				for _, v := range pub.Family.Dims[0].Values {
					sum += s.Sum(simStart, last, "visits", Label{dim, v}).Value
				}
				if want := float64(total(b.visits, simStart, last, "")); sum != want {
					t.Errorf("visits by %s sum up to %v, want %v", dim, sum, want)
				}
			}
			exactly(t, "bots", s.Sum(simStart, last, "bots"), float64(b.bots))
			exactly(t, "suspect", s.Suspect(simStart, last), 0)
		})
	}
}

func TestWhatCantBeTold(t *testing.T) {
	s := daily().raw(t)
	last := simStart + simDays - 1
	for name, f := range map[string]Figure{
		"day 36":             s.DayRetention(simStart, simStart, 36),
		"week 5":             s.WeekRetention(simStart, 5),
		"month 13":           s.MonthRetention(simStart.Month(), 13),
		"beyond the end":     s.DayRetention(last, last, 1),
		"before the start":   s.DayRetention(simStart-1, simStart-1, 1),
		"half a month, late": s.Cohort(simStart+15, simStart+30, last-5, last),
		"no days":            s.Visits(last+1, last+9),
		"backwards":          s.Visits(last, simStart),
		"unknown route":      s.PageLoads(simStart, last, "nowhere"),
		"unknown family":     s.Sum(simStart, last, "nothing"),
		"no asking":          s.Consent(simStart, last, "analytics", "", "accepted"),
		"no navigations":     s.Coverage(simStart, last),
	} {
		if f.OK {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if from, to, ok := s.Range(); from != simStart || to != last || !ok {
		t.Errorf("range %v to %v", from, to)
	}
	if s.Published(simStart, last+1) || !s.Published(simStart, last) {
		t.Error("the published days are not the range")
	}
	if _, _, ok := NewSeries(nil).Range(); ok {
		t.Error("an empty series has a range")
	}
}

// seeded is a reproducible source for draws.
func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

// With noise, 95 in 100 figures are within their interval. Neighbouring windows of
// days share their noise, so the windows read here lie a week apart, and the months
// are drawn often enough for a wrong interval to show.
func TestNoisyFiguresAreWithinTheirInterval(t *testing.T) {
	const draws = 12
	sim := daily()
	privacy, err := Noise(2)
	if err != nil {
		t.Fatal(err)
	}
	raw := sim.raw(t)
	type reading func(s *Series, d visit.Day) Figure
	readings := map[string]reading{
		"visitors":  func(s *Series, d visit.Day) Figure { return s.Visitors(d, d) },
		"week":      func(s *Series, d visit.Day) Figure { return s.Visitors(d, d+6) },
		"new":       func(s *Series, d visit.Day) Figure { return s.New(d, d) },
		"returning": func(s *Series, d visit.Day) Figure { return s.Returning(d, d) },
		"visits":    func(s *Series, d visit.Day) Figure { return s.Visits(d, d) },
		"loads":     func(s *Series, d visit.Day) Figure { return s.PageLoads(d, d, "home") },
		"country":   func(s *Series, d visit.Day) Figure { return s.Sum(d, d, "visits", Label{"country", "CN"}) },
		"reach":     func(s *Series, d visit.Day) Figure { return s.Reach(d, d, "spring") },
	}
	in, all := make(map[string]int), 0
	for draw := range byte(draws) {
		random := seeded(7 + draw)
		noisy := sim.publish(t, func(e visit.Epoch, counts []int64) (*Publication, error) {
			return Publish(sim.plan, e, counts, privacy, random)
		})
		for d := simStart; d+6 < simStart+simDays; d += 7 {
			all++
			for name, read := range readings {
				truth, f := read(raw, d), read(noisy, d)
				if f.Low <= truth.Value && truth.Value <= f.High {
					in[name]++
				}
				if f.Error <= 0 {
					t.Fatalf("%s has no error", name)
				}
			}
		}
	}
	// Four standard deviations around 95 %.
	slack := 4 * math.Sqrt(0.95*0.05/float64(all))
	for name := range readings {
		if share := float64(in[name]) / float64(all); share < 0.95-slack || share > 0.96+slack {
			t.Errorf("%s: %.3f of %d within the interval", name, share, all)
		}
	}
}

func TestNoisyCellsCover95Percent(t *testing.T) {
	p := newPlan(0)
	e := p.Calendar().Epoch(time.Unix(2e9, 0))
	privacy, _ := Noise(0.2) // wide enough for whole numbers not to matter
	in, all := make(map[string]int), make(map[string]int)
	random := seeded(3)
	for range 20 {
		pub, err := Publish(p, e, make([]int64, p.Len()), privacy, random)
		if err != nil {
			t.Fatal(err)
		}
		for c := range pub.All() {
			name, _, _ := strings.Cut(c.Key, "{")
			all[name]++
			if c.Low <= 0 && 0 <= c.High {
				in[name]++
			}
		}
	}
	for name, n := range all {
		share := float64(in[name]) / float64(n)
		slack := 4 * math.Sqrt(0.95*0.05/float64(n))
		if share < 0.95-slack || share > 0.96+slack {
			t.Errorf("%s: %.4f of %d within the interval", name, share, n)
		}
	}
}

func TestMedianStaysInItsInterval(t *testing.T) {
	sim := daily()
	last := simStart + simDays - 1
	raw := sim.raw(t).StayMedian(simStart, last, "home")
	if !raw.OK || raw.Value < 10 || raw.Value > 70 || raw.Low != raw.Value || raw.High != raw.Value {
		t.Errorf("median %+v", raw)
	}
	random := seeded(9)
	noisy := sim.publish(t, func(e visit.Epoch, counts []int64) (*Publication, error) {
		return Publish(sim.plan, e, counts, Privacy{}, random)
	}).StayMedian(simStart, last, "")
	all := sim.raw(t).StayMedian(simStart, last, "")
	if noisy.Low > all.Value || noisy.High < all.Value || noisy.Error <= 0 {
		t.Errorf("median %+v, true %v", noisy, all.Value)
	}
}

// Under a threshold the interval always holds the truth.
func TestThresholdFiguresHoldTheTruth(t *testing.T) {
	sim := daily()
	privacy, err := Threshold(20)
	if err != nil {
		t.Fatal(err)
	}
	hidden := sim.publish(t, func(e visit.Epoch, counts []int64) (*Publication, error) {
		return Publish(sim.plan, e, counts, privacy, nil)
	})
	raw := sim.raw(t)
	for d := simStart; d+6 < simStart+simDays; d++ {
		for name, read := range map[string]func(s *Series) Figure{
			"visitors":  func(s *Series) Figure { return s.Visitors(d, d) },
			"week":      func(s *Series) Figure { return s.Visitors(d, d+6) },
			"new":       func(s *Series) Figure { return s.New(d, d) },
			"returning": func(s *Series) Figure { return s.Returning(d, d) },
			"visits":    func(s *Series) Figure { return s.Visits(d, d) },
			"country":   func(s *Series) Figure { return s.Sum(d, d, "visits", Label{"country", "US"}) },
			"engaged":   func(s *Series) Figure { return s.Sum(d, d, "engaged") },
			"reach":     func(s *Series) Figure { return s.Reach(d, d, "spring") },
		} {
			truth, f := read(raw), read(hidden)
			if truth.Value < f.Low || truth.Value > f.High {
				t.Errorf("%s on %v: %v is not in %+v", name, d, truth.Value, f)
			}
		}
	}
}
