package module_test

import (
	"database/sql"
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// counted is a gateway whose raw figures a test reads.
type counted struct {
	*gate
	store string
}

// startCounted runs a site with what is declared in a report.
func startCounted(t testing.TB, report, upstream string, options ...string) *counted {
	t.Helper()
	c := &counted{store: filepath.Join(t.TempDir(), "figures.db")}
	c.gate = start(t, site("consent {\n"+strings.Join(options, "\n")+"\nstore sqlite "+c.store+"\nreport {\n"+report+"\n}\n}", "consent\n"+upstream), nil)
	return c
}

// cells stops the gateway, which takes what it counted to the store, and reads it.
func (c *counted) cells() map[string]int64 {
	c.t.Helper()
	if err := caddy.Stop(); err != nil {
		c.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+c.store)
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT cell, n FROM counts`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	cells := make(map[string]int64)
	for rows.Next() {
		var cell string
		var n int64
		if err := rows.Scan(&cell, &n); err != nil {
			c.t.Fatal(err)
		}
		cells[cell] += n // of two days, when the test runs over midnight
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return cells
}

// check compares the cells of some families, by the beginning of their keys.
func (c *counted) check(want map[string]int64, families ...string) {
	c.t.Helper()
	got := c.cells()
	maps.DeleteFunc(got, func(key string, _ int64) bool {
		return !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) })
	})
	if !maps.Equal(got, want) {
		c.t.Errorf("counted\n%v\nwant\n%v", got, want)
	}
}

// caller is a browser that keeps its cookies.
type caller struct {
	*counted
	jar    map[string]string
	header []string
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func (c *counted) caller(headers ...string) *caller {
	return &caller{c, make(map[string]string), append(headers, "User-Agent", firefox)}
}

// send sends a request with the caller's cookies and keeps those of the response.
func (c *caller) send(method, path, body string, headers ...string) answer {
	c.t.Helper()
	headers = append(headers, c.header...)
	var pairs []string
	for name, value := range c.jar {
		pairs = append(pairs, name+"="+value)
	}
	if slices.Sort(pairs); len(pairs) > 0 {
		headers = append(headers, "Cookie", strings.Join(pairs, "; "))
	}
	a := c.do(method, path, body, headers...)
	for _, set := range a.Cookies() {
		if set.MaxAge < 0 || set.Value == "" {
			delete(c.jar, set.Name)
			continue
		}
		c.jar[set.Name] = set.Value
	}
	return a
}

// load tells of a page that was loaded, and returns the page's token.
func (c *caller) load(body string, headers ...string) string {
	c.t.Helper()
	a := c.send(http.MethodPost, "/.consent/visit", body, headers...)
	var told struct{ Token string }
	if err := json.Unmarshal([]byte(a.body), &told); a.StatusCode != http.StatusOK || err != nil {
		c.t.Fatalf("%s: %s %s", body, a.Status, a.body)
	}
	return told.Token
}

// tell sends a beacon that is answered without content.
func (c *caller) tell(body string) {
	c.t.Helper()
	if a := c.send(http.MethodPost, "/.consent/visit", body); a.StatusCode != http.StatusNoContent {
		c.t.Fatalf("%s: %s %s", body, a.Status, a.body)
	}
}

func (c *caller) accept(purposes ...string) {
	c.t.Helper()
	body, _ := json.Marshal(map[string][]string{"granted": append([]string{}, purposes...)})
	if a := c.send(http.MethodPut, "/.consent/state", string(body)); a.StatusCode != http.StatusOK {
		c.t.Fatalf("accepting %v: %s", purposes, a.Status)
	}
}

func TestGoals(t *testing.T) {
	g := startCounted(t, "goal order /order/complete\ngoal signup\ngoal brochure\nvalue 500\ncampaign spring-sale",
		"header /thanks Consent-Goal \"signup;value=12.50, \\\"order\\\" ; value=9999, no-such\"\nrespond /thanks \"done\"")
	v := g.caller()
	v.accept("analytics")
	v.load(`{"path":"/","campaign":"spring-sale"}`)
	first := v.jar["dates"]
	if a := v.send("GET", "/thanks", ""); a.Header["Consent-Goal"] != nil || a.body != "done" || !strings.Contains(a.Header.Get("Cache-Control"), "private") {
		t.Errorf("answered %q %q", a.Header, a.body)
	}
	if v.jar["dates"] == "" || v.jar["dates"] == first {
		t.Error("the dates do not tell of the goals")
	}
	second := g.caller()
	second.accept("analytics")
	second.load(`{"path":"/order/complete"}`)
	second.tell(`{"goal":"brochure","value":0.10,"path":"/"}`)
	second.tell(`{"goal":"brochure","value":-1,"path":"/"}`)
	second.tell(`{"goal":"brochure","value":3,"path":"/"}`) // the fourth of the day

	refused := g.caller()
	refused.load(`{"path":"/order/complete"}`)
	refused.tell(`{"goal":"order","value":1}`)
	refused.send("GET", "/thanks", "")
	if len(refused.jar) != 0 {
		t.Errorf("without consent there are cookies: %v", refused.jar)
	}
	g.check(map[string]int64{
		"goals{goal=signup}": 1, "goals{goal=order}": 2, "goals{goal=other}": 1, "goals{goal=brochure}": 2,
		"goal_value{goal=signup}": 1250, "goal_value{goal=order}": 50_000, "goal_value{goal=brochure}": 10,
		"conversions{campaign=spring-sale,goal=signup,within=day}": 1, "conversions{campaign=spring-sale,goal=order,within=day}": 1,
		"conversions{campaign=spring-sale,goal=other,within=day}":       1,
		"conversion_value{campaign=spring-sale,goal=signup,within=day}": 1250, "conversion_value{campaign=spring-sale,goal=order,within=day}": 50_000,
		"visitors{seen=new}": 2, "visits{route=other}": 2, "engaged": 2, "loads{route=other}": 3,
	}, "goal", "conversion", "visitors", "visits{route", "engaged", "loads")
}

func TestDimensions(t *testing.T) {
	g := startCounted(t, "route product /product/*\nreferrer news.example\nlogin member\nlanguage zh en\ncross route registered", "respond \"shop\"")
	v := g.caller("Accept-Language", "zh-CN,en;q=0.5")
	v.accept("analytics")
	v.jar["member"] = "7"
	v.load(`{"path":"/product/7","from":"https://www.news.example/today"}`)
	w := g.caller("Accept-Language", "de")
	w.accept("analytics")
	w.load(`{"path":"/x","from":"https://blog.example"}`)
	unasked := g.caller() // whose cookie is not read
	unasked.jar["member"] = "8"
	unasked.load(`{"path":"/product/7"}`)
	g.check(map[string]int64{
		"visits{referrer=news.example}": 1, "visits{referrer=other}": 1, "visits{registered=yes}": 1, "visits{registered=no}": 1,
		"visits{language=zh}": 1, "visits{language=other}": 1,
		"visits{registered=yes,route=product}": 1, "visits{registered=no,route=other}": 1,
	}, "visits{ref", "visits{reg", "visits{lang")
}

func TestConsentIsAskedOnceAVisit(t *testing.T) {
	g := startCounted(t, "", "respond \"shop\"", "cookie _ga analytics", "regime opt-out US")
	var v *caller
	for i := range 10 {
		v = g.caller()
		v.load(`{"path":"/","from":"https://news.example"}`)
		v.load(`{"path":"/x","from":"http://` + g.host + `"}`)
		switch {
		case i < 3:
			v.accept("analytics")
		case i < 5:
			v.accept()
		}
	}
	decided := g.caller()
	decided.load(`{"path":"/"}`)
	decided.accept("analytics")
	decided.load(`{"path":"/"}`) // asked no more
	decided.accept()             // another mind is no other answer
	decided.accept("analytics")
	g.check(map[string]int64{
		"consent{purpose=analytics,regime=opt-in,answer=asked}": 11, "consent{purpose=analytics,regime=opt-in,answer=accepted}": 4,
		"consent{purpose=analytics,regime=opt-in,answer=rejected}": 2,
	}, "consent")
}

func TestProgramsCountApart(t *testing.T) {
	g := startCounted(t, "", "header Content-Type text/html\nrespond \"<p>shop</p>\"")
	for agent, times := range map[string]int{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": 2, "Netvibes (http://www.netvibes.com)": 3,
		"curl/8.5.0": 1, "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0": 1,
	} {
		for range times {
			g.do("GET", "/", "", "User-Agent", agent)
		}
	}
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		g.do("GET", "/", "", "User-Agent", firefox, header, "prefetch")
	}
	v := g.caller()
	v.accept("analytics")
	v.load(`{"path":"/"}`, "Sec-Purpose", "prefetch;prerender")
	g.do("GET", "/", "", "User-Agent", firefox)
	g.check(map[string]int64{
		"bots{class=crawler}": 5, "bots{class=tool}": 1, "bots{class=headless}": 1, "bots{class=prefetch}": 5, "navigations{route=other}": 1,
	}, "bots", "loads", "visits", "visitors", "navigations")
}
