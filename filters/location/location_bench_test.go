package location

import "testing"

func BenchmarkApply(b *testing.B) {
	for name, text := range map[string]string{
		"pair": "39.9042,116.4074", "coarse": "39.9,116.4", "word": "Beijing", "geouri": "geo:39.9042,116.4074;u=35", "pluscode": "8FVC9G8F+6X",
	} {
		b.Run("text="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Default.Apply(MaybePosition, text)
			}
		})
	}
}
