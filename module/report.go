package module

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() { caddy.RegisterModule(new(Reporter)) }

// Reporter is the handler that serves the published figures: a page, JSON and
// CSV. It shows only what is published, yet it belongs behind authentication.
type Reporter struct {
	app   *App
	sites sites
}

// CaddyModule returns the Caddy module information.
func (*Reporter) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.consent_report", New: func() caddy.Module { return new(Reporter) }}
}

// Provision finds the app.
func (h *Reporter) Provision(ctx caddy.Context) error {
	app, err := ctx.App("consent")
	if err != nil {
		return err
	}
	h.app = app.(*App)
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	h.sites = sites{server: server, metrics: h.app.metrics}
	return nil
}

// ServeHTTP implements [caddyhttp.MiddlewareHandler].
func (h *Reporter) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	w.WriteHeader(204)
	return nil
}

var (
	_ caddy.Provisioner           = (*Reporter)(nil)
	_ caddyhttp.MiddlewareHandler = (*Reporter)(nil)
)
