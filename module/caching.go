package module

import (
	"fmt"
	"hash/fnv"
	"iter"
	"net/http"
	"slices"
	"strings"
)

// A page that was filtered is another representation for each class of
// consent. Its entity tag says so: the storefront's tag, made weak, with the
// class behind a mark. The mark also tells whether the tag was weak before.
const (
	strongMark = "-fs"
	weakMark   = "-fw"
	classLen   = 8
)

// etags translates between the entity tags of the storefront and of the browser
// during one exchange (RFC 9110 section 8.8.3).
type etags struct {
	class string
	asked bool // the request named a tag of this class
	sent  []string
}

// class digests all that a page's bytes depend on besides the storefront.
func (x *exchange) class() string {
	if x.etags.class == "" {
		digest := fnv.New32a()
		_, _ = fmt.Fprint(digest, x.rules.Fingerprint, x.decision.Granted, x.decision.Decided != 0, x.snippetKey(), x.hostPolicy().digest)
		x.etags.class = fmt.Sprintf("%08x", digest.Sum32())
	}
	return x.etags.class
}

// prepareValidators turns the entity tags in a request back into those of the
// storefront. Tags of another class are dropped, and so is all that could let
// the storefront confirm a page that was stored before it was filtered.
func (x *exchange) prepareValidators() {
	h := x.r.Header
	restoreMatch(h)
	fields, conditional := h["If-None-Match"]
	x.etags.sent = fields
	marked := wantsPage(h) || x.rules.limits.header != "" && wantsWorker(h)
	if !conditional {
		if h["If-Modified-Since"] != nil && marked {
			delete(h, "If-Modified-Since")
		}
		return
	}
	var kept []string
	changed := false
	for tag := range listedTags(fields) {
		original, class, ours := splitTag(tag)
		switch {
		case !ours && marked && tag != "*":
			changed = true
		case !ours:
			kept = append(kept, tag)
		case class == x.class():
			kept = append(kept, original)
			changed, x.etags.asked = true, true
		default:
			changed = true
		}
	}
	if !changed {
		return
	}
	// Without a tag the date alone would be asked.
	delete(h, "If-Modified-Since")
	if len(kept) == 0 {
		delete(h, "If-None-Match")
		return
	}
	h["If-None-Match"] = []string{strings.Join(kept, ", ")}
}

// restoreMatch turns the tags of If-Match back into those of the storefront. That a
// page was filtered takes nothing from the proof that it is the version a change is
// meant for (RFC 9110 section 13.1.1), whatever the class.
func restoreMatch(h http.Header) {
	fields, ok := h["If-Match"]
	if !ok {
		return
	}
	var tags []string
	changed := false
	for tag := range listedTags(fields) {
		if original, _, ours := splitTag(tag); ours {
			tag, changed = original, true
		}
		tags = append(tags, tag)
	}
	if changed {
		h["If-Match"] = []string{strings.Join(tags, ", ")}
	}
}

// listedTags iterates over the entity tags in fields, in whose quotes there may be
// commas (RFC 9110 section 8.8.3).
func listedTags(fields []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, field := range fields {
			for field != "" {
				var tag string
				if tag, field = cutListed(field); tag != "" && !yield(tag) {
					return
				}
			}
		}
	}
}

// wantsPage reports whether a request is a navigation.
func wantsPage(h http.Header) bool {
	switch h.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	}
	return strings.Contains(h.Get("Accept"), "text/html")
}

// mark puts the class on a page's entity tag.
func (x *exchange) markTag(h http.Header) {
	h.Del("Last-Modified") // a date would be confirmed for every class
	tag := h.Get("Etag")
	if tag == "" {
		return
	}
	weak, mark := strings.HasPrefix(tag, "W/"), strongMark
	if weak {
		tag, mark = tag[2:], weakMark
	}
	if len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		h.Del("Etag")
		return
	}
	h.Set("Etag", `W/`+tag[:len(tag)-1]+mark+x.class()+`"`)
}

// restore puts the class on the tag that a 304 confirms, and reports whether it is
// a page's.
func (e *etags) restore(h http.Header) bool {
	if !e.asked {
		return false
	}
	tag := h.Get("Etag")
	if _, _, ours := splitTag(tag); tag == "" || ours {
		return true
	}
	mark := strongMark
	if strings.HasPrefix(tag, "W/") {
		tag, mark = tag[2:], weakMark
	}
	if len(tag) >= 2 && tag[len(tag)-1] == '"' {
		h.Set("Etag", `W/`+tag[:len(tag)-1]+mark+e.class+`"`)
	}
	h.Del("Last-Modified")
	return true
}

