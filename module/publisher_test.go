package module

import (
	"context"
	"path/filepath"
	"testing"
	"time"

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
	p := newPublisher(plan, time.UTC, privacy, store, newMetrics(), zap.NewNop(), func() {})
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
	publications, err := decodePublications(data)
	if err != nil {
		t.Fatal(err)
	}
	var loads []int64
	for _, p := range publications {
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

func TestStoreAddsAcrossGateways(t *testing.T) {
	store := openSQLite(t, filepath.Join(t.TempDir(), "fairway.db"))
	t.Cleanup(func() { _ = store.Destruct() })
	ctx := context.Background()
	for range 3 {
		if err := store.Add(ctx, []Count{{"a", "e", "x", 2}, {"a", "e", "y", 1}, {"b", "e", "x", 5}}); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := store.Counts(ctx, "a", "e")
	if err != nil || len(counts) != 2 || counts["x"] != 6 || counts["y"] != 3 {
		t.Errorf("the sums are %v, %v", counts, err)
	}
	first, err := store.Publish(ctx, "a", "e", time.Unix(100, 0), []byte("one"))
	if err != nil || string(first) != "one" {
		t.Errorf("the first publication is %q, %v", first, err)
	}
	second, err := store.Publish(ctx, "a", "e", time.Unix(100, 0), []byte("two"))
	if err != nil || string(second) != "one" {
		t.Errorf("after a second publication %q stands, %v", second, err)
	}
	if counts, _ := store.Counts(ctx, "a", "e"); len(counts) != 0 {
		t.Errorf("after publication the sums are still there: %v", counts)
	}
	if err := store.Prune(ctx, time.Unix(101, 0)); err != nil {
		t.Fatal(err)
	}
	if left, _ := store.Publications(ctx, "a", time.Unix(0, 0), time.Unix(200, 0)); len(left) != 0 {
		t.Errorf("after pruning there are %d publications", len(left))
	}
}
