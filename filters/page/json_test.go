package page

import (
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	o := testOptions()
	o.Format = JSON
	const bom = "\xEF\xBB\xBF"
	long := `{"prefetch":[{"urls":["/` + strings.Repeat("a", MaxHeld) + `"]}]}`
	almost := `{"prefetch":[{"urls":["/a"]}]}`
	almost += strings.Repeat(" ", MaxHeld-1-len(almost))
	for in, want := range map[string]string{
		`{"prefetch":[{"urls":["/a","https://shop.example/b","c"],"tag":"x"}]}`:         "",
		`{"prerender":[{"where":{"href_matches":"/*"},"eagerness":"moderate"}]}`:        "",
		`{"prefetch":[{"urls":["/a","https://tracker.example/"]}]}`:                     "{}",
		`{"prefetch":[{"urls":["\u002f\/tracker.example\/"]}]}`:                         "{}",
		`{"prefetch":[{"where":{"not":{"href_matches":"https://tracker.example/*"}}}]}`: "{}",
		bom + `{"prefetch":[{"urls":["\\\\tracker.example"]}]}`:                         bom + "{}",
		`{"prefetch":[{"urls":["https://tracker.example/`:                               "{}",
		`{"prefetch":[{"source":"document"}]}`:                                          `{"prefetch":[{"where":{"href_matches":"/*"},"source":"document"}]}`,
		`{"prefetch":[{"where":{"selector_matches":".soon"}}]}`:                         `{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"selector_matches":".soon"}]}}]}`,
		`<img src=//tracker.example/>`:                                                  "",
		``:                                                                              "",
		almost:                                                                          "",
		long:                                                                            "{}",
		`  [1] `:                                                                        "",
	} {
		if want == "" {
			want = in
		}
		for cut := range min(len(in), 200) {
			if got := filtered(t, o, in, cut); got != want {
				t.Fatalf("cut at %d\n  in %.200s\n got %.200s\nwant %.200s", cut, in, got, want)
			}
		}
		observing := *o
		observing.Observe = true
		if got := filter(t, &observing, in, 100); got != in {
			t.Errorf("observed %.200s became %.200s", in, got)
		}
		if got := filter(t, o, in, 1000); got != want {
			t.Errorf("in pieces %.200s became %.200s", in, got)
		}
	}
}
