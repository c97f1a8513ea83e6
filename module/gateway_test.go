package module_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestBareGateway(t *testing.T) {
	g := start(t, bare, echo)
	seen := g.get("/p?idfa=ABCD&lat=39.9042&lng=116.4074&gclid=x&q=tea",
		"X-Device-Id", "d1234f", "Cookie", "PHPSESSID=1; _ga=GA1.2; what=3", "Consent", "necessary, advertising",
		"Consent_Regime", "opt-out").body
	if !strings.HasPrefix(seen, "GET /p?lat=39.9&lng=116.4&q=tea\n") {
		t.Errorf("the storefront saw %q", seen)
	}
	for _, want := range []string{"Consent: necessary\r\n", "Consent-Regime: opt-in\r\n", "Cookie: PHPSESSID=1\r\n", "X-Forwarded-For: 127.0.0.0\r\n"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the storefront saw no %q in\n%s", want, seen)
		}
	}
	for _, leak := range []string{"d1234f", "_ga", "what", "opt-out", "X-Device-Id", "ABCD"} {
		if strings.Contains(seen, leak) {
			t.Errorf("the storefront saw %q in\n%s", leak, seen)
		}
	}
}

func TestGrantedArrivesUntouched(t *testing.T) {
	g := start(t, bare, echo)
	cookie := g.grant("device", "location", "advertising")
	const query = "/p?idfa=ABCD&lat=39.9042&lng=116.4074&gclid=x;y=%zz&q=tea"
	seen := g.get(query, "X-Device-Id", "d1234f", "Cookie", cookie+"; PHPSESSID=1").body
	if !strings.HasPrefix(seen, "GET "+query+"\n") {
		t.Errorf("the storefront saw %q", seen)
	}
	for _, want := range []string{"X-Device-Id: d1234f", "Consent: necessary, advertising, device, location\r\n", "X-Forwarded-For: 127.0.0.1\r\n", "Cookie: PHPSESSID=1\r\n"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the storefront saw no %q in\n%s", want, seen)
		}
	}
}

func TestRefusedCookieIsExpired(t *testing.T) {
	g := start(t, bare, echo)
	fields := g.get("/a/b", "Cookie", "_ga=1; PHPSESSID=2").Header["Set-Cookie"]
	want := map[string]bool{"Path=/": false, "Path=/; Domain=shop.example": false, "Path=/a": false, "Path=/a/b": false}
	for _, field := range fields {
		if !strings.HasPrefix(field, "_ga=;") || !strings.Contains(field, "Max-Age=0") {
			t.Errorf("unexpected %q", field)
		}
		for end := range want {
			if strings.HasSuffix(field, end) {
				want[end] = true
			}
		}
	}
	for end, found := range want {
		if !found {
			t.Errorf("no expiry with %q in %q", end, fields)
		}
	}
}

func TestTwoVisitorsHoldTheSameBytes(t *testing.T) {
	g := start(t, bare, echo)
	if a, b := g.grant("analytics"), g.grant("analytics"); a != b {
		t.Errorf("two visitors who chose alike hold %q and %q", a, b)
	}
	if a, b := g.grant("analytics"), g.grant("advertising"); a == b {
		t.Error("two visitors who chose otherwise hold the same value")
	}
}

func TestValueOutlivesReloadAndRestart(t *testing.T) {
	g := start(t, bare, echo)
	before := g.grant("analytics")
	g.load(strings.Replace(bare, "consent\n", "header X-Reload 1\nconsent\n", 1), "127.0.0.1:1")
	if after := g.grant("analytics"); after != before {
		t.Errorf("after a reload the value is %q and was %q", after, before)
	}
	if body := g.get("/.consent/state", "Cookie", before).body; !strings.Contains(body, `"granted":["necessary","analytics"]`) {
		t.Errorf("after a reload the state is %s", body)
	}
}

