package module

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/consent"
)

// decodedMax bounds a short body once its content coding is undone.
const decodedMax = 16 * wholeMax

// readBirthday looks into a short body on its way to the storefront for a
// birthday that tells of a minor. The body goes on as it came, and nothing of the
// date is kept.
func (x *exchange) readBirthday() {
	m, r := &x.rules.minors, x.r
	if len(m.birthday) == 0 || r.Body == nil || r.ContentLength <= 0 || r.ContentLength > wholeMax ||
		x.gateway.leavesTowards(x) != nil {
		return
	}
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && media == "" || !holdsFields(media) {
		return
	}
	whole, _ := io.ReadAll(io.LimitReader(r.Body, wholeMax))
	// After an error the body goes on to tell it to whom the request is sent.
	r.Body = &readAgain{io.MultiReader(bytes.NewReader(whole), r.Body), r.Body}
	plain, err := decodedBody(r.Header, whole)
	if err != nil {
		return // no one else reads it either
	}
	latest := x.today
	for field, value := range fieldsOf(media, parameters["boundary"], plain) {
		if slices.Contains(m.birthday, field) {
			born, ok := parseBirthday(value, x.rules.zone)
			x.young = x.young || ok && isYoung(born, m.age, latest)
		}
	}
}

// readAgain is a body of which a part is read already.
type readAgain struct {
	io.Reader
	io.Closer
}

// decodedBody undoes the content codings of a body.
func decodedBody(h http.Header, whole []byte) ([]byte, error) {
	undo, err := codingsOf(h)
	if err != nil {
		return nil, err
	}
	for _, c := range undo {
		r, err := c.decode(bytes.NewReader(whole))
		if err != nil {
			return nil, err
		}
		whole, err = io.ReadAll(io.LimitReader(r, decodedMax))
		_ = r.Close()
		if err != nil {
			return nil, err
		}
	}
	return whole, nil
}

// holdsFields reports whether a body of the type has fields that fieldsOf reads.
func holdsFields(media string) bool {
	return media == "application/x-www-form-urlencoded" || media == "multipart/form-data" || isJSON(media)
}

func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// fieldsOf iterates over the names and values of a body's fields, up to where it
// can't be read. Names are dotted paths; "profile[birthdate]" in a form is
// profile.birthdate. Arrays on the way are passed through.
func fieldsOf(media, boundary string, whole []byte) func(yield func(name, value string) bool) {
	switch {
	case isJSON(media):
		return func(yield func(string, string) bool) { jsonFields(whole, yield) }
	case media == "multipart/form-data":
		return func(yield func(string, string) bool) { partFields(whole, boundary, yield) }
	}
	return func(yield func(string, string) bool) { formFields(string(whole), yield) }
}

// formFields reads application/x-www-form-urlencoded (WHATWG URL, section 5.1).
func formFields(text string, yield func(name, value string) bool) {
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr == nil && valueErr == nil && !yield(dotted(name), value) {
			return
		}
	}
}

// partFields reads multipart/form-data (RFC 7578), but for files.
func partFields(whole []byte, boundary string, yield func(name, value string) bool) {
	r := multipart.NewReader(bytes.NewReader(whole), boundary)
	for {
		part, err := r.NextPart()
		if err != nil {
			return
		}
		if part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, valueMax))
		if err != nil || !yield(dotted(part.FormName()), string(value)) {
			return
		}
	}
}

// valueMax is more than any date is long.
const valueMax = 128

// dotted writes the name of a form's field as a dotted path.
func dotted(name string) string {
	if !strings.Contains(name, "[") {
		return name
	}
	return strings.TrimRight(strings.NewReplacer("][", ".", "[", ".", "]", "").Replace(name), ".")
}

// jsonFields reads the scalars of JSON texts (RFC 8259).
func jsonFields(whole []byte, yield func(name, value string) bool) {
	d := jsontext.NewDecoder(bytes.NewReader(bytes.TrimPrefix(whole, []byte("\ufeff"))),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var names []string // of the open containers; "" for one in an array
	name := ""
	for {
		token, err := d.ReadToken()
		if err != nil {
			return
		}
		kind, length := d.StackIndex(d.StackDepth())
		switch token.Kind() {
		case '{', '[':
			if len(names) == body.MaxDepth {
				return
			}
			names = append(names, name)
			name = ""
		case '}', ']':
			names = names[:len(names)-1]
			name = ""
		case '"', '0':
			if kind == '{' && length%2 == 1 {
				name = token.String()
				continue
			}
			if !yield(joined(names, name), token.String()) {
				return
			}
			name = ""
		default:
			name = ""
		}
	}
}

// pathMax is more than any declared path is long; what is longer has no name.
const pathMax = 256

// joined joins the names of containers and a member by dots.
func joined(names []string, name string) string {
	var space [pathMax]byte
	path := space[:0]
	add := func(n string) bool {
		if len(path)+1+len(n) > pathMax {
			return false
		}
		if len(path) > 0 && n != "" {
			path = append(path, '.')
		}
		path = append(path, n...)
		return true
	}
	for _, n := range names {
		if !add(n) {
			return ""
		}
	}
	if !add(name) {
		return ""
	}
	return string(path)
}

// parseBirthday reads a date as 2010-10-13 or 20101013, also one with a time
// behind it (ISO 8601). An instant is taken for the later of its own date and
// that of the zone: browsers write midnight in the zone as the evening before in
// UTC.
func parseBirthday(text string, zone *time.Location) (consent.Day, bool) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse("20060102", text); err == nil {
		return consent.DayOf(t), true
	}
	date, rest := text, ""
	if len(text) > len(time.DateOnly) {
		date, rest = text[:len(time.DateOnly)], text[len(time.DateOnly):]
		if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
			return 0, false
		}
	}
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	born := consent.DayOf(t)
	if instant, err := time.Parse(time.RFC3339, strings.ToUpper(date+strings.Replace(rest, " ", "T", 1))); err == nil {
		born = max(born, consent.DayOf(instant.In(zone)))
	}
	return born, true
}

// isYoung reports whether who was born on a day is below an age. Who was born on
// 29 February gets older on 1 March. A day that is still to come tells of no
// adult.
func isYoung(born consent.Day, age int, today consent.Day) bool {
	birthday := time.Unix(int64(born)*86400, 0).UTC().AddDate(age, 0, 0)
	return today < consent.DayOf(birthday)
}
