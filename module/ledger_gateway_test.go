package module_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
	"github.com/fairwaygate/fairway/module"
)

// receipt fetches the receipt of a decision and checks its signature.
func (g *gate) receipt(decision answer) *ledger.Record {
	g.t.Helper()
	path := decision.Header.Get("Consent-Receipt")
	if !strings.HasPrefix(path, "/.consent/receipt/") {
		g.t.Fatalf("no receipt: %s %v", decision.Status, decision.Header)
	}
	a := g.get(path)
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
		g.t.Fatalf("the receipt: %s %v %s", a.Status, a.Header, a.body)
	}
	var keys ledger.KeySet
	if err := json.Unmarshal([]byte(g.get("/.consent/receipt/key").body), &keys); err != nil {
		g.t.Fatal(err)
	}
	record, err := ledger.VerifyReceipt([]byte(a.body), keys)
	if err != nil {
		g.t.Fatalf("%v: %s", err, a.body)
	}
	if strings.Contains(a.body, path[len("/.consent/receipt/"):]) {
		g.t.Errorf("the record holds the receipt's id: %s", a.body)
	}
	return record
}

// decide makes a decision through the API.
func (g *gate) decide(cookie string, granted ...string) answer {
	g.t.Helper()
	body, _ := json.Marshal(map[string][]string{"granted": append([]string{}, granted...)})
	return g.do(http.MethodPut, "/.consent/state", string(body), "Cookie", cookie, "User-Agent", "canary/1.0")
}

// cookieOf returns the consent cookie that an answer sets, "" when it sets none.
func cookieOf(a answer) string {
	for _, c := range a.Cookies() {
		if c.Name == "consent" {
			return "consent=" + c.Value
		}
	}
	return ""
}

func decisions(r *ledger.Record) map[string]ledger.EventType {
	decided := make(map[string]ledger.EventType)
	for _, p := range r.Purposes {
		decided[p.Name] = p.Decision
	}
	return decided
}

const ledgerPolicy = `consent {
	policy 2020-10-13 {
		controller "Example Shop Ltd"
		contact privacy@shop.example
		text %s
		renew 6mo
	}
	home CN
	%s
}`

func TestReceipts(t *testing.T) {
	text := writeFile(t, "policy.md", "# Privacy\n")
	g := start(t, site(fmt.Sprintf(ledgerPolicy, text, ""), "consent\nreverse_proxy {upstream}"), http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Consent-Erase", "account")
			w.Header().Set("Consent-Receipt", "/of/the/storefront")
		}))
	given := g.decide("", "analytics", "advertising")
	r := g.receipt(given)
	if r.EventType != ledger.Given || r.Mechanism != ledger.ByAPI || r.Notice.Version != "2020-10-13" || len(r.Notice.Text) != 64 ||
		r.Controllers[0].Name != "Example Shop Ltd" || r.Regime != "opt-in" || r.Validity != "P180D" || r.Jurisdictions[0] != "CN" ||
		r.Services[0] != "shop.example" || r.Language != "en" || r.GPC {
		t.Errorf("%+v", r)
	}
	if d := decisions(r); d["analytics"] != ledger.Given || d["device"] != ledger.Refused || d["necessary"] != "" || len(d) != 11 {
		t.Errorf("%v", d)
	}
	if data, err := r.Encode(); err != nil || strings.Contains(string(data), "127.0.0.1") || strings.Contains(string(data), "canary") {
		t.Errorf("%v: %s", err, data)
	}
	cookie := cookieOf(given)
	r = g.receipt(g.decide(cookie, "analytics"))
	if d := decisions(r); r.EventType != ledger.Given || d["advertising"] != ledger.Withdrawn || d["analytics"] != ledger.Given {
		t.Errorf("%+v", r)
	}
	r = g.receipt(g.do(http.MethodDelete, "/.consent/state", "", "Cookie", cookie, "Sec-Gpc", "1", "Accept-Language", "zh-CN"))
	if d := decisions(r); r.EventType != ledger.Withdrawn || d["analytics"] != ledger.Withdrawn || r.Language != "zh" || !r.GPC {
		t.Errorf("%+v", r)
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	r = g.receipt(g.do(http.MethodPost, "/.consent/", "choice=reject&lang=zh", form...))
	if r.EventType != ledger.Refused || r.Mechanism != ledger.ByPage || r.Language != "zh" {
		t.Errorf("%+v", r)
	}
	if page := g.do(http.MethodPost, "/.consent/", "choice=reject&back=/tea", form...); page.StatusCode != 200 ||
		!strings.Contains(page.body, `href="`+page.Header.Get("Consent-Receipt")+`" download="consent-receipt.json"`) ||
		!strings.Contains(page.body, `<a href="/tea">`) || page.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("%s does not show the receipt: %s", page.Status, page.body)
	}
	r = g.receipt(g.get("/account", "Cookie", cookie))
	if d := decisions(r); r.EventType != ledger.Withdrawn || r.Mechanism != ledger.ByStorefront || d["analytics"] != ledger.Withdrawn {
		t.Errorf("%+v", r)
	}
	for path, status := range map[string]int{
		"/.consent/receipt/" + strings.Repeat("0", 32): 404, "/.consent/receipt/x": 404, "/.consent/receipt": 404, "/.consent/receipt/": 404,
	} {
		if a := g.get(path); a.StatusCode != status {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	if a := g.do(http.MethodDelete, given.Header.Get("Consent-Receipt"), ""); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a receipt can be deleted: %s", a.Status)
	}
}

