package visit

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Limits of what the dates cookie holds and of how long.
const (
	// MaxCodes is how many campaigns a device can carry at a time.
	MaxCodes = 3
	// CodeDays is how many days a campaign is live after contact, that day included.
	CodeDays = 30
	// ExactDays is the age in days up to which the first day is kept exactly.
	// After it only its month is.
	ExactDays = 35
	// LifetimeMonths is the lifetime of the cookie from its first setting. It is
	// never extended.
	LifetimeMonths = 13

	// maxName is the longest name of a campaign.
	maxName = 40
	// maxDates is the longest content: two dates, the allowances, the codes.
	maxDates = 10 + 1 + 10 + 1 + 4 + MaxCodes*(1+maxName+1+10)
)

// What one device can add on one day to each family. These bounds are the
// sensitivity that noise is drawn for, so the cookie keeps count of them.
const (
	MaxVisits = 4
	MaxStays  = 4
	MaxGoals  = 3
)

// Dates is the content of the dates cookie: coarse dates, never an identifier.
// It is what the gateway knows of a device, and many devices share each value.
type Dates struct {
	// First is the day of the first setting, or the first day of its month when
	// Coarse is set.
	First  Day
	Coarse bool
	// Last is the last day on which the device was counted.
	Last Day
	// Used is what the device added to the figures on the last day.
	Used Used
	// Codes are the campaigns the device has met, oldest first, by name within a
	// day. A free place has no name.
	Codes [MaxCodes]Code
}

// Used is how much of a day's allowance is spent: at most [MaxVisits],
// [MaxStays] and [MaxGoals]. Engaged is set when the visit in progress can't
// count as engaged (any more).
type Used struct {
	Visits, Stays, Goals uint8
	Engaged              bool
}

// Code is a campaign and the day of the first contact with it.
type Code struct {
	Name string
	Day  Day
}

// errDates is the one error of [ParseDates]: it names nothing of the content.
var errDates = errors.New("dates: not a canonical content")

// Expires returns the day on which the content ends: 13 months after the first
// day, or after the first of its month once only that is known.
func (d *Dates) Expires() Day { return d.First.addMonths(LifetimeMonths) }

// over reports whether the content has ended on a day. From the age at which the
// first day is only known by its month, it ends 13 months after the first of that
// month, also where it was not yet written so.
func (d *Dates) over(today Day) bool {
	first := d.First
	if today-first > ExactDays {
		first = first.Month().First()
	}
	return today >= first.addMonths(LifetimeMonths)
}

// AppendText appends the canonical text, for example
// 2026-03-17~2026-03-20~1020~spring-sale@2026-03-18: first day or month, last
// day, the digits of Used (visits, engaged, stays, goals), and the codes. The
// error is always nil.
func (d *Dates) AppendText(b []byte) ([]byte, error) {
	if d.Coarse {
		b = d.First.Month().append(b)
	} else {
		b = d.First.append(b)
	}
	b = d.Last.append(append(b, '~'))
	engaged := byte('0')
	if d.Used.Engaged {
		engaged = '1'
	}
	b = append(b, '~', '0'+d.Used.Visits, engaged, '0'+d.Used.Stays, '0'+d.Used.Goals)
	for _, c := range d.Codes {
		if c.Name != "" {
			b = append(append(append(b, '~'), c.Name...), '@')
			b = c.Day.append(b)
		}
	}
	return b, nil
}

// String returns the canonical text.
func (d *Dates) String() string {
	b, _ := d.AppendText(nil)
	return string(b)
}

// ParseDates reads a canonical text and refuses everything that this package
// would not have written. The names of the codes share memory with s.
func ParseDates(s string) (Dates, error) {
	var d Dates
	if len(s) > maxDates {
		return d, errDates
	}
	first, rest, _ := strings.Cut(s, "~")
	last, rest, _ := strings.Cut(rest, "~")
	used, codes, more := strings.Cut(rest, "~")
	var err error
	if len(first) == len("2006-01") {
		var m Month
		m, err = ParseMonth(first)
		d.First, d.Coarse = m.First(), true
	} else {
		d.First, err = ParseDay(first)
	}
	if err != nil {
		return Dates{}, errDates
	}
	if d.Last, err = ParseDay(last); err != nil {
		return Dates{}, errDates
	}
	if !d.Used.parse(used) {
		return Dates{}, errDates
	}
	for i := 0; more; i++ {
		var code string
		code, codes, more = strings.Cut(codes, "~")
		name, day, _ := strings.Cut(code, "@")
		if i == MaxCodes || checkName(name) != nil || len(name) > maxName {
			return Dates{}, errDates
		}
		if d.Codes[i].Day, err = ParseDay(day); err != nil {
			return Dates{}, errDates
		}
		d.Codes[i].Name = name
	}
	if !d.valid() {
		return Dates{}, errDates
	}
	return d, nil
}

func (u *Used) parse(s string) bool {
	if len(s) != 4 || s[1]&^1 != '0' {
		return false
	}
	*u = Used{Visits: s[0] - '0', Engaged: s[1] == '1', Stays: s[2] - '0', Goals: s[3] - '0'}
	return u.Visits <= MaxVisits && u.Stays <= MaxStays && u.Goals <= MaxGoals
}

// valid reports whether the dates agree with each other.
func (d *Dates) valid() bool {
	age := d.Last - d.First
	if age < 0 || d.Last >= d.Expires() || d.Coarse != (age > ExactDays) {
		return false
	}
	for i, c := range d.Codes {
		if c.Name == "" {
			break
		}
		if c.Day < d.First || c.Day > d.Last || d.Last-c.Day >= CodeDays || i > 0 && compareCodes(d.Codes[i-1], c) >= 0 {
			return false
		}
		for _, other := range d.Codes[:i] {
			if other.Name == c.Name {
				return false
			}
		}
	}
	return true
}

// compareCodes orders by day, then name. Free places come last.
func compareCodes(a, b Code) int {
	if (a.Name == "") != (b.Name == "") {
		return cmp.Compare(len(b.Name), len(a.Name))
	}
	return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Name, b.Name))
}

// meet adds a campaign that is met today and reports whether it is new to the
// device. The oldest gives way when all places are taken, but none of today, so
// that a device meets at most MaxCodes campaigns a day.
func (d *Dates) meet(name string, today Day) bool {
	slot := -1
	for i, c := range d.Codes {
		if c.Name == name {
			return false
		}
		if c.Name == "" && slot < 0 {
			slot = i
		}
	}
	if slot < 0 {
		if d.Codes[0].Day >= today {
			return false
		}
		slot = 0
	}
	d.Codes[slot] = Code{name, today}
	slices.SortFunc(d.Codes[:], compareCodes)
	return true
}

// age moves the content to today: the first day is coarsened when it is old
// enough, and the codes that are no longer live go.
func (d *Dates) age(today Day, declared func(name string) bool) {
	if today-d.First > ExactDays && !d.Coarse {
		d.First, d.Coarse = d.First.Month().First(), true
	}
	d.Last = today
	for i, c := range d.Codes {
		if c.Name != "" && (today-c.Day >= CodeDays || !declared(c.Name)) {
			d.Codes[i] = Code{}
		}
	}
	slices.SortFunc(d.Codes[:], compareCodes)
}
