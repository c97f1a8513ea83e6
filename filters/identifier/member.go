package identifier

import (
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// hasMembers reports whether a value may be what judgeMembers looks into.
func hasMembers(value string) bool {
	return strings.IndexByte(value, '=') >= 0 || strings.IndexByte(value, ':') >= 0
}

// judgeMembers decides on what the value of a header that no standard knows may hold
// besides one value: a URL, or a list of named ones, as apps send them in one header and
// content networks say where a client is: "a=1; b=2", with commas, ampersands or bars
// between them, or colons for the equals signs. One that goes takes a separator along;
// all other bytes stay as they were.
func (f *Filter) judgeMembers(header, value string, granted consent.Set, found func(Finding)) Verdict {
	if IsURL(value) {
		return changed(0, Reduce, value, first(f.URL(value, granted, found)))
	}
	if strings.ContainsAny(value, "{[") {
		return Verdict{} // to cut JSON at its commas would break it
	}
	var b strings.Builder
	from := 0 // value[:from] is in b, or was left out
	for start := 0; start < len(value); {
		end := start + memberEnd(value[start:])
		name, mark, at, until := memberAt(value, start, end)
		v := f.Judge(name, value[at:until], granted)
		if v.Action == Pass && mark == ':' {
			at, until = trim(value, start, end) // a MAC address, perhaps
			v = f.Judge("", value[at:until], granted)
		}
		switch {
		case v.Action == Pass:
		case v.Action != Drop:
			b.WriteString(value[from:at])
			b.WriteString(v.Text)
			from = until
		case end < len(value):
			b.WriteString(value[from:start])
			from = end + 1
		default:
			b.WriteString(value[from:max(from, start-1)])
			from = end
		}
		if v.Action != Pass {
			report(found, header, v.Kind, InHeader, v.Action)
		}
		start = end + 1
	}
	if from == 0 {
		return Verdict{}
	}
	b.WriteString(value[from:])
	return Verdict{Action: Reduce, Text: strings.Trim(b.String(), " \t")}
}

// memberEnd returns where the member at the start of the text ends: at a separator that
// no quoted string holds.
func memberEnd(text string) int {
	quoted := false
	for i := range len(text) {
		switch text[i] {
		case '"':
			quoted = !quoted
		case ';', ',', '&', '|':
			if !quoted {
				return i
			}
		}
	}
	return len(text)
}

// memberAt returns the name of the member text[start:end] and the mark behind it, both
// zero when it has none, and where its value stands.
func memberAt(text string, start, end int) (name string, mark byte, at, until int) {
	i := strings.IndexByte(text[start:end], '=')
	if i < 0 {
		i = strings.IndexByte(text[start:end], ':')
	}
	if i >= 0 {
		i += start
		from, to := trim(text, start, i)
		name, mark, start = text[from:to], text[i], i+1
	}
	at, until = trim(text, start, end)
	return name, mark, at, until
}

// trim returns where text[start:end] stands without blanks and quotation marks around it.
func trim(text string, start, end int) (from, to int) {
	isPadding := func(c byte) bool { return c == ' ' || c == '\t' || c == '"' }
	for start < end && isPadding(text[start]) {
		start++
	}
	for end > start && isPadding(text[end-1]) {
		end--
	}
	return start, end
}
