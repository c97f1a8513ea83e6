package consent

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func vocabulary(t testing.TB, declared ...string) *Vocabulary {
	t.Helper()
	v, err := NewVocabulary(declared...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVocabulary(t *testing.T) {
	v := vocabulary(t, "analytics", "fraud-check", "x2")
	for name, want := range map[string]Purpose{"necessary": Necessary, "cross-border": CrossBorder, "fraud-check": builtin, "x2": builtin + 1} {
		if p, ok := v.Lookup(name); !ok || p != want || v.Name(p) != name {
			t.Errorf("%s is %v, %v", name, p, ok)
		}
	}
	if v.Name(None) != "undeclared" || v.Name(63) != "undeclared" {
		t.Error("what is unknown has a name")
	}
	if got := v.List(Of(Analytics, Necessary, builtin)); got != "necessary, analytics, fraud-check" {
		t.Errorf("the list is %q", got)
	}
	for _, bad := range []string{"", "Analytics", "1st", "-x", "a b", "a_b", "ä"} {
		if _, err := NewVocabulary(bad); err == nil {
			t.Errorf("%q was accepted as a name", bad)
		}
	}
	many := make([]string, MaxPurposes)
	for i := range many {
		many[i] = "p" + strings.Repeat("x", i)
	}
	if _, err := NewVocabulary(many...); err == nil {
		t.Error("more purposes than a set holds were accepted")
	}
}

func TestSet(t *testing.T) {
	s := Of(Necessary, None, Location)
	if s.Has(None) || !s.Has(Location) || s.Has(Analytics) || s.Len() != 2 {
		t.Errorf("the set is %b", s)
	}
	if got := s.Without(Of(Location)); got != Of(Necessary) {
		t.Errorf("without location it is %b", got)
	}
}

func TestDecide(t *testing.T) {
	v := vocabulary(t)
	p := &Policy{Vocabulary: v, Fingerprint: 7, Renew: 180}
	if err := p.Regimes.Set("US", OptOut); err != nil {
		t.Fatal(err)
	}
	us, gb := Country{'U', 'S'}, Country{'G', 'B'}
	chose := func(day Day, set Set) Input {
		return Input{Today: 1000, Chose: true, Choice: Choice{Fingerprint: 7, Day: day, Granted: set}, Country: gb}
	}
	all := v.All()
	optOut := all.Without(Of(Location, Device, CrossBorder))
	tests := map[string]struct {
		in        Input
		granted   Set
		mechanism Mechanism
		decided   Day
	}{
		"nothing known":            {Input{Today: 1000}, Of(Necessary), ByDefault, 0},
		"opt-out":                  {Input{Today: 1000, Country: us}, optOut, ByDefault, 0},
		"opt-out, unsure":          {Input{Today: 1000, Country: us, Unsure: true}, Of(Necessary), ByDefault, 0},
		"opt-out, GPC":             {Input{Today: 1000, Country: us, Signals: Signals{GPC: true}}, optOut.Without(TakenByGPC), ByGPC, 0},
		"opt-out, TCF":             {Input{Today: 1000, Country: us, TCF: Of(Analytics, Necessary)}, optOut.Without(Of(Analytics)), ByTCF, 0},
		"opt-out, GPP":             {Input{Today: 1000, Country: us, GPP: Of(Advertising)}, optOut.Without(Of(Advertising)), ByGPP, 0},
		"opt-in, GPC":              {Input{Today: 1000, Country: gb, Signals: Signals{GPC: true}}, Of(Necessary), ByDefault, 0},
		"chosen":                   {chose(990, Of(Analytics)), Of(Necessary, Analytics), ByChoice, 990},
		"refused":                  {chose(990, 0), Of(Necessary), ByChoice, 990},
		"chosen tomorrow":          {chose(1001, Of(Analytics)), Of(Necessary, Analytics), ByChoice, 1001},
		"chosen in the future":     {chose(1002, Of(Analytics)), Of(Necessary), ByDefault, 0},
		"as old as may be":         {chose(820, Of(Analytics)), Of(Necessary, Analytics), ByChoice, 820},
		"too old":                  {chose(819, Of(Analytics)), Of(Necessary), ByDefault, 0},
		"no day":                   {chose(0, Of(Analytics)), Of(Necessary), ByDefault, 0},
		"beyond the vocabulary":    {chose(990, 1<<60), Of(Necessary), ByChoice, 990},
		"choice beats TCF and GPP": {with(chose(990, Of(Analytics, Advertising)), func(in *Input) { in.TCF, in.GPP = all, all }), Of(Necessary, Analytics, Advertising), ByChoice, 990},
		"GPC after the choice":     {with(chose(990, Of(Analytics, Advertising)), func(in *Input) { in.Signals.GPC = true }), Of(Necessary, Analytics), ByGPC, 990},
		"chosen under GPC": {with(chose(990, Of(Advertising)), func(in *Input) { in.Signals.GPC, in.Choice.GPC = true, true }),
			Of(Necessary, Advertising), ByChoice, 990},
		"another policy":                 {with(chose(990, Of(Analytics)), func(in *Input) { in.Choice.Fingerprint = 8 }), Of(Necessary), ByDefault, 0},
		"a minor":                        {with(chose(990, Of(Analytics)), func(in *Input) { in.Minor = true }), Of(Necessary), ByMinor, 990},
		"a guardian agreed":              {with(chose(990, Of(Analytics)), func(in *Input) { in.Choice.Guardian = true }), Of(Necessary, Analytics), ByChoice, 990},
		"a guardian, opt-out, undecided": {Input{Today: 1000, Country: us, Chose: true, Choice: Choice{Guardian: true}}, Of(Necessary), ByDefault, 0},
		"a minor, opt-out":               {Input{Today: 1000, Country: us, Minor: true}, Of(Necessary), ByMinor, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := p.Decide(&test.in)
			if d.Granted != test.granted || d.Mechanism != test.mechanism || d.Decided != test.decided {
				t.Errorf("granted %q by %s on %d, want %q by %s on %d",
					v.List(d.Granted), d.Mechanism, d.Decided, v.List(test.granted), test.mechanism, test.decided)
			}
		})
	}
}

func with(in Input, change func(*Input)) Input {
	change(&in)
	return in
}

// Signals only take away: with any of them set no purpose is granted that is
// not granted without.
func TestSignalsOnlyTakeAway(t *testing.T) {
	v := vocabulary(t)
	rapid.Check(t, func(t *rapid.T) {
		p := &Policy{Vocabulary: v, Fingerprint: 1, Renew: 100}
		_ = p.Regimes.Set("US", OptOut)
		in := Input{
			Today: 1000, Chose: rapid.Bool().Draw(t, "chose"),
			Choice: Choice{Fingerprint: 1, Day: Day(rapid.IntRange(850, 1005).Draw(t, "day")), Granted: Set(rapid.Uint64().Draw(t, "granted")), GPC: rapid.Bool().Draw(t, "under")},
		}
		if rapid.Bool().Draw(t, "us") {
			in.Country = Country{'U', 'S'}
		}
		without := p.Decide(&in)
		in.Signals.GPC = rapid.Bool().Draw(t, "gpc")
		in.TCF, in.GPP = Set(rapid.Uint64().Draw(t, "tcf")), Set(rapid.Uint64().Draw(t, "gpp"))
		in.Minor, in.Unsure = rapid.Bool().Draw(t, "minor"), rapid.Bool().Draw(t, "unsure")
		with := p.Decide(&in)
		if with.Granted&^without.Granted != 0 || !with.Granted.Has(Necessary) {
			t.Fatalf("signals granted %q beyond %q", v.List(with.Granted), v.List(without.Granted))
		}
	})
}

func TestRegimes(t *testing.T) {
	var r Regimes
	for _, code := range []string{"GB", "EU", "other"} {
		regime := OptIn
		if code == "other" {
			regime = OptOut
		}
		if err := r.Set(code, regime); err != nil {
			t.Fatal(err)
		}
	}
	for code, want := range map[string]Regime{"GB": OptIn, "FR": OptIn, "NO": OptIn, "US": OptOut} {
		country, err := ParseCountry(code)
		if err != nil || r.Of(country) != want || country.String() != code {
			t.Errorf("%s is %s, %v", code, r.Of(country), err)
		}
	}
	if r.Of(Country{}) != OptOut {
		t.Error("an unknown country does not have the regime of other")
	}
	for _, bad := range []string{"", "G", "GBR", "gb", "E1"} {
		if r.Set(bad, OptIn) == nil {
			t.Errorf("%q was taken for a country", bad)
		}
	}
}

func TestFingerprint(t *testing.T) {
	v := vocabulary(t)
	a := NewFingerprint(v, []string{"cookie x", "partner y"})
	if a != NewFingerprint(v, []string{"partner y", "cookie x"}) {
		t.Error("the order of the facts counts")
	}
	others := []Fingerprint{
		NewFingerprint(v, []string{"cookie x"}),
		NewFingerprint(v, []string{"cookie xpartner y"}),
		NewFingerprint(vocabulary(t, "more"), []string{"cookie x", "partner y"}),
	}
	for i, other := range others {
		if other == a {
			t.Errorf("fingerprint %d is the same", i)
		}
	}
}

func TestChoiceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Choice{
			Fingerprint: Fingerprint(rapid.Uint32().Draw(t, "fingerprint")), Day: Day(rapid.Int32Min(0).Draw(t, "day")),
			Granted: Set(rapid.Uint64().Draw(t, "granted")), GPC: rapid.Bool().Draw(t, "gpc"),
		}
		status := rapid.SampledFrom([]string{"", "minor", "guardian"}).Draw(t, "status")
		c.Minor, c.Guardian = status == "minor", status == "guardian"
		if got, err := ParseChoice(c.String()); err != nil || got != c {
			t.Fatalf("%q was read as %+v, %v", c.String(), got, err)
		}
	})
}

