package pages

import "io"

// Me writes all that the gateway holds of the visitor.
func (p *Pages) Me(w io.Writer, v *View) error { return p.render(w, "me", v) }

// Erase writes the page that asks before everything is erased, or says that it
// is.
func (p *Pages) Erase(w io.Writer, v *View) error { return p.render(w, "erase", v) }

// Request writes the form for requests to the controller, or the status of one.
func (p *Pages) Request(w io.Writer, v *View) error { return p.render(w, "request", v) }

// Me is what the visitor's browser holds of the gateway's. What it does not hold
// is nil.
type Me struct {
	Choice     *HeldChoice  `json:"choice"`
	Dates      *HeldDates   `json:"dates"`
	Visit      *HeldVisit   `json:"visit"`
	Notices    *HeldNotices `json:"notices"`
	Unreadable []string     `json:"unreadable,omitempty"` // names of cookies that are not genuine; they count as none
}

// HeldChoice is the content of the cookie with the decision.
type HeldChoice struct {
	Cookie   string   `json:"cookie"`        // its name
	Day      string   `json:"day,omitempty"` // of the decision, YYYY-MM-DD
	Purposes []string `json:"purposes"`      // names of what was granted; nil when Earlier
	Earlier  bool     `json:"earlier,omitempty"`
	GPC      bool     `json:"gpc"` // the browser sent Global Privacy Control then
	Minor    bool     `json:"minor"`
	Guardian bool     `json:"guardian,omitempty"` // a minor, whose guardian agreed
}

// HeldDates is the content of the cookie with dates.
type HeldDates struct {
	Cookie    string         `json:"cookie"`
	First     string         `json:"first"` // YYYY-MM-DD, or YYYY-MM once it is old
	Last      string         `json:"last"`
	Ends      string         `json:"ends"`
	Visits    int            `json:"visits"` // counted on the last day
	Stays     int            `json:"stays"`
	Goals     int            `json:"goals"`
	Campaigns []HeldCampaign `json:"campaigns,omitempty"`
}

// HeldCampaign is a campaign that the visitor came by.
type HeldCampaign struct {
	Name string `json:"name"`
	Day  string `json:"day"`
}

// HeldVisit is the cookie that says that a visit is under way. It holds nothing.
type HeldVisit struct {
	Cookie string `json:"cookie"`
}

// HeldNotices is the cookie that remembers which notices were seen.
type HeldNotices struct {
	Cookie string   `json:"cookie"`
	Seen   []string `json:"seen"` // ids of notices, the same for everyone
}

// Erase is what the page about erasing shows.
type Erase struct {
	Done     bool
	Partners []Told // those that are, or will be, told
}

// Told is a partner that is told to erase.
type Told struct {
	Partner string `json:"partner"`
	Token   string `json:"token,omitempty"` // of the call; "" when none was made
}

// Request is a request to the controller: what was typed into its form, or its
// status.
type Request struct {
	Kind    string // "access", "deletion" or "correction"
	Contact string
	Message string
	Fault   RequestFault

	Known     bool   // the rest is shown
	New       bool   // it has just been sent
	Reference string // the visitor alone has it
	Status    string // "open", "done" or "refused"
	Opened    string // YYYY-MM-DD
	Due       string
	Closed    string
	DaysLeft  string
	Overdue   bool
	Answer    string
}

// RequestFault is what of a form could not be taken.
type RequestFault uint8

// What can be wrong in the form.
const (
	NoFault RequestFault = iota
	KindFault
	ContactFault
	MessageFault
)

// Key names the fault in the catalogues.
func (f RequestFault) Key() string {
	switch f {
	case KindFault:
		return "request.fault.kind"
	case ContactFault:
		return "request.fault.contact"
	default:
		return "request.fault.message"
	}
}

// Contacts reports whether the address is what could not be taken.
func (f RequestFault) Contacts() bool { return f == ContactFault }

// Messages reports whether the message is what could not be taken.
func (f RequestFault) Messages() bool { return f == MessageFault }

// KindKey names the kind in the catalogues.
func (r Request) KindKey() string {
	switch r.Kind {
	case "deletion":
		return "request.kind.deletion"
	case "correction":
		return "request.kind.correction"
	default:
		return "request.kind.access"
	}
}

// StatusKey names the status in the catalogues.
func (r Request) StatusKey() string {
	switch {
	case r.Status == "done":
		return "request.status.done"
	case r.Status == "refused":
		return "request.status.refused"
	case r.Overdue:
		return "request.status.overdue"
	default:
		return "request.status.open"
	}
}
