package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestWalkPolicy walks past a policy whose words change, and one that changes
// what was decided on.
func TestWalkPolicy(t *testing.T) {
	b := startBrowser(t)
	start := func(t *testing.T) *gate { return startGate(t, firstPolicy) }
	walk(t, "change", b, start, func(v *visitor) {
		v.visit("/")
		v.answers("accept")

		const words = `policy second {
			effective 2020-11-20
			controller "Lantern Lane Limited"
			contact privacy@shop.example
		}
		purpose analytics title "How many visit"`
		v.g.reload(firstPolicy + "\n" + words)
		v.finds("/", everything...)

		v.g.reload(firstPolicy + "\n" + words + `
		partner bidhouse {
			hosts bidhouse.example
			purpose advertising
			country US
		}
		cookie reco personalization 3mo`)
		v.visit("/")
		if told := look[string](v, `document.getElementById("told").textContent`); told != "necessary" {
			v.t.Errorf("after the change the shop is told %q", told)
		}
		v.until(banner + `?.textContent.includes("What you decided on before has changed since.")`)
		v.press(`#consent-banner button:not([name])`)
		v.until(v.root() + `?.querySelector("[aria-label='What has changed']")`)
		list := look[string](v, `[...`+v.root()+`.querySelectorAll("[aria-label='What has changed'] li")].map(x => x.textContent).sort().join("; ")`)
		if list != "New cookie reco (Personal offers); New partner bidhouse (Advertising)" {
			v.t.Errorf("the changes are %s", list)
		}
		v.sends("accept")
		v.finds("/", everything...)
		v.visit("/.consent/")
		if look[bool](v, `!!document.querySelector("[aria-label='What has changed']")`) {
			v.t.Error("the changes are shown after a decision on them")
		}
	})
}

// TestWalkRights walks through what visitors can see, take back and ask for.
func TestWalkRights(t *testing.T) {
	b, g := startBrowser(t), startGate(t, firstPolicy)
	same := func(*testing.T) *gate { return g }

	walk(t, "me and withdrawal", b, same, func(v *visitor) {
		// allowed lists what the page says is in force, and in the decision.
		allowed := func() string {
			v.visit("/.consent/me")
			return look[string](v, `[...document.querySelectorAll("main ul.plain")].map(x => x.innerText.trim().split(/\s*\n\s*/).join(", ")).join(" | ")`)
		}
		if got := allowed(); got != "Necessary" {
			v.t.Errorf("before the decision /me shows %s", got)
		}
		v.visit("/")
		v.answers("accept")
		v.finds("/", everything...)
		v.holds("_fbp", "_ga", "consent", "sid")

		v.press(`#reopen`)
		v.pressIn(v.root(), `label[for=purpose-advertising]`)
		v.sends("save")
		v.until(`!document.getElementById("told")?.textContent.includes("advertising")`) // the script loads the page anew
		v.holds("_ga", "consent", "sid")
		var left []string
		for _, purpose := range everything {
			if purpose != "advertising" {
				left = append(left, purpose)
			}
		}
		v.finds("/", left...)
		const names = "Necessary, Preferences, Visit statistics, Personal offers, Device details, Precise location, Camera, Microphone, Photos, Contacts, Transfer abroad"
		if got := allowed(); got != names+" | "+names {
			v.t.Errorf("after the withdrawal of advertising /me shows %s", got)
		}

		v.visit("/")
		v.press(`#reopen`)
		v.sends("reject")
		v.until(`!document.getElementById("told")?.textContent.includes("analytics")`)
		v.holds("consent", "sid")
		v.finds("/")
		if got := allowed(); got != "Necessary | Necessary" {
			v.t.Errorf("after the withdrawal of all /me shows %s", got)
		}
	})

	walk(t, "erase", b, same, func(v *visitor) {
		v.visit("/")
		v.answers("accept")
		v.finds("/", everything...)
		look[bool](v, `localStorage.setItem("tea", "green"), true`)
		v.visit("/.consent/me")
		v.press(`main a[href*="/erase"]`)
		v.until(`document.querySelector("form[action*='/erase']")`)
		v.press(`form[action*="/erase"] button`)
		v.until(`document.querySelector(".good[role=status]")?.textContent.startsWith("Done.")`)
		v.holds()
		var call struct{ Scope, Token string }
		select {
		case body := <-g.erasures:
			if err := json.Unmarshal([]byte(body), &call); err != nil || call.Scope != "visitor" || call.Token == "" {
				v.t.Errorf("the partner is told %s, %v", body, err)
			}
		case <-time.After(10 * time.Second):
			v.t.Fatal("the partner was not told")
		}
		if shown := look[string](v, `document.querySelector("main dd code")?.textContent ?? ""`); shown != call.Token {
			v.t.Errorf("the page shows the code %q, the partner got %q", shown, call.Token)
		}
		v.visit("/")
		if !look[bool](v, `!!`+banner+` && localStorage.getItem("tea") === null && document.getElementById("told").textContent === "necessary"`) {
			v.t.Error("something is left after the erasure")
		}
	})

	walk(t, "request", b, same, func(v *visitor) {
		v.visit("/.consent/request")
		v.press(`label[for=kind-access]`)
		err := chromedp.Do(v.ctx,
			chromedp.SendKeys(chromedp.CSS(`#contact`), "ada@visitor.example"),
			chromedp.SendKeys(chromedp.CSS(`#message`), "All of it, please."))
		if err != nil {
			v.t.Fatal(err)
		}
		v.press(`form[action$="/request"] button`)
		v.until(`document.querySelector(".good[role=status]")`)
		// status reads the terms of the list.
		status := func() map[string]string {
			return look[map[string]string](v, `Object.fromEntries([...document.querySelectorAll("main dt")].map(x => [x.textContent, x.nextElementSibling.textContent]))`)
		}
		v.press(`main .note a[href*="ref="]`)
		v.until(`location.search.includes("ref=") && !document.querySelector(".good[role=status]")`)
		if s := status(); s["What you ask for"] != "A copy of my data" || s["Status"] != "Open" || s["Days left"] != "15" {
			v.t.Errorf("the status is %v", s)
		}

		var open struct{ Requests []struct{ ID string } }
		g.officer("GET", "/requests", "", &open)
		if len(open.Requests) != 1 {
			v.t.Fatalf("the officer sees %v", open)
		}
		var one struct{ Kind, Contact, Message string }
		at := "/requests/" + open.Requests[0].ID
		g.officer("GET", at, "", &one)
		if one.Kind != "access" || one.Contact != "ada@visitor.example" || one.Message != "All of it, please." {
			v.t.Errorf("the officer reads %+v", one)
		}
		g.officer("POST", at+"/answer", `{"outcome":"done","answer":"It was sent to you."}`, nil)
		if err := chromedp.Do(v.ctx, chromedp.Reload()); err != nil {
			v.t.Fatal(err)
		}
		v.until(`document.querySelector("main .words")?.textContent === "It was sent to you."`)
		if s := status(); s["Status"] != "Answered" || s["Answered on"] == "" {
			v.t.Errorf("after the answer the status is %v", s)
		}
	})
}

