package visit

import (
	"testing"
	"time"
)

// Every day of a thousand years, as package time has it.
func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	when := time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; when.Year() < 2600; when = when.AddDate(0, 0, 1) {
		d := Day(when.Unix() / 86400)
		if got := DayOf(when); got != d {
			t.Fatalf("%v: day %d, want %d", when, got, d)
		}
		year, month, day := d.Date()
		if !time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Equal(when) {
			t.Fatalf("day %d: %d-%d-%d, want %v", d, year, month, day, when)
		}
		first, last := d.Month().First(), d.Month().Last()
		if first != d-Day(day)+1 || Day(time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Unix()/86400) != last {
			t.Fatalf("%v: its month from %d to %d", when, first, last)
		}
	}
	if got, want := Date(2025, 14, 31), Date(2026, 3, 3); got != want {
		t.Errorf("the 31st day of the 14th month of 2025: %v, want %v", got, want)
	}
}

func BenchmarkDayDate(b *testing.B) {
	for b.Loop() {
		if year, _, _ := Day(20781).Date(); year != 2026 {
			b.Fatal(year)
		}
	}
}
