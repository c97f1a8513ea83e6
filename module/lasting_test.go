package module_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/module"
)

// Cookies end by the gateway's clock, however long a browser keeps them.
func TestCookiesEndByTheSharedClock(t *testing.T) {
	begin := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	clock := module.UseManualClock(begin)
	t.Cleanup(clock.Forget)
	c := &counted{store: filepath.Join(t.TempDir(), "figures.db")}
	c.gate = start(t, site("consent {\npolicy 2026-01-01 {\nrenew 3y\n}\nstore sqlite "+c.store+"\n}", "consent"), nil)
	v := c.caller()
	v.accept("analytics")
	v.load(`{"path":"/"}`)
	consent, dates := v.jar["consent"], v.jar["dates"]
	if consent == "" || dates == "" {
		t.Fatalf("the browser holds %v", v.jar)
	}
	for what, test := range map[string]struct {
		now     time.Time
		granted bool
		first   string // day of the device, as it is known then
	}{
		"the same day":                    {begin, true, "2026-03-17"},
		"after a year":                    {begin.AddDate(1, 0, 0), true, "2026-03"},
		"the last of the 13 months":       {time.Date(2027, 3, 31, 9, 0, 0, 0, time.UTC), true, "2026-03"},
		"after 13 months":                 {time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC), true, "2027-04-01"},
		"after 400 days":                  {begin.AddDate(0, 0, 400), true, "2027-04-21"},
		"after 401 days":                  {begin.AddDate(0, 0, 401), false, ""},
		"by a clock that was two days on": {begin.AddDate(0, 0, -2), false, ""},
	} {
		clock.Set(test.now)
		old := c.caller()
		old.jar["consent"], old.jar["dates"] = consent, dates
		old.load(`{"path":"/"}`)
		var held struct {
			Granted []string
			Cookies struct {
				Dates *struct{ First, Last string }
			}
		}
		if a := old.send(http.MethodGet, "/.consent/me?format=json", ""); json.Unmarshal([]byte(a.body), &held) != nil {
			t.Fatalf("%s: %s", what, a.body)
		}
		if slices.Contains(held.Granted, "analytics") != test.granted {
			t.Errorf("%s: %v is granted", what, held.Granted)
		}
		if test.first == "" {
			if old.jar["dates"] != dates {
				t.Errorf("%s: a device was counted without consent", what)
			}
			continue
		}
		if d := held.Cookies.Dates; d == nil || d.First != test.first || d.Last != test.now.Format(time.DateOnly) {
			t.Errorf("%s: the device's dates are %+v, its first day should be %s", what, d, test.first)
		}
	}
}