func TestStateAPI(t *testing.T) {
	g := start(t, site("consent {\npolicy 2020-10-13 {\neffective 2020-10-20\n}\n}", "consent\nreverse_proxy {upstream}"), echo)
	a := g.get("/.consent/state", "Sec-Gpc", "1")
	const fresh = `{"policy":"2020-10-13","regime":"opt-in","granted":["necessary"],"decided":null,"signals":{"gpc":true}}`
	if strings.TrimSpace(a.body) != fresh || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the state is %s %s", a.Header.Get("Content-Type"), a.body)
	}
	tests := map[string]struct {
		method, path, body string
		headers            []string
		status             int
		names              string
	}{
		"unknown purpose":        {"PUT", "/.consent/state", `{"granted":["sale"]}`, nil, 400, "sale"},
		"no object":              {"PUT", "/.consent/state", `nothing`, nil, 400, "granted"},
		"no list":                {"PUT", "/.consent/state", `{}`, nil, 400, "granted"},
		"given twice":            {"PUT", "/.consent/state", `{"granted":["analytics"],"granted":[]}`, nil, 400, "granted"},
		"in another case":        {"PUT", "/.consent/state", `{"Granted":["analytics"]}`, nil, 400, "granted"},
		"more behind it":         {"PUT", "/.consent/state", `{"granted":["analytics"]} {}`, nil, 400, "granted"},
		"too large":              {"PUT", "/.consent/state", `{"granted":["` + strings.Repeat("x", 70<<10) + `"]}`, nil, 413, ""},
		"cross-site":             {"PUT", "/.consent/state", `{"granted":[]}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"same-site":              {"DELETE", "/.consent/state", ``, []string{"Sec-Fetch-Site", "same-site"}, 403, ""},
		"other origin":           {"POST", "/.consent/", `choice=accept`, []string{"Origin", "http://evil.example"}, 403, ""},
		"null origin":            {"POST", "/.consent/", `choice=accept`, []string{"Origin", "null"}, 403, ""},
		"no choice":              {"POST", "/.consent/", `choice=perhaps`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, ""},
		"wrong method":           {"PATCH", "/.consent/state", ``, nil, 405, ""},
		"no such page":           {"GET", "/.consent/nothing", ``, nil, 404, ""},
		"no such policy":         {"GET", "/.consent/policy/1999", ``, nil, 404, ""},
		"withdrawal":             {"DELETE", "/.consent/state", ``, nil, 200, `"granted":["necessary"],"decided":"20`},
		"same origin":            {"PUT", "/.consent/state", `{"granted":["analytics"]}`, []string{"Origin", "http://{host}", "Sec-Fetch-Site", "same-origin"}, 200, `["necessary","analytics"]`},
		"necessary may be named": {"PUT", "/.consent/state", `{"granted":["necessary"]}`, nil, 200, `["necessary"]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for i := range test.headers {
				test.headers[i] = strings.Replace(test.headers[i], "{host}", g.host, 1)
			}
			a := g.do(test.method, test.path, test.body, test.headers...)
			if a.StatusCode != test.status || !strings.Contains(a.body, test.names) {
				t.Errorf("answered %s: %s", a.Status, a.body)
			}
		})
	}
}

// TestOwnPathsAsHTTP: methods, and conditions on what the gateway serves itself, as RFC
// 9110 has them (sections 10.2.1 and 13.1.2).
func TestOwnPathsAsHTTP(t *testing.T) {
	g := start(t, bare, echo)
	for path, want := range map[string]string{
		"/.consent/": "GET, POST, HEAD", "/.consent/state": "DELETE, GET, PUT, HEAD", "/.consent/visit": "POST", "/.well-known/gpc.json": "GET, HEAD",
	} {
		if a := g.do("PATCH", path, ""); a.StatusCode != http.StatusMethodNotAllowed || !slices.Equal(a.Header["Allow"], []string{want}) {
			t.Errorf("%s answers PATCH with %s and Allow %q", path, a.Status, a.Header["Allow"])
		}
	}
	tag := g.get("/.consent/client.js").Header.Get("Etag")
	for condition, want := range map[string]int{tag: 304, "W/" + tag: 304, `"a,b", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200, `"a` + tag[1:]: 200} {
		if a := g.get("/.consent/client.js", "If-None-Match", condition); a.StatusCode != want {
			t.Errorf("If-None-Match: %s is answered by %s", condition, a.Status)
		}
	}
}

func TestFormDecidesWithoutJavaScript(t *testing.T) {
	g := start(t, bare, echo)
	a := g.do("POST", "/.consent/", "choice=save&purpose=analytics&return=/cart%3Fa=1", "Content-Type", "application/x-www-form-urlencoded")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/cart?a=1" {
		t.Errorf("answered %s to %q", a.Status, a.Header.Get("Location"))
	}
	for _, evil := range []string{"//evil.example/", "https://evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		a := g.do("POST", "/.consent/", "choice=reject&return="+evil, "Content-Type", "application/x-www-form-urlencoded")
		if to := a.Header.Get("Location"); !strings.HasPrefix(to, "/.consent/") {
			t.Errorf("return %q leads to %q", evil, to)
		}
	}
}

