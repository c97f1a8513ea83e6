package module

import (
	"net/http"
	"slices"
	"strings"
)

// admitOwn lets the gateway's own script, style, beacon and form through the
// storefront's Content-Security-Policy (CSP level 3), where it would stop them:
// by their own addresses and nothing wider, and never by unsafe-inline. A policy
// that lets them through already stays byte for byte. Where addresses don't
// count, the script's tag has to bear its digest; what that script loads is
// trusted with it.
func (x *exchange) admitOwn(h http.Header) {
	for i, field := range h["Content-Security-Policy"] {
		// A field may hold several policies, each of which has to be met.
		policies := strings.Split(field, ",")
		for j, policy := range policies {
			policies[j] = x.admitIn(policy)
		}
		h["Content-Security-Policy"][i] = strings.Join(policies, ",")
	}
}

// ownNeeds are the directives that stand in the way of something of ours, the
// most specific first, and what of ours it is.
var ownNeeds = []struct {
	directives []string
	paths      []string
}{
	{[]string{"script-src-elem", "script-src", "default-src"}, []string{"/client.js", "/more.js"}},
	{[]string{"style-src-elem", "style-src", "default-src"}, []string{"/style.css"}},
	{[]string{"connect-src", "default-src"}, []string{"/"}},
	{[]string{"img-src", "default-src"}, []string{"/visit.gif"}},
	{[]string{"form-action"}, []string{"/"}},
}

// admitIn adds what is missing to one policy.
func (x *exchange) admitIn(policy string) string {
	directives := strings.Split(policy, ";")
	for _, need := range ownNeeds {
		at := -1
		for _, name := range need.directives {
			at = slices.IndexFunc(directives, func(directive string) bool { return directiveName(directive) == name })
			if at >= 0 {
				break
			}
		}
		if at < 0 {
			continue // nothing stands in the way
		}
		name, sources := directiveName(directives[at]), strings.Fields(directives[at])[1:]
		script := need.paths[0] == "/client.js"
		if admitsSelf(sources, script || need.paths[0] == "/style.css") {
			continue
		}
		sources = slices.DeleteFunc(sources, func(source string) bool { return strings.EqualFold(source, "'none'") })
		for _, path := range need.paths {
			sources = append(sources, x.scheme()+"://"+x.r.Host+x.rules.prefix+path)
		}
		if script && isDynamic(sources) {
			sources = append(sources, "'"+x.rules.pages.Client().Integrity()+"'")
			x.digested = true
		}
		if name == "default-src" {
			// What else falls back on it must stay as it is.
			name, at = need.directives[0], len(directives)
			directives = append(directives, "")
		}
		directives[at] = " " + name + " " + strings.Join(sources, " ")
	}
	return strings.Join(directives, ";")
}

// admitsSelf reports whether a list of sources lets the site's own files
// through. A nonce does for what carries it.
func admitsSelf(sources []string, nonced bool) bool {
	dynamic := isDynamic(sources)
	for _, source := range sources {
		switch source = strings.ToLower(source); {
		case nonced && strings.HasPrefix(source, "'nonce-"):
			return true
		case dynamic:
		case source == "'self'" || source == "*":
			return true
		}
	}
	return false
}

// isDynamic reports whether only nonces and digests count.
func isDynamic(sources []string) bool {
	return slices.ContainsFunc(sources, func(source string) bool { return strings.EqualFold(source, "'strict-dynamic'") })
}

func directiveName(directive string) string {
	words := strings.Fields(directive)
	if len(words) == 0 {
		return ""
	}
	return strings.ToLower(words[0])
}
