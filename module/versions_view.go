package module

import (
	"net/http"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/pages"
)

// versionOn returns the version of the policy that is in force on a day. Its hash
// is that of the text that visitors read.
func (a *App) versionOn(today consent.Day) *version {
	p := a.policyAt(today)
	if v := a.versions.find(p.Version); v != nil {
		return v
	}
	return &version{Policy: p}
}

// factsOf returns what a version says, nil when that is not known.
func (a *App) factsOf(v *version, today consent.Day) *consent.Facts {
	if v.Version == a.policyAt(today).Version {
		return a.rules.facts
	}
	if s := a.versions.latest(v.Version); s != nil && v.Effective <= today.String() {
		return s.Facts
	}
	return nil
}

// changesBefore compares a version with the one before it of which it is known
// what it said; nil when there is none.
func (a *App) changesBefore(v *version, today consent.Day) *pages.Changes {
	facts, at := a.factsOf(v, today), slices.Index(a.versions.list, v)
	if facts == nil || at < 0 {
		return nil
	}
	for _, earlier := range a.versions.list[at+1:] {
		if before := a.factsOf(earlier, today); before != nil {
			return &pages.Changes{Version: earlier.Version, List: changes(before, facts)}
		}
	}
	return nil
}

// changesSince tells a visitor what has changed since the decision; nil when it
// was made on the policy as it is, or there is none.
func (x *exchange) changesSince() *pages.Changes {
	if !x.changed() {
		return nil
	}
	since := &pages.Changes{Day: x.choice.Day.String()}
	if s := x.gateway.app.versions.decidedOn(x.choice); s != nil {
		since.Version, since.List = s.Version, changes(s.Facts, x.rules.facts)
	}
	return since
}

// changed reports whether the visitor has decided on another policy.
func (x *exchange) changed() bool {
	return x.choice.Day > 0 && x.choice.Fingerprint != x.rules.Fingerprint
}

func changes(from, to *consent.Facts) []pages.Change {
	list := []pages.Change{}
	for _, c := range consent.Changes(from, to) {
		list = append(list, pages.Change{Kind: string(c.Kind), Name: c.Name, From: c.From, To: c.To})
	}
	return list
}

// versionViews lists the versions; what takes effect last comes first.
func (a *App) versionViews(today consent.Day) []pages.Version {
	var views []pages.Version
	for _, v := range a.versions.list {
		views = append(views, pages.Version{
			Name: v.Version, Effective: v.Effective,
			Current: v.Version == a.policyAt(today).Version, Announced: v.Effective > today.String(),
		})
	}
	return views
}

// nextView is the version that takes effect next, nil when none is declared.
func (a *App) nextView(today consent.Day) *pages.Version {
	p, ok := a.policyAfter(today)
	if !ok {
		return nil
	}
	return &pages.Version{Name: p.Version, Effective: p.Effective, Announced: true}
}

// policy shows the policy in force, or the version that the path names.
func (o *own) policy(x *exchange) error {
	app, today := o.gateway.app, x.today
	shown := app.versionOn(today)
	if name, ok := strings.CutPrefix(x.path, x.rules.prefix+"/policy/"); ok && name != shown.Version {
		if shown = app.versions.find(name); shown == nil {
			return x.problem(http.StatusNotFound, pages.NotFound)
		}
	}
	v := o.view(x)
	v.Version, v.Effective, v.Controller, v.Contact = shown.Version, shown.Effective, shown.Controller, shown.Contact
	v.Text = policyHTML(shown.format, string(shown.text))
	v.Changes = app.changesBefore(shown, today)
	return x.page(v, x.rules.pages.Policy, struct {
		Version    string          `json:"version"`
		Effective  string          `json:"effective,omitempty"`
		Controller string          `json:"controller,omitempty"`
		Contact    string          `json:"contact,omitempty"`
		Text       string          `json:"text,omitempty"`
		SHA256     string          `json:"sha256,omitempty"`
		Purposes   []pages.Purpose `json:"purposes"`
		Versions   []pages.Version `json:"versions"`
		Next       *pages.Version  `json:"next,omitempty"`
		Changes    *pages.Changes  `json:"changes,omitempty"`
	}{
		v.Version, v.Effective, v.Controller, v.Contact, string(shown.text), shown.hash,
		v.Purposes, notNil(v.Versions), v.Next, v.Changes,
	})
}
