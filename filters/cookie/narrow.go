package cookie

import (
	"strconv"
	"strings"
	"time"
)

// narrow edits a field so that the cookie lives no longer than its rule allows
// and bears the flags it asks for. It only ever replaces a lifetime or a
// SameSite, and adds to the end.
func narrow(field string, r *Rule, now time.Time) (string, bool) {
	e := editor{field: field}
	var hasSecure, hasHTTPOnly, hasSameSite bool
	_, rest := attributesOf(field)
	for a, ok := rest.next(); ok; a, ok = rest.next() {
		switch a.kind {
		case secure:
			hasSecure = true
		case httpOnly:
			hasHTTPOnly = true
		case sameSite:
			hasSameSite = true
			if has, _ := ParseSameSite(a.value); has < r.SameSite && r.SameSite > None {
				e.replace(a)
				e.out.WriteString(r.SameSite.String())
			}
		case maxAge:
			capAge(&e, a, r.MaxAge)
		case expires:
			capDate(&e, a, r.MaxAge, now)
		}
	}
	if r.Secure && !hasSecure {
		e.add("Secure")
	}
	if r.HTTPOnly && !hasHTTPOnly {
		e.add("HttpOnly")
	}
	if r.SameSite > None && !hasSameSite {
		e.add("SameSite=")
		e.out.WriteString(r.SameSite.String())
	}
	return e.result()
}

// capAge replaces a Max-Age above the cap. Every one is looked at, not only the
// one that a browser goes by. A "+" before it stays, so that it remains junk to
// those to whom it is junk.
func capAge(e *editor, a attribute, limit time.Duration) {
	longest := int64(limit / time.Second)
	if seconds, ok := parseMaxAge(a.value); ok && longest > 0 && seconds > longest {
		if a.value[0] == '+' {
			a.start++
		}
		var space [20]byte
		e.replace(a)
		e.out.Write(strconv.AppendInt(space[:0], longest, 10))
	}
}

// imfFixdate is the date format of RFC 9110 section 5.6.7.
const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// capDate replaces an Expires that lies beyond the cap. One that is no date by
// RFC 6265bis, as without a time of day, some browsers take for a date all the same:
// it is left out, so that the cookie is of the session to all.
func capDate(e *editor, a attribute, limit time.Duration, now time.Time) {
	if limit <= 0 {
		return
	}
	last := now.Add(limit)
	switch date, ok := parseDate(a.value); {
	case !ok && hasPositive(a.value):
		e.replace(a)
	case ok && date.After(last):
		var space [len(imfFixdate)]byte
		e.replace(a)
		e.out.Write(last.UTC().AppendFormat(space[:0], imfFixdate))
	}
}

// editor copies a field with some of its bytes replaced. It copies nothing until
// the first change.
type editor struct {
	field  string
	copied int // bytes of field dealt with
	out    strings.Builder
}

// copyTo copies what is left of the field before end.
func (e *editor) copyTo(end int) {
	if e.out.Len() == 0 {
		e.out.Grow(len(e.field) + len("; Secure; HttpOnly; SameSite=Strict"))
	}
	e.out.WriteString(e.field[e.copied:end])
	e.copied = end
}

// replace copies up to the value of a, which the caller then writes anew.
func (e *editor) replace(a attribute) {
	e.copyTo(a.start)
	if a.bare {
		e.out.WriteByte('=')
	}
	e.copied = a.end
}

// add appends an attribute to the end of the field.
func (e *editor) add(attribute string) {
	e.copyTo(len(e.field))
	separator := "; "
	if strings.HasSuffix(e.out.String(), ";") {
		separator = " "
	}
	e.out.WriteString(separator)
	e.out.WriteString(attribute)
}

// result returns the edited field, or the field itself and false.
func (e *editor) result() (string, bool) {
	if e.out.Len() == 0 {
		return e.field, false
	}
	e.copyTo(len(e.field))
	return e.out.String(), true
}
