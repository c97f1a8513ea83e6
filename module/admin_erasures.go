package module

import (
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/module/pages"
)

// adminErasureEntry is a call to a partner as the officer sees it.
type adminErasureEntry struct {
	Token    string     `json:"token"`
	Partner  string     `json:"partner"`
	Site     string     `json:"site"`
	Scope    string     `json:"scope"`
	Date     string     `json:"date"`
	Attempts int64      `json:"attempts"`
	Problem  string     `json:"problem,omitempty"` // of the last attempt
	Next     *time.Time `json:"next,omitempty"`    // attempt
	Done     *time.Time `json:"done,omitempty"`
}

func (a *App) adminErasures(r *http.Request) (any, error) {
	limit, err := adminLimit(r)
	if err != nil {
		return nil, err
	}
	state, err := adminState(r, "pending", "done")
	if err != nil {
		return nil, err
	}
	store, err := a.rightsStore()
	if err != nil {
		return nil, err
	}
	found, err := store.Erasures(r.Context(), state == "done", limit)
	if err != nil {
		return nil, err
	}
	entries := make([]adminErasureEntry, len(found))
	for i := range found {
		f := &found[i]
		entries[i] = adminErasureEntry{
			Token: f.Token, Partner: f.Partner, Site: f.Site, Scope: f.Scope, Date: f.Day, Attempts: f.Attempts, Problem: f.Problem,
		}
		if f.Done.IsZero() {
			next := f.Retry.UTC()
			entries[i].Next = &next
			if c := a.clerk.caller(f.Partner); c == nil || c.url == "" {
				entries[i].Problem = "the policy names no address for it"
			}
		} else {
			done := f.Done.UTC()
			entries[i].Done = &done
		}
	}
	return struct {
		Erasures []adminErasureEntry `json:"erasures"`
	}{entries}, nil
}

func (c *clerk) caller(partner string) *caller {
	at := slices.IndexFunc(c.callers, func(c *caller) bool { return c.partner == partner })
	if at < 0 {
		return nil
	}
	return c.callers[at]
}

// adminErasureKeys shows the keys that partners need to check calls. The first
// of each signs; the others were newest before.
func (a *App) adminErasureKeys(*http.Request) (any, error) {
	type key struct {
		ID  string `json:"id"`
		Key []byte `json:"key"` // base64
	}
	partners := make(map[string][]key)
	for _, c := range a.clerk.callers {
		for _, k := range c.keys {
			partners[c.partner] = append(partners[c.partner], key(k))
		}
	}
	return struct {
		Algorithm string           `json:"algorithm"`
		Partners  map[string][]key `json:"partners"`
	}{"hmac-sha256", partners}, nil
}

func (a *App) adminHurry(r *http.Request) (any, error) {
	store, err := a.rightsStore()
	if err != nil {
		return nil, err
	}
	if err := store.HurryErasure(r.Context(), r.PathValue("token"), time.Now()); err != nil {
		return nil, err
	}
	a.clerk.desk.poke()
	return nil, nil
}

func (a *App) adminDrop(r *http.Request) (any, error) {
	store, err := a.rightsStore()
	if err != nil {
		return nil, err
	}
	if err := store.DropErasure(r.Context(), r.PathValue("token")); err != nil {
		return nil, err
	}
	a.logger.Info("erasure call dropped", zap.String("token", r.PathValue("token")))
	return nil, nil
}

// adminPolicy shows the policy in force and how things stand.
func (a *App) adminPolicy(r *http.Request) (any, error) {
	today := a.today()
	policy := a.policyAt(today)
	status := struct {
		Version     string           `json:"version"`
		Effective   string           `json:"effective,omitempty"`
		Fingerprint string           `json:"fingerprint"`
		Versions    []pages.Version  `json:"versions"`
		Purposes    []string         `json:"purposes"`
		Partners    int              `json:"partners"`
		Store       bool             `json:"store"`
		Open        map[string]int64 `json:"openRequests"`
		Overdue     map[string]int64 `json:"overdueRequests"`
		Pending     map[string]int64 `json:"pendingErasures"`
	}{
		Version: policy.Version, Effective: policy.Effective, Fingerprint: a.rules.Fingerprint.String(),
		Versions: []pages.Version{}, Purposes: a.rules.Vocabulary.Names(a.rules.Vocabulary.All()), Partners: len(a.Partners),
	}
	for _, p := range a.Policies {
		status.Versions = append(status.Versions, pages.Version{
			Name: p.Version, Effective: p.Effective,
			Current: p.Version == policy.Version, Announced: p.Effective > today.String(),
		})
	}
	store, err := a.rightsStore()
	if status.Store = err == nil; !status.Store {
		return status, nil
	}
	if status.Open, err = store.OpenBySite(r.Context()); err != nil {
		return nil, err
	}
	if status.Overdue, err = store.OverdueBySite(r.Context(), a.clock.Now()); err != nil {
		return nil, err
	}
	status.Pending, err = store.PendingByPartner(r.Context())
	return status, err
}
