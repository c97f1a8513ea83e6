package pages

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// noticed is a storefront with notices, whose one visitor has decided or not.
type noticed struct {
	*httptest.Server
	mu   sync.Mutex
	left []Notice
}

func newNoticed(t *testing.T, decided bool) *noticed {
	t.Helper()
	p := newPages(t, Config{})
	n := &noticed{left: []Notice{
		{ID: "1a2b3c4d", Kind: "incident", Text: "Between 3 and 5 May, addresses of some orders could be seen by others. We have closed the gap and told the authority.", Link: "/incident"},
		{ID: "5e6f7a8b", Kind: "end-of-service", Text: "The shop closes on 31 March 2027. Please save your invoices until then."},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.consent/{file}", func(w http.ResponseWriter, r *http.Request) {
		asset := p.Client()
		if r.PathValue("file") == "style.css" {
			asset = p.Style()
		}
		w.Header().Set("Content-Type", asset.Type)
		w.Write(asset.Bytes)
	})
	mux.HandleFunc("POST /.consent/notice", func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.left = slices.DeleteFunc(n.left, func(notice Notice) bool { return notice.ID == r.FormValue("id") })
		http.Redirect(w, r, r.FormValue("return"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		s := Snippet{Lang: English, Regime: "opt-in", Decided: decided, Path: r.URL.RequestURI(), Notices: slices.Clone(n.left)}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head>%s<title>Shop</title></head><body><h1>Shop</h1>%s%s</body></html>`,
			p.Head(nil, &s), strings.Repeat("<p>Tea</p>", 20), p.Body(nil, &s))
	})
	n.Server = httptest.NewServer(mux)
	t.Cleanup(n.Close)
	return n
}

func TestNoticesInABrowser(t *testing.T) {
	ctx := browser(t)
	for name, script := range map[string]bool{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			n := newNoticed(t, !script)
			tabbed, cancel := chromedp.NewContext(ctx)
			defer cancel()
			tab := tab{t, tabbed}
			if _, err := chromedp.Call(tab.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script}); err != nil {
				t.Fatal(err)
			}
			tab.visit(n.URL + "/tea?kind=green")
			const bar = `document.getElementById("consent-notices")`
			if script {
				if shift := tab.number(`new Promise(r => new PerformanceObserver(l => r(l.getEntries().length)).observe({type: "layout-shift", buffered: true}) || setTimeout(() => r(0), 100))`); shift != 0 {
					t.Errorf("the bar shifts the layout %v times", shift)
				}
			}
			if end := tab.number(bar + `.getBoundingClientRect().bottom / innerHeight`); end <= 0 || end > .41 {
				t.Errorf("the bar ends at %.0f %% of the window", end*100)
			}
			if !tab.truth(`getComputedStyle(` + bar + `).position === "fixed"`) {
				t.Error("the bar has no style")
			}
			for left := 1; left >= 0; left-- {
				tab.follow(`#consent-notices button`)
				if got := tab.number(`document.querySelectorAll("#consent-notices form").length`); got != float64(left) {
					t.Errorf("%v notices are left, want %d", got, left)
				}
				if at := tab.text(`location.pathname + location.search`); at != "/tea?kind=green" {
					t.Errorf("the button leads to %s", at)
				}
			}
			if tab.truth(`!!` + bar) {
				t.Error("the bar stays when all was seen")
			}
		})
	}
}
