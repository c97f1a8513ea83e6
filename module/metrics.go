package module

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/page"
)

// metrics are the gateway's live figures. They live as long as the process does,
// and each configuration registers them anew with its own registry. No label
// holds a person, and each has a fixed set of values.
type metrics struct {
	requests    *prometheus.CounterVec
	cookies     *prometheus.CounterVec
	beacons     *prometheus.CounterVec
	identifiers *prometheus.CounterVec
	decisions   *prometheus.CounterVec
	failures    *prometheus.CounterVec
	visits      *prometheus.CounterVec
	loads       *prometheus.CounterVec
	reports     *prometheus.CounterVec
	overdue     *prometheus.GaugeVec
	seconds     *prometheus.HistogramVec

	sites sync.Map // site label to *siteMetrics
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"site"}, labels...))
	}
	return &metrics{
		requests:    counter("consent_requests_total", "Requests that passed the gateway.", "mode", "regime"),
		cookies:     counter("consent_cookies_total", "Cookies judged, by what was done with them.", "direction", "action", "purpose"),
		beacons:     counter("consent_beacons_total", "References to third parties judged, by what was done with them.", "element", "action", "partner"),
		identifiers: counter("consent_identifiers_total", "Identifiers and places found in requests, by what was done with them.", "kind", "place", "action"),
		decisions:   counter("consent_decisions_total", "Decisions that visitors made, one a purpose.", "purpose", "decision", "mechanism"),
		failures:    counter("consent_failures_total", "Failures that were answered with no consent.", "stage"),
		visits:      counter("consent_visits_total", "Visits that the gateway's own beacon began, with consent to analytics."),
		loads:       counter("consent_page_loads_total", "Page loads that the gateway's own beacon told of."),
		reports:     counter("consent_csp_reports_total", "Violations of the second Content-Security-Policy that browsers reported.", "partner"),
		overdue: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "consent_requests_overdue",
			Help: "Access, correction and deletion requests that were not answered in time.",
		}, []string{"site"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "consent_filter_seconds",
			Help:    "Time spent in the gateway's filters.",
			Buckets: []float64{1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 1e-2, 1e-1},
		}, []string{"site", "stage"}),
	}
}

// register gives the metrics to a configuration's registry.
func (m *metrics) register(registry prometheus.Registerer) error {
	for _, collector := range []prometheus.Collector{
		m.requests, m.cookies, m.beacons, m.identifiers, m.decisions, m.failures, m.visits, m.loads, m.reports, m.overdue, m.seconds,
	} {
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(collector); err != nil && !errors.As(err, &already) {
			return err
		}
	}
	return nil
}

// site returns the metrics of one site. The label must come from a fixed set.
func (m *metrics) site(label string) *siteMetrics {
	if s, ok := m.sites.Load(label); ok {
		return s.(*siteMetrics)
	}
	s, _ := m.sites.LoadOrStore(label, &siteMetrics{all: m, site: label})
	return s.(*siteMetrics)
}

// setOverdue shows how many requests are overdue at each site; at those that are
// not named, none.
func (m *metrics) setOverdue(counts map[string]int64) {
	for site := range counts {
		m.site(site)
	}
	m.sites.Range(func(site, _ any) bool {
		m.overdue.WithLabelValues(site.(string)).Set(float64(counts[site.(string)]))
		return true
	})
}

// Stages at which something can fail, and the labels for them.
const (
	failKey      = "key"
	failCookie   = "cookie"
	failCountry  = "country"
	failEncoding = "encoding"
	failPage     = "page"
	failSignal   = "signal"
	failStore    = "store"
	failBeacon   = "beacon"
	failPolicy   = "policy"
	failErasure  = "erasure"
)

// Directions of a cookie.
const (
	toStorefront = iota
	toBrowser
)

var directionNames = [...]string{toStorefront: "request", toBrowser: "response"}

const (
	purposeSlots = consent.MaxPurposes + 1 // the last is for what is undeclared
	actionSlots  = 8
	kindSlots    = 32
	placeSlots   = 8
)

