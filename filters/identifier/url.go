package identifier

import (
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// URL takes identifiers out of the query and the fragment of a URL, absolute or
// relative (RFC 3986 section 4.1), and the userinfo out of its authority. A
// question mark or number sign after which nothing is left goes too. A fragment
// is looked at when it holds parameters, after a question mark or as a whole.
func (f *Filter) URL(raw string, granted consent.Set, found func(Finding)) (string, bool) {
	if grantsAll(granted) {
		return raw, false
	}
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	hierarchy, query, hasQuery := strings.Cut(rest, "?")

	hierarchy, changed := dropUserinfo(hierarchy, granted, found)
	query, queryChanged := f.query(query, InURL, granted, found)
	fragment, fragmentChanged := f.fragment(fragment, granted, found)
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
func (f *Filter) fragment(text string, granted consent.Set, found func(Finding)) (string, bool) {
	route, query, hasQuery := strings.Cut(text, "?")
	changed := false
	if strings.Contains(route, "=") {
		route, changed = f.query(route, InURL, granted, found)
	}
	query, queryChanged := f.query(query, InURL, granted, found)
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
func dropUserinfo(text string, granted consent.Set, found func(Finding)) (string, bool) {
	start := strings.Index(text, "//")
	if start < 0 || granted.Has(Userinfo.Purpose()) {
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
	report(found, "", Userinfo, InURL, Drop)
	return text[:start] + text[start+at+1:], true
}
