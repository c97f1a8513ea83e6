package module_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// partnerBlock declares a partner that is told at an address.
func partnerBlock(name, address string) string {
	return "partner " + name + " hosts " + name + ".example purpose advertising erase " + address + "\n"
}

// keyOf is the key that the officer gives to a partner.
func (g *rightsGate) keyOf(partner string) (id string, key []byte) {
	g.t.Helper()
	var answer struct {
		Algorithm string
		Partners  map[string][]struct {
			ID  string
			Key []byte
		}
	}
	if status := g.officer("GET", "/consent/erasures/keys", "", &answer); status != 200 || len(answer.Partners[partner]) == 0 || answer.Algorithm != "hmac-sha256" {
		g.t.Fatalf("the keys are %d %+v", status, answer)
	}
	return answer.Partners[partner][0].ID, answer.Partners[partner][0].Key
}

var signatureInput = regexp.MustCompile(`^fairway=(\("@method" "@target-uri" "date" "content-digest"\);created=(\d+);keyid="([0-9a-f]+)";alg="hmac-sha256")$`)

// verify checks a call as a partner does (RFC 9421 section 3.2).
func verify(c told, target, id string, key []byte) error {
	input := signatureInput.FindStringSubmatch(c.Header.Get("Signature-Input"))
	if input == nil || input[3] != id {
		return fmt.Errorf("Signature-Input: %s", c.Header.Get("Signature-Input"))
	}
	digest := sha256.Sum256(c.body)
	if want := "sha-256=:" + base64.StdEncoding.EncodeToString(digest[:]) + ":"; c.Header.Get("Content-Digest") != want {
		return fmt.Errorf("Content-Digest: %s", c.Header.Get("Content-Digest"))
	}
	date, err := http.ParseTime(c.Header.Get("Date"))
	if err != nil || time.Since(date).Abs() > time.Minute || input[2] != fmt.Sprint(date.Unix()) {
		return fmt.Errorf("Date: %s, created %s", c.Header.Get("Date"), input[2])
	}
	base := "\"@method\": " + c.Method + "\n\"@target-uri\": " + target + "\n\"date\": " + c.Header.Get("Date") +
		"\n\"content-digest\": " + c.Header.Get("Content-Digest") + "\n\"@signature-params\": " + input[1]
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(base))
	if want := "fairway=:" + base64.StdEncoding.EncodeToString(mac.Sum(nil)) + ":"; c.Header.Get("Signature") != want {
		return fmt.Errorf("Signature: %s, want %s", c.Header.Get("Signature"), want)
	}
	return nil
}

