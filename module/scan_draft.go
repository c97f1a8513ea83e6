package module

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"golang.org/x/net/publicsuffix"

	"github.com/fairwaygate/fairway/filters/cookie"
)

// draft writes a Caddyfile that declares what was found and is not declared yet. What
// nobody knows stands in comments: the operator decides.
func (s *ScanReport) draft(address string, today time.Time) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		b.WriteString(strings.TrimRight(text, " \t") + "\n")
	}
	line("# A draft for %s, from %d pages on %s. Check each line: a purpose is", s.Site, len(s.Pages), today.Format(time.DateOnly))
	line("# what you use it for, and the catalogue only knows what it is usually for.")
	line("{")
	line("%s", logFiltered)
	line("\tconsent {")
	for _, declaration := range s.declaredCookies() {
		line("\t\t%s", declaration)
	}
	for _, c := range s.Cookies {
		if c.Known == KnownNowhere && c.Domain == "" {
			line("\t\t# Set on %s. What is it for? Undeclared, it is dropped.", commented(c.Page))
			line("\t\t# %s", declaration([]string{c.Name}, "PURPOSE", c))
		}
	}
	names := make(map[string]bool)
	for _, p := range s.Partners {
		s.draftPartner(line, p, names)
	}
	line("\t}")
	line("}")
	line("")
	line("# Where visitors come to.")
	line("%s {", address)
	line("\tencode zstd gzip")
	line("\tconsent {")
	line("\t\t# Changes nothing, and counts what enforcing would change.")
	line("\t\tmode observe")
	line("\t}")
	line("\t# The storefront.")
	line("\treverse_proxy 127.0.0.1:3000")
	line("}")
	return string(caddyfile.Format([]byte(b.String())))
}

// declaredCookies returns a line for each purpose, lifetime and attributes.
func (s *ScanReport) declaredCookies() []string {
	var order []string
	names := make(map[string][]string)
	like := make(map[string]ScannedCookie)
	for _, c := range s.Cookies {
		if c.Known != KnownCatalogue || c.Domain != "" {
			continue
		}
		key := declaration(nil, c.Purpose, c)
		if names[key] == nil {
			order = append(order, key)
			like[key] = c
		}
		names[key] = append(names[key], c.Name)
	}
	slices.SortStableFunc(order, func(a, b string) int {
		return necessaryFirst(like[a].Purpose, like[b].Purpose)
	})
	for i, key := range order {
		order[i] = declaration(names[key], like[key].Purpose, like[key])
	}
	return order
}

func necessaryFirst(a, b string) int {
	if (a == "necessary") != (b == "necessary") {
		return b2i(b == "necessary") - b2i(a == "necessary")
	}
	return strings.Compare(a, b)
}

// draftLife is the longest lifetime that is proposed.
const draftLife = Span(13 * 30 * day)

// declaration is the option that declares cookies with the attributes of one.
func declaration(names []string, purpose string, c ScannedCookie) string {
	words := []string{"cookie"}
	for _, name := range names {
		if new(cookie.Table).Add(name, cookie.Rule{}) != nil {
			name = "NAME" // what the browser sent can't be declared
		}
		words = append(words, quoteWord(name))
	}
	words = append(words, purpose)
	if c.seen.Life > 0 {
		words = append(words, min(wholeSpan(c.seen.Life), draftLife).String())
	}
	if c.seen.Secure {
		words = append(words, "secure")
	}
	if c.seen.HTTPOnly {
		words = append(words, "httponly")
	}
	if c.seen.SameSite != "" {
		words = append(words, "samesite="+c.seen.SameSite)
	}
	return strings.Join(words, " ")
}

// quoteWord quotes a word of a Caddyfile that could mean something else.
func quoteWord(word string) string {
	if strings.ContainsAny(word, "\"`\\{} #*,") || word == "" {
		return quote(word)
	}
	return word
}

// draftPartner writes the block of a partner that is not declared yet.
func (s *ScanReport) draftPartner(line func(string, ...any), p ScannedPartner, names map[string]bool) {
	switch {
	case p.Known == KnownDeclared:
		return
	case p.Known == KnownNowhere:
		line("")
		line("\t\t# By %s on %s. Who is it? Undeclared, it is blocked.", strings.Join(p.Elements, ", "), commented(p.Page))
		line("\t\t# partner %s {", free(names, nameOf(p.Hosts[0])))
		line("\t\t#\thosts %s", strings.Join(p.Hosts, " "))
		line("\t\t#\tpurpose PURPOSE")
		line("\t\t#\tcountry CC")
		line("\t\t# }")
		return
	case len(p.Hosts) == 0:
		line("")
		line("\t\t# An inline script of %s (%s) on %s is known by the catalogue.", p.Name, or(p.Purpose, "no purpose"), commented(p.Page))
		return
	}
	line("")
	line("\t\t# By %s.", strings.Join(p.Elements, ", "))
	line("\t\tpartner %s {", free(names, p.Name))
	line("\t\t\thosts %s", strings.Join(p.Hosts, " "))
	if p.Purpose != "" {
		line("\t\t\tpurpose %s", p.Purpose)
	}
	if p.Country != "" {
		line("\t\t\tcountry %s", p.Country)
	}
	line("\t\t}")
}

// free returns a name that is not taken yet, and takes it.
func free(names map[string]bool, name string) string {
	whole := name
	for n := 2; names[whole]; n++ {
		whole = fmt.Sprintf("%s-%d", name, n)
	}
	names[whole] = true
	return whole
}

// nameOf makes a name from that of a host: what stands before its public
// suffix.
func nameOf(host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = domain
	}
	label, _, _ := strings.Cut(host, ".")
	label = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return -1
	}, label)
	return or(strings.Join(strings.FieldsFunc(label, func(c rune) bool { return c == '-' }), "-"), "partner")
}

// commented makes a path fit for a comment.
func commented(path string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7F {
			return -1
		}
		return c
	}, path)
}
