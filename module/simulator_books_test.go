package module_test

import (
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// books is what is true of a simulated life: what people did, by who they are. It
// knows nothing of cookies, and works out each figure from what it is said to mean.
type books struct {
	zone    *time.Location
	cells   map[visit.Day]map[string]int64 // what was counted, but for visitors
	devices []*device
	pending map[*node][]entry // what a node has not stored yet
	lost    []entry
}

// What is said of visits, and of how much one device can add on a day.
const (
	visitLasts   = 30 * time.Minute // after the last sign of the device
	contactLasts = 30               // days, the first included
	mostVisits   = 4
	mostStays    = 4
	mostGoals    = 3
	mostContacts = 3
)

// device is a browser from the first beacon with consent to analytics until that
// is withdrawn or its cookies are cleared.
type device struct {
	first  visit.Day
	last   visit.Day
	stored map[visit.Day]bool // the days that it was there, and whether that reached the store

	visits, stays, goals int // on the last day
	until                time.Time
	began                visit.Day // of the visit in progress
	engaged              bool      // it is counted as engaged, or can't be
	met                  []contact
}

// contact is the first with a campaign.
type contact struct {
	campaign string
	day      visit.Day
}

// entry is one thing to be counted: a cell, or that a device was there.
type entry struct {
	day  visit.Day
	cell string
	n    int64
	of   *device
}

func newBooks(zone *time.Location) *books {
	return &books{zone: zone, cells: make(map[visit.Day]map[string]int64), pending: make(map[*node][]entry)}
}

// note adds to a cell. Labels are pairs of name and value.
func (b *books) note(n *node, at time.Time, value int64, family string, labels ...string) {
	var text strings.Builder
	text.WriteString(family)
	for i := 0; i < len(labels); i += 2 {
		text.WriteString("{,"[min(i, 1):][:1] + labels[i] + "=" + labels[i+1])
	}
	if len(labels) > 0 {
		text.WriteString("}")
	}
	b.pending[n] = append(b.pending[n], entry{day: b.day(at), cell: text.String(), n: value})
}

func (b *books) day(at time.Time) visit.Day { return visit.DayOf(at.In(b.zone)) }

// stored enters what a node has stored.
func (b *books) stored(n *node) {
	for _, e := range b.pending[n] {
		if e.of != nil {
			e.of.stored[e.day] = true
			continue
		}
		if b.cells[e.day] == nil {
			b.cells[e.day] = make(map[string]int64)
		}
		b.cells[e.day][e.cell] += e.n
	}
	delete(b.pending, n)
}

// crashed forgets what a node had not stored.
func (b *books) crashed(n *node) {
	b.lost = append(b.lost, b.pending[n]...)
	delete(b.pending, n)
}

// The rules. A person who has consented to analytics is a device.

func (b *books) served(n *node, at time.Time, path string) {
	b.note(n, at, 1, "navigations", "route", routeOf(path))
}

func (b *books) robot(n *node, at time.Time, class string) { b.note(n, at, 1, "bots", "class", class) }

func (b *books) suspect(n *node, at time.Time, reason string) {
	b.note(n, at, 1, "suspect", "reason", reason)
}

// answered enters a first answer about each purpose that the site has a use for.
func (b *books) answered(n *node, at time.Time, granted []string) {
	for _, purpose := range questions {
		answer := "rejected"
		if slices.Contains(granted, purpose) {
			answer = "accepted"
		}
		b.note(n, at, 1, "consent", "purpose", purpose, "regime", "opt-in", "answer", answer)
	}
}

// loaded enters a page that was shown.
func (b *books) loaded(n *node, at time.Time, p *person, page beacon) {
	route, from := routeOf(page.Path), referrerOf(page.From)
	b.note(n, at, 1, "loads", "route", route)
	if !p.answered && from != "internal" {
		for _, purpose := range questions {
			b.note(n, at, 1, "consent", "purpose", purpose, "regime", "opt-in", "answer", "asked")
		}
	}
	if !p.measured {
		if from != "internal" {
			b.note(n, at, 1, "arrivals", "route", route)
		}
		return
	}
	d := b.there(n, at, p)
	if page.Campaign != "" {
		b.meet(n, at, d, page.Campaign)
	}
	switch {
	case at.Before(d.until):
		b.engage(n, at, d)
	case d.visits == mostVisits:
		d.engaged = true
	default:
		d.visits++
		d.began, d.engaged = d.last, false
		b.note(n, at, 1, "visits", "route", route)
		b.note(n, at, 1, "visits", "country", "other")
		b.note(n, at, 1, "visits", "device", p.kind)
		b.note(n, at, 1, "visits", "language", p.tongue)
		b.note(n, at, 1, "visits", "referrer", from)
		b.note(n, at, 1, "visits", "registered", yesNo(p.registered))
		b.note(n, at, 1, "visits", "device", p.kind, "referrer", from)
	}
	d.until = at.Add(visitLasts)
	if page.Path == "/order/complete" {
		b.goal(n, at, d, "order", 0)
	}
}

// stayed enters how long a page was looked at.
func (b *books) stayed(n *node, at time.Time, p *person, path string, stay time.Duration) {
	if !p.measured {
		return
	}
	d := b.there(n, at, p)
	if d.stays < mostStays {
		d.stays++
		b.note(n, at, 1, "stay", "route", routeOf(path), "stay", bucketOf(stay))
	}
	if at.Before(d.until) {
		if stay > 10*time.Second {
			b.engage(n, at, d)
		}
		d.until = at.Add(visitLasts)
	}
}

// reached enters a goal, with a value in hundredths.
func (b *books) reached(n *node, at time.Time, p *person, name string, value int64) {
	if !p.measured {
		return
	}
	d := b.there(n, at, p)
	b.goal(n, at, d, name, value)
	if at.Before(d.until) {
		d.until = at.Add(visitLasts)
	}
}

// there enters that a device is there, once a day.
func (b *books) there(n *node, at time.Time, p *person) *device {
	today := b.day(at)
	d := p.device
	if d == nil {
		d = &device{first: today, stored: make(map[visit.Day]bool)}
		p.device = d
		b.devices = append(b.devices, d)
	}
	if _, ok := d.stored[today]; !ok {
		d.stored[today] = false
		b.pending[n] = append(b.pending[n], entry{day: today, of: d})
		d.last, d.visits, d.stays, d.goals = today, 0, 0, 0
		d.met = slices.DeleteFunc(d.met, func(c contact) bool { return today-c.day >= contactLasts })
	}
	return d
}

// engage enters that the visit in progress is engaged, once, and on the day only
// that it began on.
func (b *books) engage(n *node, at time.Time, d *device) {
	if at.Before(d.until) && d.began == d.last && !d.engaged {
		d.engaged = true
		b.note(n, at, 1, "engaged")
	}
}

// meet enters the contact with a campaign, of which a device remembers three.
func (b *books) meet(n *node, at time.Time, d *device, campaign string) {
	if !slices.Contains(campaigns, campaign) {
		campaign = "other"
	}
	if slices.ContainsFunc(d.met, func(c contact) bool { return c.campaign == campaign }) {
		return
	}
	if len(d.met) == mostContacts {
		oldest := slices.MinFunc(d.met, func(a, b contact) int {
			if a.day != b.day {
				return int(a.day - b.day)
			}
			return strings.Compare(a.campaign, b.campaign)
		})
		if oldest.day == d.last {
			return
		}
		d.met = slices.DeleteFunc(d.met, func(c contact) bool { return c == oldest })
	}
	d.met = append(d.met, contact{campaign, d.last})
	b.note(n, at, 1, "reach", "campaign", campaign)
}

func (b *books) goal(n *node, at time.Time, d *device, name string, value int64) {
	if d.goals == mostGoals {
		return
	}
	d.goals++
	b.engage(n, at, d)
	b.note(n, at, 1, "goals", "goal", name)
	if value > 0 {
		b.note(n, at, value, "goal_value", "goal", name)
	}
	for _, c := range d.met {
		within := "month"
		switch days := d.last - c.day; {
		case days == 0:
			within = "day"
		case days < 7:
			within = "week"
		}
		b.note(n, at, 1, "conversions", "campaign", c.campaign, "goal", name, "within", within)
		if value > 0 {
			b.note(n, at, value, "conversion_value", "campaign", c.campaign, "goal", name, "within", within)
		}
	}
}

// The answers, by looking at each device. One whose first day in a window was lost
// in a crash is missing from that window, and nothing else is.

func (b *books) count(born, bornTo, from, to visit.Day) (n float64) {
	for _, d := range b.devices {
		if d.first < born || d.first > bornTo {
			continue
		}
		for day := from; day <= to; day++ {
			if stored, there := d.stored[day]; there {
				if stored {
					n++
				}
				break
			}
		}
	}
	return n
}

func (b *books) visitors(from, to visit.Day) float64 { return b.count(0, to, from, to) }

func (b *books) fresh(from, to visit.Day) (n float64) {
	for _, d := range b.devices {
		if d.first >= from && d.first <= to && d.stored[d.first] {
			n++
		}
	}
	return n
}

// sum adds up the cells whose key begins and goes on in the given ways.
func (b *books) sum(from, to visit.Day, begin string, parts ...string) (n float64) {
	for day := from; day <= to; day++ {
	cells:
		for key, value := range b.cells[day] {
			if !strings.HasPrefix(key, begin) {
				continue
			}
			for _, part := range parts {
				if !strings.Contains(key, part) {
					continue cells
				}
			}
			n += float64(value)
		}
	}
	return n
}

func routeOf(path string) string {
	switch {
	case path == "/":
		return "home"
	case strings.HasPrefix(path, "/product/"):
		return "product"
	case strings.HasPrefix(path, "/order/"):
		return "checkout"
	}
	return "other"
}

func referrerOf(from string) string {
	for part, class := range map[string]string{
		"//shop.example": "internal", "google": "search", "facebook": "social", "news.example": "news.example",
	} {
		if strings.Contains(from, part) {
			return class
		}
	}
	if from == "" {
		return "direct"
	}
	return "other"
}

func bucketOf(stay time.Duration) string {
	switch seconds := stay.Seconds(); {
	case seconds < 3:
		return "0-3s"
	case seconds < 10:
		return "3-10s"
	case seconds < 30:
		return "10-30s"
	case seconds < 60:
		return "30-60s"
	case seconds < 180:
		return "1-3m"
	case seconds < 600:
		return "3-10m"
	}
	return "10-30m"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
