package module

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// Span is a length of time as policies write it: a number with y, mo, w or d,
// or a duration such as 30m or 1h30m. A year is 365 days and a month 30. In JSON
// it is that text; a number is nanoseconds.
type Span time.Duration

const day = 24 * time.Hour

var spanUnits = []struct {
	suffix string
	length time.Duration
}{{"mo", 30 * day}, {"y", 365 * day}, {"w", 7 * day}}

// ParseSpan reads a span. It refuses negative spans and those past 100 years.
func ParseSpan(text string) (Span, error) {
	length, err := parseSpan(text)
	if err != nil || length < 0 || length > 100*365*day {
		return 0, fmt.Errorf("%q is not a length of time such as 13mo, 1y, 30d or 12h", text)
	}
	return Span(length), nil
}

func parseSpan(text string) (time.Duration, error) {
	for _, unit := range spanUnits {
		if number, ok := strings.CutSuffix(text, unit.suffix); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			if err != nil || n > 5300 {
				return 0, fmt.Errorf("bad number %q", number)
			}
			return time.Duration(n) * unit.length, nil
		}
	}
	return caddy.ParseDuration(text)
}

// String writes the span in its largest whole unit; one month as 30d.
func (s Span) String() string {
	length := time.Duration(s)
	for _, unit := range []struct {
		suffix string
		length time.Duration
	}{{"y", 365 * day}, {"mo", 30 * day}, {"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if length != 0 && length%unit.length == 0 && (unit.suffix != "mo" || length > unit.length) {
			return strconv.FormatInt(int64(length/unit.length), 10) + unit.suffix
		}
	}
	return length.String()
}

// MarshalJSON writes the span as text.
func (s Span) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads a span from text, or from a number of nanoseconds.
func (s *Span) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		span, err := ParseSpan(text)
		*s = span
		return err
	}
	var n int64
	if err := json.Unmarshal(data, &n); err != nil || n < 0 {
		return fmt.Errorf("%s is not a length of time such as \"13mo\"", data)
	}
	*s = Span(n)
	return nil
}
