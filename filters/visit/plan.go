package visit

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Config is what a site declares about its figures. The zero value is usable: it
// counts days in UTC and has no routes, goals or campaigns.
type Config struct {
	// Zone is the site's time zone. Nil is UTC.
	Zone *time.Location
	// Epoch is the span that figures are published for, see [NewCalendar]. Zero
	// is a day.
	Epoch time.Duration
	// Embargo is how long after its end an epoch still takes records. Zero is
	// two hours.
	Embargo time.Duration

	Routes []Route
	// Goals are at most 64.
	Goals     []Goal
	Campaigns []string
	// MaxValue is the most that one goal's value counts for, in the smallest unit
	// of the currency, at most 10^9. Zero counts no values. Noise on sums of
	// values is proportional to it.
	MaxValue int64

	// Countries are ISO 3166-1 alpha-2 codes. Nil is all of them.
	Countries []string
	// Languages are primary subtags of BCP 47. Nil is the 24 most used on the web.
	Languages []string
	// Hosts are the site's own hosts, beside the one a request came to.
	Hosts []string
	// Referrers are other sites to be counted under a name.
	Referrers []Referrer
	// Registered says that the caller can tell registered visitors from others.
	// Without it there is no dimension of that name.
	Registered bool

	// Vocabulary names purposes. Nil is the built-in ones.
	Vocabulary *consent.Vocabulary
	// Asked are the purposes that people are asked about, whose answers are
	// counted. The empty set is all but "necessary". Noise on the answers is
	// proportional to how many there are.
	Asked consent.Set
	// Regimes are the consent regimes. Nil is opt-in and opt-out.
	Regimes []string

	// Crosses are the combinations of dimensions to be counted, for example
	// country and device: at most 8, of two or three dimensions each, and at most
	// 10,000 cells together. Dimensions are country, device, language, referrer,
	// registered and route.
	Crosses [][]string
}

// Route is a declared part of the site.
type Route struct {
	Name  string
	Paths []string // patterns: /product/*, /, *.html
}

// Goal is something that a visitor is hoped to do.
type Goal struct {
	Name  string
	Paths []string // patterns of pages that reach it when they load; may be empty
}

// Referrer is a site to be told apart among those that visitors come from.
type Referrer struct {
	Name  string
	Hosts []string // a host, or *.example.org for its subdomains and itself
}

const (
	maxGoals   = 64
	maxValue   = 1_000_000_000
	maxCells   = 1 << 18
	maxCrosses = 8
	maxCrossed = 10_000
)

// Plan is a compiled [Config]. It is immutable and safe for concurrent use.
type Plan struct {
	calendar *Calendar
	embargo  time.Duration
	maxValue int64
	routes   *matcher
	goals    *matcher
	hosts    hostTable[bool]
	sites    hostTable[int]

	route, goal, campaign, country, language *Dim
	purposes                                 []int // by consent.Purpose: the place, or -1
	regime                                   *Dim

	families []*Family
	byID     map[string]*Family
	size     int

	loads, navigations, arrivals, asks, bots, suspect, late *Family
	visitors, entries, engaged, stays                       *Family
	reach, reached, conversions, values, conversionValues   *Family
	profiles                                                []profile
}

// profile is a family that every visit adds to: one dimension, or a cross.
type profile struct {
	family *Family
	of     []aspect
}

// aspect is a property of a visit.
type aspect uint8

const (
	byCountry aspect = iota
	byDevice
	byLanguage
	byReferrer
	byRegistered
	byRoute
	aspects
)

// New compiles a config.
func New(c Config) (*Plan, error) {
	p := &Plan{embargo: c.Embargo, maxValue: c.MaxValue, byID: make(map[string]*Family)}
	if p.embargo == 0 {
		p.embargo = 2 * time.Hour
	}
	if p.embargo < 0 {
		return nil, fmt.Errorf("embargo %v: it can't be negative", p.embargo)
	}
	if c.MaxValue < 0 || c.MaxValue > maxValue {
		return nil, fmt.Errorf("value %d: the limit must be 0 to %d", c.MaxValue, maxValue)
	}
	if len(c.Goals) > maxGoals {
		return nil, fmt.Errorf("%d goals: at most %d can be declared", len(c.Goals), maxGoals)
	}
	var err error
	if p.calendar, err = NewCalendar(c.Zone, c.Epoch); err != nil {
		return nil, err
	}
	if err := p.compilePaths(c); err != nil {
		return nil, err
	}
	if err := p.compileFamilies(c); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Plan) compilePaths(c Config) error {
	p.routes, p.goals = newMatcher(), newMatcher()
	for i, r := range c.Routes {
		if len(r.Paths) == 0 {
			return fmt.Errorf("route %q: it needs a path", r.Name)
		}
		for _, path := range r.Paths {
			if err := p.routes.add(path, i); err != nil {
				return fmt.Errorf("route %q: %w", r.Name, err)
			}
		}
	}
	for i, g := range c.Goals {
		for _, path := range g.Paths {
			if err := p.goals.add(path, i); err != nil {
				return fmt.Errorf("goal %q: %w", g.Name, err)
			}
		}
	}
	p.routes.compile()
	p.goals.compile()
	for _, h := range c.Hosts {
		p.hosts.add(h, true)
	}
	for i, r := range c.Referrers {
		for _, h := range r.Hosts {
			p.sites.add(h, i)
		}
	}
	return nil
}

