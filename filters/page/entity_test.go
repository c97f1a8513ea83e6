package page

import (
	stdhtml "html"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Named references are read as two other implementations read them, whatever
// follows: with and without a semicolon, in text and in attributes.
func TestNamedReferences(t *testing.T) {
	names := []string{"", "a", "no", "noti", "notin", "amplify", "copysr", "CounterClockwiseContourIntegral", "unknown", "Gt", "lang"}
	bare := 0
	for name, known := range references {
		names = append(names, name)
		if known.bare {
			bare++
		}
	}
	if bare != 106 {
		t.Errorf("%d names need no semicolon, not 106", bare)
	}
	for _, name := range names {
		for _, after := range []string{"", ";", "x", "=", "1", "&", " ", ";;", "it;"} {
			in := "&" + name + after
			if got, want := string(appendDecoded(nil, []byte(in), false)), stdhtml.UnescapeString(in); got != want {
				t.Errorf("text %q: %q, not %q", in, got, want)
			}
			if got, want := string(appendDecoded(nil, []byte(in), true)), attribute(in); got != want {
				t.Errorf("attribute %q: %q, not %q", in, got, want)
			}
		}
	}
}

// attribute returns what a tokenizer makes of an attribute's value.
func attribute(value string) string {
	z := html.NewTokenizer(strings.NewReader(`<a b="` + value + `">`))
	z.Next()
	_, text, _ := z.TagAttr()
	return string(text)
}
