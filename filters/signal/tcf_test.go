package signal

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"pgregory.net/rapid"
)

func TestTCF(t *testing.T) {
	all := set(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	without := func(ids ...int) IDs { return all &^ set(ids...) }
	for _, tt := range []struct {
		name                string
		consents, interests IDs
		taken               consent.Set
	}{
		{"all", all, 0, 0},
		{"nine purposes are enough", set(1, 2, 3, 4, 5, 6, 7), 0, 0},
		{"none", 0, 0, allOfTCF},
		{"no storage", without(1), 0, allOfTCF},
		{"only storage", set(1), 0, allOfTCF},
		{"no purpose 2", without(2), 0, advertising},
		{"no purpose 3", without(3), 0, advertising},
		{"no purpose 4", without(4), 0, advertising},
		{"no purpose 5", without(5), 0, personalization},
		{"no purpose 6", without(6), 0, personalization},
		{"no purpose 7", without(7), 0, 0},
		{"only purpose 8 of 7 to 9", without(7, 9), 0, 0},
		{"only purpose 9 of 7 to 9", without(7, 8), 0, 0},
		{"none of 7 to 9", without(7, 8, 9), 0, analytics},
		{"purposes 10 and 11 count for nothing", set(1, 10, 11), 0, allOfTCF},
		{"legitimate interest is not consent", 0, all, allOfTCF},
		{"legitimate interest beside storage", set(1), all, allOfTCF},
		{"legitimate interest in measuring", set(1, 2, 3, 4, 5, 6), set(7, 8, 9, 10), analytics},
		{"analytics alone", set(1, 7, 8), 0, advertising | personalization},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tcString(tt.consents, tt.interests)
			if taken, err := TCF(s); taken != tt.taken || err != nil {
				t.Errorf("TCF(%q) = %b, %v, want %b", s, taken, err, tt.taken)
			}
			inGPP := header(idTCFEU) + "~" + s
			if taken, err := GPP(inGPP); taken != tt.taken || err != nil {
				t.Errorf("GPP(%q) = %b, %v, want %b", inGPP, taken, err, tt.taken)
			}
			if taken, err := GPP(s); taken != tt.taken || err != nil {
				t.Errorf("GPP(%q) = %b, %v, want %b", s, taken, err, tt.taken)
			}
		})
	}
}

func TestTCFSegments(t *testing.T) {
	s := tcString(set(1, 7), 0)
	disclosed := segment(1, Vendors{{2, 9}, {12, 12}}, true)
	allowed := segment(2, Vendors{{1, 1}}, false)
	own := publisher(PublisherTC{Consents: set(1, 2, 3, 4, 5, 6, 7), CustomPurposes: 63, CustomConsents: set(63)})
	const taken = advertising | personalization // the publisher's own consents give nothing back
	for _, good := range []string{
		s, s + "." + disclosed, s + "." + allowed, s + "." + own,
		s + "." + disclosed + "." + allowed + "." + own,
		s + "." + own + "." + disclosed + "." + allowed,
	} {
		if got, err := TCF(good); got != taken || err != nil {
			t.Errorf("TCF(%q) = %b, %v, want %b", good, got, err, consent.Set(taken))
		}
	}
	unknown := segment(4, nil, true)
	for _, bad := range []string{
		s + ".", "." + s, s + "..", s + "." + disclosed + ".", s + "." + disclosed + "." + disclosed, s + "." + s,
		s + "." + unknown, s + ".I", s + "." + disclosed[:len(disclosed)-4], s + "." + own[:len(own)-5], disclosed,
	} {
		if got, err := TCF(bad); got != allOfTCF || err == nil {
			t.Errorf("TCF(%q) = %b, %v, want all taken", bad, got, err)
		}
	}
}