func TestForgedAndForeignCookies(t *testing.T) {
	two := `{
	admin off
	persist_config off
	auto_https off
	log default {
		level FATAL
	}
}
http://shop.example:{port}, http://other.example:{port} {
	bind 127.0.0.1
	consent
	reverse_proxy {upstream}
}
`
	g := start(t, two, echo)
	good := g.grant("analytics")
	other := g.grant("advertising")
	tests := map[string][]string{
		"forged":            {"Cookie", good[:len(good)-4] + "AAAA"},
		"truncated":         {"Cookie", good[:len(good)/2]},
		"empty":             {"Cookie", "consent="},
		"oversized":         {"Cookie", "consent=" + strings.Repeat("A", 5000)},
		"two that differ":   {"Cookie", good + "; " + other},
		"one of two forged": {"Cookie", good + "; consent=x"},
		"another site's":    {"Cookie", good, "Host", "other.example:" + g.port},
		"another name":      {"Cookie", "__Host-" + good},
	}
	for name, headers := range tests {
		t.Run(name, func(t *testing.T) {
			a := g.get("/", headers...)
			if a.StatusCode != 200 || !strings.Contains(a.body, "Consent: necessary\r\n") || strings.Contains(a.body, "consent=") {
				t.Errorf("answered %s:\n%s", a.Status, a.body)
			}
		})
	}
	if body := g.get("/", "Cookie", good+"; "+good).body; !strings.Contains(body, "Consent: necessary, analytics\r\n") {
		t.Errorf("two equal copies gave\n%s", body)
	}
}

func TestGPCWinsUnlessChosenUnderIt(t *testing.T) {
	g := start(t, bare, echo)
	before := g.grant("advertising", "analytics")
	if body := g.get("/", "Cookie", before, "Sec-Gpc", "1").body; !strings.Contains(body, "Consent: necessary, analytics\r\n") || !strings.Contains(body, "Sec-Gpc: 1\r\n") {
		t.Errorf("a grant that was made before GPC gave\n%s", body)
	}
	a := g.do("PUT", "/.consent/state", `{"granted":["advertising"]}`, "Sec-Gpc", "1")
	under := a.Cookies()[0]
	if body := g.get("/", "Cookie", under.Name+"="+under.Value, "Sec-Gpc", "1").body; !strings.Contains(body, "Consent: necessary, advertising\r\n") {
		t.Errorf("a grant that was made under GPC gave\n%s", body)
	}
}

// A browser that comes with many cookies is told to forget them by and by: a header of
// more than a few KiB is refused by many a proxy, and with it the page.
func TestExpiriesLeaveRoom(t *testing.T) {
	g := start(t, strings.ReplaceAll(bare, "http://shop.example", "http://www.shop.example"), echo)
	held := make(map[string]bool)
	for i := range 25 {
		held[fmt.Sprintf("_tracker_%d", i)] = true
	}
	for range 6 {
		fields := g.get("/shop/women/shoes/item", "Host", "www.shop.example:"+g.port, "Cookie", strings.Join(slices.Collect(maps.Keys(held)), "=1; ")+"=1").Header["Set-Cookie"]
		size, deep := 0, 0
		for _, field := range fields {
			size += len("Set-Cookie: \r\n") + len(field)
			name, rest, _ := strings.Cut(field, "=")
			switch {
			case strings.HasSuffix(rest, "Path=/; Domain=shop.example"):
				delete(held, name)
			case strings.Contains(rest, "Path=/shop"):
				deep++
			}
		}
		if size > 2<<10 || deep == 0 {
			t.Errorf("%d bytes of header, and %d fields for deep paths", size, deep)
		}
		if len(held) == 0 {
			return
		}
	}
	t.Errorf("the browser still holds %v", held)
}
