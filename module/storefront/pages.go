package storefront

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// view is what every page is rendered from.
type view struct {
	Title   string
	Lang    string // "en" or "zh"
	Theme   string // "light", "dark", or empty for the system's
	CSRF    string
	Path    string // of this page, to come back to
	Query   string // in the search field
	User    *account
	Items   int // in the cart
	Gateway gateway
	Static  bool // the same for everyone: no form, nothing of the visitor
	Tracked bool // carries the trackers that all pages carry
	Data    any
}

// T translates a text of the shop into the page's language.
func (v view) T(text string) string {
	if v.Lang == "zh" {
		if zh, ok := chinese[text]; ok {
			return zh
		}
	}
	return text
}

// Categories lists the shop's departments for the navigation.
func (view) Categories() []category { return categories }

// render writes a page. It is rendered before the first byte is sent, so that a
// failure is an error page and never half of a page.
func (s *shop) render(w http.ResponseWriter, r *http.Request, status int, page, title string, data any) {
	v := view{
		Title: title, Lang: language(r), Theme: theme(r), CSRF: csrfToken(w, r),
		Path: r.URL.RequestURI(), User: s.user(r), Items: count(readCart(r)),
		Gateway: readGateway(r.Header), Tracked: true, Data: data,
	}
	if page == "search" {
		v.Query = strings.TrimSpace(r.FormValue("q"))
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		v.Path = "/" // a page that answers a form can't be come back to
	}
	v.Title = v.T(title)
	var b bytes.Buffer
	if err := s.pages[page].ExecuteTemplate(&b, "base", v); err != nil {
		http.Error(w, "the page could not be rendered", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Cookie, Accept-Language, Consent")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// problem answers with an error page, or with JSON where that is asked for.
func (s *shop) problem(w http.ResponseWriter, r *http.Request, status int, message string) {
	if wantsJSON(r) {
		apiProblem(w, status, message)
		return
	}
	s.render(w, r, status, "problem", http.StatusText(status), map[string]any{"Status": status, "Message": message})
}

func (s *shop) notFound(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, http.StatusNotFound, "There is no such page in this shop.")
}

// fail is a page that always breaks, as pages do.
func (s *shop) fail(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, http.StatusInternalServerError, "This page breaks on purpose.")
}

// home sets promo_seen, which no one has declared: such cookies exist in every shop.
func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	if cookieValue(r, "promo_seen") == "" {
		setCookie(w, "promo_seen", "autumn-"+token()[:12], year, false)
	}
	// Personal recommendations need consent; the choice without it is what sells best.
	var personal []product
	if readGateway(r.Header).Allows("personalization") {
		personal = productsIn(profile(r)...)
	}
	s.render(w, r, http.StatusOK, "home", "Lantern Lane", map[string]any{
		"Personal": personal[:min(len(personal), 4)],
		"Popular":  products[:8],
	})
}

func (s *shop) category(w http.ResponseWriter, r *http.Request) {
	c, ok := findCategory(r.PathValue("id"))
	if !ok {
		s.notFound(w, r)
		return
	}
	s.render(w, r, http.StatusOK, "category", c.Name.In(language(r)), productsIn(c.ID))
}

func (s *shop) product(w http.ResponseWriter, r *http.Request) {
	p, ok := findProduct(r.PathValue("id"))
	if !ok {
		s.notFound(w, r)
		return
	}
	remember(w, r, p.Category)
	c, _ := findCategory(p.Category)
	others := slices.DeleteFunc(productsIn(p.Category), func(o product) bool { return o.ID == p.ID })
	s.render(w, r, http.StatusOK, "product", p.Name.In(language(r)),
		map[string]any{"Product": p, "Category": c, "Others": others})
}

func (s *shop) search(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "search", "Search", searchProducts(r.FormValue("q")))
}

func (s *shop) trackers(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "trackers", "Every tracker on one page", Vendors())
}

func (s *shop) lab(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "lab", "For operators", map[string]any{"Cookies": Cookies(), "Vendors": Vendors()})
}

// language is the visitor's choice, else what the browser asks for first.
func language(r *http.Request) string {
	switch lang := cookieValue(r, "lang"); lang {
	case "en", "zh":
		return lang
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "zh") {
		return "zh"
	}
	return "en"
}

func theme(r *http.Request) string {
	switch t := cookieValue(r, "theme"); t {
	case "light", "dark":
		return t
	}
	return ""
}
