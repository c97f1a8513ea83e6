package identifier

import "strings"

// Limits of what a metric of Server-Timing tells without naming anyone.
const (
	metricMax   = 32 // bytes of a name
	metricDigit = 4  // digits in it
	durationMax = 6  // digits before the point; milliseconds
)

// ServerTiming takes out of a Server-Timing field's value (W3C Server Timing,
// section 3) what scripts could know a visitor again by: traces and addresses are
// often sent in it as descriptions. Of each metric its name and its duration stay,
// to the tenth of a millisecond; a metric whose name looks like an identifier goes
// whole. It reports whether the value changed; "" means that nothing is left.
func ServerTiming(value string) (string, bool) {
	var b strings.Builder
	for rest := value; rest != ""; {
		var metric string
		metric, rest = cutUnquoted(rest, ',')
		name, parameters := cutUnquoted(metric, ';')
		if name = strings.Trim(name, " \t"); !isMetricName(name) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name)
		for parameters != "" {
			var parameter string
			parameter, parameters = cutUnquoted(parameters, ';')
			key, text, _ := strings.Cut(parameter, "=")
			if text, ok := duration(text); ok && strings.EqualFold(strings.Trim(key, " \t"), "dur") {
				b.WriteString(";dur=" + text)
				break // a second one does not count
			}
		}
	}
	if equalButSpace(b.String(), value) {
		return value, false
	}
	return b.String(), true
}

// cutUnquoted cuts s at the first separator outside of quotes.
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// isMetricName reports whether a token says what was measured, and not of whom.
func isMetricName(name string) bool {
	digits := 0
	for i := range len(name) {
		c := name[i]
		switch {
		case isDigit(c):
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_' || c == '.':
		default:
			return false
		}
	}
	return name != "" && len(name) <= metricMax && digits <= metricDigit
}

// duration shortens a number of milliseconds to one decimal.
func duration(text string) (string, bool) {
	text = strings.Trim(text, " \t\"")
	whole, decimals, pointed := strings.Cut(text, ".")
	if whole == "" || len(whole) > durationMax || !allDigits(whole) || !allDigits(decimals) || pointed && decimals == "" {
		return "", false
	}
	if pointed {
		whole += "." + decimals[:1]
	}
	return whole, true
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// equalButSpace compares two fields but for their blanks.
func equalButSpace(a, b string) bool {
	i := 0
	for k := range len(b) {
		if b[k] == ' ' || b[k] == '\t' {
			continue
		}
		for i < len(a) && a[i] == ' ' {
			i++
		}
		if i == len(a) || a[i] != b[k] {
			return false
		}
		i++
	}
	return i == len(a)
}
