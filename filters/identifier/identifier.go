// Package identifier takes identifiers of people and devices, and places, out
// of request headers, queries and single fields, unless the visitor agreed.
//
// An identifier is known by its name (in any of the ways in which programs
// write names: device_id, deviceId, X-Device-Id, ctx[device][id]) or by its
// value (an IMEI, an ICCID, a MAC address, an exact place). Each [Kind] has the
// one purpose that lets it pass. What has no consent is dropped, hashed,
// truncated, coarsened or reduced in the raw bytes; every other byte stays as it
// was. With consent to the device, advertising and location purposes nothing is
// changed at all.
//
// A [Filter] is immutable once made and safe for concurrent use.
package identifier

import (
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/location"
)

// Kind is what an identifier identifies. Its String is a metric's label: the set
// is small and fixed.
type Kind uint8

// The kinds.
const (
	DeviceID      Kind = iota // Android ID, OpenUDID, GUID, installation ids
	AdvertisingID             // IDFA, AAID, OAID and the like
	IMEI                      // 3GPP TS 23.003 clause 6.2
	MEID                      // 3GPP2 S.R0048
	IMSI                      // 3GPP TS 23.003 clause 2.2
	ICCID                     // ITU-T E.118: the SIM card's number
	MAC                       // EUI-48
	Serial                    // the device's serial number
	PushToken                 // the address of one installation
	Subscriber                // MSISDN and what mobile operators add for a line
	DeviceName                // "Ann's phone"
	DeviceData                // model, version, resolution: personal when combined with an identity
	ClickID                   // an advertiser's name for one click, a mailing's for one reader, topics
	UserAgent                 // RFC 9110 section 10.1.5
	ClientHint                // RFC 8942, but the low-entropy ones
	ClientIP                  // in X-Forwarded-For, Forwarded (RFC 7239) and their kin
	Userinfo                  // in a URL (RFC 3986 section 3.2.1)
	Place                     // see package location

	kinds = iota
)

var kindNames = [kinds]string{
	"device-id", "advertising-id", "imei", "meid", "imsi", "iccid", "mac", "serial", "push-token", "subscriber",
	"device-name", "device-data", "click-id", "user-agent", "client-hint", "client-ip", "userinfo", "place",
}

// String returns the kind as a metric's label, such as "device-id".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "other"
}

// Kinds lists every kind, for those who make metrics or check a configuration.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for k := range all {
		all[k] = Kind(k)
	}
	return all
}

// Purpose returns the purpose that lets identifiers of this kind pass.
func (k Kind) Purpose() consent.Purpose {
	switch k {
	case ClickID:
		return consent.Advertising
	case Place:
		return consent.Location
	}
	return consent.Device
}

// hashable reports whether a keyed hash can stand for the identifier. The others
// are data, not names of something: a hash of them tells nothing or all.
func (k Kind) hashable() bool { return k < DeviceName || k == ClickID }

// everything is what must be granted for nothing to be looked at.
var everything = consent.Of(consent.Device, consent.Advertising, consent.Location)

func grantsAll(granted consent.Set) bool { return granted&everything == everything }

// Action is what was done to an identifier. Its String is a metric's label.
type Action uint8

// The actions.
const (
	Pass     Action = iota // left as it was
	Drop                   // taken out, with its name
	Hash                   // replaced by a keyed hash
	Coarsen                // a place with fewer decimals
	Truncate               // an address without its host part
	Reduce                 // a user agent without the device
)

var actionNames = [...]string{"pass", "drop", "hash", "coarsen", "truncate", "reduce"}

// String returns the action as a metric's label, such as "drop".
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return "other"
}

// Where is the part of a request in which something was found. Its String is a
// metric's label.
type Where uint8

// The parts.
const (
	InHeader Where = iota
	InQuery
	InURL // a URL that a header holds, such as Referer
)

var whereNames = [...]string{"header", "query", "url"}

// String returns the part as a metric's label, such as "query".
func (w Where) String() string {
	if int(w) < len(whereNames) {
		return whereNames[w]
	}
	return "other"
}

// Finding is one identifier that was acted on. It holds nothing of its value.
type Finding struct {
	// Name is that of the header or the parameter, as received; "" where a value has
	// none. It comes from the client, so it is no metric label.
	Name   string
	Kind   Kind
	Place  Where
	Action Action
}

// Filter takes identifiers out. The zero value drops all that has no consent
// and keeps whole degrees of a place.
type Filter struct {
	// Location is what happens to a place.
	Location location.Policy

	// Hash replaces identifiers by HMAC-SHA-256 under Key instead of dropping
	// them: its first 16 bytes in hexadecimal, different for each kind. Kinds
	// that are data rather than identifiers, such as a model, are dropped all
	// the same. A value that was hashed is hashed again if it comes by again.
	Hash bool

	// Key returns the key of the present period. Without one, or with an empty
	// one, identifiers are dropped.
	Key func() []byte

	// Combined says that something in the request identifies the person. Data of
	// the device ([DeviceData]), such as its model, then goes from queries and
	// fields too: it is personal only in combination. Headers that carry it are
	// no part of what a storefront asked for, and always go.
	Combined bool

	// Extra holds more names than the built-in ones; nil for none.
	Extra *Names
}

// report calls found, which may be nil.
func report(found func(Finding), name string, k Kind, w Where, a Action) {
	if found != nil {
		found(Finding{Name: name, Kind: k, Place: w, Action: a})
	}
}
