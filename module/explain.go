package module

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/image"
	"github.com/fairwaygate/fairway/filters/page"
	"github.com/fairwaygate/fairway/module/recording"
)

// trial is a recorded exchange on its way through a model of the gateway. It looks
// on, stands in the storefront's place, and is the browser.
type trial struct {
	recorded *recording.Exchange
	choice   string    // a Cookie pair in place of the recorded choice, or ""
	x        *exchange // nil until a gateway meets the request

	// What the gateway found.
	cookies    []cookie.Finding
	set        []cookie.Finding
	found      []identifier.Finding
	inBody     []body.Finding
	uploads    []mediaFinding
	references []reference
	refused    *party

	// What reached the storefront.
	request *http.Request // nil when nothing did
	body    []byte

	// What reached the browser.
	status int
	header http.Header
	sent   bytes.Buffer

	failures []string // stages
	err      error    // why the gateway refused the request
}

type mediaFinding struct {
	field string
	kind  image.Kind
}

type reference struct {
	host    string
	element page.Element
	verdict page.Verdict
}

// try sends a recorded exchange through the model. The request's URL has its
// scheme; choice is the Cookie pair of a consent, "" where the recorded one counts.
func (m *modelHouse) try(ctx context.Context, server *guardedServer, recorded *recording.Exchange, choice string) *trial {
	t := &trial{recorded: recorded, choice: choice, header: make(http.Header)}
	before := m.failures()
	m.app.onlooker = t
	defer func() { m.app.onlooker = nil }()
	r := t.incoming(ctx)
	r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), t, new(caddyhttp.Server))
	func() {
		defer func() {
			// The gateway breaks off a page that it can't judge to its end.
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(p)
			}
		}()
		t.err = server.routes.Compile(caddyhttp.HandlerFunc(t.answer)).ServeHTTP(t, r)
	}()
	for stage, n := range m.failures() {
		if n > before[stage] {
			t.failures = append(t.failures, stage)
		}
	}
	slices.Sort(t.failures)
	return t
}

// failures returns how often each stage of the gateway has failed.
func (m *modelHouse) failures() map[string]float64 {
	counts := make(map[string]float64)
	families, _ := m.app.ctx.GetMetricsRegistry().Gather()
	for _, family := range families {
		if family.GetName() != "consent_failures_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetName() == "stage" {
					counts[label.GetValue()] += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return counts
}

// incoming is the recorded request as a server receives it.
func (t *trial) incoming(ctx context.Context) *http.Request {
	in := &t.recorded.Request
	u := &url.URL{Path: in.URL.Path, RawPath: in.URL.RawPath, RawQuery: in.URL.RawQuery, ForceQuery: in.URL.ForceQuery}
	r := &http.Request{
		Method: in.Method, URL: u, Host: in.Host, Header: in.Header.Clone(), RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "0.0.0.0:0",
		Body: http.NoBody,
	}
	if in.URL.Scheme == "https" {
		r.TLS = new(tls.ConnectionState)
	}
	if len(in.Body) > 0 {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(in.Body)), int64(len(in.Body))
	}
	if t.choice != "" {
		cookies := []string{t.choice}
		for piece := range strings.SplitSeq(strings.Join(r.Header["Cookie"], ";"), ";") {
			name, _, _ := strings.Cut(strings.TrimSpace(piece), "=")
			if name != "" && name != choiceCookie && name != hostPrefix+choiceCookie {
				cookies = append(cookies, strings.TrimSpace(piece))
			}
		}
		r.Header["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	return r.WithContext(ctx)
}

// answer stands in the storefront's place.
func (t *trial) answer(w http.ResponseWriter, r *http.Request) error {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	t.request, t.body = r.Clone(r.Context()), sent
	response := t.recorded.Response
	if response == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	maps.Copy(w.Header(), response.Header.Clone())
	w.Header().Del("Content-Length")
	w.WriteHeader(response.Status)
	_, err = w.Write(response.Body)
	return err
}

// refusal says why the gateway did not pass a request on.
func (t *trial) refusal() (status int, why string) {
	if t.err == nil {
		return 0, ""
	}
	status, why = http.StatusInternalServerError, t.err.Error()
	var handled caddyhttp.HandlerError
	if errors.As(t.err, &handled) {
		status, why = handled.StatusCode, fmt.Sprint(handled.Err)
	}
	return status, why
}

// Header implements [http.ResponseWriter].
func (t *trial) Header() http.Header { return t.header }

// WriteHeader implements [http.ResponseWriter].
func (t *trial) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status, t.header = status, t.header.Clone()
	}
}

// Write implements [io.Writer].
func (t *trial) Write(p []byte) (int, error) {
	t.WriteHeader(http.StatusOK)
	return t.sent.Write(p)
}

// Flush implements [http.Flusher].
func (t *trial) Flush() {}

func (t *trial) begins(x *exchange) { t.x = x }

func (t *trial) cookie(direction int, f cookie.Finding) {
	if direction == toStorefront {
		t.cookies = append(t.cookies, f)
	} else {
		t.set = append(t.set, f)
	}
}

func (t *trial) identifier(f identifier.Finding) { t.found = append(t.found, f) }

func (t *trial) field(f body.Finding) {
	f.Name = strings.Clone(f.Name)
	t.inBody = append(t.inBody, f)
}

func (t *trial) media(field string, k image.Kind) {
	t.uploads = append(t.uploads, mediaFinding{field, k})
}

func (t *trial) reference(f page.Finding) {
	t.references = append(t.references, reference{string(f.Host), f.Element, f.Verdict})
}

func (t *trial) refuses(p *party) { t.refused = p }

var _ onlooker = (*trial)(nil)
