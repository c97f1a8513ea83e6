package pages

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// guarded is what the guard's tests declare.
func guarded() *Guard {
	return &Guard{
		Hosts:       map[string][]string{"advertising": {"ads.localhost"}, "necessary": {"pay.localhost"}},
		Cookies:     map[string][]string{"necessary": {"sid", "cart*"}, "preferences": {"theme"}, "advertising": {"_ad*"}},
		MoreHosts:   map[string][]string{"analytics": {"stats.localhost"}, "necessary": {"fonts.localhost"}},
		MoreCookies: map[string][]string{"analytics": {"_ga", "_ga_*"}, "preferences": {"wishlist"}},
	}
}

// TestGuard tries to get around the guard in Chromium, as scripts do.
func TestGuard(t *testing.T) {
	ctx := browser(t)
	open := func(t *testing.T, body string) (*gateway, tab) {
		t.Parallel()
		g := newGateway(t, Config{Guard: guarded()})
		g.body = body
		tabbed, cancel := chromedp.NewContext(ctx)
		t.Cleanup(cancel)
		return g, tab{t, tabbed}
	}
	// settled waits until what was asked of other hosts so far has arrived: a
	// request that is allowed was sent after it.
	settled := func(g *gateway, tab tab) []string {
		tab.t.Helper()
		tab.run(`window.settled = false; setTimeout(() => requestIdleCallback(() => settled = true), 50)`)
		tab.until(`settled`)
		tab.run(`new Image().src = "http://pay.localhost:" + location.port + "/last.gif"`)
		eventually(tab.t, "the last request", func() bool { return slices.Contains(g.noted(&g.fetched), "pay.localhost/last.gif") })
		fetched := slices.DeleteFunc(g.noted(&g.fetched), func(at string) bool { return at == "pay.localhost/last.gif" })
		slices.Sort(fetched)
		return fetched
	}

	// A frame that a library leads to its address by its location, after it has asked.
	t.Run("lazy frames", func(t *testing.T) {
		g, tab := open(t, `<iframe class=lazyload data-src="http://ads.localhost:{port}/frame"></iframe><iframe class=lazyload data-src="http://pay.localhost:{port}/frame"></iframe>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`for (const frame of document.querySelectorAll("iframe")) {
			const e = new CustomEvent("lazybeforeunveil", { bubbles: true, cancelable: true });
			if (frame.dispatchEvent(e)) frame.contentWindow.location.replace(frame.dataset.src);
		}`)
		if got := settled(g, tab); !slices.Equal(got, []string{"pay.localhost/frame"}) {
			t.Errorf("without consent: %v", got)
		}
		tab.run(`consent.set(["advertising"])`)
		eventually(t, "the other frame comes", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/frame") })
	})

	// Each way to write HTML, and each thing in it that fetches.
	t.Run("HTML", func(t *testing.T) {
		g, tab := open(t, `<main></main>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`
			const at = (host, path) => "http://" + host + ":" + location.port + path;
			const main = document.querySelector("main"), box = () => main.appendChild(document.createElement("div"));
			const img = n => "<p>tea</p><img class=held src='" + at("ads.localhost", "/" + n + ".gif") + "'><img src='" + at("pay.localhost", "/" + n + ".gif") + "'>";
			box().innerHTML = img("inner");
			document.createElement("div").innerHTML = img("detached");
			box().appendChild(document.createElement("p")).outerHTML = img("outer");
			for (const where of ["beforeBegin", "afterbegin", "beforeend", "afterend"]) box().insertAdjacentHTML(where, img(where));
			box().append(document.createRange().createContextualFragment(img("fragment")));
			box().append(...new DOMParser().parseFromString(img("parser"), "text/html").body.children);
			if (Document.parseHTMLUnsafe) box().append(...Document.parseHTMLUnsafe(img("unsafely")).body.children);
			const t = document.createElement("template"); t.innerHTML = img("template"); box().append(t.content.cloneNode(true));
			const shadow = box().attachShadow({mode: "open"}); shadow.innerHTML = img("shadow");
			shadow.firstChild.insertAdjacentHTML("afterend", img("beside"));
			if (box().setHTMLUnsafe) box().setHTMLUnsafe(img("unsafe"));
			box().innerHTML = "<table><tr><td>" + img("cell") + "</table>";
			const row = document.createElement("tr"); row.innerHTML = "<td>" + img("row") + "</td>"; box().append(row);
			const ads = at("ads.localhost", "/x");
			box().innerHTML = [
				"<img id=set srcset='" + ads + " 1x, " + ads + "?é 2x'>", "<picture><source srcset='" + ads + "'><img></picture>", "<iframe src='" + ads + "'></iframe>",
				"<iframe id=doc srcdoc=\"<p>茶 &amp;amp; tea<img src='" + ads + "'>\"></iframe>", "<noscript><img src='" + ads + "?none'></noscript>", "<video poster='" + ads + "' src='" + ads + "'></video>", "<audio src='" + ads + "' preload=auto></audio>",
				"<link rel=stylesheet href='" + ads + "'>", "<link rel=preload as=image imagesrcset='" + ads + " 1x'>", "<object data='" + ads + "'></object>", "<embed src='" + ads + "'>",
				"<svg><image href='" + ads + "'/><image xlink:href='" + ads + "'/></svg>", "<input type=image src='" + ads + "'>", "<table background='" + ads + "'></table>",
				"<IMG SRC=&#104;ttp:&#x2f;/ads.localhost:" + location.port + "/x>", "<template><img src='" + ads + "'></template>",
			].join("");
			const bare = ads.slice(7), starts = box();
			starts.id = "starts";
			for (const start of ["//", "/\t/", "\\\\", "/\\", "\n//", "\x01//", "&#47;/", "/&sol;", "/&Tab;/", "http:"]) {
				for (const [before, after] of [[" src='", "'"], [" src = \"", "\""], ["/src='", "'"], [" alt=''src='", "'"], ["\nSRC='", "'"]]) starts.insertAdjacentHTML("beforeend", "<img" + before + start + (start === "http:" ? "//" : "") + bare + after + ">");
			}
			const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), image = document.createElementNS("http://www.w3.org/2000/svg", "image");
			box().append(svg); svg.append(image);
			image.setAttributeNS("http://www.w3.org/1999/xlink", "xlink:href", ads);
			const frame = document.createElement("iframe"); frame.srcdoc = "<img src='" + ads + "'>"; box().append(frame);
			new Audio(ads);
			box().innerHTML = "<img src='" + at("stats.localhost", "/s.gif") + "'><img src='" + at("fonts.localhost", "/late.gif") + "'>";
			box().innerHTML = "<b>no <i data-x='1'>change</i></b>";`)
		eventually(t, "what the catalogue allows comes alive", func() bool { return slices.Contains(g.noted(&g.fetched), "fonts.localhost/late.gif") })
		allowed := []string{"inner", "detached", "outer", "beforeBegin", "afterbegin", "beforeend", "afterend", "fragment", "parser", "unsafely", "template", "shadow", "beside", "unsafe", "cell", "row"}
		want := []string{"fonts.localhost/late.gif"}
		for _, name := range allowed {
			want = append(want, "pay.localhost/"+name+".gif")
		}
		slices.Sort(want)
		// What can be seen has had the second script loaded, which looks again.
		tab.until(`performance.getEntriesByType("resource").some(e => e.name.includes("/more.js"))`)
		if fetched := settled(g, tab); !slices.Equal(slices.Compact(fetched), want) {
			t.Errorf("without consent: %v, want %v", fetched, want)
		}
		if got := tab.text(`[...document.querySelectorAll("main b")].map(b => b.outerHTML).join()`); got != `<b>no <i data-x="1">change</i></b>` {
			t.Errorf("what fetches nothing became %s", got)
		}
		if got := tab.text(`(all => all.length + " " + all.filter(i => i.hasAttribute("src")).map(i => i.outerHTML))([...document.querySelectorAll("#starts img")])`); got != "50 " {
			t.Errorf("of 50 ways to write an address were left: %s", got)
		}
		tab.run(`consent.set(["advertising"])`)
		// What stands in the page comes alive, in open shadow trees too. Apart from the
		// page it waits for the next one.
		for _, name := range []string{"shadow", "beside", "inner", "outer", "beforeBegin", "afterbegin", "beforeend", "afterend", "fragment", "parser", "unsafely", "template", "unsafe", "cell", "row"} {
			eventually(t, name+" comes alive", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/"+name+".gif") })
		}
		eventually(t, "the rest comes alive", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/x") })
		if left := tab.number(`document.querySelectorAll("main img.held[data-consent]").length`); left != 0 {
			t.Errorf("%v images are still held", left)
		}
		if got := tab.text(`document.getElementById("set").srcset.replaceAll(/:\d+/g, "")`); got != "http://ads.localhost/x 1x, http://ads.localhost/x?é 2x" {
			t.Errorf("the set of images came back as %s", got)
		}
		if got := tab.text(`document.getElementById("doc").srcdoc.replace(/<img.*/, "")`); got != "<p>茶 &amp; tea" {
			t.Errorf("the document came back as %s", got)
		}
		if got := tab.number(`document.querySelectorAll("noscript *").length`); got != 0 {
			t.Errorf("%v elements are where scripts are off only", got)
		}
		if slices.ContainsFunc(g.noted(&g.fetched), func(at string) bool { return strings.HasPrefix(at, "stats.") }) {
			t.Error("analytics is fetched with consent to advertising")
		}
	})

	t.Run("base", func(t *testing.T) {
		g, tab := open(t, `<main></main>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`const ads = "http://ads.localhost:" + location.port + "/", [a, b] = [0, 1].map(() => document.head.appendChild(document.createElement("base")));
			a.href = ads;
			b.setAttribute("href", ads);
			document.querySelector("main").innerHTML = "<base href='" + ads + "'><img src='c.gif'>";
			new Image().src = "a.gif";`)
		if fetched := settled(g, tab); len(fetched) > 0 || tab.text(`new URL("x", document.baseURI).hostname`) != "shop.localhost" {
			t.Errorf("what is relative comes from %v", fetched)
		}
	})

	// What is no HTML or SVG fetches nothing, whatever its elements are called.
	t.Run("XML", func(t *testing.T) {
		g, tab := open(t, `<main></main>`)
		tab.visit(g.at("shop.localhost", "/"))
		got := tab.text(`(() => {
			const ads = "http://ads.localhost:" + location.port + "/", svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
			const told = ["<feed xmlns='http://www.w3.org/2005/Atom'><link href='" + ads + "post'/></feed>", "<template><image href='" + ads + "'/></template>"].map(text =>
				new XMLSerializer().serializeToString(new DOMParser().parseFromString(text, "text/xml")) === text.replaceAll("'", '"'));
			document.querySelector("main").append(svg);
			svg.innerHTML = "<template><rect/></template><image href='" + ads + "held.gif'/>";
			told.push(svg.firstChild.innerHTML, svg.lastChild.hasAttribute("href"));
			const image = document.createElement("img");
			image.setAttribute("data-srcset", ads + "lazy.gif 1x");
			return [...told, image.dataset.srcset.endsWith("lazy.gif 1x")].join();
		})()`)
		if got != "true,true,<rect></rect>,false,true" {
			t.Errorf("the page has %s", got)
		}
		if fetched := settled(g, tab); len(fetched) > 0 {
			t.Errorf("without consent: %v", fetched)
		}
		tab.run(`consent.set(["advertising"])`)
		eventually(t, "the image beside the template comes alive", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/held.gif") })
	})

	// Sentry's client takes the fetch of a frame when the page's does not look like
	// the browser's own.
	t.Run("looks like the browser's own", func(t *testing.T) {
		g, tab := open(t, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`const frame = document.body.appendChild(document.createElement("iframe"));
			window.foreign = [[window, "fetch"], [Navigator.prototype, "sendBeacon"], [XMLHttpRequest.prototype, "open"], [Element.prototype, "setAttribute"], [window, "WebSocket"]]
				.filter(([object, name]) => object[name].toString() !== (frame.contentWindow[name] || object[name]).toString() ||
					!/^function \w+\(\) \{ \[native code\] \}$/.test(object[name].toString())).map(([, name]) => name).join();
			const own = /^function\s+\w+\(\)\s+\{\s+\[native code\]\s+\}$/.test(window.fetch.toString());
			(own ? window : frame.contentWindow).fetch("http://ads.localhost:" + location.port + "/envelope").catch(() => {});`)
		if got := tab.text(`foreign`); got != "" {
			t.Errorf("not like the browser's own: %s", got)
		}
		if fetched := settled(g, tab); len(fetched) > 0 {
			t.Errorf("without consent: %v", fetched)
		}
		// A third argument that is there makes a request wait, even if it is undefined.
		if got := tab.text(`["/a", "/b"].map((path, i) => { const x = new XMLHttpRequest(); i ? x.open("GET", path, undefined) : x.open("GET", path); x.send(); return x.readyState; }).join()`); got != "1,4" {
			t.Errorf("requests are in the states %s", got)
		}
	})

	// A shop's own buttons and scripts go on where a snippet was taken out, and what they
	// told it is told when it comes back, unless a no came between.
	t.Run("calls of what was taken out", func(t *testing.T) {
		const snippet = `!function(w){if(w.fbq)return;var told=w.told=[];w.fbq=function(){told.push([].slice.call(arguments,0,2).join())};w.fbq.more={done:function(a){told.push("done "+a)}}}(window);fbq("init");`
		g, tab := open(t, `<script type="text/plain" data-consent="advertising" data-consent-text="`+base64.StdEncoding.EncodeToString([]byte(snippet))+`"></script>
			<script type="text/plain" data-consent="analytics">load("//google-analytics.com/analytics.js"); var ga = 1;</script>
			<script>"analytics" in window && cart(); if (window.ga) "" + ga.getAll()[0].get("clientId"); ga.isOn() && cart(); window.ran = true;</script>
			<script>window.cart = []; fbq("track", "early"); fbq.more.done(1); cart.push("script", typeof fbq, typeof pintrk);</script>
			<a id="a" href="/elsewhere" onclick="gtag('event', 'buy', {event_callback: () => cart.push('gone')}); return false">a</a>
			<a id="b" href="/elsewhere" onclick="dataLayer.push({event: 'click', eventCallback: () => cart.push('left')}); return false">b</a>
			<button id="c" onclick="fbq('track', 'add'); cart.push('added')">c</button>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`for (const id of ["a", "b", "c"]) document.getElementById(id).click()`)
		tab.until(`cart.length === 6`)
		if got := tab.text(`String(window.ran)`); got != "true" {
			t.Error("a script that asks whether a tracker is there stopped")
		}
		if got := tab.text(`cart.join()`); got != "script,function,undefined,added,gone,left" {
			t.Errorf("the shop did %s", got)
		}
		tab.run(`consent.set([]).then(() => fbq("track", window.no = "late"))`)
		tab.until(`window.no === "late"`)
		tab.run(`consent.set(["advertising"])`)
		tab.until(`window.told?.includes("track,late")`)
		if got := tab.text(`told.join(" ")`); got != "init track,late" {
			t.Errorf("after a no and a yes the snippet was told %s", got)
		}
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`document.getElementById("c").click(); consent.set(["advertising"])`)
		tab.until(`window.told?.includes("track,add")`)
		if got := tab.text(`told.join(" ")`); got != "init track,early done 1 track,add" {
			t.Errorf("the snippet was told %s", got)
		}
	})

	// Libraries that navigate within a page replace its body, and bring back copies of it.
	t.Run("another body", func(t *testing.T) {
		g, tab := open(t, `<main></main>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`document.querySelector("main").innerHTML = "<iframe width=300 height=200 src='http://ads.localhost:" + location.port + "/frame'></iframe>"`)
		tab.until(`!!document.querySelector(".consent-ask button")`)
		const banners = `document.querySelectorAll("#consent-banner button[value=reject]").length`
		tab.run(`window.copy = document.body.cloneNode(true); document.body = Object.assign(document.createElement("body"), { innerHTML: "<h1>two</h1>" })`)
		tab.until(banners + ` === 1 && !document.querySelector(".consent-ask")`)
		tab.run(`document.body.innerHTML = "<h1>three</h1>"`)
		tab.until(banners + ` === 1`)
		tab.run(`document.body = window.copy; window.dead = document.querySelector(".consent-ask")`)
		tab.until(banners + ` === 1 && document.querySelectorAll(".consent-ask button").length === 1 && !dead.isConnected`)
		tab.run(`document.querySelector(".consent-ask button").click()`)
		eventually(t, "the frame is fetched", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/frame") })
		tab.until(`!document.querySelector(".consent-ask, #consent-banner") && document.querySelector("iframe").clientWidth === 300`)
	})

	t.Run("document.write", func(t *testing.T) {
		g, tab := open(t, `<script>
			const ads = "http://ads.localhost:" + location.port;
			document.write("<p id=before>tea</p><script src='" + ads + "/w.js'><\/script><p id=after>more</p>");
			document.writeln("<img src='" + ads + "/w.gif'>", "<p id=line></p>");
			document.write("<script>window.inline = true<\/script>");
		</script><p id="end"></p>`)
		g.files["ads.localhost/w.js"] = `window.written = true`
		tab.visit(g.at("shop.localhost", "/"))
		if order := tab.text(`[...document.querySelectorAll("p[id]")].map(p => p.id).join()`); order != "before,after,line,end" {
			t.Errorf("the page holds %s", order)
		}
		if fetched := settled(g, tab); len(fetched) > 0 || !tab.truth(`window.inline`) {
			t.Errorf("without consent: %v", fetched)
		}
		tab.run(`consent.set(["advertising"])`)
		tab.until(`window.written === true`)
		eventually(t, "the image comes alive", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/w.gif") })
	})

	t.Run("frames ask", func(t *testing.T) {
		g, tab := open(t, `<main></main>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`document.querySelector("main").innerHTML = "<iframe width=300 height=200 src='http://ads.localhost:" + location.port + "/frame'></iframe>"`)
		tab.until(`!!document.querySelector(".consent-ask button")`)
		tab.run(`document.querySelector(".consent-ask button").click()`)
		eventually(t, "the frame is fetched", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/frame") })
	})

	// Also those whose address a script sets, and an image whose text is less wide than it.
	t.Run("what scripts make asks", func(t *testing.T) {
		g, tab := open(t, `<main><img id=banner alt=Sale width=300 height=200></main>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`const ads = "http://ads.localhost:" + location.port, main = document.querySelector("main");
			banner.src = ads + "/banner.gif";
			const frame = Object.assign(document.createElement("iframe"), { width: 320, height: 180, src: ads + "/frame" });
			main.append(frame);
			main.append(Object.assign(document.createElement("iframe"), { width: 1, height: 1, src: ads + "/pixel" }));
			const film = main.appendChild(Object.assign(document.createElement("video"), { preload: "auto" }));
			film.appendChild(document.createElement("source")).src = ads + "/film.mp4";`)
		tab.until(`document.querySelectorAll(".consent-ask button").length === 2`)
		if got := tab.text(`[...document.querySelectorAll(".consent-ask")].map(e => e.style.width + e.style.height).join()`); got != "300px200px,324px184px" {
			t.Errorf("the placeholders are %s", got)
		}
		tab.run(`document.querySelector(".consent-ask button").click()`)
		tab.until(`!document.querySelector(".consent-ask") && !!document.querySelector("main iframe").clientWidth`)
		for _, path := range []string{"/banner.gif", "/frame", "/pixel", "/film.mp4"} {
			eventually(t, path+" comes", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost"+path) })
		}
	})

	t.Run("storage", func(t *testing.T) {
		g, tab := open(t, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`for (const store of [localStorage, sessionStorage]) for (const name of ["cart-1", "theme", "_ad", "_ga_X", "own", "wishlist"]) store.setItem(name, "1");`)
		const names = `[localStorage, sessionStorage].map(s => Object.keys(s).sort().join()).join(" ")`
		// Only the catalogue knows _ga_*: what it says is fetched first. Names
		// that nobody declared stay, and so do a shop's own settings.
		tab.until(names + ` === "cart-1,own,wishlist cart-1,own,wishlist"`)
		if got := tab.text(`(() => { try { indexedDB.open("_ad-base"); return "opened"; } catch (e) { return e.name; } })()`); got != "SecurityError" {
			t.Errorf("opening a database: %s", got)
		}
		tab.run(`consent.set(["advertising", "analytics"])`)
		tab.until(names + ` === "_ad,_ga_X,cart-1,own,wishlist _ad,_ga_X,cart-1,own,wishlist"`)
		const made = `name => new Promise((done, failed) => { const r = indexedDB.open(name); r.onerror = failed; r.onsuccess = () => { r.result.close(); done(); }; })`
		tab.run(`Promise.all(["_ad-base", "_ga", "cart-base"].map(` + made + `))`)
		// Another tab, with a session storage of its own.
		tabbed, cancel := chromedp.NewContext(ctx)
		defer cancel()
		other := tab
		other.ctx = tabbed
		other.visit(g.at("shop.localhost", "/other"))
		other.run(`sessionStorage.setItem("_ga", "2"); sessionStorage.setItem("own", "2"); window.before = true`)
		tab.run(`window.before = true; consent.set(["advertising"])`)
		const bases = `indexedDB.databases().then(list => list.map(b => b.name).sort().join())`
		tab.until(`!window.before && document.readyState === "complete" && ` + names + ` === "_ad,cart-1,own,wishlist _ad,cart-1,own,wishlist"`)
		other.until(`!window.before && document.readyState === "complete" && Object.keys(sessionStorage).join() === "own"`)
		eventually(t, "the database is gone", func() bool { return tab.text(bases) == "_ad-base,cart-base" })
		// Withdrawn where no script runs: the next page clears.
		g.grant(func(string) bool { return false })
		tab.visit(g.at("shop.localhost", "/next"))
		tab.until(names + ` === "cart-1,own,wishlist cart-1,own,wishlist"`)
		eventually(t, "the other database is gone", func() bool { return tab.text(bases) == "cart-base" })
	})

	t.Run("storage without the catalogue", func(t *testing.T) {
		g, tab := open(t, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`consent.set(["advertising"])`)
		tab.until(`consent.granted("advertising")`)
		tab.run(`localStorage.setItem("_ad", "1"); localStorage.setItem("cart", "1"); window.before = true`)
		tab.run(`consent.set([])`)
		tab.until(`!window.before && document.readyState === "complete" && Object.keys(localStorage).join() === "cart"`)
	})

	t.Run("cookieStore", func(t *testing.T) {
		g, tab := open(t, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		if !tab.truth(`"cookieStore" in window`) {
			t.Skip("this browser has no cookieStore")
		}
		tab.run(`window.done = (async () => {
			await cookieStore.set("sid", "1");
			await cookieStore.set({name: "_ad", value: "1"});
			await cookieStore.set("_ga", "1");
			await cookieStore.set("other", "1");
		})()`)
		if got := tab.text(`done.then(() => document.cookie)`); got != "sid=1" {
			t.Errorf("without consent: %s", got)
		}
		tab.run(`consent.set(["advertising"])`)
		tab.until(`document.cookie === "sid=1; _ad=1"`)
		tab.run(`cookieStore.set({name: "sid", value: "", expires: Date.now() - 1000})`)
		tab.until(`document.cookie === "_ad=1"`)
	})

	t.Run("device", func(t *testing.T) {
		g, tab := open(t, `<p>Shop</p>`)
		tab.visit(g.at("shop.localhost", "/"))
		const place = `new Promise(done => navigator.geolocation.%(() => done("placed"), e => done([e instanceof GeolocationPositionError, e.code === e.PERMISSION_DENIED].join())))`
		for _, way := range []string{"getCurrentPosition", "watchPosition"} {
			if got := tab.text(strings.Replace(place, "%", way, 1)); got != "true,true" {
				t.Errorf("%s: %s", way, got)
			}
		}
		tab.run(`window.asked = []; for (const wanted of ["audio", "video"]) asked.push(navigator.mediaDevices.getUserMedia({[wanted]: true}).then(() => "given", e => e.name + " " + e.message));
			asked.push(new Promise(done => navigator.webkitGetUserMedia({video: true}, () => done("given"), e => done(e.name + " " + e.message))))`)
		if got := tab.text(`Promise.all(asked).then(all => [...new Set(all)].join(" | "))`); got != "NotAllowedError consent: not given" {
			t.Errorf("camera and microphone: %s", got)
		}
		tab.run(`consent.set(["location", "camera"])`)
		tab.until(`consent.granted("camera")`)
		tab.run(`window.reached = navigator.mediaDevices.getUserMedia({audio: true, video: true}).then(() => "given", e => e.message)`)
		if got := tab.text(`reached`); got != "consent: not given" {
			t.Errorf("the camera's consent opens the microphone: %s", got)
		}
		if got := tab.text(`navigator.mediaDevices.getUserMedia({video: true}).then(() => "given", e => e.message)`); got == "consent: not given" {
			t.Error("the camera is refused with consent")
		}
	})

	t.Run("workers", func(t *testing.T) {
		g, tab := open(t, `<p>Shop</p>`)
		g.files["shop.localhost/worker.js"] = `postMessage("works")`
		tab.visit(g.at("shop.localhost", "/"))
		got := tab.text(`(async () => {
			const ads = "http://ads.localhost:" + location.port + "/w.js", told = [];
			const ask = async f => { try { await f(); told.push("made"); } catch (e) { told.push(e.message); } };
			if (window.WebTransport) await ask(() => new WebTransport(ads.replace("http", "https")));
			if (window.WebSocketStream) await ask(() => new WebSocketStream(ads.replace("http", "ws")));
			if (window.AudioContext) await ask(() => new AudioContext().audioWorklet.addModule(ads));
			return [...new Set(told)].join(" | ");
		})()`)
		if got != "consent: not given" {
			t.Errorf("workers: %s", got)
		}
		// These a browser makes of a page's own origin alone.
		tab.run(`const ads = "http://ads.localhost:" + location.port + "/w.js";
			for (const type of [Worker, SharedWorker]) try { new type(ads); } catch {}
			window.registered = navigator.serviceWorker.register(ads).then(() => "yes", e => e.name)`)
		if got := tab.text(`registered`); got != "SecurityError" {
			t.Errorf("registering a service worker: %s", got)
		}
		if fetched := settled(g, tab); len(fetched) > 0 {
			t.Errorf("workers came from %v", fetched)
		}
		if got := tab.text(`new Promise(done => new Worker("/worker.js").onmessage = e => done(e.data))`); got != "works" {
			t.Errorf("the shop's own worker says %s", got)
		}
	})

	t.Run("under Trusted Types", func(t *testing.T) {
		g, tab := open(t, `<main></main>`)
		g.csp = "script-src 'nonce-abc'; require-trusted-types-for 'script'"
		g.head = func(s *Snippet) { s.Nonce = "abc" }
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`const policy = trustedTypes.createPolicy("shop", {createHTML: s => s});
			const img = n => policy.createHTML("<img src='http://ads.localhost:" + location.port + "/" + n + ".gif'>"), main = document.querySelector("main");
			main.innerHTML = img("a"); main.insertAdjacentHTML("beforeend", img("b"));
			main.append(document.createRange().createContextualFragment(img("c")));
			try { main.innerHTML = "<b>"; window.passed = true } catch {}`)
		if fetched := settled(g, tab); len(fetched) > 0 || tab.truth(`!!window.passed`) {
			t.Errorf("without consent: %v", fetched)
		}
		tab.run(`consent.set(["advertising"])`)
		for _, name := range []string{"a", "b", "c"} {
			eventually(t, name+" comes alive", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/"+name+".gif") })
		}
	})
}
