package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// SchemaVersion names the form of records.
const SchemaVersion = "fairway-27560-1"

// Record is one event in the life of a consent. The names of its fields in JSON
// are those of ISO/IEC TS 27560:2023, section 6, where it has one. The field for
// the person, pii_principal_id, is left out on purpose.
type Record struct {
	SchemaVersion string `json:"schema_version"`

	// The hash of the receipt's id, see [ReceiptID.Hash].
	RecordID Hash `json:"record_id"`

	// Who answers for the processing.
	Controllers []Party `json:"pii_controllers,omitempty"`

	// What the visitor was told, and in which language (BCP 47).
	Notice   Notice `json:"privacy_notice"`
	Language string `json:"language"`

	// The sites.
	Services []string `json:"services"`

	// Every purpose that can be consented to.
	Purposes []Purpose `json:"purposes"`

	// The event, in UTC and whole seconds.
	EventTime time.Time `json:"event_time"`
	EventType EventType `json:"event_type"`

	// How it came about.
	Mechanism Mechanism `json:"mechanism"`

	// How long the decision holds, as ISO 8601 writes a time: P180D.
	Validity string `json:"validity_duration,omitempty"`

	// The rule for who has not decided, and the visitor's country (ISO 3166-1).
	Regime  string `json:"regime"`
	Country string `json:"country,omitempty"`

	// The countries whose law holds for the processing.
	Jurisdictions []string `json:"jurisdictions,omitempty"`

	// Whether the storefront called the visitor a minor.
	Minor Minor `json:"minor,omitempty"`

	// Whether the browser sent Global Privacy Control.
	GPC bool `json:"gpc"`
}

// Party is one who takes part in the processing.
type Party struct {
	Name    string `json:"party_name"`
	Contact string `json:"party_contact,omitempty"`
}

// Notice is a version of the policy.
type Notice struct {
	Version     string `json:"version"`
	Fingerprint string `json:"fingerprint"`           // of what consent is given to
	Text        string `json:"text_sha256,omitempty"` // of its text, in hexadecimal
}

// Purpose is what was decided for one purpose.
type Purpose struct {
	Name             string    `json:"purpose"`
	LawfulBasis      string    `json:"lawful_basis"`
	Decision         EventType `json:"decision"`
	WithdrawalMethod string    `json:"withdrawal_method"` // a path of the site
}

// EventType is what became of a consent.
type EventType string

// The types of an event. A whole record is given when any purpose is, else
// withdrawn when any is.
const (
	Given     EventType = "given"
	Refused   EventType = "refused"
	Withdrawn EventType = "withdrawn"
)

// Mechanism is how a visitor's decision reached the gateway.
type Mechanism string

// The mechanisms.
const (
	ByPage       Mechanism = "page"       // the preference page
	ByAPI        Mechanism = "api"        // the banner, or another program
	ByStorefront Mechanism = "storefront" // the storefront, for an account
)

// Minor is what the storefront said of a visitor's age.
type Minor string

// What can be said of it.
const (
	NotSaid  Minor = ""
	IsMinor  Minor = "minor"    // without a guardian's consent
	Guardian Minor = "guardian" // with a guardian's consent
)

// Encode writes the record in its one canonical form (RFC 8785).
func (r *Record) Encode() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	return canonical(r)
}

// ParseRecord reads what [Record.Encode] writes and nothing else.
func ParseRecord(data []byte) (*Record, error) {
	r := new(Record)
	if err := json.Unmarshal(data, r, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	again, err := r.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, errors.New("not a record: the form is not canonical")
	}
	return r, nil
}

func (r *Record) check() error {
	switch {
	case r.SchemaVersion != SchemaVersion:
		return fmt.Errorf("record: schema_version %q: expected %s", r.SchemaVersion, SchemaVersion)
	case r.RecordID == Hash{}:
		return errors.New("record: record_id: expected a hash")
	case r.Notice.Version == "" || r.Notice.Fingerprint == "":
		return errors.New("record: privacy_notice: expected a version and a fingerprint")
	case !r.EventType.known():
		return fmt.Errorf("record: event_type %q: expected given, refused or withdrawn", r.EventType)
	case r.Mechanism != ByPage && r.Mechanism != ByAPI && r.Mechanism != ByStorefront:
		return fmt.Errorf("record: mechanism %q: expected page, api or storefront", r.Mechanism)
	case r.Minor != NotSaid && r.Minor != IsMinor && r.Minor != Guardian:
		return fmt.Errorf("record: minor %q: expected minor or guardian", r.Minor)
	case r.EventTime.Location() != time.UTC || r.EventTime.Nanosecond() != 0 || r.EventTime.Unix() <= 0:
		return errors.New("record: event_time: expected whole seconds in UTC")
	case len(r.Purposes) == 0:
		return errors.New("record: purposes: expected at least one")
	}
	for _, p := range r.Purposes {
		if p.Name == "" || !p.Decision.known() {
			return fmt.Errorf("record: purpose %q: decision %q: expected given, refused or withdrawn", p.Name, p.Decision)
		}
	}
	return nil
}

func (e EventType) known() bool { return e == Given || e == Refused || e == Withdrawn }

// canonical writes a value as RFC 8785 has it.
func canonical(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	text := jsontext.Value(data)
	if err := text.Canonicalize(); err != nil {
		return nil, err
	}
	return text, nil
}