// TestWalkMinors walks through a shop that learns at sign-in how old a visitor
// is.
func TestWalkMinors(t *testing.T) {
	b, g := startBrowser(t), startGate(t, firstPolicy)
	walk(t, "sign-in", b, func(*testing.T) *gate { return g }, func(v *visitor) {
		v.visit("/")
		v.answers("accept")
		v.finds("/", everything...)
		before := openTab(v.t, v.ctx, g, v.script)
		before.visit("/.consent/?return=/")
		for _, age := range []string{"under-18", "under-14"} {
			v.visit("/login/" + age)
			v.finds("/")
			v.holds("consent", "sid")
			// A guardian's consent grants nothing by itself: it lets the visitor be asked.
			v.visit("/login/guardian")
			v.visit("/")
			if told := look[string](v, `document.getElementById("told").textContent`); told != "necessary" {
				v.t.Errorf("after the guardian's consent the shop is told %q", told)
			}
			v.answers("accept")
			v.finds("/", everything...)
		}
		v.visit("/login/under-14")
		v.visit("/.consent/")
		v.until(`document.querySelector("main").textContent.includes("belongs to a minor")`)
		// Nor does a page that was opened before grant a minor anything.
		if _, err := chromedp.RunResponse(before.ctx, chromedp.Click(chromedp.CSS(`#decide button[value=accept]`))); err != nil {
			v.t.Fatal(err)
		}
		v.finds("/")
	})
}

// TestWalkNotices walks past notices until they are seen.
func TestWalkNotices(t *testing.T) {
	b := startBrowser(t)
	g := startGate(t, firstPolicy+`
		notice incident {
			text "Some addresses could be seen by others."
			link /incident
		}`)
	var set struct{ ID string }
	g.officer("POST", "/notices", `{"kind":"policy","text":"The policy is easier to read now."}`, &set)
	if set.ID == "" {
		t.Fatal("the notice has no id")
	}
	same := func(*testing.T) *gate { return g }
	walk(t, "seen", b, same, func(v *visitor) {
		// shown lists the notices of the page.
		const shown = `[...document.querySelectorAll("#consent-notices form p")].map(x => x.textContent.trim()).sort().join(" | ")`
		const incident, policy = "Security notice Some addresses could be seen by others. Read more", "Privacy policy The policy is easier to read now."
		expect := func(words ...string) {
			v.t.Helper()
			if got, want := look[string](v, shown), strings.Join(words, " | "); got != want {
				v.t.Errorf("the notices are %q, want %q", got, want)
			}
		}
		v.visit("/")
		v.answers("reject")
		expect(policy, incident)
		v.visit("/tea?kind=green")
		expect(policy, incident)
		v.press(`#consent-notices form:has(a[href="/incident"]) button`)
		v.until(`document.getElementById("told") && ` + shown + `.startsWith("Privacy") && !` + shown + `.includes("|")`)
		if at := look[string](v, `location.pathname + location.search`); at != "/tea?kind=green" {
			v.t.Errorf("the button leads to %s", at)
		}
		v.visit("/")
		expect(policy)
		v.press(`#consent-notices button`)
		v.until(`document.getElementById("told") && !document.getElementById("consent-notices")`)
		v.finds("/next")
		expect()
	})
}
