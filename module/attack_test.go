package module_test

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// An analyst may scrape and read reports as often as wanted, and knows when one
// person visits. What was published must not tell what that person did.

// observed is a gateway that the analyst watches.
type observed struct {
	t    testing.TB
	node *node
	web  *http.Client
	now  time.Time
}

func startObserved(t testing.TB, privacy string) *observed {
	t.Helper()
	report := strings.Replace(lifeReport, "epoch 1d", "epoch 1h\n\t\t\tembargo 5m\n\t\t\tprivacy "+privacy, 1)
	o := &observed{
		t: t, web: newWeb(t), now: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC),
		node: newNode(t, siteValues(t, "sqlite "+filepath.Join(quickFolder(t), "figures.db"), report)),
	}
	o.node.start(o.now)
	return o
}

// passer comes once, consents, and looks at pages.
type passer struct {
	kind, language, from, campaign string
	paths                          []string
	goal                           string
	stay                           float64
}

func (o *observed) pass(p passer) {
	o.t.Helper()
	b := surfer{jar: make(cookies), tabs: make(map[int]string), agent: newPerson(slices.Index(kinds, p.kind)).browser.agent, language: p.language}
	b.decide(o.web, o.node, o.now, "analytics")
	for i, path := range p.paths {
		page := beacon{Path: path, From: p.from, Campaign: p.campaign}
		if i > 0 {
			page.From, page.Campaign = shopOrigin, ""
		}
		b.get(o.web, o.node, o.now, page)
		b.load(o.web, o.node, o.now, 1, page)
		b.tell(o.web, o.node, o.now.Add(2*time.Minute), beacon{Path: path, Stay: &p.stay, Token: b.tabs[1]})
	}
	if p.goal != "" {
		b.tell(o.web, o.node, o.now, beacon{Path: "/", Goal: p.goal})
	}
}

// crowd is people alike enough to be shown, and some too few of whom are alike.
func (o *observed) crowd(many int) {
	o.t.Helper()
	for range many {
		o.pass(passer{"desktop", "en", "https://www.google.com", "spring", []string{"/"}, "order", 20})
		o.pass(passer{"mobile", "de", "", "", []string{"/product/1", "/"}, "", 5})
	}
	for i := range 13 {
		o.pass(passer{
			pickOf(i, "tablet", "other"), pickOf(i, "zh", "sw"), pickOf(i, "https://m.facebook.com", "https://blog.news.example", "https://else.example"),
			pickOf(i, "summer", "autumn", "winter"), []string{pickOf(i, "/about", "/order/basket")}, pickOf(i, "share", "subscribe"), []float64{100, 50}[i%2],
		})
	}
}

func pickOf(i int, of ...string) string { return of[i%len(of)] }

// victim is the one whom the analyst knows to visit.
var victim = passer{"tablet", "zh", "https://m.facebook.com", "autumn", []string{"/order/basket"}, "share", 100}

// wait lets some time pass, in which the gateway stores what it counted, and
// publishes what is due.
func (o *observed) wait(later time.Duration) {
	o.t.Helper()
	o.now = o.now.Add(flushed)
	o.node.work(o.now)
	o.now = o.now.Add(later - flushed)
	o.node.work(o.now)
}

// flushed is after how long what was counted is stored for sure.
const flushed = 10 * time.Second

// view is what the analyst can read.
type view struct {
	published string // figures of the scrape, and all reports
	live      map[string]string
}

func (o *observed) look() view {
	o.t.Helper()
	response, err := http.Get("http://" + o.node.metrics)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		o.t.Fatalf("a scrape was answered %s, %v", response.Status, err)
	}
	v := view{live: make(map[string]string)}
	for line := range strings.Lines(string(text)) {
		switch name, value, _ := cutLast(line); {
		case strings.HasPrefix(line, "site_"):
			v.published += line
		case strings.HasPrefix(line, "consent_") && !strings.HasPrefix(line, "consent_filter_seconds"):
			v.live[name] = value
		}
	}
	analyst := surfer{jar: make(cookies), agent: firefox, language: "en"}
	for _, path := range []string{"api/report.json?from=2027-03-01&to=2027-03-01", "api/report.csv?from=2027-03-01&to=2027-03-01", "?from=2027-03-01&to=2027-03-01"} {
		v.published += analyst.ask(o.web, o.node, o.now, http.MethodGet, "/stats/"+path, "", nil)
	}
	return v
}

func cutLast(line string) (before, after string, found bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+1:], true
}

var labelName = regexp.MustCompile(`[{,]([a-z_]+)=`)

