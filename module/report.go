package module

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/module/dashboard"
)

func init() { caddy.RegisterModule(new(Reporter)) }

// Reporter is the handler that serves the published figures: a page, JSON and
// CSV. It shows only what is published, yet it belongs behind authentication,
// but where it is told to share.
//
// It serves whatever path it stands at, under handle and handle_path alike:
// api/report.json, api/report.csv and api/openapi.json below it, and the page.
type Reporter struct {
	// Serve totals and trends alone, for everyone: no routes, campaigns, return or
	// answers, and only the last 7, 30, 90 or 365 days. Caches may keep the
	// answers. Default: false.
	Share bool `json:"share,omitempty"`

	app    *App
	sites  sites
	shares shares
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
	h.app.served = append(h.app.served, &h.sites)
	return nil
}

// ServeHTTP implements [caddyhttp.MiddlewareHandler].
func (h *Reporter) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	if x := exchangeOf(r); x != nil {
		x.mine = true
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("X-Robots-Tag", "noindex")
	folder, file := path.Split(browserURL(r).Path)
	switch inAPI := strings.HasSuffix(folder, "/api/"); {
	case file == "":
		w.Header().Set("Content-Security-Policy", dashboard.ContentSecurityPolicy)
		return h.form(w, r, "html", "text/html; charset=utf-8")
	case file == "style.css":
		return h.asset(w, r, "text/css; charset=utf-8", dashboard.Style())
	case inAPI && file == "report.json":
		return h.form(w, r, "json", "application/json")
	case inAPI && file == "report.csv":
		return h.form(w, r, "csv", "text/csv; charset=utf-8; header=present")
	case inAPI && file == "openapi.json":
		return h.asset(w, r, "application/json", dashboard.OpenAPI())
	case inAPI:
		return caddyhttp.Error(http.StatusNotFound, errors.New("no such report"))
	}
	// The page's links are relative.
	to := url.URL{Path: folder + file + "/", RawQuery: r.URL.RawQuery}
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}

// asset serves what is the same for all.
func (h *Reporter) asset(w http.ResponseWriter, r *http.Request, contentType, text string) error {
	return h.send(w, r, contentType, func(out io.Writer) error {
		_, err := io.WriteString(out, text)
		return err
	})
}

// forms are those in which a report is served.
var forms = map[string]func(io.Writer, *dashboard.Report) error{
	"html": dashboard.HTML, "json": dashboard.JSON, "csv": dashboard.CSV,
}

// form serves one form of the report that the query asks for.
func (h *Reporter) form(w http.ResponseWriter, r *http.Request, name, contentType string) error {
	if name == "csv" {
		w.Header().Set("Content-Disposition", `attachment; filename="report.csv"`)
	}
	var err error
	if h.Share {
		err = h.share(w, r, name, contentType)
	} else {
		var report *dashboard.Report
		if report, err = h.report(r); err == nil {
			write := func(out io.Writer) error { return forms[name](out, report) }
			if name == "csv" {
				return h.stream(w, r, contentType, write)
			}
			err = h.send(w, r, contentType, write)
		}
	}
	if err == nil {
		return nil
	}
	w.Header().Del("Content-Disposition")
	var bad *dashboard.ParamError
	if errors.As(err, &bad) {
		return caddyhttp.Error(http.StatusBadRequest, err)
	}
	return caddyhttp.Error(http.StatusServiceUnavailable, err)
}

// figures returns the figures of the request's site.
func (h *Reporter) figures(r *http.Request) *figures {
	host, _ := splitHost(r.Host)
	return h.app.publisher.of(h.sites.of(host))
}

// report reads the published figures of the request's site.
func (h *Reporter) report(r *http.Request) (*dashboard.Report, error) {
	f := h.figures(r)
	now := h.app.clock.Now()
	site, err := h.app.publisher.site(r.Context(), f, now)
	if err != nil {
		return nil, err
	}
	calendar := f.plan.Calendar()
	return dashboard.New(r.URL.Query(), site, f.plan.Closes(calendar.Epoch(now)), now)
}

// browserURL returns the URL as the browser has it, before anything rewrote it.
func browserURL(r *http.Request) *url.URL {
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && original.URL != nil {
		return original.URL
	}
	return r.URL
}

// send sends one form of the report, or a file of it.
func (h *Reporter) send(w http.ResponseWriter, r *http.Request, contentType string, body func(io.Writer) error) error {
	h.describe(w, contentType)
	return sendWhole(w, r, http.StatusOK, body)
}

// stream sends a form that is long, of years tens of megabytes, as it is made. It
// can't fail but where the client is gone.
func (h *Reporter) stream(w http.ResponseWriter, r *http.Request, contentType string, body func(io.Writer) error) error {
	h.describe(w, contentType)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	return body(w)
}

func (h *Reporter) describe(w http.ResponseWriter, contentType string) {
	w.Header().Set("Content-Type", contentType)
	scope := "private"
	if h.Share {
		scope = "public"
	}
	w.Header().Set("Cache-Control", scope+", max-age=60")
}

var (
	_ caddy.Provisioner           = (*Reporter)(nil)
	_ caddyhttp.MiddlewareHandler = (*Reporter)(nil)
)
