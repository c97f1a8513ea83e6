package swar

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Bytes next to those that are looked for, so that borrows show.
		alphabet := []byte{'&', '&' - 1, '&' + 1, '=', '=' ^ 1, 0, 1, 0x7F, 0x80, 0xFF}
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 40).Draw(t, "text"))
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		want := func(chars string) int {
			for i := from; i < len(text); i++ {
				if strings.IndexByte(chars, text[i]) >= 0 {
					return i
				}
			}
			return len(text)
		}
		if got := Index(text, from, '&'); got != want("&") {
			t.Fatalf("the first & is at %d, not %d", want("&"), got)
		}
		if got := IndexEither(text, from, '&', '='); got != want("&=") {
			t.Fatalf("the first & or = is at %d, not %d", want("&="), got)
		}
		first := want("&=")
		if first == len(text) || text[first] == '&' {
			first = -1
		}
		if got, end := IndexPair(text, from, '=', '&'); got != first || end != want("&") {
			t.Fatalf("the = before the first & is at %d and that at %d, not %d and %d", first, want("&"), got, end)
		}
	})
}
