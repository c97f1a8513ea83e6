package consent

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// shop is a policy with something of everything.
func shop() *Facts {
	return &Facts{
		Purposes: []string{"necessary", "analytics", "advertising"},
		Cookies: []CookieFact{
			{"sid", "necessary", "30d"}, {"_ga", "analytics", "13mo"}, {"theme", "necessary", ""},
		},
		Partners: []PartnerFact{
			{Name: "acme-ads", Purpose: "advertising", Country: "US", Hosts: []string{"*.acme.example", "acme.test"}, Receives: []string{"order.total"}},
			{Name: "lens", Purpose: "analytics"},
		},
		Home: "CN",
	}
}

func TestChanges(t *testing.T) {
	tests := map[string]struct {
		change func(*Facts)
		want   []Change
	}{
		"nothing":  {func(*Facts) {}, nil},
		"an order": {func(f *Facts) { slices.Reverse(f.Cookies); slices.Reverse(f.Partners[0].Hosts) }, nil},
		"a purpose": {func(f *Facts) { f.Purposes = append(f.Purposes, "fraud") },
			[]Change{{PurposeAdded, "fraud", "", ""}}},
		"a purpose gone": {func(f *Facts) { f.Purposes = f.Purposes[:2] },
			[]Change{{PurposeRemoved, "advertising", "", ""}}},
		"a partner": {func(f *Facts) { f.Partners = append(f.Partners, PartnerFact{Name: "bid", Purpose: "advertising"}) },
			[]Change{{PartnerAdded, "bid", "", "advertising"}}},
		"a partner gone": {func(f *Facts) { f.Partners = f.Partners[:1] },
			[]Change{{PartnerRemoved, "lens", "analytics", ""}}},
		"a partner in every way": {func(f *Facts) {
			f.Partners[0] = PartnerFact{"acme-ads", "analytics", "CN", []string{"acme.test", "b.example", "a.example"}, nil}
		}, []Change{
			{PartnerPurpose, "acme-ads", "advertising", "analytics"},
			{PartnerCountry, "acme-ads", "US", "CN"},
			{PartnerReceives, "acme-ads", "order.total", ""},
			{PartnerHosts, "acme-ads", "", "a.example b.example"},
			{PartnerHosts, "acme-ads", "*.acme.example", ""},
		}},
		"the home": {func(f *Facts) { f.Home = "DE" }, []Change{{HomeMoved, "", "CN", "DE"}}},
		"cookies": {func(f *Facts) {
			f.Cookies = []CookieFact{{"sid", "necessary", "1y"}, {"_ga", "advertising", "13mo"}, {"new", "analytics", ""}}
		}, []Change{
			{CookiePurpose, "_ga", "analytics", "advertising"},
			{CookieAdded, "new", "", "analytics"},
			{CookieLifetime, "sid", "30d", "1y"},
			{CookieRemoved, "theme", "necessary", ""},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			after := shop()
			test.change(after)
			if got := Changes(shop(), after); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if asked := shop().Fingerprint() != after.Fingerprint(); asked != (test.want != nil) {
				t.Errorf("everyone is asked again: %v", asked)
			}
		})
	}
}

// drawFacts draws a policy with few names, so that two have much in common.
func drawFacts(t *rapid.T, label string) *Facts {
	word := rapid.SampledFrom([]string{"", "a", "b", "c"})
	words := rapid.SliceOfN(word, 0, 3)
	named := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "r"}), 0, 3, rapid.ID[string])
	f := &Facts{Purposes: []string{"necessary"}, Home: word.Draw(t, label)}
	for _, name := range named.Draw(t, label) {
		f.Cookies = append(f.Cookies, CookieFact{name, word.Draw(t, label), word.Draw(t, label)})
	}
	for _, name := range named.Draw(t, label) {
		f.Partners = append(f.Partners, PartnerFact{name, word.Draw(t, label), word.Draw(t, label), words.Draw(t, label), words.Draw(t, label)})
	}
	return f
}

// Something is listed exactly where everyone is asked again, and the way back
// lists as much as the way there.
func TestChangesAgreeWithFingerprint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFacts(t, "a"), drawFacts(t, "b")
		there, back := Changes(a, b), Changes(b, a)
		if (len(there) > 0) != (a.Fingerprint() != b.Fingerprint()) {
			t.Fatalf("%v, with the fingerprints %s and %s", there, a.Fingerprint(), b.Fingerprint())
		}
		if len(there) != len(back) {
			t.Fatalf("%v there and %v back", there, back)
		}
	})
}

func TestFactsOutliveJSON(t *testing.T) {
	data, err := json.Marshal(shop())
	if err != nil {
		t.Fatal(err)
	}
	var read Facts
	if err := json.Unmarshal(data, &read); err != nil || !reflect.DeepEqual(&read, shop()) {
		t.Errorf("%s was read as %+v, %v", data, read, err)
	}
}

func ExampleChanges() {
	before := &Facts{Purposes: []string{"necessary", "analytics"}, Cookies: []CookieFact{{"_ga", "analytics", "13mo"}}}
	after := &Facts{Purposes: []string{"necessary", "analytics"}, Cookies: []CookieFact{{"_ga", "analytics", "2y"}}}
	for _, change := range Changes(before, after) {
		fmt.Println(change.Kind, change.Name, change.From, change.To)
	}
	// Output: cookie-lifetime _ga 13mo 2y
}
