package pages

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestRevivedStyles grants what style sheets were refused, and what is not in the page's
// own tree or not of HTML. The stand-in takes hosts out as the gateway does.
func TestRevivedStyles(t *testing.T) {
	ctx := browser(t)
	g := newGateway(t, Config{Guard: guarded()})
	ads := g.at("ads.localhost", "")
	judged := func(text string) string {
		if v, _ := g.snapshot(); !slices.ContainsFunc(v.Purposes, func(p Purpose) bool { return p.Name == "advertising" && p.Granted }) {
			text = strings.NewReplacer(ads+"/font.css", "about:invalid", ads+"/link.gif", "about:invalid", ads+"/nested.gif", "about:invalid",
				ads+"/page.gif", "about:invalid", ads+"/last.css", "about:invalid", ads+"/in.gif", "about:invalid").Replace(text)
		}
		return text
	}
	g.mu.Lock()
	g.styles = map[string]func() string{
		"/link.css":   func() string { return judged(`@import "/nested.css"; #link { background: url(` + ads + `/link.gif) }`) },
		"/nested.css": func() string { return judged(`#nested { background: url(` + ads + `/nested.gif) }`) },
		"/own.css":    func() string { return "#own { color: red }" },
	}
	g.mu.Unlock()
	g.made = func() string {
		return judged(`<style id="a">@import "` + ads + `/font.css"; #page { background: url("` + ads + `/page.gif") }</style>
			<style media="print">@import "` + ads + `/last.css";</style>
			<div><template shadowrootmode="open"><style>#in { background: url(` + ads + `/in.gif) }</style><div id="in">f</div></template></div>
			<style id="b">#other { color: red }</style><link rel=stylesheet href=/link.css><link rel=stylesheet href=/own.css>
			<div id=link>a</div><div id=nested>b</div><div id=page>c</div><div id=own>d</div><div id=shadow></div>
			<svg><script id=s type="text/plain" data-consent="advertising" data-consent-href="` + sealed(ads+"/svg.js") + `"></script>
			<image width=9 height=9><set attributeName=href data-consent="advertising" data-consent-to="` + sealed(ads+"/set.gif") + `" /></image></svg>
			<script>document.getElementById("shadow").attachShadow({ mode: "open" }).innerHTML = "<img src='` + ads + `/shadow.gif'>"</script>`)
	}
	g.files["ads.localhost/svg.js"] = `window.drawn = document.currentScript.namespaceURI`
	tabbed, cancel := chromedp.NewContext(ctx)
	defer cancel()
	tab := tab{t, tabbed}
	tab.visit(g.at("shop.localhost", "/"))
	const red = `getComputedStyle(document.getElementById("own")).color === "rgb(255, 0, 0)"`
	tab.until(red)
	came := func() (paths []string) {
		for _, at := range g.noted(&g.fetched) {
			if strings.HasPrefix(at, "ads.") {
				paths = append(paths, strings.TrimPrefix(at, "ads.localhost"))
			}
		}
		slices.Sort(paths)
		return slices.Compact(paths)
	}
	if got := came(); len(got) > 0 {
		t.Fatalf("without consent came %q", got)
	}
	tab.run(`window.same = true; consent.set(["advertising"])`)
	want := []string{"/font.css", "/in.gif", "/last.css", "/link.gif", "/nested.gif", "/page.gif", "/set.gif", "/shadow.gif", "/svg.js"}
	defer func() { t.Logf("with consent came %q", came()) }()
	eventually(t, "all of it comes", func() bool { return slices.Equal(came(), want) })
	tab.until(`window.same && document.querySelectorAll('link[href*="/link.css"]').length === 1 && ` + red)
	if n := tab.number(`document.querySelector("style[media]").sheet.cssRules.length`); n != 1 {
		t.Errorf("a style sheet that begins and ends like another has %v rules", n)
	}
	tab.until(`"drawn" in window`) // it was asked for, and may not have run yet
	if got := tab.text(`drawn`); got != "http://www.w3.org/2000/svg" {
		t.Errorf("the script ran as one of %s", got)
	}
	if n := len(slices.DeleteFunc(g.noted(&g.styled), func(path string) bool { return path != "/own.css" })); n != 1 {
		t.Errorf("a sheet that lacks nothing was fetched %d times", n)
	}
}

// In a page of another encoding a style element gets its own text back too.
func TestRevivedStylesInShiftJIS(t *testing.T) {
	ctx := browser(t)
	g := newGateway(t, Config{Guard: guarded()})
	ads := g.at("ads.localhost", "/page.gif")
	g.charset = "shift_jis"
	g.made = func() string {
		address := ads
		if v, _ := g.snapshot(); !slices.ContainsFunc(v.Purposes, func(p Purpose) bool { return p.Name == "advertising" && p.Granted }) {
			address = "about:invalid"
		}
		return "<style>#page::before { content: \"\x95\x5c\"; background: url(" + address + ") }</style><div id=page>a</div>"
	}
	tabbed, cancel := chromedp.NewContext(ctx)
	defer cancel()
	tab := tab{t, tabbed}
	tab.visit(g.at("shop.localhost", "/"))
	tab.run(`consent.set(["advertising"])`)
	eventually(t, "it comes", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/page.gif") })
	if got := tab.text(`getComputedStyle(document.getElementById("page"), "::before").content`); got != `"表"` {
		t.Errorf("it says %s", got)
	}
}

// style serves one of the stand-in's style sheets, which browsers keep.
func (g *gateway) style(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	style := g.styles[r.URL.Path]
	g.mu.Unlock()
	if style == nil {
		return false
	}
	g.note(&g.styled, r.URL.Path)
	w.Header().Set("Content-Type", "text/css")
	w.Header().Set("Cache-Control", "private, max-age=600")
	fmt.Fprint(w, style())
	return true
}

func sealed(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// The semicolon that keeps browsers from looking ahead goes, for no import may follow one.
func TestRevivedImports(t *testing.T) {
	ctx := browser(t)
	g := newGateway(t, Config{Guard: guarded()})
	g.body = `<svg><style type="text/plain" data-consent="advertising">;@import "http://ads.localhost:{port}/late.css";</style></svg>`
	tab := tab{t, ctx}
	tab.visit(g.at("shop.localhost", "/"))
	tab.run(`consent.set(["advertising"])`)
	eventually(t, "the import comes", func() bool { return slices.Contains(g.noted(&g.fetched), "ads.localhost/late.css") })
}
