package signal

import (
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// TCF says what a TC string takes away: advertising unless its purposes 2, 3
// and 4 have consent; personalization unless 5 and 6 have; analytics unless 7, 8
// or 9 has; all of them without consent to purpose 1, the storage on a device.
// Legitimate interest is not consent.
//
// Strings of version 2 are read, of TCF 2.0 to 2.3. The optional segments must be
// well-formed but decide nothing: neither the publisher's own consents nor the
// disclosed vendors, which 2.3 demands, change what purposes have consent. On an
// error, which is one of this package's, all three are taken.
func TCF(s string) (taken consent.Set, err error) {
	var t TCString
	if err := t.read(s, true); err != nil || !t.PurposeConsents.Has(1) {
		return tcfTakes, err
	}
	return withheld(t.PurposeConsents), nil
}

// withheld is what is taken for want of consent to the purposes 2 to 9.
func withheld(purposes IDs) (taken consent.Set) {
	if !purposes.Has(2) || !purposes.Has(3) || !purposes.Has(4) {
		taken = taken.With(consent.Advertising)
	}
	if !purposes.Has(5) || !purposes.Has(6) {
		taken = taken.With(consent.Personalization)
	}
	if !purposes.Has(7) && !purposes.Has(8) && !purposes.Has(9) {
		taken = taken.With(consent.Analytics)
	}
	return taken
}

// TCString holds the fields of a TC string.
type TCString struct {
	Version                    int // always 2
	Created, LastUpdated       time.Time
	CMPID, CMPVersion          int
	ConsentScreen              int
	ConsentLanguage            string // two letters, ISO 639-1
	VendorListVersion          int
	PolicyVersion              int // 2 of TCF 2.0, 4 of 2.2
	ServiceSpecific            bool
	NonStandardTexts           bool
	SpecialFeatures            IDs // opted in to
	PurposeConsents            IDs
	PurposeLegitimateInterests IDs
	PurposeOneTreatment        bool
	PublisherCountry           string // two letters, ISO 3166-1
	VendorConsents             Vendors
	VendorLegitimateInterests  Vendors
	Restrictions               []Restriction

	// Of the optional segments; zero where there is none.
	DisclosedVendors Vendors
	AllowedVendors   Vendors
	Publisher        PublisherTC
}

// Restriction is what the publisher forbids vendors to do.
type Restriction struct {
	Purpose int
	Type    int // 0: not allowed; 1: requires consent; 2: requires legitimate interest
	Vendors Vendors
}

// PublisherTC is what the visitor agreed to for the publisher's own use.
type PublisherTC struct {
	Consents, LegitimateInterests             IDs
	CustomPurposes                            int // how many there are
	CustomConsents, CustomLegitimateInterests IDs
}

// DecodeTCF returns the fields of a TC string of version 2.
func DecodeTCF(s string) (*TCString, error) {
	var t TCString
	if err := t.read(s, false); err != nil {
		return nil, err
	}
	return &t, nil
}

// read reads all of a TC string: its core segment, then the optional ones in any
// order, each at most once. Briefly, it leaves names and vendors out.
func (t *TCString) read(s string, brief bool) error {
	if err := checkLength(s); err != nil {
		return err
	}
	p := split(s, ".")
	r := newReader(p.next(), brief)
	t.Version = r.int(6)
	if !r.bad && t.Version != 2 {
		return ErrVersion
	}
	t.readCore(&r)
	var seen [4]bool
	for p.more && !r.bad {
		r = newReader(p.next(), brief)
		kind := r.int(3)
		if kind < 1 || kind > 3 || seen[kind] {
			return ErrMalformed
		}
		seen[kind] = true
		t.readSegment(&r, kind)
	}
	return r.err()
}

// readCore reads the core segment from after its version.
func (t *TCString) readCore(r *reader) {
	t.Created, t.LastUpdated = r.time(), r.time()
	t.CMPID, t.CMPVersion = r.int(12), r.int(12)
	t.ConsentScreen = r.int(6)
	t.ConsentLanguage = r.letters()
	t.VendorListVersion = r.int(12)
	t.PolicyVersion = r.int(6)
	t.ServiceSpecific, t.NonStandardTexts = r.bool(), r.bool()
	t.SpecialFeatures = r.ids(12)
	t.PurposeConsents = r.ids(24)
	t.PurposeLegitimateInterests = r.ids(24)
	t.PurposeOneTreatment = r.bool()
	t.PublisherCountry = r.letters()
	t.VendorConsents = r.vendors()
	t.VendorLegitimateInterests = r.vendors()
	for range r.int(12) {
		restriction := Restriction{Purpose: r.int(6), Type: r.int(2), Vendors: r.ranges(maxVendor)}
		if r.bad {
			return
		}
		if !r.brief {
			t.Restrictions = append(t.Restrictions, restriction)
		}
	}
}

// readSegment reads an optional segment from after its type.
func (t *TCString) readSegment(r *reader, kind int) {
	switch kind {
	case 1:
		t.DisclosedVendors = r.vendors()
	case 2:
		t.AllowedVendors = r.vendors()
	case 3:
		p := &t.Publisher
		p.Consents, p.LegitimateInterests = r.ids(24), r.ids(24)
		p.CustomPurposes = r.int(6)
		p.CustomConsents, p.CustomLegitimateInterests = r.ids(p.CustomPurposes), r.ids(p.CustomPurposes)
	}
}
