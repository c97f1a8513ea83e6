package cookie

import (
	"fmt"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// MaxCookies is how many cookies one request may bear.
const MaxCookies = 3000

// ErrTooMany is returned for a request with more than [MaxCookies] cookies. The
// right answer to it is 431 (Request Header Fields Too Large, RFC 6585).
var ErrTooMany = fmt.Errorf("more than %d cookies in a request", MaxCookies)

// Request filters the Cookie fields of one request. Several fields, as HTTP/2
// sends them, are first joined with "; " (RFC 9113 section 8.2.3).
//
// It returns the one field to send on, "" when none is left; changed says that
// it is not what came. With nothing to do, value is the field itself and nothing
// is allocated. Every cookie kept is kept byte for byte.
//
// Each cookie is split off at ";" and nothing else, and judged by its name
// alone, as often as the name occurs. Controls, names that are not ASCII and
// "$" names (RFC 2109) are dropped. found, unless nil, is told of each cookie in
// order, but not of the gateway's own: they are removed in silence, since nobody
// should expire them.
//
// Necessary is granted whatever granted says. On error value is "".
func (f *Filter) Request(fields []string, granted consent.Set, found func(Finding)) (value string, changed bool, err error) {
	if tooMany(fields) {
		return "", true, ErrTooMany
	}
	if len(fields) == 0 {
		return "", false, nil
	}
	joined := fields[0]
	if len(fields) > 1 {
		joined = join(fields)
	}
	value, filtered := f.filterCookies(joined, granted.With(consent.Necessary), found)
	return value, filtered || len(fields) > 1, nil
}

func join(fields []string) string {
	var b strings.Builder
	for _, field := range fields {
		if trim(field) == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(field)
	}
	return b.String()
}

// tooMany counts separators first, which is fast, and cookies only when there
// could be too many.
func tooMany(fields []string) bool {
	most := 0
	for _, field := range fields {
		most += strings.Count(field, ";") + 1
	}
	if most <= MaxCookies {
		return false
	}
	n := 0
	for _, field := range fields {
		for piece := range strings.SplitSeq(field, ";") {
			if trim(piece) != "" {
				n++
			}
		}
	}
	return n > MaxCookies
}

// filterCookies copies from the first cookie on that is dropped. Before it, and
// when there is none, the field is only read.
func (f *Filter) filterCookies(field string, granted consent.Set, found func(Finding)) (string, bool) {
	var out strings.Builder
	dropping, kept := false, false
	for start := 0; start <= len(field); {
		end := len(field)
		if i := strings.IndexByte(field[start:], ';'); i >= 0 {
			end = start + i
		}
		piece := field[start:end]
		switch {
		case trim(piece) == "":
			// Nothing between two separators: no cookie, so nothing to judge.
		case f.passes(piece, granted, found):
			if dropping && kept {
				out.WriteByte(';')
				out.WriteString(piece)
			} else if dropping {
				out.WriteString(trimLeft(piece))
			}
			kept = true
		case !dropping:
			dropping = true
			out.Grow(len(field))
			if kept {
				out.WriteString(field[:start-1])
			}
		}
		start = end + 1
	}
	if !dropping {
		return field, false
	}
	return out.String(), true
}

// passes judges one cookie of a request and reports it.
func (f *Filter) passes(pair string, granted consent.Set, found func(Finding)) bool {
	name, value := splitPair(pair)
	if f.owns(name, value) {
		return false
	}
	_, purpose := f.judge(name, value)
	action := Dropped
	if granted.Has(purpose) && !hasControl(pair) {
		action = Kept
	}
	report(found, Finding{Name: name, Purpose: purpose, Action: action})
	return action == Kept
}
