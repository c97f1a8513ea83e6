package caddyfile

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/module"
)

// text is words for people.
var text = value[string]{
	problem:  "bad text",
	expected: "text, in quotes if it has spaces",
	read:     func(word string) (string, bool) { return word, strings.TrimSpace(word) != "" },
}

// date is a calendar day (RFC 3339, full-date).
var date = value[string]{
	problem:  "bad date",
	expected: "a date such as 2020-10-20",
	read: func(word string) (string, bool) {
		_, err := time.Parse(time.DateOnly, word)
		return word, err == nil
	},
}

// span is a length of time that is not zero, which would mean the default.
var span = value[module.Span]{
	problem:  "bad time",
	expected: "a time such as 13mo, 1y, 30d or 12h",
	read: func(word string) (module.Span, bool) {
		s, err := module.ParseSpan(word)
		return s, err == nil && s > 0
	},
}

// slug names a partner.
var slug = value[string]{
	problem:  "bad name",
	expected: "a name of lower-case letters, digits and single hyphens such as acme-ads",
	read:     matching(`[a-z0-9]+(-[a-z0-9]+)*`),
}

// version names a version of the policy. It is a part of a path.
var version = value[string]{
	problem:  "bad version",
	expected: "a name of letters, digits, dots, hyphens and underscores, such as 2020-10-13",
	read:     matching(`[A-Za-z0-9][A-Za-z0-9._-]*`),
}

// header is a field name (RFC 9110 section 5.1).
var header = value[string]{
	problem:  "bad header name",
	expected: "a name such as Consent-Minor",
	read:     matching("[A-Za-z0-9!#$%&'*+.^_`|~-]+"),
}

// field is the dotted path of a field in a body or a query.
var field = value[string]{
	problem:  "bad field",
	expected: "a dotted path such as order.total",
	read:     matching(`[^\s.]+(\.[^\s.]+)*`),
}

// label names a route, a goal or a campaign (as links carry it in utm_campaign).
// What is not declared is counted as "other".
var label = value[string]{
	problem:  "bad name",
	expected: `a name of up to 40 letters, digits, dots, hyphens and underscores, other than "other"`,
	read: func(word string) (string, bool) {
		return word, word != "other" && labelForm.MatchString(word)
	},
}

var labelForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}$`)

// referrer is a site that visitors come from, with its subdomains. It is the name
// that its visits are published under too.
var referrer = value[string]{
	problem:  "bad host",
	expected: "a host of up to 40 characters such as news.example, which stands for its subdomains too",
	read: func(word string) (string, bool) {
		host, ok := hostPattern.read(word)
		return host, ok && len(host) <= 40 && strings.Contains(host, ".") && !strings.HasPrefix(host, "*")
	},
}

// languageCode is a primary subtag of BCP 47.
var languageCode = value[string]{
	problem:  "bad language",
	expected: "a language's code in small letters such as zh, without a region",
	read:     matching(`[a-z]{2,3}`),
}

// amount is a sum of money.
var amount = value[float64]{
	problem:  "bad amount",
	expected: "an amount from 0.01 to 10000000 such as 500 or 99.50",
	read: func(word string) (float64, bool) {
		a, err := strconv.ParseFloat(word, 64)
		return a, err == nil && a >= 0.01 && a <= 10_000_000
	},
}

// cookiePattern is the name of a cookie, or how names begin.
var cookiePattern = value[string]{
	problem:  "bad cookie name",
	expected: "a name such as sid, or the beginning of names such as cart_*",
	read: func(word string) (string, bool) {
		return word, new(cookie.Table).Add(word, cookie.Rule{}) == nil
	},
}

// cookieName is the exact name of a cookie.
var cookieName = value[string]{
	problem:  "bad cookie name",
	expected: "a name such as euconsent-v2",
	read: func(word string) (string, bool) {
		_, ok := cookiePattern.read(word)
		return word, ok && !strings.HasSuffix(word, "*")
	},
}

// personalName is the name of a cookie, header or field.
var personalName = value[string]{
	problem:  "bad name",
	expected: "the name of a cookie, header or field",
	read:     func(word string) (string, bool) { return word, printable(word) && !strings.Contains(word, " ") },
}

// pathPattern is a path of the site, or how paths begin.
var pathPattern = value[string]{
	problem:  "bad path",
	expected: "a path such as /order/complete, or the beginning of paths such as /product/*",
	read:     matching(`/[^\s*?#]*\*?`),
}

