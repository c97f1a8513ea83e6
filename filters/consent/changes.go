package consent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Facts are what a consent is given to: all of a policy that changes what may
// happen with a visitor's data, and none of its words. In JSON they can be kept
// beside a version of the policy, so that two versions can be compared later.
type Facts struct {
	Purposes []string      `json:"purposes"`           // names, in the order of the vocabulary
	Cookies  []CookieFact  `json:"cookies,omitempty"`  // one each name
	Partners []PartnerFact `json:"partners,omitempty"` // one each name
	Home     string        `json:"home,omitempty"`     // ISO 3166-1 alpha-2: where the data is kept
}

// CookieFact is what a policy says of one cookie, or of all whose names begin so.
type CookieFact struct {
	Name     string `json:"name"` // exact, or a beginning with an asterisk behind it
	Purpose  string `json:"purpose"`
	Lifetime string `json:"lifetime,omitempty"` // "" as the storefront sets it
}

// PartnerFact is what a policy says of one third party.
type PartnerFact struct {
	Name     string   `json:"name"`
	Purpose  string   `json:"purpose,omitempty"` // "" when nothing allows it
	Country  string   `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Hosts    []string `json:"hosts,omitempty"`
	Receives []string `json:"receives,omitempty"` // the fields that may reach it
}

// Fingerprint digests the facts. Their order does not count, except that of the
// purposes: a [Choice] stores them by their place.
func (f *Facts) Fingerprint() Fingerprint {
	var facts []string
	for _, c := range f.Cookies {
		facts = append(facts, fmt.Sprintf("cookie %q %q %q", c.Name, c.Purpose, c.Lifetime))
	}
	for _, p := range f.Partners {
		facts = append(facts, fmt.Sprintf("partner %q %q %q %q %q", p.Name, p.Purpose, p.Country, sorted(p.Hosts), sorted(p.Receives)))
	}
	return newFingerprint(f.Purposes, append(facts, "home "+f.Home))
}

// ChangeKind says what has changed between two policies.
type ChangeKind string

// The kinds of changes. Name is that of the purpose, cookie or partner; From and
// To are what was and what is, and one of them is empty where something came or
// went.
const (
	PurposeAdded    ChangeKind = "purpose-added"
	PurposeRemoved  ChangeKind = "purpose-removed"
	PartnerAdded    ChangeKind = "partner-added"   // To is its purpose
	PartnerRemoved  ChangeKind = "partner-removed" // From was its purpose
	PartnerPurpose  ChangeKind = "partner-purpose"
	PartnerCountry  ChangeKind = "partner-country"
	PartnerHosts    ChangeKind = "partner-hosts"    // To has those that came; From, in another change, those that went
	PartnerReceives ChangeKind = "partner-receives" // likewise, of fields
	HomeMoved       ChangeKind = "home"             // no name
	CookieAdded     ChangeKind = "cookie-added"     // To is its purpose
	CookieRemoved   ChangeKind = "cookie-removed"   // From was its purpose
	CookiePurpose   ChangeKind = "cookie-purpose"
	CookieLifetime  ChangeKind = "cookie-lifetime"
)

// Change is one difference between two policies.
type Change struct {
	Kind ChangeKind `json:"change"`
	Name string     `json:"name,omitempty"`
	From string     `json:"from,omitempty"` // lists are separated by spaces
	To   string     `json:"to,omitempty"`
}

// Changes lists what makes the facts of one policy differ from those of an
// earlier one: purposes first, then partners, the home country, and cookies. It
// is empty exactly where nobody has to be asked again, but for the order of the
// purposes.
func Changes(from, to *Facts) []Change {
	var changes []Change
	add := func(kind ChangeKind, name, from, to string) {
		changes = append(changes, Change{kind, name, from, to})
	}
	differ := func(kind ChangeKind, name, from, to string) {
		if from != to {
			add(kind, name, from, to)
		}
	}
	differAs := func(kind ChangeKind, name string, from, to []string) {
		differ(kind, name, "", strings.Join(less(to, from), " "))
		differ(kind, name, strings.Join(less(from, to), " "), "")
	}
	for _, name := range less(to.Purposes, from.Purposes) {
		add(PurposeAdded, name, "", "")
	}
	for _, name := range less(from.Purposes, to.Purposes) {
		add(PurposeRemoved, name, "", "")
	}
	compare(from.Partners, to.Partners, func(p PartnerFact) string { return p.Name }, func(was, is *PartnerFact) {
		switch {
		case was == nil:
			add(PartnerAdded, is.Name, "", is.Purpose)
		case is == nil:
			add(PartnerRemoved, was.Name, was.Purpose, "")
		default:
			differ(PartnerPurpose, is.Name, was.Purpose, is.Purpose)
			differ(PartnerCountry, is.Name, was.Country, is.Country)
			differAs(PartnerReceives, is.Name, was.Receives, is.Receives)
			differAs(PartnerHosts, is.Name, was.Hosts, is.Hosts)
		}
	})
	differ(HomeMoved, "", from.Home, to.Home)
	compare(from.Cookies, to.Cookies, func(c CookieFact) string { return c.Name }, func(was, is *CookieFact) {
		switch {
		case was == nil:
			add(CookieAdded, is.Name, "", is.Purpose)
		case is == nil:
			add(CookieRemoved, was.Name, was.Purpose, "")
		default:
			differ(CookiePurpose, is.Name, was.Purpose, is.Purpose)
			differ(CookieLifetime, is.Name, was.Lifetime, is.Lifetime)
		}
	})
	return changes
}

// compare pairs what has the same name in two lists, in the order of the names.
// Of a name that is only in one of them the other is nil.
func compare[T any](from, to []T, name func(T) string, pair func(was, is *T)) {
	byName := func(a, b T) int { return cmp.Compare(name(a), name(b)) }
	from, to = slices.SortedStableFunc(slices.Values(from), byName), slices.SortedStableFunc(slices.Values(to), byName)
	for len(from)+len(to) > 0 {
		var order int
		switch {
		case len(to) == 0:
			order = -1
		case len(from) == 0:
			order = 1
		default:
			order = byName(from[0], to[0])
		}
		var was, is *T
		if order <= 0 {
			was, from = &from[0], from[1:]
		}
		if order >= 0 {
			is, to = &to[0], to[1:]
		}
		pair(was, is)
	}
}

// less returns what is in a and not in b, in order.
func less(a, b []string) []string {
	return slices.DeleteFunc(sorted(a), func(s string) bool { return slices.Contains(b, s) })
}

// sorted returns each of the words once, in order.
func sorted(words []string) []string { return slices.Compact(slices.Sorted(slices.Values(words))) }
