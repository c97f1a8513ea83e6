package module

import (
	"net/url"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/signal"
)

// Query parameters that carry the strings of other consent systems, beside the
// cookies that the policy names.
const (
	queryTCF = "gdpr_consent"
	queryGPP = "gpp"
)

// readSignals reads what the request says about consent besides the visitor's
// own decision. All of it can only take away, and what can't be read takes all
// that it could take.
func (x *exchange) readSignals(in *consent.Input) {
	in.Signals.GPC = prefersPrivacy(x.r.Header["Sec-Gpc"])
	names := x.gateway.app.Signals
	if names == nil {
		return
	}
	if len(names.TCF) > 0 {
		in.TCF, in.Signals.TCF = x.readStrings(names.TCF, queryTCF, signal.TCF)
	}
	if len(names.GPP) > 0 {
		in.GPP, in.Signals.GPP = x.readStrings(names.GPP, queryGPP, signal.GPP)
	}
}

// prefersPrivacy reads Global Privacy Control: a 1, also beside others, for proxies may
// join what came in several fields.
func prefersPrivacy(fields []string) bool {
	for _, field := range fields {
		for member := range strings.SplitSeq(field, ",") {
			if trimBlanks(member) == "1" {
				return true
			}
		}
	}
	return false
}

// readStrings reads every copy of one kind of string.
func (x *exchange) readStrings(cookies []string, parameter string, read func(string) (consent.Set, error)) (taken consent.Set, present bool) {
	take := func(text string) {
		if text == "" {
			return
		}
		if strings.IndexByte(text, '%') >= 0 {
			if plain, err := url.PathUnescape(text); err == nil {
				text = plain
			}
		}
		away, err := read(text)
		if err != nil {
			x.site.failure(failSignal)
		}
		taken, present = taken|away, true
	}
	for _, name := range cookies {
		for value := range cookieValues(x.r.Header["Cookie"], name) {
			take(strings.Trim(value, `"`))
		}
	}
	if strings.Contains(x.seen.RawQuery, parameter+"=") {
		for pair := range strings.FieldsFuncSeq(x.seen.RawQuery, func(c rune) bool { return c == '&' || c == ';' }) {
			if value, ok := strings.CutPrefix(pair, parameter+"="); ok {
				take(value)
			}
		}
	}
	return taken, present
}
