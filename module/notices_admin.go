package module

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
)

// adminNotices lists all notices, also those whose days have passed or have not
// come.
func (a *App) adminNotices(*http.Request) (any, error) {
	return struct {
		Notices []storedNotice `json:"notices"`
	}{notNil(a.listNotices())}, nil
}

// adminSetNotice shows a notice from now on.
func (a *App) adminSetNotice(r *http.Request) (any, error) {
	var n Notice
	if err := adminBody(r, &n); err != nil {
		return nil, err
	}
	set, err := a.setNotice(r.Context(), n)
	if err != nil {
		return nil, noticeFailure(err)
	}
	return set, nil
}

// adminRemoveNotice takes a notice back.
func (a *App) adminRemoveNotice(r *http.Request) (any, error) {
	return nil, noticeFailure(a.removeNotice(r.Context(), r.PathValue("id")))
}

// noticeFailure gives an error its status; what has none is the storage's.
func noticeFailure(err error) error {
	var status int
	var wrong noticeError
	switch {
	case errors.As(err, &wrong):
		status = http.StatusBadRequest
	case errors.Is(err, errNotice):
		status = http.StatusNotFound
	case errors.Is(err, errNoticeDeclared), errors.Is(err, errNoticesFull):
		status = http.StatusConflict
	default:
		return err
	}
	return caddy.APIError{HTTPStatus: status, Message: err.Error()}
}
