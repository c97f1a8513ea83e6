package pages

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestGoals reaches the goals that a page's marks tell of.
func TestGoals(t *testing.T) {
	ctx := browser(t)
	g := newGateway(t, Config{})
	g.body = `<button id="add" data-consent-goal="cart"><b>Add</b></button>
		<a id="plain" href="#x">Tea</a>
		<form data-consent-goal="order" data-consent-goal-value="12.50"><input><button id="order">Order</button></form>
		<div data-consent-goal="outer"><form id="inner"><button id="search">Search</button></form></div>
		<p data-consent-goal="read" data-consent-goal-on="view">Terms</p>
		<div style="height: 5000px"></div>
		<p id="end" data-consent-goal="end" data-consent-goal-on="view" data-consent-goal-value="free">End</p>
		<script>addEventListener("submit", (e) => e.preventDefault());</script>`
	tab := tab{t, ctx}
	goals := func() (goals []string) {
		for _, body := range g.noted(&g.visits) {
			var b struct {
				Goal  string
				Value json.Number
			}
			if json.Unmarshal([]byte(body), &b) == nil && b.Goal != "" {
				goals = append(goals, b.Goal+" "+b.Value.String())
			}
		}
		slices.Sort(goals)
		return goals
	}
	// all lists the goals when what was told before a mark has come.
	marks := 0
	all := func() []string {
		t.Helper()
		marks++
		mark := fmt.Sprintf("/mark%d", marks)
		tab.run(`history.pushState({}, "", "` + mark + `")`)
		eventually(t, mark, func() bool {
			return slices.ContainsFunc(g.noted(&g.visits), func(body string) bool { return strings.Contains(body, mark+`"`) })
		})
		return goals()
	}
	reached := func(want ...string) {
		t.Helper()
		eventually(t, "the goals", func() bool { return len(goals()) >= len(want) })
		if got := all(); !slices.Equal(got, want) {
			t.Errorf("goals %q, want %q", got, want)
		}
	}
	tab.visit(g.at("shop.localhost", "/"))
	tab.run(`document.querySelector("#add b").click()`)
	if got := all(); len(got) > 0 {
		t.Errorf("goals without consent: %v", got)
	}
	tab.run(`consent.set(["analytics"])`)
	reached("read ") // so the script that sees goals is here
	tab.run(`document.querySelector("#add b").click();
		document.querySelector("#add").dispatchEvent(new MouseEvent("click", {bubbles: true, detail: 2}));
		document.querySelector("#plain").click();
		document.querySelector("#order").click();
		document.querySelector("#inner").requestSubmit();`)
	reached("cart ", "order 12.5", "read ")
	tab.run(`document.querySelector("#end").scrollIntoView()`)
	reached("cart ", "end ", "order 12.5", "read ")
	tab.run(`scrollTo(0, 0)`)
	tab.run(`document.body.insertAdjacentHTML("afterbegin", "<p data-consent-goal=late data-consent-goal-on=view>Late</p>")`)
	reached("cart ", "end ", "late ", "order 12.5", "read ")
}
