package identifier

import (
	"net/http"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Header takes identifiers out of a request's headers, in place. Names are
// compared without regard to case, and "_" and "." count as "-", as some servers
// take them. It acts on
//
//   - headers that are called like an identifier or a place (X-Device-Id,
//     X-Latitude), every other X-Device-*, and what mobile networks add;
//   - client hints (RFC 8942) but those of low entropy;
//   - User-Agent and its copies, which are reduced ([ReduceUserAgent]);
//   - X-Forwarded-For, Forwarded and their kin, whose addresses are truncated
//     ([TruncateAddr]);
//   - URLs in Referer and in what proxies add (see [Filter.URL]);
//   - any other header whose value as a whole is an IMEI, an ICCID, a MAC address
//     or an exact place;
//   - what is called so in any other header that is a list of named values
//     (X-Client-Info: imei=1; os=13) or a URL.
//
// Cookies and credentials are not looked at.
func (f *Filter) Header(h http.Header, granted consent.Set, found func(Finding)) {
	if grantsAll(granted) {
		return
	}
	for name, values := range h {
		f.headerValues(h, name, values, f.headerEntry(name), granted, found)
	}
}

// headerEntry finds what a header's name means.
func (f *Filter) headerEntry(name string) entry {
	if e, ok := headers.find(name); ok {
		return e
	}
	if hasFoldedPrefix(name, "secch") {
		return entry{kind: ClientHint, need: anyForm}
	}
	e, _ := f.lookUp(name)
	if e.need == unlisted && hasFoldedPrefix(name, "xdevice") {
		return entry{kind: DeviceID, need: anyForm}
	}
	return e
}

// PlainHints returns what remains of a header that asks for client hints (RFC 8942): those
// that the filter lets pass anyway. It reports whether that differs.
func PlainHints(value string) (string, bool) {
	var kept []string
	all := true
	for hint := range strings.SplitSeq(value, ",") {
		name, _, _ := strings.Cut(hint, ";")
		name = strings.Trim(name, " \t")
		if e, ok := headers.find(name); ok && e.need == lowEntropy || strings.EqualFold(name, "Save-Data") {
			kept = append(kept, strings.Trim(hint, " \t"))
		} else {
			all = false
		}
	}
	if all {
		return value, false
	}
	return strings.Join(kept, ", "), true
}

// hasFoldedPrefix reports whether the folded name begins with the prefix and goes
// on after it.
func hasFoldedPrefix(name, prefix string) bool {
	for i := range len(name) {
		if fold[name[i]] == 0 {
			continue
		}
		if prefix == "" {
			return true
		}
		if name[i]|0x20 != prefix[0] {
			return false
		}
		prefix = prefix[1:]
	}
	return false
}

// headerValues judges each value of a header: it is replaced, or left out, and
// with the last one the header.
func (f *Filter) headerValues(h http.Header, name string, values []string, e entry, granted consent.Set, found func(Finding)) {
	kept := values[:0:0] // its own array, made at the first change
	changed := false
	for i, value := range values {
		v := f.judgeHeader(name, value, e, granted, found)
		if v.Action != Pass && (v.Action != Reduce || e.need == agentForm) { // what was found in a list or a URL was told
			report(found, name, v.Kind, InHeader, v.Action)
		}
		if v.Action != Pass && !changed {
			kept, changed = append(make([]string, 0, len(values)), values[:i]...), true
		}
		switch {
		case v.Action == Pass && changed:
			kept = append(kept, value)
		case v.Action != Pass && v.Action != Drop && (v.Text != "" || !mayHold(e)):
			kept = append(kept, v.Text)
		}
	}
	switch {
	case !changed:
	case len(kept) == 0:
		delete(h, name)
	default:
		h[name] = kept
	}
}

// judgeHeader decides on one value. What a list or a URL holds is reported here, since
// it may be more than one thing.
func (f *Filter) judgeHeader(name, value string, e entry, granted consent.Set, found func(Finding)) Verdict {
	device := granted.Has(consent.Device)
	switch {
	case value == "" || IsPrivate(name):
		return Verdict{}
	case e.need == urlForm:
		return changed(e.kind, Reduce, value, first(f.URL(value, granted, found)))
	case e.need == lowEntropy:
		return Verdict{}
	case e.need == addressForm:
		if device {
			return Verdict{}
		}
		if strings.ContainsAny(value, "=") {
			return changed(e.kind, Truncate, value, truncateForwarded(value))
		}
		return changed(e.kind, Truncate, value, truncateList(value))
	case e.need == agentForm:
		if device {
			return Verdict{}
		}
		return changed(e.kind, Reduce, value, ReduceUserAgent(value))
	case e.kind == DeviceData && e.need != unlisted:
		if device || e.need == deviceForm && !e.need.fits(value) {
			return Verdict{}
		}
		return Verdict{Kind: e.kind, Action: Drop}
	}
	v := f.judge(e, name, value, granted)
	if v.Action == Pass && mayHold(e) && hasMembers(value) && !isNegotiation(name) {
		return f.judgeMembers(name, value, granted, found)
	}
	return v
}

// mayHold reports whether the name of a header says nothing of its value, or that it is a
// query.
func mayHold(e entry) bool { return e.need == unlisted || e.need == queryForm }

// changed is the verdict that puts text in the place of a value, if it differs.
func changed(k Kind, a Action, value, text string) Verdict {
	if text == value {
		return Verdict{Kind: k}
	}
	return Verdict{Kind: k, Action: a, Text: text}
}

func first(text string, _ bool) string { return text }

// IsPrivate reports whether a header is the business of others: what it holds is
// opaque, and an identifier in it is the storefront's own.
func IsPrivate(name string) bool {
	switch len(name) {
	case len("Cookie"):
		return strings.EqualFold(name, "Cookie")
	case len("Authorization"):
		return strings.EqualFold(name, "Authorization")
	case len("Proxy-Authorization"):
		return strings.EqualFold(name, "Proxy-Authorization")
	}
	return false
}

// isNegotiation reports whether a header is one of those in which browsers and servers
// agree on a form. Their lists are no app's.
func isNegotiation(name string) bool {
	return strings.HasPrefix(name, "Accept") || strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "If-") || strings.HasPrefix(name, "Content-")
}
