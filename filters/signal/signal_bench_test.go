package signal

import (
	"maps"
	"slices"
	"testing"
)

func BenchmarkTCF(b *testing.B) {
	full := plainTC(set(1, 2, 3, 4, 5, 6, 7), 0)
	full.VendorConsents = Vendors{{1, 1000}}
	for _, bb := range []struct{ name, s string }{
		{"string=small", tcString(set(1, 7, 8), 0)},
		{"string=typical", core(full, false).String() + "." + segment(1, Vendors{{1, 1000}}, false)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				TCF(bb.s)
			}
		})
	}
}

func BenchmarkGPP(b *testing.B) {
	for _, bb := range []struct{ name, s string }{
		{"string=usnat", "DBABLA~CVQVAAAAAACA.YA"},
		{"string=tcfeuv2+uspv1", "DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				GPP(bb.s)
			}
		})
	}
}

// BenchmarkHostile reads strings of 8 KB in every way.
func BenchmarkHostile(b *testing.B) {
	all := hostile()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		b.Run("read=decision/string="+name, func(b *testing.B) {
			for b.Loop() {
				TCF(s)
				GPP(s)
			}
		})
		b.Run("read=fields/string="+name, func(b *testing.B) {
			for b.Loop() {
				DecodeTCF(s)
				DecodeGPP(s)
			}
		})
	}
}
