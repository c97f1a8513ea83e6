package module

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/consent"
)

func init() { caddy.RegisterModule(new(MatchConsent)) }

// MatchConsent matches requests whose visitor has granted all the purposes. It
// asks the decision of the gateway in front; where there is none, nothing but
// "necessary" is granted.
type MatchConsent struct {
	// Names of purposes.
	Purposes []string `json:"purposes"`

	rules  *rules
	wanted consent.Set
}

// CaddyModule returns the Caddy module information.
func (*MatchConsent) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.matchers.consent", New: func() caddy.Module { return new(MatchConsent) }}
}

// UnmarshalCaddyfile reads the matcher. Syntax:
//
//	consent <purposes...>
func (m *MatchConsent) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	for d.Next() {
		purposes := d.RemainingArgs()
		if len(purposes) == 0 {
			return d.Err("consent: missing value: expected the names of purposes, such as analytics")
		}
		m.Purposes = append(m.Purposes, purposes...)
		if d.NextBlock(0) {
			return d.Err("consent: unexpected block: expected the names of purposes alone")
		}
	}
	return nil
}

// Provision looks the purposes up.
func (m *MatchConsent) Provision(ctx caddy.Context) error {
	app, err := ctx.App("consent")
	if err != nil {
		return err
	}
	m.rules = app.(*App).rules
	if len(m.Purposes) == 0 {
		return fmt.Errorf("consent matcher: expected purposes")
	}
	m.wanted, err = m.rules.parse(m.Purposes)
	return err
}

// MatchWithError implements [caddyhttp.RequestMatcherWithError].
func (m *MatchConsent) MatchWithError(r *http.Request) (bool, error) {
	if x := exchangeOf(r); x != nil {
		return m.wanted&^x.decision.Granted == 0, nil
	}
	return m.wanted == consent.Of(consent.Necessary), nil
}

// Match implements [caddyhttp.RequestMatcher].
func (m *MatchConsent) Match(r *http.Request) bool {
	matched, _ := m.MatchWithError(r)
	return matched
}

// String names the purposes.
func (m *MatchConsent) String() string { return "consent " + strings.Join(m.Purposes, " ") }

var (
	_ caddy.Provisioner                 = (*MatchConsent)(nil)
	_ caddyfile.Unmarshaler             = (*MatchConsent)(nil)
	_ caddyhttp.RequestMatcherWithError = (*MatchConsent)(nil)
)
