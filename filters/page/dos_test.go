package page

import (
	"io"
	"strings"
	"testing"
)

// Pages that want to be read again and again cost a bounded number of reads, and
// what is held stays bounded. (Unbounded, this test takes minutes.)
func TestHostileRepetition(t *testing.T) {
	units := []string{
		"<a", "<a ", "<script>", "<style>", "<svg><script>", "<svg>", "<!--", "<", "</", "<img srcset='", "<noscript>", "<select>", "<template>",
		"&", "<a href=\"", "<svg><style>&", "<iframe srcdoc='<iframe ", "<p style=\"a:url(", "<script><!--", "--", "<![CDATA[", "<svg><title>",
	}
	o, r := testOptions(), new(Rewriter)
	for _, unit := range units {
		for _, lead := range []string{"", "<plaintext>", "<svg>", "<noscript>", "<style>", "<script>"} {
			doc := lead + strings.Repeat(unit, (128<<10)/len(unit))
			for _, size := range []int{len(doc), 4096} {
				r.Reset(io.Discard, o)
				filterTo(t, r, doc, size)
				if n := cap(r.held) + cap(r.out); n > 64<<10 {
					t.Fatalf("%q %q: %d bytes are kept", lead, unit, n)
				}
			}
		}
	}
}