func TestEraseTellsPartnersAndExpiresCookies(t *testing.T) {
	acme, other := newPartner(t, 204), newPartner(t, 200)
	g := startRights(t, partnerBlock("acme", acme.URL+"/erase?for=shop")+partnerBlock("other", other.URL)+
		"partner quiet hosts quiet.example purpose advertising\ncookie _acme advertising 1y\ncookie cart necessary 30d", proxied, echo)
	confirm := g.get("/.consent/erase")
	if confirm.StatusCode != 200 || !strings.Contains(confirm.body, "<form method=\"post\" action=\"/.consent/erase") || !strings.Contains(confirm.body, "acme, other") || len(confirm.Cookies()) > 0 {
		t.Errorf("the page that asks is %s %s", confirm.Status, confirm.body)
	}
	cookie := g.grant("advertising", "analytics")
	a := g.do("POST", "/.consent/erase", "", "Cookie", cookie+"; _acme=secret1; cart=secret2; dates=x; visit=1",
		"Accept", "application/json", "User-Agent", "secret3", "X-Device-Id", "secret4")
	if a.StatusCode != 200 || a.Header.Get("Clear-Site-Data") != `"storage"` {
		t.Fatalf("answered %s %v", a.Status, a.Header)
	}
	set, expired := cookiesOf(a)
	for _, name := range []string{"_acme", "cart", "dates", "visit", "consent"} {
		if !expired[name] || set[name] != "" {
			t.Errorf("the cookie %s stays", name)
		}
	}
	if n := strings.Count(strings.Join(a.Header["Set-Cookie"], "\n"), "consent="); n != 1 {
		t.Errorf("the consent cookie is set %d times", n)
	}
	var answer struct {
		Erased   bool
		Partners []struct{ Partner, Token string }
	}
	if err := json.Unmarshal([]byte(a.body), &answer); err != nil || !answer.Erased || len(answer.Partners) != 2 {
		t.Fatalf("answered %s", a.body)
	}
	if answer.Partners[0].Token == answer.Partners[1].Token || len(answer.Partners[0].Token) != 22 {
		t.Errorf("the tokens are %v", answer.Partners)
	}

	call := acme.waitFor(t, 1)[0]
	other.waitFor(t, 1)
	id, key := g.keyOf("acme")
	if err := verify(call, acme.URL+"/erase?for=shop", id, key); err != nil {
		t.Error(err)
	}
	if _, others := g.keyOf("other"); verify(call, acme.URL+"/erase?for=shop", id, others) == nil {
		t.Error("two partners have one key")
	}
	want := fmt.Sprintf(`{"site":"shop.example","scope":"visitor","token":"%s","date":"%s"}`, answer.Partners[0].Token, time.Now().UTC().Format(time.DateOnly))
	if string(call.body) != want || call.Method != "POST" || call.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the partner got %s %s, want %s", call.Method, call.body, want)
	}
	if all := fmt.Sprint(call.Header) + call.RequestURI + string(call.body); strings.Contains(all, "secret") || strings.Contains(all, "127.0.0.1") && strings.Contains(fmt.Sprint(call.Header), "127.0.0.1") {
		t.Errorf("the partner learned something: %s", all)
	}

	var list struct {
		Erasures []struct {
			Token, Partner, Scope, Problem string
			Attempts                       int
			Done                           *time.Time
		}
	}
	eventually(t, "both calls are done", func() bool {
		g.officer("GET", "/consent/erasures?state=done", "", &list)
		return len(list.Erasures) == 2
	})
	if e := list.Erasures[0]; e.Attempts != 1 || e.Done == nil || e.Problem != "" || e.Scope != "visitor" {
		t.Errorf("the list holds %+v", e)
	}
	var pending string
	if g.officer("GET", "/consent/erasures", "", &pending); strings.TrimSpace(pending) != `{"erasures":[]}` {
		t.Errorf("still pending: %s", pending)
	}
}

func TestErasePage(t *testing.T) {
	acme := newPartner(t, 204)
	g := startRights(t, partnerBlock("acme", acme.URL), proxied, echo)
	a := g.do("POST", "/.consent/erase?lang=zh", "", "Cookie", "PHPSESSID=1")
	call := acme.waitFor(t, 1)[0]
	var body struct{ Token string }
	if err := json.Unmarshal(call.body, &body); err != nil {
		t.Fatal(err)
	}
	if a.StatusCode != 200 || !strings.Contains(a.body, body.Token) || !strings.Contains(a.body, "已完成") {
		t.Errorf("the page is %s %s", a.Status, a.body)
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://evil.example"}} {
		if a := g.do("POST", "/.consent/erase", "", headers...); a.StatusCode != 403 || len(a.Cookies()) > 0 {
			t.Errorf("%v: %s", headers, a.Status)
		}
	}
	time.Sleep(50 * time.Millisecond)
	if n := len(acme.waitFor(t, 1)); n != 1 {
		t.Errorf("the partner was called %d times", n)
	}
}

// TestEraseUnderOptOut keeps the refusal, for without it the regime would grant.
func TestEraseUnderOptOut(t *testing.T) {
	g := startRights(t, "regime opt-out other", proxied, echo)
	if body := g.get("/").body; strings.Contains(body, "Consent: necessary\r\n") {
		t.Skipf("the country is unknown and so the strictest regime holds:\n%s", body)
	}
	set, _ := cookiesOf(g.do("POST", "/.consent/erase", ""))
	if body := g.get("/", "Cookie", "consent="+set["consent"]).body; set["consent"] == "" || !strings.Contains(body, "Consent: necessary\r\n") {
		t.Errorf("after an erasure the storefront sees\n%s", body)
	}
}

