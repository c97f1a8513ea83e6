package storefront

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// account is a registered customer.
type account struct {
	Name     string
	Email    string
	password string
}

// customer is the one account that there is. The login page tells its password.
var customer = account{Name: "Lin Mei", Email: "lin@shop.example", password: "lantern"}

// maxForm bounds the forms that the shop reads, in bytes.
const maxForm = 64 << 10

// csrfToken returns the visitor's form token and sets it when there is none.
func csrfToken(w http.ResponseWriter, r *http.Request) string {
	if t := cookieValue(r, "csrf"); len(t) == len(token()) {
		return t
	}
	t := token()
	setCookie(w, "csrf", t, 0, true)
	return t
}

// checked lets a form through when its token is that of the cookie, so that no
// other site can post it.
func (s *shop) checked(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			s.problem(w, r, http.StatusBadRequest, "The form could not be read.")
			return
		}
		want := cookieValue(r, "csrf")
		if want == "" || subtle.ConstantTimeCompare([]byte(want), []byte(r.PostFormValue("csrf"))) == 0 {
			s.problem(w, r, http.StatusForbidden, "The form has expired. Please go back and send it again.")
			return
		}
		next(w, r)
	}
}

// user returns who is logged in, or nil.
func (s *shop) user(r *http.Request) *account {
	if a, ok := s.sessions.get(cookieValue(r, "sid")); ok {
		return &a
	}
	return nil
}

func (s *shop) loginForm(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "login", "Log in", map[string]any{"Demo": customer, "Password": customer.password})
}

func (s *shop) login(w http.ResponseWriter, r *http.Request) {
	email := strings.EqualFold(strings.TrimSpace(r.PostFormValue("email")), customer.Email)
	secret := subtle.ConstantTimeCompare([]byte(r.PostFormValue("password")), []byte(customer.password)) == 1
	if !email || !secret {
		s.render(w, r, http.StatusUnauthorized, "login", "Log in",
			map[string]any{"Demo": customer, "Password": customer.password, "Failed": true})
		return
	}
	// A new session at each login, so that nobody can plant one beforehand.
	s.sessions.remove(cookieValue(r, "sid"))
	setCookie(w, "sid", s.sessions.add(customer), month, true)
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (s *shop) logout(w http.ResponseWriter, r *http.Request) {
	s.endSession(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *shop) endSession(w http.ResponseWriter, r *http.Request) {
	s.sessions.remove(cookieValue(r, "sid"))
	dropCookie(w, "sid")
}

func (s *shop) account(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "account", "My account", map[string]any{"Limit": maxPhoto >> 20})
}

// deleteAccount ends the session and tells the gateway that the account is gone.
// The sample customer itself stays, or the next visitor could not log in.
func (s *shop) deleteAccount(w http.ResponseWriter, r *http.Request) {
	if s.user(r) == nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	s.endSession(w, r)
	for _, name := range []string{"cart_items", "reco_profile", "theme", "lang"} {
		dropCookie(w, name)
	}
	w.Header().Set(headerErase, "account")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// preferences keeps the theme and the language, whichever the form holds.
func (s *shop) preferences(w http.ResponseWriter, r *http.Request) {
	switch theme := r.PostFormValue("theme"); theme {
	case "light", "dark":
		setCookie(w, "theme", theme, year, false)
	case "auto":
		dropCookie(w, "theme")
	}
	switch lang := r.PostFormValue("lang"); lang {
	case "en", "zh":
		setCookie(w, "lang", lang, year, false)
	}
	http.Redirect(w, r, localPath(r.PostFormValue("back")), http.StatusSeeOther)
}

// localPath returns the path and query of an address of this shop and "/" for
// any other, so that a form cannot send the visitor elsewhere.
func localPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(s, `\`) {
		return "/"
	}
	return u.RequestURI()
}
