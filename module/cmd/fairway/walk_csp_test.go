package main

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// fetches asks the partner in the seven ways that a page's script has, and notes
// what the browser stopped.
const fetches = `(partner => {
	const kinds = {
		fetch: url => fetch(url, { mode: "no-cors" }),
		image: url => load("img", url),
		script: url => load("script", url),
		style: url => load("link", url),
		frame: url => load("iframe", url),
		beacon: url => navigator.sendBeacon(url),
		socket: url => new WebSocket(url.replace("http", "ws")),
	};
	const load = (name, url) => {
		const el = document.createElement(name);
		el.rel = "stylesheet";
		el[name === "link" ? "href" : "src"] = url;
		document.body.append(el);
	};
	window.stopped = 0;
	document.addEventListener("securitypolicyviolation", e => e.blockedURI.includes("tagline") && stopped++);
	for (const [kind, ask] of Object.entries(kinds)) {
		Promise.resolve().then(() => ask(partner + "/" + kind)).catch(() => {});
	}
	return true;
})`

// TestWalkHostLimits has a page's script ask the partner where the gateway's own script
// did not come, so that only the browser is left to stop it.
func TestWalkHostLimits(t *testing.T) {
	b := startBrowser(t)
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			g := startGateOver(t, scheme, firstPolicy+"\ncsp strict")
			v := newVisitor(t, b, g, true)
			if _, err := chromedp.Call(v.ctx, network.Enable, network.EnableParams{}); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Call(v.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/.consent/client.js*", Block: true}}}); err != nil {
				t.Fatal(err)
			}
			v.visit("/")
			if look[bool](v, `!!window.consent`) {
				t.Fatal("the gateway's script is there")
			}
			look[bool](v, fetches+`("`+g.partner+`")`)
			v.until(`stopped === 7`)
			if n := g.reached.Load(); n != 0 {
				t.Errorf("%d requests reached the partner", n)
			}
			var list struct {
				Hosts []struct {
					Host    string
					Reports int
				}
			}
			for end := time.Now().Add(30 * time.Second); len(list.Hosts) == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
				g.officer("GET", "/csp", "", &list)
			}
			if len(list.Hosts) != 1 || list.Hosts[0].Host != "tagline.localhost" {
				t.Errorf("reported are %+v", list.Hosts)
			}
		})
	}
}

// workerScript asks the partner in the four ways that a worker has, and tells how
// many the browser stopped.
const workerScript = `
	const partner = "%s";
	let stopped = 0;
	const tell = () => postMessage(stopped);
	addEventListener("securitypolicyviolation", e => e.blockedURI.includes("tagline") && (stopped++, tell()));
	fetch(partner + "/fetch", { mode: "no-cors" }).then(tell, tell);
	try { importScripts(partner + "/import"); } catch { }
	const x = new XMLHttpRequest(); x.open("GET", partner + "/xhr"); x.onloadend = tell; x.send();
	try { new WebSocket(partner.replace("http", "ws") + "/socket").onerror = tell; } catch { }
`

// TestWalkHostLimitsWorker has a worker ask the partner, which no script of a page can
// hold.
func TestWalkHostLimitsWorker(t *testing.T) {
	g := startGate(t, firstPolicy+"\ncsp strict")
	v := newVisitor(t, startBrowser(t), g, true)
	v.visit("/")
	const work = `window.told = 0; window.most = 0; new Worker("/worker.js").onmessage = e => { told++; most = Math.max(most, e.data); }; true`
	look[bool](v, work)
	v.until(`most === 4`)
	if n := g.reached.Load(); n != 0 {
		t.Errorf("%d requests of a worker reached the partner", n)
	}
	v.answers("accept")
	v.until(`document.querySelector("#pixel").src.includes("tagline")`)
	before := g.reached.Load()
	look[bool](v, work)
	v.until(`told >= 2`)
	if g.reached.Load() == before {
		t.Error("with consent no request of a worker reached the partner")
	}
}

// TestWalkStrict has what was granted come back although an open page keeps its
// policy.
func TestWalkStrict(t *testing.T) {
	v := newVisitor(t, startBrowser(t), startGate(t, firstPolicy+"\ncsp strict"), true)
	v.visit("/tea")
	look[bool](v, `window.same = true`)
	if look[bool](v, drawn) {
		t.Error("the partner is loaded before the decision")
	}
	v.answers("accept")
	v.until(`!window.same && location.pathname === "/tea" && ` + drawn)
	look[bool](v, `window.same = true`)
	v.visit("/cart")
	v.until(drawn)
}

// TestWalkHints asks the browser, as a script can without a header, what machine it
// runs on.
func TestWalkHints(t *testing.T) {
	v := newVisitor(t, startBrowser(t), startGate(t, firstPolicy), true)
	for _, granted := range []bool{false, true} {
		v.visit("/tea")
		look[bool](v, `navigator.userAgentData.getHighEntropyValues(["architecture"]).then(values => window.told = values), true`)
		v.until(`window.told`)
		if told := look[bool](v, `"architecture" in window.told`); told != granted {
			t.Errorf("with consent %v the script is told: %v", granted, told)
		}
		if !granted {
			v.answers("accept")
		}
	}
}
