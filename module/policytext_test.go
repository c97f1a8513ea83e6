package module

import (
	"html/template"
	"testing"
)

func TestPolicyHTML(t *testing.T) {
	for name, test := range map[string]struct {
		format, text string
		want         template.HTML
	}{
		"nothing":         {".md", "", ""},
		"paragraphs":      {".md", "One\r\nof two lines.\r\n\r\nTwo.", "<p>One\nof two lines.</p><p>Two.</p>"},
		"headings":        {".md", "# I\nText\n## I.I\n##### deep\n# II", "<h2>I</h2><p>Text</p><h3>I.I</h3><h4>deep</h4><h2>II</h2>"},
		"a deep heading":  {".md", "### first", "<h2>first</h2>"},
		"lists":           {".md", "Kept:\n- one\n  of two lines\n* two\n\nDone.\n- three", "<p>Kept:</p><ul><li>one\nof two lines</li><li>two</li></ul><p>Done.</p><ul><li>three</li></ul>"},
		"markup":          {".md", "<script>&", "<p>&lt;script&gt;&amp;</p>"},
		"plain text":      {".txt", "a < b", "<p>a &lt; b</p>"},
		"no suffix":       {"", "<b>", "<p>&lt;b&gt;</p>"},
		"HTML as it is":   {".html", "<b>x</b>", "<b>x</b>"},
		"HTML, the other": {".htm", "<b>x</b>", "<b>x</b>"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := policyHTML(test.format, test.text); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
