package module

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

func init() { caddy.RegisterModule(new(Gateway)) }

// Gateway is the handler that enforces the policy of the consent app on one
// site or route. It stands before the handlers that answer.
//
// Within a route that another Gateway already guards it adds only its partner: the
// request was filtered before, with the mode and the exemptions of the outer one.
type Gateway struct {
	// "enforce", or "observe": nothing is changed, and all that would be is
	// counted. Default: enforce.
	Mode string `json:"mode,omitempty"`

	// Paths that the policy exempts.
	Exempt []Exempt `json:"exempt,omitempty"`

	// The declared partner towards which this route leaves. Only what the
	// partner may receive passes. Default: none; the route stays in the house.
	Partner string `json:"partner,omitempty"`

	app     *App
	rules   *rules
	observe bool
	exempt  []pathPattern
	party   *party
	sites   sites
	own     own
	logger  *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (*Gateway) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.consent", New: func() caddy.Module { return new(Gateway) }}
}

// Provision finds the policy.
func (g *Gateway) Provision(ctx caddy.Context) error {
	app, err := ctx.App("consent")
	if err != nil {
		return err
	}
	g.app = app.(*App)
	g.rules = g.app.rules
	g.logger = ctx.Logger()
	g.observe = g.Mode == "observe"
	for _, exempt := range g.Exempt {
		for _, path := range exempt.Paths {
			g.exempt = append(g.exempt, newPathPattern(path))
		}
	}
	g.party = g.rules.parties[g.Partner]
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	g.sites = sites{server: server, metrics: g.app.metrics}
	g.app.served = append(g.app.served, &g.sites)
	g.own = newOwn(g)
	return nil
}

// Validate checks the configuration.
func (g *Gateway) Validate() error {
	if err := oneOf("mode", g.Mode, "enforce", "observe"); err != nil {
		return err
	}
	if g.Partner != "" && g.party == nil {
		return fmt.Errorf("partner %q: expected a partner that the policy declares", g.Partner)
	}
	for _, exempt := range g.Exempt {
		if exempt.Clause == "" || len(exempt.Paths) == 0 {
			return fmt.Errorf("exempt %v: expected paths, and the clause that allows it", exempt.Paths)
		}
		for _, path := range exempt.Paths {
			if err := checkPathPattern(path); err != nil {
				return fmt.Errorf("exempt %q: %w", path, err)
			}
		}
	}
	return nil
}

// ServeHTTP decides, filters the request, and filters the response as it
// passes.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if outer := exchangeOf(r); outer != nil {
		return g.serveInner(outer, w, r, next)
	}
	defer g.endPanic()
	x := g.begin(w, r)
	if g.rules.owns(x.path) {
		x.origin.Path = "/" // no other cookie comes here
		x.setPlaceholders()
		x.site.request(false, x.decision.Regime)
		return withoutPeer(g.own.serve(x))
	}
	quieten(r)
	if g.observe {
		x.site.request(true, x.decision.Regime)
		x.setPlaceholders()
		if p := x.refusedParty(); p != nil {
			x.site.beaconRequest(p.name)
		}
		return x.withoutWords(x.observe(next))
	}
	if p := x.refusedParty(); p != nil {
		x.announce()
		x.answerBeacon(p)
		return nil
	}
	if err := x.filterRequest(); err != nil {
		return err
	}
	x.announce()
	x.site.observe(stageRequest, g.app.clock.Now().Sub(x.now))
	*r = *r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	if p := g.leavesTowards(x); p != nil {
		if err := x.narrow(r, p); err != nil {
			x.answerBeacon(p)
			return nil // what can't be narrowed is answered here, as without consent
		}
	}
	return x.withoutWords(x.serve(r, next))
}

// serveInner is the handler's work behind another Gateway: the request was
// filtered already.
func (g *Gateway) serveInner(x *exchange, w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if p := g.leavesTowards(x); p != nil && !g.observe && !x.gateway.observe {
		if !x.allows(p) {
			x.answerBeaconTo(w, p)
			return nil
		}
		if err := x.narrow(r, p); err != nil {
			x.answerBeaconTo(w, p)
			return nil //nolint:nilerr // what can't be narrowed is answered here, as without consent
		}
	}
	return next.ServeHTTP(w, r)
}

// leavesTowards returns the party to which the request leaves, nil when it stays in
// the house.
func (g *Gateway) leavesTowards(x *exchange) *party {
	if g.party != nil || len(g.rules.beacons) == 0 {
		return g.party
	}
	paths := x.routedPaths()
	for _, b := range g.rules.beacons {
		if slices.ContainsFunc(paths[:], b.path.match) {
			return b.party
		}
	}
	return nil
}

// routedPaths are the forms of the path by which a request may find its route, in
// lower case: Caddy's matchers tell neither capitals from small letters nor
// parameters from names, and see what was rewritten.
func (x *exchange) routedPaths() [3]string {
	return [...]string{strings.ToLower(x.path), strings.ToLower(cleanPath(x.seen.Path)), strings.ToLower(cleanPath(x.r.URL.Path))}
}

// refusedParty returns the party to which the request may not go; nil when there
// is none.
func (x *exchange) refusedParty() *party {
	p := x.gateway.leavesTowards(x)
	if p == nil {
		p = x.proxied()
	}
	if p == nil || x.allows(p) {
		return nil
	}
	return p
}

// exempts reports whether the policy exempts the request. Only a path in its
// plainest form can be exempt: no other spelling lifts a filter.
func (g *Gateway) exempts(u *url.URL) bool {
	if len(g.exempt) == 0 || !isCanonical(u) {
		return false
	}
	for _, pattern := range g.exempt {
		if pattern.match(u.Path) {
			return true
		}
	}
	return false
}

type exchangeKey struct{}

// exchangeOf returns the exchange that a request behind the gateway belongs to; nil
// elsewhere, also in an error route, which comes after it.
func exchangeOf(r *http.Request) *exchange {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok && !x.left {
		return x
	}
	return nil
}

var (
	_ caddy.Provisioner           = (*Gateway)(nil)
	_ caddy.Validator             = (*Gateway)(nil)
	_ caddyhttp.MiddlewareHandler = (*Gateway)(nil)
)
