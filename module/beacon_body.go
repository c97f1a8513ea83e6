package module

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// beaconBody is the body of a beacon, as JSON or as a form.
type beaconBody struct {
	Path     string  `json:"path"`     // of the page; default: the Referer's
	Route    string  `json:"route"`    // a declared route, in place of the path
	From     string  `json:"from"`     // the site that led to the page, as a URL
	Campaign string  `json:"campaign"` // the campaign code of the page's address
	Stay     *number `json:"stay"`     // seconds that the page was seen; without it the page was loaded
	Token    string  `json:"token"`    // from the answer to the load
	Goal     string  `json:"goal"`     // a declared goal that was reached, of a page that told of its load before
	Value    number  `json:"value"`    // of the goal, in the site's currency
}

func (b *beaconBody) read(contentType string, body []byte) error {
	media, _, _ := strings.Cut(contentType, ";")
	// What looks like an object is one, whatever a sender calls it.
	if object := bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")); !object && strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded") {
		return b.readForm(string(body))
	}
	if len(body) == 0 || b.readPlain(string(body)) {
		return nil
	}
	*b = beaconBody{}
	return json.Unmarshal(body, b)
}

// readPlain reads an object as scripts send it: no blanks, the known members, each
// once, and texts without escapes. It gives up on anything else, which is the
// decoder's to judge.
func (b *beaconBody) readPlain(body string) bool {
	rest, ok := strings.CutPrefix(body, "{")
	if !ok || !plainText(body) {
		return false
	}
	for {
		var name, text string
		if name, rest, ok = cutQuoted(rest); !ok || !strings.HasPrefix(rest, `:"`) {
			return false
		}
		text, rest, ok = cutQuoted(rest[1:])
		member := b.text(name)
		if !ok || text == "" || member == nil || *member != "" {
			return false
		}
		*member = text
		if rest == "}" {
			return true
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return false
		}
	}
}

// plainText reports whether a text is of printable ASCII characters and escapes none.
func plainText(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' || text[i] == '\\' {
			return false
		}
	}
	return true
}

func cutQuoted(s string) (text, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", s, false
	}
	return strings.Cut(s, `"`)
}

// text returns the member of that name, if it is a text.
func (b *beaconBody) text(name string) *string {
	switch name {
	case "path":
		return &b.Path
	case "route":
		return &b.Route
	case "from":
		return &b.From
	case "campaign":
		return &b.Campaign
	case "token":
		return &b.Token
	case "goal":
		return &b.Goal
	}
	return nil
}

func (b *beaconBody) readForm(body string) error {
	form, err := url.ParseQuery(body)
	if err != nil {
		return err
	}
	b.Path, b.Route, b.Token, b.Goal = form.Get("path"), form.Get("route"), form.Get("token"), form.Get("goal")
	b.From, b.Campaign = form.Get("from"), form.Get("campaign")
	if value := form.Get("value"); value != "" {
		if err := b.Value.UnmarshalJSON([]byte(value)); err != nil {
			return err
		}
	}
	if stay := form.Get("stay"); stay != "" {
		b.Stay = new(number)
		return b.Stay.UnmarshalJSON([]byte(stay))
	}
	return nil
}

// number is a count of seconds or a sum of money, also as text.
type number float64

// UnmarshalJSON reads a JSON number, or one in quotes.
func (n *number) UnmarshalJSON(data []byte) error {
	value, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*n = number(value)
	return err
}

// duration is negative for what is no time at all, which no beacon may claim.
func (n number) duration() time.Duration {
	if !(n >= 0 && n <= 1e6) {
		return -1
	}
	return time.Duration(float64(n) * float64(time.Second))
}
