package module

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// A store is read in the days that its figures were made in, without a configuration.
func TestStoreRemembersTheCalendar(t *testing.T) {
	for name, opener := range map[string]func(t *testing.T) Opener{
		"sqlite":   func(t *testing.T) Opener { return &SQLite{Path: filepath.Join(t.TempDir(), "fairway.db")} },
		"postgres": func(t *testing.T) Opener { return &Postgres{URL: startPostgres(t, false).schema()} },
	} {
		t.Run(name, func(t *testing.T) {
			h := &household{opener: opener(t)}
			store, err := h.opener.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Destruct() })
			if c, ok, err := store.Calendar(t.Context(), "shop.example"); ok || err != nil {
				t.Errorf("before any figures: %+v, %v", c, err)
			}
			now := time.Date(2026, 3, 17, 20, 30, 0, 0, time.UTC) // already the 18th in Shanghai
			for _, c := range []SiteCalendar{{"Europe/Berlin", time.Hour, time.Minute}, {"Asia/Shanghai", 24 * time.Hour, 2 * time.Hour}} {
				publishBy(t, store, c, now)
				if got, ok, err := store.Calendar(t.Context(), "shop.example"); got != c || !ok || err != nil {
					t.Errorf("%+v, %v, %v: want %+v", got, ok, err, c)
				}
			}
			closes := time.Date(2026, 3, 18, 18, 0, 0, 0, time.UTC)
			for timezone, want := range map[string]string{"": "Asia/Shanghai", "America/New_York": "America/New_York"} {
				r, err := reportPublished(t.Context(), h, "", timezone, url.Values{"days": {"7"}}, now)
				if err != nil {
					t.Fatal(err)
				}
				if r.Zone != want || r.Published == 0 || r.Next == nil || !r.Next.Equal(closes) {
					t.Errorf("--timezone %q: %d days in %s, the next is published %v", timezone, r.Published, r.Zone, r.Next)
				}
			}
		})
	}
}

// publishBy publishes the days of a site by a calendar up to a time.
func publishBy(t *testing.T, store *Store, c SiteCalendar, now time.Time) {
	t.Helper()
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := visit.New(visit.Config{Zone: zone, Epoch: c.Epoch, Embargo: c.Embargo})
	if err != nil {
		t.Fatal(err)
	}
	p := idle(t, store, plan)
	p.zone = zone
	f, err := newFigures("shop.example", plan, now.Add(-48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.publishSite(t.Context(), f, now); err != nil {
		t.Fatal(err)
	}
}
