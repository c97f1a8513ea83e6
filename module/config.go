package module

import (
	"encoding/json"
)

// Policy is one version of the site's privacy policy.
type Policy struct {
	// The version's name, usually its date.
	Version string `json:"version"`

	// The day from which the version holds (YYYY-MM-DD). Default: at once.
	// Of several versions, the latest that is effective decides; a later one
	// is announced.
	Effective string `json:"effective,omitempty"`

	// Who answers for the processing.
	Controller string `json:"controller,omitempty"`

	// How visitors reach the controller: an e-mail address or a URL.
	Contact string `json:"contact,omitempty"`

	// The file with the policy's text, in Markdown, plain text or HTML.
	Text string `json:"text,omitempty"`

	// The folder in which the texts of all versions are kept as they were
	// published, with what the policy said then. Nothing in it is ever changed,
	// and what is there is served even if Text says something else by now.
	// Default: none; then what Text holds is served.
	Archive string `json:"archive,omitempty"`

	// After this time a visitor is asked again, but who refused everything not
	// before six months. Default: 1y.
	Renew Span `json:"renew,omitempty"`
}

// Notice is something that visitors have to be told. Pages of the storefront show
// it until the visitor has seen it, those of the gateway always.
type Notice struct {
	// "incident", "end-of-service" or "policy".
	Kind string `json:"kind"`

	// The title. Default: built in for each kind, in the visitor's language.
	Title string `json:"title,omitempty"`

	// What visitors are told.
	Text string `json:"text"`

	// The first day on which it is shown (YYYY-MM-DD). Default: at once.
	// The end of a service needs one.
	From string `json:"from,omitempty"`

	// The last day on which it is shown. For the end of a service, which needs
	// one, it is the day of the end, at least 30 days after the first.
	// Default: shown until it is removed.
	Until string `json:"until,omitempty"`

	// Where visitors read more: a path of the site or a URL.
	Link string `json:"link,omitempty"`
}

// Purpose declares what data is used for, or gives words to a built-in purpose.
type Purpose struct {
	// The purpose's name: lower-case letters, digits and hyphens.
	Name string `json:"name"`

	// The name that visitors read. Default: built in for built-in purposes.
	Title string `json:"title,omitempty"`

	// One or two sentences that explain the purpose to visitors.
	Description string `json:"description,omitempty"`

	// The clause of the policy that declares the purpose.
	Clause string `json:"clause,omitempty"`
}

// Cookie declares cookies of the storefront.
type Cookie struct {
	// Names, each exact or a prefix that ends in an asterisk. A pattern also
	// matches the name behind a __Host- or __Secure- prefix.
	Names []string `json:"names"`

	// The purpose that allows the cookies.
	Purpose string `json:"purpose"`

	// The longest life that a cookie may be given. Default: as the storefront
	// sets it.
	Lifetime Span `json:"lifetime,omitempty"`

	// Attributes that are added where the storefront leaves them out.
	Secure   bool `json:"secure,omitempty"`
	HTTPOnly bool `json:"httponly,omitempty"`

	// "lax", "strict" or "none"; replaces a weaker value. Default: as set.
	SameSite string `json:"samesite,omitempty"`
}

// Partner declares a third party.
type Partner struct {
	// The partner's name: lower-case letters, digits and hyphens.
	Name string `json:"name"`

	// Its hosts: "acme.example" means the host and all below it,
	// "*.acme.example" only those below it.
	Hosts []string `json:"hosts,omitempty"`

	// Paths of this site whose requests leave towards the partner. Without
	// consent they are answered by the gateway itself.
	Beacons []string `json:"beacons,omitempty"`

	// The purpose that allows the partner. Default: none, so that nothing does.
	Purpose string `json:"purpose,omitempty"`

	// The country (ISO 3166-1 alpha-2) to which its data goes.
	Country string `json:"country,omitempty"`

	// The fields of bodies and queries that may reach the partner, as dotted
	// paths; nothing else does. Default: none.
	Receives []string `json:"receives,omitempty"`

	// The URL that is called when a visitor asks to be erased.
	Erase string `json:"erase,omitempty"`
}