// splitTag takes apart a tag that markTag made.
func splitTag(tag string) (original, class string, ours bool) {
	inner, ok := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	if !ok {
		return "", "", false
	}
	inner, ok = strings.CutSuffix(inner, `"`)
	at := len(inner) - classLen - len(strongMark)
	if !ok || at < 0 {
		return "", "", false
	}
	mark, class := inner[at:at+len(strongMark)], inner[at+len(strongMark):]
	switch mark {
	case strongMark:
		return `"` + inner[:at] + `"`, class, true
	case weakMark:
		return `W/"` + inner[:at] + `"`, class, true
	}
	return "", "", false
}

// limitCaching says who may store what was filtered: shared caches only the
// variant that grants nothing.
func (x *exchange) limitCaching(h http.Header, k kind) {
	x.dependOnDecision(h)
	if k == htmlPage {
		addVary(h, "Accept-Language") // of the banner
	}
	if k.isDocument() {
		addVary(h, "Sec-Fetch-Dest") // whether there is one, and whether it is a document
	}
}

// dependOnDecision says that a response is another one for another decision.
func (x *exchange) dependOnDecision(h http.Header) {
	addVary(h, "Cookie")
	addVary(h, "Sec-GPC")
	if x.decision.Decided != 0 || x.decision.Granted&x.rules.optional != 0 {
		makePrivate(h)
	}
}

func addVary(h http.Header, name string) {
	for _, value := range h["Vary"] {
		for field := range strings.SplitSeq(value, ",") {
			if field = strings.TrimSpace(field); field == "*" || strings.EqualFold(field, name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}

// nameDecision tells caches in the browser's terms that the storefront's answer
// depends on the decision: they see no Consent in the requests that they compare,
// and nothing at all of regime and country.
func (x *exchange) nameDecision(h http.Header) {
	fields := h["Vary"]
	var own, placed bool
	for i, field := range fields {
		var kept []string
		for name := range strings.SplitSeq(field, ",") {
			name = strings.TrimSpace(name)
			if !isOwnHeader(name) {
				kept = append(kept, name)
				continue
			}
			own, placed = true, placed || !strings.EqualFold(name, headerConsent)
		}
		if own {
			fields[i] = strings.Join(kept, ", ")
		}
	}
	if !own {
		return
	}
	h["Vary"] = slices.DeleteFunc(fields, func(field string) bool { return field == "" })
	x.dependOnDecision(h)
	if placed {
		makePrivate(h)
	}
}

// makePrivate keeps a response out of shared caches (RFC 9111 section 5.2.2.7), also
// of those that go by headers of their own (RFC 9213).
func makePrivate(h http.Header) {
	kept := []string{"private"}
	stored := true
	for _, value := range h["Cache-Control"] {
		for value != "" {
			var directive string
			directive, value = cutListed(value)
			name, _, _ := strings.Cut(strings.ToLower(directive), "=")
			switch strings.TrimSpace(name) {
			case "", "private", "public", "s-maxage", "proxy-revalidate":
			case "must-understand": // it would lift no-store
			case "no-store":
				stored = false
				fallthrough
			default:
				kept = append(kept, directive)
			}
		}
	}
	if !stored {
		kept = kept[1:]
	}
	h["Cache-Control"] = []string{strings.Join(kept, ", ")}
	for name := range h {
		if strings.HasSuffix(name, "-Cache-Control") || slices.Contains(cacheHeaders, name) {
			delete(h, name)
		}
	}
}

// cacheHeaders outweigh Cache-Control in caches that know them, as does any header
// that ends in -Cache-Control.
var cacheHeaders = []string{"Surrogate-Control", "Edge-Control", "X-Accel-Expires"}

// cutListed cuts a field that is a list at the first comma outside of quotes.
func cutListed(field string) (member, rest string) {
	quoted := false
	for i := range len(field) {
		switch {
		case field[i] == '"':
			quoted = !quoted
		case field[i] == ',' && !quoted:
			return strings.TrimSpace(field[:i]), field[i+1:]
		}
	}
	return strings.TrimSpace(field), ""
}
