package module_test

import (
	"fmt"
	"maps"
	"math"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
	"github.com/fairwaygate/fairway/module"
)

// Some months of people whose identities the simulator knows pass real gateways.
// Before noise every figure is what is true of those with consent, after it the
// truth lies in the stated intervals, and a fleet tells what one gateway tells.
func TestLife(t *testing.T) {
	const days = 90
	people := number(peopleVariable, 24)
	var one, three *life
	t.Run("lives", func(t *testing.T) {
		t.Run("nodes=1", func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(quickFolder(t), "life.db")
			one = newLife(t, people, 1, "sqlite "+path, &module.SQLite{Path: path})
			one.live(days, nil)
			one.finish()
			checkLife(t, one, days)
			checkPrometheus(t, one)
		})
		t.Run("nodes=3", func(t *testing.T) {
			t.Parallel()
			url := module.StartPostgres(t)
			three = newLife(t, people, 3, "postgres "+url, &module.Postgres{URL: url})
			three.live(days, map[int]func(){
				20: func() { three.restart(three.nodes[0]) },
				40: func() { three.doomed = three.nodes[1] },
				60: func() { three.work(three.nodes[2]); three.crash(three.nodes[2]) },
			})
			three.finish()
			checkLife(t, three, days)
			checkNodesAgree(t, three)
		})
	})
	if t.Failed() {
		return
	}
	t.Run("fleet", func(t *testing.T) { checkSame(t, one, three) })
	t.Run("noise", func(t *testing.T) { checkDraws(t, one, days) })
}

// quickFolder is a temporary folder in memory, where there is one: a simulation
// stores as often in a second as a gateway does in a day.
func quickFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "fairway-life")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func checkLife(t *testing.T, l *life, days int) {
	t.Helper()
	last := lifeStart + visit.Day(days) - 1
	for day := lifeStart; day <= last; day++ {
		got := maps.Clone(l.raw[day])
		maps.DeleteFunc(got, func(key string, _ int64) bool { return strings.HasPrefix(key, "visitors{") })
		if want := l.books.cells[day]; !maps.Equal(got, want) {
			t.Errorf("%v: counted more or less than happened: %s", day, difference(got, want))
		}
	}
	raw := l.series(t, release.Raw)
	checkFigures(t, raw, l.books, last)
	published := l.published(t)
	if len(published) != days {
		t.Fatalf("%d of %d days are published", len(published), days)
	}
	checkCells(t, l, published)
	// One draw of few figures, most of which share noise with others: only that most
	// lie in their interval can be relied upon.
	if in, all := withinInterval(raw, release.NewSeries(published), last); 2*in < all {
		t.Errorf("%d of %d published figures lie in their interval", in, all)
	}
}

// difference names the cells that differ.
func difference(got, want map[string]int64) string {
	var b strings.Builder
	keys := maps.Clone(got)
	maps.Copy(keys, want)
	for key := range keys {
		if got[key] != want[key] {
			fmt.Fprintf(&b, "\n\t%s: %d, want %d", key, got[key], want[key])
		}
	}
	return b.String()
}

