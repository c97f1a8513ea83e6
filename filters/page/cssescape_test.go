package page

import "testing"

// In Shift_JIS, GBK and Big5 the second byte of a character may be that of a backslash,
// which escapes nothing. What follows it is read as in other encodings.
func TestTrailBytesInCSS(t *testing.T) {
	o := testOptions()
	o.Format = CSS
	const denied, gone = `.b{background:url(//tracker.example/x)}`, `.b{background:url(about:invalid)}`
	for name, begin := range map[string]string{
		"a string in Shift_JIS":       ".a:before{content:\"\x95\x5c\"}",
		"single quotes":               ".a:before{content:'\x83\x5c'}",
		"at its end, after others":    ".a:before{content:\"\x95\x5c\x8e\xa6\x94\x5c\"}",
		"after katakana of one byte":  ".a:before{content:\"\xca\xdf\x95\x5c\"}",
		"then a backslash":            ".a:before{content:\"\x95\x5c\\\"\"}",
		"an address in Shift_JIS":     ".a{background:url(/img/\x94\x5c)}",
		"a string in GBK":             ".a:before{content:\"\xd6\xd0\xd5\x5c\"}",
		"a string in Big5":            ".a:before{content:\"\xa5\x5c\"}",
		"an escaped quote in UTF-8":   ".a:before{content:\"é\\\"}\"}",
		"one after many":              ".a:before{content:\"日本語\\\"}\"}",
		"one in Latin-1 before ASCII": ".a:before{content:\"\xe9t\xe9e\\\"}\"}",
		"one after a pair":            ".a:before{content:\"\x95\x5d\x93\xfa\\\"}\"}",
		"a class in Shift_JIS":        ".\x95\x5c{color:red}",
	} {
		in, want := begin+denied, begin+gone
		for cut := range len(in) {
			if got := filtered(t, o, in, cut); got != want {
				t.Fatalf("%s, cut at %d\n got %q\nwant %q", name, cut, got, want)
			}
		}
		if got := filter(t, o, in, 1); got != want {
			t.Errorf("%s, byte by byte\n got %q\nwant %q", name, got, want)
		}
	}
	const style = "<p style='font-family:\"\x95\x5c\";background:url(//tracker.example/x)'>"
	if got := filter(t, testOptions(), style, 100); got == style {
		t.Errorf("%q stays", style)
	}
}
