package pages

import "html/template"

// View is what one page shows. Empty fields are left out of the page.
type View struct {
	Lang Lang // from [Pages.Negotiate]

	Version    string // of the policy in force
	Effective  string // the day from which it holds, YYYY-MM-DD
	Controller string // who answers for the processing
	Contact    string // an e-mail address or an http(s) URL

	Regime  string // "opt-in" or "opt-out"
	Country string // ISO 3166-1 alpha-2, "" when unknown
	Decided string // the day of the visitor's decision, YYYY-MM-DD; "" before it
	Saved   bool   // a decision has just been saved
	Receipt string // the path of that decision's receipt, "" for none
	GPC     bool   // the browser sends Sec-GPC
	Minor   bool   // a minor without a guardian's consent

	Purposes   []Purpose
	Partners   []Partner
	Cookies    []Cookie
	Exemptions []Exemption
	Versions   []Version
	Next       *Version // the version that takes effect next, nil for none
	Changes    *Changes // what is different from another policy, nil for nothing to tell
	Notices    []Notice

	Me      Me
	Erase   Erase
	Request Request

	Text   template.HTML // the policy's text; the caller answers for its safety
	Return string        // a local path to go back to
}

// Purpose is what data is used for.
type Purpose struct {
	Name        string    `json:"name"`                  // as in the policy
	Title       string    `json:"title,omitempty"`       // default: built in for built-in purposes, else the name
	Description string    `json:"description,omitempty"` // default: built in for built-in purposes
	Clause      string    `json:"clause,omitempty"`      // of the policy
	Always      bool      `json:"always,omitempty"`      // needs no consent
	Granted     bool      `json:"granted"`               // in force now
	Cookies     []Cookie  `json:"cookies,omitempty"`
	Partners    []Partner `json:"partners,omitempty"`
}

// Cookie is a declared cookie, or several with one beginning.
type Cookie struct {
	Pattern  string `json:"name"`               // exact, or a prefix that ends in an asterisk
	Purpose  string `json:"purpose"`            // the purpose's name
	Lifetime string `json:"lifetime,omitempty"` // a number with y, mo, w, d, h, m or s; "session"; "" as the site sets it
	Vendor   string `json:"vendor,omitempty"`
}

// Partner is a declared third party.
type Partner struct {
	Name     string   `json:"name"`
	Purpose  string   `json:"purpose,omitempty"` // the purpose's name; "" when nothing allows it
	Country  string   `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Abroad   bool     `json:"abroad,omitempty"`  // another country than the storefront's home
	Hosts    []string `json:"hosts,omitempty"`
	Receives []string `json:"receives,omitempty"` // the fields that may reach it
}

// Exemption is a part of the site whose filters the policy lifts.
type Exemption struct {
	Path   string `json:"path"`
	Clause string `json:"clause"`
}

// Version is one version of the policy.
type Version struct {
	Name      string `json:"version"`
	Effective string `json:"effective,omitempty"` // YYYY-MM-DD
	Current   bool   `json:"current,omitempty"`
	Announced bool   `json:"announced,omitempty"` // it holds from a later day
}

// Notice is something that visitors have to be told.
type Notice struct {
	ID    string `json:"id,omitempty"`    // by which the visitor tells that it was seen
	Kind  string `json:"kind,omitempty"`  // "incident", "end-of-service" or "policy"
	Title string `json:"title,omitempty"` // default: built in for each kind
	Text  string `json:"text"`
	Until string `json:"until,omitempty"` // YYYY-MM-DD
	Link  string `json:"link,omitempty"`  // a path or an http(s) URL with more
}

// Problem is why a request was not done.
type Problem uint8

// The problems that have a page.
const (
	NotFound    Problem = iota // 404: there is no such page
	Refused                    // 403: the request came from another site
	Unreadable                 // 400: the form could not be read
	Unsaved                    // 503: the decision could not be recorded, so nothing was granted
	TooMany                    // 429: the visitor's network has sent too much
	Unavailable                // 503: it can't be done now
)

// Key names the problem in the catalogues.
func (p Problem) Key() string {
	switch p {
	case Refused:
		return "problem.refused"
	case Unreadable:
		return "problem.unreadable"
	case Unsaved:
		return "problem.unsaved"
	case TooMany:
		return "problem.toomany"
	case Unavailable:
		return "problem.unavailable"
	default:
		return "problem.notfound"
	}
}
