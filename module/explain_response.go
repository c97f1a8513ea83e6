package module

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/page"
)

// explainResponse compares the response of the storefront with that which reached
// the browser.
func (e *explainer) explainResponse() {
	e.setCookies()
	e.responseHeaders()
	for _, r := range e.trial.references {
		e.add(e.referred(r))
	}
}

func (e *explainer) setCookies() {
	came := e.recorded.Response.Header["Set-Cookie"]
	went := slices.Clone(e.trial.header["Set-Cookie"])
	for i, f := range e.trial.set {
		item := Item{In: "set-cookie", Name: shownName(f.Name)}
		e.judgedCookie(&item, f)
		if i < len(came) {
			item.Length = valueLength(came[i])
		}
		if p := e.x.partner; p != nil && item.changes() && f.Purpose != p.purpose {
			item.Why = p.name + " may set cookies of its own purpose alone"
		}
		if at := slices.IndexFunc(went, func(field string) bool { return cookieName(field) == f.Name }); !item.changes() && at >= 0 {
			if f.Action == cookie.Narrowed && i < len(came) {
				item.Verdict = isCapped
				item.Why += ", " + narrowed(came[i], went[at])
			}
			went = slices.Delete(went, at, at+1)
		}
		e.add(item)
	}
	for _, field := range went {
		item := Item{In: "set-cookie", Name: shownName(cookieName(field)), Verdict: isAdded, Why: "the gateway's own"}
		if !e.x.isOwnName(cookieName(field)) {
			item.Why = "it makes the browser forget a cookie that is not allowed"
		}
		e.add(item)
	}
}

func cookieName(field string) string {
	name, _, _ := strings.Cut(field, "=")
	return strings.TrimSpace(name)
}

func valueLength(field string) int {
	piece, _, _ := strings.Cut(field, ";")
	_, value, _ := strings.Cut(piece, "=")
	return utf8.RuneCountInString(value)
}

// narrowed says how a cookie was narrowed.
func narrowed(before, after string) string {
	was, err := http.ParseSetCookie(before)
	is, err2 := http.ParseSetCookie(after)
	if err != nil || err2 != nil {
		return "narrowed as declared"
	}
	var changes []string
	if was.MaxAge != is.MaxAge || !was.Expires.Equal(is.Expires) {
		changes = append(changes, "with a shorter life")
	}
	if is.Secure && !was.Secure {
		changes = append(changes, "Secure")
	}
	if is.HttpOnly && !was.HttpOnly {
		changes = append(changes, "HttpOnly")
	}
	if is.SameSite != was.SameSite {
		changes = append(changes, "SameSite")
	}
	return strings.Join(changes, ", ")
}

// aboutTheBody are headers that follow from a body that is another one for each
// class of consent.
var aboutTheBody = map[string]bool{
	"Content-Length": true, "Content-Type": true, "Content-Encoding": true, "Accept-Ranges": true,
	"Cache-Control": true, "Etag": true, "Last-Modified": true, "Expires": true, "Vary": true,
}

func (e *explainer) responseHeaders() {
	came, went := e.recorded.Response.Header, e.trial.header
	for _, name := range slices.Sorted(maps.Keys(came)) {
		values, passed := went[name]
		if name == "Set-Cookie" || unjudgedHeaders[name] || passed && slices.Equal(values, came[name]) {
			continue // of the storefront's many headers those that are changed are enough
		}
		item := Item{In: "response", Name: shownName(name), Length: lengthOf(came[name]), Verdict: isChanged}
		if !passed {
			item.Verdict = isTakenOut
		}
		e.changedHeader(&item, name)
		e.add(item)
	}
	for _, name := range slices.Sorted(maps.Keys(went)) {
		if _, ok := came[name]; ok || name == "Set-Cookie" || aboutTheBody[name] {
			continue
		}
		why := "the gateway sends it"
		switch name {
		case enforcedPolicy, reportedPolicy:
			why = "it keeps the browser from fetching what was not granted"
		case "Permissions-Policy":
			why = "it keeps scripts from what was not granted"
		}
		e.add(Item{In: "response", Name: shownName(name), Length: lengthOf(went[name]), Verdict: isAdded, Why: why})
	}
}

// changedHeader says why a header of the storefront's did not pass as it came.
func (e *explainer) changedHeader(item *Item, name string) {
	for _, ask := range askHeaders {
		if ask.name == name {
			e.purpose(item, ask.purpose)
			item.Why = "it asks the browser for more: no consent to " + item.Purpose
			return
		}
	}
	switch {
	case isOwnHeader(name), name == e.x.rules.minors.header:
		item.Why = "it is a word to the gateway"
	case name == serverTiming:
		e.purpose(item, consent.Analytics)
		item.Why = "descriptions may hold identifiers: no consent to " + item.Purpose
	case name == "Location" && e.trial.status == http.StatusNoContent:
		item.Why = "it leads what a page loads to a third party"
	case name == enforcedPolicy, name == reportedPolicy:
		item.Why = "the gateway's own files are let through, and reports to third parties are not"
	case slices.Contains(sums, name):
		item.Why = "it is a sum of the body, which is changed"
	case aboutTheBody[name]:
		item.Why = "the body is another one for each class of consent"
	case slices.Contains([]string{"Link", "Refresh", "Speculation-Rules", "Reporting-Endpoints", "Report-To"}, name):
		item.Why = "it leads the browser to a third party"
	default:
		item.Why = "the gateway changes it"
	}
}

// referred says what became of a page's reference to a third party.
func (e *explainer) referred(r reference) Item {
	item := Item{In: "page", Name: shownName(r.host), Kind: r.element.String(), Partner: r.verdict.Partner, Verdict: isKept}
	if r.verdict.Block {
		item.Verdict = isTakenOut
	}
	e.purpose(&item, r.verdict.Purpose)
	who := or(r.verdict.Partner, "a third party")
	switch {
	case r.verdict.Purpose == consent.None && r.verdict.Partner == "" && r.host == "" && r.element != page.Inline:
		item.Why = "an address that a browser could not read is no third party that anybody declared"
	case r.verdict.Purpose == consent.None && item.changes():
		item.Why = "undeclared: neither the policy nor a catalogue knows the host"
	case r.verdict.Purpose == consent.None:
		item.Why = "undeclared, and undeclared third parties are let pass"
	case r.verdict.Purpose == consent.CrossBorder && item.changes():
		item.Why = who + " is abroad: no consent to cross-border"
	case item.changes():
		item.Why = who + ": no consent to " + item.Purpose
	case r.verdict.Purpose == consent.Necessary:
		item.Why = who + ": necessary"
	default:
		item.Why = who + ": consent to " + item.Purpose
	}
	return item
}

// statusText names a status.
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}
