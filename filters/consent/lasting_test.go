package consent

import "testing"

func TestLasts(t *testing.T) {
	v, err := NewVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	const grant, refusal = true, false
	for name, test := range map[string]struct {
		renew Day
		later []Renewal
		today Day
		grant bool
		want  Day
	}{
		"a grant":                                 {30, nil, 1000, grant, 30},
		"a refusal is left alone for six months":  {30, nil, 1000, refusal, 184},
		"a refusal where others wait even longer": {365, nil, 1000, refusal, 365},
		"before another rule":                     {365, []Renewal{{1001, 30}}, 1000, grant, 365},
		"on the day of another rule":              {365, []Renewal{{1001, 30}}, 1001, grant, 30},
		"the last rule of several":                {365, []Renewal{{1001, 30}, {1005, 60}}, 2000, grant, 60},
		"between two rules":                       {365, []Renewal{{1001, 30}, {1005, 60}}, 1004, grant, 30},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Policy{Vocabulary: v, Fingerprint: 7, Renew: test.renew, Later: test.later}
			c := Choice{Fingerprint: 7, Granted: Of(Necessary)}
			if test.grant {
				c.Granted = Of(Necessary, Analytics)
			}
			if got := p.Lasts(c, test.today); got != test.want {
				t.Fatalf("it lasts for %d days, want %d", got, test.want)
			}
			for age, want := range map[Day]bool{0: true, test.want: true, test.want + 1: false} {
				c.Day = test.today - age
				if d := p.Decide(&Input{Today: test.today, Choice: c, Chose: true}); (d.Decided != 0) != want {
					t.Errorf("%d days later the decision is of %d", age, d.Decided)
				}
			}
			c.Day, c.Fingerprint = test.today-1, 8
			if d := p.Decide(&Input{Today: test.today, Choice: c, Chose: true}); d.Decided != 0 {
				t.Error("a decision on another policy still counts")
			}
		})
	}
}
