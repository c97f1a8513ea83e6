package signal

import "time"

// TCFCanada holds the fields of a section tcfcav1 of GPP up to the purposes.
//
// What follows them, vendors and restrictions, is not read: no decision depends
// on it, and the specification and the reference implementation write it in
// different ways.
type TCFCanada struct {
	Version                      int // always 1
	Created, LastUpdated         time.Time
	CMPID, CMPVersion            int
	ConsentScreen                int
	ConsentLanguage              string // two letters, ISO 639-1
	VendorListVersion            int
	PolicyVersion                int
	NonStandardStacks            bool
	SpecialFeatureExpressConsent IDs
	PurposesExpressConsent       IDs // the bit of purpose 1 is not used
	PurposesImpliedConsent       IDs
}

// DecodeTCFCanada reads a section tcfcav1 of version 1.
func DecodeTCFCanada(s string) (TCFCanada, error) { return readTCFCanada(s, false) }

// readTCFCanada reads such a section, briefly without the language.
func readTCFCanada(s string, brief bool) (t TCFCanada, err error) {
	if err := checkLength(s); err != nil {
		return TCFCanada{}, err
	}
	p := split(s, ".")
	r := newReader(p.next(), brief)
	t.Version = r.int(6)
	if !r.bad && t.Version != 1 {
		return TCFCanada{}, ErrVersion
	}
	t.Created, t.LastUpdated = r.time(), r.time()
	t.CMPID, t.CMPVersion = r.int(12), r.int(12)
	t.ConsentScreen = r.int(6)
	t.ConsentLanguage = r.letters()
	t.VendorListVersion = r.int(12)
	t.PolicyVersion = r.int(6)
	t.NonStandardStacks = r.bool()
	t.SpecialFeatureExpressConsent = r.ids(12)
	t.PurposesExpressConsent = r.ids(24)
	t.PurposesImpliedConsent = r.ids(24)
	for p.more && !r.bad {
		r = newReader(p.next(), brief)
	}
	if r.bad {
		return TCFCanada{}, ErrMalformed
	}
	return t, nil
}
