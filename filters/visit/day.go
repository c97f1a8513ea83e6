package visit

import (
	"errors"
	"time"
)

// Day is a civil date: days since 1970-01-01 of the proleptic Gregorian calendar.
type Day int32

// Month is a civil month: months since January of the year 0.
type Month int32

// errDate is returned for all that is not a date, a month or an interval in the
// form that this package writes.
var errDate = errors.New("not a canonical date")

// DayOf returns the date of t in the zone that t carries.
func DayOf(t time.Time) Day { return Date(t.Date()) }

// Date returns the day of a year, month and day of the month. Values outside
// their usual ranges are normalised as by [time.Date].
func Date(year int, month time.Month, day int) Day {
	m := year*12 + int(month) - 1
	return Month(m).First() + Day(day) - 1
}

// Dates are counted in years that begin on the first of March, so that the leap day
// is the last of a year, and in the 400 years, 146097 days, after which the calendar
// repeats itself.
const (
	eraDays  = 146097
	eraBegin = 719468 // days from 0000-03-01 to 1970-01-01
)

// Date returns the year, month and day of the month of d.
func (d Day) Date() (year int, month time.Month, day int) {
	n := int(d) + eraBegin
	era := floorDiv(n, eraDays)
	n -= era * eraDays
	// Of the days before, one is a leap day every 4, but not every 100 years.
	y := (n - n/(4*365) + n/36524 - n/(eraDays-1)) / 365
	n -= 365*y + y/4 - y/100
	m := (5*n + 2) / 153 // 31, 30, 31, 30, 31 days, and again
	day = n - (153*m+2)/5 + 1
	year = era*400 + y + m/10
	return year, time.Month((m+2)%12 + 1), day
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Month returns the month that d lies in.
func (d Day) Month() Month {
	y, m, _ := d.Date()
	return Month(y*12 + int(m) - 1)
}

// String writes d as an RFC 3339 full-date, 2026-03-17.
func (d Day) String() string { return string(d.append(nil)) }

// First returns the first day of m.
func (m Month) First() Day {
	n := int(m) - 2 // since March
	year := floorDiv(n, 12)
	n -= year * 12
	era := floorDiv(year, 400)
	year -= era * 400
	return Day(era*eraDays + year*365 + year/4 - year/100 + (153*n+2)/5 - eraBegin)
}

// Last returns the last day of m.
func (m Month) Last() Day { return (m + 1).First() - 1 }

// String writes m as the year and month of an RFC 3339 full-date, 2026-03.
func (m Month) String() string { return string(m.append(nil)) }

// addMonths returns the same day n months later, or the last day of that month
// where the month is too short, so that a lifetime never grows.
func (d Day) addMonths(n Month) Day {
	_, _, day := d.Date()
	m := d.Month() + n
	return min(m.First()+Day(day)-1, m.Last())
}

func (d Day) append(b []byte) []byte {
	_, _, day := d.Date()
	b = append(d.Month().append(b), '-')
	return appendDigits(b, day, 2)
}

func (m Month) append(b []byte) []byte {
	b = append(appendDigits(b, int(m)/12, 4), '-')
	return appendDigits(b, int(m)%12+1, 2)
}

func appendDigits(b []byte, n, width int) []byte {
	for div := pow10(width - 1); div > 0; div /= 10 {
		b = append(b, byte('0'+n/div%10))
	}
	return b
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// ParseDay reads what [Day.String] writes, for the years 1970 to 9999, and
// nothing else.
func ParseDay(s string) (Day, error) {
	if len(s) != 10 || s[7] != '-' {
		return 0, errDate
	}
	m, err := ParseMonth(s[:7])
	day, ok := digits(s[8:])
	if err != nil || !ok || day < 1 {
		return 0, errDate
	}
	d := m.First() + Day(day) - 1
	if d > m.Last() {
		return 0, errDate
	}
	return d, nil
}

// ParseMonth reads what [Month.String] writes, for the years 1970 to 9999, and
// nothing else.
func ParseMonth(s string) (Month, error) {
	if len(s) != 7 || s[4] != '-' {
		return 0, errDate
	}
	year, ok := digits(s[:4])
	month, ok2 := digits(s[5:])
	if !ok || !ok2 || year < 1970 || month < 1 || month > 12 {
		return 0, errDate
	}
	return Month(year*12 + month - 1), nil
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) > 0
}
