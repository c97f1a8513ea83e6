package consent

import "testing"

func TestStates(t *testing.T) {
	var r Regimes
	for _, set := range []struct {
		code   string
		regime Regime
	}{{"US-CA", OptIn}, {"other", OptIn}, {"US", OptOut}, {"US-WA", OptIn}} {
		if err := r.Set(set.code, set.regime); err != nil {
			t.Fatal(err)
		}
	}
	us := Country{'U', 'S'}
	for name, test := range map[string]struct {
		country Country
		state   State
		want    Regime
	}{
		"a state of its own":       {us, State{'C', 'A'}, OptIn},
		"a state like the country": {us, State{'T', 'X'}, OptOut},
		"a state that isn't known": {us, State{}, OptOut},
		"a state that isn't there": {us, State{'X', 'X'}, OptOut},
		"Ontario":                  {Country{'C', 'A'}, State{'W', 'A'}, OptIn},
		"the same, elsewhere":      {Country{'A', 'U'}, State{'W', 'A'}, OptIn},
	} {
		if got := r.In(test.country, test.state); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	p := &Policy{Regimes: r, Renew: 1}
	var err error
	if p.Vocabulary, err = NewVocabulary(); err != nil {
		t.Fatal(err)
	}
	if d := p.Decide(&Input{Country: us, State: State{'C', 'A'}}); d.Regime != OptIn || d.State.String() != "US-CA" {
		t.Errorf("in California the decision is %+v", d)
	}
	if d := p.Decide(&Input{Country: us, State: State{'T', 'X'}, Unsure: true}); d.Regime != OptIn {
		t.Errorf("who can't be placed has %s", d.Regime)
	}
}

func TestParseState(t *testing.T) {
	for _, code := range []string{"US-AL", "US-DC", "US-WY", "US-CA"} {
		if s, err := ParseState(code); err != nil || s.String() != code {
			t.Errorf("%s was read as %q, %v", code, s, err)
		}
	}
	for _, bad := range []string{"", "US", "CA", "US-", "US-ca", "US-XX", "US-PR", "us-CA", "CA-ON", "US-CAL", "US- A", "US-L ", "US_CA"} {
		if s, err := ParseState(bad); err == nil {
			t.Errorf("%q was read as %s", bad, s)
		}
		var r Regimes
		if bad != "US" && bad != "CA" && r.Set(bad, OptOut) == nil {
			t.Errorf("%q was given a regime", bad)
		}
	}
}

func BenchmarkRegime(b *testing.B) {
	var r Regimes
	for _, code := range []string{"EU", "US-CA", "other"} {
		if err := r.Set(code, OptIn); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Set("US", OptOut); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r.In(unitedStates, State{'C', 'A'}) != OptIn {
			b.Fatal("California lost its regime")
		}
	}
}
