package page

import (
	"math/rand"
	"testing"
)

// TestByteSet looks at bytes one by one, or at as many as there are in a block.
func TestByteSet(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	set := newByteSet("ab;\x00\x7f")
	in := func(c byte) bool { return c == 'a' || c == 'b' || c == ';' || c == 0 || c == 0x7f }
	for n := range 300 {
		b := make([]byte, n)
		for i := range b {
			b[i] = "xyz\x80\xe1\xbb\xff"[random.Intn(7)]
		}
		wantIndex, wantSpan := n, 0
		if n > 0 && n%3 > 0 {
			wantIndex = random.Intn(n)
			b[wantIndex] = "ab;\x00\x7f"[random.Intn(5)]
		}
		for wantSpan < n && in(b[wantSpan]) {
			wantSpan++
		}
		if got := set.index(b); got != wantIndex {
			t.Errorf("%q: index %d, want %d", b, got, wantIndex)
		}
		if got := set.span(b); got != wantSpan {
			t.Errorf("%q: span %d, want %d", b, got, wantSpan)
		}
		for i := range b {
			b[i] = "ab;\x00\x7f"[random.Intn(5)]
		}
		if n > 1 {
			b[n/2] = 0xe1
			if got := set.span(b); got != n/2 {
				t.Errorf("%q: span %d, want %d", b, got, n/2)
			}
		}
	}
}
