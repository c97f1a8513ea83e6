package pages

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// echo answers a WebSocket with all that it is sent, and what asks for events with two.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "retry: 600000\n\nid: 7\ndata: tea\n\nevent: price\ndata: 5\n\n")
		return
	}
	upgrader := ws.HTTPUpgrader{Protocol: func(name string) bool { return name == "b" }}
	conn, _, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		data, kind, err := wsutil.ReadClientData(conn)
		if err != nil || wsutil.WriteServerMessage(conn, kind, data) != nil {
			return
		}
	}
}

// TestConnections opens connections that are refused, and uses them once they are not.
func TestConnections(t *testing.T) {
	ctx := browser(t)
	open := func(t *testing.T) (*gateway, tab) {
		t.Parallel()
		g := newGateway(t, Config{Guard: guarded()})
		g.live = echo
		tabbed, cancel := chromedp.NewContext(ctx)
		t.Cleanup(cancel)
		tab := tab{t, tabbed}
		tab.visit(g.at("shop.localhost", "/"))
		tab.run(`window.told = [];
			window.at = (host, path) => "http://" + host + ".localhost:" + location.port + path;
			window.attempt = f => { try { return f(); } catch (e) { return e.name; } };`)
		return g, tab
	}
	came := func(g *gateway) string { return strings.Join(g.noted(&g.fetched), " ") }
	same := func(tab tab, expression, want string) {
		tab.t.Helper()
		if got := tab.text(`[` + expression + `].join(" ")`); got != want {
			tab.t.Errorf("%s\n got %s\nwant %s", expression, got, want)
		}
	}

	t.Run("socket", func(t *testing.T) {
		g, tab := open(t)
		tab.run(`window.socket = new WebSocket(at("ads", "/live").replace("http", "ws"), ["a", "b"]);
			socket.binaryType = "arraybuffer";
			socket.onopen = function () { told.push("open", this === socket); socket.send("tea"); };
			socket.addEventListener("message", e => told.push(e.type, e.data instanceof ArrayBuffer ? "bytes" : e.data, e.origin.startsWith("ws://ads."), e.target === socket));
			socket.addEventListener("close", { handleEvent: e => told.push("close", e.code, e.wasClean) });
			socket.addEventListener("close", () => told.push("once"), { once: true });`)
		same(tab, `socket.readyState, socket.CONNECTING, socket instanceof WebSocket, attempt(() => socket.send("x")), told`, "0 0 true InvalidStateError ")
		if got := came(g); got != "" {
			t.Errorf("without consent came %s", got)
		}
		tab.run(`consent.set(["advertising"])`)
		tab.until(`told.includes("tea")`)
		tab.run(`socket.send(new Uint8Array(3))`)
		tab.until(`told.includes("bytes")`)
		same(tab, `told`, "open,true,message,tea,true,true,message,bytes,true,true")
		same(tab, `socket.readyState, socket.protocol, socket.url === at("ads", "/live").replace("http", "ws"), socket.bufferedAmount, socket.binaryType`, "1 b true 0 arraybuffer")
		tab.run(`told.length = 0; socket.binaryType = "blob"; socket.close(3000, "done")`)
		tab.until(`told.includes("once")`)
		same(tab, `told, socket.readyState, socket.binaryType`, "close,3000,true,once 3 blob")
		if got := came(g); got != "ads.localhost/live" {
			t.Errorf("with consent came %s", got)
		}
	})

	t.Run("events", func(t *testing.T) {
		g, tab := open(t)
		tab.run(`window.source = new EventSource(at("ads", "/live"), { withCredentials: true });
			source.onmessage = e => told.push(e.data, e.lastEventId);
			source.addEventListener("price", e => told.push(e.type, e.data));`)
		same(tab, `source.readyState, source instanceof EventSource, told`, "0 true ")
		if got := came(g); got != "" {
			t.Errorf("without consent came %s", got)
		}
		tab.run(`consent.set(["advertising"])`)
		tab.until(`told.includes("price")`)
		same(tab, `told, source.withCredentials, source.url === at("ads", "/live")`, "tea,7,price,5 true true")
		tab.run(`source.close()`)
		same(tab, `source.readyState`, "2")
	})

	// What was closed, or belongs to a time before a no, is not opened.
	t.Run("given up", func(t *testing.T) {
		g, tab := open(t)
		tab.run(`window.ended = new WebSocket(at("ads", "/live/closed")); ended.close();
			window.refused = new EventSource(at("ads", "/live/refused"));
			window.other = new WebSocket(at("stats", "/live/other"));`)
		same(tab, `ended.readyState, refused.readyState`, "3 0")
		tab.run(`window.decided = consent.set([]).then(() => consent.set(["advertising"])).then(() => decided = "yes")`)
		tab.until(`decided === "yes"`)
		tab.run(`window.last = new WebSocket(at("ads", "/live/last")); last.onopen = () => told.push("open")`)
		tab.until(`told.includes("open")`)
		if got := came(g); got != "ads.localhost/live/last" {
			t.Errorf("came %s", got)
		}
	})

	t.Run("closed by the script", func(t *testing.T) {
		g, tab := open(t)
		tab.run(`window.ended = new WebSocket(at("ads", "/live/closed")); ended.close();
			window.kept = new WebSocket(at("ads", "/live/kept")); kept.onopen = () => told.push("open");
			consent.set(["advertising"])`)
		tab.until(`told.includes("open")`)
		if got := came(g); got != "ads.localhost/live/kept" {
			t.Errorf("came %s", got)
		}
	})
}
