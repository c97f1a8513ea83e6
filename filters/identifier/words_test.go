package identifier

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestShortWords asks for names that the table knows, and for what is near them: the
// trie says the same.
func TestShortWords(t *testing.T) {
	extra, err := NewNames(map[string]Kind{"card": DeviceID, "lat": Serial, "loyalty": DeviceID})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range []*Names{fields, headers, extra} {
		if names.words.used == 0 {
			t.Fatal("no short name is listed")
		}
		var listed []string
		for _, slot := range names.words.slots {
			name := ""
			for w := slot.name; w != 0; w >>= 8 {
				name += string(rune(w & 0xFF))
			}
			if name != "" {
				listed = append(listed, name)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			name := rapid.OneOf(
				rapid.SampledFrom(listed),
				rapid.StringMatching("[a-z]{1,9}"),
				rapid.StringMatching("[a-z`{@A-Z0-9_]{1,9}"),
			).Draw(t, "name")
			name = strings.Repeat(name, rapid.IntRange(1, 2).Draw(t, "times"))
			got, found := names.find(name)
			want, listed := names.search(name)
			if found != listed || found && got != want {
				t.Fatalf("%q means %v (%v), not %v (%v)", name, got, found, want, listed)
			}
		})
	}
}