func TestTCFRefused(t *testing.T) {
	good := tcString(set(1, 2, 3, 4, 5, 6, 7, 8, 9), 0)
	vendors := func(build func(w *writer)) string {
		w := core(plainTC(set(1, 2, 3, 4, 5, 6, 7), 0), false)
		w.bits = w.bits[:213] // up to the vendors
		build(w)
		return w.String()
	}
	v3 := plainTC(set(1, 2, 3, 4, 5, 6, 7), 0)
	v3.Version = 3
	for _, tt := range []struct {
		name, s string
		err     error
	}{
		{"empty", "", ErrLength},
		{"longer than the limit", good + "." + strings.Repeat("A", MaxLength), ErrLength},
		{"version 1", "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", ErrVersion},
		{"version 3", core(v3, false).String(), ErrVersion},
		{"version alone", "C", ErrMalformed},
		{"a space before", " " + good, ErrMalformed},
		{"padding", good + "==", ErrMalformed},
		{"the other base64", strings.Replace(good, "A", "+", 1), ErrMalformed},
		{"not ASCII", good[:20] + "é" + good[22:], ErrMalformed},
		{"NUL", good + "\x00", ErrMalformed},
		{"percent-encoded", good[:20] + "%41" + good[21:], ErrMalformed},
		{"the purposes cut off", good[:30], ErrMalformed},
		{"vendors cut off", good[:37], ErrMalformed},
		{"a bit field that is not there", vendors(func(w *writer) { w.uint(60000, 16); w.bool(false) }), ErrMalformed},
		{"ranges that are not there", vendors(func(w *writer) { w.uint(60000, 16); w.bool(true); w.uint(4095, 12) }), ErrMalformed},
		{"a range backwards", vendors(func(w *writer) {
			w.vendors(Vendors{{9, 3}, {12, 12}}, true)
			w.vendors(nil, false)
			w.uint(0, 12)
		}), ErrMalformed},
		{"vendor 0", vendors(func(w *writer) {
			w.vendors(Vendors{{0, 0}}, true)
			w.vendors(nil, false)
			w.uint(0, 12)
		}), ErrMalformed},
		{"a vendor above the highest", vendors(func(w *writer) {
			w.uint(5, 16)
			w.bool(true)
			w.ranges(Vendors{{6, 6}})
			w.vendors(nil, false)
			w.uint(0, 12)
		}), ErrMalformed},
		{"restrictions that are not there", vendors(func(w *writer) {
			w.vendors(nil, false)
			w.vendors(nil, false)
			w.uint(4095, 12)
		}), ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if taken, err := TCF(tt.s); taken != allOfTCF || !errors.Is(err, tt.err) {
				t.Errorf("TCF(%q) = %b, %v, want all and %v", tt.s, taken, err, tt.err)
			}
			if _, err := DecodeTCF(tt.s); !errors.Is(err, tt.err) {
				t.Errorf("DecodeTCF(%q): %v, want %v", tt.s, err, tt.err)
			}
		})
	}
}

// Cut anywhere but in the padding, a string is refused.
func TestTCFCut(t *testing.T) {
	full := plainTC(set(1, 2, 3, 4, 5, 6, 7), 0)
	full.VendorConsents = Vendors{{3, 90}}
	full.Restrictions = []Restriction{{Purpose: 7, Type: 1, Vendors: Vendors{{1, 4}}}}
	s := core(full, true).String()
	if taken, err := TCF(s); taken != 0 || err != nil {
		t.Fatalf("TCF(%q) = %b, %v", s, taken, err)
	}
	for n := range len(s) {
		if taken, err := TCF(s[:n]); taken != allOfTCF || err == nil {
			t.Errorf("TCF(%q), of %d characters, = %b, %v", s[:n], n, taken, err)
		}
	}
}

func TestTCFLimit(t *testing.T) {
	s := tcString(set(1, 2, 3, 4, 5, 6, 7), 0)
	atLimit := s + strings.Repeat("A", MaxLength-len(s))
	if taken, err := TCF(atLimit); taken != 0 || err != nil {
		t.Errorf("at the limit: %b, %v", taken, err)
	}
	if taken, err := TCF(atLimit + "A"); taken != allOfTCF || !errors.Is(err, ErrLength) {
		t.Errorf("above the limit: %b, %v", taken, err)
	}
}