// declare returns a dimension of declared values and "other" at the end.
func declare[T any](name string, items []T, of func(T) string) (*Dim, error) {
	values := make([]string, 0, len(items)+1)
	for _, it := range items {
		v := of(it)
		if v == Other {
			return nil, fmt.Errorf("%s: %q is the name of all that is not declared", name, Other)
		}
		values = append(values, v)
	}
	return NewDim(name, append(values, Other)...)
}

func (p *Plan) compileFamilies(c Config) error {
	same := func(s string) string { return s }
	var errs [8]error
	p.route, errs[0] = declare("route", c.Routes, func(r Route) string { return r.Name })
	p.goal, errs[1] = declare("goal", c.Goals, func(g Goal) string { return g.Name })
	p.campaign, errs[2] = declare("campaign", c.Campaigns, same)
	p.country, errs[3] = declare("country", orDefault(c.Countries, countries), same)
	p.language, errs[4] = declare("language", orDefault(c.Languages, languages), same)
	p.regime, errs[5] = declare("regime", orDefault(c.Regimes, []string{"opt-in", "opt-out"}), same)
	sites := slices.Clone(referrerClasses)
	for _, r := range c.Referrers {
		sites = append(sites, r.Name)
	}
	referrer, err := NewDim("referrer", sites...)
	errs[6] = err
	purpose, err := p.compilePurposes(c.Vocabulary, c.Asked)
	errs[7] = err
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	fixed := func(name string, values ...string) *Dim {
		d, err := NewDim(name, values...)
		errs[0] = errors.Join(errs[0], err)
		return d
	}

	p.loads = p.add("loads", PerEvent, 1, 2, p.route)
	p.navigations = p.add("navigations", PerEvent, 1, 1, p.route)
	p.arrivals = p.add("arrivals", PerEvent, 1, 1, p.route)
	p.asks = p.add("consent", PerEvent, int64(max(len(purpose.Values), 1)), 4, purpose, p.regime, fixed("answer", answers...))
	p.bots = p.add("bots", PerEvent, 1, 1, fixed("class", botClasses...))
	p.suspect = p.add("suspect", PerEvent, 1, 1, fixed("reason", suspicions...))
	p.late = p.add("late", PerEvent, 1, 1)

	p.visitors = p.add("visitors", PerDevice, 1, 16, SeenDim())
	p.entries = p.add("visits", PerDevice, MaxVisits, 4, p.route)
	p.engaged = p.add("engaged", PerDevice, MaxVisits, 2)
	p.stays = p.add("stay", PerDevice, MaxStays, 4, p.route, fixed("stay", "0-3s", "3-10s", "10-30s", "30-60s", "1-3m", "3-10m", "10-30m"))
	dims := [aspects]*Dim{
		byCountry: p.country, byDevice: fixed("device", deviceClasses...), byLanguage: p.language,
		byReferrer: referrer, byRoute: p.route,
	}
	if c.Registered {
		dims[byRegistered] = fixed("registered", "no", "yes")
	}
	for a := range byRoute {
		if dims[a] != nil {
			f := p.add("visits", PerDevice, MaxVisits, 2, dims[a])
			p.profiles = append(p.profiles, profile{f, []aspect{a}})
		}
	}
	if err := p.compileCrosses(c.Crosses, dims); err != nil {
		return err
	}

	if len(c.Goals) > 0 {
		p.reached = p.add("goals", PerDevice, MaxGoals, 2, p.goal)
		if c.MaxValue > 0 {
			p.values = p.add("goal_value", PerDevice, MaxGoals*c.MaxValue, 2, p.goal)
			p.values.Gate = p.reached
		}
	}
	if len(c.Campaigns) > 0 {
		p.reach = p.add("reach", PerDevice, MaxCodes, 4, p.campaign)
	}
	if len(c.Goals) > 0 && len(c.Campaigns) > 0 {
		within := fixed("within", "day", "week", "month")
		p.conversions = p.add("conversions", PerDevice, MaxGoals*MaxCodes, 4, p.campaign, p.goal, within)
		if c.MaxValue > 0 {
			p.conversionValues = p.add("conversion_value", PerDevice, MaxGoals*MaxCodes*c.MaxValue, 2, p.campaign, p.goal, within)
			p.conversionValues.Gate = p.conversions
		}
	}
	if p.size > maxCells {
		return fmt.Errorf("%d cells: declare fewer routes, campaigns, goals or crosses, at most %d cells", p.size, maxCells)
	}
	return errs[0]
}

func orDefault(declared, builtin []string) []string {
	if declared == nil {
		return builtin
	}
	return declared
}

