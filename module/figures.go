package module

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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

// claim is what a beacon says.
type claim struct {
	kind     visit.Kind
	path     string
	route    string
	from     string
	campaign string
	stay     time.Duration
	token    visit.Token
	goals    [visit.MaxGoals]visit.GoalHit
	reached  int // how many of them there are
	suspect  visit.Suspicion
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

// count adds a beacon to the figures, and sets the cookies that it asks for.
func (x *exchange) count(c *claim, w *work) {
	f := x.figures()
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
		x.setOwn(visitCookie, "1", visit.VisitLifetime)
	}
	if w.outcome.SetDates {
		x.setDates(string(w.outcome.Dates()), w.outcome.DatesAge)
	}
}

// measure reads what is read with consent to analytics alone.
func (x *exchange) measure(event *visit.Event) {
	h := x.r.Header
	event.Visit, event.Dates = x.hasVisit(), x.dates()
	event.Registered = x.rules.logins.in(x.brought)
	event.Device = visit.DeviceOf(h.Get("Sec-Ch-Ua-Mobile"), x.agent)
	event.Language = h.Get("Accept-Language")
	event.Country = x.decision.Country.String()
}

func (x *exchange) hasVisit() bool {
	for value := range cookieValues(x.brought, x.ownName(visitCookie)) {
		if value == "1" {
			return true
		}
	}
	return false
}

// dates reads the content of the dates cookie; "" when there is none that is
// genuine, or two that differ.
func (x *exchange) dates() string {
	found := ""
	for value := range cookieValues(x.brought, x.ownName(datesCookie)) {
		content, err := x.gateway.app.vault.dates.Check(x.boundTo(datesCookie), value, x.now)
		if err != nil || found != "" && content != found {
			x.site.failure(failCookie)
			return ""
		}
		found = content
	}
	return found
}

func (x *exchange) setDates(content string, life time.Duration) {
	value, err := x.gateway.app.vault.dates.Value(x.boundTo(datesCookie), content, x.rules.today(x.now))
	if err != nil {
		x.site.failure(failKey)
		return
	}
	x.setOwn(datesCookie, value, min(life, choiceLife))
}

// tokens seals the minute in which a page was loaded, so that a beacon can't
// claim a longer stay. All pages of a minute have the same token.
type tokens struct {
	key []byte

	last atomic.Pointer[minted]
}

// minted is the answer to a page that was loaded in a minute: its token, in JSON.
type minted struct {
	minute visit.Token
	answer []byte
}

const tokenBytes = 8 + 16

// answer returns the token of the present minute, in JSON.
func (t *tokens) answer(now time.Time) []byte {
	minute := visit.TokenAt(now)
	last := t.last.Load()
	if last == nil || last.minute != minute {
		text := base64.RawURLEncoding.EncodeToString(t.seal(minute))
		last = &minted{minute, []byte(`{"token":"` + text + "\"}\n")}
		t.last.Store(last)
	}
	return last.answer
}

func (t *tokens) seal(minute visit.Token) []byte {
	sealed := binary.BigEndian.AppendUint64(nil, uint64(minute))
	mac := hmac.New(sha256.New, t.key)
	mac.Write(sealed)
	return mac.Sum(sealed)[:tokenBytes]
}

// open returns the minute of a token.
func (t *tokens) open(text string) visit.Token {
	if text == "" {
		return visit.NoToken
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) != tokenBytes {
		return visit.ForgedToken
	}
	minute := visit.Token(binary.BigEndian.Uint64(sealed))
	if minute <= 0 || !hmac.Equal(sealed, t.seal(minute)) {
		return visit.ForgedToken
	}
	return minute
}
