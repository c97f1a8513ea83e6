package visit

import "strconv"

// Seen is what a device's record of one day says: how long ago it was first seen
// and how long ago it was last seen before that day. It is an index into the
// values of the dimension of the visitors family; the zero value is a new device.
//
// Since every device has one record a day, the records of a window with a Gap that
// reaches back before the window count each device once.
type Seen uint16

const (
	// maxGap is the longest time in days that a cookie of 13 months can bridge.
	maxGap = 396
	// maxMonths is the highest age in months.
	maxMonths = LifetimeMonths - 1
)

// SeenValue is what a Seen stands for.
type SeenValue struct {
	// Months is the age in calendar months of a device whose first day is only
	// known by its month, else 0.
	Months int
	// Days is the age in days of a device first seen at most [ExactDays] ago.
	Days int
	// Gap is the number of days since the day it was last counted, and 0 for a
	// new device.
	Gap int
}

var (
	seenValues = listSeen()
	seenDim    = nameSeen(seenValues)
	seenMonth  = monthOffsets()
)

// listSeen lists every record that dates can give, once.
func listSeen() []SeenValue {
	all := []SeenValue{{}}
	for days := 1; days <= ExactDays; days++ {
		for gap := 1; gap <= days; gap++ {
			all = append(all, SeenValue{Days: days, Gap: gap})
		}
	}
	for months := 1; months <= maxMonths; months++ {
		for gap := 1; gap <= gapOf(months); gap++ {
			all = append(all, SeenValue{Months: months, Gap: gap})
		}
	}
	return all
}

// gapOf bounds the days since the last day of a device that is some months old.
func gapOf(months int) int { return min(31*(months+1), maxGap) }

func monthOffsets() (offset [maxMonths + 1]int) {
	at := 1 + ExactDays*(ExactDays+1)/2
	for months := 1; months <= maxMonths; months++ {
		offset[months] = at
		at += gapOf(months)
	}
	return offset
}

func nameSeen(all []SeenValue) *Dim {
	d := &Dim{Name: "seen", index: make(map[string]int, len(all)), other: -1}
	for i, v := range all {
		name := "new"
		switch {
		case v.Months > 0:
			name = "m" + strconv.Itoa(v.Months) + "." + strconv.Itoa(v.Gap)
		case v.Days > 0:
			name = "d" + strconv.Itoa(v.Days) + "." + strconv.Itoa(v.Gap)
		}
		d.Values = append(d.Values, name)
		d.index[name] = i
	}
	return d
}

// SeenDim returns the dimension of the visitors family: "new"; "d5.3" for a device
// first seen 5 days ago and last 3 days ago; "m2.40" for one first seen two
// calendar months ago and last 40 days ago. It is the same in every plan.
func SeenDim() *Dim { return seenDim }

// Value returns what s stands for.
func (s Seen) Value() SeenValue { return seenValues[s] }

// SeenAt returns the records of devices first seen so many days ago, 1 to
// [ExactDays]: n of them, by their Gap from 1 on.
func SeenAt(days int) (first Seen, n int) { return Seen(days*(days-1)/2 + 1), days }

// SeenIn returns the records of devices first seen in the month so many months ago,
// 1 to 12, by their Gap from 1 on.
func SeenIn(months int) (first Seen, n int) { return Seen(seenMonth[months]), gapOf(months) }

// seen returns the record of a device on a day after its last.
func (d *Dates) seen(today Day) Seen {
	gap := int(today - d.Last)
	if age := int(today - d.First); !d.Coarse && age <= ExactDays {
		return Seen(age*(age-1)/2 + gap)
	}
	months := int(today.Month() - d.First.Month())
	return Seen(seenMonth[months] + gap - 1)
}