func (p *Plan) compilePurposes(v *consent.Vocabulary, asked consent.Set) (*Dim, error) {
	if v == nil {
		var err error
		if v, err = consent.NewVocabulary(); err != nil {
			return nil, err
		}
	}
	if asked == 0 {
		asked = v.All()
	}
	asked = asked.Without(consent.Of(consent.Necessary))
	var names []string
	for i, name := range v.Names(v.All()) {
		if !asked.Has(consent.Purpose(i)) {
			p.purposes = append(p.purposes, -1)
			continue
		}
		p.purposes = append(p.purposes, len(names))
		names = append(names, name)
	}
	return NewDim("purpose", names...)
}

func (p *Plan) compileCrosses(crosses [][]string, dims [aspects]*Dim) error {
	if len(crosses) > maxCrosses {
		return fmt.Errorf("%d crosses: at most %d can be declared", len(crosses), maxCrosses)
	}
	crossed := 0
	for _, names := range crosses {
		what := "cross " + strings.Join(names, " ")
		var pr profile
		var of []*Dim
		size := 1
		for _, name := range names {
			a := slices.IndexFunc(dims[:], func(d *Dim) bool { return d != nil && d.Name == name })
			if a < 0 && name == "registered" {
				return fmt.Errorf("%s: without a login registered visitors can't be told from others", what)
			}
			if a < 0 {
				return fmt.Errorf("%s: there is no dimension %q", what, name)
			}
			if slices.Contains(pr.of, aspect(a)) {
				return fmt.Errorf("%s: %q is there twice", what, name)
			}
			pr.of = append(pr.of, aspect(a))
		}
		if len(pr.of) < 2 || len(pr.of) > 3 {
			return fmt.Errorf("%s: it needs two or three dimensions", what)
		}
		slices.Sort(pr.of) // so that a cross is the same in whatever order it is declared
		for _, a := range pr.of {
			of = append(of, dims[a])
			size *= len(dims[a].Values)
		}
		if crossed += size; crossed > maxCrossed {
			return fmt.Errorf("%s: %d cells, %d with the crosses before it: at most %d; declare fewer values of its dimensions",
				what, size, crossed, maxCrossed)
		}
		if pr.family = p.add("visits", PerDevice, MaxVisits, 2, of...); pr.family == nil {
			return fmt.Errorf("%s: it is declared twice", what)
		}
		p.profiles = append(p.profiles, pr)
	}
	return nil
}

// add declares a family, or returns nil if there is one of that ID.
func (p *Plan) add(name string, unit Unit, bound, weight int64, dims ...*Dim) *Family {
	f := &Family{Name: name, Dims: dims, Unit: unit, Bound: bound, Weight: weight, offset: p.size}
	f.size = f.Len()
	if p.byID[f.ID()] != nil {
		return nil
	}
	p.byID[f.ID()] = f
	p.families = append(p.families, f)
	p.size += f.size
	return f
}

// Calendar returns the site's calendar.
func (p *Plan) Calendar() *Calendar { return p.calendar }

// Embargo returns how long after an epoch records of it are still taken.
func (p *Plan) Embargo() time.Duration { return p.embargo }

// Closes returns when an epoch stops taking records and can be published.
func (p *Plan) Closes(e Epoch) time.Time { return e.End.Add(p.embargo) }

// Closed reports whether an epoch takes no more records at the time now.
func (p *Plan) Closed(e Epoch, now time.Time) bool { return !now.Before(p.Closes(e)) }

// Families lists the tables of the plan. They are not to be changed.
func (p *Plan) Families() []*Family { return p.families }

// Len returns the number of cells of an epoch.
func (p *Plan) Len() int { return p.size }

// Key returns the stable text of a cell by its index, from 0 to Len.
func (p *Plan) Key(cell uint32) string {
	f := p.familyOf(cell)
	return f.Key(int(cell) - f.offset)
}

func (p *Plan) familyOf(cell uint32) *Family {
	i, _ := slices.BinarySearchFunc(p.families, int(cell), func(f *Family, cell int) int {
		if f.offset+f.size <= cell {
			return -1
		}
		return 1
	})
	return p.families[i]
}

// Cell returns the index of a cell by its text. A label's value that is not
// declared (any more) is taken as "other".
func (p *Plan) Cell(key string) (cell uint32, ok bool) {
	id, values, ok := SplitKey(key)
	f := p.byID[id]
	if !ok || f == nil {
		return 0, false
	}
	c := 0
	for i, v := range values {
		place := f.Dims[i].Index(v)
		if place < 0 {
			return 0, false
		}
		c = c*len(f.Dims[i].Values) + place
	}
	return uint32(f.offset + c), true
}

// Counts gathers the stored cells of an epoch into one slice of [Plan.Len]
// numbers, as package release takes it. Numbers of what is no longer declared go
// to "other"; unknown is the sum of those that have no place at all.
func (p *Plan) Counts(rows iter.Seq2[string, int64]) (counts []int64, unknown int64) {
	counts = make([]int64, p.size)
	for key, n := range rows {
		if cell, ok := p.Cell(key); ok {
			counts[cell] += n
		} else {
			unknown += n
		}
	}
	return counts, unknown
}
