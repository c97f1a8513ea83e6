package pages

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// seal writes an attribute as the gateway leaves it when it takes it out.
func seal(name, value string) string {
	return "data-consent-" + name + `="` + base64.StdEncoding.EncodeToString([]byte(value)) + `"`
}

// TestClient drives the script and the pages in Chromium. Each case has its own
// visitor, in its own tab.
func TestClient(t *testing.T) {
	ctx := browser(t)
	open := func(t *testing.T, c Config, body string) (*gateway, tab) {
		t.Parallel()
		g := newGateway(t, c)
		g.body = body
		tabbed, cancel := chromedp.NewContext(ctx)
		t.Cleanup(cancel)
		return g, tab{t, tabbed}
	}

	t.Run("banner", func(t *testing.T) {
		g, tab := open(t, Config{}, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/product/5?size=l"))
		if shifts := tab.text(`new Promise(r => {
			new PerformanceObserver(l => r(l.getEntries().map(e => e.value + ": " + e.sources.map(s => s.node?.outerHTML.slice(0, 80) + JSON.stringify([s.previousRect, s.currentRect])).join()).join("; "))).observe({ type: "layout-shift", buffered: true });
			setTimeout(() => r(""), 100);
		})`); shifts != "" {
			t.Errorf("the banner shifts the layout: %s", shifts)
		}
		if rest := tab.number(`document.getElementById("consent-banner").getBoundingClientRect().top / innerHeight`); rest < .4 {
			t.Errorf("the banner leaves only %.0f %% of the page", rest*100)
		}
		// The three buttons weigh the same.
		if kinds := tab.text(`[...new Set([...document.querySelectorAll("#consent-banner button")].map(b => {
			const s = getComputedStyle(b), r = b.getBoundingClientRect();
			return [s.color, s.backgroundColor, s.borderColor, s.fontSize, s.fontWeight, Math.round(r.width), Math.round(r.height)].join();
		}))].join(" and ")`); strings.Contains(kinds, " and ") {
			t.Errorf("the buttons differ: %s", kinds)
		}
		tab.run(`window.events = []; document.addEventListener("consentchange", e => events.push(e.detail.granted.join())); consent.onchange(g => events.push("fn " + g.join()))`)
		do(t, tab.ctx, chromedp.Click(chromedp.CSS(`#consent-banner [value=reject]`)))
		tab.until(`!document.getElementById("consent-banner") && events.length === 2`)
		if got := tab.text(`events.join(" | ")`); got != "fn necessary | necessary" {
			t.Errorf("events: %s", got)
		}
		if at := tab.text(`location.pathname + location.search`); at != "/product/5?size=l" {
			t.Errorf("the page moved to %s", at)
		}
		if got := tab.text(`consent.receipt`); got != testReceipt {
			t.Errorf("the receipt is at %s, want %s", got, testReceipt)
		}
		tab.visit(g.at("shop.localhost", "/"))
		if tab.truth(`!!document.getElementById("consent-banner")`) {
			t.Error("the banner comes back after a refusal")
		}
	})

	// Firefox loads what frames held before, after a reload, where they still stand.
	t.Run("frames go before a reload", func(t *testing.T) {
		g, tab := open(t, Config{}, `<iframe src="/frame"></iframe><img src="/stays.gif">`)
		g.grant(func(name string) bool { return name == "analytics" })
		tab.visit(g.at("shop.localhost", "/product/5"))
		tab.run(`addEventListener("pagehide", () => sessionStorage.left = ["iframe", "img"].map(kind => document.querySelectorAll(kind).length)); consent.set([])`)
		tab.until(`sessionStorage.left === "0,1" && !consent.granted("analytics") && frames.length === 1`)
	})

	// Not even with a base elsewhere does it ask another host.
	t.Run("base", func(t *testing.T) {
		g, tab := open(t, Config{Guard: guarded()}, `<base href="http://fonts.localhost:{port}/elsewhere/"><p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		do(t, tab.ctx, chromedp.Click(chromedp.CSS(`#consent-banner [value=accept]`)))
		tab.until(`!document.getElementById("consent-banner") && consent.granted("analytics")`)
		tab.run(`consent.set(["preferences"])`)
		tab.until(`consent.granted("preferences") && !consent.granted("analytics")`)
		for _, at := range g.noted(&g.fetched) {
			if !strings.HasSuffix(at, ".css") { // that of the banner, which is marked up before the base is known
				t.Errorf("%s was asked", at)
			}
		}
	})

	t.Run("without JavaScript", func(t *testing.T) {
		g, tab := open(t, Config{}, `<p>Shop</p>`)
		if _, err := chromedp.Call(tab.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		tab.visit(g.at("shop.localhost", "/product/5?size=l"))
		eventually(t, "the pixel was asked for", func() bool { return slices.Contains(g.noted(&g.visits), "path=%2Fproduct%2F5") })
		// The way through the preference page, and back.
		tab.follow(`#consent-banner button:not([name])`)
		tab.follow(`[value=save]`)
		if _, granted := g.snapshot(); !slices.Equal(granted, []string{"necessary"}) {
			t.Errorf("saving with nothing ticked granted %v", granted)
		}
		tab.until(`!!document.querySelector("[role=status]")`)
		do(t, tab.ctx, chromedp.Click(chromedp.CSS(`label[for=purpose-analytics]`)))
		tab.follow(`[value=save]`)
		if _, granted := g.snapshot(); !slices.Equal(granted, []string{"necessary", "analytics"}) {
			t.Errorf("saving with analytics ticked granted %v", granted)
		}
		if ticked := tab.text(`[...document.querySelectorAll(":checked")].map(x => x.value).join()`); ticked != "analytics" {
			t.Errorf("ticked after saving: %s", ticked)
		}
		tab.follow(`.back a`)
		if at := tab.text(`location.pathname + location.search`); at != "/product/5?size=l" {
			t.Errorf("led back to %s", at)
		}
		// A choice in the banner.
		g.mu.Lock()
		g.view = *sample()
		g.mu.Unlock()
		tab.visit(g.at("shop.localhost", "/a"))
		tab.follow(`#consent-banner [value=accept]`)
		if at := tab.text(`location.pathname`); at != "/a" {
			t.Errorf("led back to %s", at)
		}
		if _, granted := g.snapshot(); len(granted) != len(g.view.Purposes) {
			t.Errorf("accepting all granted %v", granted)
		}
	})

	t.Run("dialog", func(t *testing.T) {
		g, tab := open(t, Config{}, `<a href="/.consent/">Privacy</a> <button data-consent-open>Privacy</button>`)
		tab.visit(g.at("shop.localhost", "/"))
		const dialog = `document.querySelector("body > div:last-child")?.shadowRoot?.querySelector("dialog[open]")`
		for _, opener := range []string{`a`, `[data-consent-open]`, `#consent-banner button:not([name])`} {
			tab.run(`document.querySelector('` + opener + `').click()`)
			tab.until("!!" + dialog)
			tab.run(dialog + `.querySelector(".close button").click()`)
			tab.until("!" + dialog)
		}
		tab.run(`consent.open()`)
		tab.until("!!" + dialog)
		if ticked := tab.number(dialog + `.querySelectorAll(":checked").length`); ticked != 0 {
			t.Errorf("%v purposes are ticked before a decision", ticked)
		}
		tab.until(dialog + `.querySelector("[data-permission=location]").textContent !== ""`)
		tab.run(dialog + `.querySelector("[value=analytics]").click()`)
		tab.run(dialog + `.querySelector("button[value=save]").click()`)
		tab.until(dialog + `.querySelector("[role=status]") === ` + dialog + `.getRootNode().activeElement`)
		if link := tab.text(dialog + `.querySelector("[role=status] a").getAttribute("href") + " " + consent.receipt`); link != testReceipt+" "+testReceipt {
			t.Errorf("the receipt is at %s, want %s", link, testReceipt)
		}
		if ticked := tab.text(`[...` + dialog + `.querySelectorAll(":checked")].map(x => x.value).join()`); ticked != "analytics" {
			t.Errorf("ticked after saving: %s", ticked)
		}
		if !tab.truth(`consent.granted("analytics") && !document.getElementById("consent-banner")`) {
			t.Error("the choice is not in force")
		}
		tab.run(dialog + `.querySelector(".close button").click()`)
		tab.until("!" + dialog)
		if tab.truth(`consent.granted("advertising") || !consent.granted("necessary")`) {
			t.Error("the script knows other purposes than the gateway")
		}
	})

	t.Run("failing store", func(t *testing.T) {
		g, tab := open(t, Config{}, `<p>Shop</p>`)
		g.broken = true
		tab.visit(g.at("shop.localhost", "/"))
		do(t, tab.ctx, chromedp.Click(chromedp.CSS(`#consent-banner [value=accept]`)))
		tab.until(`!!document.querySelector("[role=alert]")`)
		tab.visit(g.at("shop.localhost", "/"))
		if got := tab.text(`consent.set(["analytics"]).then(() => "saved", () => "failed")`); got != "failed" || tab.truth(`consent.granted("analytics")`) {
			t.Errorf("a decision that was not recorded counts: %s", got)
		}
	})

	t.Run("what is loaded later", func(t *testing.T) {
		g, tab := open(t, Config{}, `<a href="/.consent/">Privacy</a>
			<img hidden data-consent="advertising" data-src="/pixel.gif"><script type="text/plain" data-consent="advertising">window.ran = true</script>`)
		const loaded = `performance.getEntriesByType("resource").some(e => e.name.includes("/more.js?sha256-"))`
		tab.visit(g.at("shop.localhost", "/product/5"))
		if tab.truth(loaded) {
			t.Error("the second script is loaded where nothing needs it")
		}
		tab.run(`consent.set(["advertising"])`)
		tab.until(`window.ran === true`)
		if got := tab.text(`consent.receipt`); got != testReceipt {
			t.Errorf("the receipt is at %s", got)
		}
		// Without it, the plain pages do.
		g.mu.Lock()
		g.lacking, g.view = true, *sample()
		g.mu.Unlock()
		tab.visit(g.at("shop.localhost", "/product/6"))
		tab.run(`document.querySelector("a").click()`)
		tab.until(`location.pathname === "/.consent/" && !!document.querySelector(".back a[href='/product/6']")`)
		tab.visit(g.at("shop.localhost", "/product/7"))
		tab.run(`document.querySelector("#consent-banner [value=accept]").click()`)
		tab.until(`location.pathname === "/product/7" && document.readyState === "complete" && consent.granted("advertising")`)
	})

	t.Run("revival", func(t *testing.T) {
		// The names are such that character references mean something else in
		// attributes than in text, and a quote stands in the value.
		const pixel = `http://ads.localhost:{port}/p.gif?a=1&copy=2&amp;q='"'`
		// Scripts for browsers without modules, and of types that are no script, are
		// heard of no more: the others don't wait for them.
		body := `<script>window.order = [];</script>` +
			`<script type="text/plain" data-consent="advertising" nomodule ` + seal("src", "http://ads.localhost:PORT/old.js") + `></script>` +
			`<script type="text/plain" data-consent="advertising" ` + seal("type", "text/template") + ` ` + seal("src", "http://ads.localhost:PORT/rows.html") + `></script>` +
			`<script type="text/plain" data-consent="advertising" ` + seal("src", "http://ads.localhost:PORT/one.js") + `></script>` +
			`<script type="text/plain" data-consent="advertising" ` + seal("text", `order.push("inline");`) + `></script>` +
			`<script type="text/plain" data-consent="advertising" data-src="http://ads.localhost:PORT/two.js"></script>` +
			`<script type="text/plain" data-consent="advertising" ` + seal("type", "module") + `>order.push("module " + (document.currentScript === null));</script>` +
			`<script type="text/plain" data-consent="advertising">document.write("<i id=written></i>");</script>` +
			`<script type="text/plain" data-consent="undeclared" ` + seal("src", "http://evil.localhost:PORT/x.js") + `></script>` +
			`<script type="text/plain" data-consent="analytics">order.push("analytics");</script>` +
			`<img id="img" width="1" height="1" data-consent="advertising" ` + seal("src", pixel) + `>` +
			`<template><img data-consent="advertising" ` + seal("src", "/t.gif") + `></template>` +
			`<object id="object" width="1" height="1" type="text/html" data-consent="advertising" ` + seal("data", "http://ads.localhost:PORT/object") + `></object>` +
			`<svg><template></template></svg>` +
			// The page is there by the time that these run.
			`<script type="text/plain" data-consent="advertising" ` + seal("text", `window.late = [];
				addEventListener("load", e => late.push(e.type)); document.addEventListener("DOMContentLoaded", () => late.push("ready"));
				new Image().addEventListener("load", () => late.push("image")); addEventListener("late", () => late.push("own"));`) + `></script>` +
			`<iframe id="frame" width="300" height="200" data-consent="advertising" data-src="http://ads.localhost:PORT/frame"></iframe>`
		g, tab := open(t, Config{Guard: &Guard{Hosts: map[string][]string{"advertising": {"*.ads.localhost", "ads.localhost"}}}}, "")
		// The sealed values hold the port, so that they are made anew.
		g.body = reseal(body, portOf(g.URL))
		g.files["ads.localhost/one.js"] = `order.push("one")`
		g.files["ads.localhost/two.js"] = `order.push("two")`
		tab.visit(g.at("shop.localhost", "/"))
		tab.until(`document.querySelectorAll(".consent-ask").length === 1`)
		if box := tab.text(`(r => r.width + "x" + r.height)(document.querySelector(".consent-ask").getBoundingClientRect())`); box != "304x204" {
			t.Errorf("the placeholder is %s, the frame with its border 304x204", box)
		}
		if fetched := g.noted(&g.fetched); len(fetched) > 0 {
			t.Errorf("fetched without consent: %v", fetched)
		}
		if ask := tab.text(`document.querySelector(".consent-ask button").textContent`); ask != "Allow “Promotions” and show this content" {
			t.Errorf("the placeholder says %q", ask)
		}
		if shrink := tab.text(`getComputedStyle(document.querySelector(".consent-ask button")).flexShrink`); shrink != "0" {
			t.Errorf("the placeholder's button shrinks by %s", shrink)
		}
		do(t, tab.ctx, chromedp.Click(chromedp.CSS(`.consent-ask button`)))
		tab.until(`order.length === 4 && !!document.getElementById("written")`)
		tab.until(`window.late?.length === 2`)
		tab.run(`addEventListener("load", () => late.push("again")); dispatchEvent(new Event("late"))`)
		if told := tab.text(`late.join()`); told != "load,ready,own" {
			t.Errorf("a script that waits for the page hears %s", told)
		}
		if order := tab.text(`order.join()`); order != "one,inline,two,module true" {
			t.Errorf("scripts ran in the order %s", order)
		}
		if src := tab.text(`document.getElementById("img").getAttribute("src").replace(/:\d+/, "")`); src != `http://ads.localhost/p.gif?a=1&copy=2&q='"'` {
			t.Errorf("the image is %s", src)
		}
		if !tab.truth(`document.querySelector("template").content.querySelector("img").getAttribute("src") === "/t.gif"`) {
			t.Error("what is in a template stays sealed")
		}
		if tab.truth(`!!document.querySelector(".consent-ask") || !document.getElementById("frame").clientWidth`) {
			t.Error("the placeholder stays")
		}
		time.Sleep(100 * time.Millisecond)
		if again := tab.number(`order.length`); again != 4 {
			t.Errorf("%v scripts ran, some twice", again)
		}
		// What comes later comes alive at once.
		tab.run(`document.body.insertAdjacentHTML("beforeend", '<img id=late data-consent=advertising data-src="/late.gif">')`)
		tab.until(`document.getElementById("late").getAttribute("src") === "/late.gif"`)
		eventually(t, "all that was granted is fetched", func() bool {
			fetched := g.noted(&g.fetched)
			return slices.Contains(fetched, "ads.localhost/frame") && slices.Contains(fetched, "ads.localhost/object") && slices.Contains(fetched, "ads.localhost/p.gif")
		})
		for _, at := range g.noted(&g.fetched) {
			if strings.HasPrefix(at, "evil.") {
				t.Errorf("fetched %s, which nobody declared", at)
			}
		}
		// Withdrawal makes the page anew.
		tab.run(`window.before = true; consent.set([])`)
		tab.until(`!window.before && document.readyState === "complete" && !consent.granted("advertising")`)
	})

	t.Run("marked by the storefront, granted before", func(t *testing.T) {
		g, tab := open(t, Config{}, `<script type="text/plain" data-consent="analytics">window.ran = true;</script>`)
		g.grant(func(name string) bool { return name == "analytics" })
		tab.visit(g.at("shop.localhost", "/"))
		tab.until(`window.ran === true`)
	})

	t.Run("strict policies of the storefront", func(t *testing.T) {
		g, tab := open(t, Config{}, `<script type="text/plain" data-consent="analytics">window.ran = true;</script><a href="/.consent/">Privacy</a>`)
		g.csp = "default-src 'none'; script-src 'nonce-abc'; style-src 'nonce-abc'; connect-src 'self'; img-src 'self'; form-action 'self'; require-trusted-types-for 'script'"
		g.head = func(s *Snippet) { s.Nonce = "abc" }
		tab.visit(g.at("shop.localhost", "/"))
		if place := tab.text(`getComputedStyle(document.getElementById("consent-banner")).position`); place != "fixed" {
			t.Errorf("the banner has no style: %s", place)
		}
		tab.run(`document.querySelector("a").click()`)
		tab.until(`!!document.querySelector("body > div:last-child")?.shadowRoot?.querySelector("dialog[open]")`)
		tab.run(`consent.set(["analytics"])`)
		tab.until(`consent.granted("analytics") && !document.getElementById("consent-banner")`)
	})

	t.Run("guard", func(t *testing.T) {
		g, tab := open(t, Config{Guard: &Guard{
			Hosts: map[string][]string{
				"advertising": {"ads.localhost"}, "analytics": {"*.stats.localhost"}, "necessary": {"pay.localhost"},
				"analytics cross-border": {"abroad.localhost"}, "": {"never.localhost"},
			},
			Cookies: map[string][]string{"necessary": {"sid"}, "preferences": {"theme*"}},
			// What the site declares counts more than what a catalogue says.
			MoreHosts:   map[string][]string{"analytics": {"ads.localhost"}, "necessary": {"fonts.localhost"}},
			MoreCookies: map[string][]string{"analytics": {"_ga", "_ga_*"}},
		}}, `<p>Shop</p>`)
		g.files["ads.localhost/tag.js"] = `window.tag = true`
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`window.at = host => "http://" + host + ":" + location.port;
			const s = document.createElement("script"); s.src = at("ads.localhost") + "/tag.js"; document.head.append(s);
			new Image().src = at("ads.localhost") + "/pixel.gif";
			const i = document.createElement("img"); i.setAttribute("SRCSET", at("x.stats.localhost") + "/s.gif 2x"); document.body.append(i);
			fetch(at("unknown.localhost") + "/f").catch(() => {});
			navigator.sendBeacon(at("ads.localhost") + "/b");
			const x = new XMLHttpRequest(); x.open("GET", at("stats.localhost") + "/x"); x.send();
			try { new WebSocket("ws://ads.localhost:" + location.port + "/ws") } catch {}
			new Image().src = at("abroad.localhost") + "/a.gif";
			new Image().src = at("never.localhost") + "/n.gif";
			new Image().src = at("cdn.localhost") + "/own.gif";
			fetch(at("a.pay.localhost") + "/pay").catch(() => {});
			fetch(at("fonts.localhost") + "/font").catch(() => {});
			const y = new XMLHttpRequest(); y.open("GET", at("fonts.localhost") + "/xhr"); y.send();
			window.failed = []; x.onerror = () => failed.push("x"); y.onerror = () => failed.push("y");
			for (const c of ["sid=1", "_ga=1", "_ga_XY=1; path=/", "theme=dark", "other=1", "=x", "x"]) document.cookie = c;`)
		eventually(t, "what is allowed passes", func() bool { return len(g.noted(&g.fetched)) >= 4 })
		time.Sleep(150 * time.Millisecond)
		fetched := g.noted(&g.fetched)
		slices.Sort(fetched)
		if want := []string{"a.pay.localhost/pay", "cdn.localhost/own.gif", "fonts.localhost/font", "fonts.localhost/xhr"}; !slices.Equal(fetched, want) {
			t.Errorf("without consent: %v, want %v", fetched, want)
		}
		if got := tab.text(`failed.join()`); got != "x" {
			t.Errorf("requests that failed: %s", got)
		}
		if got := tab.text(`document.cookie`); got != "sid=1" {
			t.Errorf("cookies without consent: %s", got)
		}
		tab.run(`consent.set(["advertising", "analytics"])`)
		tab.until(`window.tag === true`)
		eventually(t, "what was held is done", func() bool {
			fetched := g.noted(&g.fetched)
			return slices.Contains(fetched, "ads.localhost/pixel.gif") && slices.Contains(fetched, "x.stats.localhost/s.gif")
		})
		if fetched := g.noted(&g.fetched); slices.Contains(fetched, "abroad.localhost/a.gif") {
			t.Error("one of two purposes is enough")
		}
		tab.run(`consent.set(["advertising", "analytics", "cross-border"])`)
		eventually(t, "both purposes are enough", func() bool { return slices.Contains(g.noted(&g.fetched), "abroad.localhost/a.gif") })
		if fetched := g.noted(&g.fetched); slices.Contains(fetched, "never.localhost/n.gif") {
			t.Error("a host without a purpose is fetched")
		}
		tab.run(`document.cookie = "_ga_XY=2"; document.cookie = "theme=dark"; document.cookie = "sid=; max-age=0"`)
		if got := tab.text(`document.cookie`); got != "_ga=1; _ga_XY=2" {
			t.Errorf("cookies with consent to analytics: %s", got)
		}
	})

	t.Run("visits", func(t *testing.T) {
		g, tab := open(t, Config{}, `<p>Shop</p><iframe src="/frame"></iframe>`)
		g.files["shop.localhost/frame"] = "<!doctype html>" + string(g.pages.Head(nil, &Snippet{Decided: true})) + "<p>frame</p>"
		tab.visit(g.at("shop.localhost", "/a?q=secret"))
		tab.run(`history.pushState({}, "", "/b#x"); history.replaceState({}, "", "/b?y"); history.back()`)
		tab.until(`location.pathname === "/a"`)
		if _, err := chromedp.Call(tab.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			t.Fatal(err)
		}
		tab.visit(g.at("shop.localhost", "/c"))
		eventually(t, "the page's load was told", func() bool {
			return slices.ContainsFunc(g.noted(&g.visits), func(body string) bool { return strings.Contains(body, `"/c"`) })
		})
		tab.run(`new Promise((done) => setTimeout(done, 200))`)
		tab.run(`const now = performance.now(); performance.now = () => now + 12345`)
		tab.visit(g.at("shop.localhost", "/.consent/"))
		tab.visit("about:blank")
		// A page that was left before the answer to its load has no stay to tell.
		want := []string{"/a", "/b", "/a", "/c", "/c stay"}
		var got []string
		eventually(t, "all beacons have come", func() bool {
			got = nil
			for _, body := range g.noted(&g.visits) {
				var visit struct {
					Path  string
					Stay  *int
					Token string
				}
				if err := json.Unmarshal([]byte(body), &visit); err != nil {
					t.Fatal(err)
				}
				if visit.Stay != nil {
					if visit.Path == "/c" && (*visit.Stay < 12 || *visit.Stay > 40) {
						t.Errorf("stayed %d seconds, at least 12 are true", *visit.Stay)
					}
					if visit.Path != "/c" {
						continue
					}
					if visit.Token != "sealed" {
						t.Errorf("the stay came with the token %q", visit.Token)
					}
					visit.Path += " stay"
				}
				got = append(got, visit.Path)
			}
			return len(got) >= len(want)
		})
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("beacons %v, want %v", got, want)
		}
	})

	t.Run("tabs stay in step", func(t *testing.T) {
		g, one := open(t, Config{}, `<p>Shop</p>`)
		tabbed, cancel := chromedp.NewContext(ctx)
		t.Cleanup(cancel)
		two := tab{t, tabbed}
		one.visit(g.at("shop.localhost", "/one"))
		two.visit(g.at("shop.localhost", "/two"))
		one.run(`consent.set(["analytics"])`)
		two.until(`consent.granted("analytics") && !document.getElementById("consent-banner")`)
		// A page that the browser kept follows when it comes back.
		one.visit(g.at("shop.localhost", "/next"))
		g.grant(func(string) bool { return false })
		one.run(`history.back()`)
		one.until(`location.pathname === "/one" && !consent.granted("analytics")`)
	})

	t.Run("TCF and GPP", func(t *testing.T) {
		// The strings were made by @iabtcf/core 1.5.6 and @iabgpp/cmpapi 3.2.0.
		g, tab := open(t, Config{TCF: &TCF{CMP: 300, Version: 7, Vendors: 48, Country: "DE"}, GPP: true}, `<iframe src="/frame"></iframe>`)
		g.files["shop.localhost/frame"] = `<!doctype html><script>
			addEventListener("message", e => parent.answer = e.data);
			addEventListener("load", () => parent.postMessage(JSON.stringify({__tcfapiCall: {command: "ping", version: 2, callId: "7"}}), "*"));
		</script>`
		tab.visit(g.at("shop.localhost", "/"))
		tab.until(`!!window.answer && !!frames["__tcfapiLocator"] && !!frames["__gppLocator"]`)
		if got := tab.text(`(a => [a.callId, a.success, a.returnValue.cmpStatus, a.returnValue.gdprApplies].join())(JSON.parse(answer).__tcfapiReturn)`); got != "7,true,loaded,true" {
			t.Errorf("a frame is told %s", got)
		}
		tab.run(`Date.now = () => 1767400000000;
			window.told = [];
			__tcfapi("addEventListener", 2, d => told.push(d.eventStatus + " " + d.tcString))`)
		tab.run(`consent.set(["advertising", "analytics", "location"])`)
		tab.until(`told.length === 2`)
		if got := tab.text(`told.join(", ")`); got != "cmpuishown CQdc5gAQdc5gAEsAHBENAwFwAAAAAAAAAAYgAAAAAAAA.IAAA, useractioncomplete CQdc5gAQdc5gAEsAHBENAwF4APOAAAAAAAYgAAAAAAAA.IAAA" {
			t.Errorf("listeners are told %s", got)
		}
		const ping = `new Promise(r => __gpp("ping", d => r(d.gppString + " " + d.applicableSections)))`
		if got := tab.text(ping); got != "DBAA -1" {
			t.Errorf("GPP under opt-in: %s", got)
		}
		g.mu.Lock()
		g.view.Regime = "opt-out"
		g.mu.Unlock()
		tab.visit(g.at("shop.localhost", "/"))
		if got := tab.text(ping); got != "DBABLA~CVQqAAAAAACA.QA 7" {
			t.Errorf("GPP with advertising: %s", got)
		}
		g.grant(func(string) bool { return false })
		tab.visit(g.at("shop.localhost", "/"))
		if got := tab.text(ping); got != "DBABLA~CVQVAAAAAACA.QA 7" {
			t.Errorf("GPP without advertising: %s", got)
		}
		if got := tab.text(`new Promise(r => __gpp("getField", (v, ok) => r(v + " " + ok), "usnat.SaleOptOut"))`); got != "1 true" {
			t.Errorf("SaleOptOut: %s", got)
		}
	})

	t.Run("Google Consent Mode", func(t *testing.T) {
		g, tab := open(t, Config{}, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`consent.set(["analytics", "advertising"])`)
		tab.until(`dataLayer.length === 2`)
		const want = `[{"0":"consent","1":"default","2":{"ad_storage":"denied","ad_user_data":"denied","ad_personalization":"denied","analytics_storage":"denied","functionality_storage":"denied","personalization_storage":"denied","security_storage":"granted"}},` +
			`{"0":"consent","1":"update","2":{"ad_storage":"granted","ad_user_data":"granted","ad_personalization":"denied","analytics_storage":"granted","functionality_storage":"denied","personalization_storage":"denied","security_storage":"granted"}}]`
		if got := tab.text(`JSON.stringify(dataLayer)`); got != want {
			t.Errorf("%s", got)
		}
	})
}

// reseal makes sealed values anew with the server's port in them.
func reseal(body, port string) string {
	parts := strings.Split(body, `"`)
	for i, part := range parts {
		if raw, err := base64.StdEncoding.DecodeString(part); err == nil && strings.Contains(string(raw), "localhost") {
			fixed := strings.NewReplacer("PORT", port, "{port}", port).Replace(string(raw))
			parts[i] = base64.StdEncoding.EncodeToString([]byte(fixed))
		}
	}
	return strings.ReplaceAll(strings.Join(parts, `"`), "PORT", port)
}