func TestStorefrontErasesAccount(t *testing.T) {
	acme := newPartner(t, 204)
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		if r.URL.Path == "/account/delete" {
			w.Header().Set("Consent-Erase", "account")
			w.Header().Add("Set-Cookie", "sid=fresh; Path=/")
		}
		fmt.Fprint(w, "bye")
	})
	g := startRights(t, partnerBlock("acme", acme.URL)+"cookie sid cart necessary 30d", proxied, shop)
	cookie := g.grant("advertising", "analytics")
	a := g.get("/account/delete", "Cookie", cookie+"; sid=old; cart=1; dates=x; visit=1")
	set, expired := cookiesOf(a)
	if a.body != "bye" || a.Header.Get("Consent-Erase") != "" || a.Header.Get("Clear-Site-Data") != "" {
		t.Errorf("the browser got %s %v", a.body, a.Header)
	}
	for _, name := range []string{"cart", "dates", "visit", "consent"} {
		if !expired[name] {
			t.Errorf("the cookie %s stays: %v", name, a.Header["Set-Cookie"])
		}
	}
	if set["sid"] != "fresh" {
		t.Errorf("the session that the storefront began is %q", set["sid"])
	}
	if call := acme.waitFor(t, 1)[0]; !strings.Contains(string(call.body), `"scope":"account"`) {
		t.Errorf("the partner got %s", call.body)
	}
	if a := g.get("/", "Consent-Erase", "account", "Cookie", cookie); len(a.Cookies()) > 0 {
		t.Error("a client's own Consent-Erase is heard")
	}
}

// TestErasureIsRetriedAcrossRestarts has the partner fail, the gateway restart,
// and the partner come back.
func TestErasureIsRetriedAcrossRestarts(t *testing.T) {
	acme := newPartner(t, 503)
	policy := partnerBlock("acme", acme.URL) + partnerBlock("dead", "http://"+deadAddress(t))
	g := startRights(t, policy, proxied, echo)
	began := time.Now()
	if a := g.do("POST", "/.consent/erase", "", "Cookie", "_ga=1"); a.StatusCode != 200 || time.Since(began) > 5*time.Second {
		t.Fatalf("a visitor waited for a partner: %s", a.Status)
	}
	acme.waitFor(t, 2)
	var list struct {
		Erasures []struct {
			Token, Partner, Problem string
			Attempts                int
			Next                    *time.Time
		}
	}
	g.officer("GET", "/consent/erasures", "", &list)
	if len(list.Erasures) != 2 {
		t.Fatalf("pending: %+v", list)
	}
	for _, e := range list.Erasures {
		if e.Attempts == 0 || e.Problem == "" || e.Next == nil || strings.Contains(e.Problem, "/erase") {
			t.Errorf("the list holds %+v", e)
		}
	}
	if metrics := g.metrics(); !strings.Contains(metrics, `consent_failures_total{site="shop.example",stage="erasure"}`) {
		t.Error("failed calls are not counted")
	}
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	acme.answer(200)
	before := len(acme.waitFor(t, 2))
	g.load(rightsSite(g.admin, g.store, policy, proxied), "127.0.0.1:1")
	calls := acme.waitFor(t, before+1)
	if first, last := calls[0], calls[len(calls)-1]; string(first.body) != string(last.body) {
		t.Errorf("the call was %s and is %s", first.body, last.body)
	}
	eventually(t, "only the dead partner's call is pending", func() bool {
		g.officer("GET", "/consent/erasures", "", &list)
		return len(list.Erasures) == 1 && list.Erasures[0].Partner == "dead"
	})
	if status := g.officer("POST", "/consent/erasures/"+list.Erasures[0].Token, "", nil); status != 204 {
		t.Errorf("hurrying a call answers %d", status)
	}
	if status := g.officer("DELETE", "/consent/erasures/"+list.Erasures[0].Token, "", nil); status != 204 {
		t.Errorf("dropping a call answers %d", status)
	}
	if status := g.officer("DELETE", "/consent/erasures/nothing", "", nil); status != 404 {
		t.Errorf("dropping nothing answers %d", status)
	}
}

// metrics reads what Prometheus would.
func (g *rightsGate) metrics() string {
	g.t.Helper()
	var text string
	g.officer("GET", "/metrics", "", &text)
	return text
}

func TestErasuresOfOneNetworkAreBounded(t *testing.T) {
	acme := newPartner(t, 204)
	g := startRights(t, partnerBlock("acme", acme.URL), proxied, echo)
	var untold []bool
	for range 25 {
		a := g.do("POST", "/.consent/erase", "", "Accept", "application/json", "Cookie", "_ga=1")
		if _, expired := cookiesOf(a); a.StatusCode != 200 || !expired["_ga"] {
			t.Fatalf("an erasure was refused: %s", a.Status)
		}
		untold = append(untold, !strings.Contains(a.body, `"token"`))
	}
	if i := slices.Index(untold, true); i < 20 {
		t.Errorf("partners are called for the first %d of 25 erasures", i)
	}
}