// siteMetrics counts for one site. A counter is looked up by its labels once
// and then found in a table, so that counting takes no lock and no allocation.
type siteMetrics struct {
	all  *metrics
	site string

	requests    [2][2]cell
	cookies     [2][actionSlots][purposeSlots]cell
	identifiers [kindSlots][placeSlots][actionSlots]cell
	visits      cell
	loads       cell
	stages      [3]atomic.Pointer[prometheus.Observer]
}

// cell holds a counter once it was looked up.
type cell struct {
	p atomic.Pointer[prometheus.Counter]
}

func (c *cell) add(vec *prometheus.CounterVec, labels ...string) {
	p := c.p.Load()
	if p == nil {
		counter := vec.WithLabelValues(labels...)
		p = &counter
		c.p.Store(p)
	}
	(*p).Inc()
}

func (s *siteMetrics) request(observe bool, regime consent.Regime) {
	c := &s.requests[b2i(observe)][regime]
	if p := c.p.Load(); p != nil {
		(*p).Inc()
		return
	}
	c.add(s.all.requests, s.site, modeName(observe), regime.String())
}

func (s *siteMetrics) cookie(direction int, f *cookie.Finding, v *consent.Vocabulary) {
	c := &s.cookies[direction][f.Action%actionSlots][min(f.Purpose, consent.MaxPurposes)]
	if p := c.p.Load(); p != nil {
		(*p).Inc()
		return
	}
	c.add(s.all.cookies, s.site, directionNames[direction], f.Action.String(), v.Name(f.Purpose))
}

func (s *siteMetrics) identifier(f identifier.Finding) {
	c := &s.identifiers[f.Kind%kindSlots][f.Place%placeSlots][f.Action%actionSlots]
	if p := c.p.Load(); p != nil {
		(*p).Inc()
		return
	}
	c.add(s.all.identifiers, s.site, f.Kind.String(), f.Place.String(), f.Action.String())
}

// bodyIdentifier counts what was found in a body.
func (s *siteMetrics) bodyIdentifier(f body.Finding) {
	s.all.identifiers.WithLabelValues(s.site, f.Kind.String(), f.Place.String(), f.Action.String()).Inc()
}

// media counts what was taken out of a picture or a video.
func (s *siteMetrics) media(kind string) {
	s.all.identifiers.WithLabelValues(s.site, kind, "upload", identifier.Drop.String()).Inc()
}

// undeclared names third parties that nobody declared.
const undeclared = "undeclared"

func (s *siteMetrics) beacon(element page.Element, blocked bool, partner string) {
	action := "pass"
	if blocked {
		action = "block"
	}
	s.all.beacons.WithLabelValues(s.site, element.String(), action, or(partner, undeclared)).Inc()
}

func (s *siteMetrics) beaconRequest(partner string) {
	s.all.beacons.WithLabelValues(s.site, "request", "block", partner).Inc()
}

// cspReport counts a reported violation; partner is "" when nobody declared it.
func (s *siteMetrics) cspReport(partner string) {
	s.all.reports.WithLabelValues(s.site, or(partner, undeclared)).Inc()
}

func (s *siteMetrics) decision(purpose, decision, mechanism string) {
	s.all.decisions.WithLabelValues(s.site, purpose, decision, mechanism).Inc()
}

func (s *siteMetrics) failure(stage string) { s.all.failures.WithLabelValues(s.site, stage).Inc() }

func (s *siteMetrics) pageLoad() { s.loads.add(s.all.loads, s.site) }

func (s *siteMetrics) visit() { s.visits.add(s.all.visits, s.site) }

// Stages whose time is measured.
const (
	stageRequest = iota
	stageResponse
	stagePage
)

var stageNames = [...]string{"request", "response", "page"}

func (s *siteMetrics) observe(stage int, d time.Duration) {
	p := s.stages[stage].Load()
	if p == nil {
		observer := s.all.seconds.WithLabelValues(s.site, stageNames[stage])
		p = &observer
		s.stages[stage].Store(p)
	}
	(*p).Observe(d.Seconds())
}

func modeName(observe bool) string {
	if observe {
		return "observe"
	}
	return "enforce"
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// noSite is the label of what belongs to no configured site.
const noSite = "other"

// Destruct implements [caddy.Destructor].
func (*metrics) Destruct() error { return nil }
