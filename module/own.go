package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/pages"
)

// gpcPath is where a site says that it honours Global Privacy Control.
const gpcPath = "/.well-known/gpc.json"

// bodyMax bounds what the gateway reads of a request that it answers itself.
const bodyMax = 64 << 10

// owns reports whether the gateway answers a path itself.
func (r *rules) owns(path string) bool {
	if path == gpcPath {
		return true
	}
	rest, ok := strings.CutPrefix(path, r.prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// own answers what visitors and their browsers ask of the gateway itself.
type own struct {
	gateway *Gateway
	beacon  string                                      // the path of the beacon
	routes  map[string]map[string]func(*exchange) error // path to method to answer
}

func newOwn(g *Gateway) own {
	o := own{gateway: g, beacon: g.rules.prefix + "/visit"}
	get := func(answer func(*exchange) error) map[string]func(*exchange) error {
		return map[string]func(*exchange) error{http.MethodGet: answer}
	}
	o.routes = map[string]map[string]func(*exchange) error{
		"/":           {http.MethodGet: o.preferences, http.MethodPost: o.decideByForm},
		"/state":      {http.MethodGet: o.state, http.MethodPut: o.decideByAPI, http.MethodDelete: o.withdraw},
		"/policy":     get(o.policy),
		"/partners":   get(o.partners),
		"/cookies":    get(o.cookies),
		"/exemptions": get(o.exemptions),
		"/contact":    get(o.contact),
		"/receipt":    get(o.receipt),
		"/me":         get(o.me),
		"/erase":      {http.MethodGet: o.erasePage, http.MethodPost: o.eraseAll},
		"/request":    {http.MethodGet: o.requestPage, http.MethodPost: o.ask},
		"/notice":     {http.MethodPost: o.sawNotice},
		"/client.js":  get(func(x *exchange) error { return x.asset(x.rules.pages.Client()) }),
		"/more.js":    get(func(x *exchange) error { return x.asset(x.rules.pages.More()) }),
		"/guard.json": get(func(x *exchange) error { return x.asset(x.rules.pages.Guard()) }),
		"/style.css":  get(func(x *exchange) error { return x.asset(x.rules.pages.Style()) }),
		"/visit":      {http.MethodPost: o.visit},
		"/visit.gif":  get(o.visitPixel),
		"/csp-report": {http.MethodPost: o.cspReport},
	}
	return o
}

// serve answers a request under the prefix.
func (o *own) serve(x *exchange) error {
	// Of all it is asked for, most are beacons.
	if x.path == o.beacon && x.r.Method == http.MethodPost && x.sameOrigin() {
		return o.visit(x)
	}
	h := x.w.Header()
	said := [...]string{"nosniff", "same-origin", "no-store"}
	h["X-Content-Type-Options"], h["Referrer-Policy"], h["Cache-Control"] = said[0:1:1], said[1:2:2], said[2:3:3]
	if x.path == gpcPath {
		return o.gpc(x)
	}
	name := strings.TrimPrefix(x.path, o.gateway.rules.prefix)
	if name == "" {
		x.redirect(o.gateway.rules.prefix + "/")
		return nil
	}
	methods, ok := o.routes[name]
	for _, folder := range []string{"/policy", "/receipt"} {
		if !ok && strings.HasPrefix(name, folder+"/") {
			methods, ok = o.routes[folder], true
		}
	}
	if !ok {
		return x.problem(http.StatusNotFound, pages.NotFound)
	}
	method := x.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	answer, ok := methods[method]
	if !ok {
		known := slices.Sorted(maps.Keys(methods))
		if methods[http.MethodGet] != nil {
			known = append(known, http.MethodHead)
		}
		h.Set("Allow", strings.Join(known, ", "))
		x.w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	// A report changes nothing that a browser's origin should protect, and may
	// come from a frame without one.
	if method != http.MethodGet && name != "/csp-report" && !x.sameOrigin() {
		return x.problem(http.StatusForbidden, pages.Refused)
	}
	return answer(x)
}

// sameOrigin reports whether a request that changes something comes from the
// site's own pages, or from a program that sends neither of the headers by which
// browsers tell (Fetch Metadata; RFC 6454 section 7).
func (x *exchange) sameOrigin() bool {
	switch first(x.r.Header["Sec-Fetch-Site"]) {
	case "", "same-origin", "none":
	default:
		return false
	}
	origins := x.r.Header["Origin"]
	if len(origins) == 0 {
		return true
	}
	scheme, rest, _ := strings.Cut(origins[0], "://")
	// Over HTTP the gateway may only not know of the TLS in front of it.
	if len(origins) > 1 || scheme != "https" && (scheme != "http" || x.origin.Secure) {
		return false
	}
	host, port := splitHost(rest)
	return host == x.origin.Host && port == x.port
}

// state is the decision as programs read it.
type state struct {
	Policy  string       `json:"policy"`
	Regime  string       `json:"regime"`
	Granted []string     `json:"granted"`
	Decided *string      `json:"decided"`
	Signals stateSignals `json:"signals"`
}

type stateSignals struct {
	GPC bool `json:"gpc"`
}

func (o *own) state(x *exchange) error { return x.json(http.StatusOK, o.stateOf(x)) }

func (o *own) stateOf(x *exchange) state {
	s := state{
		Policy:  o.gateway.app.policyAt(x.today).Version,
		Regime:  x.decision.Regime.String(),
		Granted: x.rules.Vocabulary.Names(x.decision.Granted),
		Signals: stateSignals{GPC: x.decision.Signals.GPC},
	}
	if x.decision.Decided != 0 {
		decided := x.decision.Decided.String()
		s.Decided = &decided
	}
	return s
}

func (o *own) decideByAPI(x *exchange) error {
	var asked struct {
		Granted *[]string `json:"granted"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, bodyMax))
	if err != nil {
		return x.fault(http.StatusRequestEntityTooLarge, "the body is too large or could not be read")
	}
	// Strictly, for a text that readers take in different ways grants nothing.
	if err := jsonv2.Unmarshal(body, &asked); err != nil || asked.Granted == nil {
		return x.fault(http.StatusBadRequest, `expected an object such as {"granted":["analytics"]}`)
	}
	granted, err := x.rules.parse(*asked.Granted)
	if err != nil {
		return x.fault(http.StatusBadRequest, err.Error())
	}
	if err := x.record(granted, "api"); err != nil {
		return x.fault(http.StatusServiceUnavailable, "the decision could not be recorded, so nothing was granted")
	}
	return o.state(x)
}

func (o *own) withdraw(x *exchange) error {
	x.withdraw("withdrawal")
	return o.state(x)
}

// decideByForm is the same for browsers without JavaScript.
func (o *own) decideByForm(x *exchange) error {
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, bodyMax)
	if err := x.r.ParseForm(); err != nil {
		return x.problem(http.StatusBadRequest, pages.Unreadable)
	}
	form := x.r.PostForm
	var granted consent.Set
	var err error
	switch form.Get("choice") {
	case "accept":
		granted = x.rules.optional
	case "reject":
	case "save":
		granted, err = x.rules.parse(form["purpose"])
	default:
		err = errors.New("no choice")
	}
	if err != nil {
		return x.problem(http.StatusBadRequest, pages.Unreadable)
	}
	if err := x.record(granted, "page"); err != nil {
		return x.problem(http.StatusServiceUnavailable, pages.Unsaved)
	}
	if !form.Has("return") {
		return o.saved(x, form)
	}
	to := localPath(form.Get("return"))
	if to == "" {
		to = o.gateway.rules.prefix + "/"
	}
	x.redirect(to)
	return nil
}

// saved shows the preference page after a decision made on it, with the address
// of the receipt. That stands in no address of the page's own, which a redirect
// would need: Referer and history would tell it on.
func (o *own) saved(x *exchange, form url.Values) error {
	v := o.view(x)
	v.Saved, v.Receipt = true, x.w.Header().Get(headerReceipt)
	v.Return = localPath(form.Get("back"))
	v.Lang = x.rules.pages.Negotiate(x.r.Header.Get("Accept-Language"), form.Get("lang"))
	return x.page(v, x.rules.pages.Preferences, nil)
}

// parse reads names of purposes.
func (r *rules) parse(names []string) (consent.Set, error) {
	var set consent.Set
	for _, name := range names {
		purpose, ok := r.Vocabulary.Lookup(name)
		if !ok {
			return 0, errors.New("unknown purpose " + strconv.Quote(name) + ": expected " +
				strings.Join(r.Vocabulary.Names(r.Vocabulary.All()), ", "))
		}
		set = set.With(purpose)
	}
	return set, nil
}

func (o *own) gpc(x *exchange) error {
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		x.w.Header().Set("Allow", http.MethodGet+", "+http.MethodHead)
		x.w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	x.w.Header().Set("Cache-Control", "public, max-age=86400")
	updated := o.gateway.app.policyAt(x.today).Effective
	if updated == "" {
		updated = x.today.String()
	}
	return x.json(http.StatusOK, struct {
		GPC     bool   `json:"gpc"`
		Updated string `json:"lastUpdate"`
	}{true, updated})
}

// localPath returns a path of this site that is safe to redirect to, or "".
func localPath(text string) string {
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\x00\r\n\t") {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(path.Clean(u.Path), "//") {
		return ""
	}
	return u.RequestURI() + fragment(u)
}

func fragment(u *url.URL) string {
	if u.Fragment == "" {
		return ""
	}
	return "#" + u.EscapedFragment()
}

// redirect sends the browser on with GET.
func (x *exchange) redirect(to string) {
	x.w.Header().Set("Location", to)
	x.w.WriteHeader(http.StatusSeeOther)
}

func (x *exchange) json(status int, value any) error {
	x.w.Header().Set("Content-Type", "application/json")
	return x.send(status, func(w io.Writer) error { return json.NewEncoder(w).Encode(value) })
}

// fault answers a program's request that could not be done.
func (x *exchange) fault(status int, why string) error {
	return x.json(status, struct {
		Error string `json:"error"`
	}{why})
}

// send answers the exchange with a whole response.
func (x *exchange) send(status int, body func(io.Writer) error) error {
	return sendWhole(x.w, x.r, status, body)
}

// sendWhole writes a whole response. Its body is made first, so that a failure
// is an error and not half a page.
func sendWhole(w http.ResponseWriter, r *http.Request, status int, body func(io.Writer) error) error {
	var b bytes.Buffer
	if err := body(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}

// asset sends a file that pages refer to.
func (x *exchange) asset(a pages.Asset) error {
	h := x.w.Header()
	h.Set("Cache-Control", "public, max-age=600")
	if query := x.r.URL.RawQuery; query != "" && query == a.Integrity() {
		// The address names these very bytes.
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Type", a.Type)
	h.Set("Etag", a.ETag)
	for tag := range listedTags(x.r.Header["If-None-Match"]) {
		if tag == "*" || strings.TrimPrefix(tag, "W/") == a.ETag {
			x.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return x.send(http.StatusOK, func(w io.Writer) error {
		_, err := w.Write(a.Bytes)
		return err
	})
}