// Place says what happens to a precise place without consent to "location".
type Place struct {
	// "coarse" or "drop". Default: coarse.
	Action string `json:"action,omitempty"`

	// Decimals of a degree that are kept when coarse. Default: 1 (11 km).
	Decimals *int `json:"decimals,omitempty"`
}

// Minors says how it is learned that a visitor is a minor.
type Minors struct {
	// The response header by which the storefront says so: "under-14", "under-18",
	// or "guardian" when one has agreed. Default: Consent-Minor.
	Header string `json:"header,omitempty"`

	// Fields of forms and JSON that hold the visitor's birthday, as dotted paths:
	// profile.birthdate. A date that tells of a minor makes the visitor one; the
	// date itself is not kept. Read are bodies of up to 64 KiB whose length is
	// announced. Default: none.
	Birthday []string `json:"birthday,omitempty"`

	// Ages below which a guardian has to agree. The header may name each, as
	// under-16; a birthday is compared with the highest. Default: 14 and 18.
	Under []int `json:"under,omitempty"`
}

// Signals names the cookies from which consent signals are read. The same
// signals are also read from the query parameters gdpr_consent and gpp.
type Signals struct {
	// Cookies that hold an IAB TCF string.
	TCF []string `json:"tcf,omitempty"`

	// Cookies that hold an IAB GPP string.
	GPP []string `json:"gpp,omitempty"`

	// Functions by which the gateway's script answers other scripts on the page
	// from the decision: "__tcfapi" and "__gpp". Leave out what another consent
	// platform answers. Default: none.
	Answer []string `json:"answer,omitempty"`
}

// Requests says how access, correction and deletion requests are handled.
type Requests struct {
	// How long what an asker wrote, and the answer, are kept after it was
	// given. Default: 90d.
	ContactRetention Span `json:"contact_retention,omitempty"`
}

// Report declares the published figures.
type Report struct {
	// The IANA time zone in which days begin. Default: UTC.
	Timezone string `json:"timezone,omitempty"`

	// How long one epoch lasts: 1d, 1h, or any time from a minute up that
	// divides a day. Default: 1d.
	Epoch Span `json:"epoch,omitempty"`

	// How long after its end an epoch is published. Default: 2h.
	Embargo Span `json:"embargo,omitempty"`

	// How long published figures are kept. Default: 3 years.
	Keep Span `json:"keep,omitempty"`

	// How long the sums that they were made from are kept after it. They are not
	// protected. Default: not at all.
	Raw Span `json:"raw,omitempty"`

	// How published figures are protected. Default: noise 2.0.
	Privacy *Privacy `json:"privacy,omitempty"`

	// Named groups of paths; the most specific that matches counts.
	Routes []Route `json:"routes,omitempty"`

	// Named aims, reached by a path or by the header Consent-Goal.
	Goals []Route `json:"goals,omitempty"`

	// The most that one goal's value counts for, in the site's currency, with
	// two decimals at most. Noise on sums of values is proportional to it.
	// Default: values are not counted.
	MaxValue float64 `json:"max_value,omitempty"`

	// Campaign codes that are counted, as found in utm_campaign.
	Campaigns []string `json:"campaigns,omitempty"`

	// Sites that visitors come from, each with its subdomains, that are told
	// apart from other sites.
	Referrers []string `json:"referrers,omitempty"`

	// Cookies that registered visitors have, and no others. Default: visits of
	// registered visitors are not told apart.
	Logins []string `json:"logins,omitempty"`

	// Countries that are told apart, as ISO 3166-1 alpha-2 codes. Default: all.
	Countries []string `json:"countries,omitempty"`

	// Languages that are told apart, as primary subtags of BCP 47. Default: the
	// 24 that most of the web is read in.
	Languages []string `json:"languages,omitempty"`

	// Combinations of two or three dimensions by which visits are counted:
	// country, device, language, referrer, registered, route. Default: none.
	Crosses [][]string `json:"crosses,omitempty"`
}

// Privacy says how published figures are protected.
type Privacy struct {
	// "noise": every figure gets exact discrete Laplace noise.
	// "threshold": small figures are merged.
	Method string `json:"method"`

	// A day's epsilon for noise; the smallest published figure for threshold.
	Value float64 `json:"value"`
}

