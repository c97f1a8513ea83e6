package module

import (
	"bytes"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/image"
)

// explainRequest compares the request that came with the one that reached the
// storefront.
func (e *explainer) explainRequest() {
	e.requestCookies()
	e.requestHeaders()
	e.query()
	e.fields()
}

func (e *explainer) requestCookies() {
	found := e.trial.cookies
	for _, field := range e.recorded.Request.Header["Cookie"] {
		for piece := range strings.SplitSeq(field, ";") {
			if piece = strings.Trim(piece, " \t"); piece == "" {
				continue
			}
			name, value, valued := strings.Cut(piece, "=")
			if !valued {
				name, value = "", name
			}
			item := Item{In: "cookie", Name: shownName(strings.TrimSpace(name)), Length: utf8.RuneCountInString(value)}
			switch {
			case e.x.isOwnName(strings.TrimSpace(name)):
				item.Verdict, item.Why = isTakenOut, "the gateway's own: it never reaches the storefront"
			case len(found) == 0:
				continue
			default:
				e.judgedCookie(&item, found[0])
				found = found[1:]
				if e.x.partner != nil && !item.changes() {
					item.Verdict, item.Why = isTakenOut, e.x.partner.name+" gets no cookies"
				}
			}
			e.add(item)
		}
	}
}

// judgedCookie says why a cookie was let pass or not.
func (e *explainer) judgedCookie(item *Item, f cookie.Finding) {
	item.Verdict = isKept
	if f.Action == cookie.Dropped {
		item.Verdict = isTakenOut
	}
	e.purpose(item, f.Purpose)
	filter := e.x.cookies()
	_, declared := filter.Declared.Lookup(f.Name)
	granted := e.x.decision.Granted.With(consent.Necessary).Has(f.Purpose)
	switch {
	case f.Purpose == consent.None:
		item.Why = "undeclared: neither the policy nor a catalogue knows it"
	case item.changes() && granted:
		item.Why = "it is not in the form of a cookie that a browser would take"
	case item.changes():
		item.Why = "no consent to " + item.Purpose
	case f.Purpose == consent.Necessary:
		item.Why = "necessary"
	case !granted:
		item.Why = "it only deletes the cookie" // in a response
	default:
		item.Why = "consent to " + item.Purpose
	}
	if f.Purpose != consent.None && !declared {
		item.Why += " (by the catalogue)"
	}
}

// unjudgedHeaders only carry the message.
var unjudgedHeaders = map[string]bool{"Cookie": true, "Content-Length": true, "Transfer-Encoding": true}

