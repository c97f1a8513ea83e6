// Package catalogue knows the cookies, hosts, request paths and script snippets
// of well-known services: what each is for, and whose it is.
//
// The built-in facts are two tables, cookies.tsv and hosts.tsv, one line a fact,
// and the lists of [Endpoints] and [Signatures]. [Read] adds more from files:
// the CSV of the Open Cookie Database, a CSV of one's own, hosts files and
// adblock network rules.
//
// A host that serves several things has the most intrusive purpose of them (see
// [MoreIntrusive]): www.google.com is advertising although a CAPTCHA lives there
// too, and so is not admitted before someone declares the host. Content networks,
// fonts, payments, CAPTCHAs and consent managers are necessary: a page does not
// work without what they carry.
//
// The package is pure: it does no I/O beyond the readers handed in.
package catalogue

import (
	_ "embed"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Cookie is what is known of a cookie.
type Cookie struct {
	Pattern string          // the name, or a prefix and an asterisk: "_ga_*"
	Purpose consent.Purpose // what it is for
	MaxAge  time.Duration   // its usual lifetime; 0 = until the browser closes, or unknown
	Vendor  string          // whose it is, for people; may be empty
}

// Host is what is known of a host and all hosts below it.
type Host struct {
	Pattern string          // "ads.example": it and all below; "*.ads.example": only what is below
	Partner string          // whose it is: lower-case letters, digits and hyphens
	Purpose consent.Purpose // the most intrusive of what it is used for
	Country string          // the vendor's seat, ISO 3166-1 alpha-2; "" = unknown

	// Mixed is true when people visit the host too, or keep links to it in data:
	// naming it in a script is then no sign of a tracker.
	Mixed bool

	// Rare is true when few of the world's shops use the host: where there is no room
	// for all, it comes last.
	Rare bool
}

//go:embed cookies.tsv
var cookieFacts string

//go:embed hosts.tsv
var hostFacts string

// Cookies iterates over the built-in cookies, sorted by pattern.
func Cookies() iter.Seq[Cookie] {
	return func(yield func(Cookie) bool) {
		for f := range facts(cookieFacts) {
			lifetime, ok := ParseLifetime(f[2])
			if !ok {
				panic(fmt.Sprintf("cookies.tsv: %q: unknown lifetime %q", f[0], f[2]))
			}
			if !yield(Cookie{Pattern: f[0], Purpose: builtinPurpose(f[1]), MaxAge: lifetime, Vendor: f[3]}) {
				return
			}
		}
	}
}

// Hosts iterates over the built-in hosts, sorted by pattern.
func Hosts() iter.Seq[Host] {
	return func(yield func(Host) bool) {
		for f := range facts(hostFacts) {
			if !yield(Host{Pattern: f[0], Partner: f[1], Purpose: builtinPurpose(f[2]), Country: f[3], Mixed: f[4] == "mixed", Rare: f[4] == "rare"}) {
				return
			}
		}
	}
}

// facts iterates over the lines of a table, split at tabs; fields that a line
// does not have are empty. Lines that begin with # are comments.
func facts(table string) iter.Seq[[5]string] {
	return func(yield func([5]string) bool) {
		for line := range strings.Lines(table) {
			if line[0] == '#' {
				continue
			}
			var fields [5]string
			rest := strings.TrimSuffix(line, "\n")
			for i := 0; i < len(fields) && rest != ""; i++ {
				fields[i], rest, _ = strings.Cut(rest, "\t")
			}
			if !yield(fields) {
				return
			}
		}
	}
}

// builtinPurpose reads the purpose of a built-in fact. The tables are part of
// the program, so that an unknown word in them is a mistake of ours.
func builtinPurpose(name string) consent.Purpose {
	for p, n := range purposeNames {
		if n == name {
			return consent.Purpose(p)
		}
	}
	panic(fmt.Sprintf("catalogue: unknown purpose %q", name))
}

var purposeNames = [...]string{
	consent.Necessary:       "necessary",
	consent.Preferences:     "preferences",
	consent.Analytics:       "analytics",
	consent.Advertising:     "advertising",
	consent.Personalization: "personalization",
}
