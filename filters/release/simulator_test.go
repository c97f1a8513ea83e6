package release

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/visit"
)

// The simulator lives through some months with visitors whose identities it knows.
// It drives three nodes as browsers would, and keeps its own books by identity, so
// that what the cells tell can be compared with what is true.

const (
	simDays   = 120
	simPeople = 400
)

var simStart = visit.Date(2028, 1, 20) // over a leap day and a change of clocks

// life is one cookie's life: it ends when the person clears the browser.
type life struct {
	days    map[visit.Day]bool
	first   visit.Day
	dates   string
	visited time.Time
	met     map[string]visit.Day
}

// truth is what the books say.
type truth struct {
	lives    []*life
	visits   map[visit.Day]map[string]int // by entry route, and "" for all
	engaged  map[visit.Day]int
	stays    map[visit.Day]map[string]int
	loads    map[visit.Day]map[string]int
	reach    map[visit.Day]map[string]int
	converts map[visit.Day]map[string]int
	bots     int
}

func book(m map[visit.Day]map[string]int, d visit.Day, key string) {
	if m[d] == nil {
		m[d] = make(map[string]int)
	}
	m[d][key]++
}

type simulation struct {
	plan  *visit.Plan
	nodes [3]*visit.Counter
	rng   *rand.Rand
	store map[string]map[string]int64 // by epoch, key
	truth truth
	turn  int
}

var simPaths = map[string]string{"/": "home", "/product/1": "product", "/product/2": "product", "/about": "other"}

func newPlan(epoch time.Duration) *visit.Plan {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	p, err := visit.New(visit.Config{
		Zone: zone, Epoch: epoch,
		Routes:     []visit.Route{{Name: "product", Paths: []string{"/product/*"}}, {Name: "home", Paths: []string{"/"}}},
		Goals:      []visit.Goal{{Name: "order"}},
		Campaigns:  []string{"spring", "summer"},
		Countries:  []string{"CN", "DE", "US"},
		Crosses:    [][]string{{"country", "device"}},
		Registered: true,
	})
	if err != nil {
		panic(err)
	}
	return p
}

// The same months by daily and by hourly epochs, lived through once.
var (
	daily  = sync.OnceValue(func() *simulation { return simulate(0) })
	hourly = sync.OnceValue(func() *simulation { return simulate(time.Hour) })
)

func simulate(epoch time.Duration) *simulation {
	s := &simulation{
		plan: newPlan(epoch), rng: rand.New(rand.NewPCG(1, 2)), store: make(map[string]map[string]int64),
		truth: truth{
			visits: make(map[visit.Day]map[string]int), engaged: make(map[visit.Day]int), stays: make(map[visit.Day]map[string]int),
			loads: make(map[visit.Day]map[string]int), reach: make(map[visit.Day]map[string]int), converts: make(map[visit.Day]map[string]int),
		},
	}
	for i := range s.nodes {
		s.nodes[i] = visit.NewCounter(s.plan)
	}
	people := make([]*life, simPeople)
	for day := simStart; day < simStart+simDays; day++ {
		for i := range people {
			// People come with different habits; some have refused, some clear.
			if s.rng.IntN(100) < 2 {
				people[i] = nil
			}
			if s.rng.IntN(100) < 3+i%40 {
				people[i] = s.spend(day, people[i], i%5 == 0)
			}
		}
		s.robot(day)
		s.flush(s.plan.Calendar().Start(day))
	}
	return s
}

func (s *simulation) observe(e visit.Event, l *life) {
	e.Visit = l != nil && !l.visited.IsZero() && e.Time.Sub(l.visited) < visit.VisitLifetime
	if l != nil {
		e.Dates = l.dates
	}
	var o visit.Outcome
	s.turn++
	s.nodes[s.turn%3].Observe(&e, &o)
	if l == nil {
		return
	}
	if o.SetVisit {
		l.visited = e.Time
	}
	if o.SetDates {
		l.dates = string(o.Dates())
	}
}

