package module

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/identifier"
)

// Headers of the contract with the storefront.
const (
	headerConsent = "Consent"
	headerRegime  = "Consent-Regime"
	headerCountry = "Consent-Country"
	headerErase   = "Consent-Erase"
	headerMinor   = "Consent-Minor"
	headerGoal    = "Consent-Goal"
)

// exchange is one request and its response on their way through the gateway. It
// is the response writer that the handlers behind the gateway see.
type exchange struct {
	gateway *Gateway
	rules   *rules
	site    *siteMetrics

	w http.ResponseWriter
	// r is changed in place, and no copy passed on: Caddy's placeholders, such as
	// {query} and {remote_host}, tell of the request that came.
	r    *http.Request
	left bool // the gateway has answered; what comes now is an error route

	now    time.Time
	today  consent.Day // of now, in the site's time zone
	client netip.Addr  // the zero value when it isn't known
	agent  string      // the User-Agent as it came
	// brought are the Cookie fields as they came.
	brought []string
	origin  cookie.Origin
	port    string
	seen    *url.URL // as the browser has it, before anything rewrote it
	path    string   // of seen, canonical

	decision consent.Decision
	exempt   bool
	choice   consent.Choice // the content of the consent cookie, if it is genuine
	notices  []storedNotice // that the visitor has not seen
	genuine  bool
	young    bool // a birthday in the request's body tells of a minor

	setting [2]string // has room for the Set-Cookie fields of a beacon's answer

	refused []string // names of the request's cookies that are not allowed
	erased  bool     // the visitor is forgotten: every cookie of the request goes
	etags   etags

	partner *party // to which the request left; nil when it stayed in the house

	streaming *filteredBody // the request's body, while it is filtered as it streams

	response
}

// refusedMax bounds how many refused cookies one response expires.
const refusedMax = 40

// begin reads what a request shows and decides on it.
func (g *Gateway) begin(w http.ResponseWriter, r *http.Request) *exchange {
	now := g.app.clock.Now()
	x := &exchange{gateway: g, rules: g.rules, w: w, r: r, now: now, today: g.rules.today(now)}
	ctx := r.Context()
	ip, _ := caddyhttp.GetVar(ctx, caddyhttp.ClientIPVarKey).(string)
	trusted, _ := caddyhttp.GetVar(ctx, caddyhttp.TrustedProxyVarKey).(bool)
	if ip == "" {
		ip = r.RemoteAddr
	}
	x.client = parseClient(ip)
	x.agent = first(r.Header["User-Agent"])
	x.brought = r.Header["Cookie"]
	x.origin.Host, x.port = splitHost(r.Host)
	x.origin.Registrable = g.rules.registrable(x.origin.Host)
	x.origin.Secure = r.TLS != nil || trusted && first(r.Header["X-Forwarded-Proto"]) == "https"
	x.seen = browserURL(r)
	x.path = canonicalPath(x.seen)
	x.origin.Path = x.seen.EscapedPath()
	x.site = g.sites.of(x.origin.Host)
	x.decide()
	x.notices = x.unseen() // before the cookie that says so is taken out
	x.exempt = g.exempts(x.seen)
	if g.app.onlooker != nil {
		g.app.onlooker.begins(x)
	}
	return x
}

