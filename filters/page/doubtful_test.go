package page

import (
	"strings"
	"testing"
)

// TestDoubtfulBackslash has letters in a sheet of which a backslash is half.
func TestDoubtfulBackslash(t *testing.T) {
	const letter = "\x95\\" // in Shift_JIS, Big5 and GBK
	for _, sheet := range []string{
		`a{content:"` + letter + `";background:url(//tracker.example/x)}b{content:""}`,
		`a{content:'` + letter + `';background:url('//tracker.example/x')}`,
		`a{font-family:` + letter + `;background:URL( "https://tracker.example/x" )}`,
		`a{background:url(` + letter + `)}b{background:url(//tracker.example/x)}`,
		`@import "` + letter + `";@import "//tracker.example/x";`,
		`@import url("//tracker.example/` + letter + `");`,
		`a{background:url("//tracker.example/` + letter + `)}`,
		`.` + letter + `{background:image-set("//tracker.example/x" 1x)}`,
		`a{content:"` + letter + `";--x:"//tracker.example/x";background:image(var(--x))}`,
		`a{content:"` + letter + `";background:url("\2f \2f tracker.example/x")}`,
		`a{content:"` + letter + `";background:url(http\3a //tracker.example/x)}`,
		`a{content:"` + letter + `";background:url("ht\` + "\n" + `tp://tracker.example/x")}`,
		`a{content:"` + letter + `";background:url("/\` + "\r\n" + `/tracker.example/x")}`,
		`a{content:"` + letter + `2f //tracker.example/x"}`,
		`a{content:"` + letter + `"}` + strings.Repeat("b{color:red}", 6000) + `b{background:url(//tracker.example/x)}`,
	} {
		for _, doc := range []string{"<style>" + sheet + "</style>", "<p style='" + strings.ReplaceAll(sheet, "'", `"`) + "'>"} {
			whole := filter(t, testOptions(), doc, 0)
			if strings.Contains(whole, "tracker.example") {
				t.Errorf("%q became %q", doc, whole)
			}
			if bytewise := filter(t, testOptions(), doc, 1); bytewise != whole {
				t.Errorf("%q byte by byte became %q, in one piece %q", doc, bytewise, whole)
			}
		}
	}
	for _, sheet := range []string{
		"a{content:\"caf\u00e9\\201C\";background:url(/own.png)}", ".\u00e9\\:hover{background:url(own.png?a=//x)}", "a{content:\"\u00e9\\\"//\"}", "/* \u00e9\\ */a{background:url(https://shop.example/x)}",
		letter + letter + letter, "a{content:'\\201C see //tracker.example/x'}" + strings.Repeat(" ", 100) + letter,
	} {
		doc := "<style>" + sheet + "</style>"
		for _, step := range []int{0, 1} {
			if got := filter(t, testOptions(), doc, step); got != doc {
				t.Errorf("%q became %q", doc, got)
			}
		}
	}
}

// TestDoubtfulData: what only seems to be a string may run.
func TestDoubtfulData(t *testing.T) {
	for script, data := range map[string]bool{
		"var a='track(1)';": true, "var a='\u00e9\\'track(1)';": true, "var a='\x95track(1)';": true,
		"var a='\x95\\';track(1);'';": false,
	} {
		doc := "<script>" + script + "</script>"
		if got := filter(t, testOptions(), doc, 0); (got == doc) != data {
			t.Errorf("%q became %q", doc, got)
		}
	}
}

// TestDoubtfulSection: a bracket may be half of a letter too.
func TestDoubtfulSection(t *testing.T) {
	const doc = "<svg><![CDATA[\x95]]><!--]]></svg><img src=//tracker.example/><!-- -->"
	for _, step := range []int{0, 1, 2} {
		if got := filter(t, testOptions(), doc, step); strings.Contains(got, "tracker.example") {
			t.Errorf("in steps of %d: %q", step, got)
		}
	}
}
