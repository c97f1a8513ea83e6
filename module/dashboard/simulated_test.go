package dashboard

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// The figures of these tests are simulated: devices that come, stay, come back and
// buy, counted by the same plan as real ones.

var (
	simZone  = mustLoad("Europe/Berlin")
	simStart = visit.Date(2028, 1, 20) // over a leap day and a change of clocks
)

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func simPlan(epoch time.Duration) *visit.Plan {
	p, err := visit.New(visit.Config{
		Zone: simZone, Epoch: epoch,
		Routes: []visit.Route{
			{Name: "home", Paths: []string{"/"}}, {Name: "product", Paths: []string{"/product/*"}},
			{Name: "cart", Paths: []string{"/cart"}}, {Name: "help", Paths: []string{"/help/*"}},
		},
		Goals:      []visit.Goal{{Name: "order"}, {Name: "newsletter"}},
		Campaigns:  []string{"spring-sale", "newsletter-12"},
		MaxValue:   20_000,
		Asked:      consent.Of(consent.Preferences, consent.Analytics, consent.Advertising),
		Referrers:  []visit.Referrer{{Name: "price-search", Hosts: []string{"*.prices.example"}}},
		Registered: true,
	})
	if err != nil {
		panic(err)
	}
	return p
}

type device struct {
	born  visit.Day
	dates string
	kind  int
}

// simulation counts some days of a shop.
type simulation struct {
	plan    *visit.Plan
	rng     *rand.Rand
	counts  map[visit.Epoch]map[string]int64
	devices []*device
}

// simulate lives through some days with so many new devices each.
func simulate(days int, fresh float64, epoch time.Duration) *simulation {
	s := &simulation{plan: simPlan(epoch), rng: rand.New(rand.NewPCG(1, 2)), counts: make(map[visit.Epoch]map[string]int64)}
	for i := range visit.Day(days) {
		day := simStart + i
		season := []float64{1, .95, .9, .95, 1.1, 1.3, 1.25}[(day+3)%7] * (1 + float64(i)/float64(2*days))
		for range int(fresh * season * (.9 + .2*s.rng.Float64())) {
			s.devices = append(s.devices, &device{born: day, kind: s.rng.IntN(100)})
		}
		kept := s.devices[:0]
		for _, d := range s.devices {
			age := float64(day - d.born)
			if age == 0 || s.rng.Float64() < .3/(1+age/4)*season {
				s.spend(day, d)
			}
			if s.rng.IntN(100) > 2 {
				kept = append(kept, d)
			}
		}
		s.devices = kept
		for range 7 {
			s.observe(visit.Event{Kind: visit.Load, Time: s.clock(day), Path: "/", Bot: visit.Crawler})
			s.observe(visit.Event{Kind: visit.Load, Time: s.clock(day), Path: "/", Suspect: visit.SuspectRate})
		}
	}
	return s
}

func (s *simulation) clock(day visit.Day) time.Time {
	minutes := min(max(int(s.rng.NormFloat64()*240)+16*60, 0), 23*60)
	return s.plan.Calendar().Start(day).Add(time.Duration(minutes) * time.Minute)
}

func (s *simulation) observe(e visit.Event) string {
	var o visit.Outcome
	s.plan.Decide(&e, &o)
	s.add(e.Time, &o)
	if o.SetDates {
		return string(o.Dates())
	}
	return e.Dates
}

func (s *simulation) add(t time.Time, o *visit.Outcome) {
	epoch := s.plan.Calendar().Epoch(t)
	cells := s.counts[epoch]
	if cells == nil {
		cells = make(map[string]int64)
		s.counts[epoch] = cells
	}
	for _, inc := range o.Increments() {
		cells[s.plan.Key(inc.Cell)] += inc.N
	}
}