func drawVendors(t *rapid.T, label string) (v Vendors) {
	next := 1
	for range rapid.IntRange(0, 6).Draw(t, label) {
		first := next + rapid.IntRange(0, 300).Draw(t, "gap")
		last := first + rapid.IntRange(0, 40).Draw(t, "length")
		v = append(v, VendorRange{uint16(first), uint16(last)})
		next = last + 2 // ranges that touch would be one in a bit field
	}
	return v
}

// What is written is read.
func TestTCFRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(label string, n int) int { return rapid.IntRange(0, 1<<n-1).Draw(t, label) }
		ids := func(label string, n int) IDs { return IDs(rapid.Uint64Max(1<<n-1).Draw(t, label)) }
		moment := func(label string) time.Time {
			return time.UnixMilli(100 * rapid.Int64Range(0, 1<<36-1).Draw(t, label)).UTC()
		}
		letters := rapid.StringMatching(`[A-Z]{2}`)
		flag := rapid.Bool()
		want := TCString{
			Version: 2, Created: moment("created"), LastUpdated: moment("updated"),
			CMPID: number("cmp", 12), CMPVersion: number("cmp version", 12), ConsentScreen: number("screen", 6),
			ConsentLanguage: letters.Draw(t, "language"), VendorListVersion: number("list", 12),
			PolicyVersion: number("policy", 6), ServiceSpecific: flag.Draw(t, "specific"),
			NonStandardTexts: flag.Draw(t, "texts"), SpecialFeatures: ids("features", 12),
			PurposeConsents: ids("consents", 24), PurposeLegitimateInterests: ids("interests", 24),
			PurposeOneTreatment: flag.Draw(t, "one"), PublisherCountry: letters.Draw(t, "country"),
			VendorConsents: drawVendors(t, "vendors"), VendorLegitimateInterests: drawVendors(t, "vendors by interest"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "restrictions") {
			want.Restrictions = append(want.Restrictions, Restriction{
				Purpose: number("purpose", 6), Type: number("type", 2), Vendors: drawVendors(t, "restricted"),
			})
		}
		asRanges := flag.Draw(t, "as ranges")
		s := core(&want, asRanges).String()
		if flag.Draw(t, "disclosed") {
			want.DisclosedVendors = drawVendors(t, "disclosed vendors")
			s += "." + segment(1, want.DisclosedVendors, asRanges)
		}
		if flag.Draw(t, "publisher") {
			p := &want.Publisher
			p.Consents, p.LegitimateInterests = ids("own consents", 24), ids("own interests", 24)
			p.CustomPurposes = number("custom", 6)
			p.CustomConsents = ids("custom consents", p.CustomPurposes)
			p.CustomLegitimateInterests = ids("custom interests", p.CustomPurposes)
			s += "." + publisher(*p)
		}
		got, err := DecodeTCF(s)
		if err != nil {
			t.Fatalf("DecodeTCF(%q): %v", s, err)
		}
		if !reflect.DeepEqual(*got, want) {
			t.Fatalf("DecodeTCF(%q)\n is %+v\nwant %+v", s, *got, want)
		}
		for _, v := range want.VendorConsents {
			if !got.VendorConsents.Has(int(v.First)) || !got.VendorConsents.Has(int(v.Last)) || got.VendorConsents.Has(int(v.Last)+1) {
				t.Fatalf("%v has not what it shows", got.VendorConsents)
			}
		}
	})
}

// One more consent never takes more away, and legitimate interest changes nothing.
func TestTCFMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		consents := IDs(rapid.Uint64Max(1<<24-1).Draw(t, "consents"))
		interests := IDs(rapid.Uint64Max(1<<24-1).Draw(t, "interests"))
		more := consents | set(rapid.IntRange(1, 24).Draw(t, "one more"))
		few, err := TCF(tcString(consents, interests))
		if err != nil {
			t.Fatal(err)
		}
		many, err := TCF(tcString(more, 0))
		if err != nil {
			t.Fatal(err)
		}
		if many&^few != 0 {
			t.Fatalf("consent to %b takes %b, to %b takes %b", consents, few, more, many)
		}
	})
}
