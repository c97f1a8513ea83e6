package signal

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// vector is a string made by the reference libraries, with what they read in it:
// a line of testdata/vectors.jsonl.gz, which testdata/generate.mjs makes.
type vector struct {
	TCF, GPP string // one of them
	Taken    []string
	Fields   map[string]any // of TCF
	Sections []struct {     // of GPP
		ID     int
		Name   string
		Fields map[string]any
	}
}

func (v *vector) taken(t testing.TB) (taken consent.Set) {
	t.Helper()
	names, err := consent.NewVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range v.Taken {
		p, ok := names.Lookup(name)
		if !ok {
			t.Fatalf("unknown purpose %q", name)
		}
		taken = taken.With(p)
	}
	return taken
}

func readVectors(t testing.TB) (vectors []vector) {
	t.Helper()
	file, err := os.Open("testdata/vectors.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func TestVectors(t *testing.T) {
	tcf, gpp, sections := 0, 0, map[int]int{}
	for i, v := range readVectors(t) {
		decide, s := GPP, v.GPP
		if v.TCF != "" {
			decide, s = TCF, v.TCF
		}
		if taken, err := decide(s); err != nil || taken != v.taken(t) {
			t.Fatalf("vector %d %q: %b, %v, want %b", i, s, taken, err, v.taken(t))
		}
		if v.TCF != "" {
			tcf++
			decoded, err := DecodeTCF(s)
			if err != nil {
				t.Fatalf("vector %d %q: %v", i, s, err)
			}
			compare(t, s, tcfFields(decoded), v.Fields)
			continue
		}
		gpp++
		decoded, err := DecodeGPP(s)
		if err != nil || len(decoded) != len(v.Sections) {
			t.Fatalf("vector %d %q: %d sections, %v, want %d", i, s, len(decoded), err, len(v.Sections))
		}
		for j, want := range v.Sections {
			if decoded[j].ID != want.ID {
				t.Fatalf("vector %d %q: section %d, want %d", i, s, decoded[j].ID, want.ID)
			}
			sections[want.ID]++
			compareSection(t, decoded[j], want.Name, want.Fields)
		}
	}
	if tcf < 1000 || gpp < 1000 || len(sections) != 24 {
		t.Fatalf("too few vectors: %d of TCF, %d of GPP, sections %v", tcf, gpp, sections)
	}
}

// compareSection compares the fields that the libraries read in a section.
func compareSection(t *testing.T, s Section, name string, want map[string]any) {
	t.Helper()
	switch s.ID {
	case idTCFEU:
		d, err := DecodeTCF(s.Text)
		if err != nil {
			t.Fatalf("%q: %v", s.Text, err)
		}
		compare(t, s.Text, map[string]any{
			"CmpId": d.CMPID, "Created": d.Created, "PolicyVersion": d.PolicyVersion,
			"PurposeConsents": d.PurposeConsents, "PurposeLegitimateInterests": d.PurposeLegitimateInterests,
			"VendorConsents": d.VendorConsents, "VendorLegitimateInterests": d.VendorLegitimateInterests,
			"VendorsDisclosed": d.DisclosedVendors,
		}, want)
	case idTCFCanada:
		d, err := DecodeTCFCanada(s.Text)
		if err != nil {
			t.Fatalf("%q: %v", s.Text, err)
		}
		compare(t, s.Text, map[string]any{
			"CmpId": d.CMPID, "CmpVersion": d.CMPVersion, "ConsentScreen": d.ConsentScreen,
			"ConsentLanguage": d.ConsentLanguage, "VendorListVersion": d.VendorListVersion,
			"TcfPolicyVersion": d.PolicyVersion, "UseNonStandardStacks": d.NonStandardStacks, "Created": d.Created,
			"SpecialFeatureExpressConsent": d.SpecialFeatureExpressConsent,
			"PurposesExpressConsent":       d.PurposesExpressConsent, "PurposesImpliedConsent": d.PurposesImpliedConsent,
		}, want)
	case idUSPrivacy:
		d, err := DecodeUSPrivacy(s.Text)
		if err != nil {
			t.Fatalf("%q: %v", s.Text, err)
		}
		compare(t, s.Text, map[string]any{
			"Notice": string(d.Notice), "OptOutSale": string(d.OptOutSale), "LspaCovered": string(d.LSPACovered),
		}, want)
	default:
		d, err := DecodeUS(s.ID, s.Text)
		if err != nil {
			t.Fatalf("section %d %q: %v", s.ID, s.Text, err)
		}
		if d.Name != name {
			t.Fatalf("section %d: %s, want %s", s.ID, d.Name, name)
		}
		got := map[string]any{}
		for field := range want {
			switch field {
			case "Version", "MspaVersion":
				got[field] = d.Version
			case "GpcSegmentType":
				got[field] = 1
			case "Gpc":
				got[field] = d.GPC
			default:
				got[field] = d.Field(field)
			}
		}
		compare(t, s.Text, got, want)
		if _, included := want["Gpc"]; d.GPCIncluded != included {
			t.Fatalf("section %d %q: GPC included %v, want %v", s.ID, s.Text, d.GPCIncluded, included)
		}
		if _, there := want[sensitiveData.name]; !there && d.Field(sensitiveData.name) != nil {
			t.Fatalf("section %d %q: sensitive data that is not there", s.ID, s.Text)
		}
	}
}

func tcfFields(d *TCString) map[string]any {
	restrictions := map[string]any{}
	for _, r := range d.Restrictions {
		restrictions[fmt.Sprintf("%d/%d", r.Purpose, r.Type)] = ranges(slices.Collect(r.Vendors.All()))
	}
	return map[string]any{
		"Version": d.Version, "Created": d.Created, "LastUpdated": d.LastUpdated,
		"CMPID": d.CMPID, "CMPVersion": d.CMPVersion, "ConsentScreen": d.ConsentScreen,
		"ConsentLanguage": d.ConsentLanguage, "VendorListVersion": d.VendorListVersion, "PolicyVersion": d.PolicyVersion,
		"ServiceSpecific": d.ServiceSpecific, "NonStandardTexts": d.NonStandardTexts, "SpecialFeatures": d.SpecialFeatures,
		"PurposeConsents": d.PurposeConsents, "PurposeLegitimateInterests": d.PurposeLegitimateInterests,
		"PurposeOneTreatment": d.PurposeOneTreatment, "PublisherCountry": d.PublisherCountry,
		"VendorConsents": d.VendorConsents, "VendorLegitimateInterests": d.VendorLegitimateInterests,
		"Restrictions": restrictions, "DisclosedVendors": d.DisclosedVendors, "AllowedVendors": d.AllowedVendors,
		"PublisherConsents": d.Publisher.Consents, "PublisherLegitimateInterests": d.Publisher.LegitimateInterests,
		"CustomPurposes": d.Publisher.CustomPurposes, "CustomConsents": d.Publisher.CustomConsents,
		"CustomLegitimateInterests": d.Publisher.CustomLegitimateInterests,
	}
}

// compare compares fields with what JSON has of them.
func compare(t *testing.T, s string, got, want map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%q: %d fields, want %d", s, len(got), len(want))
	}
	for name, w := range want {
		if g, w := fmt.Sprint(asJSON(got[name])), fmt.Sprint(w); g != w {
			t.Fatalf("%q: %s is %v, want %v", s, name, g, w)
		}
	}
}

// asJSON turns a value into what it looks like in the file.
func asJSON(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case time.Time:
		return float64(v.UnixMilli())
	case IDs:
		var ids []int
		for id := range 64 {
			if v.Has(id + 1) {
				ids = append(ids, id+1)
			}
		}
		return ranges(ids)
	case Vendors:
		return ranges(slices.Collect(v.All()))
	case []byte:
		if len(v) == 1 {
			return float64(v[0])
		}
		return fmt.Sprintf("%d", v)
	}
	return v
}

// ranges writes a set of ids as the file does: 1-3,7.
func ranges(ids []int) string {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var out []string
	for i := 0; i < len(ids); {
		j := i
		for j+1 < len(ids) && ids[j+1] == ids[j]+1 {
			j++
		}
		if i == j {
			out = append(out, strconv.Itoa(ids[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", ids[i], ids[j]))
		}
		i = j + 1
	}
	return strings.Join(out, ",")
}