func (s *simulation) spend(day visit.Day, d *device) {
	now := s.clock(day)
	granted := consent.Of(consent.Analytics)
	if d.kind < 25 {
		granted = 0
	}
	if d.born == day && d.dates == "" {
		asked := consent.Of(consent.Preferences, consent.Analytics, consent.Advertising)
		accepted := granted
		if d.kind > 60 {
			accepted = asked
		}
		answer := visit.Answer{Regime: []string{"opt-in", "opt-in", "opt-out"}[d.kind%3], Accepted: accepted}
		if d.kind%5 > 0 {
			answer.Rejected = asked.Without(accepted)
		}
		var o visit.Outcome
		s.plan.Answer(answer, &o)
		s.add(now, &o)
		s.plan.Decide(&visit.Event{Kind: visit.Load, Time: now, Question: visit.Question{Purposes: asked, Regime: answer.Regime}}, &o)
		s.add(now, &o)
	}
	e := visit.Event{
		Kind: visit.Load | visit.Navigation, Time: now, Granted: granted, Dates: d.dates, Host: "shop.example",
		Country:  []string{"DE", "DE", "DE", "AT", "CH", "US", "CN", "FR", "PL", ""}[d.kind%10],
		Language: []string{"de", "de", "en", "zh", "fr", "pl"}[d.kind%6],
		Device:   []visit.Device{visit.Mobile, visit.Mobile, visit.Desktop, visit.Tablet, visit.Mobile}[d.kind%5],
		Referrer: []string{"", "https://www.google.de/", "https://www.instagram.com/", "https://de.prices.example/", "https://blog.example/"}[s.rng.IntN(5)],
	}
	e.Registered = d.kind > 85
	if s.rng.IntN(12) == 0 {
		e.Campaign = []string{"spring-sale", "newsletter-12"}[d.kind%2]
	}
	for page := range 1 + s.rng.IntN(4) {
		e.Path = []string{"/", "/product/1", "/product/2", "/cart", "/help/returns", "/about"}[s.rng.IntN(6)]
		d.dates = s.observe(e)
		e.Visit, e.Referrer, e.Campaign, e.Dates = true, "https://shop.example/", "", d.dates
		if page == 0 || granted == 0 {
			continue
		}
		stay := time.Duration(2+s.rng.ExpFloat64()*45) * time.Second
		left := visit.Event{Kind: visit.StayTime, Time: e.Time.Add(stay), Path: e.Path, Granted: granted, Dates: d.dates, Visit: true, Token: visit.TokenAt(e.Time), Stay: stay}
		d.dates = s.observe(left)
		e.Dates = d.dates
	}
	if s.rng.IntN(20) == 0 {
		goal := visit.GoalHit{Name: []string{"order", "newsletter"}[d.kind%2], Value: int64(1000 + s.rng.IntN(9000))}
		d.dates = s.observe(visit.Event{Kind: visit.Reached, Time: e.Time, Granted: granted, Dates: d.dates, Visit: true, Goals: []visit.GoalHit{goal}})
	}
}

// publish releases every epoch up to a time. Each device stands for so many.
func (s *simulation) publish(privacy release.Privacy, times int64, until time.Time) []*release.Publication {
	random := rand.NewChaCha8([32]byte{7})
	var pubs []*release.Publication
	for day := simStart; ; day++ {
		start, end := s.plan.Calendar().Start(day), s.plan.Calendar().Start(day+1)
		for e := s.plan.Calendar().Epoch(start); e.Start.Before(end); e = s.plan.Calendar().Epoch(e.End) {
			if e.End.After(until) {
				return pubs
			}
			counts := make([]int64, s.plan.Len())
			for key, n := range s.counts[e] {
				cell, ok := s.plan.Cell(key)
				if !ok {
					panic(key)
				}
				counts[cell] = n * times
			}
			pub, err := release.Publish(s.plan, e, counts, privacy, random)
			if err != nil {
				panic(err)
			}
			pubs = append(pubs, pub)
		}
	}
}

const simDays = 75

func endOf(d visit.Day) time.Time {
	y, m, day := d.Date()
	return time.Date(y, m, day+1, 0, 0, 0, 0, simZone)
}

// simNow is noon of the day after the last simulated one.
var simNow = endOf(simStart + simDays - 1).Add(12 * time.Hour)

// Sites that many tests read: with noise, with a threshold, by the hour.
var (
	noisySite = sync.OnceValue(func() *Site {
		s := simulate(simDays, 60, 0)
		return NewSite("shop.example", simZone, s.publish(noise(2), 40, simNow))
	})
	hiddenSite = sync.OnceValue(func() *Site {
		threshold, err := release.Threshold(20)
		if err != nil {
			panic(err)
		}
		return NewSite("shop.example", simZone, simulate(simDays, 60, 0).publish(threshold, 1, simNow))
	})
	hourlySite = sync.OnceValue(func() *Site {
		end := simStart + 3
		return NewSite("shop.example", simZone, simulate(4, 60, time.Hour).publish(noise(2), 40, endOf(end).Add(-9*time.Hour)))
	})
)

func noise(epsilon float64) release.Privacy {
	p, err := release.Noise(epsilon)
	if err != nil {
		panic(err)
	}
	return p
}

func newReport(t testing.TB, site *Site, query string, now time.Time) *Report {
	t.Helper()
	r, err := New(parseQuery(t, query), site, now.Add(14*time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reversed gives the publications in another order.
func reversed(pubs []*release.Publication) []*release.Publication {
	pubs = slices.Clone(pubs)
	slices.Reverse(pubs)
	return pubs
}
