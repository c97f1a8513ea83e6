package signal

import (
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

const (
	advertising     = 1 << consent.Advertising
	personalization = 1 << consent.Personalization
	analytics       = 1 << consent.Analytics
	crossBorder     = 1 << consent.CrossBorder

	allOfTCF = advertising | personalization | analytics
	allOfUS  = advertising | personalization | crossBorder
	allOfGPP = allOfTCF | allOfUS
)

// writer is the opposite of a reader, made for tests: bits, then characters.
type writer struct{ bits []byte }

func (w *writer) uint(v uint64, n int) {
	for n--; n >= 0; n-- {
		w.bits = append(w.bits, byte(v>>n&1))
	}
}

func (w *writer) bool(v bool) {
	if v {
		w.uint(1, 1)
	} else {
		w.uint(0, 1)
	}
}

// ids writes a bit field in which the first bit is that of id 1.
func (w *writer) ids(s IDs, n int) {
	for id := 1; id <= n; id++ {
		w.bool(s.Has(id))
	}
}

func (w *writer) time(t time.Time) { w.uint(uint64(t.UnixMilli()/100), 36) }

func (w *writer) letters(s string) {
	w.uint(uint64(s[0]-'A'), 6)
	w.uint(uint64(s[1]-'A'), 6)
}

// fibonacci writes Zeckendorf's sum of v, the smallest number first, and a 1.
func (w *writer) fibonacci(v int) {
	weights := []int{1, 2}
	for weights[len(weights)-1] <= v {
		weights = append(weights, weights[len(weights)-1]+weights[len(weights)-2])
	}
	code := make([]byte, len(weights))
	last := 0
	for i := len(weights) - 1; i >= 0; i-- {
		if weights[i] <= v {
			v -= weights[i]
			code[i] = 1
			last = max(last, i)
		}
	}
	w.bits = append(append(w.bits, code[:last+1]...), 1)
}

// vendors writes a set as ranges, or as a bit field.
func (w *writer) vendors(v Vendors, asRanges bool) {
	highest := uint16(0)
	for _, r := range v {
		highest = max(highest, r.Last)
	}
	w.uint(uint64(highest), 16)
	w.bool(asRanges)
	if asRanges {
		w.ranges(v)
		return
	}
	for id := range int(highest) {
		w.bool(v.Has(id + 1))
	}
}

func (w *writer) ranges(v Vendors) {
	w.uint(uint64(len(v)), 12)
	for _, r := range v {
		w.bool(r.First != r.Last)
		w.uint(uint64(r.First), 16)
		if r.First != r.Last {
			w.uint(uint64(r.Last), 16)
		}
	}
}

func (w *writer) String() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	bits := append([]byte(nil), w.bits...)
	for len(bits)%6 != 0 {
		bits = append(bits, 0)
	}
	var b strings.Builder
	for i := 0; i < len(bits); i += 6 {
		sextet := 0
		for _, bit := range bits[i : i+6] {
			sextet = sextet<<1 | int(bit)
		}
		b.WriteByte(alphabet[sextet])
	}
	return b.String()
}

// set returns the set of those ids.
func set(ids ...int) (s IDs) {
	for _, id := range ids {
		s |= 1 << (id - 1)
	}
	return s
}

// core writes a core segment of TCF.
func core(t *TCString, asRanges bool) *writer {
	w := new(writer)
	w.uint(uint64(t.Version), 6)
	w.time(t.Created)
	w.time(t.LastUpdated)
	w.uint(uint64(t.CMPID), 12)
	w.uint(uint64(t.CMPVersion), 12)
	w.uint(uint64(t.ConsentScreen), 6)
	w.letters(t.ConsentLanguage)
	w.uint(uint64(t.VendorListVersion), 12)
	w.uint(uint64(t.PolicyVersion), 6)
	w.bool(t.ServiceSpecific)
	w.bool(t.NonStandardTexts)
	w.ids(t.SpecialFeatures, 12)
	w.ids(t.PurposeConsents, 24)
	w.ids(t.PurposeLegitimateInterests, 24)
	w.bool(t.PurposeOneTreatment)
	w.letters(t.PublisherCountry)
	w.vendors(t.VendorConsents, asRanges)
	w.vendors(t.VendorLegitimateInterests, asRanges)
	w.uint(uint64(len(t.Restrictions)), 12)
	for _, r := range t.Restrictions {
		w.uint(uint64(r.Purpose), 6)
		w.uint(uint64(r.Type), 2)
		w.ranges(r.Vendors)
	}
	return w
}

// segment writes a vendor segment of the given type.
func segment(kind int, v Vendors, asRanges bool) string {
	w := new(writer)
	w.uint(uint64(kind), 3)
	w.vendors(v, asRanges)
	return w.String()
}

func publisher(p PublisherTC) string {
	w := new(writer)
	w.uint(3, 3)
	w.ids(p.Consents, 24)
	w.ids(p.LegitimateInterests, 24)
	w.uint(uint64(p.CustomPurposes), 6)
	w.ids(p.CustomConsents, p.CustomPurposes)
	w.ids(p.CustomLegitimateInterests, p.CustomPurposes)
	return w.String()
}

// plainTC is a TC string of version 2 with these consents and interests.
func plainTC(consents, interests IDs) *TCString {
	day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return &TCString{
		Version: 2, Created: day, LastUpdated: day, CMPID: 300, CMPVersion: 1, ConsentLanguage: "EN",
		VendorListVersion: 48, PolicyVersion: 5, PublisherCountry: "DE",
		PurposeConsents: consents, PurposeLegitimateInterests: interests,
	}
}

func tcString(consents, interests IDs) string {
	return core(plainTC(consents, interests), false).String()
}

// header writes a GPP header that lists these ids, each by itself.
func header(ids ...int) string {
	w := new(writer)
	w.uint(3, 6)
	w.uint(1, 6)
	w.uint(uint64(len(ids)), 12)
	last := 0
	for _, id := range ids {
		w.bool(false)
		w.fibonacci(id - last)
		last = id
	}
	return w.String()
}

// headerRange writes a GPP header that lists one range.
func headerRange(first, last int) string {
	w := new(writer)
	w.uint(3, 6)
	w.uint(1, 6)
	w.uint(1, 12)
	w.bool(true)
	w.fibonacci(first)
	w.fibonacci(last - first)
	return w.String()
}

// canada writes a section tcfcav1 up to the purposes.
func canada(version int, express, implied IDs) string {
	w := new(writer)
	w.uint(uint64(version), 6)
	w.time(time.UnixMilli(0))
	w.time(time.UnixMilli(0))
	w.uint(0, 12+12+6+12+12+6+1+12)
	w.ids(express, 24)
	w.ids(implied, 24)
	return w.String()
}
