package module

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

func openSQLite(t *testing.T, path string) *Store {
	t.Helper()
	store, err := (&SQLite{Path: path}).Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// idle returns a publisher without its clock, to be driven by a test.
func idle(t *testing.T, store *Store, plan *visit.Plan) *publisher {
	t.Helper()
	privacy, err := release.Threshold(2)
	if err != nil {
		t.Fatal(err)
	}
	p := newPublisher(systemClock{}, publishing{plan: plan, zone: time.UTC, privacy: privacy, keep: defaultKeep}, store, newMetrics(), zap.NewNop(), func() {})
	close(p.stop)
	<-p.done
	return p
}

func testPlan(t *testing.T) *visit.Plan {
	t.Helper()
	plan, err := visit.New(visit.Config{
		Epoch: time.Hour, Embargo: time.Minute,
		Routes: []visit.Route{{Name: "home", Paths: []string{"/"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func load(p *publisher, f *figures, at time.Time, loads int) {
	for range loads {
		event := visit.Event{Kind: visit.Load, Time: at, Path: "/", Granted: consent.Of(consent.Necessary)}
		var outcome visit.Outcome
		f.counter.Observe(&event, &outcome)
	}
}

func loadsOf(t *testing.T, store *Store, site string, now time.Time) []int64 {
	t.Helper()
	data, err := store.Publications(context.Background(), site, now.Add(-100*time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	var loads []int64
	for _, data := range data {
		p := new(release.Publication)
		if err := p.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		loads = append(loads, p.Find("loads", "route").Cells[0])
	}
	return loads
}

func TestPublisherPublishesClosedEpochsOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairway.db")
	store := openSQLite(t, path)
	t.Cleanup(func() { _ = store.Destruct() })
	p := idle(t, store, testPlan(t))
	site := p.metrics.site("shop.example")
	f := p.of(site)
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.begun = noon

	load(p, f, noon.Add(10*time.Minute), 8)
	p.flush(noon.Add(11 * time.Minute))
	p.publish(noon.Add(12 * time.Minute))
	if got := loadsOf(t, store, "shop.example", noon.Add(time.Hour)); len(got) != 0 {
		t.Fatalf("an open epoch was published: %v", got)
	}

	load(p, f, noon.Add(50*time.Minute), 4)
	p.flush(noon.Add(55 * time.Minute))
	load(p, f, noon.Add(70*time.Minute), 2)
	p.flush(noon.Add(70 * time.Minute))
	p.publish(noon.Add(60*time.Minute + 30*time.Second)) // within the embargo
	p.publish(noon.Add(2 * time.Hour))
	p.publish(noon.Add(2 * time.Hour))
	if got := loadsOf(t, store, "shop.example", noon.Add(3*time.Hour)); len(got) != 1 || got[0] != 12 {
		t.Fatalf("the first hour was published as %v, want one epoch with 12 loads", got)
	}
	if s := f.series.Load(); s == nil || !s.latest.Epoch.Start.Equal(noon) {
		t.Error("the gauges do not show the first hour")
	}

	// Another gateway on the same store goes on where this one stopped.
	q := idle(t, store, testPlan(t))
	g := q.of(q.metrics.site("shop.example"))
	g.begun = noon.Add(5 * time.Hour)
	q.publish(noon.Add(3*time.Hour + 2*time.Minute))
	if got := loadsOf(t, store, "shop.example", noon.Add(4*time.Hour)); len(got) != 3 || got[0] != 12 || got[1] != 2 || got[2] != 0 {
		t.Errorf("the next hours were published as %v, want 12, 2 and 0", got)
	}
}

func TestPublisherLosesNothingWhenTheStoreFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairway.db")
	store := openSQLite(t, path)
	p := idle(t, store, testPlan(t))
	f := p.of(p.metrics.site("shop.example"))
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.begun = noon
	load(p, f, noon, 5)
	if err := store.Destruct(); err != nil {
		t.Fatal(err)
	}
	p.flush(noon)

	back := openSQLite(t, path)
	t.Cleanup(func() { _ = back.Destruct() })
	p.store = back
	load(p, f, noon, 1)
	p.flush(noon)
	counts, err := back.Counts(context.Background(), "shop.example", p.plan.Calendar().Epoch(noon).String())
	if err != nil || counts["loads{route=home}"] != 6 {
		t.Errorf("the store holds %v, %v; want 6 loads", counts, err)
	}
}

// stores runs a test on each kind of store.
func stores(t *testing.T, test func(*testing.T, *Store)) {
	t.Run("sqlite", func(t *testing.T) {
		store := openSQLite(t, filepath.Join(t.TempDir(), "fairway.db"))
		t.Cleanup(func() { _ = store.Destruct() })
		test(t, store)
	})
	t.Run("postgres", func(t *testing.T) {
		store, err := (&Postgres{URL: startPostgres(t, false).schema()}).Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Destruct() })
		test(t, store)
	})
}

// hour is an epoch of a day in March.
func hour(n int) visit.Epoch {
	start := time.Date(2026, 3, 17, n, 0, 0, 0, time.UTC)
	return visit.Epoch{Start: start, End: start.Add(time.Hour)}
}

func TestStoreReleasesOnce(t *testing.T) {
	stores(t, func(t *testing.T, store *Store) {
		ctx := context.Background()
		e, f := hour(1).String(), hour(2).String()
		add := func(site string, counts ...Count) map[string]bool {
			t.Helper()
			late, err := store.Add(ctx, site, counts)
			if err != nil {
				t.Fatal(err)
			}
			return late
		}
		for range 3 {
			add("a", Count{e, "x", 2}, Count{e, "y", 1}, Count{f, "x", 7})
			add("b", Count{e, "x", 5})
		}
		release := func(keep bool, text string) bool {
			t.Helper()
			done, err := store.Release(ctx, "a", hour(1), time.Unix(1000, 0), keep, func(sums map[string]int64) ([]byte, error) {
				if len(sums) != 2 || sums["x"] != 6 || sums["y"] != 3 {
					t.Errorf("the sums are %v", sums)
				}
				return []byte(text), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		if _, err := store.Release(ctx, "a", hour(1), time.Unix(1000, 0), false, func(map[string]int64) ([]byte, error) { return nil, errors.New("no noise") }); err == nil {
			t.Error("published without noise")
		}
		if pending, err := store.Pending(ctx, "a"); err != nil || !slices.Equal(pending, []string{e, f}) {
			t.Errorf("pending are %q, %v", pending, err)
		}
		if !release(true, "one") || !release(true, "two") {
			t.Error("not published")
		}
		if late := add("a", Count{e, "x", 9}, Count{f, "x", 9}); !late[e] || late[f] {
			t.Errorf("late are %v", late)
		}
		if sums, err := store.Counts(ctx, "a", f); err != nil || sums["x"] != 30 {
			t.Errorf("the open epoch has %v, %v", sums, err)
		}
		if pending, err := store.Pending(ctx, "a"); err != nil || !slices.Equal(pending, []string{f}) {
			t.Errorf("pending are %q, %v", pending, err)
		}
		if found, err := store.Publications(ctx, "a", hour(0).Start, hour(9).Start); err != nil || len(found) != 1 || string(found[0]) != "one" {
			t.Errorf("published is %q, %v", found, err)
		}
		if last, ok, err := store.Last(ctx, "a"); err != nil || !ok || last.String() != e {
			t.Errorf("the last is %v, %v, %v", last, ok, err)
		}
		if _, ok, err := store.Last(ctx, "b"); err != nil || ok {
			t.Errorf("of another site: %v, %v", ok, err)
		}
	})
}

func TestStoreForgets(t *testing.T) {
	stores(t, func(t *testing.T, store *Store) {
		ctx := context.Background()
		released := []time.Time{hour(10).Start, hour(11).Start, hour(12).Start}
		for i, at := range released {
			if _, err := store.Add(ctx, "a", []Count{{hour(i).String(), "x", 1}}); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Release(ctx, "a", hour(i), at, true, func(map[string]int64) ([]byte, error) { return []byte("figures"), nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Forget(ctx, hour(1).Start, released[2]); err != nil {
			t.Fatal(err)
		}
		found, err := store.Publications(ctx, "a", hour(0).Start, hour(9).Start)
		if err != nil || len(found) != 2 {
			t.Errorf("%d publications are left, %v", len(found), err)
		}
		for i := range released {
			sums, err := store.Counts(ctx, "a", hour(i).String())
			if err != nil || len(sums) != i/2 {
				t.Errorf("of hour %d there are %v, %v", i, sums, err)
			}
		}
		// What is forgotten was published all the same.
		late, err := store.Add(ctx, "a", []Count{{hour(0).String(), "x", 1}})
		if err != nil || !late[hour(0).String()] {
			t.Errorf("a forgotten epoch takes sums: %v, %v", late, err)
		}
		done, err := store.Release(ctx, "a", hour(0), released[2], false, func(map[string]int64) ([]byte, error) {
			t.Error("noise was drawn twice")
			return []byte("again"), nil
		})
		if n, _ := store.Released(ctx, "a"); err != nil || !done || n != 3 {
			t.Errorf("published again: %v, %v, %d epochs", done, err, n)
		}
	})
}

// Several gateways publish the same epochs from the same store at once, while
// others still add: each epoch is drawn for once, and nothing that was added is
// lost, or told to be late and counted.
func TestOneGatewayReleases(t *testing.T) {
	stores(t, func(t *testing.T, store *Store) {
		const epochs, gateways, adds = 8, 4, 12
		ctx := context.Background()
		var draws [epochs]atomic.Int64
		var taken, published [epochs]atomic.Int64
		var wait sync.WaitGroup
		failed := func(err error) bool {
			if err != nil {
				t.Error(err)
			}
			return err != nil
		}
		for range gateways {
			wait.Go(func() {
				for range adds {
					for i := range epochs {
						late, err := store.Add(ctx, "a", []Count{{hour(i).String(), "x", 1}})
						if failed(err) {
							return
						}
						if !late[hour(i).String()] {
							taken[i].Add(1)
						}
					}
				}
				for i := range epochs {
					for done := false; !done; {
						var err error
						done, err = store.Release(ctx, "a", hour(i), hour(9).Start, false, func(sums map[string]int64) ([]byte, error) {
							draws[i].Add(1)
							published[i].Store(sums["x"])
							return []byte("figures"), nil
						})
						if failed(err) {
							return
						}
					}
				}
			})
		}
		wait.Wait()
		for i := range epochs {
			if draws[i].Load() != 1 || published[i].Load() != taken[i].Load() {
				t.Errorf("hour %d: drawn %d times, %d published of %d taken", i, draws[i].Load(), published[i].Load(), taken[i].Load())
			}
		}
		if pending, err := store.Pending(ctx, "a"); err != nil || len(pending) != 0 {
			t.Errorf("left behind are %q, %v", pending, err)
		}
	})
}

// A gateway whose time zone or epochs were changed publishes what was counted
// before the change too, and no hour twice.
func TestEpochsOfAnotherCalendarArePublished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairway.db")
	store := openSQLite(t, path)
	t.Cleanup(func() { _ = store.Destruct() })
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	old := idle(t, store, testPlan(t))
	f := old.of(old.metrics.site("shop.example"))
	f.begun = noon
	load(old, f, noon.Add(10*time.Minute), 8)
	old.flush(noon.Add(15 * time.Minute))
	load(old, f, noon.Add(70*time.Minute), 4)
	old.flush(noon.Add(75 * time.Minute))
	old.publish(noon.Add(75 * time.Minute)) // the first hour

	daily, err := visit.New(visit.Config{Embargo: time.Minute, Routes: []visit.Route{{Name: "home", Paths: []string{"/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	now := idle(t, store, daily)
	g := now.of(now.metrics.site("shop.example"))
	g.begun = noon.Add(80 * time.Minute)
	load(now, g, noon.Add(3*time.Hour), 16)
	now.flush(noon.Add(3 * time.Hour))
	now.publish(noon.Add(4 * time.Hour))
	now.publish(noon.Add(13 * time.Hour))
	got := loadsOf(t, store, "shop.example", noon.Add(13*time.Hour))
	if slices.Sort(got); !slices.Equal(got, []int64{4, 8, 16}) {
		t.Errorf("published are %v, want 4, 8 and 16", got)
	}
}

// A gateway whose clock is behind adds nothing to an epoch that another has
// published; that it came late is published with a later one.
func TestLateRecordsAreCounted(t *testing.T) {
	store := openSQLite(t, filepath.Join(t.TempDir(), "fairway.db"))
	t.Cleanup(func() { _ = store.Destruct() })
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	fast, slow := idle(t, store, testPlan(t)), idle(t, store, testPlan(t))
	var of [2]*figures
	for i, p := range []*publisher{fast, slow} {
		of[i] = p.of(p.metrics.site("shop.example"))
		of[i].begun = noon
	}
	load(fast, of[0], noon, 8)
	fast.flush(noon)
	load(slow, of[1], noon.Add(59*time.Minute), 3)
	fast.publish(noon.Add(62 * time.Minute))
	slow.flush(noon.Add(60*time.Minute + 30*time.Second))
	load(slow, of[1], noon.Add(61*time.Minute), 2)
	slow.flush(noon.Add(61 * time.Minute))
	if got := loadsOf(t, store, "shop.example", noon); !slices.Equal(got, []int64{8}) {
		t.Errorf("published are %v, want 8", got)
	}
	sums, err := store.Counts(context.Background(), "shop.example", slow.plan.Calendar().Epoch(noon.Add(time.Hour)).String())
	if err != nil || sums["late"] != 3 || sums["loads{route=home}"] != 2 {
		t.Errorf("the next hour has %v, %v; want 3 late records and 2 loads", sums, err)
	}
}

// A clock that was a day ahead has published what is not over. What comes until then
// by the right time is published as late, once, with the first epoch that can take it.
func TestClockThatWasAhead(t *testing.T) {
	store := openSQLite(t, filepath.Join(t.TempDir(), "fairway.db"))
	t.Cleanup(func() { _ = store.Destruct() })
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	p := idle(t, store, testPlan(t))
	f := p.of(p.metrics.site("shop.example"))
	f.begun = noon
	work := func(at time.Time, loads int) {
		load(p, f, at, loads)
		p.flush(at.Add(time.Second))
		p.publish(at.Add(time.Second))
	}
	work(noon, 8)
	work(noon.Add(24*time.Hour), 2)
	work(noon.Add(20*time.Minute), 3)
	work(noon.Add(21*time.Minute), 0)
	load(p, f, noon.Add(59*time.Minute), 1)
	work(noon.Add(2*time.Hour), 4) // which drains an hour that is closed by any clock
	work(noon.Add(24*time.Hour+10*time.Minute), 5)
	if got := loadsOf(t, store, "shop.example", noon); !slices.Equal(got, []int64{8}) {
		t.Errorf("published are %v, want 8", got)
	}
	sums, err := store.Counts(context.Background(), "shop.example", p.plan.Calendar().Epoch(noon.Add(24*time.Hour)).String())
	if err != nil || sums["late"] != 8 || sums["loads{route=home}"] != 7 {
		t.Errorf("the hour a day later has %v, %v; want 8 late records and 7 loads", sums, err)
	}
}

// The gauges of a month are those of its days, by whatever epochs it was published,
// and hold no more than days.
func TestGaugesOfShortEpochs(t *testing.T) {
	noise, err := release.Noise(1000)
	if err != nil {
		t.Fatal(err)
	}
	hide, err := release.Threshold(2)
	if err != nil {
		t.Fatal(err)
	}
	for name, privacy := range map[string]release.Privacy{"noise": noise, "threshold": hide} {
		t.Run(name, func(t *testing.T) {
			store := openSQLite(t, filepath.Join(t.TempDir(), "fairway.db"))
			t.Cleanup(func() { _ = store.Destruct() })
			plan, err := visit.New(visit.Config{Epoch: 2 * time.Hour, Embargo: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			p := idle(t, store, plan)
			p.privacy = privacy
			f := p.of(p.metrics.site("shop.example"))
			const days, each = 31, 1000
			f.begun = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			for d := range days {
				at := f.begun.AddDate(0, 0, d).Add(12 * time.Hour)
				counts := []Count{{p.plan.Calendar().Epoch(at).String(), "visitors{seen=new}", each}}
				if _, err := store.Add(context.Background(), "shop.example", counts); err != nil {
					t.Fatal(err)
				}
			}
			p.publish(f.begun.AddDate(0, 0, days).Add(2 * time.Minute))
			shown := make(map[string]float64)
			registry := prometheus.NewPedanticRegistry()
			registry.MustRegister(gauges{p})
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, family := range families {
				for _, m := range family.GetMetric() {
					if family.GetName() == "site_visitors" {
						shown[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue() // period comes before site
					}
				}
			}
			if len(shown) != 3 {
				t.Errorf("shown are %v", shown)
			}
			for period, n := range shown {
				want := map[string]float64{"day": each, "week": 7 * each, "month": 30 * each}[period]
				if math.Abs(n-want) > 100 {
					t.Errorf("%s: %v visitors, want %v", period, n, want)
				}
			}
		})
	}
}
