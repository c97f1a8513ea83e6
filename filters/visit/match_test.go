package visit

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRoutes(t *testing.T) {
	p, err := New(Config{Routes: []Route{
		{"all-shop", []string{"/shop/*"}},
		{"sale", []string{"/shop/sale/*", "/sale"}},
		{"home", []string{"/"}},
		{"page", []string{"*.html"}},
		{"checkout", []string{"*checkout*"}},
		{"cart", []string{"/*/cart"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": "home", "/shop/": "all-shop", "/shop": "other", "/shop/x": "all-shop", "/shop/sale/x": "sale", "/sale": "sale", "/sale/": "other",
		"/SHOP/Sale/X": "sale", "/about.html": "page", "/about.html?x=1#y": "page", "/a/checkout-2": "checkout", "/de/cart": "cart", "/de/x/cart": "other",
		"//shop//x": "all-shop", "/a/../shop/x": "all-shop", "/%73hop/x": "all-shop", "/shop%2Fx": "all-shop", "/shop/../../etc": "other",
		"": "other", "shop/x": "other", "/%zz": "other", "/./": "home", "?x": "other", "/" + strings.Repeat("a", 70000): "other",
		"/shop/" + strings.Repeat("a", 2000): "all-shop",
	} {
		if got := p.route.Values[p.placeOf("", canonicalPath(path))]; got != want {
			t.Errorf("%.40q is %s, want %s", path, got, want)
		}
	}
	if got := p.route.Values[p.placeOf("sale", "/")]; got != "sale" {
		t.Errorf("the route sale by name is %s", got)
	}
}

func TestStarIsEverything(t *testing.T) {
	p, err := New(Config{Routes: []Route{{"rest", []string{"*"}}, {"home", []string{"/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/": "home", "/x/y": "rest", "": "other"} {
		if got := p.route.Values[p.placeOf("", canonicalPath(path))]; got != want {
			t.Errorf("%q is %s, want %s", path, got, want)
		}
	}
}

func TestGoalsByPathAreEachOnce(t *testing.T) {
	m := newMatcher()
	for i, patterns := range [][]string{{"/done", "/do*", "*ne"}, {"*"}, {"/x"}} {
		for _, pattern := range patterns {
			if err := m.add(pattern, i); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.compile()
	var got []int
	m.each("/done", func(goal int) bool { got = append(got, goal); return true })
	if !slices.Equal(got, []int{0, 1}) {
		t.Errorf("goals %v", got)
	}
}

func TestConfigErrors(t *testing.T) {
	many := make([]string, 676)
	for i := range many {
		many[i] = "c" + strings.Repeat("x", i%30) + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	for name, c := range map[string]Config{
		"no path":        {Routes: []Route{{"x", nil}}},
		"bad path":       {Routes: []Route{{"x", []string{"x"}}}},
		"bad glob":       {Routes: []Route{{"x", []string{"/[*/x"}}}},
		"bad name":       {Routes: []Route{{"a b", []string{"/"}}}},
		"twice":          {Routes: []Route{{"a", []string{"/"}}, {"a", []string{"/x"}}}},
		"other":          {Campaigns: []string{"other"}},
		"long campaign":  {Campaigns: []string{strings.Repeat("a", 41)}},
		"65 goals":       {Goals: make([]Goal, 65)},
		"embargo":        {Embargo: -1},
		"epoch":          {Epoch: 5},
		"value":          {MaxValue: -1},
		"cross of one":   {Crosses: [][]string{{"country"}}},
		"cross twice":    {Crosses: [][]string{{"country", "device"}, {"country", "device"}}},
		"cross itself":   {Crosses: [][]string{{"country", "country"}}},
		"cross unknown":  {Crosses: [][]string{{"country", "shoe-size"}}},
		"too many cells": {Campaigns: many, Goals: goals(64), MaxValue: 1, Routes: []Route{{"x", []string{"/"}}}},
		"a large cross":  {Crosses: [][]string{{"country", "language", "referrer"}}},
		"large crosses":  {Crosses: [][]string{{"country", "language"}, {"country", "referrer", "device"}}},
		"a cross turned": {Crosses: [][]string{{"country", "device"}, {"device", "country"}}},
		"no login":       {Crosses: [][]string{{"country", "registered"}}},
		"a site's name":  {Referrers: []Referrer{{"search", nil}}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(Config{}); err != nil {
		t.Errorf("the zero config: %v", err)
	}
}

func goals(n int) []Goal {
	g := make([]Goal, n)
	for i := range g {
		g[i].Name = "g" + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	return g
}

func TestKeysAreStable(t *testing.T) {
	p := shop(t)
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.Uint32Range(0, uint32(p.Len()-1)).Draw(t, "cell")
		key := p.Key(cell)
		back, ok := p.Cell(key)
		if !ok || back != cell {
			t.Fatalf("cell %d is %s, which is cell %d (%v)", cell, key, back, ok)
		}
	})
}

func TestCountsSurviveAChangeOfConfig(t *testing.T) {
	p := shop(t)
	counts, unknown := p.Counts(func(yield func(string, int64) bool) {
		_ = yield("visits{route=product}", 3) && yield("visits{route=gone}", 4) && yield("visits{route=other}", 5) &&
			yield("visits{planet=mars}", 6) && yield("visitors{seen=d1.9}", 7) && yield("nonsense{", 8)
	})
	get := func(key string) int64 {
		cell, ok := p.Cell(key)
		if !ok {
			t.Fatalf("no cell %s", key)
		}
		return counts[cell]
	}
	if get("visits{route=product}") != 3 || get("visits{route=other}") != 9 || unknown != 21 {
		t.Errorf("product %d, other %d, unknown %d", get("visits{route=product}"), get("visits{route=other}"), unknown)
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/a/../b?c#d")
	f.Add("/%2e%2e//x/./")
	f.Fuzz(func(t *testing.T, s string) {
		p := canonicalPath(s)
		if p == "" {
			return
		}
		if p[0] != '/' || strings.Contains(p, "//") || strings.Contains(p, "/../") || strings.Contains(p, "/./") {
			t.Errorf("%q is not canonical: %q", s, p)
		}
	})
}

func FuzzKey(f *testing.F) {
	f.Add("visits{route=product}")
	f.Add("engaged")
	f.Add("stay{route=home,stay=0-3s}")
	p := shop(f)
	f.Fuzz(func(t *testing.T, s string) {
		if cell, ok := p.Cell(s); ok {
			id, _, _ := SplitKey(s)
			if got, _, _ := SplitKey(p.Key(cell)); got != id {
				t.Errorf("%q went to %s", s, p.Key(cell))
			}
		}
	})
}
