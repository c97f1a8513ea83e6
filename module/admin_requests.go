package module

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
)

// answerMax bounds an answer, in characters.
const answerMax = 20_000

// adminEntry is a request in a list: nothing in it tells who asked.
type adminEntry struct {
	ID       string     `json:"id"`
	Site     string     `json:"site"`
	Kind     string     `json:"kind"`
	Status   string     `json:"status"` // "open", "done" or "refused"
	Opened   time.Time  `json:"opened"`
	Due      time.Time  `json:"due"`
	DaysLeft int        `json:"daysLeft"`
	Overdue  bool       `json:"overdue"`
	Closed   *time.Time `json:"closed,omitempty"`
}

// adminWritten is a request with what was written in it.
type adminWritten struct {
	adminEntry
	Contact  string `json:"contact"`
	Message  string `json:"message"`
	Answer   string `json:"answer,omitempty"`
	Removed  bool   `json:"removed,omitempty"`  // the words: the time to keep them is over
	Unopened bool   `json:"unopened,omitempty"` // the words: their key is not there
}

func newAdminEntry(r *Request, now time.Time) adminEntry {
	e := adminEntry{
		ID: r.ID, Site: r.Site, Kind: r.Kind, Status: "open", Opened: r.Opened.UTC(), Due: r.Due.UTC(),
		DaysLeft: daysLeft(r, now), Overdue: isOverdue(r, now),
	}
	if !r.Closed.IsZero() {
		closed := r.Closed.UTC()
		e.Status, e.Closed = r.Outcome, &closed
	}
	return e
}

func (a *App) adminRequests(r *http.Request) (any, error) {
	limit, err := adminLimit(r)
	if err != nil {
		return nil, err
	}
	state, err := adminState(r, "open", "overdue", "closed")
	if err != nil {
		return nil, err
	}
	store, err := a.rightsStore()
	if err != nil {
		return nil, err
	}
	list := store.OpenRequests
	if state == "closed" {
		list = store.ClosedRequests
	}
	found, err := list(r.Context(), limit)
	if err != nil {
		return nil, err
	}
	now, entries := a.clock.Now(), []adminEntry{}
	for i := range found {
		if state != "overdue" || isOverdue(&found[i], now) {
			entries = append(entries, newAdminEntry(&found[i], now))
		}
	}
	return struct {
		Requests []adminEntry `json:"requests"`
	}{entries}, nil
}

func (a *App) adminRequest(r *http.Request) (any, error) {
	_, found, w, err := a.findRequest(r)
	if err != nil && !errors.Is(err, errSealed) {
		return nil, err
	}
	return adminWritten{
		adminEntry: newAdminEntry(found, a.clock.Now()),
		Contact:    w.Contact, Message: w.Message, Answer: w.Answer,
		Removed: found.Sealed == nil, Unopened: err != nil,
	}, nil
}

func (a *App) adminReadAnswer(r *http.Request) (any, error) {
	_, found, w, err := a.findRequest(r)
	switch {
	case err != nil:
		return nil, err
	case found.Closed.IsZero():
		return nil, caddy.APIError{HTTPStatus: http.StatusNotFound, Message: "there is no answer yet"}
	}
	return struct {
		Outcome string `json:"outcome"`
		Answer  string `json:"answer"`
	}{found.Outcome, w.Answer}, nil
}

// adminAnswer answers a request once. The asker reads the answer under the
// reference; what it should not hold goes to the contact by another way.
func (a *App) adminAnswer(r *http.Request) (any, error) {
	var given struct {
		Outcome string `json:"outcome"`
		Answer  string `json:"answer"`
	}
	if err := adminBody(r, &given); err != nil {
		return nil, err
	}
	switch {
	case given.Outcome != outcomeDone && given.Outcome != outcomeRefused:
		return nil, badRequest("outcome %q: expected %s or %s", given.Outcome, outcomeDone, outcomeRefused)
	case strings.TrimSpace(given.Answer) == "" || utf8.RuneCountInString(given.Answer) > answerMax:
		return nil, badRequest("answer: expected 1 to %d characters", answerMax)
	}
	store, found, w, err := a.findRequest(r)
	if err != nil && !errors.Is(err, errSealed) {
		return nil, err
	}
	if a.clerk.safe == nil {
		return nil, errSealed
	}
	// What can't be opened can be answered all the same.
	w.Answer = given.Answer
	found.Outcome, found.Closed = given.Outcome, a.clock.Now().Truncate(time.Second)
	if err := a.clerk.safe.seal(found, &w); err != nil {
		return nil, err
	}
	if err := store.CloseRequest(r.Context(), found); errors.Is(err, errNotFound) {
		return nil, caddy.APIError{HTTPStatus: http.StatusConflict, Message: "it is answered already"}
	} else if err != nil {
		return nil, err
	}
	a.logger.Info("request answered", zap.String("id", found.ID), zap.String("kind", found.Kind), zap.String("outcome", found.Outcome))
	a.clerk.desk.poke()
	return newAdminEntry(found, a.clock.Now()), nil
}

// findRequest reads the request that the path names, and its words. When they
// can't be opened the rest is still valid beside errSealed.
func (a *App) findRequest(r *http.Request) (*Store, *Request, words, error) {
	store, err := a.rightsStore()
	if err != nil {
		return nil, nil, words{}, err
	}
	found, err := store.Request(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, nil, words{}, err
	}
	w, err := a.clerk.safe.open(found)
	return store, found, w, err
}
