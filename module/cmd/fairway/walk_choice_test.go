package main

import (
	"strings"
	"testing"
)

// TestWalkChoice walks from the first question to an answer, and back to it.
func TestWalkChoice(t *testing.T) {
	b, g := startBrowser(t), startGate(t, firstPolicy)
	same := func(*testing.T) *gate { return g }

	walk(t, "accept", b, same, func(v *visitor) {
		v.visit("/tea?kind=green")
		v.holds("sid")
		v.answers("accept")
		if at := look[string](v, `location.pathname + location.search`); at != "/tea?kind=green" {
			v.t.Errorf("the choice leads to %s", at)
		}
		v.finds("/cart", everything...)
		v.holds("_fbp", "_ga", "consent", "sid")
	})
	walk(t, "reject", b, same, func(v *visitor) {
		v.visit("/")
		v.answers("reject")
		v.finds("/cart")
		v.holds("consent", "sid")
	})
	walk(t, "choose", b, same, func(v *visitor) {
		v.visit("/")
		v.press(`#consent-banner button:not([name])`)
		v.until(v.root() + `?.querySelector("#decide")`)
		if ticked := look[int](v, v.root()+`.querySelectorAll(":checked").length`); ticked != 0 {
			v.t.Errorf("%d purposes are ticked before the decision", ticked)
		}
		v.pressIn(v.root(), `label[for=purpose-analytics]`)
		v.sends("save")
		v.finds("/cart", "analytics")
		v.holds("_ga", "consent", "sid")
	})
	walk(t, "reopen", b, same, func(v *visitor) {
		v.visit("/tea")
		v.answers("reject")
		openers := []string{`#reopen`}
		if v.script {
			openers = append(openers, `button[data-consent-open]`)
		}
		for _, opener := range openers {
			v.visit("/tea")
			v.press(opener)
			v.pressIn(v.root(), `label[for=purpose-preferences]`)
			v.sends("save")
		}
		granted := []string{"preferences"}
		if v.script {
			granted = nil // given by the link, taken back by the button
		}
		v.finds("/cart", granted...)
	})
	walk(t, "receipt", b, same, func(v *visitor) {
		const link = `document.querySelector(".good[role=status] a[download]")`
		v.visit("/.consent/?return=/tea")
		if look[bool](v, `!!`+link) {
			v.t.Error("there is a receipt before the decision")
		}
		v.press(`#decide [value=reject]`)
		v.until(`!!` + link)
		v.visit(look[string](v, link+`.getAttribute("href")`))
		if text := look[string](v, `document.body.textContent`); !strings.Contains(text, `"signature"`) {
			v.t.Errorf("the receipt is %.300s", text)
		}
	})
	walk(t, "language", b, same, func(v *visitor) {
		const asks, saves = `document.querySelector("#consent-banner [value=accept]").textContent`, `#decide button[value=save]`
		for language, want := range map[string]string{"en-GB,en;q=0.9": "Accept all", "zh-CN,zh;q=0.9,en;q=0.8": "全部接受"} {
			v.speaks(language)
			v.visit("/")
			if got := look[string](v, asks); got != want {
				v.t.Errorf("the banner for %s says %q", language, got)
			}
		}
		// The preferences follow the banner, and on their page the visitor's choice.
		v.speaks("zh-CN")
		v.visit("/")
		v.press(`#consent-banner button:not([name])`)
		v.until(v.root() + `?.querySelector("` + saves + `")?.textContent === "保存我的选择"`)
		v.visit("/.consent/?return=/tea")
		v.press(`header [hreflang=en]`)
		v.until(`document.documentElement.lang === "en" && document.querySelector("` + saves + `").textContent === "Save my choices"`)
		v.press(saves)
		v.until(`document.documentElement.lang === "en" && document.querySelector(".good[role=status]")`)
		v.press(`.back a`)
		v.until(`location.pathname === "/tea" && document.getElementById("told") && !` + banner)
	})
}

// TestWalkTLS walks the same on https, where the gateway's cookies have the prefix
// that ties them to the host.
func TestWalkTLS(t *testing.T) {
	b, g := startBrowser(t), startGateOver(t, "https", firstPolicy)
	walk(t, "there and back", b, func(*testing.T) *gate { return g }, func(v *visitor) {
		v.visit("/tea?kind=green")
		v.holds("sid")
		v.answers("accept")
		v.finds("/cart", everything...)
		v.holds("__Host-consent", "_fbp", "_ga", "sid")
		v.visit("/.consent/")
		v.press(`#decide [value=reject]`)
		v.until(`document.querySelector(".good[role=status] a[download]")`)
		v.finds("/cart")
		v.holds("__Host-consent", "sid")
	})
}

