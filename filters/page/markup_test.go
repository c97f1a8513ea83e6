package page

import (
	"bytes"
	"math/rand"
	"testing"
)

// TestIndexMarkup compares it with one that looks at each byte.
func TestIndexMarkup(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for n := range 400 {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefgh/!<>\xbc"[random.Intn(13)]
		}
		if n%4 > 0 { // rarer than by chance
			b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("</"), []byte("<a")), []byte("<!"), []byte("<a"))
		}
		if n > 2 && n%4 == 2 {
			copy(b[random.Intn(n-1):], "</")
		}
		want := 0
		for want < n && (b[want] != '<' || want+1 < n && b[want+1] != '/' && b[want+1] != '!') {
			want++
		}
		if want == n {
			want = -1
		}
		if got := indexMarkup(b); got != want {
			t.Errorf("%q: %d, want %d", b, got, want)
		}
	}
}