// Route names a group of paths.
type Route struct {
	Name  string   `json:"name"`
	Paths []string `json:"paths"`
}

// Exempt is a group of paths on which the identifier and place filters do not
// work, because the policy allows it without consent (security, fraud).
type Exempt struct {
	// Paths of the site, exact or ending in an asterisk.
	Paths []string `json:"paths"`

	// The clause of the policy that allows the exemption. It is shown to
	// visitors.
	Clause string `json:"clause"`
}

// Config is the policy that the gateway enforces, as JSON. It is embedded in
// [App].
type Config struct {
	// Versions of the policy. Default: one, named "default".
	Policies []Policy `json:"policies,omitempty"`

	// What visitors have to be told. More can be set while the gateway runs.
	Notices []Notice `json:"notices,omitempty"`

	// Purposes beyond the built-in ones, and words for the built-in ones.
	Purposes []Purpose `json:"purposes,omitempty"`

	// The storefront's cookies. What is neither here nor in a catalogue is
	// undeclared and dropped.
	Cookies []Cookie `json:"cookies,omitempty"`

	// The third parties.
	Partners []Partner `json:"partners,omitempty"`

	// Names of cookies, headers and fields that identify a person; together
	// with them, data about a device is personal.
	Identify []string `json:"identify,omitempty"`

	// What becomes of identifiers without consent: "drop" or "hash" (a keyed
	// hash that changes every day). Default: drop.
	Identifiers string `json:"identifiers,omitempty"`

	// What becomes of a precise place without consent.
	Location *Place `json:"location,omitempty"`

	// How minors are recognised.
	Minors *Minors `json:"minors,omitempty"`

	// What becomes of third parties that nobody declared: "block", or "report"
	// (they pass and are counted). Default: block.
	Undeclared string `json:"undeclared,omitempty"`

	// A second Content-Security-Policy that lets pages fetch only from the site's
	// own domain and from parties whose purpose is granted: "off", "report" (the
	// browser only reports what it would stop), or "strict", which needs Undeclared
	// to be "block". A page that is open keeps its policy, so the gateway's script
	// loads it anew when something is granted. Default: off.
	CSP string `json:"csp,omitempty"`

	// Countries by regime. The keys are "opt-in" and "opt-out"; the values are
	// ISO 3166-1 alpha-2 codes, states such as "US-CA" (ISO 3166-2:US), "EU"
	// (with the EEA), or "other" for all that are not named and those that are
	// unknown. The most specific one holds; states are known where the database
	// knows them. Default: opt-in everywhere.
	Regimes map[string][]string `json:"regimes,omitempty"`

	// Where the signals of other consent systems are read.
	Signals *Signals `json:"signals,omitempty"`

	// The country in which the storefront keeps its data.
	Home string `json:"home,omitempty"`

	// A database of countries or cities in MaxMind's format. A missing or broken file means
	// that every country is unknown. Default: none.
	GeoIP string `json:"geoip,omitempty"`

	// Files with more cookies and hosts: CSV in the form of the Open Cookie
	// Database, or lists of hosts.
	Catalogues []string `json:"catalogues,omitempty"`

	// A folder that holds the keys. Default: made once and kept in Caddy's
	// storage.
	Keys string `json:"keys,omitempty"`

	// Where records and figures are kept. Default: SQLite in Caddy's data
	// directory.
	StoreRaw json.RawMessage `json:"store,omitempty" caddy:"namespace=consent.stores inline_key=driver"`

	// How requests to the controller are handled.
	Requests *Requests `json:"requests,omitempty"`

	// How records of consent are kept.
	Ledger *Ledger `json:"ledger,omitempty"`

	// The published figures.
	Report *Report `json:"report,omitempty"`

	// The path under which the gateway answers itself. Default: /.consent
	Prefix string `json:"prefix,omitempty"`

	// A folder whose files replace words and add to the style of what visitors
	// see: LANG.json, an object from keys to texts, for each language, and
	// style.css. Default: none.
	Pages string `json:"pages,omitempty"`
}