// first returns the first field of a header that is asked for by the name it has in
// the map, which [http.Header.Get] would work out each time.
func first(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

// decide makes the decision on the request.
func (x *exchange) decide() {
	in := x.input()
	if failed, ok := caddyhttp.GetVar(x.r.Context(), failedVar).(*exchange); ok {
		in.Choice, in.Chose, x.refused = failed.choice, failed.genuine, failed.refused
		x.young, x.brought = failed.young, failed.brought
	} else {
		in.Choice, in.Chose = x.gateway.choice(x)
	}
	x.genuine = in.Chose
	in.Minor = in.Chose && in.Choice.Minor
	x.choice = in.Choice
	x.decision = x.rules.Decide(&in)
}

// input is what a request shows besides the visitor's own choice.
func (x *exchange) input() consent.Input {
	in := consent.Input{Today: x.today}
	if x.gateway.app.GeoIP != "" {
		found, unsure := x.gateway.app.place(x.client, x.site)
		in.Country, in.State, in.Unsure = found.country, found.state, unsure
	}
	x.readSignals(&in)
	return in
}

func (x *exchange) scheme() string {
	if x.origin.Secure {
		return "https"
	}
	return "http"
}

// cookies returns the cookie filter for the request's scheme.
func (x *exchange) cookies() *cookie.Filter { return &x.rules.cookies[b2i(x.origin.Secure)] }

// announce tells the handlers behind the gateway what was decided: in headers
// for the storefront, and in placeholders.
func (x *exchange) announce() {
	granted, regime, country := x.rules.list(x.decision.Granted), x.decision.Regime.String(), x.decision.Country.String()
	values := [...]string{granted, regime, country}
	x.r.Header[headerConsent] = values[0:1:1]
	x.r.Header[headerRegime] = values[1:2:2]
	if country != "" {
		x.r.Header[headerCountry] = values[2:3:3]
	}
	x.setPlaceholders()
	x.site.request(false, x.decision.Regime)
}

// setPlaceholders makes the decision known to the rest of the configuration.
func (x *exchange) setPlaceholders() {
	if repl, ok := x.r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(x.placeholder)
	}
}

// placeholder returns the value of a placeholder of the gateway's.
func (x *exchange) placeholder(name string) (any, bool) {
	switch name {
	case "http.consent.granted":
		return x.rules.list(x.decision.Granted), true
	case "http.consent.regime":
		return x.decision.Regime.String(), true
	case "http.consent.country":
		return x.decision.Country.String(), true
	}
	return nil, false
}

// identifierGrant is the set that the identifier and place filters ask: on an
// exempt path everything, else what was granted.
func (x *exchange) identifierGrant() consent.Set {
	if x.exempt {
		return x.rules.Vocabulary.All()
	}
	return x.decision.Granted
}

// filterRequest takes out of the request what was not granted. Of one that it refuses
// an error route gets the rest.
func (x *exchange) filterRequest() (refusal error) {
	r := x.r
	dropOwnHeaders(r.Header)
	delete(r.Header, cookie2)
	if fields, ok := r.Header["Cookie"]; ok {
		value, changed, err := x.cookies().Request(fields, x.decision.Granted, x.foundRequestCookie)
		switch {
		case err != nil:
			delete(r.Header, "Cookie")
			refusal = caddyhttp.Error(http.StatusRequestHeaderFieldsTooLarge, err)
		case value == "":
			delete(r.Header, "Cookie")
		case changed:
			r.Header["Cookie"] = []string{value}
		}
	}
	granted := x.identifierGrant()
	filter := x.identifierFilter()
	x.rules.narrowEncodings(r.Header)
	x.filterFields(r.Header, filter, granted)
	if query, ok := x.filterQuery(filter, granted); ok {
		x.replaceQuery(query)
	}
	if !granted.Has(consent.Device) {
		x.truncateClient()
	}
	x.prepareValidators()
	x.readBirthday()
	if refusal == nil {
		refusal = x.filterBody(nil)
	}
	if refusal != nil {
		x.dropBody()
		x.leaveToErrorRoute()
		return refusal
	}
	if len(x.r.Trailer) > 0 {
		x.r.Body = &trailerFilter{x.r.Body, x.r.Trailer, func(h http.Header) {
			dropOwnHeaders(h)
			delete(h, "Cookie")
			if x.streaming != nil {
				dropSums(h)
			}
			x.filterFields(h, filter, granted)
		}}
	}
	return nil
}

// filterQuery returns what remains of the query, and whether that differs.
func (x *exchange) filterQuery(filter *identifier.Filter, granted consent.Set) (string, bool) {
	query := x.r.URL.RawQuery
	if query == "" || !body.HoldsJSON(query) {
		return filter.Query(query, granted, x.foundIdentifier)
	}
	return body.FilterQuery(query, &body.Options{Identifiers: filter, Granted: granted, Found: func(f body.Finding) {
		x.foundIdentifier(identifier.Finding{Name: f.Name, Kind: f.Kind, Place: identifier.InQuery, Action: f.Action})
	}})
}

