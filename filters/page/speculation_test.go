package page

import (
	"strings"
	"testing"
)

// A rule for a document's links fetches ahead from third parties, unless it says that
// they lead to the own origin.
func TestSpeculationRules(t *testing.T) {
	const own = `{"href_matches":"/*"}`
	for in, want := range map[string]string{
		`{"source":"document"}`:                                              `{"where":` + own + `,"source":"document"}`,
		`{"source":"document","eagerness":"moderate"}`:                       `{"where":` + own + `,"source":"document","eagerness":"moderate"}`,
		`{"where":{"not":{"href_matches":"/logout"}}}`:                       `{"where":{"and":[` + own + `,{"not":{"href_matches":"/logout"}}]}}`,
		`{"where": {"selector_matches":".soon"} , "eagerness":"eager"}`:      `{"where": {"and":[` + own + `,{"selector_matches":".soon"}]} , "eagerness":"eager"}`,
		`{"\u0077here":{"selector_matches":"a"}}`:                            `{"\u0077here":{"and":[` + own + `,{"selector_matches":"a"}]}}`,
		`{"where":{"or":[` + own + `,{"selector_matches":"a"}]}}`:            `{"where":{"and":[` + own + `,{"or":[` + own + `,{"selector_matches":"a"}]}]}}`,
		`{"where":{"and":[{"not":{"href_matches":"/a"}}]}}`:                  `{"where":{"and":[` + own + `,{"and":[{"not":{"href_matches":"/a"}}]}]}}`,
		`{"where":{"and":[]}}`:                                               `{"where":{"and":[` + own + `,{"and":[]}]}}`,
		`{"where":{"href_matches":"*"}}`:                                     `{"where":{"and":[` + own + `,{"href_matches":"*"}]}}`,
		`{"where":{"href_matches":["/a","*"]}}`:                              `{"where":{"and":[` + own + `,{"href_matches":["/a","*"]}]}}`,
		`{"where":{"href_matches":{"hostname":"*.tracker.example"}}}`:        `{"where":{"and":[` + own + `,{"href_matches":{"hostname":"*.tracker.example"}}]}}`,
		`{"where":{"href_matches":"*:\/\/*/*"}}`:                             `{"where":{"and":[` + own + `,{"href_matches":"*:\/\/*/*"}]}}`,
		`{"where":` + own + `,"where":{"selector_matches":"a"}}`:             `{"where":` + own + `,"where":{"and":[` + own + `,{"selector_matches":"a"}]}}`,
		`{"where":` + own + `}`:                                              "",
		`{"source":"document","where":{"href_matches":"\/*"}}`:               "",
		`{"where":{"href_matches":["/a","/b/*"],"relative_to":"document"}}`:  "",
		`{"where":{"and":[` + own + `,{"not":{"selector_matches":".no"}}]}}`: "",
		`{"where":{"or":[{"href_matches":"/a"},{"href_matches":"/b"}]}}`:     "",
		`{"source":"list","urls":["/a"]}`:                                    "",
		`{"urls":["/a"],"requires":[],"n":-1.5e+3,"t":true,"s":"}"}`:         "",
		`{"source":"document"`:                                               "", // no JSON
	} {
		if want == "" {
			want = in
		}
		const before, after = `<!doctype html><p><script type="speculationrules">{"prefetch":[{"urls":["/x"]},`, `],"tag":"x"}</script><p>`
		in, want = before+in+after, before+want+after
		for cut := range len(in) {
			if got := filtered(t, testOptions(), in, cut); got != want {
				t.Fatalf("cut at %d\n  in %s\n got %s\nwant %s", cut, in, got, want)
			}
		}
		if again := filtered(t, testOptions(), want, len(want)); again != want {
			t.Errorf("twice %s became %s", want, again)
		}
		if _, sealed, _ := strings.Cut(filter(t, testOptions(), strings.Replace(in, "<p>", "<svg>", 1), 100), `data-consent="undeclared"`); (sealed == "") != (in == want) {
			t.Errorf("where it may be markup, %s: sealed %v", in, sealed != "")
		}
	}
	deep := `<script type=speculationrules>{"prefetch":[{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}]}</script>`
	if got, want := filtered(t, testOptions(), deep, 9), `<script type=speculationrules>{}</script>`; got != want {
		t.Errorf("%s became %s", deep, got)
	}
}
