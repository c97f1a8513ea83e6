package consent

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Day is a date: the number of days since 1970-01-01. Zero is no day.
type Day int32

// DayOf returns the date of t in t's own time zone.
func DayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// String writes the date as RFC 3339 does: 2026-11-24. Zero is "".
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}

// Choice is what a visitor decided: the content of the consent cookie. It holds
// nothing that tells visitors apart: all who chose alike on a day have the same.
type Choice struct {
	Fingerprint Fingerprint // of the policy that the visitor saw
	Day         Day         // of the decision
	Granted     Set         // in the order of that policy's vocabulary
	GPC         bool        // the browser sent Global Privacy Control while choosing
	Minor       bool        // a minor without a guardian's consent, as the storefront or a declared birthday told
	Guardian    bool        // a minor whose guardian agreed, as the storefront told; never together with Minor
}

const choiceForm = "1"

// String writes the choice as five fields, the last of which
// holds flags, in this order: g for GPC, m for Minor, k for Guardian:
// "1.89abcdef.20781.7.g".
// It is the canonical form that [ParseChoice] reads.
func (c Choice) String() string {
	b := make([]byte, 0, 48)
	b = append(b, choiceForm+"."...)
	b = append(b, c.Fingerprint.String()...)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(c.Day), 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, uint64(c.Granted), 16)
	b = append(b, '.')
	if c.GPC {
		b = append(b, 'g')
	}
	if c.Minor {
		b = append(b, 'm')
	}
	if c.Guardian {
		b = append(b, 'k')
	}
	return string(b)
}

var errChoice = errors.New("not a choice")

// ParseChoice reads what [Choice.String] writes and nothing else.
func ParseChoice(text string) (Choice, error) {
	fields := strings.Split(text, ".")
	if len(fields) != 5 || fields[0] != choiceForm {
		return Choice{}, errChoice
	}
	fingerprint, err := strconv.ParseUint(fields[1], 16, 32)
	if err != nil {
		return Choice{}, errChoice
	}
	day, err := strconv.ParseInt(fields[2], 10, 32)
	if err != nil {
		return Choice{}, errChoice
	}
	granted, err := strconv.ParseUint(fields[3], 16, 64)
	if err != nil {
		return Choice{}, errChoice
	}
	choice := Choice{
		Fingerprint: Fingerprint(fingerprint),
		Day:         Day(day),
		Granted:     Set(granted),
		GPC:         strings.Contains(fields[4], "g"),
		Minor:       strings.Contains(fields[4], "m"),
		Guardian:    strings.Contains(fields[4], "k"),
	}
	if choice.Day < 0 || choice.Minor && choice.Guardian || choice.String() != text {
		return Choice{}, errChoice
	}
	return choice, nil
}

// Fingerprint identifies what a consent was given to. When it changes everyone
// is asked again.
type Fingerprint uint32

// String writes eight hexadecimal digits.
func (f Fingerprint) String() string { return fmt.Sprintf("%08x", uint32(f)) }