// filterFields takes identifiers out of a header or trailer, in place, and out of JSON
// that stands in it.
func (x *exchange) filterFields(h http.Header, filter *identifier.Filter, granted consent.Set) {
	filter.Header(h, granted, x.foundIdentifier)
	for name, values := range h {
		for i, value := range values {
			if body.IsJSON(value) && !identifier.IsPrivate(name) {
				values[i] = x.filterFieldJSON(name, value, filter, granted)
			}
		}
	}
}

func (x *exchange) filterFieldJSON(name, value string, filter *identifier.Filter, granted consent.Set) string {
	kept, _ := body.FilterJSON(name, value, &body.Options{Identifiers: filter, Granted: granted, Found: func(f body.Finding) {
		x.foundIdentifier(identifier.Finding{Name: name, Kind: f.Kind, Place: identifier.InHeader, Action: f.Action})
	}})
	return kept
}

// trailerFilter filters a request's trailers, which are known once the body has
// been read and sent on after it.
type trailerFilter struct {
	io.ReadCloser
	trailer http.Header
	filter  func(http.Header)
}

func (t *trailerFilter) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if err == io.EOF {
		t.filter(t.trailer)
	}
	return n, err
}

// identifierFilter is the filter for the request: where something in it
// identifies a person, data about the device is personal too.
func (x *exchange) identifierFilter() *identifier.Filter {
	return &x.rules.identifiers[b2i(x.rules.identify.found(x.r.Header))]
}

// replaceQuery changes the query for all that comes after, also where the
// original request is asked (php_fastcgi does).
func (x *exchange) replaceQuery(query string) {
	ctx := x.r.Context()
	if original, ok := ctx.Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && original.URL != nil {
		u := *original.URL
		if u.RawQuery == x.r.URL.RawQuery {
			u.RawQuery = query
		} else {
			u.RawQuery = ""
		}
		original.URL = &u
		original.RequestURI = u.RequestURI()
		*x.r = *x.r.WithContext(context.WithValue(ctx, caddyhttp.OriginalRequestCtxKey, original))
	}
	u := *x.r.URL
	u.RawQuery = query
	x.r.URL = &u
	x.r.RequestURI = u.RequestURI()
}

// truncateClient gives the handlers behind the gateway the client's network in
// place of its address: a proxy copies the address to X-Forwarded-For. The
// access log has its own copy of the request.
func (x *exchange) truncateClient() {
	host, _, err := net.SplitHostPort(x.r.RemoteAddr)
	if err != nil {
		return // a Unix socket
	}
	addr := parseClient(host)
	if !addr.IsValid() {
		return
	}
	x.r.RemoteAddr = net.JoinHostPort(identifier.TruncateAddr(addr).String(), "0")
}

// dropOwnHeaders removes what a client must not say: the gateway's own headers
// under any spelling that a server behind might take for them, and their names
// in Connection, where a proxy would remove the genuine ones.
func dropOwnHeaders(h http.Header) {
	for name := range h {
		if isOwnHeader(name) {
			delete(h, name)
		}
	}
	for i, value := range h["Connection"] {
		if changed, ok := withoutOwnTokens(value); ok {
			h["Connection"][i] = changed
		}
	}
}

// allows reports whether the request may reach a party.
func (x *exchange) allows(p *party) bool { return x.rules.allows(p, x.decision.Granted) }

// allows reports whether a party's purpose is granted and, where its country is
// not the home of the data, the transfer too.
func (r *rules) allows(p *party, granted consent.Set) bool {
	return granted.Has(p.purpose) && (!r.abroad(p) || granted.Has(consent.CrossBorder))
}

// abroad reports whether data for the party leaves the home country. What is
// necessary needs no further consent for that.
func (r *rules) abroad(p *party) bool {
	return p.purpose != consent.Necessary && r.home != consent.Country{} &&
		p.country != consent.Country{} && p.country != r.home
}
