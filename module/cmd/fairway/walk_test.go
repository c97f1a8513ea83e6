package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// walkFile is a site with a purpose of each kind that the walks need. What is in
// braces with a dollar sign differs between them.
const walkFile = `{
	admin {$admin}
	persist_config off
	auto_https disable_redirects
	skip_install_trust
	log default {
		output stdout
	}
	consent {
		cookie sid necessary 30d httponly
		cookie _ga analytics 13mo
		cookie _fbp advertising 3mo
		partner tagline {
			hosts tagline.localhost
			purpose advertising
			country CN
			erase {$erase}
		}
		home CN
		store sqlite {$store}
		{$options}
	}
}

{$scheme}://{$site} {
	{$tls}
	consent
	reverse_proxy {$shop}
}
`

// firstPolicy is the policy that visitors decide on.
const firstPolicy = `policy first {
	effective 2020-10-20
	controller "Lantern Lane"
}`

// gate is a gateway in front of a shop, whose pages load from a partner.
type gate struct {
	t           *testing.T
	file        string            // the Caddyfile
	values      map[string]string // of what differs in it
	site, admin string            // host:port
	partner     string            // its origin
	reached     atomic.Int64      // how often browsers asked it
	erasures    chan string       // what the partner was told to erase
}

func startGate(t *testing.T, options string) *gate {
	t.Helper()
	return startGateOver(t, "http", options)
}

// startGateOver starts it for http or https.
func startGateOver(t *testing.T, scheme, options string) *gate {
	t.Helper()
	g := &gate{t: t, admin: freeAddress(t), erasures: make(chan string, 16)}
	partner := httptest.NewServer(http.HandlerFunc(g.servePartner))
	t.Cleanup(partner.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(partner.URL, "http://"), ":")
	g.partner = "http://tagline.localhost:" + port
	shop := httptest.NewServer(serveShop(g.partner))
	t.Cleanup(shop.Close)
	_, port, _ = strings.Cut(freeAddress(t), ":")
	g.site = "shop.localhost:" + port
	folder := t.TempDir()
	g.file = filepath.Join(folder, "Caddyfile")
	g.values = map[string]string{
		"scheme": scheme, "tls": map[string]string{"https": "tls internal"}[scheme],
		"admin": g.admin, "site": g.site, "erase": partner.URL + "/erase",
		"store": filepath.Join(folder, "fairway.db"), "shop": strings.TrimPrefix(shop.URL, "http://"),
	}
	g.write(options)
	run(t, "serving initial configuration", "run", "--config", g.file, "--adapter", "caddyfile")
	return g
}

func (g *gate) write(options string) {
	g.t.Helper()
	g.values["options"] = options
	text := os.Expand(strings.NewReplacer("{$", "${").Replace(walkFile), func(name string) string { return g.values[name] })
	if err := os.WriteFile(g.file, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// reload puts other options in force.
func (g *gate) reload(options string) {
	g.t.Helper()
	g.write(options)
	if out, err := program(g.t, "reload", "--config", g.file, "--adapter", "caddyfile", "--address", g.admin); err != nil {
		g.t.Fatalf("reloading: %v\n%s", err, out)
	}
}

func (g *gate) url(path string) string { return g.values["scheme"] + "://" + g.site + path }

// officer asks the admin API and reads its answer.
func (g *gate) officer(method, path, body string, answer any) {
	g.t.Helper()
	r, err := http.NewRequest(method, "http://"+g.admin+"/consent"+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode > 299 {
		g.t.Fatalf("%s %s: %s: %s, %v", method, path, response.Status, text, err)
	}
	if answer != nil {
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(answer); err != nil {
			g.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
}

// serveShop is a storefront whose pages say what consent they were told of. They
// set a cookie of each kind, load from the partner, and hold elements that are
// marked for the gateway's script.
func serveShop(partner string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"sid", "_ga", "_fbp"} {
			http.SetCookie(w, &http.Cookie{Name: name, Value: "1", Path: "/", MaxAge: 3600})
		}
		if age, ok := strings.CutPrefix(r.URL.Path, "/login/"); ok {
			w.Header().Set("Consent-Minor", age)
		}
		if r.URL.Path == "/worker.js" {
			w.Header().Set("Content-Type", "text/javascript")
			w.Header().Set("Etag", `"1"`)
			_, _ = io.WriteString(w, fmt.Sprintf(workerScript, partner))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html>
<html lang="en"><head><title>Shop</title></head><body><h1>Shop</h1>
<p id="told">%[1]s</p>
<p><a id="reopen" href="/.consent/">Privacy</a> <button data-consent-open>Privacy</button></p>
<p><img id="pixel" alt="" width="1" height="1" src="%[2]s/pixel.svg"></p>
<p><iframe id="film" title="Film" width="300" height="150" data-consent="advertising" data-src="%[2]s/film"></iframe></p>
<script type="text/plain" data-consent="analytics">document.body.dataset.counted = "yes"</script>
</body></html>`, strings.Join(r.Header.Values("Consent"), ", "), partner)
	}
}

// servePartner is the partner: browsers load from it, and the gateway calls it.
func (g *gate) servePartner(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		g.erasures <- string(body)
		return
	}
	g.reached.Add(1)
	if r.URL.Path == "/pixel.svg" {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`)
	}
}

// visitor is a tab of a browser that holds nothing yet.
type visitor struct {
	t      *testing.T
	ctx    context.Context
	g      *gate
	script bool // JavaScript runs
}

func newVisitor(t *testing.T, b *browser, g *gate, script bool) *visitor {
	t.Helper()
	if err := chromedp.Do(b.ctx); err != nil { // starts the browser
		t.Fatal(err)
	}
	return openTab(t, b.ctx, g, script, chromedp.WithNewBrowserContext())
}

// openTab opens a tab; without options it is one more of the same visitor.
func openTab(t *testing.T, parent context.Context, g *gate, script bool, options ...chromedp.ContextOption) *visitor {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	v := &visitor{t, ctx, g, script}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script}); err != nil {
		t.Fatal(err)
	}
	return v
}

// walk walks a path with JavaScript and without.
func walk(t *testing.T, name string, b *browser, start func(*testing.T) *gate, path func(*visitor)) {
	t.Helper()
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprintf("%s/javascript=%v", name, script), func(t *testing.T) {
			path(newVisitor(t, b, start(t), script))
		})
	}
}

