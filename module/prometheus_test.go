package module_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// prometheus is a server of a test's own that scrapes one gateway.
type prometheus struct {
	t       testing.TB
	address string
}

func startPrometheus(t testing.TB, target string) *prometheus {
	t.Helper()
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("prometheus is not installed: run testdata/needs")
		}
		t.Skip("prometheus is not installed: run testdata/needs")
	}
	config := writeFile(t, "prometheus.yml", fmt.Sprintf(
		"global: {scrape_interval: 500ms}\nscrape_configs: [{job_name: gateway, static_configs: [{targets: [%q]}]}]\n", target))
	p := &prometheus{t: t, address: "127.0.0.1:" + freePort(t)}
	cmd := exec.Command(binary, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(),
		"--web.listen-address="+p.address, "--log.level=error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return p
}

// query returns the values of an instant query by the label of that name, nil
// while the server can't answer.
func (p *prometheus) query(expression, label string) map[string]float64 {
	p.t.Helper()
	response, err := http.Get("http://" + p.address + "/api/v1/query?" + url.Values{"query": {expression}}.Encode())
	if err != nil {
		return nil // it has not started yet
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any // the time, and the value as text
			}
		}
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil {
		return nil
	}
	found := make(map[string]float64)
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		if found[r.Metric[label]], err = strconv.ParseFloat(text, 64); err != nil {
			p.t.Fatalf("%s: the value is %q", expression, text)
		}
	}
	return found
}

// checkPrometheus has a real Prometheus scrape a gateway, and compares what it
// tells with what was published.
func checkPrometheus(t *testing.T, l *life) {
	t.Helper()
	p := startPrometheus(t, l.nodes[0].metrics)
	for end := time.Now().Add(30 * time.Second); len(p.query("site_visits", "route")) == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no figures were scraped: up is %v", p.query("up", "job"))
		}
	}
	if up := p.query("up", "job"); up["gateway"] != 1 {
		t.Errorf("the target is not up: %v", up)
	}
	s := release.NewSeries(l.published(t))
	_, last, _ := s.Range()
	check := func(expression, label string, want map[string]release.Figure) {
		t.Helper()
		got := p.query(expression, label)
		for value, f := range want {
			if found, ok := got[value]; ok != f.OK || ok && found != max(f.Value, 0) {
				t.Errorf("%s of %q is %v (scraped %v), published was %+v", expression, value, found, ok, f)
			}
		}
	}
	check("site_visitors", "period", map[string]release.Figure{
		"day": s.Visitors(last, last), "week": s.Visitors(last-6, last), "month": s.Visitors(last-29, last),
	})
	routes := make(map[string]release.Figure)
	for _, route := range []string{"home", "product", "checkout", "other"} {
		routes[route] = s.Sum(last, last, "visits", release.Label{Name: "route", Value: route})
	}
	check("site_visits", "route", routes)
	check("site_campaign_reach", "campaign", map[string]release.Figure{"spring": s.Reach(last, last, "spring")})
	check("site_returning_visitors", "site", map[string]release.Figure{"shop.example": s.Returning(last, last)})
	check("site_retention_ratio", "day", map[string]release.Figure{"7": s.DayRetention(last-7-29, last-7, 7)})
	check(`site_campaign_conversions{campaign="spring"}`, "goal", map[string]release.Figure{"order": s.Conversions(last, last, "spring", "order")})
	check("site_epoch_timestamp_seconds", "site", map[string]release.Figure{"shop.example": {Value: float64(l.plan.Calendar().Start(last + 1).Unix()), OK: true}})
	if medians := p.query("site_stay_seconds_median", "route"); len(medians) == 0 {
		t.Error("no median of the time on a page was scraped")
	}
	if last != lifeStart+visit.Day(len(l.raw))-1 {
		t.Errorf("the last published day is %v", last)
	}
}
