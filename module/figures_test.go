package module_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
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

func TestBadBeacons(t *testing.T) {
	g := startCounted(t, "route home /\ngoal order", "respond \"shop\"")
	v := g.caller()
	v.accept("analytics")
	token := v.load(`{"path":"/"}`)
	for _, body := range []string{
		`{"path":"/","stay":20,"token":"` + token + `x"}`, `{"path":"/","stay":20,"token":"AAAA"}`, `{"path":"/","stay":20,"token":"%%%"}`, `{"path":"/","stay":20}`,
		`{"path":"/","stay":20,"token":"` + strings.Repeat("A", 32) + `"}`, `{"path":"/","stay":7200,"token":"` + token + `"}`, `{"path":"/","stay":-1,"token":"` + token + `"}`,
		`{"path":"/","stay":1e300,"token":"` + token + `"}`,
	} {
		v.tell(body)
	}
	for _, body := range []string{
		`{"path":`, `[]`, `nonsense`, `{"path":7}`, `{"stay":"soon"}`, `{"path":"/","path":"/x"}`, `{"path":"/"} {}`, "\x1f\x8b\x08\x00", "{\"path\":\"\xff\"}",
		`{"path":"/` + strings.Repeat("x", 64<<10) + `"}`,
	} {
		if a := v.send("POST", "/.consent/visit", body); a.StatusCode != 400 {
			t.Errorf("%.40q is answered %s", body, a.Status)
		}
	}
	v.load(`{"path":"no path","route":"no-such","from":"no site","campaign":"none","unknown":{"a":[1]}}`)
	v.load(`{"path":"/%zz"}`)
	v.load(`{"path":"/` + strings.Repeat("y", 60<<10) + `"}`)
	v.load(``)
	v.tell(`{"path":"/","goal":"no-such","value":1e300}`)
	g.check(map[string]int64{
		"suspect{reason=token}": 5, "suspect{reason=claim}": 3, "suspect{reason=body}": 10,
		"loads{route=home}": 1, "loads{route=other}": 4, "goals{goal=other}": 1, "visitors{seen=new}": 1, "visits{route=home}": 1,
	}, "suspect", "loads", "goals", "goal_value", "stay", "visitors", "visits{route")
}

// Whoever clears the cookies, or none of whose cookies is genuine, is new again.
func TestClearedCookies(t *testing.T) {
	g := startCounted(t, "", "respond \"shop\"")
	v := g.caller()
	v.accept("analytics")
	v.load(`{"path":"/"}`)
	delete(v.jar, "dates")
	delete(v.jar, "visit")
	v.load(`{"path":"/"}`)
	other := g.caller()
	other.accept("analytics")
	other.load(`{"path":"/"}`)
	other.jar["dates"] = strings.Replace(other.jar["dates"], "1", "2", 1)
	other.jar["visit"] = "2"
	other.load(`{"path":"/"}`)
	withdrawn := g.caller()
	withdrawn.accept("analytics")
	withdrawn.load(`{"path":"/"}`)
	withdrawn.accept()
	if withdrawn.jar["dates"] != "" || withdrawn.jar["visit"] != "" {
		t.Errorf("after consent was withdrawn there are %v", withdrawn.jar)
	}
	g.check(map[string]int64{"visitors{seen=new}": 5, "visits{route=other}": 5}, "visitors", "visits{route")
}

// nowhere drops a response.
type nowhere struct{}

func (nowhere) Header() http.Header         { return make(http.Header) }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// A million made-up labels, in fewer requests, make no new series and no new cell.
func TestHostileLabels(t *testing.T) {
	const requests, labels = 100_000, 10
	g := startCounted(t, "route home /\ngoal order\nvalue 9\ncampaign spring-sale\nreferrer news.example\ncross route referrer", "respond \"shop\"")
	v := g.caller()
	v.accept("analytics")
	active := caddy.ActiveContext()
	app, err := active.App("http")
	if err != nil {
		t.Fatal(err)
	}
	visit := &url.URL{Path: "/.consent/visit"}
	server := app.(*caddyhttp.App).Servers["srv0"]
	send := func(n int) {
		canary := "canary" + strconv.Itoa(n)
		body := `{"path":"/` + canary + `","route":"` + canary + `","from":"https://` + canary + `.example","campaign":"` + canary + `","` +
			[]string{"goal", "token"}[n%2] + `":"` + canary + `"}`
		r := &http.Request{
			Method: "POST", URL: visit, RequestURI: visit.Path, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: g.host,
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: fmt.Sprintf("[2001:db8:%x::1]:1234", n%0x10000),
			Header: http.Header{
				"Cookie": {"consent=" + v.jar["consent"] + "; " + canary + "=1"}, "User-Agent": {firefox + " " + canary},
				"Accept-Language": {"x-" + canary}, "Sec-Ch-Ua-Mobile": {canary}, "Referer": {"http://" + g.host + "/" + canary},
				"Origin": {"http://" + g.host},
			},
		}
		server.ServeHTTP(nowhere{}, r)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	series := func() map[string]bool {
		found := make(map[string]bool)
		families, err := active.GetMetricsRegistry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.Metric {
				if strings.HasPrefix(f.GetName(), "consent_") || strings.HasPrefix(f.GetName(), "site_") {
					found[f.GetName()+fmt.Sprint(m.Label)] = true
				}
			}
		}
		return found
	}
	for n := range 2000 {
		send(n)
	}
	before, size := series(), heap()
	var wait sync.WaitGroup
	for part := range 2 {
		wait.Go(func() {
			for n := 2000 + part; n < requests; n += 2 {
				send(n)
			}
		})
	}
	wait.Wait()
	if after := series(); len(after) == 0 || !maps.Equal(before, after) {
		t.Errorf("the series %v became %v", before, after)
	}
	// A name kept of each label would take more.
	if grown := int64(heap()) - int64(size); grown > requests*labels*16 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	cells := g.cells()
	if len(cells) < 10 || len(cells) > 40 || cells["loads{route=other}"] == 0 || cells["goals{goal=other}"] == 0 {
		t.Errorf("%d cells: %v", len(cells), cells)
	}
	for cell := range cells {
		if strings.Contains(cell, "canary") {
			t.Errorf("a cell was made up: %s", cell)
		}
	}
}
