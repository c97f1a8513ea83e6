package caddyfile

import (
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// hostPattern is a host with all below it, or with "*." only those below it. It is
// read in lower case and, for international names, as browsers send it (A-labels).
// A public suffix is refused: its hosts belong to many.
var hostPattern = value[string]{
	problem:  "bad host",
	expected: "a host such as acme.example or *.acme.example, without scheme, port or path, that is no public suffix",
	read: func(word string) (string, bool) {
		name, below := strings.CutPrefix(word, "*.")
		ascii, err := toASCII.ToASCII(name)
		if err != nil || !hostForm.MatchString(ascii) || len(ascii) > 253 {
			return "", false
		}
		if suffix, icann := publicsuffix.PublicSuffix(ascii); icann && suffix == ascii {
			return "", false
		}
		if below {
			ascii = "*." + ascii
		}
		return ascii, true
	},
}

// toASCII maps a name as browsers do, who mind hyphens and underscores less than
// registries.
var toASCII = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.CheckHyphens(false), idna.StrictDomainName(false))

// hostForm is a host name of RFC 1123 section 2.1, with underscores, which browsers
// resolve.
var hostForm = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)
