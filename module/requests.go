package module

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/module/pages"
)

const (
	// answerDays is within how many days a request is answered (clause V.6).
	answerDays = 15

	// requestsMax bounds the open requests of one site.
	requestsMax = 10_000

	contactMax   = 254  // bytes (RFC 5321 section 4.5.3.1.3)
	messageMax   = 4000 // characters
	referenceMax = 64
)

// requestKinds are the kinds of requests.
var requestKinds = []string{"access", "deletion", "correction"}

// Outcomes of a request.
const (
	outcomeDone    = "done"
	outcomeRefused = "refused"
)

// asked is what a visitor sends.
type asked struct {
	Kind    string `json:"kind"`
	Contact string `json:"contact"`
	Message string `json:"message"`
}

// requestState is a request as its asker sees it. Days are in the policy's time
// zone.
type requestState struct {
	Kind      string  `json:"kind"`
	Status    string  `json:"status"` // "open", "done" or "refused"
	Opened    string  `json:"opened"`
	Due       string  `json:"due"`
	DaysLeft  int     `json:"daysLeft"`
	Overdue   bool    `json:"overdue"`
	Closed    *string `json:"closed"`
	Answer    string  `json:"answer,omitempty"`
	Reference string  `json:"reference,omitempty"` // in the answer to POST alone
	URL       string  `json:"url,omitempty"`
}

// requestPage shows the form, or the status of the request that "ref" names.
func (o *own) requestPage(x *exchange) error {
	query := x.r.URL.Query()
	reference := query.Get("ref")
	if reference == "" {
		return x.page(o.view(x), x.rules.pages.Request, nil)
	}
	store := o.gateway.app.clerk.desk.store.Load()
	if len(reference) > referenceMax {
		return x.problem(http.StatusNotFound, pages.NotFound)
	}
	if store == nil {
		return x.unavailable(false, errNoStore)
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), storeWait)
	defer cancel()
	r, err := store.Request(ctx, requestID(reference))
	if errors.Is(err, errNotFound) || err == nil && r.Site != x.site.site {
		return x.problem(http.StatusNotFound, pages.NotFound)
	}
	if err != nil {
		return x.unavailable(false, err)
	}
	state := x.requestState(r)
	v := o.view(x)
	v.Request = pages.Request{
		Known: true, New: query.Get("new") != "", Kind: state.Kind, Status: state.Status, Opened: state.Opened,
		Due: state.Due, DaysLeft: strconv.Itoa(state.DaysLeft), Overdue: state.Overdue, Answer: state.Answer, Reference: reference,
	}
	if state.Closed != nil {
		v.Request.Closed = *state.Closed
	}
	return x.page(v, x.rules.pages.Request, state)
}

// ask takes a request.
func (o *own) ask(x *exchange) error {
	a, program, err := x.readAsked()
	if err != nil {
		return x.refuse(program, http.StatusBadRequest, pages.Unreadable)
	}
	if fault, why := a.check(); fault != pages.NoFault {
		if program {
			return x.fault(http.StatusBadRequest, why)
		}
		v := o.view(x)
		v.Request = pages.Request{Kind: a.Kind, Contact: a.Contact, Message: a.Message, Fault: fault}
		return x.html(http.StatusBadRequest, func(w io.Writer) error { return x.rules.pages.Request(w, v) })
	}
	clerk := o.gateway.app.clerk
	if !clerk.desk.asking.Allow(x.client, x.now) {
		x.w.Header().Set("Retry-After", strconv.Itoa(int(1/requestRate)))
		return x.refuse(program, http.StatusTooManyRequests, pages.TooMany)
	}
	reference := randomToken()
	opened := x.now.Truncate(time.Second)
	r := &Request{
		ID: requestID(reference), Site: x.site.site, Kind: a.Kind,
		Opened: opened, Due: opened.In(x.rules.zone).AddDate(0, 0, answerDays),
	}
	store := clerk.desk.store.Load()
	if store == nil || clerk.safe == nil {
		return x.unavailable(program, errNoStore)
	}
	if err := clerk.safe.seal(r, &words{Contact: a.Contact, Message: a.Message}); err != nil {
		return x.unavailable(program, err)
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), storeWait)
	defer cancel()
	if err := store.AddRequest(ctx, r, requestsMax); err != nil {
		return x.unavailable(program, err)
	}
	where := o.gateway.rules.prefix + "/request?ref=" + reference
	if program {
		state := x.requestState(r)
		state.Reference, state.URL = reference, where
		x.w.Header().Set("Location", where)
		return x.json(http.StatusCreated, state)
	}
	where += "&new=1"
	if lang := x.r.PostForm.Get("lang"); lang != "" {
		where += "&lang=" + url.QueryEscape(lang)
	}
	x.redirect(where)
	return nil
}