// prefix is the path under which the gateway answers.
var prefix = value[string]{
	problem:  "bad path",
	expected: "a path such as /.consent, without a slash at its end",
	read: func(word string) (string, bool) {
		ok := prefixForm.MatchString(word) && !strings.Contains(word+"/", "/../") && !strings.Contains(word+"/", "/./")
		return word, ok
	},
}

var prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// contact is how people reach the controller.
var contact = value[string]{
	problem:  "bad contact",
	expected: "an e-mail address or a URL that begins with https:// or http://",
	read: func(word string) (string, bool) {
		address, err := mail.ParseAddress(word)
		return word, err == nil && address.Address == word || webURL(word)
	},
}

// endpoint is a URL that the gateway calls.
var endpoint = value[string]{
	problem:  "bad URL",
	expected: "a URL that begins with https:// or http://, or a placeholder such as {env.ERASE_URL}",
	read: func(word string) (string, bool) {
		if hasPlaceholder(word) {
			return word, knownPlaceholders(word)
		}
		return word, webURL(word)
	},
}

// file is the path of a file or a folder.
var file = value[string]{
	problem:  "bad path",
	expected: "a file or folder, in which placeholders such as {env.KEYS} may stand",
	read:     func(word string) (string, bool) { return word, printable(word) && knownPlaceholders(word) },
}

// timezone is a name of the IANA time zone database.
var timezone = value[string]{
	problem:  "unknown time zone",
	expected: "an IANA name such as Asia/Shanghai or UTC",
	read: func(word string) (string, bool) {
		// The loader also takes "" and "Local", which mean another place on
		// every machine.
		_, err := time.LoadLocation(word)
		return word, err == nil && word != "" && word != "Local"
	},
}

// renewal is a time of whole days, such as that after which visitors are asked again.
var renewal = value[module.Span]{
	problem:  "bad time",
	expected: "a time from 1d up such as 6mo",
	read: func(word string) (module.Span, bool) {
		s, err := module.ParseSpan(word)
		return s, err == nil && time.Duration(s) >= 24*time.Hour
	},
}

// epoch is a length of time that divides a day.
var epoch = value[module.Span]{
	problem:  "bad epoch",
	expected: "1d, 1h or another time from 1m up that divides a day",
	read: func(word string) (module.Span, bool) {
		s, err := module.ParseSpan(word)
		length := time.Duration(s)
		return s, err == nil && length >= time.Minute && (24*time.Hour)%length == 0
	},
}

// epsilon is a privacy budget.
var epsilon = value[float64]{
	problem:  "bad epsilon",
	expected: "a number above 0 and up to 100 such as 2.0",
	read: func(word string) (float64, bool) {
		e, err := strconv.ParseFloat(word, 64)
		return e, err == nil && e > 0 && e <= 100
	},
}

// threshold is the smallest figure that is published.
var threshold = value[float64]{
	problem:  "bad threshold",
	expected: "a whole number from 2 up such as 20",
	read: func(word string) (float64, bool) {
		k, err := strconv.ParseUint(word, 10, 31)
		return float64(k), err == nil && k >= 2
	},
}

// decimals counts decimals of a degree. Three of them are 110 metres; more would
// be a precise place.
var decimals = value[int]{
	problem:  "bad number of decimals",
	expected: "a whole number from 0 to 3",
	read: func(word string) (int, bool) {
		n, err := strconv.Atoi(word)
		return n, err == nil && n >= 0 && n <= 3
	},
}

// matching reads a word that the expression matches from end to end.
func matching(expression string) func(string) (string, bool) {
	form := regexp.MustCompile(`^(?:` + expression + `)$`)
	return func(word string) (string, bool) { return word, form.MatchString(word) }
}

func printable(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !strconv.IsPrint(r) })
}

func webURL(word string) bool {
	u, err := url.Parse(word)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func hasPlaceholder(word string) bool { return placeholder.MatchString(word) }

// knownPlaceholders reports whether all placeholders in word have a value when
// the server starts. Those of a request have none, and must not: a client would
// choose it.
func knownPlaceholders(word string) bool {
	for _, p := range placeholder.FindAllString(word, -1) {
		if !strings.HasPrefix(p, "{env.") && !strings.HasPrefix(p, "{file.") && !strings.HasPrefix(p, "{system.") {
			return false
		}
	}
	return true
}