// Before an epoch is published nothing of it is told, but how much there is to do.
func TestAnalystSeesNothingBetweenEpochs(t *testing.T) {
	for _, privacy := range []string{"noise 1", "threshold 20"} {
		t.Run(privacy, func(t *testing.T) {
			t.Parallel()
			o := startObserved(t, privacy)
			o.crowd(25)
			o.wait(66 * time.Minute)
			before := o.look()
			if !strings.Contains(before.published, "site_visits{") {
				t.Fatal("nothing is published")
			}
			if again := o.look(); again.published != before.published {
				t.Error("two readings of the same figures differ")
			}
			o.pass(victim)
			o.wait(10 * time.Minute)
			after := o.look()
			if before.published != after.published {
				t.Errorf("before and after a visit reports differ: %s", firstDifference(before.published, after.published))
			}
			changed := 0
			for name, value := range after.live {
				if before.live[name] == value {
					continue
				}
				changed++
				for _, label := range labelName.FindAllStringSubmatch(name, -1) {
					if !slices.Contains(liveLabels, label[1]) {
						t.Errorf("%s tells what a visitor does as it happens", name)
					}
				}
			}
			if changed == 0 {
				t.Error("the visit did not reach the gateway")
			}
			o.node.stop()
			o.node.start(o.now)
			o.wait(time.Minute)
			if restarted := o.look(); restarted.published != after.published {
				t.Errorf("after a restart reports differ: %s", firstDifference(after.published, restarted.published))
			}
			o.wait(66 * time.Minute)
			if later := o.look(); later.published == after.published {
				t.Error("the next epoch was not published")
			}
		})
	}
}

// liveLabels are those of live counters. None tells of a page, a campaign or a goal.
var liveLabels = []string{
	"site", "mode", "regime", "direction", "action", "purpose", "element", "partner", "kind", "place", "decision", "mechanism", "stage", "le",
}

// Under a threshold two histories that differ in one visitor look the same, unless a
// number happens to be rounded another way.
func TestAnalystCantTellOneVisitorUnderThreshold(t *testing.T) {
	with, without := startObserved(t, "threshold 20"), startObserved(t, "threshold 20")
	with.crowd(25)
	with.pass(victim)
	without.crowd(25)
	with.wait(66 * time.Minute)
	without.wait(66 * time.Minute)
	a, b := with.look(), without.look()
	if a.published != b.published {
		t.Errorf("one visitor makes a difference: %s", firstDifference(a.published, b.published))
	}
}

// Totals less their parts tell nothing: under noise they are the sums of what is
// published, under a threshold what is left is of many, or cannot be told from none.
func TestAnalystSubtractsPartsFromTotals(t *testing.T) {
	for _, privacy := range []string{"noise 1", "threshold 20"} {
		t.Run(privacy, func(t *testing.T) {
			t.Parallel()
			o := startObserved(t, privacy)
			o.crowd(25)
			o.pass(victim)
			o.wait(66 * time.Minute)
			analyst := surfer{jar: make(cookies), agent: firefox, language: "en"}
			var report analystReport
			text := analyst.ask(o.web, o.node, o.now, http.MethodGet, "/stats/api/report.json?from=2027-03-01&to=2027-03-01", "", nil)
			if err := json.Unmarshal([]byte(text), &report); err != nil {
				t.Fatal(err)
			}
			report.check(t, privacy == "noise 1")
		})
	}
}

// analystReport is what the analyst takes from a report.
type analystReport struct {
	Headlines []struct {
		Name string
		Now  published
	}
	Routes struct {
		Items []struct {
			Name      string
			PageLoads published `json:"page_loads"`
			Visits    published
		}
	}
	Dimensions []struct {
		Name  string
		Items []struct {
			Name  string
			Count published
		}
	}
}

// published is a figure of a report; Value is nil where it isn't told.
type published struct {
	Value     *float64
	Low, High float64
}

func (r *analystReport) check(t *testing.T, noise bool) {
	t.Helper()
	totals := make(map[string]published)
	for _, h := range r.Headlines {
		totals[h.Name] = h.Now
	}
	parts := map[string][]published{}
	for _, route := range r.Routes.Items {
		parts["visits"] = append(parts["visits"], route.Visits)
		parts["page_loads"] = append(parts["page_loads"], route.PageLoads)
	}
	for name, list := range parts {
		checkRest(t, name+" by route", totals[name], list, noise)
	}
	if noise {
		return // each other dimension has noise of its own
	}
	for _, d := range r.Dimensions {
		var list []published
		for _, item := range d.Items {
			list = append(list, item.Count)
		}
		checkRest(t, "visits by "+d.Name, totals["visits"], list, false)
	}
	if len(r.Dimensions) < 4 {
		t.Errorf("only %d dimensions are reported", len(r.Dimensions))
	}
}

// checkRest subtracts parts from their total.
func checkRest(t *testing.T, what string, total published, parts []published, noise bool) {
	t.Helper()
	if total.Value == nil || len(parts) == 0 {
		t.Errorf("%s: there is nothing to subtract", what)
		return
	}
	rest, least, most := *total.Value, total.Low, total.High
	for _, p := range parts {
		if p.Value != nil {
			rest -= *p.Value
			least, most = least-p.High, most-p.Low
		}
	}
	if noise {
		if math.Abs(rest) > 1e-6 {
			t.Errorf("%s: %v are in the total and in no part", what, rest)
		}
		return
	}
	if least > 0 && most < 20 {
		t.Errorf("%s: some %v to %v people remain, fewer than may be told apart", what, least, most)
	}
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(i-120, 0):min(i+120, len(s))] }
	return "\n" + around(a) + "\n\tand\n" + around(b)
}
