// Package axe holds pages in a browser's tab against the accessibility rules of
// axe-core. It is for tests.
package axe

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// file is where testdata/needs puts axe-core, under the checkout.
const file = ".tools/npm/node_modules/axe-core/axe.min.js"

// Load makes axe-core part of every page that the tab opens from now on, also
// where the page's Content-Security-Policy allows no script. It skips the test
// where axe-core is not installed.
func Load(t *testing.T, tab context.Context) {
	t.Helper()
	source := read(t)
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: source}
	if _, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if source, err := os.ReadFile(filepath.Join(folder, file)); err == nil {
			return string(source)
		}
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil || folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	if os.Getenv("FAIRWAY_TEST_ALL") != "" {
		t.Fatal("axe-core is not installed: run make needs")
	}
	t.Skip("axe-core is not installed")
	return ""
}

// Check reports what axe-core finds in the page that the tab shows: all rules in
// the light theme, and those of contrast in the dark one too.
func Check(t *testing.T, tab context.Context) {
	t.Helper()
	for _, c := range []struct{ theme, options string }{{"dark", `{resultTypes: ["violations"], runOnly: ["color-contrast"]}`}, {"light", `{resultTypes: ["violations"]}`}} {
		features := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: c.theme}}}
		if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, features); err != nil {
			t.Fatal(err)
		}
		const run = `.then(({violations, passes}) => [passes.length + " rules", ...violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + "\n" + n.target.flat().join(" ") + "\n" + n.html + "\n" + n.failureSummary))])`
		found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](`axe.run(document, `+c.options+`)`+run, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if found[0] == "0 rules" {
			t.Errorf("%s: no rule was held against the page", c.theme)
		}
		for _, violation := range found[1:] {
			t.Errorf("%s: %s", c.theme, violation)
		}
	}
}
