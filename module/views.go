package module

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/pages"
)

// view fills in what the gateway's pages show.
func (o *own) view(x *exchange) *pages.View {
	app, today := o.gateway.app, x.today
	policy := app.policyAt(today)
	query := x.r.URL.Query()
	v := &pages.View{
		Lang:       x.rules.pages.Negotiate(x.r.Header.Get("Accept-Language"), query.Get("lang")),
		Version:    policy.Version,
		Effective:  policy.Effective,
		Controller: policy.Controller,
		Contact:    policy.Contact,
		Regime:     x.decision.Regime.String(),
		Country:    x.decision.Country.String(),
		Decided:    x.decision.Decided.String(),
		GPC:        x.decision.Signals.GPC,
		Minor:      x.decision.Mechanism == consent.ByMinor,
		Purposes:   app.purposeViews(x.rules, x.decision.Granted),
		Partners:   app.partnerViews(x.rules),
		Cookies:    app.cookieViews(x.ownName),
		Versions:   app.versionViews(today),
		Next:       app.nextView(today),
		Notices:    app.noticeViews(today),
		Return:     localPath(query.Get("return")),
	}
	for _, exempt := range o.gateway.Exempt {
		for _, path := range exempt.Paths {
			v.Exemptions = append(v.Exemptions, pages.Exemption{Path: path, Clause: exempt.Clause})
		}
	}
	return v
}

func (a *App) purposeViews(r *rules, granted consent.Set) []pages.Purpose {
	cookies, partners := a.cookieViews(nil), a.partnerViews(r)
	var views []pages.Purpose
	for _, name := range r.Vocabulary.Names(r.Vocabulary.All()) {
		purpose, _ := r.Vocabulary.Lookup(name)
		v := pages.Purpose{
			Name:    name,
			Always:  purpose == consent.Necessary,
			Granted: granted.Has(purpose),
		}
		for _, declared := range a.Purposes {
			if declared.Name == name {
				v.Title, v.Description, v.Clause = declared.Title, declared.Description, declared.Clause
			}
		}
		for _, c := range cookies {
			if c.Purpose == name {
				v.Cookies = append(v.Cookies, c)
			}
		}
		for _, p := range partners {
			if p.Purpose == name {
				v.Partners = append(v.Partners, p)
			}
		}
		views = append(views, v)
	}
	return views
}

// cookieViews lists the declared cookies, and the gateway's own if they have
// names.
func (a *App) cookieViews(ownName func(string) string) []pages.Cookie {
	var views []pages.Cookie
	for _, c := range a.Cookies {
		lifetime := ""
		if c.Lifetime > 0 {
			lifetime = c.Lifetime.String()
		}
		for _, name := range c.Names {
			views = append(views, pages.Cookie{Pattern: name, Purpose: c.Purpose, Lifetime: lifetime})
		}
	}
	if ownName != nil {
		views = append(views,
			pages.Cookie{Pattern: ownName(choiceCookie), Purpose: "necessary", Lifetime: "12mo"},
			pages.Cookie{Pattern: ownName(noticesCookie), Purpose: "necessary", Lifetime: "12mo"},
			pages.Cookie{Pattern: ownName(datesCookie), Purpose: "analytics", Lifetime: "13mo"},
			pages.Cookie{Pattern: ownName(visitCookie), Purpose: "analytics", Lifetime: "30m"},
		)
	}
	return views
}

func (a *App) partnerViews(r *rules) []pages.Partner {
	var views []pages.Partner
	for _, p := range a.Partners {
		views = append(views, pages.Partner{
			Name: p.Name, Purpose: p.Purpose, Country: p.Country,
			Abroad: p.Country != "" && a.Home != "" && p.Country != a.Home,
			Hosts:  p.Hosts, Receives: p.Receives,
		})
	}
	return views
}

// page answers with a page for people, or with JSON for a program that asks for
// it.
func (x *exchange) page(v *pages.View, render func(io.Writer, *pages.View) error, data any) error {
	h := x.w.Header()
	addVary(h, "Accept")
	addVary(h, "Accept-Language")
	addVary(h, "Cookie")
	if data != nil && prefersJSON(x.r.Header.Get("Accept")) {
		return x.json(http.StatusOK, data)
	}
	return x.html(http.StatusOK, func(w io.Writer) error { return render(w, v) })
}

func (x *exchange) html(status int, render func(io.Writer) error) error {
	h := x.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pages.ContentSecurityPolicy)
	return x.send(status, render)
}

// problem answers a person's request that could not be done.
func (x *exchange) problem(status int, p pages.Problem) error {
	if prefersJSON(x.r.Header.Get("Accept")) || strings.HasSuffix(x.path, "/state") {
		return x.fault(status, http.StatusText(status))
	}
	v := (&own{gateway: x.gateway}).view(x)
	return x.html(status, func(w io.Writer) error { return x.rules.pages.Problem(w, v, p) })
}

func (o *own) preferences(x *exchange) error {
	v := o.view(x)
	v.Changes = x.changesSince()
	return x.page(v, x.rules.pages.Preferences, nil)
}

func (o *own) partners(x *exchange) error {
	v := o.view(x)
	return x.page(v, x.rules.pages.Partners, struct {
		Partners []pages.Partner `json:"partners"`
	}{notNil(v.Partners)})
}

func (o *own) cookies(x *exchange) error {
	v := o.view(x)
	return x.page(v, x.rules.pages.Cookies, struct {
		Cookies []pages.Cookie `json:"cookies"`
	}{notNil(v.Cookies)})
}

func (o *own) exemptions(x *exchange) error {
	v := o.view(x)
	return x.page(v, x.rules.pages.Exemptions, struct {
		Exemptions []pages.Exemption `json:"exemptions"`
	}{notNil(v.Exemptions)})
}

func (o *own) contact(x *exchange) error {
	v := o.view(x)
	return x.page(v, x.rules.pages.Contact, struct {
		Controller string `json:"controller"`
		Contact    string `json:"contact"`
	}{v.Controller, v.Contact})
}

// prefersJSON reports whether an Accept header puts JSON before HTML (RFC 9110
// section 12.5.1).
func prefersJSON(accept string) bool {
	var json, html float64
	for part := range strings.SplitSeq(accept, ",") {
		media, parameters, _ := strings.Cut(part, ";")
		quality := 1.0
		for parameter := range strings.SplitSeq(parameters, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
				if q, err := strconv.ParseFloat(value, 64); err == nil {
					quality = q
				}
			}
		}
		switch strings.ToLower(strings.TrimSpace(media)) {
		case "application/json":
			json = max(json, quality)
		case "text/html", "application/xhtml+xml":
			html = max(html, quality)
		}
	}
	return json > html
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