// spend lets a person be there on a day: up to four visits, two hours apart.
func (s *simulation) spend(day visit.Day, l *life, refused bool) *life {
	b := &s.truth
	if l == nil && !refused {
		l = &life{days: make(map[visit.Day]bool), first: day, met: make(map[string]visit.Day)}
		b.lives = append(b.lives, l)
	}
	goals := 0
	now := s.plan.Calendar().Start(day).Add(time.Duration(s.rng.IntN(3600)) * time.Second)
	stays := 0
	for range 1 + s.rng.IntN(visit.MaxVisits) {
		engaged := false
		pages := 1 + s.rng.IntN(3)
		for page := range pages {
			path := slices.Sorted(maps.Keys(simPaths))[s.rng.IntN(len(simPaths))]
			e := visit.Event{
				Kind: visit.Load, Time: now, Path: path, Country: []string{"CN", "DE", "FR"}[s.rng.IntN(3)],
				Device: visit.Device(s.rng.IntN(4)), Referrer: []string{"", "https://www.google.de/"}[s.rng.IntN(2)],
			}
			if page == 0 && s.rng.IntN(10) == 0 {
				e.Campaign = []string{"spring", "summer"}[s.rng.IntN(2)]
			}
			book(b.loads, day, simPaths[path])
			if !refused {
				e.Granted = consent.Of(consent.Analytics)
				l.days[day] = true
				if page == 0 {
					book(b.visits, day, simPaths[path])
				}
				if c := e.Campaign; c != "" {
					if met, ok := l.met[c]; !ok || day-met >= 30 {
						l.met[c] = day
						book(b.reach, day, c)
					}
				}
			}
			s.observe(e, l)
			token := visit.TokenAt(now)
			loaded := now
			now = now.Add(time.Duration(3+s.rng.IntN(100)) * time.Second)
			if !refused && page == 0 && stays < visit.MaxStays {
				stays++
				e := visit.Event{Kind: visit.StayTime, Time: now, Path: path, Granted: consent.Of(consent.Analytics), Token: token, Stay: now.Sub(loaded)}
				book(b.stays, day, simPaths[path]+" "+bucketName(e.Stay))
				engaged = engaged || e.Stay > 10*time.Second
				s.observe(e, l)
			}
		}
		if !refused && goals < visit.MaxGoals && s.rng.IntN(10) == 0 {
			goals++
			engaged = true
			for c, met := range l.met {
				if day-met < 30 {
					book(b.converts, day, c)
				}
			}
			s.observe(visit.Event{Kind: visit.Reached, Time: now, Granted: consent.Of(consent.Analytics), Goals: []visit.GoalHit{{Name: "order"}}}, l)
		}
		if !refused && (engaged || pages > 1) {
			b.engaged[day]++
		}
		now = now.Add(2 * time.Hour)
	}
	return l
}

func bucketName(d time.Duration) string {
	switch {
	case d < 3*time.Second:
		return "0-3s"
	case d < 10*time.Second:
		return "3-10s"
	case d < 30*time.Second:
		return "10-30s"
	case d < 60*time.Second:
		return "30-60s"
	}
	return "1-3m"
}

func (s *simulation) robot(day visit.Day) {
	s.truth.bots++
	s.observe(visit.Event{Kind: visit.Load, Time: s.plan.Calendar().Start(day), Path: "/", Bot: visit.Crawler, Granted: consent.Of(consent.Analytics)}, nil)
}

func (s *simulation) flush(now time.Time) {
	for _, n := range s.nodes {
		for _, b := range n.Drain(now) {
			cells := s.store[b.Epoch.String()]
			if cells == nil {
				cells = make(map[string]int64)
				s.store[b.Epoch.String()] = cells
			}
			for _, inc := range b.Cells {
				cells[s.plan.Key(inc.Cell)] += inc.N
			}
		}
	}
}

// publish releases every epoch of the simulation.
func (s *simulation) publish(t testing.TB, one func(visit.Epoch, []int64) (*Publication, error)) *Series {
	t.Helper()
	var pubs []*Publication
	for _, name := range slices.Sorted(maps.Keys(s.store)) { // in order, so that a seed gives the same noise each time
		cells := s.store[name]
		e, err := visit.ParseEpoch(name)
		if err != nil {
			t.Fatal(err)
		}
		counts, unknown := s.plan.Counts(maps.All(cells))
		if unknown != 0 {
			t.Fatalf("%d records without a cell", unknown)
		}
		pub, err := one(e, counts)
		if err != nil {
			t.Fatal(err)
		}
		pubs = append(pubs, pub)
	}
	return NewSeries(pubs)
}

func (s *simulation) raw(t testing.TB) *Series {
	return s.publish(t, func(e visit.Epoch, counts []int64) (*Publication, error) { return Raw(s.plan, e, counts) })
}

// The books' answers, by looking at each identity.

func (b *truth) visitors(from, to visit.Day) (n int) {
	for _, l := range b.lives {
		if l.there(from, to) {
			n++
		}
	}
	return n
}

func (b *truth) fresh(from, to visit.Day) (n int) {
	for _, l := range b.lives {
		if l.first >= from && l.first <= to {
			n++
		}
	}
	return n
}

func (b *truth) cohort(born, bornTo, from, to visit.Day) (n int) {
	for _, l := range b.lives {
		if l.first >= born && l.first <= bornTo && l.there(from, to) {
			n++
		}
	}
	return n
}

func (l *life) there(from, to visit.Day) bool {
	for d := from; d <= to; d++ {
		if l.days[d] {
			return true
		}
	}
	return false
}

func total(m map[visit.Day]map[string]int, from, to visit.Day, key string) (n int) {
	for d := from; d <= to; d++ {
		for k, v := range m[d] {
			if key == "" || k == key {
				n += v
			}
		}
	}
	return n
}
