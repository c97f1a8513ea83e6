package module_test

import (
	"slices"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// What people mean to do, from which a seed of the script makes a life.

func (l *life) at(at time.Time, do func(at time.Time)) { l.acts = append(l.acts, act{at, do}) }

func (l *life) chance(percent int) bool { return l.script.IntN(100) < percent }

func (l *life) seconds(least, most int) time.Duration {
	return time.Duration(least+l.script.IntN(most-least+1)) * time.Second
}

func pick[T any](l *life, of ...T) T { return of[l.script.IntN(len(of))] }

// planDay plans a person's day.
func (l *life) planDay(p *person, day visit.Day) {
	now := l.plan.Calendar().Start(day).Add(6 * time.Hour)
	if l.chance(2) {
		l.at(now, func(time.Time) { l.clear(p) })
		p.loggedIn, p.decided, p.withdrew = false, false, false
	}
	if !l.chance(p.habit) {
		return
	}
	now = now.Add(l.seconds(60, 17*3600+3000))
	for range 1 + l.script.IntN(p.visits) {
		now = l.planVisit(p, now).Add(l.seconds(15*60, 180*60))
		if l.plan.Calendar().Day(now) > day+1 {
			return
		}
	}
}

// planVisit plans what a person does from one time on, and returns when that ends.
func (l *life) planVisit(p *person, now time.Time) time.Time {
	var open []shown
	show := func(page beacon, fetched bool, tab int) {
		open = append(open, shown{tab, page.Path, now})
		l.at(now, func(at time.Time) { l.show(p, at, page, fetched, tab) })
	}
	tab := func() int { p.tabs++; return p.tabs }
	leave := func(i int) {
		l.planLeave(p, open[i], now)
		open = slices.Delete(open, i, i+1)
	}

	first := beacon{
		Path: pick(l, "/", "/", "/product/1", "/product/2", "/about"),
		From: pick(l, "", "https://www.google.com", "https://m.facebook.com", "https://blog.news.example", "https://else.example", shopOrigin),
	}
	if l.chance(25) {
		first.Campaign = pick(l, "spring", "summer", "autumn", "winter", "elsewhere")
	}
	if p.registered && !p.loggedIn {
		p.loggedIn = true
		first.Path = "/login"
	}
	show(first, true, tab())
	now = now.Add(l.seconds(2, 9))
	l.planDecision(p, now)

	for range l.script.IntN(5) {
		now = now.Add(pick(l, l.seconds(1, 9), l.seconds(5, 50), l.seconds(30, 400)))
		page := beacon{Path: pick(l, "/", "/product/1", "/product/3", "/about", "/order/basket"), From: shopOrigin}
		switch l.script.IntN(8) {
		case 0, 1: // in another tab; the first one stays
			show(page, true, tab())
			continue
		case 2, 3: // a view of a single-page application
			last := len(open) - 1
			of := open[last].tab
			leave(last)
			show(page, false, of)
			continue
		case 4:
			page.Path = "/order/complete"
		case 5:
			page.Path = "/subscribe"
		case 6:
			goal, value := beacon{Goal: "share", Path: page.Path}, pick(l, 0, 2.5, 999)
			goal.Value = value
			l.at(now, func(at time.Time) { l.reach(p, at, goal) })
		}
		last := len(open) - 1
		of := open[last].tab
		leave(last)
		show(page, true, of)
	}
	for len(open) > 0 {
		now = now.Add(pick(l, l.seconds(1, 9), l.seconds(5, 90)))
		leave(0)
	}
	if p.decided && !p.withdrew && l.chance(3) {
		p.withdrew = true
		l.at(now, func(at time.Time) { l.withdraw(p, at) })
	}
	return now
}

// shown is a page in a tab.
type shown struct {
	tab   int
	path  string
	since time.Time
}

// planDecision plans the answer to a banner, or a change of mind.
func (l *life) planDecision(p *person, now time.Time) {
	switch {
	case !p.decided && p.temper != "nothing":
		p.decided = true
	case p.withdrew && l.chance(30):
		p.withdrew = false
	default:
		return
	}
	granted := map[string][]string{
		"all": {"analytics", "advertising", "preferences"}, "analytics": {"analytics"}, "advertising": {"advertising"},
	}[p.temper]
	l.at(now, func(at time.Time) { l.decide(p, at, granted) })
}

// planLeave plans that a page is left, after it was looked at for a while. Some
// claims are false, and some come a day too late.
func (l *life) planLeave(p *person, s shown, now time.Time) {
	visible := now.Sub(s.since)
	if l.chance(50) {
		visible = time.Duration(l.script.Int64N(int64(visible/time.Second)+1)) * time.Second
	}
	claim := beacon{Path: s.path}
	doubt := ""
	switch l.script.IntN(60) {
	case 0:
		visible, doubt = visible+time.Hour, "claim"
	case 1:
		claim.Token, doubt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "token"
	case 2:
		now, doubt = now.Add(25*time.Hour), "old"
	}
	if visible < 3*time.Second {
		return // as the script on the page does
	}
	stay := visible.Seconds()
	claim.Stay = &stay
	l.at(now, func(at time.Time) { l.leave(p, at, s.tab, claim, doubt) })
}

// planRobots plans the programs of a day.
func (l *life) planRobots(day visit.Day) {
	for _, robot := range []struct{ class, agent string }{
		{"crawler", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
		{"headless", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36"},
		{"tool", "curl/8.14.1"},
	} {
		l.at(l.plan.Calendar().Start(day).Add(12*time.Hour), func(at time.Time) {
			browser := surfer{jar: make(cookies), agent: robot.agent, tabs: make(map[int]string)}
			n := l.node()
			browser.get(l.web, n, at, beacon{Path: "/"})
			l.books.robot(n, at, robot.class)
			n = l.node()
			browser.load(l.web, n, at, 1, beacon{Path: "/"})
			l.books.robot(n, at, robot.class)
		})
	}
}
