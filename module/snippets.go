package module

import (
	"net/http"
	"strings"

	"github.com/fairwaygate/fairway/module/pages"
)

// snippets returns what is put into a page: the script at the start of its head,
// and for who has not decided the banner at the end of its body. Only documents
// that a browser shows get them, and of framed ones no banner is shown.
func (x *exchange) snippets(h http.Header) (head, body []byte) {
	if x.r.Method != http.MethodGet || x.status >= 300 && x.status < 400 || isDownload(h) {
		return nil, nil
	}
	framed := false
	switch x.r.Header.Get("Sec-Fetch-Dest") {
	case "", "document":
	case "iframe", "frame":
		framed = true
	default:
		return nil, nil
	}
	if x.status == http.StatusOK && !framed {
		x.countPage()
	}
	s := pages.Snippet{
		Lang:    x.lang(),
		Granted: x.rules.Vocabulary.Names(x.decision.Granted),
		Regime:  x.decision.Regime.String(),
		Decided: x.decision.Decided != 0 || framed,
		Nonce:   nonceOf(h),
		Digest:  x.digested,
		Strict:  x.rules.limits.header == enforcedPolicy,
		Domain:  x.origin.Registrable,
		Path:    browserURL(x.r).RequestURI(), // without what was taken out: a page may be stored for others
	}
	if !framed {
		s.Changed, s.Notices = x.changed(), noticeViews(x.notices)
	}
	return x.rules.pages.Head(nil, &s), x.rules.pages.Body(nil, &s)
}

// isDownload reports whether a browser saves a response in place of showing it: it has
// a disposition other than "inline" (RFC 6266 section 4.2). In a file nothing of the
// gateway's works.
func isDownload(h http.Header) bool {
	disposition, _, _ := strings.Cut(first(h["Content-Disposition"]), ";")
	disposition = trimBlanks(disposition)
	return disposition != "" && !strings.EqualFold(disposition, "inline") && !strings.Contains(disposition, "=")
}

// snippetKey is what the snippets depend on besides the decision and the path.
func (x *exchange) snippetKey() string {
	key := x.r.Header.Get("Sec-Fetch-Dest") + " " + string(x.lang()) + x.rules.pages.Client().ETag + x.rules.pages.Style().ETag
	if x.changed() {
		key += " changed"
	}
	for _, n := range x.notices {
		key += " " + n.ID
	}
	return key
}

// lang is the language in which the visitor is spoken to.
func (x *exchange) lang() pages.Lang {
	accepted := x.r.Header.Get("Accept-Language")
	if len(accepted) > 200 {
		return pages.English
	}
	return x.rules.langs.get(accepted, func(accepted string) pages.Lang {
		return x.rules.pages.Negotiate(accepted, "")
	})
}

// nonceOf finds the nonce by which the storefront's Content-Security-Policy
// allows scripts (CSP level 3, section 2.3.1).
func nonceOf(h http.Header) string {
	for _, policy := range h["Content-Security-Policy"] {
		if _, rest, ok := strings.Cut(policy, "'nonce-"); ok {
			if nonce, _, ok := strings.Cut(rest, "'"); ok {
				return nonce
			}
		}
	}
	return ""
}
