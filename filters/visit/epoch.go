package visit

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Epoch is a span of time that figures are published for: from Start up to and
// without End.
type Epoch struct {
	Start, End time.Time
}

// Day returns the civil date that the epoch belongs to, in the zone of its start.
func (e Epoch) Day() Day { return DayOf(e.Start) }

// Contains reports whether t lies in the epoch.
func (e Epoch) Contains(t time.Time) bool { return !t.Before(e.Start) && t.Before(e.End) }

// String writes the epoch as an interval of two RFC 3339 times, for example
// 2026-03-29T00:00:00+01:00/2026-03-30T00:00:00+02:00. It stays readable and
// unambiguous after the time zone or the length of epochs was changed.
func (e Epoch) String() string {
	return e.Start.Format(time.RFC3339) + "/" + e.End.Format(time.RFC3339)
}

// ParseEpoch reads what [Epoch.String] writes.
func ParseEpoch(s string) (Epoch, error) {
	from, to, _ := strings.Cut(s, "/")
	start, err := time.Parse(time.RFC3339, from)
	if err != nil {
		return Epoch{}, fmt.Errorf("epoch %q: %w", s, errDate)
	}
	end, err := time.Parse(time.RFC3339, to)
	if err != nil || !start.Before(end) {
		return Epoch{}, fmt.Errorf("epoch %q: %w", s, errDate)
	}
	if e := (Epoch{start, end}); e.String() == s {
		return e, nil
	}
	return Epoch{}, fmt.Errorf("epoch %q: %w", s, errDate)
}

// Calendar divides time into days and epochs as a site's time zone has them.
//
// A day runs from the first moment of its date to the first moment of the next,
// so it has 23 or 25 hours where the clocks change. Shorter epochs are counted in
// elapsed time from the start of the day, and the last one ends with the day: on
// a day of 25 hours there are 25 epochs of an hour.
//
// A Calendar is safe for concurrent use.
type Calendar struct {
	zone   *time.Location
	length time.Duration

	// last is the day most recently asked for. Nearly every call hits it.
	last atomic.Pointer[span]
}

// span is one day in Unix seconds.
type span struct {
	day        Day
	start, end int64
}

// NewCalendar returns the calendar of a zone (nil is UTC) with epochs of the
// given length: a whole number of seconds of at least a minute that divides 24
// hours. Zero is a day.
func NewCalendar(zone *time.Location, length time.Duration) (*Calendar, error) {
	if zone == nil {
		zone = time.UTC
	}
	if length == 0 {
		length = 24 * time.Hour
	}
	if length < time.Minute || length%time.Second != 0 || 24*time.Hour%length != 0 {
		return nil, fmt.Errorf("epoch %v: it must divide a day and last at least a minute", length)
	}
	return &Calendar{zone: zone, length: length}, nil
}

// Length returns how long an epoch lasts, but for a day of 23 or 25 hours.
func (c *Calendar) Length() time.Duration { return c.length }

// Day returns the date of t.
func (c *Calendar) Day(t time.Time) Day { return c.span(t).day }

// Start returns the first moment of a day.
func (c *Calendar) Start(d Day) time.Time { return time.Unix(c.start(d), 0).In(c.zone) }

// Epoch returns the epoch that t lies in.
func (c *Calendar) Epoch(t time.Time) Epoch {
	s := c.span(t)
	start, end := s.start, s.end
	if length := int64(c.length / time.Second); length < 86400 {
		start += (t.Unix() - start) / length * length
		end = min(start+length, end)
	}
	return Epoch{time.Unix(start, 0).In(c.zone), time.Unix(end, 0).In(c.zone)}
}

func (c *Calendar) span(t time.Time) *span {
	now := t.Unix()
	if s := c.last.Load(); s != nil && s.start <= now && now < s.end {
		return s
	}
	d := DayOf(t.In(c.zone))
	s := &span{d, c.start(d), c.start(d + 1)}
	// Where the clock was set back over midnight, the old date is shown again
	// after the new day has begun.
	for now >= s.end {
		d++
		s = &span{d, s.end, c.start(d + 1)}
	}
	c.last.Store(s)
	return s
}

// start returns the first moment of the day in Unix seconds. Midnight itself may
// not exist, or exist twice, on a day when the clocks change.
func (c *Calendar) start(d Day) int64 {
	y, m, day := d.Date()
	t := time.Date(y, m, day, 0, 0, 0, 0, c.zone)
	if DayOf(t) < d { // in the gap, read by the offset after it
		_, t = t.ZoneBounds()
		return t.Unix()
	}
	begin, _ := t.ZoneBounds()
	if begin.IsZero() {
		return t.Unix()
	}
	if hour, minute, second := t.Clock(); hour+minute+second != 0 { // in the gap, read by the offset before it
		return begin.Unix()
	}
	// Midnight twice: the same wall time by the offset before the change.
	_, now := t.Zone()
	_, before := begin.Add(-time.Second).Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(begin) && DayOf(earlier.In(c.zone)) == d {
		return earlier.Unix()
	}
	return t.Unix()
}
