package module

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Explanation says what the gateway makes of a recorded exchange, and why. It holds
// names, and of values only how long they are.
type Explanation struct {
	// The request: its method and address without query. Parts of the path that
	// look like a value are left out.
	Request string `json:"request"`

	// The purposes that are granted, and by which signal: "default", "choice",
	// "gpc", "tcf", "gpp" or "minor".
	Granted   []string `json:"granted"`
	Mechanism string   `json:"mechanism"`

	Regime  string `json:"regime"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2; "" when it is not known

	// The clause of the policy that exempts the path.
	Exempt string `json:"exempt,omitempty"`

	// The partner towards which the request leaves.
	Partner string `json:"partner,omitempty"`

	// Who answers: "storefront", "partner" or "gateway".
	Answered string `json:"answered"`

	Items []Item `json:"items"`

	// What else is to be known.
	Notes []string `json:"notes,omitempty"`
}

// Item is one thing in an exchange that was judged.
type Item struct {
	// The part that it stands in: "cookie", "header", "query", "body", "upload",
	// "set-cookie", "response" or "page".
	In string `json:"in"`

	// Its name; of a page's reference the host. "" when it has none, or one that
	// may itself be personal.
	Name string `json:"name"`

	// How many characters the value has.
	Length int `json:"length,omitempty"`

	// What becomes of it: "kept", "taken out", "hashed", "coarsened", "shortened",
	// "capped", "changed" or "added".
	Verdict string `json:"verdict"`

	// What it is: a kind of identifier such as "device-id", or a kind of element
	// such as "script".
	Kind string `json:"kind,omitempty"`

	// The purpose for which it needs consent.
	Purpose string `json:"purpose,omitempty"`

	// The partner that is referred to.
	Partner string `json:"partner,omitempty"`

	// How often it occurs, if more than once.
	Count int `json:"count,omitempty"`

	Why string `json:"why"`

	// The clause of the policy that declares the purpose, or exempts the path.
	Clause string `json:"clause,omitempty"`
}

// Verdicts.
const (
	isKept      = "kept"
	isTakenOut  = "taken out"
	isHashed    = "hashed"
	isCoarsened = "coarsened"
	isShortened = "shortened"
	isCapped    = "capped"
	isChanged   = "changed"
	isAdded     = "added"
)

// changes reports whether the item did not pass as it came.
func (i *Item) changes() bool { return i.Verdict != isKept }

// shownNameMax is longer than any name that programs use.
const shownNameMax = 80

// manyDigits is what no name needs, and a value may be.
var manyDigits = regexp.MustCompile(`[0-9]{6,}`)

// shownName returns of a name what can be shown. Programs put values where names
// belong ("?ann@shop.example"), so what looks like one is left out.
func shownName(name string) string {
	strange := func(c rune) bool { return c == ' ' || c == '@' || c == utf8.RuneError || !unicode.IsPrint(c) }
	if len(name) > shownNameMax || strings.ContainsFunc(name, strange) {
		return ""
	}
	return manyDigits.ReplaceAllString(name, "…")
}

// shownPath returns a path without the segments that look like values.
func shownPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if segments[i] = shownName(segment); segments[i] == "" && segment != "" {
			segments[i] = "…"
		}
	}
	return strings.Join(segments, "/")
}

// pair is a name and its value.
type pair struct{ name, value string }

// paired compares what came with what went on, both in order. fate is called for
// each pair that came, with the value that went on and whether one did.
func paired(came, went []pair, fate func(p pair, now string, passed bool)) {
	const none = -1
	at := make([]int, len(came)) // where it is in went
	taken := make([]bool, len(went))
	places := make(map[pair][]int)
	for k, p := range went {
		places[p] = append(places[p], k)
	}
	next := 0
	for i, p := range came {
		at[i] = none
		left := places[p]
		for len(left) > 0 && left[0] < next {
			left = left[1:]
		}
		if len(left) > 0 {
			at[i], taken[left[0]], next = left[0], true, left[0]+1
			left = left[1:]
		}
		places[p] = left
	}
	// What is left of the same name was changed.
	rest := make(map[string][]int)
	for k, p := range went {
		if !taken[k] {
			rest[p.name] = append(rest[p.name], k)
		}
	}
	for i, p := range came {
		if left := rest[p.name]; at[i] == none && len(left) > 0 {
			at[i], rest[p.name] = left[0], left[1:]
		}
		if at[i] == none {
			fate(p, "", false)
		} else {
			fate(p, went[at[i]].value, true)
		}
	}
}
