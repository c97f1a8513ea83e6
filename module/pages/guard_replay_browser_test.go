package pages

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestReplay calls the network without consent in every way that can be repeated,
// and looks at what arrives, and when.
func TestReplay(t *testing.T) {
	ctx := browser(t)
	open := func(t *testing.T) (*gateway, tab) {
		t.Parallel()
		guard := guarded()
		guard.Hosts["advertising"] = append(guard.Hosts["advertising"], "ads.shop.localhost")
		g := newGateway(t, Config{Guard: guard})
		g.body = `<p>Shop</p><script>
			window.told = [];
			window.at = (host, path) => "http://" + host + ".localhost:" + location.port + path;
			window.tell = name => [() => told.push(name + " answered"), e => told.push(name + " " + e.name)];
			window.xhr = (method, url, headers, body, more, async = true) => {
				const x = new XMLHttpRequest();
				for (const type of ["load", "error", "abort", "timeout"]) x.addEventListener(type, () => told.push("xhr " + type));
				x.open(method, url, async);
				for (const name in headers) x.setRequestHeader(name, headers[name]);
				Object.assign(x, more).send(body);
			};
		</script>`
		tabbed, cancel := chromedp.NewContext(ctx)
		t.Cleanup(cancel)
		return g, tab{t, tabbed}
	}
	// settle waits until what was asked for so far has arrived: a request that is
	// allowed was made after it.
	settle := func(tab tab) {
		tab.t.Helper()
		tab.run(`window.settled = false;
			setTimeout(() => requestIdleCallback(() => fetch(at("pay", "/settled")).then(() => setTimeout(() => settled = true, 50))), 50)`)
		tab.until(`settled`)
	}
	// came lists what has come to a host, preflights left out, in alphabetical order.
	came := func(g *gateway, host string) []string {
		sent := slices.DeleteFunc(g.noted(&g.sent), func(request string) bool { return !strings.Contains(request, " "+host+".localhost/") })
		slices.Sort(sent)
		return sent
	}
	same := func(t *testing.T, when string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s came\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	// nothing has come to any host that needs consent, preflights included.
	nothing := func(g *gateway, tab tab, when string) {
		tab.t.Helper()
		settle(tab)
		for _, at := range g.noted(&g.fetched) {
			if !strings.HasPrefix(at, "pay.") && !strings.HasPrefix(at, "fonts.") {
				tab.t.Errorf("%s %s was fetched", when, at)
			}
		}
	}
	grant := func(tab tab, purposes string) {
		tab.t.Helper()
		tab.run(`window.decided = consent.set([` + purposes + `]).then(() => decided = "yes")`)
		tab.until(`decided === "yes"`)
		settle(tab)
	}

	t.Run("on consent", func(t *testing.T) {
		g, tab := open(t)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`document.cookie = "sid=1; domain=shop.localhost";
			const kind = { "X-Kind": "a" }, aborting = new AbortController(), asked = new Request(at("ads", "/4-request"), { method: "PUT", headers: kind, body: "p=1" });
			told.push(navigator.sendBeacon(at("ads", "/1-beacon"), "first"));
			told.push(navigator.sendBeacon(at("ads.shop", "/2-beacon"), new Blob(["{}"], { type: "application/json" })));
			fetch(at("ads.shop", "/3-fetch"), { method: "POST", headers: kind, body: new URLSearchParams({ q: "ü" }), credentials: "include", keepalive: true, signal: aborting.signal }).then(...tell("include"));
			fetch(asked).then(...tell("request"));
			fetch(new URL(at("ads.shop", "/5-omit"))).then(...tell("get"));
			fetch(at("ads", "/stream"), { method: "POST", duplex: "half", body: new Blob(["x"]).stream() }).then(...tell("stream"));
			xhr("POST", at("ads.shop", "/6-xhr"), kind, "b=2", { withCredentials: true });
			xhr("get", at("ads.shop", "/7-xhr"), {}, "ignored");
			try { xhr("GET", at("ads", "/sync"), {}, null, {}, false); } catch (e) { told.push("sync " + e.name); }
			for (const host of ["stats", "evil"]) {
				navigator.sendBeacon(at(host, "/beacon"), "b");
				fetch(at(host, "/fetch")).catch(() => {});
				const x = new XMLHttpRequest(); x.open("GET", at(host, "/xhr")); x.send();
			}
			window.asked = asked; window.aborting = aborting;`)
		tab.until(`told.length >= 9`)
		nothing(g, tab, "without consent")
		want := "get TypeError, include TypeError, request TypeError, stream TypeError, sync NetworkError, true, true, xhr error, xhr error"
		if got := tab.text(`told.map(String).sort().join(", ")`); got != want {
			t.Errorf("the page was told %s\nwant %s", got, want)
		}
		// What the page does after it was told changes nothing.
		tab.run(`told.length = 0; aborting.abort()`)
		if tab.truth(`asked.bodyUsed`) {
			t.Error("the page can't use its request again")
		}
		grant(tab, `"advertising"`)
		ads := []string{"POST ads.localhost/1-beacon [] [] first", "PUT ads.localhost/4-request [a] [] p=1"}
		shop := []string{
			"GET ads.shop.localhost/5-omit [] [] ", "GET ads.shop.localhost/7-xhr [] [] ", "POST ads.shop.localhost/2-beacon [] [sid=1] {}",
			"POST ads.shop.localhost/3-fetch [a] [sid=1] q=%C3%BC", "POST ads.shop.localhost/6-xhr [a] [sid=1] b=2",
		}
		eventually(t, "what was granted is sent", func() bool { return len(came(g, "ads"))+len(came(g, "ads.shop")) >= 7 })
		same(t, "with consent to advertising", came(g, "ads"), ads)
		same(t, "with consent to advertising", came(g, "ads.shop"), shop)
		tab.run(`window.sent = () => performance.getEntriesByType("resource").filter(e => /ads/.test(e.name))`)
		tab.until(`sent().length === 7`)
		if order := tab.text(`sent().map(e => [e.startTime, e.name.at(new URL(e.name).origin.length + 1)])
			.sort(([a, n], [b, m]) => a - b || n - m).map(([, n]) => n).join("")`); order != "1234567" {
			t.Errorf("sent in the order %s", order)
		}
		same(t, "for another purpose", append(came(g, "stats"), came(g, "evil")...), nil)
		grant(tab, `"advertising", "analytics"`)
		eventually(t, "the rest is sent", func() bool { return len(came(g, "stats")) >= 3 })
		same(t, "with consent to analytics", came(g, "stats"), []string{"GET stats.localhost/fetch [] [] ", "GET stats.localhost/xhr [] [] ", "POST stats.localhost/beacon [] [] b"})
		same(t, "in the end", append(came(g, "ads"), came(g, "ads.shop")...), append(ads, shop...))
		same(t, "undeclared", came(g, "evil"), nil)
		if got := tab.text(`told.join()`); got != "" {
			t.Errorf("the page is told of what it knows nothing of: %s", got)
		}
	})

	const calls = `navigator.sendBeacon(at("ads", "/beacon"), "b"); fetch(at("ads", "/fetch")).then(...tell("fetch")); xhr("GET", at("ads", "/xhr"));`

	t.Run("refused", func(t *testing.T) {
		g, tab := open(t)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(calls + `new Image().src = at("ads", "/image")`)
		grant(tab, ``)
		nothing(g, tab, "after a refusal")
		// What was said before a no is not sent after a later yes; what the page
		// shows comes.
		tab.run(`navigator.sendBeacon(at("ads", "/later"), "b")`)
		grant(tab, `"advertising"`)
		eventually(t, "what was made after it is sent", func() bool { return len(came(g, "ads")) >= 2 })
		same(t, "after a yes that follows a no", came(g, "ads"), []string{"GET ads.localhost/image [] [] ", "POST ads.localhost/later [] [] b"})
	})

	t.Run("later", func(t *testing.T) {
		g, tab := open(t)
		tab.visit(g.at("shop.localhost", "/"))
		if !tab.truth(`"fetchLater" in window`) {
			t.Skip("this browser has no fetchLater")
		}
		tab.run(`fetchLater(at("ads", "/later"), { activateAfter: 0 }); fetchLater(new Request(at("ads", "/request")), { activateAfter: 0 })`)
		nothing(g, tab, "without consent")
		grant(tab, `"advertising"`)
		eventually(t, "what was asked for is sent", func() bool { return len(came(g, "ads")) >= 2 })
		same(t, "with consent", came(g, "ads"), []string{"GET ads.localhost/later [] [] ", "GET ads.localhost/request [] [] "})
	})

	t.Run("page left", func(t *testing.T) {
		g, tab := open(t)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(calls)
		tab.visit(g.at("shop.localhost", "/next"))
		grant(tab, `"advertising"`)
		nothing(g, tab, "after the page was left")
	})

	t.Run("what the catalogue allows", func(t *testing.T) {
		g, tab := open(t)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(strings.ReplaceAll(calls, `"ads"`, `"fonts"`))
		tab.until(`told.length === 2`)
		if got := tab.text(`told.sort().join()`); got != "fetch answered,xhr load" {
			t.Errorf("the page was told %s", got)
		}
		grant(tab, `"advertising"`)
		eventually(t, "all of it is sent", func() bool { return len(came(g, "fonts")) >= 3 })
		same(t, "once", came(g, "fonts"), []string{"GET fonts.localhost/fetch [] [] ", "GET fonts.localhost/xhr [] [] ", "POST fonts.localhost/beacon [] [] b"})
	})

	t.Run("at most 500", func(t *testing.T) {
		g, tab := open(t)
		tab.visit(g.at("shop.localhost", "/"))
		// What nobody declared takes no room, once the catalogue is here: but one.
		tab.run(`fetch(at("evil", "/")).catch(() => { for (let i = 0; i < 600; i++) fetch(at("evil", "/")).then(...tell("evil")); })`)
		tab.until(`told.length === 600`)
		tab.run(`for (let i = 0; i < 510; i++) fetch(at("ads", "/" + i)).then(...tell("ads"))`)
		tab.until(`told.length === 1110`)
		nothing(g, tab, "without consent")
		grant(tab, `"advertising"`)
		eventually(t, "as many as were kept are sent", func() bool { return len(came(g, "ads")) >= 499 })
		settle(tab)
		fetched := g.noted(&g.fetched)
		if n := len(came(g, "ads")); n != 499 || slices.Contains(fetched, fmt.Sprintf("ads.localhost/%d", 499)) {
			t.Errorf("%d of 510 were sent", n)
		}
	})
}
