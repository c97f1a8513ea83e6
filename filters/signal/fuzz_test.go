package signal

import (
	"errors"
	"slices"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// FuzzTCF checks that the brief way of reading agrees with the full one, that a
// failure takes all, and that the fields written anew are read as the same.
func FuzzTCF(f *testing.F) {
	f.Add("CQdWToAQdWToAEsABBENAwEgAIMAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA")
	f.Add("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA")
	for i, v := range readVectors(f) {
		if v.TCF != "" && i%40 == 0 {
			f.Add(v.TCF)
		}
	}
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		taken, err := TCF(s)
		d, decodeErr := DecodeTCF(s)
		if !errors.Is(decodeErr, err) {
			t.Fatalf("TCF: %v, DecodeTCF: %v", err, decodeErr)
		}
		if err != nil {
			if taken != allOfTCF || d != nil {
				t.Fatalf("%v took %b", err, taken)
			}
			return
		}
		if taken&^allOfTCF != 0 || taken != allOfTCF && !d.PurposeConsents.Has(1) {
			t.Fatalf("%b is taken with %b", taken, d.PurposeConsents)
		}
		// Times and letters are written as they are read, so all but the form of
		// the vendors comes back.
		if len(d.ConsentLanguage) != 2 || len(d.PublisherCountry) != 2 || len(s) > 1000 {
			return // letters past ASCII; or ranges may exceed their count
		}
		again, err := DecodeTCF(core(d, true).String())
		if err != nil {
			t.Fatalf("written anew: %v", err)
		}
		if again.PurposeConsents != d.PurposeConsents || again.PurposeLegitimateInterests != d.PurposeLegitimateInterests ||
			!again.Created.Equal(d.Created) || again.PolicyVersion != d.PolicyVersion ||
			!slices.Equal(again.VendorConsents, d.VendorConsents) ||
			!slices.Equal(again.VendorLegitimateInterests, d.VendorLegitimateInterests) ||
			len(again.Restrictions) != len(d.Restrictions) {
			t.Fatalf("%+v\n written anew is %+v", d, again)
		}
	})
}

// FuzzGPP checks that a string takes the sum of what its sections take, that a
// failure takes all that the failed section could, and that no section is made up.
func FuzzGPP(f *testing.F) {
	f.Add("DBABLA~CVQVAAAAAACA")
	f.Add("DBABLA~CVQqAAAAAACA.YA")
	for i, v := range readVectors(f) {
		if v.GPP != "" && i%40 == 0 {
			f.Add(v.GPP)
		}
	}
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		taken, err := GPP(s)
		if taken&^allOfGPP != 0 {
			t.Fatalf("took %b", taken)
		}
		if s != "" && s[0] == 'C' {
			return // a TC string
		}
		sections, broken := DecodeGPP(s)
		if broken != nil {
			if taken != allOfGPP || !errors.Is(err, broken) {
				t.Fatalf("%v, %v took %b", broken, err, taken)
			}
			return
		}
		failed := false
		var sum consent.Set
		length := len(s)
		for i, section := range sections {
			if i > 0 && section.ID <= sections[i-1].ID {
				t.Fatalf("sections out of order: %v", sections)
			}
			length -= len(section.Text) + 1
			// Each by itself, through a header of its own.
			took, sectionErr := GPP(header(section.ID) + "~" + section.Text)
			sum |= took
			failed = failed || sectionErr != nil
			if sectionErr != nil && took == 0 {
				t.Fatalf("section %d: %v took nothing", section.ID, sectionErr)
			}
		}
		if sum != taken || failed != (err != nil) {
			t.Fatalf("took %b, %v; its sections %b, failed %v", taken, err, sum, failed)
		}
		if length < 4 {
			t.Fatalf("more text in %d sections than there was", len(sections))
		}
	})
}
