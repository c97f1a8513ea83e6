package module_test

import (
	"cmp"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
	"github.com/fairwaygate/fairway/module"
)

// lifeReport is what the simulated site declares.
const lifeReport = `timezone Europe/Berlin
			epoch 1d
			route home /
			route product /product/*
			route checkout /order/*
			goal order /order/complete
			goal subscribe
			goal share
			value 10
			campaign spring summer autumn winter
			referrer news.example
			login sid
			country CN DE
			language de en zh
			cross device referrer`

var (
	kinds     = []string{"desktop", "mobile", "tablet", "other"}
	campaigns = []string{"spring", "summer", "autumn", "winter"}
	questions = []string{"advertising", "analytics"} // the purposes of the declared cookies
)

const shopOrigin = "https://shop.example"

// lifeStart begins a life that goes over a change of clocks and more days than a
// device's first day is kept exactly.
var lifeStart = visit.Date(2027, 1, 25)

// person lives behind a browser. The gateway never learns who it is.
type person struct {
	habit   int    // how many days of 100 it visits on
	visits  int    // most of a day
	temper  string // what it answers when it is asked
	kind    string // of its browser
	tongue  string
	browser surfer

	registered bool // it logs in when it comes

	// As its own plans go:
	loggedIn, decided, withdrew bool
	tabs                        int

	// As it was done:
	answered, measured bool
	device             *device // while it is measured
}

// life is some months of some people at a site that a fleet serves.
type life struct {
	t      testing.TB
	script *rand.Rand // what people do
	dice   *rand.Rand // which node serves them
	web    *http.Client
	nodes  []*node
	store  *module.Store
	plan   *visit.Plan
	books  *books
	people []*person
	acts   []act
	raw    map[visit.Day]map[string]int64 // cells as they were stored, before they were published
	now    time.Time
	doomed *node // crashes as soon as it has something to lose
}

// act is something that is done at a time.
type act struct {
	at time.Time
	do func(at time.Time)
}

