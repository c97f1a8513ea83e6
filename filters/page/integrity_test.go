package page

import "testing"

// A style sheet that may be changed on its way has no sum; all others keep theirs.
func TestIntegrity(t *testing.T) {
	o := testOptions()
	o.Alters = func(host []byte) bool { return string(host) == "static.shop.example" }
	for in, want := range map[string]string{
		`<link rel=stylesheet href=/a.css integrity="sha256-x">`:                             `<link rel=stylesheet href=/a.css data-integrity="sha256-x">`,
		`<link integrity=sha256-x rel="preload Stylesheet" href=https://shop.example/a.css>`: `<link data-integrity=sha256-x rel="preload Stylesheet" href=https://shop.example/a.css>`,
		`<link rel=stylesheet href=//static.shop.example/a.css integrity=sha256-x>`:          `<link rel=stylesheet href=//static.shop.example/a.css data-integrity=sha256-x>`,
		`<link rel=preload as=style href=/a.css integrity=sha256-x>`:                         ``,
		`<link rel=stylesheet href=//cdn.example/a.css integrity=sha256-x>`:                  ``,
		`<link rel=modulepreload href=/a.js integrity=sha256-x>`:                             ``,
		`<script src=/a.js integrity=sha256-x></script>`:                                     ``,
		`<link rel=stylesheet href=//tracker.example/a.css integrity=sha256-x>`:              `<link data-consent="analytics" rel=stylesheet data-consent-href=Ly90cmFja2VyLmV4YW1wbGUvYS5jc3M= integrity=sha256-x>`,
		`<base href=//cdn.example/><link rel=stylesheet href=a.css integrity=sha256-x>`:      ``,
	} {
		if want == "" {
			want = in
		}
		for cut := range in {
			if got := filtered(t, o, in, cut); got != want {
				t.Fatalf("cut at %d\n  in %s\n got %s\nwant %s", cut, in, got, want)
			}
		}
	}
	in := `<link rel=stylesheet href=/a.css integrity="sha256-x">`
	if got := filtered(t, testOptions(), in, 1); got != in {
		t.Errorf("where nothing is changed on its way: %s", got)
	}
}
