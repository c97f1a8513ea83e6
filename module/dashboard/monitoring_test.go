package dashboard

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exported are the gateway's metrics with their labels, beside site.
var exported = map[string]string{
	"consent_requests_total":       "mode regime",
	"consent_cookies_total":        "direction action purpose",
	"consent_beacons_total":        "element action partner",
	"consent_identifiers_total":    "kind place action",
	"consent_decisions_total":      "purpose decision mechanism",
	"consent_failures_total":       "stage",
	"consent_filter_seconds":       "stage",
	"consent_requests_overdue":     "",
	"site_visits":                  "route",
	"site_page_loads":              "route",
	"site_bots":                    "class",
	"site_suspect_ratio":           "",
	"site_beacon_ratio":            "",
	"site_privacy_epsilon":         "",
	"site_visitors":                "period",
	"site_returning_visitors":      "",
	"site_retention_ratio":         "day",
	"site_stay_seconds_median":     "route",
	"site_campaign_reach":          "campaign",
	"site_campaign_conversions":    "campaign goal",
	"site_epoch_timestamp_seconds": "",
}

var (
	metricName = regexp.MustCompile(`\b(?:consent|site)_[a-z_]+\b`)
	grouping   = regexp.MustCompile(`by \(([a-z, ]*)\)`)
)

// checkExpression returns the metrics of a query, all of which must be known, as
// must the labels that it groups by.
func checkExpression(t *testing.T, expr string) (names []string) {
	t.Helper()
	labels := []string{"site", "le"}
	for _, name := range metricName.FindAllString(expr, -1) {
		name = strings.TrimSuffix(name, "_bucket")
		of, ok := exported[name]
		if !ok {
			t.Errorf("no metric %q: %s", name, expr)
		}
		names, labels = append(names, name), append(labels, strings.Fields(of)...)
	}
	for _, m := range grouping.FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(m[1], ", ") {
			if !slices.Contains(labels, label) {
				t.Errorf("no label %q: %s", label, expr)
			}
		}
	}
	return names
}

func TestGrafana(t *testing.T) {
	data, err := os.ReadFile("grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	type box struct{ X, Y, W, H int }
	var board struct {
		UID    string
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos box
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	ids := make(map[int]bool)
	for i, p := range board.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d has no title or another's id", p.ID)
		}
		ids[p.ID] = true
		if (len(p.Targets) == 0) != (p.Type == "row") {
			t.Errorf("%s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			for _, name := range checkExpression(t, target.Expr) {
				used[name] = true
			}
			if !strings.Contains(target.Expr, `site=~"$site"`) {
				t.Errorf("%s shows all sites", p.Title)
			}
		}
		a := p.GridPos
		if a.X+a.W > 24 {
			t.Errorf("%s is off the grid", p.Title)
		}
		for _, q := range board.Panels[:i] {
			if b := q.GridPos; a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%s lies on %s", p.Title, q.Title)
			}
		}
	}
	for name := range exported {
		if !used[name] {
			t.Errorf("%s is not shown", name)
		}
	}
}

func TestAlerts(t *testing.T) {
	data, err := os.ReadFile("alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n += len(checkExpression(t, line))
	}
	if n < 9 {
		t.Errorf("only %d metrics are watched", n)
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("promtool is not installed: run testdata/needs")
		}
		t.Skip("promtool is not installed: run testdata/needs")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "testdata/alerts_test.yml"}} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
