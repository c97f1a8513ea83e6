package module

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	descName = regexp.MustCompile(`fqName: "([^"]*)"`)
	metric   = regexp.MustCompile(`\b(?:consent|site)_[a-z_]+\b`)
)

// The dashboard of Grafana and the alert rules ask for metrics that there are, and
// with labels that those have.
func TestMonitoringNamesMetrics(t *testing.T) {
	registry := new(collectors)
	if err := newMetrics().register(registry); err != nil {
		t.Fatal(err)
	}
	registry.all = append(registry.all, gauges{})
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		for _, c := range registry.all {
			c.Describe(descs)
		}
	}()
	known := make(map[string]string)
	for desc := range descs {
		text := desc.String()
		known[descName.FindStringSubmatch(text)[1]] = text[strings.Index(text, "variableLabels"):]
	}
	if len(known) < 20 {
		t.Fatalf("only %d metrics are known", len(known))
	}
	selector := regexp.MustCompile(`\b((?:consent|site)_[a-z_]+)\{([^}]*)\}`)
	label := regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	for _, file := range []string{"dashboard/grafana.json", "dashboard/alerts.yml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names := metric.FindAllString(string(data), -1)
		slices.Sort(names)
		names = slices.Compact(names)
		if len(names) < 8 {
			t.Errorf("%s names only %d metrics", file, len(names))
		}
		for _, name := range names {
			if _, ok := known[base(name)]; !ok {
				t.Errorf("%s asks for %s, which there is not", file, name)
			}
		}
		for _, m := range selector.FindAllStringSubmatch(strings.ReplaceAll(string(data), `\"`, `"`), -1) {
			for _, l := range label.FindAllStringSubmatch(m[2], -1) {
				if !strings.Contains(known[base(m[1])], l[1]) {
					t.Errorf("%s selects %s by %s, which it has not", file, m[1], l[1])
				}
			}
		}
	}
}

// base is a histogram's name without the suffix of its series.
func base(name string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// collectors gathers what is registered.
type collectors struct{ all []prometheus.Collector }

func (c *collectors) Register(x prometheus.Collector) error { c.all = append(c.all, x); return nil }

func (c *collectors) MustRegister(x ...prometheus.Collector) { c.all = append(c.all, x...) }

func (c *collectors) Unregister(prometheus.Collector) bool { return false }
