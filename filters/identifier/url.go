package identifier

import (
	"net/url"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// URL takes identifiers out of the query and the fragment of a URL, absolute or
// relative (RFC 3986 section 4.1), and the userinfo out of its authority. A
// question mark or number sign after which nothing is left goes too. A fragment
// is looked at when it holds parameters, after a question mark or as a whole.
func (f *Filter) URL(raw string, granted consent.Set, found func(Finding)) (string, bool) {
	return f.url(raw, InURL, 0, granted, found)
}

// url does so for a URL that stands in so many others, and reports where.
func (f *Filter) url(raw string, where Where, nesting int, granted consent.Set, found func(Finding)) (string, bool) {
	if grantsAll(granted) {
		return raw, false
	}
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	hierarchy, query, hasQuery := strings.Cut(rest, "?")

	hierarchy, changed := dropUserinfo(hierarchy, where, granted, found)
	query, queryChanged := f.query(query, where, nesting+1, granted, found)
	fragment, fragmentChanged := f.fragment(fragment, where, nesting+1, granted, found)
	if !changed && !queryChanged && !fragmentChanged {
		return raw, false
	}
	var b strings.Builder
	b.Grow(len(raw))
	b.WriteString(hierarchy)
	if hasQuery && (query != "" || !queryChanged) {
		b.WriteByte('?')
		b.WriteString(query)
	}
	if hasFragment && (fragment != "" || !fragmentChanged) {
		b.WriteByte('#')
		b.WriteString(fragment)
	}
	return b.String(), true
}

// fragment treats what comes before a question mark in a fragment and what comes
// after it as queries.
func (f *Filter) fragment(text string, where Where, nesting int, granted consent.Set, found func(Finding)) (string, bool) {
	route, query, hasQuery := strings.Cut(text, "?")
	changed := false
	if strings.Contains(route, "=") {
		route, changed = f.query(route, where, nesting, granted, found)
	}
	query, queryChanged := f.query(query, where, nesting, granted, found)
	switch {
	case !changed && !queryChanged:
		return text, false
	case !hasQuery || query == "" && queryChanged:
		return route, true
	}
	return route + "?" + query, true
}

// dropUserinfo cuts "user:password@" out of an authority. Everything up to the
// last at sign is userinfo, as browsers read it.
func dropUserinfo(text string, where Where, granted consent.Set, found func(Finding)) (string, bool) {
	start := strings.Index(text, "//")
	if start < 0 || start > 0 && text[start-1] != ':' || granted.Has(Userinfo.Purpose()) {
		return text, false
	}
	start += len("//")
	end := len(text)
	if i := strings.IndexAny(text[start:], `/\`); i >= 0 {
		end = start + i
	}
	at := strings.LastIndexByte(text[start:end], '@')
	if at < 0 {
		return text, false
	}
	report(found, "", Userinfo, where, Drop)
	return text[:start] + text[start+at+1:], true
}

// maxURLs is how many URLs may stand in each other's queries to be looked at.
const maxURLs = 4

// opensURL holds the bytes with which a URL begins that [IsURL] knows, and the
// percent sign of an escape.
var opensURL = [256]bool{'h': true, 'H': true, '/': true, '?': true, '%': true}

// IsURL reports whether a text begins like a URL that may hold identifiers: an
// absolute one of HTTP, or one that has a query or a fragment and is relative to a
// host or a page: "/path?query", "//host/#fragment", "?query".
func IsURL(text string) bool {
	if text == "" {
		return false
	}
	switch text[0] {
	case 'h', 'H':
		return len(text) > len("http://") && (strings.EqualFold(text[:7], "http://") || strings.EqualFold(text[:8], "https://"))
	case '/':
		return strings.IndexByte(text, '?') >= 0 || strings.IndexByte(text, '#') >= 0
	}
	return text[0] == '?'
}

// judgeURL decides on a parameter's value that may be a URL, percent-encoded or not.
func (f *Filter) judgeURL(e *edit, value string) Verdict {
	if !mayHoldURL(value) {
		return Verdict{}
	}
	text, err := url.QueryUnescape(value)
	if err != nil || !IsURL(text) {
		return Verdict{}
	}
	edited, changed := f.url(text, e.where, e.nesting, e.granted, e.found)
	switch {
	case !changed:
		return Verdict{}
	case text == value && !strings.ContainsAny(edited, "&;+% "):
		return Verdict{Action: Reduce, Text: edited}
	}
	return Verdict{Action: Reduce, Text: url.QueryEscape(edited)}
}

// IsQuery reports whether a text is a query of two parameters or more, as a campaign's
// parameters are handed on: "utm_source=x&gclid=y".
func IsQuery(text string) bool {
	equals := strings.IndexByte(text, '=')
	if equals < 1 || strings.IndexByte(text[equals:], '&') < 0 {
		return false
	}
	for i := range equals {
		if c := text[i]; fold[c] == 0 && strings.IndexByte("_-.[]%$", c) < 0 {
			return false
		}
	}
	return true
}

// judgeQuery decides on a parameter's value that may be a percent-encoded query.
func (f *Filter) judgeQuery(e *edit, value string) Verdict {
	if strings.IndexByte(value, '%') < 0 {
		return Verdict{}
	}
	text, err := url.QueryUnescape(value)
	if err != nil || !IsQuery(text) {
		return Verdict{}
	}
	edited, changed := f.query(text, e.where, e.nesting+1, e.granted, e.found)
	if !changed {
		return Verdict{}
	}
	return Verdict{Action: Reduce, Text: url.QueryEscape(edited)}
}

// mayHoldURL tells at a glance that most values aren't URLs with a query, a fragment
// or a userinfo.
func mayHoldURL(value string) bool {
	switch value[0] {
	case 'h', 'H':
		if len(value) < len("http://") || value[1]|0x20 != 't' || value[2]|0x20 != 't' || value[3]|0x20 != 'p' {
			return false
		}
	case '%':
		if !strings.HasPrefix(value, "%2") && !strings.HasPrefix(value, "%3") && !strings.HasPrefix(value, "%68") && !strings.HasPrefix(value, "%48") {
			return false
		}
	}
	return strings.ContainsAny(value, "?#@%")
}