func TestChoiceFlags(t *testing.T) {
	for flags, ok := range map[string]bool{
		"": true, "g": true, "m": true, "k": true, "gm": true, "gk": true,
		"mk": false, "gmk": false, "mg": false, "kg": false, "kk": false, "K": false, "x": false,
	} {
		if _, err := ParseChoice("1.89abcdef.20781.7." + flags); (err == nil) != ok {
			t.Errorf("flags %q: %v", flags, err)
		}
	}
}

// FuzzParseChoice asserts that only canonical forms are accepted.
func FuzzParseChoice(f *testing.F) {
	for _, seed := range []string{"", "1.89abcdef.20781.7.g", "1.89abcdef.20781.7.gm", "1.89abcdef.20781.7.gk", "1.89abcdef.20781.7.k", "1.89abcdef.20781.7.mk", "1.89ABCDEF.20781.7.", "1.0.+1.7.", "2.89abcdef.20781.7.g"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseChoice(text); err == nil && c.String() != text {
			t.Errorf("%q was accepted and is %q", text, c.String())
		}
	})
}

func TestDay(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	late := time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
	if got := DayOf(late).String(); got != "2026-11-24" {
		t.Errorf("in UTC it is %s", got)
	}
	if got := DayOf(late.In(zone)).String(); got != "2026-11-25" {
		t.Errorf("eight hours east it is %s", got)
	}
	if Day(0).String() != "" {
		t.Error("no day has a name")
	}
}
