package catalogue

import (
	"strings"
	"time"
)

const (
	day   = 24 * time.Hour
	year  = 365 * day
	month = year / 12 // 730 hours, so that 12mo is 1y

	// longest is how long a browser keeps what has no end of its own
	// (draft-ietf-httpbis-rfc6265bis section 5.5: at most 400 days).
	longest = 400 * day

	// unbelievable bounds what a duration can hold: 200 years.
	unbelievable = 200 * year
)

// ParseLifetime reads how long a cookie is kept, as people write it: "13mo",
// "30m", "2 years", "session", "1 week to 1 year". A month is a twelfth of a year
// and a year 365 days. Of several spans the longest counts; "persistent" and its
// like are 400 days, the most that browsers grant. The lifetime of a session, or
// one that is said to be unknown, is 0. It reports false when the text says
// nothing about time, with a lifetime of 0.
func ParseLifetime(text string) (time.Duration, bool) {
	var most time.Duration
	known, endless := false, false
	rest := strings.ToLower(text)
	for rest != "" {
		n, word, tail := nextSpan(rest)
		rest = tail
		switch {
		case n >= 0 && unitOf(word) > 0:
			known = true
			if span := unitOf(word); time.Duration(n) <= unbelievable/span {
				most = max(most, time.Duration(n)*span)
			} else {
				most = unbelievable
			}
		case sessionWords[word]:
			known = true
		case endlessWords[word]:
			known, endless = true, true
		}
	}
	if endless && most == 0 {
		most = longest
	}
	return most, known
}

// nextSpan cuts the next word from the text, with the number before it: -1 when
// there is none. Numbers beyond a million say no more than a million.
func nextSpan(s string) (n int, word, rest string) {
	n = -1
	i := 0
	for i < len(s) && !isLetter(s[i]) {
		if isDigit(s[i]) {
			n = 0
			for i < len(s) && isDigit(s[i]) {
				n = min(n*10+int(s[i]-'0'), 1_000_000)
				i++
			}
			if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) { // "1.5 years" is at most two
				n++
				for i++; i < len(s) && isDigit(s[i]); i++ {
				}
			}
			continue
		}
		if s[i] != ' ' && s[i] != '-' {
			n = -1 // "1/year" is not a span
		}
		i++
	}
	start := i
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	return n, s[start:i], s[i:]
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// unitOf returns what a unit of time measures, 0 when the word is none.
func unitOf(word string) time.Duration {
	switch word {
	case "s", "sec", "secs", "second", "seconds":
		return time.Second
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour
	case "d", "day", "days":
		return day
	case "w", "wk", "wks", "week", "weeks":
		return 7 * day
	case "mo", "mos", "mth", "mths", "month", "months":
		return month
	case "y", "yr", "yrs", "year", "years":
		return year
	}
	return 0
}

var sessionWords = map[string]bool{
	"session": true, "sessions": true, "browser": true, "unknown": true, "varies": true, "various": true,
	"undefined": true, "immediately": true, "none": true, "variable": true,
}

var endlessWords = map[string]bool{
	"persistent": true, "permanent": true, "forever": true, "unlimited": true, "indefinite": true,
	"indefinitely": true, "never": true, "expiration": true, "infinite": true,
}
