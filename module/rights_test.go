package module_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// heldJSON is what /me answers to programs.
type heldJSON struct {
	Policy  string
	Granted []string
	Decided *string
	By      string
	Cookies struct {
		Choice *struct {
			Cookie, Day string
			Purposes    []string
			Earlier     bool
		}
		Dates *struct {
			Cookie, First, Last string
			Visits              int
			Campaigns           []struct{ Name string }
		}
		Visit      *struct{ Cookie string }
		Unreadable []string
	}
	Stored []string
}

// browserAgent is not taken for a bot's.
const browserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func (g *gate) me(cookie string) heldJSON {
	g.t.Helper()
	a := g.get("/.consent/me", "Accept", "application/json", "Cookie", cookie)
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
		g.t.Fatalf("/me answered %s %v", a.Status, a.Header)
	}
	var held heldJSON
	if err := json.Unmarshal([]byte(a.body), &held); err != nil {
		g.t.Fatalf("%s: %v", a.body, err)
	}
	return held
}

func TestMeShowsAllThatIsHeld(t *testing.T) {
	g := startRights(t, "report {\ncampaign spring-sale\n}", proxied, echo)
	held := g.me("theme=dark")
	if c := held.Cookies; c.Choice != nil || c.Dates != nil || c.Visit != nil || len(c.Unreadable) > 0 || held.Decided != nil || held.Stored == nil || len(held.Stored) > 0 {
		t.Errorf("a stranger is held as %+v", held)
	}
	cookie := g.grant("analytics")
	a := g.do("POST", "/.consent/visit", `{"path":"/","campaign":"spring-sale"}`, "Cookie", cookie, "User-Agent", browserAgent)
	set, _ := cookiesOf(a)
	if set["dates"] == "" || set["visit"] == "" {
		t.Fatalf("the beacon set %v", a.Header["Set-Cookie"])
	}
	all := cookie + "; dates=" + set["dates"] + "; visit=" + set["visit"]
	held = g.me(all)
	c := held.Cookies
	if c.Choice == nil || strings.Join(c.Choice.Purposes, " ") != "necessary analytics" || c.Choice.Earlier || held.Decided == nil || c.Choice.Day != *held.Decided || held.By != "choice" {
		t.Errorf("the decision is shown as %+v in %+v", c.Choice, held)
	}
	if c.Dates == nil || c.Dates.First == "" || c.Dates.First != c.Dates.Last || c.Dates.Visits != 1 || len(c.Dates.Campaigns) != 1 || c.Dates.Campaigns[0].Name != "spring-sale" {
		t.Errorf("the dates are shown as %+v", c.Dates)
	}
	if c.Visit == nil || c.Visit.Cookie != "visit" {
		t.Errorf("the visit is shown as %+v", c.Visit)
	}
	if forged := g.me("consent=x; dates=y; visit=2").Cookies; strings.Join(forged.Unreadable, " ") != "consent dates visit" || forged.Choice != nil || forged.Dates != nil || forged.Visit != nil {
		t.Errorf("forged cookies are shown as %+v", forged)
	}

	english := g.get("/.consent/me", "Cookie", all)
	chinese := g.get("/.consent/me?lang=zh", "Cookie", all)
	if !strings.Contains(english.body, "spring-sale") || !strings.Contains(english.body, "Visit statistics") || !strings.Contains(english.body, c.Dates.First) {
		t.Error("the page does not show what is held")
	}
	if !strings.Contains(chinese.body, `lang="zh"`) || !strings.Contains(chinese.body, "spring-sale") {
		t.Error("the page is not there in Chinese")
	}
	for _, leak := range []string{strings.TrimPrefix(cookie, "consent="), set["dates"]} {
		if strings.Contains(english.body, leak) {
			t.Error("the page shows a cookie's value, which scripts must not read")
		}
	}
	if a := g.get("/.consent/me?format=json", "Cookie", all); !strings.Contains(a.Header.Get("Content-Disposition"), "me.json") || !json.Valid([]byte(a.body)) {
		t.Errorf("the download is %v %s", a.Header, a.body)
	}
	if a := g.get("/.consent/", "Cookie", all); !strings.Contains(a.body, `href="/.consent/me?`) || !strings.Contains(a.body, `href="/.consent/request?`) || !strings.Contains(a.body, `href="/.consent/erase?`) {
		t.Error("the preference page does not lead to the rights")
	}
}

// TestWithdrawalTakesEffectAtOnce takes back one purpose, and all.
func TestWithdrawalTakesEffectAtOnce(t *testing.T) {
	page := `<html><head></head><body><script src="https://ads.acme-ads.example/a.js"></script><img src="https://stats.pagelens.example/p.gif"></body></html>`
	g := startRights(t, `cookie _acme advertising 1y
		cookie _lens analytics 1y
		partner acme-ads hosts *.acme-ads.example purpose advertising
		partner pagelens hosts *.pagelens.example purpose analytics`, proxied, htmlPage(page))
	shown := func(cookie string) (acme, lens bool) {
		body := g.get("/", "Cookie", cookie).body
		return strings.Contains(body, `src="https://ads.acme-ads.example/a.js"`), strings.Contains(body, `<img src="https://stats.pagelens.example/p.gif"`)
	}
	cookie := g.grant("advertising", "analytics")
	if acme, lens := shown(cookie); !acme || !lens {
		t.Fatalf("granted partners are taken out: %v %v", acme, lens)
	}
	const device = "; _acme=1; _lens=2; dates=x; visit=1"

	one := g.do("PUT", "/.consent/state", `{"granted":["analytics"]}`, "Cookie", cookie+device)
	set, expired := cookiesOf(one)
	if !expired["_acme"] || expired["_lens"] || expired["visit"] {
		t.Errorf("taking back advertising expires %v", expired)
	}
	if acme, lens := shown("consent=" + set["consent"]); acme || !lens {
		t.Errorf("after it the page holds acme: %v, pagelens: %v", acme, lens)
	}

	all := g.do("DELETE", "/.consent/state", "", "Cookie", cookie+device)
	set, expired = cookiesOf(all)
	for _, name := range []string{"_acme", "_lens", "dates", "visit"} {
		if !expired[name] {
			t.Errorf("taking back all leaves %s", name)
		}
	}
	if acme, lens := shown("consent=" + set["consent"]); acme || lens {
		t.Errorf("after it the page holds acme: %v, pagelens: %v", acme, lens)
	}
}
