package dashboard

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/fairwaygate/fairway/filters/visit"
)

const (
	// MaxDays is the longest range: two years, one of them a leap year.
	MaxDays = 731
	// DefaultDays is the length of the range where the query names none.
	DefaultDays = 30
)

// Date is a civil date. Its text is an RFC 3339 full-date, 2026-03-17.
type Date visit.Day

// String writes the date as text.
func (d Date) String() string { return visit.Day(d).String() }

// MarshalText writes the date as [Date.String] does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Date.MarshalText] writes.
func (d *Date) UnmarshalText(text []byte) error {
	day, err := visit.ParseDay(string(text))
	*d = Date(day)
	return err
}

// Range is a range of days with both ends included.
type Range struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Days returns how many days the range has.
func (r Range) Days() int { return int(r.To-r.From) + 1 }

// Before returns the range of the same length that ends where r begins.
func (r Range) Before() Range {
	n := Date(r.Days())
	return Range{r.From - n, r.To - n}
}

// Needs returns the days of which the publications have a part in the report of r:
// the period before, and the months that cohorts are followed over.
func (r Range) Needs() Range {
	month := visit.Day(r.To).Month() - triangleMonths
	return Range{min(r.Before().From, Date(month.First())), r.To}
}

func (r Range) days() (from, to visit.Day) { return visit.Day(r.From), visit.Day(r.To) }

// ParamError is a parameter of the query that can't be used. It is the client's
// fault (RFC 9110 section 15.5.1: 400 Bad Request).
type ParamError struct {
	Name  string
	Value string
	Want  string // what was expected
}

// Error names the parameter, what it said and what was expected.
func (e *ParamError) Error() string {
	return fmt.Sprintf("parameter %s=%.40q: %s", e.Name, e.Value, e.Want)
}

// Parse reads the range from a query. Last is the day that a range without an end
// ends with, today the day beyond which nothing can be asked for. Other parameters
// are ignored, empty ones (a form that was not filled in) count as absent. The
// error is a [*ParamError].
func Parse(query url.Values, last, today visit.Day) (Range, error) {
	var p params
	p.query, p.today = query, max(today, last)
	from, hasFrom := p.day("from")
	to, hasTo := p.day("to")
	days, hasDays := p.length("days")
	if p.err != nil {
		return Range{}, p.err
	}
	if hasDays && (hasFrom || hasTo) {
		return Range{}, &ParamError{"days", query.Get("days"), "can't be combined with from or to"}
	}
	if !hasDays {
		days = DefaultDays
	}
	r := Range{from, to}
	switch {
	case hasFrom && hasTo:
	case hasFrom:
		r.To = max(Date(last), from)
	default:
		if !hasTo {
			r.To = Date(last)
		}
		r.From = r.To - Date(days) + 1
	}
	switch {
	case r.From > r.To:
		return Range{}, &ParamError{"from", query.Get("from"), "must not be after to, " + r.To.String()}
	case r.Days() > MaxDays:
		return Range{}, &ParamError{"from", query.Get("from"), fmt.Sprintf("a range has at most %d days", MaxDays)}
	}
	return r, nil
}

// params reads parameters and keeps the first error.
type params struct {
	query url.Values
	today visit.Day
	err   error
}

func (p *params) text(name string) (value string, ok bool) {
	values := p.query[name]
	if len(values) > 1 && p.err == nil {
		p.err = &ParamError{name, values[1], "is given more than once"}
	}
	if len(values) == 0 || values[0] == "" {
		return "", false
	}
	return values[0], p.err == nil
}

func (p *params) day(name string) (Date, bool) {
	value, ok := p.text(name)
	if !ok {
		return 0, false
	}
	d, err := visit.ParseDay(value)
	switch {
	case err != nil:
		p.err = &ParamError{name, value, "must be a date, YYYY-MM-DD"}
	case d > p.today:
		p.err = &ParamError{name, value, "must not be after today, " + p.today.String()}
	}
	return Date(d), p.err == nil
}

func (p *params) length(name string) (int, bool) {
	value, ok := p.text(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n < 1 || n > MaxDays {
		p.err = &ParamError{name, value, fmt.Sprintf("must be a number from 1 to %d", MaxDays)}
	}
	return int(n), p.err == nil
}
