package cookie

import (
	"strings"
	"time"
)

// parseDate reads an Expires value by the cookie-date algorithm of RFC 6265bis
// section 5.1.1, which takes far more than dates that are well formed.
func parseDate(s string) (time.Time, bool) {
	var d dateFields
	for s != "" {
		n := 0
		for n < len(s) && !isDelimiter(s[n]) {
			n++
		}
		if n > 0 {
			d.take(s[:n])
		}
		s = s[min(n+1, len(s)):]
	}
	return d.time()
}

// isDelimiter is the delimiter of cookie-date.
func isDelimiter(c byte) bool {
	return c == '\t' || (c >= 0x20 && c <= 0x2F) || (c >= 0x3B && c <= 0x40) ||
		(c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E)
}

// dateFields are the parts of a date found so far. Each is taken once.
type dateFields struct {
	hour, minute, second int
	day, month, year     int

	hasTime, hasDay, hasMonth, hasYear bool
}

// take tries a token as each part that is still missing, in the order of the
// RFC, so that the first number of two digits is the day and not the year.
func (d *dateFields) take(token string) {
	if !d.hasTime {
		if d.hour, d.minute, d.second, d.hasTime = parseClock(token); d.hasTime {
			return
		}
	}
	if !d.hasDay {
		if d.day, _, d.hasDay = number(token, 1, 2); d.hasDay {
			return
		}
	}
	if !d.hasMonth {
		if d.month, d.hasMonth = parseMonth(token); d.hasMonth {
			return
		}
	}
	if !d.hasYear {
		d.year, _, d.hasYear = number(token, 2, 4)
	}
}

// time returns the date in UTC, or false where there is no such date.
func (d *dateFields) time() (time.Time, bool) {
	if !d.hasTime || !d.hasDay || !d.hasMonth || !d.hasYear {
		return time.Time{}, false
	}
	year := d.year
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year <= 69:
		year += 2000
	}
	if year < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, time.UTC)
	return t, d.day > 0 && t.Day() == d.day
}

// number reads the digits that s begins with, of which there must be at least
// least and at most most. length is how many there are.
func number(s string, least, most int) (n, length int, ok bool) {
	for length < len(s) && s[length] >= '0' && s[length] <= '9' {
		if length == most {
			return 0, 0, false
		}
		n = n*10 + int(s[length]-'0')
		length++
	}
	return n, length, length >= least
}

// parseClock reads hour:minute:second, each of one or two digits.
func parseClock(s string) (hour, minute, second int, ok bool) {
	var fields [3]int
	for i := range fields {
		n, length, ok := number(s, 1, 2)
		if !ok {
			return 0, 0, 0, false
		}
		fields[i], s = n, s[length:]
		if i < 2 {
			if !strings.HasPrefix(s, ":") {
				return 0, 0, 0, false
			}
			s = s[1:]
		}
	}
	return fields[0], fields[1], fields[2], true
}

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// parseMonth reads the three letters that s begins with, in any case.
func parseMonth(s string) (int, bool) {
	if len(s) < 3 {
		return 0, false
	}
	for m := range 12 {
		if strings.EqualFold(s[:3], months[3*m:3*m+3]) {
			return m + 1, true
		}
	}
	return 0, false
}
