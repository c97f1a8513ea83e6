package pages

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/fairwaygate/fairway/module/internal/axe"
)

// TestAccessibility holds all that visitors see against axe-core, in both
// themes and languages.
func TestAccessibility(t *testing.T) {
	ctx := browser(t)
	for _, lang := range []Lang{English, "zh"} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			tabbed, cancel := chromedp.NewContext(ctx)
			t.Cleanup(cancel)
			axe.Load(t, tabbed)
			g := newGateway(t, Config{Guard: guarded()})
			g.head = func(s *Snippet) { s.Lang = lang }
			check := func(name string, v *View, path string, ready ...string) {
				t.Helper()
				t.Run(name, func(t *testing.T) {
					v.Lang = lang
					g.mu.Lock()
					g.view = *v
					g.mu.Unlock()
					tab := tab{t, tabbed}
					tab.visit(g.at("shop.localhost", path))
					for _, expression := range ready {
						tab.until(expression)
					}
					axe.Check(t, tabbed)
				})
			}
			for name := range everyPage(g.pages) {
				if name == "preferences" {
					continue
				}
				check(name, rightsView(lang), "/.consent/"+name+"?lang="+string(lang))
			}
			check("preferences", sample(), "/.consent/?lang="+string(lang))
			if lang == English { // the same parts in other states
				asked := rightsView(lang)
				asked.Request = Request{Kind: "access", Contact: "no address", Message: "kept", Fault: ContactFault}
				check("request form", asked, "/.consent/request")
				erased := rightsView(lang)
				erased.Erase.Done = true
				check("erased", erased, "/.consent/erase")
				nothing := rightsView(lang)
				nothing.Me = Me{}
				check("nothing held", nothing, "/.consent/me")
				minor := sample()
				minor.Minor, minor.GPC = true, true
				check("minor", minor, "/.consent/?lang="+string(lang))
				decided := sample()
				decided.Decided, decided.Changes = "2026-01-02", nil
				check("decided", decided, "/.consent/?lang="+string(lang))
			}

			g.body = `<main><h1>Shop</h1><p>Tea</p></main>`
			check("banner", sample(), "/", `!!document.getElementById("consent-banner")`)
			const dialog = `document.querySelector("body > div:last-child")?.shadowRoot?.querySelector("dialog[open]")`
			g.body = `<main><h1>Shop</h1><script>addEventListener("DOMContentLoaded", () => consent.open())</script></main>`
			check("dialog", sample(), "/", "!!"+dialog)
			g.body = `<main><h1>Shop</h1><script>addEventListener("DOMContentLoaded", async () => {
				await consent.open();
				const form = ` + dialog + `.querySelector("form");
				form.querySelector("details").open = true;
				form.requestSubmit(form.querySelector("[value=accept]"));
			})</script></main>`
			check("saved", sample(), "/", "!!"+dialog+`?.querySelector("[role=status] a")`)
			g.body = `<main><h1>Shop</h1><iframe title="Advice" width="400" height="200" data-consent="advertising" data-src="http://ads.localhost/"></iframe></main>`
			check("placeholder", sample(), "/", `!!document.querySelector(".consent-ask button")`)
			g.body = `<main><h1>Shop</h1></main>`
			g.head = func(s *Snippet) {
				s.Lang, s.Decided = lang, true
				s.Notices = []Notice{
					{ID: "1a2b3c4d", Kind: "incident", Text: "Addresses of some orders could be seen by others.", Link: "/incident"},
					{ID: "5e6f7a8b", Kind: "end-of-service", Text: "The shop closes on 31 March 2027."},
				}
			}
			check("notices", sample(), "/", `!!document.getElementById("consent-notices")`)
		})
	}
}