// readAsked reads a form or JSON. program says that the answer is for one.
func (x *exchange) readAsked() (a asked, program bool, err error) {
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, bodyMax)
	media, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	program = prefersJSON(x.r.Header.Get("Accept"))
	if media == "application/json" {
		decoder := json.NewDecoder(x.r.Body)
		err := decoder.Decode(&a)
		if err == nil && decoder.More() {
			err = errors.New("more than one value")
		}
		return a, true, err
	}
	if err := x.r.ParseForm(); err != nil {
		return a, program, err
	}
	form := x.r.PostForm
	return asked{form.Get("kind"), strings.TrimSpace(form.Get("contact")), form.Get("message")}, program, nil
}

// check says which part of a request can't be taken, for pages and for programs.
func (a *asked) check() (pages.RequestFault, string) {
	switch {
	case !isRequestKind(a.Kind):
		return pages.KindFault, fmt.Sprintf("kind %q: expected one of %s", a.Kind, strings.Join(requestKinds, ", "))
	case !isEmail(a.Contact):
		return pages.ContactFault, "contact: expected an e-mail address"
	case !utf8.ValidString(a.Message) || strings.ContainsFunc(a.Message, isControl):
		return pages.MessageFault, "message: expected plain text"
	case utf8.RuneCountInString(a.Message) > messageMax:
		return pages.MessageFault, fmt.Sprintf("message: expected at most %d characters", messageMax)
	}
	return pages.NoFault, ""
}

func isRequestKind(kind string) bool {
	for _, known := range requestKinds {
		if kind == known {
			return true
		}
	}
	return false
}

// isEmail reports whether text is the address of a mailbox and nothing else (RFC
// 5322 section 3.4.1).
func isEmail(text string) bool {
	if len(text) > contactMax || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return false
	}
	address, err := mail.ParseAddress(text)
	return err == nil && address.Name == "" && address.Address == text
}

// isControl finds the controls that no text has: all but tabs and line ends.
func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// requestState is what the asker may see of a request.
func (x *exchange) requestState(r *Request) requestState {
	s := requestState{
		Kind: r.Kind, Status: "open", Opened: x.dayOf(r.Opened), Due: x.dayOf(r.Due),
		DaysLeft: daysLeft(r, x.now), Overdue: isOverdue(r, x.now),
	}
	if !r.Closed.IsZero() {
		closed := x.dayOf(r.Closed)
		s.Status, s.Closed = r.Outcome, &closed
		w, err := x.gateway.app.clerk.safe.open(r)
		if err != nil {
			x.site.failure(failKey)
		}
		s.Answer = w.Answer
	}
	return s
}

func (x *exchange) dayOf(t time.Time) string { return t.In(x.rules.zone).Format(time.DateOnly) }

// daysLeft is how many days are left to answer, the last one counted; 0 once it
// is answered or due.
func daysLeft(r *Request, now time.Time) int {
	if !r.Closed.IsZero() {
		return 0
	}
	return int(max(r.Due.Sub(now)+day-1, 0) / day)
}

func isOverdue(r *Request, now time.Time) bool { return r.Closed.IsZero() && now.After(r.Due) }

// requestID is what of a reference is stored.
func requestID(reference string) string {
	digest := sha256.Sum256([]byte(reference))
	return hex.EncodeToString(digest[:16])
}

// refuse answers a person or a program whose request could not be done.
func (x *exchange) refuse(program bool, status int, p pages.Problem) error {
	if program {
		return x.fault(status, http.StatusText(status))
	}
	return x.problem(status, p)
}

// unavailable answers what can't be done now.
func (x *exchange) unavailable(program bool, err error) error {
	if !errors.Is(err, errFull) {
		x.site.failure(failStore)
		x.gateway.logger.Error("requests", zap.Error(err))
	}
	x.w.Header().Set("Retry-After", "60")
	return x.refuse(program, http.StatusServiceUnavailable, pages.Unavailable)
}
