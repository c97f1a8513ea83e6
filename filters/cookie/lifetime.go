package cookie

import (
	"math"
	"time"
)

// lifetime gathers what a Set-Cookie field says of how long the cookie lives.
type lifetime struct {
	ages    count // of Max-Age
	dates   count // of Expires
	unclear bool  // some reader might take a Max-Age for more than nothing
}

// count is how the values of one attribute read.
type count struct{ past, future, junk int }

// addAge notes a Max-Age.
func (l *lifetime) addAge(value string) {
	switch seconds, ok := parseMaxAge(value); {
	case !ok:
		l.ages.junk++
		l.unclear = l.unclear || hasPositive(value)
	case seconds <= 0:
		l.ages.past++
	default:
		l.ages.future++
	}
}

// addDate notes an Expires.
func (l *lifetime) addDate(value string, now time.Time) {
	switch date, ok := parseDate(value); {
	case !ok:
		l.dates.junk++
	case date.Before(now):
		l.dates.past++
	default:
		l.dates.future++
	}
}

// removes reports whether the field only deletes the cookie, for every reader:
// Max-Age beats Expires, but readers differ over which of several values holds
// and over what is junk. Where they could differ, it is no deletion.
func (l *lifetime) removes() bool {
	if l.ages.future > 0 || l.unclear {
		return false
	}
	if l.ages.past > 0 && l.ages.junk == 0 {
		return true
	}
	return l.dates.past > 0 && l.dates.future == 0 && l.dates.junk == 0
}

// parseMaxAge reads a Max-Age in seconds (RFC 6265bis section 5.6.2). A number
// too large for an int64 is the largest or smallest one. The "+" that some
// browsers take is taken here too, so that it is no way around a cap.
func parseMaxAge(value string) (int64, bool) {
	digits, negative := value, false
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits, negative = digits[1:], digits[0] == '-'
	}
	if digits == "" {
		return 0, false
	}
	var n int64
	for i := range len(digits) {
		c := digits[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			n = math.MaxInt64
			continue
		}
		n = n*10 + d
	}
	if negative {
		n = -n
	}
	return n, true
}

// hasPositive reports whether a digit other than 0 is in a lifetime that is junk.
func hasPositive(value string) bool {
	for i := range len(value) {
		if c := value[i]; c >= '1' && c <= '9' {
			return true
		}
	}
	return false
}
