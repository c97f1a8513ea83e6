package module

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/module/dashboard"
)

// What is read by and by is what is read at once, also where an epoch was published
// late.
func TestSiteIsReadOn(t *testing.T) {
	store := openSQLite(t, filepath.Join(t.TempDir(), "fairway.db"))
	t.Cleanup(func() { _ = store.Destruct() })
	now := time.Now()
	loads := func(r *siteReader) (value float64, days int) {
		t.Helper()
		site, err := r.read(t.Context(), store, "shop.example", time.UTC, now)
		if err != nil {
			t.Fatal(err)
		}
		report, err := dashboard.New(map[string][]string{"days": {"30"}}, site, time.Time{}, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range report.Headlines {
			if h.Name == "page_loads" {
				value = h.Now.Value
			}
		}
		return value, report.Published
	}
	reader := new(siteReader)
	if _, days := loads(reader); days != 0 {
		t.Errorf("%d days of nothing", days)
	}
	for _, step := range []struct{ days, last int }{{3, 12}, {1, 11}, {2, 8}, {1, 10}, {0, 0}, {2, 2}} {
		if step.days > 0 {
			PublishDays(t, store, "shop.example", step.days, DaysAgo(step.last))
		}
		PublishDays(t, store, "other.example", 1, DaysAgo(step.last+1))
		before, _ := loads(reader)
		now = now.Add(siteAge - 1)
		if again, _ := loads(reader); again != before {
			t.Error("the store was asked at once")
		}
		now = now.Add(1)
		value, days := loads(reader)
		if all, of := loads(new(siteReader)); value != all || days != of || value != float64(100*days) {
			t.Errorf("after %+v: %v page loads on %d days, at once %v on %d", step, value, days, all, of)
		}
	}
	sites, err := store.Sites(t.Context())
	if err != nil || len(sites) != 2 || sites[0] != "other.example" || sites[1] != "shop.example" {
		t.Errorf("%v, %v", sites, err)
	}
}