// lifePlan is what the report makes of the site.
func lifePlan(t testing.TB) *visit.Plan {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := visit.New(visit.Config{
		Zone: zone,
		Routes: []visit.Route{
			{Name: "home", Paths: []string{"/"}}, {Name: "product", Paths: []string{"/product/*"}}, {Name: "checkout", Paths: []string{"/order/*"}},
		},
		Goals:     []visit.Goal{{Name: "order", Paths: []string{"/order/complete"}}, {Name: "subscribe"}, {Name: "share"}},
		Campaigns: campaigns, MaxValue: 1000,
		Countries: []string{"CN", "DE"}, Languages: []string{"de", "en", "zh"},
		Referrers:  []visit.Referrer{{Name: "news.example", Hosts: []string{"*.news.example"}}},
		Registered: true, Crosses: [][]string{{"device", "referrer"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// lifeShop is the storefront.
func lifeShop(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "s" + r.UserAgent()[:1], Path: "/", Secure: true, HttpOnly: true})
	case "/subscribe":
		w.Header().Set("Consent-Goal", "subscribe;value=5")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>Shop</title></head><body><p>Welcome</p></body></html>")
}

// newLife prepares so many people and nodes, on a store as a Caddyfile names it.
func newLife(t testing.TB, people, nodes int, store string, opener module.Opener) *life {
	t.Helper()
	plan := lifePlan(t)
	seed := uint64(number(lifeVariable, 7))
	l := &life{
		t: t, plan: plan, script: rand.New(rand.NewPCG(seed, 0)), dice: rand.New(rand.NewPCG(seed, uint64(nodes))), web: newWeb(t),
		raw: make(map[visit.Day]map[string]int64),
	}
	l.now = plan.Calendar().Start(lifeStart)
	l.books = newBooks(l.now.Location())
	values := siteValues(t, store, lifeReport)
	for range nodes {
		n := newNode(t, values)
		n.start(l.now)
		l.nodes = append(l.nodes, n)
	}
	var err error
	if l.store, err = opener.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.store.Destruct() })
	for i := range people {
		l.people = append(l.people, newPerson(i))
	}
	return l
}

// siteValues are what the nodes of a site have in common.
func siteValues(t testing.TB, store, report string) map[string]string {
	t.Helper()
	shop := httptest.NewServer(http.HandlerFunc(lifeShop))
	t.Cleanup(shop.Close)
	return map[string]string{
		"storage": quickFolder(t), "store": store, "report": report,
		"certificate": writeCertificate(t, "shop.example"), "upstream": strings.TrimPrefix(shop.URL, "http://"),
	}
}

func newPerson(i int) *person {
	p := &person{
		habit: 3 + 5*(i%7), visits: 1 + i%3, registered: i%4 == 1,
		temper: []string{"all", "analytics", "all", "none", "all", "advertising", "all", "nothing"}[i%8],
		kind:   kinds[i%4],
		tongue: []string{"de", "en", "zh", "other", "en"}[i%5],
	}
	if i == 0 {
		p.habit, p.visits = 80, 7 // more than is counted of one device and day
	}
	p.browser = surfer{
		jar: make(cookies), tabs: make(map[int]string),
		agent: map[string]string{
			"desktop": firefox,
			"mobile":  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
			"tablet":  "Mozilla/5.0 (Linux; Android 16; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
			"other":   "Mozilla/5.0 (PlayStation; PlayStation 5/10.00) AppleWebKit/605.1.15 (KHTML, like Gecko)",
		}[p.kind],
		language: map[string]string{"de": "de-AT,de;q=0.9,en;q=0.5", "en": "en-GB", "zh": "fr;q=0.1, zh-CN", "other": "sw"}[p.tongue],
	}
	return p
}

// live lives so many days. At its time each event of a day's plan takes place.
func (l *life) live(days int, events map[int]func()) {
	l.t.Helper()
	for day := lifeStart; day < lifeStart+visit.Day(days); day++ {
		for _, p := range l.people {
			l.planDay(p, day)
		}
		l.planRobots(day)
		end := l.plan.Calendar().Start(day + 1)
		if event := events[int(day-lifeStart)]; event != nil {
			l.at(end.Add(-5*time.Hour), func(time.Time) { event() })
		}
		slices.SortStableFunc(l.acts, func(a, b act) int { return a.at.Compare(b.at) })
		for len(l.acts) > 0 && l.acts[0].at.Before(end) {
			l.now = l.acts[0].at
			l.acts[0].do(l.now)
			l.acts = l.acts[1:]
			if n := l.doomed; len(l.books.pending[n]) > 2 {
				l.doomed = nil
				l.crash(n)
			}
			if l.dice.IntN(40) == 0 {
				l.work(l.node())
			}
		}
		l.endDay(day, end)
	}
}

// endDay has every node store what it counted, reads the day's cells, and has them
// published once no more can come.
func (l *life) endDay(day visit.Day, end time.Time) {
	l.t.Helper()
	l.now = end
	for _, n := range l.nodes {
		l.work(n)
	}
	counts, err := l.store.Counts(l.t.Context(), "shop.example", l.plan.Calendar().Epoch(end.Add(-time.Hour)).String())
	if err != nil {
		l.t.Fatal(err)
	}
	l.raw[day] = counts
	l.acts = append(l.acts, act{end.Add(2*time.Hour + time.Minute), func(time.Time) {
		for _, n := range l.nodes {
			l.work(n)
		}
	}})
}

// finish publishes the last day.
func (l *life) finish() {
	l.t.Helper()
	l.now = l.now.Add(2*time.Hour + time.Minute)
	for _, n := range l.nodes {
		l.work(n)
	}
}

func (l *life) node() *node { return l.nodes[l.dice.IntN(len(l.nodes))] }

func (l *life) work(n *node) {
	l.t.Helper()
	n.work(l.now)
	l.books.stored(n)
}

// crash ends a node at once and starts it again.
func (l *life) crash(n *node) {
	l.t.Helper()
	n.kill()
	l.books.crashed(n)
	n.start(l.now)
}

// restart does so in good order.
func (l *life) restart(n *node) {
	l.t.Helper()
	n.stop()
	l.books.stored(n)
	n.start(l.now)
}

// What people do, at a node and in the books.

func (l *life) show(p *person, at time.Time, page beacon, fetched bool, tab int) {
	if fetched {
		n := l.node()
		p.browser.get(l.web, n, at, page)
		l.books.served(n, at, page.Path)
		if page.Path == "/subscribe" {
			l.books.reached(n, at, p, "subscribe", 500)
		}
	}
	n := l.node()
	p.browser.load(l.web, n, at, tab, page)
	l.books.loaded(n, at, p, page)
}

func (l *life) leave(p *person, at time.Time, tab int, claim beacon, doubt string) {
	if claim.Token == "" {
		claim.Token = p.browser.tabs[tab]
	}
	n := l.node()
	p.browser.tell(l.web, n, at, claim)
	if doubt != "" {
		l.books.suspect(n, at, doubt)
		return
	}
	l.books.stayed(n, at, p, claim.Path, time.Duration(*claim.Stay)*time.Second)
}

func (l *life) reach(p *person, at time.Time, goal beacon) {
	n := l.node()
	p.browser.tell(l.web, n, at, goal)
	l.books.reached(n, at, p, goal.Goal, int64(min(goal.Value, 10)*100))
}

func (l *life) decide(p *person, at time.Time, granted []string) {
	n := l.node()
	p.browser.decide(l.web, n, at, granted...)
	if !p.answered {
		l.books.answered(n, at, granted)
	}
	p.answered = true
	p.measured = slices.Contains(granted, "analytics")
}

func (l *life) withdraw(p *person, at time.Time) {
	p.browser.withdraw(l.web, l.node(), at)
	p.measured, p.device = false, nil
}

func (l *life) clear(p *person) {
	p.browser.clear()
	p.answered, p.measured, p.device = false, false, nil
}

// Settings of a longer simulation: how many people live, and which of all lives it is.
const (
	peopleVariable = "FAIRWAY_SIMULATED_PEOPLE"
	lifeVariable   = "FAIRWAY_SIMULATED_LIFE"
)

// number reads a variable of the environment.
func number(variable string, otherwise int) int {
	n, _ := strconv.Atoi(os.Getenv(variable))
	return cmp.Or(n, otherwise)
}
