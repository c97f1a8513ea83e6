package visit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDates(t *testing.T) {
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{"2026-03-17~2026-03-17~1000", true},
		{"2026-03-17~2026-04-21~4143", true},                            // 35 days: still exact
		{"2026-03-17~2026-04-22~4143", false},                           // 36 days: would be coarse
		{"2026-03~2026-04-22~0100", true},                               //
		{"2026-03~2026-04-05~0000", false},                              // 35 days after the first of the month
		{"2026-03~2026-04-06~0000", true},                               //
		{"2026-03~2027-03-31~0000", true},                               // the last day of the lifetime
		{"2026-03~2027-04-01~0000", false},                              // over
		{"2026-03-17~2026-03-16~0000", false},                           // last before first
		{"2026-03-17~2026-03-20~1020~spring@2026-03-18", true},          //
		{"2026-03-17~2026-03-20~1020~b@2026-03-18~a@2026-03-19", true},  //
		{"2026-03-17~2026-03-20~1020~b@2026-03-18~a@2026-03-18", false}, // not in order
		{"2026-03-17~2026-03-20~1020~a@2026-03-18~a@2026-03-19", false}, // twice
		{"2026-03-17~2026-03-20~1020~a@2026-03-16", false},              // before the first day
		{"2026-03-17~2026-03-20~1020~a@2026-03-21", false},              // after the last
		{"2026-03-17~2026-04-18~1020~a@2026-03-19", false},              // no longer live
		{"2026-03-17~2026-04-18~1020~a@2026-03-20", true},               //
		{"2026-03-17~2026-03-20~1~a@2026-03-18", false},                 //
		{"2026-03-17~2026-03-20~5000", false},                           // more than 4 visits
		{"2026-03-17~2026-03-20~0200", false},                           //
		{"2026-03-17~2026-03-20~0050", false},                           //
		{"2026-03-17~2026-03-20~0004", false},                           //
		{"2026-03-17~2026-03-20", false},                                //
		{"2026-03-17~2026-03-20~0000~", false},                          //
		{"2026-03-17~2026-03-20~0000~a", false},                         //
		{"2026-03-17~2026-03-20~0000~a b@2026-03-18", false},            //
		{"", false}, //
		{"2026-03-17~2026-03-20~0000~" + strings.Repeat("a", 300), false},                         //
		{"2026-03-17~2026-03-20~0000~\xff@2026-03-18", false},                                     //
		{"2026-03-17~2026-03-17~0000~a@2026-03-17~b@2026-03-17~c@2026-03-17~d@2026-03-17", false}, // four codes
	} {
		d, err := ParseDates(tt.text)
		if (err == nil) != tt.ok {
			t.Errorf("%q: error %v, want ok=%v", tt.text, err, tt.ok)
		}
		if err == nil && d.String() != tt.text {
			t.Errorf("%q is written as %q", tt.text, d.String())
		}
	}
}

func TestMeet(t *testing.T) {
	today := Date(2026, 3, 20)
	d := Dates{First: today - 9, Last: today}
	for i, name := range []string{"a", "b", "c"} {
		if !d.meet(name, today-Day(3-i)) {
			t.Errorf("%s is not new", name)
		}
	}
	if d.meet("b", today) {
		t.Error("a live campaign is new again")
	}
	if !d.meet("d", today) || d.Codes[0].Name != "b" {
		t.Errorf("the oldest did not give way: %v", d.Codes)
	}
	d.meet("e", today)
	d.meet("f", today)
	if d.meet("g", today) {
		t.Error("a device met four campaigns on one day")
	}
}

// drawDates draws a content that a device could have, by living through days.
func drawDates(t *rapid.T) Dates {
	today := Day(rapid.IntRange(18000, 25000).Draw(t, "first"))
	d := Dates{First: today, Last: today}
	for range rapid.IntRange(0, 6).Draw(t, "days") {
		today += Day(rapid.IntRange(1, 120).Draw(t, "gap"))
		if d.over(today) {
			break
		}
		d.age(today, func(string) bool { return true })
		for range rapid.IntRange(0, 4).Draw(t, "campaigns") {
			d.meet(rapid.StringMatching(`[a-c]{1,2}`).Draw(t, "campaign"), today)
		}
	}
	d.Used = Used{
		Visits: rapid.Uint8Range(0, MaxVisits).Draw(t, "visits"), Engaged: rapid.Bool().Draw(t, "engaged"),
		Stays: rapid.Uint8Range(0, MaxStays).Draw(t, "stays"), Goals: rapid.Uint8Range(0, MaxGoals).Draw(t, "goals"),
	}
	return d
}

func TestDatesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDates(t)
		text := d.String()
		back, err := ParseDates(text)
		if err != nil || back != d {
			t.Fatalf("%q reads back as %+v, %v; want %+v", text, back, err, d)
		}
	})
}

func TestSeenIsOneCellForEachRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDates(t)
		today := d.Last + Day(rapid.IntRange(1, maxGap+1).Draw(t, "away"))
		if d.over(today) {
			return
		}
		v := d.seen(today).Value()
		if v.Gap != int(today-d.Last) {
			t.Fatalf("gap %d, want %d", v.Gap, today-d.Last)
		}
		if age := int(today - d.First); !d.Coarse && age <= ExactDays {
			if v.Days != age || v.Months != 0 {
				t.Fatalf("%+v, want %d days", v, age)
			}
		} else if want := int(today.Month() - d.First.Month()); v.Months != want || v.Days != 0 {
			t.Fatalf("%+v, want %d months", v, want)
		}
	})
}

func TestLongestAbsence(t *testing.T) {
	d := Dates{First: Date(2028, 1, 1), Last: Date(2028, 1, 1)}
	last := Date(2029, 1, 31)
	if v := d.seen(last).Value(); d.over(last) || !d.over(last+1) || v.Gap != maxGap || v.Months != maxMonths {
		t.Errorf("%+v, want a gap of %d", v, maxGap)
	}
	// A first day late in a month ends with the month's first, 12 months and a
	// day later, once it is too old to be known exactly.
	d = Dates{First: Date(2026, 3, 31), Last: Date(2026, 3, 31)}
	last = Date(2027, 3, 31)
	if d.over(last) || !d.over(last+1) || d.seen(last).Value().Months != maxMonths {
		t.Errorf("it is over on %v or not the day after", last)
	}
}

func FuzzDates(f *testing.F) {
	f.Add("2026-03-17~2026-03-20~1020~spring-sale@2026-03-18~x@2026-03-19")
	f.Add("2026-03~2026-04-22~0100")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDates(s)
		if err != nil {
			return
		}
		if d.String() != s {
			t.Errorf("%q is written as %q", s, d.String())
		}
		for away := Day(1); !d.over(d.Last + away); away++ {
			if v := d.seen(d.Last + away).Value(); v.Gap != int(away) {
				t.Errorf("%q has the record %+v after %d days", s, v, away)
			}
		}
	})
}
