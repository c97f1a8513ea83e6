package module

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2"
)

func init() { caddy.RegisterModule(new(Admin)) }

// Admin is the privacy officer's part of Caddy's admin API. It belongs to the
// house: it shows what askers wrote, and the keys that partners hold.
//
//	GET    /consent/policy                     the policy in force, and how things stand
//	GET    /consent/requests?state=&limit=     requests, without what was written: open (default), overdue or closed
//	GET    /consent/requests/ID                one request with contact and message
//	GET    /consent/requests/ID/answer         its answer
//	POST   /consent/requests/ID/answer         {"outcome":"done" or "refused","answer":"..."}: answers and closes it
//	GET    /consent/erasures?state=&limit=     calls to partners: pending (default) or done
//	POST   /consent/erasures/TOKEN             makes a pending call due now
//	DELETE /consent/erasures/TOKEN             drops a call
//	GET    /consent/erasures/keys              the keys by which partners check calls
//	GET    /consent/csp                        what browsers reported of the second Content-Security-Policy, by host
//	DELETE /consent/csp                        forgets it
//	GET    /consent/notices                    the notices that visitors get, and those that wait or are over
//	POST   /consent/notices                    {"kind":"incident","text":"...","until":"2027-01-31"}: shows one
//	DELETE /consent/notices/ID                 takes one back
//
// limit is 1 to 1000, default 100. Answers are JSON; an error is {"error":"..."}.
type Admin struct{}

// CaddyModule returns the Caddy module information.
func (*Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.consent", New: func() caddy.Module { return new(Admin) }}
}

// adminCall answers one kind of request with a value that becomes JSON. A nil
// value is answered 204.
type adminCall func(a *App, r *http.Request) (any, error)

// adminCalls are the calls by method and path, as [http.ServeMux] reads them.
func adminCalls() map[string]adminCall {
	return map[string]adminCall{
		"GET /consent/policy":                (*App).adminPolicy,
		"GET /consent/requests":              (*App).adminRequests,
		"GET /consent/requests/{id}":         (*App).adminRequest,
		"GET /consent/requests/{id}/answer":  (*App).adminReadAnswer,
		"POST /consent/requests/{id}/answer": (*App).adminAnswer,
		"GET /consent/erasures":              (*App).adminErasures,
		"GET /consent/erasures/keys":         (*App).adminErasureKeys,
		"POST /consent/erasures/{token}":     (*App).adminHurry,
		"DELETE /consent/erasures/{token}":   (*App).adminDrop,
		"GET /consent/csp":                   (*App).adminCSP,
		"DELETE /consent/csp":                (*App).adminClearCSP,
		"GET /consent/notices":               (*App).adminNotices,
		"POST /consent/notices":              (*App).adminSetNotice,
		"DELETE /consent/notices/{id}":       (*App).adminRemoveNotice,
	}
}

// Routes implements [caddy.AdminRouter].
func (*Admin) Routes() []caddy.AdminRoute {
	mux := http.NewServeMux()
	for pattern, call := range adminCalls() {
		mux.Handle(pattern, call)
	}
	return []caddy.AdminRoute{{
		Pattern: "/consent/",
		Handler: caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			mux.ServeHTTP(w, r)
			return nil
		}),
	}}
}

// ServeHTTP implements [http.Handler].
func (call adminCall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	value, err := call.run(r)
	status := http.StatusOK
	if err != nil {
		failure := adminError(err)
		status, value = failure.HTTPStatus, failure
	}
	if value == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// run finds the app of the configuration that is running. The admin API is there
// before it, and where there is none.
func (call adminCall) run(r *http.Request) (any, error) {
	app, err := caddy.ActiveContext().AppIfConfigured("consent")
	if err != nil {
		return nil, caddy.APIError{HTTPStatus: http.StatusNotFound, Message: "no site has the consent gateway"}
	}
	return call(app.(*App), r)
}

func adminError(err error) caddy.APIError {
	var failure caddy.APIError
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, errNotFound):
		failure = caddy.APIError{HTTPStatus: http.StatusNotFound, Message: "not found"}
	default:
		failure = caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Message: err.Error()}
	}
	return failure
}

func badRequest(format string, args ...any) error {
	return caddy.APIError{HTTPStatus: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// adminBody reads the body of a request: one JSON object with known fields.
func adminBody(r *http.Request, to any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, bodyMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return badRequest("the body can't be read: %v", err)
	}
	return nil
}

// adminLimit reads how many entries a list may have.
func adminLimit(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return 100, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > 1000 {
		return 0, badRequest("limit %q: expected 1 to 1000", text)
	}
	return limit, nil
}

// adminState reads which part of a list is asked for; the first is the default.
func adminState(r *http.Request, known ...string) (string, error) {
	state := or(r.URL.Query().Get("state"), known[0])
	if err := oneOf("state", state, known...); err != nil {
		return "", badRequest("%v", err)
	}
	return state, nil
}

// rightsStore returns the store of requests and erasures.
func (a *App) rightsStore() (*Store, error) {
	if store := a.clerk.desk.store.Load(); store != nil {
		return store, nil
	}
	return nil, errNoStore
}

var _ caddy.AdminRouter = (*Admin)(nil)
