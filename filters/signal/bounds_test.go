package signal

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// hostile are strings of MaxLength bytes that are costly to whoever believes
// what they say.
func hostile() map[string]string {
	fill := func(s, with string) string {
		return s + strings.Repeat(with, (MaxLength-len(s))/len(with))
	}
	plain := plainTC(set(1, 2, 3, 4, 5, 6, 7), 0)
	start := func(build func(w *writer)) string {
		w := core(plain, false)
		w.bits = w.bits[:213] // up to the vendors
		build(w)
		return w.String()
	}
	gpp := func(groups int) *writer {
		w := new(writer)
		w.uint(3, 6)
		w.uint(1, 6)
		w.uint(uint64(groups), 12)
		return w
	}
	wide := gpp(4095)
	for range 1000 {
		wide.bool(true)
		wide.fibonacci(20000)
		wide.fibonacci(20000)
	}
	packed := gpp(4095)
	for range 4095 {
		packed.bool(false)
		packed.fibonacci(1)
	}
	restricted := start(func(w *writer) {
		w.vendors(nil, false)
		w.vendors(nil, false)
		w.uint(4095, 12)
		for range 880 {
			w.uint(7, 6)
			w.uint(1, 2)
			w.ranges(Vendors{{1, maxVendor}})
		}
	})
	stripes := start(func(w *writer) {
		w.uint(48000, 16)
		w.bool(false)
		for range 24000 {
			w.uint(1, 2)
		}
		w.vendors(nil, false)
		w.uint(0, 12)
	})
	return map[string]string{
		"letters":               fill("", "A"),
		"dots":                  fill("C", "."),
		"tildes":                fill("DBAA", "~"),
		"tcf/trailing":          fill(core(plain, false).String(), "A"),
		"tcf/ones":              fill("C", "_"),
		"tcf/stripes":           stripes,
		"tcf/restrictions":      restricted,
		"tcf/segments":          fill(core(plain, false).String(), ".IAAA"),
		"gpp/wide ranges":       wide.String(),
		"gpp/one long range":    fill(headerRange(1, 40000), "~A"),
		"gpp/endless fibonacci": fill("DBAB", "q"),
		"gpp/zero fibonacci":    fill("DBAB", "A"),
		"gpp/many sections":     fill(packed.String(), "~"),
		"gpp/tcfeuv2":           header(2) + "~" + stripes,
		"gpp/usnat":             fill(header(7)+"~C", "V"),
		"gpp/usnat segments":    fill(header(7)+"~"+notOptedOut, ".YA"),
	}
}

// However hostile, a string costs its length at most: nothing is allocated but
// an error, and what is decoded is no longer than what was written.
func TestBounds(t *testing.T) {
	all := hostile()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		if len(s) > MaxLength {
			t.Fatalf("%s: %d bytes", name, len(s))
		}
		allocations := testing.AllocsPerRun(10, func() {
			TCF(s)
			GPP(s)
		})
		if allocations > 4 { // fmt.Errorf of a section, whose pool the race detector empties
			t.Errorf("%s: %v allocations", name, allocations)
		}
		if d, err := DecodeTCF(s); err == nil {
			n := len(d.VendorConsents) + len(d.VendorLegitimateInterests) + len(d.DisclosedVendors) + len(d.AllowedVendors)
			for _, r := range d.Restrictions {
				n += len(r.Vendors) + 1
			}
			if n > 6*len(s) {
				t.Errorf("%s: %d ranges", name, n)
			}
		}
		if sections, err := DecodeGPP(s); err == nil && len(sections) > len(s) {
			t.Errorf("%s: %d sections", name, len(sections))
		}
	}
}

// What is read on every request allocates nothing.
func TestNoAllocations(t *testing.T) {
	for _, v := range readVectors(t) {
		allocations := testing.AllocsPerRun(1, func() {
			if v.TCF != "" {
				TCF(v.TCF)
			} else {
				GPP(v.GPP)
			}
		})
		if allocations != 0 {
			t.Fatalf("%q%q: %v allocations", v.TCF, v.GPP, allocations)
		}
	}
}
