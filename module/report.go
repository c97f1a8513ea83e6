package module

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/module/dashboard"
)

func init() { caddy.RegisterModule(new(Reporter)) }

// Reporter is the handler that serves the published figures: a page, JSON and
// CSV. It shows only what is published, yet it belongs behind authentication.
//
// It serves whatever path it stands at, under handle and handle_path alike:
// api/report.json, api/report.csv and api/openapi.json below it, and the page.
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
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		x.mine = true
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	path := browserURL(r).Path
	switch {
	case strings.HasSuffix(path, "/style.css"):
		return sendReport(w, r, "text/css; charset=utf-8", func(out io.Writer) error {
			_, err := io.WriteString(out, dashboard.Style())
			return err
		})
	case strings.HasSuffix(path, "/api/openapi.json"):
		return sendReport(w, r, "application/json", func(out io.Writer) error {
			_, err := io.WriteString(out, dashboard.OpenAPI())
			return err
		})
	case !strings.HasSuffix(path, "/") && !strings.Contains(path, "/api/"):
		// The page's links are relative.
		to := url.URL{Path: path + "/", RawQuery: r.URL.RawQuery}
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusPermanentRedirect)
		return nil
	}
	report, err := h.report(r)
	var bad *dashboard.ParamError
	switch {
	case errors.As(err, &bad):
		return caddyhttp.Error(http.StatusBadRequest, err)
	case err != nil:
		return caddyhttp.Error(http.StatusServiceUnavailable, err)
	}
	switch {
	case strings.HasSuffix(path, "/api/report.json"):
		return sendReport(w, r, "application/json", func(out io.Writer) error { return dashboard.JSON(out, report) })
	case strings.HasSuffix(path, "/api/report.csv"):
		w.Header().Set("Content-Disposition", `attachment; filename="report.csv"`)
		return sendReport(w, r, "text/csv; charset=utf-8; header=present", func(out io.Writer) error { return dashboard.CSV(out, report) })
	case strings.Contains(path, "/api/"):
		return caddyhttp.Error(http.StatusNotFound, errors.New("no such report"))
	}
	w.Header().Set("Content-Security-Policy", dashboard.ContentSecurityPolicy)
	return sendReport(w, r, "text/html; charset=utf-8", func(out io.Writer) error { return dashboard.HTML(out, report) })
}

// report reads the published figures of the request's site.
func (h *Reporter) report(r *http.Request) (*dashboard.Report, error) {
	host, _ := splitHost(r.Host)
	f := h.app.publisher.of(h.sites.of(host))
	now := time.Now()
	site, err := h.app.publisher.site(r.Context(), f, now)
	if err != nil {
		return nil, err
	}
	calendar := f.plan.Calendar()
	return dashboard.New(r.URL.Query(), site, f.plan.Closes(calendar.Epoch(now)), now)
}

// reportDays is how far back a report reads: two years, and what they are
// compared with.
const reportDays = 2*366 + 62

// site returns what was published of a site, read anew when there is more.
func (p *publisher) site(ctx context.Context, f *figures, now time.Time) (*dashboard.Site, error) {
	if p.store == nil {
		return dashboard.NewSite(f.site, p.zone, nil), nil
	}
	released, err := p.store.Released(ctx, f.site)
	if err != nil {
		return nil, err
	}
	if known := f.report.Load(); known != nil && known.released == released {
		return known.site, nil
	}
	data, err := p.store.Publications(ctx, f.site, now.Add(-reportDays*day), now)
	if err != nil {
		return nil, err
	}
	if len(data) > reportEpochs {
		data = data[len(data)-reportEpochs:]
	}
	publications, err := decodePublications(data)
	if err != nil {
		return nil, err
	}
	site := dashboard.NewSite(f.site, p.zone, publications)
	f.report.Store(&readSite{released, site})
	return site, nil
}

// reportEpochs bounds what a report holds in memory, where epochs are short.
const reportEpochs = 1500

// readSite is what was read for reports when so many epochs were published.
type readSite struct {
	released int64
	site     *dashboard.Site
}

// browserURL returns the URL as the browser has it, before anything rewrote it.
func browserURL(r *http.Request) *url.URL {
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && original.URL != nil {
		return original.URL
	}
	return r.URL
}

// sendReport sends one form of the report.
func sendReport(w http.ResponseWriter, r *http.Request, contentType string, body func(io.Writer) error) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "private, max-age=60")
	return sendWhole(w, r, http.StatusOK, body)
}

var (
	_ caddy.Provisioner           = (*Reporter)(nil)
	_ caddyhttp.MiddlewareHandler = (*Reporter)(nil)
)
