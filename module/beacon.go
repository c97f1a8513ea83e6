package module

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/fairwaygate/fairway/filters/visit"
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

// visit takes the beacon. The answer to a load is the token that a later beacon
// of the same page brings back.
func (o *own) visit(x *exchange) error {
	w := works.Get().(*work)
	defer w.done()
	if err := w.read(x); err != nil {
		x.count(&claim{kind: visit.Load, suspect: visit.SuspectBody}, w)
		x.site.failure(failBeacon)
		return x.fault(http.StatusBadRequest, `expected an object such as {"path":"/","stay":12}`)
	}
	c := x.claim(&w.beacon)
	x.count(&c, w)
	if c.kind&visit.Load == 0 {
		x.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	answer := o.gateway.app.vault.tokens.answer(x.now)
	h := x.w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(answer))}
	x.w.WriteHeader(http.StatusOK)
	_, err := x.w.Write(answer) //nolint:gosec // JSON of the gateway's own making
	return err
}

// visitPixel is the beacon of browsers without JavaScript: it tells of a load
// only.
func (o *own) visitPixel(x *exchange) error {
	query := x.r.URL.Query()
	c := x.claim(&beaconBody{Path: query.Get("path"), Route: query.Get("route")})
	w := works.Get().(*work)
	x.count(&c, w)
	w.done()
	x.w.Header().Set("Content-Type", "image/gif")
	return x.send(http.StatusOK, func(w io.Writer) error {
		_, err := io.WriteString(w, blankImage)
		return err
	})
}

func (x *exchange) claim(b *beaconBody) claim {
	c := claim{kind: visit.Load, path: b.Path, route: b.Route, from: b.From, campaign: b.Campaign}
	if c.path == "" && c.route == "" {
		if referer, err := url.Parse(x.r.Header.Get("Referer")); err == nil {
			c.path, c.campaign = referer.Path, referer.Query().Get("utm_campaign")
		}
	}
	c.path, _, _ = strings.Cut(c.path, "?")
	if b.Stay != nil {
		c.kind = visit.StayTime
		c.stay = b.Stay.duration()
		c.token = x.gateway.app.vault.tokens.open(b.Token)
	}
	if b.Goal != "" {
		if b.Stay == nil {
			c.kind = 0
		}
		c.kind |= visit.Reached
		c.goals[0] = visit.GoalHit{Name: b.Goal, Value: hundredths(float64(b.Value))}
		c.reached = 1
	}
	return c
}

// work is what counting needs. It is large, and every page and beacon is counted.
type work struct {
	event   visit.Event
	outcome visit.Outcome
	body    bytes.Buffer
	beacon  beaconBody
}

var works = sync.Pool{New: func() any { return new(work) }}

// done forgets what was counted.
func (w *work) done() {
	w.event, w.beacon = visit.Event{}, beaconBody{}
	w.body.Reset()
	works.Put(w)
}

// read reads the beacon of a request.
func (w *work) read(x *exchange) error {
	if _, err := w.body.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, bodyMax)); err != nil {
		return err
	}
	return w.beacon.read(x.r.Header.Get("Content-Type"), w.body.Bytes())
}

func (b *beaconBody) read(contentType string, body []byte) error {
	media, _, _ := strings.Cut(contentType, ";")
	// What looks like an object is one, whatever a sender calls it.
	if object := bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")); !object && strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded") {
		return b.readForm(string(body))
	}
	if len(body) == 0 {
		return nil
	}
	return json.Unmarshal(body, b)
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
