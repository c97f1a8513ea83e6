package visit

import (
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Kind is what an event reports. Kinds can be combined.
type Kind uint8

const (
	// Load is a page that was loaded, or a view of a single-page application. It
	// is what visits begin with. It comes from the beacon, or from a navigation
	// where the beacon can't run.
	Load Kind = 1 << iota
	// StayTime is the time for which a page was visible and focused.
	StayTime
	// Reached are goals by name: a response header, an attribute of the page.
	Reached
	// Navigation is an HTML page that the gateway served. It is counted to tell
	// how many pages the beacon misses, and adds nothing else.
	Navigation
)

// Event is one thing that happened, as the caller saw it. Strings are raw values
// of the request; whatever is not declared is counted as other.
type Event struct {
	Kind Kind
	// Time is the server's clock.
	Time time.Time
	// Granted is what the visitor agreed to. Without analytics the cookies are
	// not looked at.
	Granted consent.Set
	// Bot is the class of program, see [BotOf]. A bot adds to its own count only.
	Bot Bot
	// Suspect is what the caller holds against the beacon, if anything.
	Suspect Suspicion
	// Token is the page's token.
	Token Token

	// Route is a declared route by name; where it is empty, Path is matched.
	Route string
	Path  string
	// Stay is the claimed time of a StayTime event.
	Stay time.Duration
	// Goals of a Reached event.
	Goals []GoalHit
	// Question is what a loaded page asks its visitor.
	Question Question
	// Campaign is the campaign that a loaded page's address names, or empty.
	Campaign string

	// Visit tells whether the visit cookie came, Dates the content of the dates
	// cookie after its seal was checked, empty if it did not come.
	Visit bool
	Dates string

	// Referrer is the page's referrer, Host the host it was asked from.
	Referrer, Host string
	Device         Device
	Registered     bool
	// Language is an Accept-Language header, Country an ISO 3166-1 code.
	Language, Country string
}

// GoalHit is a goal that was reached, with a value in the currency's smallest unit.
type GoalHit struct {
	Name  string
	Value int64
}

// VisitLifetime is how long a visit lasts after the last sign of the device.
const VisitLifetime = 30 * time.Minute

// Increment adds N to a cell of a plan.
type Increment struct {
	Cell uint32
	N    int64
}

// maxIncrements bounds what one event can add: a question or an answer names each
// of 64 purposes once, and all else adds less than as many again.
const maxIncrements = 2 * consent.MaxPurposes

// Outcome is what one event adds and what the device is to keep. It is meant to be
// reused or to live on the stack.
type Outcome struct {
	// SetVisit asks for the visit cookie to be set, for [VisitLifetime].
	SetVisit bool
	// SetDates asks for the dates cookie to be set to [Outcome.Dates] for
	// DatesAge from the event's time.
	SetDates bool
	DatesAge time.Duration

	n     int
	size  int
	incs  [maxIncrements]Increment
	dates [maxDates]byte
}

// Increments returns what the event adds. It is valid until the outcome is used
// again.
func (o *Outcome) Increments() []Increment { return o.incs[:o.n] }

// Dates returns the content to be sealed into the dates cookie. It is valid until
// the outcome is used again.
func (o *Outcome) Dates() []byte { return o.dates[:o.size] }

func (o *Outcome) reset() { o.SetVisit, o.SetDates, o.DatesAge, o.n, o.size = false, false, 0, 0, 0 }

func (o *Outcome) add(cell uint32, n int64) {
	if o.n < len(o.incs) {
		o.incs[o.n] = Increment{cell, n}
		o.n++
	}
}

func (o *Outcome) suspect(p *Plan, why Suspicion) { o.add(p.suspect.cell(int(why)-1), 1) }

// Decide works out what an event adds. It overwrites the outcome.
func (p *Plan) Decide(e *Event, o *Outcome) {
	o.reset()
	if e.Bot != Human {
		o.add(p.bots.cell(int(e.Bot)-1), 1)
		return
	}
	if e.Suspect != Trusted {
		o.suspect(p, e.Suspect)
		return
	}
	v := view{plan: p, e: e, o: o, path: canonicalPath(e.Path)}
	v.route = p.placeOf(e.Route, v.path)
	if e.Kind&Navigation != 0 {
		o.add(p.navigations.cell(v.route), 1)
	}
	if e.Kind&(Load|StayTime|Reached) == 0 {
		return
	}
	age, why := time.Duration(0), Trusted
	if e.Token != NoToken {
		age, why = e.Token.check(e.Time)
	} else if e.Kind&StayTime != 0 {
		why = SuspectToken
	}
	if why == Trusted && e.Kind&StayTime != 0 && (e.Stay < 0 || e.Stay > age+claimSlack) {
		why = SuspectClaim
	}
	if why != Trusted {
		o.suspect(p, why)
		return
	}
	if e.Kind&Load != 0 {
		o.add(p.loads.cell(v.route), 1)
		v.referrer = p.referrerClass(e.Referrer, e.Host)
		v.ask()
	}
	if e.Granted.Has(consent.Analytics) {
		v.device()
	} else if e.Kind&Load != 0 && v.referrer != internal {
		o.add(p.arrivals.cell(v.route), 1)
	}
}

// placeOf returns the place of a route by its name or a canonical path.
func (p *Plan) placeOf(name, path string) int {
	if name != "" {
		return p.route.Index(name)
	}
	if path != "" {
		if i := p.routes.find(path); i >= 0 {
			return i
		}
	}
	return p.route.other
}

// view is the work on one event.
type view struct {
	plan  *Plan
	e     *Event
	o     *Outcome
	path  string
	route int
	// referrer is the class of where a loaded page was reached from.
	referrer int
	today    Day
	dates    Dates
}

// device counts what needs consent: all that the cookies bound.
func (v *view) device() {
	e, p := v.e, v.plan
	v.today = p.calendar.Day(e.Time)
	v.record()
	visit := e.Visit
	if e.Kind&Load != 0 {
		v.campaign()
		v.load()
		visit = true
		p.goals.each(v.path, func(goal int) bool { v.goal(goal, 0); return true })
	}
	if e.Kind&StayTime != 0 {
		v.stay()
	}
	if e.Kind&Reached != 0 {
		for _, g := range e.Goals[:min(len(e.Goals), MaxGoals)] {
			v.goal(p.goal.Index(g.Name), g.Value)
		}
	}
	v.o.SetVisit = visit
	v.keep()
}

// record reads the dates and counts the device, once a day. The allowances of a new
// day are whole. A visit that began before is not counted again, and so can't become
// engaged.
func (v *view) record() {
	d, known := v.read()
	switch {
	case !known:
		v.dates = Dates{First: v.today, Last: v.today}
		v.o.add(v.plan.visitors.cell(0), 1)
	case d.Last >= v.today: // today's record is made
		v.dates = d
	default:
		v.o.add(v.plan.visitors.cell(int(d.seen(v.today))), 1)
		d.Used = Used{}
		d.age(v.today, v.plan.declaredCampaign)
		v.dates = d
	}
}

// read returns the dates that the device brought, if they can be used.
func (v *view) read() (d Dates, ok bool) {
	if v.e.Dates == "" {
		return d, false
	}
	d, err := ParseDates(v.e.Dates)
	if err != nil || d.Last > v.today+1 {
		v.o.suspect(v.plan, SuspectDates)
		return d, false
	}
	return d, !d.over(v.today)
}

func (p *Plan) declaredCampaign(name string) bool {
	_, ok := p.campaign.index[name]
	return ok
}

// campaign counts the reach of a campaign: its first contact with the device, and
// again when it has been forgotten.
func (v *view) campaign() {
	p := v.plan
	if p.reach == nil || v.e.Campaign == "" {
		return
	}
	place := p.campaign.Index(v.e.Campaign)
	if v.dates.meet(p.campaign.Values[place], v.dates.Last) {
		v.o.add(p.reach.cell(place), 1)
	}
}

// load begins a visit, or makes the one in progress engaged.
func (v *view) load() {
	used := &v.dates.Used
	if v.e.Visit {
		v.engage()
		return
	}
	if used.Visits == MaxVisits {
		used.Engaged = true
		return
	}
	used.Visits++
	used.Engaged = false
	p := v.plan
	v.o.add(p.entries.cell(v.route), 1)
	registered := 0
	if v.e.Registered {
		registered = 1
	}
	places := [aspects]int{
		byCountry:    p.country.Index(v.e.Country),
		byDevice:     int(min(v.e.Device, Desktop)),
		byLanguage:   p.languageOf(v.e.Language),
		byReferrer:   v.referrer,
		byRegistered: registered,
		byRoute:      v.route,
	}
	for _, pr := range p.profiles {
		var at [aspects]int
		for i, a := range pr.of {
			at[i] = places[a]
		}
		v.o.add(pr.family.cell(at[:len(pr.of)]...), 1)
	}
}

// engage counts the visit in progress as engaged, once.
func (v *view) engage() {
	if used := &v.dates.Used; !used.Engaged && used.Visits > 0 {
		used.Engaged = true
		v.o.add(v.plan.engaged.cell(), 1)
	}
}

// engagedStay is the stay that makes a visit engaged, when it is exceeded.
const engagedStay = 10 * time.Second

func (v *view) stay() {
	used := &v.dates.Used
	if used.Stays < MaxStays {
		used.Stays++
		v.o.add(v.plan.stays.cell(v.route, int(StayOf(v.e.Stay))), 1)
	}
	if v.e.Stay > engagedStay && v.inVisit() {
		v.engage()
	}
}

// inVisit reports whether the event belongs to a visit.
func (v *view) inVisit() bool { return v.e.Visit || v.e.Kind&Load != 0 }

// goal counts a goal and the conversions that it makes.
func (v *view) goal(place int, value int64) {
	p, used := v.plan, &v.dates.Used
	if p.reached == nil || used.Goals == MaxGoals {
		return
	}
	used.Goals++
	if v.inVisit() {
		v.engage()
	}
	value = min(max(value, 0), p.maxValue)
	v.o.add(p.reached.cell(place), 1)
	if value > 0 {
		v.o.add(p.values.cell(place), value)
	}
	if p.conversions == nil {
		return
	}
	for _, c := range v.dates.Codes {
		if c.Name == "" {
			break
		}
		campaign, within := p.campaign.Index(c.Name), within(v.dates.Last-c.Day)
		v.o.add(p.conversions.cell(campaign, place, within), 1)
		if value > 0 {
			v.o.add(p.conversionValues.cell(campaign, place, within), value)
		}
	}
}

// within returns the place of the time from contact to goal: the same day, the
// week that began with it, or the 30 days.
func within(days Day) int {
	switch {
	case days <= 0:
		return 0
	case days < 7:
		return 1
	}
	return 2
}

// keep writes the dates where they have changed.
func (v *view) keep() {
	b, _ := v.dates.AppendText(v.o.dates[:0])
	v.o.size = len(b)
	if v.o.SetDates = string(b) != v.e.Dates; v.o.SetDates {
		v.o.DatesAge = v.plan.calendar.Start(v.dates.Expires()).Sub(v.e.Time)
	}
}
