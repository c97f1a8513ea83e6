package catalogue

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Endpoint is a request that betrays a known tracker by its shape, whatever the
// host: storefronts serve trackers under their own name too.
type Endpoint struct {
	// Path is the request's path: "/tr" is the whole path, "*/g/collect" any path
	// that ends so, "/b/ss/*" any path below.
	Path string

	// Query names parameters that must all be there, joined with "&": "tid=" is
	// there with any value, "v=2" with this one, "id=GTM-*" with one that begins so.
	Query string

	// Fields names what the body must hold, all of it, joined with "&": members of
	// its JSON, or fields of its form.
	Fields string

	Partner string
	Purpose consent.Purpose
}

// Endpoints finds requests to known trackers. It is immutable.
type Endpoints struct {
	first map[string][]Endpoint // "/b/ss/*" by its first segment
	last  map[string][]Endpoint // all others by their last segment
}

// NewEndpoints returns a finder of the given endpoints; those that are built in
// are [BuiltinEndpoints].
func NewEndpoints(endpoints []Endpoint) (*Endpoints, error) {
	t := &Endpoints{first: make(map[string][]Endpoint), last: make(map[string][]Endpoint)}
	for _, e := range endpoints {
		path := e.Path
		switch {
		case strings.HasPrefix(path, "/") && strings.HasSuffix(path, "/*") && strings.Count(path, "*") == 1 && len(path) > 3:
			segment, _, _ := strings.Cut(path[1:], "/")
			t.first[segment] = append(t.first[segment], e)
		case strings.HasPrefix(strings.TrimPrefix(path, "*"), "/") && !strings.ContainsRune(path[1:], '*') && lastSegment(path) != "":
			segment := lastSegment(path)
			t.last[segment] = append(t.last[segment], e)
		default:
			return nil, fmt.Errorf("path %q: expected /path, */path or /path/*", path)
		}
	}
	return t, nil
}

// Match returns the endpoint that a request is for: the most intrusive of all
// that fit. The path is as the server decides on it, decoded, with or without a
// slash at its end; the query is raw and without its question mark. The body is
// asked for its beginning at most once, and only when that decides; nil means that
// there is none.
func (t *Endpoints) Match(path, query string, body func() []byte) (Endpoint, bool) {
	path = strings.TrimSuffix(path, "/")
	if path == "" || path[0] != '/' {
		return Endpoint{}, false
	}
	m := match{query: query, body: body}
	for _, e := range t.last[lastSegment(path)] {
		if ending, any := strings.CutPrefix(e.Path, "*"); path == ending || any && strings.HasSuffix(path, ending) {
			m.take(&e)
		}
	}
	if segment, _, below := strings.Cut(path[1:], "/"); below {
		for _, e := range t.first[segment] {
			if strings.HasPrefix(path, e.Path[:len(e.Path)-1]) {
				m.take(&e)
			}
		}
	}
	return m.best, m.found
}

// match is the search for the endpoint of one request.
type match struct {
	query string
	body  func() []byte
	read  []byte

	best  Endpoint
	found bool
}

// take considers an endpoint whose path fits.
func (m *match) take(e *Endpoint) {
	if m.found && intrusion(e.Purpose) <= intrusion(m.best.Purpose) || !hasParameters(m.query, e.Query) {
		return
	}
	if e.Fields != "" {
		if m.body != nil {
			m.read, m.body = m.body(), nil
		}
		if !hasFields(m.read, e.Fields) {
			return
		}
	}
	m.best, m.found = *e, true
}

// hasFields reports whether a body names all that is wanted.
func hasFields(body []byte, wanted string) bool {
	for name := range strings.SplitSeq(wanted, "&") {
		if !hasField(body, name) {
			return false
		}
	}
	return true
}

