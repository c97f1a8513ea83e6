package visit

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDaysWhereClocksChange(t *testing.T) {
	for _, tt := range []struct {
		name, zone, day string
		start           string
		hours           float64
	}{
		{"plain", "Asia/Shanghai", "2026-03-29", "2026-03-29T00:00:00+08:00", 24},
		{"leap day", "UTC", "2028-02-29", "2028-02-29T00:00:00Z", 24},
		{"spring", "Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00", 23},
		{"autumn", "Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00", 25},
		{"half an hour", "Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00:00+11:00", 24.5},
		{"no midnight", "America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", 23},
		{"the day before midnight comes twice", "America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00-02:00", 25},
		{"two midnights", "America/Havana", "2025-11-02", "2025-11-02T00:00:00-04:00", 25},
		{"no midnight in Havana", "America/Havana", "2025-03-09", "2025-03-09T01:00:00-04:00", 23},
		{"a day that never was", "Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", 0},
		{"the day before it", "Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", 24},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := NewCalendar(zone(t, tt.zone), 0)
			if err != nil {
				t.Fatal(err)
			}
			d, err := ParseDay(tt.day)
			if err != nil {
				t.Fatal(err)
			}
			start := c.Start(d)
			if want := at(t, tt.start); !start.Equal(want) {
				t.Errorf("starts %v, want %v", start, want)
			}
			if h := c.Start(d + 1).Sub(start).Hours(); h != tt.hours {
				t.Errorf("has %v hours, want %v", h, tt.hours)
			}
			if tt.hours > 0 && (c.Day(start) != d || c.Day(start.Add(-time.Second)) >= d) {
				t.Errorf("the day does not begin at its start")
			}
		})
	}
}

func TestClockSetBackOverMidnight(t *testing.T) {
	// In 2006, Newfoundland's clocks went from 00:01 back to 23:01.
	c, err := NewCalendar(zone(t, "America/St_Johns"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]Day{
		"2006-10-29T02:29:59Z": Date(2006, 10, 28), "2006-10-29T02:30:30Z": Date(2006, 10, 29),
		"2006-10-29T02:45:00Z": Date(2006, 10, 29), "2006-10-29T03:30:00Z": Date(2006, 10, 29),
	} {
		if now := at(t, s); c.Day(now) != want || !c.Epoch(now).Contains(now) {
			t.Errorf("%s is on %v, want %v", s, c.Day(now), want)
		}
	}
}

func TestHoursOfADayOf25(t *testing.T) {
	c, err := NewCalendar(zone(t, "Europe/Berlin"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	d := Date(2026, 10, 25)
	seen := make(map[string]bool)
	for m := c.Start(d); m.Before(c.Start(d + 1)); m = m.Add(10 * time.Minute) {
		seen[c.Epoch(m).String()] = true
	}
	if len(seen) != 25 {
		t.Errorf("%d epochs of an hour, want 25", len(seen))
	}
}

func TestEpochLengths(t *testing.T) {
	for length, ok := range map[time.Duration]bool{
		0: true, time.Minute: true, 90 * time.Minute: true, 24 * time.Hour: true,
		time.Second: false, 7 * time.Hour: false, 48 * time.Hour: false, -time.Hour: false, 61 * time.Second: false,
	} {
		if _, err := NewCalendar(nil, length); (err == nil) != ok {
			t.Errorf("length %v: error %v, want ok=%v", length, err, ok)
		}
	}
}

func TestEpochsTileTime(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Europe/Berlin", "America/Havana", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns", "Africa/Cairo"} {
		zones = append(zones, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		length := rapid.SampledFrom([]time.Duration{0, time.Hour, 6 * time.Hour, 15 * time.Minute}).Draw(t, "length")
		c, err := NewCalendar(loc, length)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "time"), 0)
		e := c.Epoch(now)
		if !e.Contains(now) {
			t.Fatalf("%v is not in its epoch %v", now.In(loc), e)
		}
		if before := c.Epoch(e.Start.Add(-time.Second)); !before.End.Equal(e.Start) {
			t.Fatalf("a gap or overlap between %v and %v", before, e)
		}
		if next := c.Epoch(e.End); !next.Start.Equal(e.End) {
			t.Fatalf("a gap or overlap between %v and %v", e, next)
		}
		if c.Day(e.Start) != c.Day(now) || c.Day(e.End.Add(-time.Second)) != c.Day(now) {
			t.Fatalf("epoch %v lies in two days", e)
		}
		if now.Unix()%60 == 0 {
			return // offsets with seconds exist only long ago
		}
		back, err := ParseEpoch(e.String())
		if err == nil && (!back.Start.Equal(e.Start) || !back.End.Equal(e.End)) {
			t.Fatalf("%v reads back as %v", e, back)
		}
	})
}

func TestEpochText(t *testing.T) {
	c, err := NewCalendar(zone(t, "Europe/Berlin"), 0)
	if err != nil {
		t.Fatal(err)
	}
	e := c.Epoch(at(t, "2026-03-29T12:00:00Z"))
	const want = "2026-03-29T00:00:00+01:00/2026-03-30T00:00:00+02:00"
	if e.String() != want {
		t.Errorf("got %s, want %s", e, want)
	}
	back, err := ParseEpoch(want)
	if err != nil || back.Day() != Date(2026, 3, 29) {
		t.Errorf("read back as %v (day %v), %v", back, back.Day(), err)
	}
	for _, bad := range []string{"", want[:25], want + "/", "2026-03-30T00:00:00Z/2026-03-29T00:00:00Z", "2026-03-29T00:00:00.0Z/2026-03-30T00:00:00Z"} {
		if _, err := ParseEpoch(bad); err == nil {
			t.Errorf("%q was read as an epoch", bad)
		}
	}
}

func TestDayText(t *testing.T) {
	for s, ok := range map[string]bool{
		"2026-03-17": true, "2028-02-29": true, "1970-01-01": true, "9999-12-31": true,
		"2026-02-29": false, "2026-3-17": false, "2026-03-00": false, "2026-03-32": false, "2026-13-01": false,
		"1969-12-31": false, "+026-03-17": false, "2026-03-17 ": false, "2026/03/17": false, "": false, "２026-03-1": false,
	} {
		d, err := ParseDay(s)
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want ok=%v", s, err, ok)
		}
		if ok && d.String() != s {
			t.Errorf("%q is written as %q", s, d)
		}
	}
}

func TestAddMonthsNeverGrows(t *testing.T) {
	for from, want := range map[string]string{
		"2026-03-17": "2027-04-17", "2027-01-31": "2028-02-29", "2026-01-31": "2027-02-28", "2026-12-31": "2028-01-31", "2026-08-31": "2027-09-30",
	} {
		d, _ := ParseDay(from)
		if got := d.addMonths(LifetimeMonths).String(); got != want {
			t.Errorf("%s and 13 months: %s, want %s", from, got, want)
		}
	}
}
