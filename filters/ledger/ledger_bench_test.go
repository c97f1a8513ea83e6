package ledger

import "testing"

func BenchmarkEncode(b *testing.B) {
	b.Run("record=sample", func(b *testing.B) {
		b.ReportAllocs()
		r := sample(1)
		for b.Loop() {
			if _, err := r.Encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	b.Run("records=1000", func(b *testing.B) {
		whole := newBook(b, 1000)
		b.ReportAllocs()
		for b.Loop() {
			if !whole.verify(b).Whole() {
				b.Fatal("not whole")
			}
		}
	})
}
