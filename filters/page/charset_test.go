package page

import (
	"strings"
	"testing"
)

// TestEscapes keeps browsers from an encoding in which quotes may be half of a letter.
func TestEscapes(t *testing.T) {
	const rest = "<p title=\"\x1b$B\"!\x1b(B y=\"><img src=//tracker.example/>\">"
	for _, tag := range []string{
		"<meta charset=iso-2022-jp>", "<META/CHARSET='ISO-2022-JP'>", "<meta charset=csISO2022JP>", "<meta charset=' iso-2022-jp\t'>", "<meta charset='iso&#45;2022-jp'>",
		"<meta http-equiv=content-type content='text/html; charset=iso-2022-jp'>", `<meta content="text/html;charset = 'csiso2022jp'" http-equiv=Content-Type>`,
		"<link rel=stylesheet href=/a.css charset=iso-2022-jp>", "<svg><meta charset=iso-2022-jp></svg>", "<template><meta charset=iso-2022-jp></template>", "<noscript><meta charset=iso-2022-jp></noscript>",
	} {
		doc := tag + rest
		for _, step := range []int{0, 1} {
			got := filter(t, testOptions(), doc, step)
			name := "charset"
			if strings.Contains(strings.ToLower(tag), "http-equiv") {
				name = "content"
			}
			lower := strings.ToLower(got)
			if want := strings.Replace(strings.ToLower(doc), name+"=", "data-"+name+"=", 1); lower != want {
				t.Errorf("%q became %q", doc, got)
			}
		}
	}
	for _, doc := range []string{"<meta charset=shift_jis>", "<meta charset=utf-8>", "<meta name=description content='on iso-2022-jp'>", "<title>iso-2022-jp</title>", "<link rel=stylesheet href=/a.css charset=euc-jp>"} {
		if got := filter(t, testOptions(), doc, 0); got != doc {
			t.Errorf("%q became %q", doc, got)
		}
	}
}
