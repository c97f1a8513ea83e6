package catalogue

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseLifetime(t *testing.T) {
	for _, test := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"session", 0, true},
		{"Session", 0, true},
		{"End of session (browser)", 0, true},
		{"unknown", 0, true},
		{"2 years", 2 * 365 * 24 * time.Hour, true},
		{"1y", 365 * 24 * time.Hour, true},
		{"12mo", 365 * 24 * time.Hour, true},
		{"13mo", 13 * 730 * time.Hour, true},
		{"1 month", 730 * time.Hour, true},
		{"30m", 30 * time.Minute, true},
		{"30 mins", 30 * time.Minute, true},
		{"1440 Minutes", 24 * time.Hour, true},
		{"90 sec", 90 * time.Second, true},
		{"10h", 10 * time.Hour, true},
		{"2 Weeks", 14 * 24 * time.Hour, true},
		{"30-day", 30 * 24 * time.Hour, true},
		{" 1 hour or longer", time.Hour, true},
		{"1 week to 1 year", 365 * 24 * time.Hour, true},
		{"30 minutes, 3w or 1y depending on value", 365 * 24 * time.Hour, true},
		{"Session to 30 days", 30 * 24 * time.Hour, true},
		{"1.5 years", 2 * 365 * 24 * time.Hour, true},
		{"persistent", 400 * 24 * time.Hour, true},
		{"no expiration", 400 * 24 * time.Hour, true},
		{"forever", 400 * 24 * time.Hour, true},
		{"persistent, 2 years", 2 * 365 * 24 * time.Hour, true},
		{"0 days", 0, true},
		{"99999999999999999999 years", unbelievable, true},
		{"", 0, false},
		{"30", 0, false},
		{"10 Nov 2030", 0, false},
		{"3/year", 0, false},
		{"Awin", 0, false},
	} {
		if got, ok := ParseLifetime(test.text); got != test.want || ok != test.ok {
			t.Errorf("ParseLifetime(%q) = %v, %v, want %v, %v", test.text, got, ok, test.want, test.ok)
		}
	}
}

// Whatever is written, a lifetime is not negative and not absurd, and a text
// without a lifetime has none.
func TestLifetimeBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`([0-9]{0,30} ?(s|m|h|d|w|mo|y|years?|session|forever|,|/|\.)){1,6}`),
		).Draw(t, "text")
		d, ok := ParseLifetime(text)
		if d < 0 || d > unbelievable || !ok && d != 0 {
			t.Fatalf("ParseLifetime(%q) = %v, %v", text, d, ok)
		}
	})
}