// hasField looks for "name": of JSON, name= of a form, and name="name" of a
// multipart one.
func hasField(body []byte, name string) bool {
	for i := 0; ; i++ {
		at := bytes.Index(body[i:], []byte(name))
		if at < 0 {
			return false
		}
		i += at
		before, after := body[:i], body[i+len(name):]
		quoted := bytes.HasSuffix(before, []byte{'"'}) && bytes.HasPrefix(after, []byte{'"'})
		switch {
		case quoted && bytes.HasSuffix(before, []byte(`name="`)),
			quoted && bytes.HasPrefix(bytes.TrimLeft(after[1:], " \t\r\n"), []byte{':'}),
			bytes.HasPrefix(after, []byte{'='}) && (i == 0 || body[i-1] == '&'):
			return true
		}
	}
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// hasParameters reports whether the query has all that is wanted.
func hasParameters(query, wanted string) bool {
	for wanted != "" {
		var w string
		w, wanted, _ = strings.Cut(wanted, "&")
		if !hasParameter(query, w) {
			return false
		}
	}
	return true
}

func hasParameter(query, wanted string) bool {
	prefix, any := strings.CutSuffix(wanted, "*")
	any = any || strings.HasSuffix(wanted, "=")
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		if p == wanted || any && strings.HasPrefix(p, prefix) {
			return true
		}
	}
	return false
}

// BuiltinEndpoints returns the endpoints of well-known trackers.
func BuiltinEndpoints() []Endpoint { return slices.Clone(builtinEndpoints) }