// Without the store nothing is granted, and everything can be taken back.
func TestDecisionsWithoutStore(t *testing.T) {
	with := func(store string) string {
		return site("consent {\n"+store+"\n}", "consent\nreverse_proxy {upstream}")
	}
	g := start(t, with("store sqlite "+filepath.Join(t.TempDir(), "fairway.db")), echo)
	before := cookieOf(g.decide("", "analytics", "advertising"))
	if before == "" {
		t.Fatal("nothing was granted")
	}
	g.load(with("store postgres postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1"), "127.0.0.1:1")
	tests := map[string]struct {
		do      func() answer
		status  int
		granted string // by the cookie afterwards; "" when none is set
	}{
		"a first grant": {func() answer { return g.decide("", "analytics") }, 503, ""},
		"a grant by the page": {func() answer {
			return g.do("POST", "/.consent/", "choice=accept", "Content-Type", "application/x-www-form-urlencoded")
		}, 503, ""},
		"one more":        {func() answer { return g.decide(before, "analytics", "advertising", "device") }, 503, ""},
		"the same again":  {func() answer { return g.decide(before, "analytics", "advertising") }, 503, ""},
		"one less":        {func() answer { return g.decide(before, "analytics") }, 200, `["necessary","analytics"]`},
		"one for another": {func() answer { return g.decide(before, "analytics", "device") }, 503, `["necessary","analytics"]`},
		"none":            {func() answer { return g.decide(before) }, 200, `["necessary"]`},
		"a refusal":       {func() answer { return g.decide("") }, 200, `["necessary"]`},
		"a withdrawal":    {func() answer { return g.do("DELETE", "/.consent/state", "", "Cookie", before) }, 200, `["necessary"]`},
		"a refusal by the page": {func() answer {
			return g.do("POST", "/.consent/", "choice=reject", "Cookie", before, "Content-Type", "application/x-www-form-urlencoded")
		}, 200, `["necessary"]`},
		"a withdrawal of nothing": {func() answer { return g.do("DELETE", "/.consent/state", "") }, 200, `["necessary"]`},
	}
	for name, test := range tests {
		a := test.do()
		if a.StatusCode != test.status {
			t.Errorf("%s: %s: %s", name, a.Status, a.body)
		}
		cookie := cookieOf(a)
		if (cookie != "") != (test.granted != "") {
			t.Errorf("%s: the cookie is %q", name, cookie)
		}
		if cookie == "" {
			continue
		}
		if state := g.get("/.consent/state", "Cookie", cookie).body; !strings.Contains(state, `"granted":`+test.granted+",") {
			t.Errorf("%s: the state is %s", name, state)
		}
		if a.StatusCode != 503 {
			g.receipt(a) // from the spool
		}
	}
	if a := g.get("/.consent/receipt/" + strings.Repeat("0", 32)); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("a receipt that can't be looked for: %s", a.Status)
	}
}

// Reloads lose no decision: each that was acknowledged has its record.
func TestDecisionsOutliveReloads(t *testing.T) {
	text := site("consent {\nstore sqlite "+filepath.Join(t.TempDir(), "fairway.db")+"\nledger retention %dy\n}", "consent\nreverse_proxy {upstream}")
	g := start(t, fmt.Sprintf(text, 1), echo)
	client := g.client()
	decide := func() (receipt string) {
		r, err := http.NewRequest(http.MethodPut, "http://"+g.host+"/.consent/state", strings.NewReader(`{"granted":["analytics"]}`))
		if err != nil {
			t.Error(err)
			return ""
		}
		response, err := client.Do(r)
		if err != nil {
			return "" // the listener was just being replaced
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("a decision: %s", response.Status)
		}
		return response.Header.Get("Consent-Receipt")
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var receipts []string
	stop := make(chan struct{})
	for range 4 {
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if receipt := decide(); receipt != "" {
					mu.Lock()
					receipts = append(receipts, receipt)
					mu.Unlock()
				}
			}
		})
	}
	for n := range 6 {
		g.load(fmt.Sprintf(text, 1+n%2), "127.0.0.1:1") // every other time with another recorder
	}
	close(stop)
	wait.Wait()
	if len(receipts) == 0 {
		t.Error("no decision was made")
	}
	for _, receipt := range receipts {
		if a := g.get(receipt); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", receipt, a.Status)
		}
	}
}

// A network that decides without end fills no disk: no more of it is recorded, and
// nothing is granted by it. Whoever withdraws still does, and others are not held up.
func TestDecisionsOfOneNetworkAreBounded(t *testing.T) {
	clock := module.UseManualClock(time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC))
	t.Cleanup(clock.Forget)
	g := start(t, site("servers {\ntrusted_proxies static 127.0.0.0/8\ntrusted_proxies_strict\n}\nconsent {\nstore sqlite "+filepath.Join(t.TempDir(), "fairway.db")+"\n}", "consent")+metricsSite, nil)
	decide := func(method, address string) answer {
		return g.do(method, "/.consent/state", `{"granted":["analytics"]}`, "X-Forwarded-For", address)
	}
	recorded, last := 0, answer{}
	for range 600 {
		if last = decide("PUT", "203.0.113.7"); last.StatusCode != http.StatusOK {
			break
		}
		recorded++
	}
	if recorded != 500 || last.StatusCode != http.StatusServiceUnavailable || last.Header.Get("Set-Cookie") != "" {
		t.Errorf("after %d decisions: %s %v", recorded, last.Status, last.Header)
	}
	if a := decide("DELETE", "203.0.113.200"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"granted":["necessary"]`) || a.Header.Get("Set-Cookie") == "" {
		t.Errorf("the network's neighbour withdraws: %s %s %v", a.Status, a.body, a.Header)
	}
	if a := decide("PUT", "203.0.114.7"); a.StatusCode != http.StatusOK {
		t.Errorf("another network: %s %s", a.Status, a.body)
	}
	if n := sum(g.series(), "consent_failures_total", `stage="ledger"`); n != 2 {
		t.Errorf("%v failures are counted", n)
	}
}