// series makes publications of the raw cells and reads figures from them.
func (l *life) series(t *testing.T, publish func(*visit.Plan, visit.Epoch, []int64) (*release.Publication, error)) *release.Series {
	t.Helper()
	var all []*release.Publication
	for day := lifeStart; l.raw[day] != nil; day++ {
		counts, unknown := l.plan.Counts(maps.All(l.raw[day]))
		if unknown != 0 {
			t.Fatalf("%v: %d counts without a cell", day, unknown)
		}
		one, err := publish(l.plan, l.plan.Calendar().Epoch(l.plan.Calendar().Start(day)), counts)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return release.NewSeries(all)
}

// published reads what the gateways published.
func (l *life) published(t *testing.T) (all []*release.Publication) {
	t.Helper()
	rows, err := l.store.Publications(t.Context(), "shop.example", l.plan.Calendar().Start(lifeStart), l.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		one := new(release.Publication)
		if err := one.UnmarshalBinary(row); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// checkFigures compares figures of raw cells with the books.
func checkFigures(t *testing.T, s *release.Series, b *books, last visit.Day) {
	t.Helper()
	compared := 0
	exactly := func(what string, from visit.Day, got release.Figure, want float64) {
		t.Helper()
		if math.IsNaN(want) || math.IsInf(want, 0) { // nobody was there to ask about
			return
		}
		compared++
		if !got.OK || math.Abs(got.Value-want) > 1e-9 {
			t.Errorf("%s from %v: %v (ok %v), want %v", what, from, got.Value, got.OK, want)
		}
	}
	for _, window := range []visit.Day{1, 7, 30, last - lifeStart + 1} {
		for from := lifeStart; from+window-1 <= last; from++ {
			to, of := from+window-1, fmt.Sprintf(" of %d days", window)
			exactly("visitors"+of, from, s.Visitors(from, to), b.visitors(from, to))
			exactly("new"+of, from, s.New(from, to), b.fresh(from, to))
			exactly("returning"+of, from, s.Returning(from, to), b.visitors(from, to)-b.fresh(from, to))
			visits := b.sum(from, to, "visits{route=")
			exactly("visits"+of, from, s.Visits(from, to), visits)
			exactly("engaged"+of, from, s.Engaged(from, to), b.sum(from, to, "engaged")/visits)
			loads := b.sum(from, to, "loads{")
			exactly("page loads"+of, from, s.PageLoads(from, to, ""), loads)
			exactly("coverage"+of, from, s.Coverage(from, to), loads/b.sum(from, to, "navigations{"))
			suspect := b.sum(from, to, "suspect{")
			exactly("suspects"+of, from, s.Suspect(from, to), suspect/(suspect+loads))
			exactly("bots"+of, from, s.Sum(from, to, "bots"), b.sum(from, to, "bots{"))
			exactly("product pages"+of, from, s.PageLoads(from, to, "product"), b.sum(from, to, "loads{route=product}"))
			exactly("reach"+of, from, s.Reach(from, to, "spring"), b.sum(from, to, "reach{campaign=spring}"))
			exactly("conversions"+of, from, s.Conversions(from, to, "spring", "order"), b.sum(from, to, "conversions{campaign=spring,goal=order,"))
			for _, purpose := range questions {
				of := "consent{purpose=" + purpose
				exactly(purpose, from, s.Consent(from, to, purpose, "", "accepted"), b.sum(from, to, of, "answer=accepted")/b.sum(from, to, of, "answer=asked"))
			}
		}
	}
	for born := lifeStart; born+6 <= last; born++ {
		for _, n := range []visit.Day{1, 7, 14, 30, 35} {
			if born+6+n > last {
				continue
			}
			back := 0.0
			for day := born; day <= born+6; day++ {
				back += b.count(day, day, day+n, day+n)
			}
			exactly(fmt.Sprintf("day %d", n), born, s.DayRetention(born, born+6, int(n)), back/b.fresh(born, born+6))
		}
		for n := visit.Day(0); n <= 4 && born+7*n+6 <= last; n++ {
			from := born + 7*n
			exactly(fmt.Sprintf("week %d", n), born, s.WeekRetention(born, int(n)), b.count(born, born+6, from, from+6)/b.fresh(born, born+6))
		}
	}
	for month := lifeStart.Month() + 1; month.Last() <= last; month++ {
		for then := month; then.Last() <= last; then++ {
			exactly(fmt.Sprintf("month %d", then-month), month.First(), s.MonthRetention(month, int(then-month)),
				b.count(month.First(), month.Last(), then.First(), then.Last())/b.fresh(month.First(), month.Last()))
		}
	}
	if compared < 2500 {
		t.Errorf("only %d figures were compared", compared)
	}
}

// checkCells compares each published cell with the raw one: 95 in 100 lie in the
// stated interval, or a few more where that ends at the next whole number.
func checkCells(t *testing.T, l *life, published []*release.Publication) {
	t.Helper()
	in, all := 0, 0
	for _, one := range published {
		raw := l.raw[one.Epoch.Day()]
		for cell := range one.All() {
			all++
			if n := float64(raw[cell.Key]); cell.Low <= n && n <= cell.High {
				in++
			}
		}
		if one.Spent <= 0 || one.Spent > 2 {
			t.Errorf("%v: of the budget of 2 %v was spent", one.Epoch, one.Spent)
		}
	}
	if share := float64(in) / float64(all); share < 0.945 || share > 0.985 {
		t.Errorf("%.4f of %d cells lie in the stated interval", share, all)
	}
}

// readings are figures of a week. In a series of weeks they share no noise.
var readings = map[string]func(s *release.Series, d visit.Day) release.Figure{
	"visitors":  func(s *release.Series, d visit.Day) release.Figure { return s.Visitors(d, d+6) },
	"new":       func(s *release.Series, d visit.Day) release.Figure { return s.New(d, d+6) },
	"returning": func(s *release.Series, d visit.Day) release.Figure { return s.Returning(d+6, d+6) },
	"visits":    func(s *release.Series, d visit.Day) release.Figure { return s.Visits(d, d+6) },
	"loads":     func(s *release.Series, d visit.Day) release.Figure { return s.PageLoads(d, d+6, "home") },
	"search": func(s *release.Series, d visit.Day) release.Figure {
		return s.Sum(d, d+6, "visits", release.Label{Name: "referrer", Value: "search"})
	},
	"reach":       func(s *release.Series, d visit.Day) release.Figure { return s.Reach(d, d+6, "spring") },
	"conversions": func(s *release.Series, d visit.Day) release.Figure { return s.Conversions(d, d+6, "", "order") },
	"bots":        func(s *release.Series, d visit.Day) release.Figure { return s.Sum(d, d+6, "bots") },
	"stays": func(s *release.Series, d visit.Day) release.Figure {
		return s.Sum(d, d+6, "stay", release.Label{Name: "stay", Value: "10-30s"})
	},
}

// withinInterval counts how many readings lie in the stated interval.
func withinInterval(raw, noisy *release.Series, last visit.Day) (in, all int) {
	for day := lifeStart; day+6 <= last; day += 7 {
		for _, read := range readings {
			truth, f := read(raw, day), read(noisy, day)
			all++
			if f.OK && f.Low <= truth.Value && truth.Value <= f.High {
				in++
			}
		}
	}
	return in, all
}

// checkDraws draws the noise many times for the same cells.
func checkDraws(t *testing.T, l *life, days int) {
	last := lifeStart + visit.Day(days) - 1
	raw := l.series(t, release.Raw)
	privacy, err := release.Noise(2)
	if err != nil {
		t.Fatal(err)
	}
	in, all := 0, 0
	for draw := range byte(10) {
		random := mrand.NewChaCha8([32]byte{draw})
		noisy := l.series(t, func(p *visit.Plan, e visit.Epoch, counts []int64) (*release.Publication, error) {
			return release.Publish(p, e, counts, privacy, random)
		})
		i, a := withinInterval(raw, noisy, last)
		in, all = in+i, all+a
	}
	if share := float64(in) / float64(all); share < 0.93 || share > 0.975 {
		t.Errorf("%.4f of %d figures lie in the stated interval", share, all)
	}
}

// checkNodesAgree reads the report at each node of a fleet: noise was drawn once.
func checkNodesAgree(t *testing.T, l *life) {
	t.Helper()
	analyst := surfer{jar: make(cookies), agent: firefox, language: "en"}
	first := ""
	for _, n := range l.nodes {
		report := analyst.ask(l.web, n, l.now, "GET", "/stats/api/report.json?days=90", "", nil)
		if first == "" {
			first = report
		}
		if report != first || !strings.Contains(report, `"setting":"noise 2"`) {
			t.Errorf("two nodes report\n%.300s\n%.300s", first, report)
		}
	}
}

// checkSame compares the raw cells of one gateway with those of a fleet, in which
// a crash lost what is known.
func checkSame(t *testing.T, one, three *life) {
	lost := make(map[visit.Day]map[string]int64)
	for _, e := range three.books.lost {
		if lost[e.day] == nil {
			lost[e.day] = make(map[string]int64)
		}
		lost[e.day][e.cell] += e.n
	}
	if len(lost) != 1 {
		t.Fatalf("the crash lost figures of %d days: the life is not as it is meant to be", len(lost))
	}
	for day, cells := range one.raw {
		got, want := maps.Clone(three.raw[day]), maps.Clone(cells)
		for cell, n := range lost[day] {
			if want[cell] -= n; want[cell] == 0 {
				delete(want, cell)
			}
		}
		if lost[day] != nil { // who came first after it is another then
			for _, cells := range []map[string]int64{got, want} {
				maps.DeleteFunc(cells, func(key string, _ int64) bool { return strings.HasPrefix(key, "visitors{") })
			}
			delete(want, "")
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v: a fleet counted otherwise: %s", day, difference(got, want))
		}
	}
}