var builtinEndpoints = []Endpoint{
	{"*/g/collect", "v=2&tid=", "", "google-analytics", consent.Analytics},
	{"*/collect", "v=1&tid=", "", "google-analytics", consent.Analytics},
	{"*/collect", "", "v&tid&cid&t", "google-analytics", consent.Analytics},
	{"*/batch", "", "v&tid&cid&t", "google-analytics", consent.Analytics},
	{"*/mp/collect", "measurement_id=&api_secret=", "", "google-analytics", consent.Analytics},
	{"*/__utm.gif", "utmac=", "", "google-analytics", consent.Analytics},
	{"*/gtag/js", "id=", "", "google-tag-manager", consent.Analytics},
	{"*/gtag/js", "id=AW-*", "", "google-ads", consent.Advertising},
	{"*/gtag/js", "id=DC-*", "", "google-doubleclick", consent.Advertising},
	{"*/gtm.js", "id=GTM-*", "", "google-tag-manager", consent.Analytics},
	{"*/sw_iframe.html", "origin=", "", "google-tag-manager", consent.Analytics},
	{"*/ccm/collect", "tid=", "", "google-ads", consent.Advertising},

	{"/tr", "id=&ev=", "", "meta", consent.Advertising},
	{"/tr", "", "id&ev", "meta", consent.Advertising},
	{"*/fbevents.js", "", "", "meta", consent.Advertising},
	{"*/i18n/pixel/events.js", "sdkid=", "", "tiktok", consent.Advertising},
	{"/api/v2/pixel", "", "event&context", "tiktok", consent.Advertising},
	{"/api/v2/pixel/act", "", "event&context", "tiktok", consent.Advertising},
	{"*/bat.js", "", "", "microsoft-advertising", consent.Advertising},
	{"/action/0", "ti=&Ver=", "", "microsoft-advertising", consent.Advertising},
	{"*/insight.min.js", "", "", "linkedin", consent.Advertising},
	{"/collect", "pid=&fmt=", "", "linkedin", consent.Advertising},
	{"/v3", "tid=&event=", "", "pinterest", consent.Advertising},
	{"*/ct/core.js", "", "", "pinterest", consent.Advertising},
	{"*/scevent.min.js", "", "", "snapchat", consent.Advertising},
	{"*/uwt.js", "", "", "x", consent.Advertising},
	{"*/i/adsct", "txn_id=", "", "x", consent.Advertising},
	{"/rp.gif", "id=&event=", "", "reddit", consent.Advertising},
	{"/watch/*", "page-url=&browser-info=", "", "yandex", consent.Advertising},
	{"*/metrika/tag.js", "", "", "yandex", consent.Advertising},
	{"*/metrika/watch.js", "", "", "yandex", consent.Advertising},

	{"*/matomo.php", "", "", "matomo", consent.Analytics},
	{"*/matomo.js", "", "", "matomo", consent.Analytics},
	{"*/piwik.php", "", "", "matomo", consent.Analytics},
	{"*/piwik.js", "", "", "matomo", consent.Analytics},
	{"*/ppms.php", "", "", "piwik-pro", consent.Analytics},
	{"*/ppms.js", "", "", "piwik-pro", consent.Analytics},
	{"*/api/event", "", "n&u&d", "plausible", consent.Analytics},
	{"*/api/event", "", "name&url&domain", "plausible", consent.Analytics},
	{"*/plausible.js", "", "", "plausible", consent.Analytics},
	{"*/umami.js", "", "", "umami", consent.Analytics},
	{"*/api/send", "", "type&payload&website", "umami", consent.Analytics},
	{"*/i/v0/e", "", "", "posthog", consent.Analytics},
	{"*/e", "ver=&_=", "", "posthog", consent.Analytics},
	{"*/s", "ver=&_=", "", "posthog", consent.Analytics},
	{"*/flags", "ver=&_=", "", "posthog", consent.Analytics},
	{"*/decide", "ver=&_=", "", "posthog", consent.Analytics},
	{"*/static/array.js", "", "", "posthog", consent.Analytics},
	{"*/com.snowplowanalytics.snowplow/tp2", "", "", "snowplow", consent.Analytics},
	{"*/com.snowplowanalytics.iglu/v1", "", "", "snowplow", consent.Analytics},
	{"/i", "e=&p=&tv=", "", "snowplow", consent.Analytics},
	{"/b/ss/*", "", "", "adobe-analytics", consent.Analytics},
	{"*/v1/interact", "configId=", "", "adobe-experience-platform", consent.Analytics},
	{"*/v1/collect", "configId=", "", "adobe-experience-platform", consent.Analytics},
	{"*/track", "verbose=&ip=", "", "mixpanel", consent.Analytics},
	{"/2/httpapi", "", "", "amplitude", consent.Analytics},
	{"/analytics.js/v1/*", "", "", "segment", consent.Analytics},
	{"*/v1/i", "", "anonymousId&writeKey", "segment", consent.Analytics},
	{"*/v1/p", "", "anonymousId&writeKey", "segment", consent.Analytics},
	{"*/v1/t", "", "anonymousId&writeKey", "segment", consent.Analytics},
	{"*/v1/page", "", "anonymousId&messageId&originalTimestamp", "rudderstack", consent.Analytics},
	{"*/v1/track", "", "anonymousId&messageId&originalTimestamp", "rudderstack", consent.Analytics},
	{"*/v1/identify", "", "anonymousId&messageId&originalTimestamp", "rudderstack", consent.Analytics},
	{"*/monitoring", "o=&p=", "", "sentry", consent.Analytics},
	{"*/envelope", "sentry_key=", "", "sentry", consent.Analytics},
	{"*/api/v2/rum", "ddsource=browser", "", "datadog", consent.Analytics},
	{"*/api/v2/logs", "ddsource=browser", "", "datadog", consent.Analytics},
	{"*/api/v2/replay", "ddsource=browser", "", "datadog", consent.Analytics},
	{"*/rec/bundle", "OrgId=", "", "fullstory", consent.Analytics},
	{"*/rec/bundle/v2", "OrgId=", "", "fullstory", consent.Analytics},
	{"*/clarity.js", "", "", "microsoft-clarity", consent.Analytics},
	{"*/hit.xiti", "s=", "", "at-internet", consent.Analytics},
	{"/b", "c1=&c2=", "", "comscore", consent.Analytics},
	{"*/hm.gif", "si=", "", "baidu-analytics", consent.Analytics},
	{"*/hm.js", "", "", "baidu-analytics", consent.Analytics},
	{"*/sa", "project=", "data_list", "sensors-data", consent.Analytics},
	{"*/sa.gif", "project=&data=", "", "sensors-data", consent.Analytics},
	{"*/z_stat.php", "id=", "", "umeng", consent.Analytics},
	{"*/utag.js", "", "", "tealium", consent.Analytics},
	{"/cdn-cgi/rum", "", "", "cloudflare-insights", consent.Analytics},
	{"/cdn-cgi/zaraz/*", "", "", "cloudflare-insights", consent.Analytics},
	{"/_vercel/insights/*", "", "", "vercel-analytics", consent.Analytics},
	{"/_vercel/speed-insights/*", "", "", "vercel-analytics", consent.Analytics},
	{"/.netlify/scripts/rum", "", "", "netlify", consent.Analytics},
	{"/.well-known/shopify/monorail/*", "", "", "shopify-analytics", consent.Analytics},
}
