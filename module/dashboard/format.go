package dashboard

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// none stands where there is no figure.
const none = "–"

// grouped writes a whole number with a comma at every thousand.
func grouped(x float64) string {
	s := strconv.FormatFloat(math.Abs(math.Round(x)), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if math.Round(x) < 0 {
		s = "−" + s
	}
	return s
}

// amount writes a number in its unit. A margin is written with a digit more where
// it is small.
func amount(unit Unit, x float64) string {
	switch unit {
	case Share, ratio:
		return strconv.FormatFloat(100*x, 'f', 1, 64) + "%"
	case Seconds:
		return duration(x)
	case money:
		return grouped(x / 100)
	}
	return grouped(x)
}

// duration writes seconds as people say them: "8.5s", "42s", "3m 20s".
func duration(x float64) string {
	if x < 10 {
		return strconv.FormatFloat(x, 'f', 1, 64) + "s"
	}
	s := int(math.Round(x))
	if s < 60 {
		return strconv.Itoa(s) + "s"
	}
	return fmt.Sprintf("%dm %02ds", s/60, s%60)
}

// short writes a number for an axis: "1,500", "12k", "3.5M".
func short(x float64) string {
	for _, u := range []struct {
		from, size float64
		name       string
	}{{1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}} {
		if x >= u.from {
			return strings.TrimSuffix(strconv.FormatFloat(x/u.size, 'f', 1, 64), ".0") + u.name
		}
	}
	if x == math.Trunc(x) {
		return grouped(x)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// value writes a figure as people see it.
func value(unit Unit, f Figure) string {
	if !f.known() {
		return none
	}
	return amount(unit, bounded(unit, f.Value))
}

// bounded keeps a number where it makes sense: noise can take it beyond.
func bounded(unit Unit, x float64) float64 {
	if unit == Share {
		x = min(x, 1)
	}
	return math.Max(x, 0)
}

// margin writes how far the interval extends, "± 120", or nothing for what is exact.
func margin(unit Unit, f Figure) string {
	if !f.known() || f.margin() <= 0 {
		return ""
	}
	if unit == Share { // no share is beyond all or none
		f.Value, f.Low, f.High = bounded(unit, f.Value), bounded(unit, f.Low), bounded(unit, f.High)
	}
	return "± " + amount(unit, ceil(unit, f.margin()))
}

// ceil rounds a margin up, since "± 0" would claim too much.
func ceil(unit Unit, x float64) float64 {
	switch unit {
	case Count:
		return math.Ceil(x - 1e-9)
	case Share, ratio:
		return math.Ceil(1000*x-1e-9) / 1000
	case money:
		return 100 * math.Ceil(x/100-1e-9)
	}
	return x
}

// interval writes the bounds as people see them, "1,100 to 1,340".
func interval(unit Unit, f Figure) string {
	if !f.known() {
		return none
	}
	low, high := bounded(unit, f.Low), bounded(unit, f.High)
	if unit == Count {
		low, high = math.Floor(low+1e-9), math.Ceil(high-1e-9)
	}
	return amount(unit, low) + " to " + amount(unit, high)
}

// deviation writes the standard error. Where counts are hidden there is none.
func deviation(unit Unit, f Figure) string {
	if !f.known() || f.Error == 0 {
		return none
	}
	if unit == Count && f.Error < 100 {
		return strconv.FormatFloat(f.Error, 'f', 1, 64)
	}
	return amount(unit, f.Error)
}

// signed writes a change with its sign.
func signed(unit Unit, x float64) string {
	sign := "+"
	if x < 0 {
		sign = "−"
	}
	switch x = math.Abs(x); unit {
	case Seconds:
		return sign + duration(x)
	case Share:
		return sign + strconv.FormatFloat(100*x, 'f', 1, 64) + " points"
	}
	return sign + strconv.FormatFloat(100*x, 'f', 1, 64) + "%"
}

// shown bounds a figure to what can be drawn: nothing is below 0.
func shown(f Figure) Figure {
	f.Value, f.Low, f.High = math.Max(f.Value, 0), math.Max(f.Low, 0), math.Max(f.High, 0)
	return f
}

func civil(d Date) time.Time {
	y, m, day := visit.Day(d).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
}

// dayName writes a date in full, "2 Mar 2026".
func dayName(d Date) string { return civil(d).Format("2 Jan 2006") }

// monthName writes the month of a date, "Mar 2026".
func monthName(d Date) string { return civil(d).Format("Jan 2006") }

// rangeName writes a range as briefly as it stays clear: "2 to 8 Mar 2026".
func rangeName(r Range) string {
	from, to := civil(r.From), civil(r.To)
	switch {
	case r.From == r.To:
		return dayName(r.To)
	case from.Year() != to.Year():
		return dayName(r.From) + " to " + dayName(r.To)
	case from.Month() != to.Month():
		return from.Format("2 Jan") + " to " + dayName(r.To)
	}
	return from.Format("2") + " to " + dayName(r.To)
}

// moment writes a time to the minute with its offset.
func moment(t time.Time) string { return t.Format("2 Jan 2006, 15:04 (UTC-07:00)") }
