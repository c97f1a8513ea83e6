package page

import (
	"bytes"
	"encoding/base64"
	"math/rand"
	"testing"
)

// TestBase64 compares with the standard library, on all lengths and in all alignments.
func TestBase64(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	text := make([]byte, 400)
	random.Read(text)
	for n := range 200 {
		for at := range 67 {
			src := text[at : at+n]
			dst := append(make([]byte, 0, random.Intn(400)), text[:at]...)
			want := base64.StdEncoding.AppendEncode(bytes.Clone(dst), src)
			if got := appendBase64(dst, src); !bytes.Equal(got, want) {
				t.Fatalf("%d bytes:\n\t%q\nwant\t%q", n, got, want)
			}
		}
	}
}
