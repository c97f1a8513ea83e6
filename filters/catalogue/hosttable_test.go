package catalogue_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/catalogue"
)

func TestHostTable(t *testing.T) {
	var table catalogue.HostTable[string]
	for _, pattern := range []string{
		"ads.example", "*.below.example", "both.example", "*.both.example", "cdn.ads.example",
		"*.deep.ads.example", "Upper.Example.", "bücher.example", "203.0.113.7", "localhost",
	} {
		if err := table.Add(pattern, pattern); err != nil {
			t.Fatal(err)
		}
	}
	for host, want := range map[string]string{
		"ads.example":           "ads.example",
		"a.ads.example":         "ads.example",
		"a.b.c.ads.example":     "ads.example",
		"cdn.ads.example":       "cdn.ads.example",
		"x.cdn.ads.example":     "cdn.ads.example",
		"deep.ads.example":      "ads.example",
		"x.deep.ads.example":    "*.deep.ads.example",
		"below.example":         "",
		"x.below.example":       "*.below.example",
		"both.example":          "both.example",
		"x.both.example":        "*.both.example",
		"upper.example":         "Upper.Example.",
		"xn--bcher-kva.example": "bücher.example",
		"203.0.113.7":           "203.0.113.7",
		"localhost":             "localhost",
		"x.localhost":           "localhost",
		"badads.example":        "",
		"ads.example.evil.test": "",
		"example":               "",
		"":                      "",
		".":                     "",
		"..ads.example":         "ads.example",
		strings.Repeat("a.", 126) + "ads.example": "ads.example",
	} {
		if got, ok := table.Lookup(host); got != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v, want %q", host, got, ok, want)
		}
		if got, _ := table.LookupBytes([]byte(host)); got != want {
			t.Errorf("LookupBytes(%q) = %q, want %q", host, got, want)
		}
	}
	if err := table.Add("ads.example", "again"); err != nil {
		t.Fatal(err)
	}
	if got, _ := table.Lookup("ads.example"); got != "again" {
		t.Errorf("the same pattern again: %q", got)
	}
}

func TestHostTableRefuses(t *testing.T) {
	var table catalogue.HostTable[int]
	for _, pattern := range []string{
		"", ".", "*", "*.", "a..example", "-a.example", "a-.example", "a b.example", "a.example:443", "https://a.example",
		"a.*.example", "*a.example", "[::1]", "1.2.3", "300.1.1.1", "a.1", strings.Repeat("a", 64) + ".example",
		strings.Repeat("a.", 130) + "example", "a/b.example", "bad\x00.example",
	} {
		if err := table.Add(pattern, 1); err == nil {
			t.Errorf("Add(%q) succeeded", pattern)
		} else if !strings.Contains(err.Error(), "expected") {
			t.Errorf("Add(%q): %v does not say what was expected", pattern, err)
		}
	}
	if table.Len() != 0 {
		t.Errorf("%d names in the table", table.Len())
	}
	if _, ok := table.Lookup("a.example"); ok {
		t.Error("an empty table finds something")
	}
}

// A table answers as comparing with every pattern would.
func TestHostTableAgainstAll(t *testing.T) {
	label := rapid.SampledFrom([]string{"a", "b", "c"})
	name := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(label, 1, 4).Draw(t, "labels"), ".")
	})
	rapid.Check(t, func(t *rapid.T) {
		var table catalogue.HostTable[string]
		patterns := make(map[string]bool)
		for range rapid.IntRange(0, 8).Draw(t, "patterns") {
			pattern := rapid.SampledFrom([]string{"", "*."}).Draw(t, "star") + name.Draw(t, "name")
			patterns[pattern] = true
			if err := table.Add(pattern, pattern); err != nil {
				t.Fatal(err)
			}
		}
		host := name.Draw(t, "host")
		// From the most to the least specific: the host, then what is below its
		// parent, its parent, and so on.
		want := ""
		for rest, first := host, true; want == ""; first = false {
			if !first && patterns["*."+rest] {
				want = "*." + rest
			} else if patterns[rest] {
				want = rest
			}
			_, parent, ok := strings.Cut(rest, ".")
			if !ok {
				break
			}
			rest = parent
		}
		if got, ok := table.Lookup(host); got != want || ok != (want != "") {
			t.Fatalf("Lookup(%q) = %q, want %q among %v", host, got, want, patterns)
		}
	})
}

func TestLookupsDoNotAllocate(t *testing.T) {
	table := builtinTable(t)
	host := []byte("a.b.www.google-analytics.com")
	endpoints := builtinEndpoints(t)
	scripts := builtinScripts(t)
	text := []byte(`var a = 1; s.src = 'https://www.google-analytics.com/analytics.js'; ga('create', 'UA-1'); b.c.d();`)
	for name, f := range map[string]func(){
		"Lookup":      func() { table.Lookup("a.b.www.google-analytics.com") },
		"LookupBytes": func() { table.LookupBytes(host) },
		"Endpoints":   func() { endpoints.Match("/metrics/g/collect", "v=2&tid=G-1&en=page_view", nil) },
		"Scripts":     func() { scripts.Match(text, 0) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