func (v *visitor) visit(path string) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, chromedp.Navigate(v.g.url(path))); err != nil {
		v.t.Fatalf("%s: %v", path, err)
	}
	if !v.script && look[bool](v, `"consent" in window`) {
		v.t.Fatalf("%s: scripts run", path)
	}
}

// speaks sets the language that the browser asks for.
func (v *visitor) speaks(language string) {
	v.t.Helper()
	headers := network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}}
	if _, err := chromedp.Call(v.ctx, network.SetExtraHTTPHeaders, headers); err != nil {
		v.t.Fatal(err)
	}
}

func look[T any](v *visitor, expression string) T {
	v.t.Helper()
	value, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		v.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits until an expression is true, across pages too.
func (v *visitor) until(expression string) {
	v.t.Helper()
	condition := chromedp.Evaluate[bool](`document.readyState === "complete" && !!(` + expression + `)`)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if holds, err := chromedp.Run(v.ctx, condition); err == nil && holds {
			return
		}
		if time.Now().After(end) {
			seen, _ := chromedp.Run(v.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
			v.t.Fatalf("it never came true: %s\n%s", expression, seen)
		}
	}
}

// drawn tells whether the partner's pixel was loaded.
const drawn = `document.getElementById("pixel").naturalWidth > 0`

// root is where the preferences are: in a dialog that the script opens, or on a
// page of their own.
func (v *visitor) root() string {
	if v.script {
		return `document.querySelector("body > div:last-child")?.shadowRoot?.querySelector("dialog[open]")`
	}
	return "document"
}

// press presses the element of the page with the mouse.
func (v *visitor) press(selector string) { v.t.Helper(); v.pressIn("document", selector) }

// pressIn presses an element of the page or of the dialog.
func (v *visitor) pressIn(root, selector string) {
	v.t.Helper()
	element := root + `?.querySelector(` + "`" + selector + "`" + `)`
	v.until(element + `?.getClientRects().length > 0`)
	at := look[[]float64](v, `(e => {
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const box = e.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})(`+element+`)`)
	if err := chromedp.Do(v.ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		v.t.Fatalf("pressing %s: %v", selector, err)
	}
}

// banner is the banner of the page; null when there is none.
const banner = `document.getElementById("consent-banner")`

// answers presses a button of the banner, which closes it where the visitor is.
func (v *visitor) answers(choice string) {
	v.t.Helper()
	v.press(`#consent-banner [value=` + choice + `]`)
	v.until(`document.getElementById("told") && !` + banner)
}

// sends sends the preferences with one of their buttons, and waits until they
// are in force.
func (v *visitor) sends(choice string) {
	v.t.Helper()
	v.pressIn(v.root(), `#decide button[value=`+choice+`]`)
	if v.script {
		// The dialog shows the receipt, until it is closed or the page made anew.
		v.until(`(d => { if (d?.querySelector("[role=status] a[download]")) d.querySelector(".close button").click(); })(` + v.root() + `), !` + v.root())
	} else {
		v.until(`document.querySelector(".good[role=status]")`)
	}
}

// finds opens a page and checks of what consent the shop is told there, and that
// the visitor is not asked again.
func (v *visitor) finds(path string, purposes ...string) {
	v.t.Helper()
	v.visit(path)
	told := look[string](v, `document.getElementById("told").textContent`)
	if want := strings.Join(append([]string{"necessary"}, purposes...), ", "); told != want {
		v.t.Errorf("on %s the shop is told %q, want %q", path, told, want)
	}
	if look[bool](v, "!!"+banner) {
		v.t.Errorf("on %s the banner is shown to who has chosen", path)
	}
	if shown, want := look[bool](v, drawn), slices.Contains(purposes, "advertising"); shown != want {
		v.t.Errorf("on %s the partner's pixel is drawn: %v, want %v", path, shown, want)
	}
}

// holds checks which cookies of the shop, and of the gateway, the browser holds.
func (v *visitor) holds(want ...string) {
	v.t.Helper()
	held, err := chromedp.Call(v.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{v.g.url("/")}})
	if err != nil {
		v.t.Fatal(err)
	}
	var names []string
	for _, c := range held.Cookies {
		if name := strings.TrimPrefix(c.Name, "__Host-"); name != "visit" && name != "dates" { // those of the statistics come with a beacon
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		v.t.Errorf("the browser holds %v, want %v", names, want)
	}
}

// everything is what accepting all grants beside what is necessary.
var everything = []string{
	"preferences", "analytics", "advertising", "personalization", "device", "location",
	"camera", "microphone", "photos", "contacts", "cross-border",
}