func (e *explainer) requestHeaders() {
	came, went := e.recorded.Request.Header, e.trial.request.Header
	byName := make(map[string]identifier.Finding)
	var inURL []identifier.Finding
	for _, f := range e.trial.found {
		switch f.Place {
		case identifier.InHeader:
			byName[f.Name] = f
		case identifier.InURL:
			inURL = append(inURL, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(came)) {
		if unjudgedHeaders[name] {
			continue
		}
		values := went[name]
		passed := strings.Join(values, "") != "" || len(came.Get(name)) == 0 && values != nil
		item := Item{In: "header", Name: shownName(name), Length: lengthOf(came[name]), Verdict: isKept}
		f, found := byName[name]
		switch {
		case isOwnHeader(name):
			item.Verdict, item.Why = isTakenOut, "only the gateway says this to the storefront"
		case passed && slices.Equal(values, came[name]):
			e.keptHeader(&item, name)
		case found:
			e.acted(&item, f.Kind, f.Action)
			if !passed {
				item.Verdict = isTakenOut // a partner does not get what is left of it
			} else if item.Verdict == isTakenOut {
				item.Verdict = isShortened // it was one of several
			}
		case !passed && e.x.partner != nil && !partnerHeaders[name]:
			item.Verdict, item.Why = isTakenOut, e.x.partner.name+" gets only what it needs to read the request"
		case len(inURL) > 0 && strings.Contains(came.Get(name), "/"):
			e.acted(&item, inURL[0].Kind, inURL[0].Action)
			item.Verdict, item.Why = isShortened, "the URL in it held "+kindsOf(inURL)
		default:
			item.Verdict = isChanged
			if !passed {
				item.Verdict = isTakenOut
			}
			item.Why = whyHeader(name)
		}
		e.add(item)
	}
	for _, name := range slices.Sorted(maps.Keys(went)) {
		if _, ok := came[name]; (!ok || isOwnHeader(name)) && !unjudgedHeaders[name] && strings.Join(went[name], "") != "" {
			e.add(Item{In: "header", Name: shownName(name), Length: lengthOf(went[name]), Verdict: isAdded, Why: "the gateway tells the storefront what was decided"})
		}
	}
}

// keptHeader says why a header passed.
func (e *explainer) keptHeader(item *Item, name string) {
	copied := http.Header{name: slices.Clone(e.recorded.Request.Header[name])}
	var found *identifier.Finding
	e.strictest().Header(copied, 0, func(f identifier.Finding) { found = &f })
	e.keptIdentifier(item, found)
}

// whyHeader says why the gateway changes a header that holds nothing personal.
func whyHeader(name string) string {
	switch name {
	case "Accept-Encoding":
		return "only codings that can be undone are asked for"
	case "If-None-Match", "If-Modified-Since", "If-Range":
		return "the browser's copy is of another class of consent, or can't be told from one"
	case "If-Match":
		return "the storefront is told its own tag"
	case "Connection":
		return "no header of the gateway's can be taken out by it"
	}
	if slices.Contains(sums, name) {
		return "it is a sum of the body, which was changed"
	}
	return "the gateway changes it"
}

func (e *explainer) query() {
	if e.recorded.Request.URL.RawQuery == "" {
		return
	}
	e.compare("query", parameters(e.recorded.Request.URL.RawQuery), parameters(e.trial.request.URL.RawQuery), func(name string) (identifier.Kind, identifier.Action, bool) {
		for _, f := range e.trial.found {
			if f.Place == identifier.InQuery && plainName(f.Name) == name {
				return f.Kind, f.Action, true
			}
		}
		return 0, 0, false
	})
}

// parameters takes a query apart. What has no equals sign has no name.
func parameters(query string) []pair {
	var all []pair
	for piece := range strings.FieldsFuncSeq(query, func(c rune) bool { return c == '&' || c == ';' }) {
		name, value, valued := strings.Cut(piece, "=")
		if !valued {
			name, value = "", name
		}
		all = append(all, pair{plainName(name), value})
	}
	return all
}

// plainName decodes a parameter's name, as far as it can be.
func plainName(name string) string {
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}

// fields compares the fields of a body, or where there are none the whole.
func (e *explainer) fields() {
	in := &e.recorded.Request
	if len(in.Body) == 0 {
		return
	}
	media, parameters, _ := mime.ParseMediaType(in.Header.Get("Content-Type"))
	came, err := decodedBody(in.Header, in.Body)
	went, err2 := decodedBody(e.trial.request.Header, e.trial.body)
	boundary := parameters["boundary"]
	read := func(text []byte) (all []pair) {
		if media := readAs(media, text); holdsFields(media) {
			for name, value := range fieldsOf(media, boundary, text) {
				all = append(all, pair{name, value})
			}
		}
		return all
	}
	fields := read(came)
	if err != nil || err2 != nil || len(fields) == 0 && media != "multipart/form-data" {
		item := Item{In: "body", Name: media, Length: len(in.Body), Verdict: isKept, Why: "its type holds no fields that are judged"}
		if !bytes.Equal(came, went) {
			item.Verdict, item.Why = isChanged, "the gateway took something out of it"
		}
		e.add(item)
		e.takenOfUploads("")
		return
	}
	e.compare("body", fields, read(went), func(name string) (identifier.Kind, identifier.Action, bool) {
		for _, f := range e.trial.inBody {
			found := dotted(plainName(f.Name))
			if rest, ok := strings.CutPrefix(name, found); ok && (rest == "" || rest[0] == '.') {
				return f.Kind, f.Action, true
			}
		}
		return 0, 0, false
	})
	if media == "multipart/form-data" {
		e.files(came, boundary)
	}
}

// readAs is the type as which a body's fields are read. What has no type is read as
// it looks.
func readAs(media string, text []byte) string {
	text = bytes.TrimSpace(text)
	switch {
	case strings.Contains(media, "json"):
		return "application/json"
	case media != "" && media != "text/plain":
		return media
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return "application/json"
	case bytes.Contains(text, []byte("=")):
		return "application/x-www-form-urlencoded"
	}
	return media
}

// files lists the files of a form, each with what was taken out of it.
func (e *explainer) files(text []byte, boundary string) {
	r := multipart.NewReader(bytes.NewReader(text), boundary)
	for {
		part, err := r.NextPart()
		if err != nil {
			return
		}
		if part.FileName() == "" {
			continue
		}
		if e.takenOfUploads(part.FormName()) {
			continue
		}
		n, _ := io.Copy(io.Discard, part)
		e.add(Item{In: "upload", Name: shownName(part.FormName()), Length: int(n), Verdict: isKept, Why: "nothing in the file tells of a person, a device or a place"})
	}
}

// takenOfUploads lists what was taken out of the file in a field, and reports
// whether anything was.
func (e *explainer) takenOfUploads(field string) bool {
	taken := false
	for _, f := range e.trial.uploads {
		if f.field != field {
			continue
		}
		taken = true
		item := Item{In: "upload", Name: shownName(field), Kind: f.kind.String(), Verdict: isTakenOut}
		e.purpose(&item, consent.Device)
		item.Why = f.kind.String() + ": no consent to device"
		switch f.kind {
		case image.Place:
			e.purpose(&item, consent.Location)
			item.Why = f.kind.String() + ": no consent to location"
		case image.Serial, image.Owner, image.MakerNote, image.Model:
		default:
			item.Why = f.kind.String() + ": it stays only with consent to device and location"
		}
		e.add(item)
	}
	return taken
}

func lengthOf(values []string) int { return utf8.RuneCountInString(strings.Join(values, ", ")) }
