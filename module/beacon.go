package module

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// visit takes the beacon. The answer to a load is the token that a later beacon
// of the same page brings back.
func (o *own) visit(x *exchange) error {
	w := works.Get().(*work)
	defer w.done()
	if err := w.read(x); err != nil {
		w.claim = claim{kind: visit.Load, suspect: visit.SuspectBody}
		x.count(w)
		x.site.failure(failBeacon)
		x.w.Header().Set("Cache-Control", "no-store")
		return x.fault(http.StatusBadRequest, `expected an object such as {"path":"/","stay":12}`)
	}
	x.claim(w)
	x.count(w)
	// The script that sent the beacon reads the answer, so it says no more than needed.
	said := [...]string{"no-store", "application/json"}
	h := x.w.Header()
	h["Cache-Control"] = said[0:1:1]
	if w.claim.kind&visit.Load == 0 {
		x.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	h["Content-Type"] = said[1:2:2]
	// The length of so short an answer is the server's to tell.
	_, err := x.w.Write(o.gateway.app.vault.tokens.answer(x.now)) //nolint:gosec // JSON of the gateway's own making
	return err
}

// visitPixel is the beacon of browsers without JavaScript: it tells of a load
// only.
func (o *own) visitPixel(x *exchange) error {
	query := x.r.URL.Query()
	w := works.Get().(*work)
	w.beacon = beaconBody{Path: query.Get("path"), Route: query.Get("route")}
	x.claim(w)
	x.count(w)
	w.done()
	x.w.Header().Set("Content-Type", "image/gif")
	return x.send(http.StatusOK, func(w io.Writer) error {
		_, err := io.WriteString(w, blankImage)
		return err
	})
}

// claim takes what the beacon says.
func (x *exchange) claim(w *work) {
	b, c := &w.beacon, &w.claim
	*c = claim{kind: visit.Load, path: b.Path, route: b.Route, from: b.From, campaign: b.Campaign}
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
}

// claim is what a beacon says.
type claim struct {
	kind     visit.Kind
	path     string
	route    string
	from     string
	campaign string
	stay     time.Duration
	token    visit.Token
	goals    [visit.MaxGoals]visit.GoalHit
	reached  int // how many of them there are
	suspect  visit.Suspicion
}

// work is what counting needs. It is large, and every page and beacon is counted.
type work struct {
	event   visit.Event
	outcome visit.Outcome
	body    bytes.Buffer
	limited io.LimitedReader
	beacon  beaconBody
	claim   claim
}

var works = sync.Pool{New: func() any { return new(work) }}

// done forgets what was counted.
func (w *work) done() {
	w.event, w.beacon, w.claim = visit.Event{}, beaconBody{}, claim{}
	w.body.Reset()
	works.Put(w)
}

var errBodyTooLong = errors.New("the body is too long")

// read reads the beacon of a request.
func (w *work) read(x *exchange) error {
	w.limited = io.LimitedReader{R: x.r.Body, N: bodyMax + 1}
	_, err := w.body.ReadFrom(&w.limited)
	w.limited.R = nil
	if err != nil {
		return err
	}
	if w.body.Len() > bodyMax {
		return errBodyTooLong
	}
	return w.beacon.read(first(x.r.Header["Content-Type"]), w.body.Bytes())
}
