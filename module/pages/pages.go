// Package pages renders what visitors see of the gateway: the preference page
// and its companions, the banner that storefront pages carry, and the script
// and style sheet behind them.
//
// Everything works without JavaScript, and the pages themselves run none (see
// [ContentSecurityPolicy]). What storefront pages get is never inline, so that
// "script-src 'self'; style-src 'self'; connect-src 'self'" suffices there, or a
// nonce. Nothing is fetched from anywhere else. The package knows no web server:
// a caller fills a [View] or a [Snippet] and sends the bytes.
//
// The forms and the script speak to these addresses under the prefix:
//
//	POST /        choice=accept | reject | save, purpose=NAME (repeated), lang=CODE; answers 303 to
//	              return=PATH, or without it 200 with the page anew, which leads to back=PATH
//	GET  /        return=PATH, lang=CODE
//	GET  /state   the decision as JSON; PUT {"granted":[...]} and DELETE change it
//	POST /visit   {"path":"/p"} at a page's load, {"path":"/p","stay":12} once when it is left,
//	              {"path":"/p","goal":"order","value":12.5} when a goal is reached
//	GET  /visit.gif?path=/p, for browsers without JavaScript
//	POST /notice  id=ID, return=PATH: a notice was seen; answers 303
//	GET  /client.js, /more.js, /style.css, /guard.json: [Pages.Client], [Pages.More], [Pages.Style], [Pages.Guard]
//
// On storefront pages the script finds what was taken out by data-consent, the
// purposes that an element needs (separated by spaces), and gives it back when
// they are granted: data-consent-NAME holds an attribute in base64 as the gateway
// leaves it, data-NAME in plain as a storefront may write it (src, srcset, href,
// data, poster, type). Links to the preference page and elements with
// data-consent-open open it as a dialog. window.consent has granted(purpose),
// onchange(f), set(purposes), open() and receipt, the address of the record of
// the last decision made on that page; every change is also the event
// "consentchange" at the document.
//
// An element with data-consent-goal="NAME", and maybe data-consent-goal-value,
// tells of a goal when it is clicked, a form when it is submitted, and either when
// it is first seen where data-consent-goal-on="view"; with consent to analytics only.
package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
)

// DefaultPrefix is the path under which the pages live unless told otherwise.
const DefaultPrefix = "/.consent"

// ContentSecurityPolicy is the strictest policy (CSP level 3) under which the
// pages work. It is meant for the pages themselves, not for the storefront's.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Config is what all pages of one site have in common.
type Config struct {
	// Prefix is the path under which the pages live, without a slash at its
	// end. Default: [DefaultPrefix].
	Prefix string

	// Override holds files that replace built-in words and add to the style:
	// LANG.json (an object from keys to texts; a language that is not built in
	// takes what it lacks from English) and style.css (appended). Default: none.
	Override fs.FS

	// Guard is what the script refuses in the browser. Default: nothing.
	Guard *Guard

	// TCF makes the script answer __tcfapi from the decision. Default: it does not.
	TCF *TCF

	// GPP makes the script answer __gpp from the decision. Default: it does not.
	GPP bool
}

// Pages renders the pages of one site. It is immutable and safe for concurrent use.
type Pages struct {
	prefix    string
	languages *languages
	templates map[Lang]*template.Template
	banners   map[Lang]banner
	notices   map[Lang]*noticeBar
	script    Asset
	more      Asset
	style     Asset
	guard     Asset
}

// New prepares the pages of a site.
func New(c Config) (*Pages, error) {
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	if !strings.HasPrefix(c.Prefix, "/") || strings.HasSuffix(c.Prefix, "/") || strings.ContainsAny(c.Prefix, `?#"'<>\ `) {
		return nil, fmt.Errorf("prefix %q: expected a path such as %s, without a slash at its end", c.Prefix, DefaultPrefix)
	}
	languages, err := loadLanguages(c.Override)
	if err != nil {
		return nil, err
	}
	p := &Pages{
		prefix:    c.Prefix,
		languages: languages,
		templates: make(map[Lang]*template.Template),
		banners:   make(map[Lang]banner),
		notices:   make(map[Lang]*noticeBar),
	}
	if p.style, err = newStyle(c.Override); err != nil {
		return nil, err
	}
	if p.more, err = newMore(); err != nil {
		return nil, err
	}
	if p.script, err = newScript(&c, p.more); err != nil {
		return nil, err
	}
	if p.guard, err = newGuard(c.Guard); err != nil {
		return nil, err
	}
	for _, lang := range languages.list {
		if p.templates[lang], err = p.parse(lang); err != nil {
			return nil, err
		}
		if p.banners[lang], err = p.newBanner(lang); err != nil {
			return nil, err
		}
		if p.notices[lang], err = p.newNoticeBar(lang); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Preferences writes the page on which a visitor decides.
func (p *Pages) Preferences(w io.Writer, v *View) error { return p.render(w, "preferences", v) }

// Policy writes the policy's text and the list of its versions.
func (p *Pages) Policy(w io.Writer, v *View) error { return p.render(w, "policy", v) }

// Partners writes the directory of the third parties.
func (p *Pages) Partners(w io.Writer, v *View) error { return p.render(w, "partners", v) }

// Cookies writes the list of the cookies.
func (p *Pages) Cookies(w io.Writer, v *View) error { return p.render(w, "cookies", v) }

// Exemptions writes the list of what needs no consent.
func (p *Pages) Exemptions(w io.Writer, v *View) error { return p.render(w, "exemptions", v) }

// Contact writes who answers for the processing and how to reach them.
func (p *Pages) Contact(w io.Writer, v *View) error { return p.render(w, "contact", v) }

// Problem writes a page that says in plain words why a request was not done.
func (p *Pages) Problem(w io.Writer, v *View, problem Problem) error {
	return p.renderPage(w, "problem", &page{View: v, Problem: problem})
}

// page is what the templates get.
type page struct {
	*View
	Name    string // of the template
	Problem Problem
	Langs   []Lang
	Prefix  string
	current Lang
}

// Lang is the language in which the page is written: the view's, or the
// default when the view has none that is known.
func (d *page) Lang() Lang { return d.current }

func (p *Pages) render(w io.Writer, name string, v *View) error {
	return p.renderPage(w, name, &page{View: v})
}

// renderPage writes nothing unless the whole page could be made.
func (p *Pages) renderPage(w io.Writer, name string, d *page) error {
	d.Name, d.Prefix, d.Langs = name, p.prefix, p.languages.list
	d.current = p.languages.known(d.View.Lang)
	var b bytes.Buffer
	if err := p.templates[d.current].ExecuteTemplate(&b, name, d); err != nil {
		return fmt.Errorf("rendering the page %q: %w", name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