// TestWalkScript walks along what the script offers to the storefront's own.
func TestWalkScript(t *testing.T) {
	b, g := startBrowser(t), startGate(t, firstPolicy)

	t.Run("change", func(t *testing.T) {
		v := newVisitor(t, b, g, true)
		v.visit("/")
		look[bool](v, `window.heard = [], consent.onchange(all => heard.push("call " + all)),
			document.addEventListener("consentchange", e => heard.push("event " + e.detail.granted)), true`)
		if look[bool](v, `consent.granted("analytics") || !consent.granted("necessary") || !!document.body.dataset.counted`) {
			t.Error("statistics are granted, or run, before the decision")
		}
		v.press(`#reopen`)
		v.pressIn(v.root(), `label[for=purpose-analytics]`)
		v.sends("save")
		v.until(`consent.granted("analytics") && !consent.granted("advertising")`)
		look[bool](v, `fetch(consent.receipt).then(answer => answer.json()).then(receipt => window.receipt = receipt), true`)
		v.until(`window.receipt?.signature`)
		v.until(`document.body.dataset.counted === "yes"`)
		// A page that was loaded anew would have forgotten what it heard.
		if heard := look[string](v, `heard.join("; ")`); heard != "call necessary,analytics; event necessary,analytics" {
			t.Errorf("heard: %s", heard)
		}
	})
	t.Run("placeholder", func(t *testing.T) {
		v := newVisitor(t, b, g, true)
		v.visit("/")
		look[bool](v, `window.same = true`)
		if look[bool](v, drawn+` || document.getElementById("film").hasAttribute("src")`) {
			t.Error("the partner is loaded before the decision")
		}
		v.press(`.consent-ask button`)
		v.until(`consent.granted("advertising") && !document.querySelector(".consent-ask") && ` + drawn +
			` && document.getElementById("film").src.endsWith("/film")`)
		if !look[bool](v, `!!window.same && !consent.granted("analytics")`) {
			t.Error("the page was loaded anew, or more was granted than was asked for")
		}
		v.finds("/next", "advertising")
	})
	t.Run("consent mode", func(t *testing.T) {
		v := newVisitor(t, b, g, true)
		const said = `dataLayer.filter(x => x[0] === "consent").map(x => [x[1], x[2].ad_storage, x[2].ad_user_data, x[2].ad_personalization, x[2].analytics_storage].join(" ")).join("; ")`
		const before = "default denied denied denied denied"
		v.visit("/")
		if got := look[string](v, said); got != before {
			t.Errorf("before the decision Google is told %q", got)
		}
		v.answers("accept")
		if got := look[string](v, said); got != before+"; update granted granted granted granted" {
			t.Errorf("after it Google is told %q", got)
		}
		v.visit("/")
		if got := look[string](v, said); got != "default granted granted granted granted" {
			t.Errorf("on the next page Google is told %q", got)
		}
	})
	t.Run("two tabs", func(t *testing.T) {
		one := newVisitor(t, b, g, true)
		one.visit("/one")
		two := openTab(t, one.ctx, g, true)
		two.visit("/two")
		one.answers("accept")
		two.until(`!` + banner + ` && consent.granted("analytics") && document.body.dataset.counted === "yes"`)
		two.press(`#reopen`)
		two.pressIn(two.root(), `#decide button[value=reject]`)
		for _, v := range []*visitor{one, two} {
			v.until(`window.consent && !consent.granted("analytics") && document.getElementById("told").textContent === "necessary"`)
		}
	})
	t.Run("storage", func(t *testing.T) {
		v := newVisitor(t, b, g, true)
		v.visit("/")
		v.answers("accept")
		// The policy declares _ga, the catalogue _clck, and nobody the others.
		look[bool](v, `["_ga", "_clck", "cart", "drafts"].forEach(name => localStorage.setItem(name, "1")), true`)
		const kept = `Object.keys(localStorage).sort().join()`
		if got := look[string](v, kept); got != "_clck,_ga,cart,drafts" {
			t.Errorf("with consent %s is stored", got)
		}
		v.press(`#reopen`)
		v.pressIn(v.root(), `#decide button[value=reject]`)
		v.until(`document.getElementById("told").textContent === "necessary" && ` + kept + ` === "cart,drafts"`)
	})
	t.Run("back", func(t *testing.T) {
		v := newVisitor(t, b, g, true)
		v.visit("/one")
		v.answers("accept")
		v.visit("/two")
		v.press(`#reopen`)
		v.pressIn(v.root(), `#decide button[value=reject]`)
		v.until(`window.consent && document.getElementById("told").textContent === "necessary"`)
		look[bool](v, `history.back(), true`)
		v.until(`location.pathname === "/one" && window.consent && !consent.granted("analytics") && document.getElementById("told").textContent === "necessary"`)
	})
}
