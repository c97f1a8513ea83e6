package storefront

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Cookie describes a cookie of the shop, as an operator would declare it.
type Cookie struct {
	Name    string
	Purpose string        // empty: nobody declared it
	Keep    time.Duration // how long it needs to live; 0 is the session
	Script  bool          // set by a script, not by the server
}

var cookies = []Cookie{
	{Name: "sid", Purpose: "necessary", Keep: month},
	{Name: "csrf", Purpose: "necessary"},
	{Name: "cart_items", Purpose: "necessary", Keep: month},
	{Name: "theme", Purpose: "preferences", Keep: year},
	{Name: "lang", Purpose: "preferences", Keep: year},
	{Name: "_ga", Purpose: "analytics", Keep: 13 * month, Script: true},
	{Name: "_ga_SHOP123", Purpose: "analytics", Keep: 13 * month, Script: true},
	{Name: "_fbp", Purpose: "advertising", Keep: 3 * month, Script: true},
	{Name: "reco_profile", Purpose: "personalization", Keep: 3 * month},
	{Name: "promo_seen"},
	{Name: "legacy_id", Script: true},
}

// Cookies lists every cookie that the shop and the scripts on its pages set on
// the shop's own host, undeclared ones with them.
func Cookies() []Cookie { return slices.Clone(cookies) }

// setCookie sets a cookie for the whole shop; keep 0 makes it a session cookie.
func setCookie(w http.ResponseWriter, name, value string, keep time.Duration, httpOnly bool) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(keep / time.Second),
		HttpOnly: httpOnly, SameSite: http.SameSiteLaxMode,
	})
}

func dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1})
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// profile reads reco_profile: the categories last looked at, the newest first.
func profile(r *http.Request) []string {
	var known []string
	for id := range strings.SplitSeq(cookieValue(r, "reco_profile"), ".") {
		if _, ok := findCategory(id); ok && !slices.Contains(known, id) {
			known = append(known, id)
		}
	}
	return known
}

// remember puts a category in front of the visitor's profile.
func remember(w http.ResponseWriter, r *http.Request, id string) {
	seen := append([]string{id}, slices.DeleteFunc(profile(r), func(s string) bool { return s == id })...)
	setCookie(w, "reco_profile", strings.Join(seen, "."), year, false)
}
