package visit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/consent"
)

var yes = consent.Of(consent.Necessary, consent.Analytics)

func shop(t testing.TB) *Plan {
	t.Helper()
	p, err := New(Config{
		Zone:      zone(t, "Asia/Shanghai"),
		Routes:    []Route{{"product", []string{"/product/*"}}, {"home", []string{"/"}}},
		Goals:     []Goal{{"order", []string{"/order/complete"}}, {"signup", nil}},
		Campaigns: []string{"spring-sale", "summer", "autumn", "winter"},
		MaxValue:  100_000,
		Hosts:     []string{"*.shop.example"},
		Referrers: []Referrer{{"partner", []string{"*.partner.example"}}},
		Crosses:   [][]string{{"device", "country"}},

		Registered: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// device is a browser with our two cookies.
type device struct {
	dates   string
	visited time.Time // when the visit cookie was last set
}

func (d *device) send(p *Plan, e Event) []string {
	e.Visit = !d.visited.IsZero() && e.Time.Sub(d.visited) < VisitLifetime
	e.Dates = d.dates
	var o Outcome
	p.Decide(&e, &o)
	if o.SetVisit {
		d.visited = e.Time
	}
	if o.SetDates {
		d.dates = string(o.Dates())
	}
	return named(p, &o)
}

func named(p *Plan, o *Outcome) []string {
	var names []string
	for _, inc := range o.Increments() {
		names = append(names, fmt.Sprintf("%s %d", p.Key(inc.Cell), inc.N))
	}
	slices.Sort(names)
	return names
}

// only keeps the lines of one family.
func only(lines []string, prefix string) []string {
	var out []string
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			out = append(out, l)
		}
	}
	return out
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestFirstLoad(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T16:30:00Z") // the 18th in Shanghai
	var d device
	got := d.send(p, Event{
		Kind: Load, Time: now, Granted: yes, Path: "/product/7", Campaign: "spring-sale",
		Referrer: "https://www.google.de/", Host: "shop.example", Device: Mobile, Language: "de-AT,en;q=0.5", Country: "AT", Registered: true,
	})
	equal(t, "a first load", got,
		"loads{route=product} 1", "visits{route=product} 1", "visitors{seen=new} 1", "reach{campaign=spring-sale} 1",
		"visits{country=AT} 1", "visits{device=mobile} 1", "visits{language=de} 1", "visits{referrer=search} 1",
		"visits{registered=yes} 1", "visits{country=AT,device=mobile} 1")
	if want := "2026-03-18~2026-03-18~1000~spring-sale@2026-03-18"; d.dates != want {
		t.Errorf("dates %q, want %q", d.dates, want)
	}
}

func TestNothingWithoutConsent(t *testing.T) {
	p := shop(t)
	for _, tt := range []struct {
		name string
		e    Event
		want []string
	}{
		{"direct", Event{Kind: Load}, []string{"arrivals{route=other} 1", "loads{route=other} 1"}},
		{"from a search", Event{Kind: Load, Referrer: "https://duckduckgo.com/"}, []string{"arrivals{route=other} 1", "loads{route=other} 1"}},
		{"from itself", Event{Kind: Load, Referrer: "https://shop.example/x"}, []string{"loads{route=other} 1"}},
		{"from its other host", Event{Kind: Load, Referrer: "https://m.shop.example/x"}, []string{"loads{route=other} 1"}},
		{"stay", Event{Kind: StayTime, Token: TokenAt(at(t, "2026-03-17T08:00:00Z")), Stay: 20 * time.Second}, nil},
		{"goal", Event{Kind: Reached, Goals: []GoalHit{{"order", 100}}}, nil},
	} {
		e := tt.e
		e.Time, e.Host = at(t, "2026-03-17T08:01:00Z"), "shop.example:443"
		e.Granted = consent.Of(consent.Necessary)
		e.Visit, e.Dates = true, "2026-03-01~2026-03-16~1000"
		var o Outcome
		p.Decide(&e, &o)
		equal(t, tt.name, named(p, &o), tt.want...)
		if o.SetVisit || o.SetDates {
			t.Errorf("%s: a cookie is set without consent", tt.name)
		}
	}
}

func TestVisitSlides(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	var d device
	load := func(after time.Duration) []string {
		now = now.Add(after)
		return only(d.send(p, Event{Kind: Load, Time: now, Granted: yes, Path: "/"}), "visits{route=")
	}
	equal(t, "first", load(0), "visits{route=home} 1")
	equal(t, "20 minutes later", load(20*time.Minute))
	equal(t, "another 20", load(20*time.Minute))
	equal(t, "another 31", load(31*time.Minute), "visits{route=home} 1")
}

func TestReturnIsCountedOnceADay(t *testing.T) {
	p := shop(t)
	start := at(t, "2026-03-17T02:00:00Z")
	var d device
	for _, tt := range []struct {
		day  int
		want []string
	}{
		{0, []string{"visitors{seen=new} 1"}},
		{0, nil},
		{1, []string{"visitors{seen=d1.1} 1"}},
		{3, []string{"visitors{seen=d3.2} 1"}},
		{35, []string{"visitors{seen=d35.32} 1"}},
		{36, []string{"visitors{seen=m1.1} 1"}},
		{36, nil},
		{100, []string{"visitors{seen=m3.64} 1"}},
	} {
		now := start.AddDate(0, 0, tt.day)
		got := only(d.send(p, Event{Kind: Load, Time: now, Granted: yes, Path: "/"}), "visitors")
		equal(t, fmt.Sprint("day ", tt.day), got, tt.want...)
	}
	if !strings.HasPrefix(d.dates, "2026-03~") {
		t.Errorf("the first day is still exact: %s", d.dates)
	}
}

func TestLifetimeIsNeverExtended(t *testing.T) {
	p := shop(t)
	start := at(t, "2026-03-17T02:00:00Z")
	first := p.Calendar().Start(Date(2026, 3, 17))
	end := first.AddDate(0, 13, 0)
	var dates string
	for day := 0; day < 500; day += 11 {
		now := start.AddDate(0, 0, day)
		e := Event{Kind: Load, Time: now, Granted: yes, Path: "/", Dates: dates}
		var o Outcome
		p.Decide(&e, &o)
		if !o.SetDates {
			t.Fatalf("day %d: no dates set", day)
		}
		if now.Add(o.DatesAge).After(end) {
			if isNew := len(only(named(p, &o), "visitors{seen=new}")) == 1; !isNew || now.Before(end.AddDate(0, -1, 0)) {
				t.Fatalf("day %d: kept until %v, past %v", day, now.Add(o.DatesAge), end)
			}
			return
		}
		dates = string(o.Dates())
	}
	t.Fatal("the dates never ended")
}

func TestFutureDates(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	for _, tt := range []struct {
		dates string
		want  []string
	}{
		{"2026-03-10~2026-03-17~1000", nil},
		{"2026-03-10~2026-03-18~1000", nil}, // a node with a fast clock was there before
		{"2026-03-10~2026-03-19~1000", []string{"suspect{reason=dates} 1", "visitors{seen=new} 1"}},
		{"2030-03-10~2030-03-19~1000", []string{"suspect{reason=dates} 1", "visitors{seen=new} 1"}},
		{"2026-03-10~2026-03-1", []string{"suspect{reason=dates} 1", "visitors{seen=new} 1"}},
		{"2025-01~2025-03-10~1000", []string{"visitors{seen=new} 1"}}, // over, not suspect
	} {
		d := device{dates: tt.dates, visited: now}
		got := d.send(p, Event{Kind: Load, Time: now, Granted: yes, Path: "/"})
		equal(t, tt.dates, append(only(got, "suspect"), only(got, "visitors")...), tt.want...)
	}
}

func TestClockAnHourOffCountsADayOnce(t *testing.T) {
	p := shop(t)
	midnight := p.Calendar().Start(Date(2026, 3, 18))
	var d device
	records := 0
	for minute := -90; minute < 600; minute += 10 {
		now := midnight.Add(time.Duration(minute) * time.Minute)
		if minute%20 == 0 {
			now = now.Add(time.Hour) // the other node's clock
		}
		records += len(only(d.send(p, Event{Kind: Load, Time: now, Granted: yes, Path: "/"}), "visitors"))
	}
	if records != 2 {
		t.Errorf("%d records of a device that was there on two days", records)
	}
}

func TestZoneChangeCountsADayOnce(t *testing.T) {
	west, err := New(Config{Zone: zone(t, "America/Los_Angeles")})
	if err != nil {
		t.Fatal(err)
	}
	east := shop(t)
	now := at(t, "2026-03-17T17:00:00Z") // the 18th in Shanghai, the 17th in California
	var d device
	records := len(only(d.send(east, Event{Kind: Load, Time: now, Granted: yes}), "visitors"))
	for h := range 20 { // up to the 18th in California too
		records += len(only(d.send(west, Event{Kind: Load, Time: now.Add(time.Duration(h) * time.Hour), Granted: yes}), "visitors"))
	}
	if records != 1 {
		t.Errorf("%d records, want 1", records)
	}
}

func TestStay(t *testing.T) {
	p := shop(t)
	loaded := at(t, "2026-03-17T02:00:00Z")
	for _, tt := range []struct {
		name  string
		token Token
		stay  time.Duration
		after time.Duration
		want  []string
	}{
		{"3 s", TokenAt(loaded), 3 * time.Second, 3 * time.Second, []string{"stay{route=home,stay=3-10s} 1"}},
		{"under 3 s", TokenAt(loaded), 2999 * time.Millisecond, 3 * time.Second, []string{"stay{route=home,stay=0-3s} 1"}},
		{"29 min", TokenAt(loaded), 29 * time.Minute, 29 * time.Minute, []string{"engaged 1", "stay{route=home,stay=10-30m} 1"}},
		{"3 h", TokenAt(loaded), 3 * time.Hour, 3 * time.Hour, []string{"stay{route=home,stay=10-30m} 1"}},
		{"longer than the page is old", TokenAt(loaded), 10 * time.Minute, 5 * time.Minute, []string{"suspect{reason=claim} 1"}},
		{"negative", TokenAt(loaded), -1, 5 * time.Minute, []string{"suspect{reason=claim} 1"}},
		{"largest", TokenAt(loaded), 1<<63 - 1, 5 * time.Minute, []string{"suspect{reason=claim} 1"}},
		{"no token", NoToken, 10 * time.Second, time.Minute, []string{"suspect{reason=token} 1"}},
		{"forged", ForgedToken, 10 * time.Second, time.Minute, []string{"suspect{reason=token} 1"}},
		{"from the future", TokenAt(loaded.Add(time.Hour)), time.Second, 0, []string{"suspect{reason=token} 1"}},
		{"from a far future", 1<<63 - 1, time.Second, 0, []string{"suspect{reason=token} 1"}},
		{"old", TokenAt(loaded.Add(-25 * time.Hour)), time.Second, 0, []string{"suspect{reason=old} 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d device
			d.send(p, Event{Kind: Load, Time: loaded, Granted: yes, Path: "/"})
			got := d.send(p, Event{Kind: StayTime, Time: loaded.Add(tt.after), Granted: yes, Path: "/", Token: tt.token, Stay: tt.stay})
			equal(t, tt.name, got, tt.want...)
		})
	}
}

func TestRestoredTab(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	var d device
	got := d.send(p, Event{Kind: Load, Time: now, Granted: yes, Path: "/", Token: TokenAt(now.AddDate(0, 0, -3))})
	equal(t, "a page from three days ago", got, "suspect{reason=old} 1")
}

func TestStayNeverBeginsAVisit(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	var d device
	d.send(p, Event{Kind: Load, Time: now, Granted: yes, Path: "/"})
	later := now.Add(40 * time.Minute)
	d.send(p, Event{Kind: StayTime, Time: later, Granted: yes, Path: "/", Token: TokenAt(now), Stay: time.Minute})
	if !d.visited.Equal(now) {
		t.Error("a stay set the visit cookie after the visit was over")
	}
	got := only(d.send(p, Event{Kind: Load, Time: later.Add(time.Second), Granted: yes, Path: "/"}), "visits{route")
	equal(t, "the next load", got, "visits{route=home} 1")
}

func TestEngaged(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	load := Event{Kind: Load, Granted: yes, Path: "/"}
	stay := func(s time.Duration) Event {
		return Event{Kind: StayTime, Granted: yes, Path: "/", Token: TokenAt(now), Stay: s}
	}
	for _, tt := range []struct {
		name   string
		events []Event
		want   int
	}{
		{"one page", []Event{load}, 0},
		{"exactly 10 s", []Event{load, stay(10 * time.Second)}, 0},
		{"over 10 s", []Event{load, stay(10*time.Second + 1)}, 1},
		{"two pages", []Event{load, load}, 1},
		{"many pages and long stays", []Event{load, stay(time.Minute), load, load, stay(time.Minute)}, 1},
		{"a goal by path", []Event{{Kind: Load, Granted: yes, Path: "/order/complete"}}, 1},
		{"a goal by name", []Event{load, {Kind: Reached, Granted: yes, Goals: []GoalHit{{"signup", 0}}}}, 1},
	} {
		var d device
		engaged := 0
		for i, e := range tt.events {
			e.Time = now.Add(time.Duration(i) * 2 * time.Minute)
			engaged += len(only(d.send(p, e), "engaged"))
		}
		if engaged != tt.want {
			t.Errorf("%s: engaged %d times, want %d", tt.name, engaged, tt.want)
		}
	}
}

func TestConversions(t *testing.T) {
	p := shop(t)
	start := at(t, "2026-03-17T02:00:00Z")
	for _, tt := range []struct {
		day  int
		want []string
	}{
		{0, []string{"conversion_value{campaign=summer,goal=order,within=day} 990", "conversions{campaign=summer,goal=order,within=day} 1"}},
		{6, []string{"conversion_value{campaign=summer,goal=order,within=week} 990", "conversions{campaign=summer,goal=order,within=week} 1"}},
		{7, []string{"conversion_value{campaign=summer,goal=order,within=month} 990", "conversions{campaign=summer,goal=order,within=month} 1"}},
		{29, []string{"conversion_value{campaign=summer,goal=order,within=month} 990", "conversions{campaign=summer,goal=order,within=month} 1"}},
		{30, nil},
	} {
		var d device
		d.send(p, Event{Kind: Load, Time: start, Granted: yes, Path: "/", Campaign: "summer"})
		got := d.send(p, Event{Kind: Reached, Time: start.AddDate(0, 0, tt.day), Granted: yes, Goals: []GoalHit{{"order", 990}}})
		equal(t, fmt.Sprint("day ", tt.day), only(got, "conversion"), tt.want...)
		equal(t, fmt.Sprint("day ", tt.day), only(got, "goal"), "goal_value{goal=order} 990", "goals{goal=order} 1")
	}
}

func TestUndeclaredIsOther(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	var d device
	got := d.send(p, Event{
		Kind: Load | Reached, Time: now, Granted: yes, Route: "no-such", Campaign: "x{y}", Country: "QQ", Language: "tlh",
		Referrer: "https://unknown.example/", Goals: []GoalHit{{"no-such", 1 << 62}}, Device: 200,
	})
	equal(t, "undeclared", got,
		"loads{route=other} 1", "visits{route=other} 1", "visitors{seen=new} 1", "reach{campaign=other} 1",
		"visits{country=other} 1", "visits{device=desktop} 1", "visits{language=other} 1", "visits{referrer=other} 1",
		"visits{registered=no} 1", "visits{country=other,device=desktop} 1", "engaged 1",
		"goals{goal=other} 1", "goal_value{goal=other} 100000", "conversions{campaign=other,goal=other,within=day} 1",
		"conversion_value{campaign=other,goal=other,within=day} 100000")
}

func TestBotsAndSuspectsCountApart(t *testing.T) {
	p := shop(t)
	now := at(t, "2026-03-17T02:00:00Z")
	for _, tt := range []struct {
		e    Event
		want string
	}{
		{Event{Kind: Load, Bot: Crawler}, "bots{class=crawler} 1"},
		{Event{Kind: Load, Bot: Tool, Suspect: SuspectRate}, "bots{class=tool} 1"},
		{Event{Kind: Load, Suspect: SuspectRate}, "suspect{reason=rate} 1"},
		{Event{Kind: Load, Suspect: SuspectBody}, "suspect{reason=body} 1"},
		{Event{Kind: Load, Token: ForgedToken}, "suspect{reason=token} 1"},
	} {
		e := tt.e
		e.Time, e.Granted = now, yes
		var d device
		equal(t, tt.want, d.send(p, e), tt.want)
		if d != (device{}) {
			t.Errorf("%s: a cookie was set", tt.want)
		}
	}
}

func TestAnswer(t *testing.T) {
	p := shop(t)
	var o Outcome
	p.Answer(Answer{"opt-in", consent.Of(consent.Necessary, consent.Analytics), consent.Of(consent.Advertising)}, &o)
	equal(t, "answer", named(p, &o),
		"consent{purpose=advertising,regime=opt-in,answer=rejected} 1", "consent{purpose=analytics,regime=opt-in,answer=accepted} 1")
}

// A visitor who has not decided sees the question on every page, and is counted
// where the visit begins.
func TestVisitorsAreAskedOnce(t *testing.T) {
	p := shop(t)
	two := consent.Of(consent.Analytics, consent.Advertising)
	shown := []string{"consent{purpose=advertising,regime=opt-out,answer=asked} 1", "consent{purpose=analytics,regime=opt-out,answer=asked} 1"}
	for _, tt := range []struct {
		name     string
		kind     Kind
		referrer string
		purposes consent.Set
		granted  consent.Set
		want     []string
	}{
		{"direct", Load, "", two, 0, shown},
		{"from elsewhere", Load, "https://news.example/", two, 0, shown},
		{"with consent by default", Load, "", two, yes, shown},
		{"the next page", Load, "https://shop.example/", two, 0, nil},
		{"who has decided", Load, "", 0, 0, nil},
		{"a navigation", Navigation, "", two, 0, nil},
		{"a goal", Reached, "", two, 0, nil},
	} {
		e := Event{
			Kind: tt.kind, Time: at(t, "2026-03-17T08:01:00Z"), Host: "shop.example", Referrer: tt.referrer, Granted: tt.granted,
			Question: Question{tt.purposes, "opt-out"},
		}
		var o Outcome
		p.Decide(&e, &o)
		equal(t, tt.name, only(named(p, &o), "consent{"), tt.want...)
	}
}

// Whatever a device does on a day, what it adds stays within the bounds that the
// noise is made for.
func TestContributionsAreBounded(t *testing.T) {
	p := shop(t)
	begin := p.Calendar().Start(Date(2026, 3, 17))
	rapid.Check(t, func(t *rapid.T) {
		added := make(map[string]int64)
		var d device
		now := begin
		for range rapid.IntRange(1, 80).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "seconds")) * time.Second)
			if now.After(begin.Add(24*time.Hour - time.Second)) {
				break
			}
			e := Event{
				Time: now, Granted: yes, Kind: Kind(rapid.IntRange(1, 15).Draw(t, "kind")), Token: TokenAt(now.Add(-10 * time.Minute)),
				Path: rapid.SampledFrom([]string{"/", "/product/1", "/order/complete"}).Draw(t, "path"),
				Stay: time.Duration(rapid.IntRange(0, 500).Draw(t, "stay")) * time.Second, Goals: []GoalHit{{"order", 5e9}, {"signup", -5}},
				Campaign: rapid.SampledFrom([]string{"", "spring-sale", "summer", "autumn", "winter", "x"}).Draw(t, "campaign"),
			}
			for _, line := range d.send(p, e) {
				key, _, _ := strings.Cut(line, " ")
				var n int64
				fmt.Sscan(line[len(key)+1:], &n)
				id, _, _ := SplitKey(key)
				added[id] += n
			}
		}
		for _, f := range p.Families() {
			if f.Unit == PerDevice && added[f.ID()] > f.Bound {
				t.Fatalf("a device added %d to %s, bound %d", added[f.ID()], f.ID(), f.Bound)
			}
		}
		for id := range maps.Keys(added) {
			if p.byID[id] == nil {
				t.Fatalf("unknown family %s", id)
			}
		}
	})
}
