package module

import (
	"sync/atomic"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/visit"
)

// figures counts the visits of one site: increments in memory, which a store
// takes every few seconds.
type figures struct {
	site    string
	plan    *visit.Plan
	counter *visit.Counter
	limiter *visit.Limiter
	begun   time.Time // when the site was first seen by this process

	next   time.Time // the begin of the first epoch that is not published; the publisher's
	series atomic.Pointer[published]
	report siteReader
}

// Beacons that one network may send: enough for an office behind one address.
const (
	beaconRate  = 50
	beaconBurst = 500
	networksMax = 1 << 16
)

func newFigures(site string, plan *visit.Plan, now time.Time) (*figures, error) {
	limiter, err := visit.NewLimiter(beaconRate, beaconBurst, networksMax, now)
	if err != nil {
		return nil, err
	}
	return &figures{
		site: site, plan: plan, counter: visit.NewCounter(plan), limiter: limiter, begun: now,
	}, nil
}

// plan compiles what a site's figures are made of.
func (a *App) plan(r *rules) (*visit.Plan, error) {
	config := a.Report.config()
	config.Zone, config.Vocabulary, config.Asked = r.zone, r.Vocabulary, a.asked(r)
	return visit.New(config)
}

// Check reports whether figures can be made of what is declared.
func (r *Report) Check() error {
	_, err := visit.New(r.config())
	return err
}

// config is what is declared, as package visit takes it. Times are in UTC.
func (r *Report) config() visit.Config {
	if r == nil {
		return visit.Config{}
	}
	config := visit.Config{
		Epoch: time.Duration(r.Epoch), Embargo: time.Duration(r.Embargo),
		Campaigns: r.Campaigns, MaxValue: hundredths(r.MaxValue),
		Countries: r.Countries, Languages: r.Languages, Registered: len(r.Logins) > 0, Crosses: r.Crosses,
	}
	for _, route := range r.Routes {
		config.Routes = append(config.Routes, visit.Route{Name: route.Name, Paths: route.Paths})
	}
	for _, goal := range r.Goals {
		config.Goals = append(config.Goals, visit.Goal{Name: goal.Name, Paths: goal.Paths})
	}
	for _, host := range r.Referrers {
		config.Referrers = append(config.Referrers, visit.Referrer{Name: host, Hosts: []string{"*." + host}})
	}
	return config
}

// asked is the set of purposes that the site has a use for. Noise on answers
// grows with their number.
func (a *App) asked(r *rules) consent.Set {
	var used consent.Set
	add := func(name string) {
		if purpose, ok := r.Vocabulary.Lookup(name); ok {
			used = used.With(purpose)
		}
	}
	for _, p := range a.Purposes {
		add(p.Name)
	}
	for _, c := range a.Cookies {
		add(c.Purpose)
	}
	for _, p := range a.Partners {
		add(p.Purpose)
	}
	if used &= r.optional; used == 0 {
		return r.optional
	}
	return used
}

// figures returns the figures of the request's site.
func (x *exchange) figures() *figures { return x.gateway.app.publisher.of(x.site) }

// countAnswer adds the first decision of a visitor to the figures.
func (x *exchange) countAnswer(accepted consent.Set) {
	f := x.figures()
	var outcome visit.Outcome
	f.plan.Answer(visit.Answer{
		Regime:   x.decision.Regime.String(),
		Accepted: accepted & x.rules.optional, Rejected: x.rules.optional.Without(accepted),
	}, &outcome)
	f.counter.Add(x.now, &outcome)
}

// countPage adds a page that was served: how many of them the beacon misses is
// published with the figures.
func (x *exchange) countPage() {
	f := x.figures()
	w := works.Get().(*work)
	w.event = visit.Event{Kind: visit.Navigation, Time: x.now, Granted: x.decision.Granted, Path: x.path, Bot: x.bot()}
	f.counter.Observe(&w.event, &w.outcome)
	w.done()
}

// bot classes the program behind the request.
func (x *exchange) bot() visit.Bot {
	s := visit.Signals{UserAgent: x.agent}
	for _, name := range [...]string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if values := x.r.Header[name]; len(values) > 0 {
			s.Purpose = values[0]
			break
		}
	}
	return x.gateway.app.publisher.bots.Of(s, x.now)
}

// count adds the claim of a beacon to the figures, and sets the cookies that it
// asks for.
func (x *exchange) count(w *work) {
	f, c := x.figures(), &w.claim
	w.event = visit.Event{
		Kind:     c.kind,
		Time:     x.now,
		Granted:  x.decision.Granted,
		Bot:      x.bot(),
		Suspect:  c.suspect,
		Token:    c.token,
		Route:    c.route,
		Path:     c.path,
		Stay:     c.stay,
		Goals:    c.goals[:c.reached],
		Campaign: c.campaign,
		Referrer: c.from,
		Host:     x.origin.Host,
	}
	event := &w.event
	if event.Suspect == visit.Trusted && !f.limiter.Allow(x.client, x.now) {
		event.Suspect = visit.SuspectRate
	}
	if x.decision.Decided == 0 {
		event.Question = visit.Question{Purposes: x.rules.optional, Regime: x.decision.Regime.String()}
	}
	measured := x.decision.Granted.Has(consent.Analytics)
	if measured {
		x.measure(event)
	}
	f.counter.Observe(event, &w.outcome)
	if event.Suspect == visit.Trusted && c.kind&visit.Load != 0 {
		x.site.pageLoad()
		if measured && !event.Visit {
			x.site.visit()
		}
	}
	if w.outcome.SetVisit {
		x.setVisit()
	}
	if w.outcome.SetDates {
		x.setDates(w.outcome.Dates(), w.outcome.DatesAge)
	}
}

// measure reads what is read with consent to analytics alone. What a visit is told
// apart by is read where one begins.
func (x *exchange) measure(event *visit.Event) {
	event.Visit, event.Dates = x.hasVisit(), x.dates()
	if event.Visit {
		return
	}
	h := x.r.Header
	event.Registered = x.rules.logins.in(x.brought)
	event.Device = visit.DeviceOf(h.Get("Sec-Ch-Ua-Mobile"), x.agent)
	event.Language = h.Get("Accept-Language")
	event.Country = x.decision.Country.String()
}
