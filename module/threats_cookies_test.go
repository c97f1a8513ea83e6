package module_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// jar is the policy of the cookie tests.
const jar = `consent {
	cookie sid cart_* necessary 1d
	cookie shown necessary 1d secure httponly samesite=lax
}`

// startCookies runs a site whose storefront sets the cookies that its raw
// response holds, byte for byte, and shows the Cookie fields that it gets.
func startCookies(t *testing.T, setCookies ...string) *gate {
	t.Helper()
	return start(t, site(jar, "consent\nreverse_proxy {upstream}"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		body := strings.Join(r.Header["Cookie"], "|")
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n", len(body))
		for _, field := range setCookies {
			fmt.Fprintf(conn, "Set-Cookie: %s\r\n", field)
		}
		_, _ = io.WriteString(conn, "\r\n"+body)
	}))
}

// checkStored compares the Set-Cookie fields that reach a browser.
func checkStored(t *testing.T, set []string, want ...string) {
	t.Helper()
	got := startCookies(t, set...).raw(guarded, request("GET", "/a/b"))
	if got.Status != http.StatusOK || !slices.Equal(got.Header["Set-Cookie"], want) {
		t.Errorf("of\n%q\nthe browser got (%d)\n%q\nwant\n%q", set, got.Status, got.Header["Set-Cookie"], want)
	}
}

// checkSent compares what of a request's Cookie fields reaches the storefront.
func checkSent(t *testing.T, g *gate, want string, fields ...string) {
	t.Helper()
	for i, field := range fields {
		fields[i] = "Cookie: " + field
	}
	if got := g.raw(guarded, request("GET", "/", fields...)); got.Status != http.StatusOK || got.Body != want {
		t.Errorf("of %q the storefront got (%d) %q, want %q", fields, got.Status, got.Body, want)
	}
}

func TestThreat01NamelessAndValueless(t *testing.T) {
	checkStored(t, []string{"=abc", "abc", "sid", "=sid=1", "", ";", "; Path=/", "=", "sid=", "sid=; Path=/"}, "sid=", "sid=; Path=/")
	g := startCookies(t)
	checkSent(t, g, "sid=; sid=2", "=abc; abc; sid; sid=; =sid=1; ; sid=2;")
}

func TestThreat02ControlsAndForeignLetters(t *testing.T) {
	checkStored(t, []string{"s\u00efd=1", "\u2000sid=1", "sid\u2000=1", "\xffsid=1", "sid=caf\u00e9"}, "sid=caf\u00e9")
	g := startCookies(t)
	checkSent(t, g, "sid=1", "s\u00efd=1; \u2000sid=1; sid\u00a0=1; \xffsid=1; sid=1")
	for _, value := range []string{"sid=a\x00b", "s\x00id=1", "sid=\x01", "sid=\x7f"} {
		if got := g.raw(guarded, request("GET", "/", "Cookie: "+value)); got.Status != http.StatusBadRequest {
			t.Errorf("%q is answered by %d %q", value, got.Status, got.Body)
		}
	}
}

func TestThreat03EachFieldAlone(t *testing.T) {
	checkStored(t, []string{
		"_ga=1; Path=/", "sid=1; Path=/", "_fbp=1", "sid=a, _ga=b; Path=/", "unknown=1, sid=2", "cart_1=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
	}, "sid=1; Path=/", "sid=a, _ga=b; Path=/", "cart_1=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT")
}

func TestThreat04Lifetimes(t *testing.T) {
	checkStored(t, []string{
		"sid=1; Max-Age=999999999; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
		"sid=2; Max-Age=60; path=/",
		"sid=3; Max-Age=99999999999999999999",
		"sid=4; Max-Age=junk",
		"sid=5; Max-Age=0",
		"sid=6; Max-Age=60; Max-Age=86401",
	},
		"sid=1; Max-Age=86400; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
		"sid=2; Max-Age=60; path=/",
		"sid=3; Max-Age=86400",
		"sid=4; Max-Age=junk",
		"sid=5; Max-Age=0",
		"sid=6; Max-Age=60; Max-Age=86400",
	)
	before := time.Now()
	fields := startCookies(t, "sid=1; Expires=Fri, 31-Dec-2060 23:59:59 GMT; Path=/").raw(guarded, request("GET", "/")).Header["Set-Cookie"]
	if len(fields) != 1 {
		t.Fatalf("the browser got %q", fields)
	}
	cookies, err := http.ParseSetCookie(fields[0])
	if err != nil || cookies.Expires.After(time.Now().Add(24*time.Hour)) || cookies.Expires.Before(before.Add(24*time.Hour-2*time.Second)) {
		t.Errorf("%q, %v; want a day", fields[0], err)
	}
}

func TestThreat05AttributesKeepTheirBytes(t *testing.T) {
	checkStored(t, []string{
		"sid=1;PATH=/ ;  Partitioned;Priority=High; max-age=999999 ;x=y;;SameSite=none",
		`sid="a b",'c'=\d; Secure`,
	},
		"sid=1;PATH=/ ;  Partitioned;Priority=High; max-age=86400 ;x=y;;SameSite=none",
		`sid="a b",'c'=\d; Secure`,
	)
}

func TestThreat06Domains(t *testing.T) {
	checkStored(t, []string{
		"sid=1; Domain=shop.example", "sid=2; Domain=.shop.example", "sid=3; Domain=SHOP.example", "sid=4; Domain=example", "sid=5; Domain=.example",
		"sid=6; Domain=other.example", "sid=7; Domain=a.shop.example", "sid=8; Domain=", "sid=9; Domain=op.example", "sid=10; Domain=co.uk",
	}, "sid=1; Domain=shop.example", "sid=2; Domain=.shop.example", "sid=3; Domain=SHOP.example", "sid=8; Domain=")
}

func TestThreat07Prefixes(t *testing.T) {
	checkStored(t, []string{
		"__Host-sid=1; Secure; Path=/; Max-Age=999999", "__Host-sid=2; Path=/", "__Host-sid=3; Secure; Path=/; Domain=shop.example", "__Host-sid=4; Secure; Path=/a",
		"__HOST-sid=5; Path=/", "__Secure-sid=6; Secure", "__secure-sid=7", "__Host-shown=8; Secure; Path=/",
	}, "__Host-sid=1; Secure; Path=/; Max-Age=86400", "__Secure-sid=6; Secure", "__Host-shown=8; Secure; Path=/; HttpOnly; SameSite=Lax")
}

func TestThreat08SeveralFields(t *testing.T) {
	g := startCookies(t)
	checkSent(t, g, "sid=1; cart_2=3; sid=4", "sid=1; _ga=2", "cart_2=3", "_fbp=1", "x=1; sid=4")
	checkSent(t, g, "", "_ga=1", "_fbp=2")
}

func TestThreat09Duplicates(t *testing.T) {
	g := startCookies(t)
	checkSent(t, g, "sid=1; sid=2; sid=1", "_ga=1; sid=1; _ga=2; sid=2; _ga=3; sid=1; _ga=")
	checkStored(t, []string{"_ga=1", "sid=1", "_ga=2", "sid=1"}, "sid=1", "sid=1")
}

func TestThreat10QuotesAndDollars(t *testing.T) {
	g := startCookies(t)
	checkSent(t, g, `sid="a; cart_1=b"`, `$Version=1; sid="a; _ga=x; cart_1=b"; $Path=/; $Domain=x`)
	checkSent(t, g, `sid="_ga=1"`, `sid="_ga=1"; "_ga"=2; "sid"=3`)
	checkSent(t, g, "sid=1;cart_1=2", "sid=1;_ga=2;\t_fbp=3;cart_1=2")
}

func TestThreat11TooManyCookies(t *testing.T) {
	g := startCookies(t)
	for n, status := range map[int]int{3000: 200, 3001: http.StatusRequestHeaderFieldsTooLarge} {
		if got := g.raw(guarded, request("GET", "/", "Cookie: "+strings.Repeat("a=1; ", n-1)+"sid=1")); got.Status != status {
			t.Errorf("%d cookies are answered by %d, want %d", n, got.Status, status)
		}
	}
}

// TestThreat12CookiesThatScriptsWrite: what a script has written is taken out of
// the next request and expired, where it may lie; and what is allowed stays.
func TestThreat12CookiesThatScriptsWrite(t *testing.T) {
	g := startCookies(t)
	got := g.raw(guarded, request("GET", "/a/b?x=1", "Cookie: sid=1; written=canary"))
	if got.Body != "sid=1" {
		t.Errorf("the storefront got %q", got.Body)
	}
	var ends []string
	for _, field := range got.Header["Set-Cookie"] {
		begin, end, _ := strings.Cut(field, "; Path=")
		if !strings.HasPrefix(begin, "written=;") || !strings.Contains(begin, "Max-Age=0") || strings.Contains(field, "canary") {
			t.Errorf("unexpected %q", field)
		}
		ends = append(ends, end)
	}
	for _, want := range []string{"/", "/; Domain=shop.example", "/a", "/a/b"} {
		if !slices.Contains(ends, want) {
			t.Errorf("nothing expires the cookie at %s: %q", want, got.Header["Set-Cookie"])
		}
	}
	if private := got.Header.Get("Cache-Control"); !strings.Contains(private, "private") {
		t.Errorf("Cache-Control is %q", private)
	}
	page := `<head><title>x</title><script>(function(){document.cookie="_ga=GA1.2.3";var s=document.createElement("script");
s.src="https://www.google-analytics.com/analytics.js";document.head.appendChild(s)})()</script></head>`
	if body := start(t, bare, htmlPage(page)).get("/").body; !strings.Contains(body, `type="text/plain"`) {
		t.Errorf("the script that writes it runs: %s", body)
	}
}

func TestThreat32CookiesOfAnUpgrade(t *testing.T) {
	g := start(t, bare, socketEcho)
	got := g.dial()
	fmt.Fprintf(got, "GET /socket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: PHPSESSID=1; _ga=canary\r\nX-Device-Id: canary\r\n\r\n", g.host)
	var all strings.Builder
	chunk := make([]byte, 4<<10)
	for !strings.Contains(all.String(), "X-Forwarded-Proto") {
		n, err := got.Read(chunk)
		if all.Write(chunk[:n]); err != nil {
			t.Fatalf("%v after %q", err, all.String())
		}
	}
	if text := all.String(); !strings.HasPrefix(text, "HTTP/1.1 101 ") || !strings.Contains(text, "Cookie: PHPSESSID=1\r\n") || strings.Contains(text, "canary") {
		t.Errorf("the storefront saw\n%s", text)
	}
}

// TestThreat46Tossing: behind TLS only the cookie that no other host and no plain
// HTTP can set is heeded.
func TestThreat46Tossing(t *testing.T) {
	g, client := startTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"__Host-consent=forged; Path=/; Secure", "__Host-dates=x; Path=/; Secure", "__Host-visit=1; Secure; Path=/", "PHPSESSID=1"}
		echo(w, r)
	}))
	send := func(method, path, body string, cookie string) answer {
		r, _ := http.NewRequest(method, "https://"+g.host+path, strings.NewReader(body))
		r.Header.Set("Cookie", cookie)
		return ask(t, client, r)
	}
	granted := func(purpose string) string {
		cookies := send("PUT", "/.consent/state", `{"granted":["`+purpose+`"]}`, "").Cookies()
		if len(cookies) != 1 {
			t.Fatalf("deciding sets %v", cookies)
		}
		c := cookies[0]
		if c.Name != "__Host-consent" || c.Path != "/" || c.Domain != "" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("deciding sets %v", c)
		}
		return c.Name + "=" + c.Value
	}
	a, b := granted("analytics"), granted("advertising")
	for name, test := range map[string]struct{ cookie, want string }{
		"genuine":        {a, "Consent: necessary, analytics\r\n"},
		"twice the same": {a + "; " + a, "Consent: necessary, analytics\r\n"},
		"two differ":     {a + "; " + b, "Consent: necessary\r\n"},
		"forged beside":  {a + "; __Host-consent=x", "Consent: necessary\r\n"},
		"no prefix":      {strings.TrimPrefix(a, "__Host-"), "Consent: necessary\r\n"},
		"other case":     {strings.Replace(a, "__Host-", "__host-", 1), "Consent: necessary\r\n"},
		"prefix later":   {"x=" + a, "Consent: necessary\r\n"},
	} {
		got := send("GET", "/", "", test.cookie)
		if !strings.Contains(got.body, test.want) || strings.Contains(got.body, "__Host-consent") {
			t.Errorf("%s: the storefront saw\n%s", name, got.body)
		}
		for _, field := range got.Header["Set-Cookie"] {
			if strings.HasPrefix(field, "__Host-") && !strings.Contains(field, "Max-Age=0") {
				t.Errorf("%s: the storefront set %q", name, field)
			}
		}
	}
}

// canaries are identifiers as browsers, applications and networks send them.
// Each value is its own, so that a leak shows where it came from.
type canary struct{ where, name, value string }

var canaries = []canary{
	{"cookie", "_ga", "GA1.2.canary01.1700000000"},
	{"cookie", "_fbp", "fb.1.canary02"},
	{"cookie", "visitor_id", "canary03"},
	{"cookie", "consent", "canary04"},
	{"cookie", "__Host-consent", "canary05"},
	{"cookie", "dates", "canary06"},
	{"cookie", "IDE", "canary07"},
	{"query", "imei", "490154203237518"},
	{"query", "IDFA", "6D92078A-8246-4BA4-AE5B-76104861E7DC"},
	{"query", "user[android_id]", "9774d56d682e549c"},
	{"query", "gclid", "canary11"},
	{"query", "fbclid", "canary12"},
	{"query", "msisdn", "8613800138000"},
	{"query", "mac", "3C:22:FB:12:34:56"},
	{"query", "imsi", "460001234567890"},
	{"query", "oaid", "canary16"},
	{"query", "device%5Fid", "canary17"},
	{"query", "lat", "39.904211"},
	{"query", "lng", "116.407395"},
	{"query", "pushToken", "canary20"},
	{"header", "X-Device-Id", "canary21"},
	{"header", "X-IMEI", "356938035643809"},
	{"header", "X-Android-Id", "canary23"},
	{"header", "X-MSISDN", "447700900123"},
	{"header", "X-UIDH", "canary25"},
	{"header", "X-Latitude", "51.507351"},
	{"header", "Sec-CH-UA-Model", `"canary27"`},
	{"header", "Device-Memory", "canary28"},
	{"header", "X-Real-IP", "203.0.113.77"},
	{"header", "True-Client-IP", "203.0.113.78"},
	{"header", "X-Wap-Profile", "http://canary31.example/ua.xml"},
	{"header", "Dictionary-ID", `"canary34"`},
	{"header", "Sec-Browsing-Topics", "(canary35);v=chrome.1:1:2"},
	{"header", "Referer", "http://shop.example/p?gclid=canary32"},
	{"header", "User-Agent", "Mozilla/5.0 (Linux; Android 13; canary33 Build/TQ1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.43 Mobile Safari/537.36"},
}

// planted is the request that holds them all.
func planted(path string) string {
	var cookies, query, headers []string
	for _, c := range canaries {
		switch c.where {
		case "cookie":
			cookies = append(cookies, c.name+"="+c.value)
		case "query":
			query = append(query, c.name+"="+c.value)
		case "header":
			headers = append(headers, c.name+": "+c.value)
		}
	}
	return request("GET", path+"?"+strings.Join(query, "&"), append(headers, "Cookie: "+strings.Join(cookies, "; "))...)
}

// leaked returns which canaries a text holds.
func leaked(text string) []string {
	var found []string
	for _, c := range canaries {
		look := strings.Trim(c.value, `"`)
		if _, rest, ok := strings.Cut(look, "canary"); ok { // one word of it is enough
			look = "canary" + rest[:2]
		}
		if strings.Contains(text, look) {
			found = append(found, c.name)
		}
	}
	return found
}

// configOf reads the configuration that Caddy's admin API shows.
func configOf(t *testing.T, admin string) string {
	t.Helper()
	response, err := http.Get("http://" + admin + "/config/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// plantedBody is a request whose body holds the canaries of its query.
func plantedBody(path string) string {
	var members []string
	for _, c := range canaries {
		if name, err := url.QueryUnescape(c.name); err == nil && c.where == "query" {
			members = append(members, strconv.Quote(name)+": "+strconv.Quote(c.value))
		}
	}
	body := "{" + strings.Join(members, ", ") + "}"
	return request("POST", path, "Content-Type: application/json", "Content-Length: "+strconv.Itoa(len(body))) + body
}

// TestCanaries plants identifiers in requests without consent and looks for them
// everywhere: with the storefront, in the response, in logs, in metrics, in what
// Caddy shows of its configuration, in the database.
func TestCanaries(t *testing.T) {
	folder := t.TempDir()
	admin := "127.0.0.1:" + freePort(t)
	logTo := func(name string) string {
		return `output file ` + filepath.Join(folder, name) + `
		format filter {
			wrap json
			fields {
				request consent
				resp_headers consent
			}
		}`
	}
	seen := make(chan string, 1)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		fmt.Fprintln(&b, r.Method, r.RequestURI)
		_ = r.Header.Write(&b)
		_, _ = io.Copy(&b, r.Body)
		seen <- b.String()
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<p>%s</p>", b.String())
	})
	handlers := "handle /down {\nreverse_proxy 127.0.0.1:1\n}\nhandle {\nreverse_proxy {upstream}\n}"
	store := "consent {\nstore sqlite " + filepath.Join(folder, "fairway.db") + "\n}\n"
	text := twins("metrics\n"+store, "log {\n"+logTo("access.log")+"\n}\nconsent", handlers)
	text = strings.Replace(text, "level ERROR", logTo("default.log"), 1) + metricsSite
	text = strings.Replace(text, "admin off", "admin "+admin, 1)
	g := start(t, text, upstream)

	g.raw(plain, planted("/p"))
	if found := leaked(<-seen); len(found) != len(canaries) {
		t.Fatalf("without the gateway the storefront sees %d of %d: %q", len(found), len(canaries), found)
	}
	g.raw(plain, plantedBody("/p"))
	if found := leaked(<-seen); len(found) < 10 {
		t.Fatalf("without the gateway the storefront sees %q of a body", found)
	}
	got := g.raw(guarded, planted("/p"))
	places := map[string]string{
		"the storefront": <-seen,
		"the response":   fmt.Sprint(got.Header, got.Body, got.Trailer),
		"the error page": fmt.Sprint(g.raw(guarded, planted("/down"))),
		"the own pages":  fmt.Sprint(g.raw(guarded, planted("/.consent/")), g.raw(guarded, planted("/.consent/state")), g.raw(guarded, planted("/.consent/none"))),
		"the config":     configOf(t, admin),
		"the metrics":    g.get("/metrics", "Host", "metrics.example:"+g.port).body,
	}
	g.raw(guarded, plantedBody("/p"))
	places["the storefront's body"] = <-seen
	g.grant("analytics") // writes to the database
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"access.log", "default.log", "fairway.db"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || len(data) == 0 {
			t.Errorf("%s: %v, %d bytes", name, err, len(data))
		}
		places[name] = string(data)
	}
	if !strings.Contains(places["access.log"], "/p?") || !strings.Contains(places["default.log"], "/down") {
		t.Error("the requests are not in the logs")
	}
	if !strings.HasPrefix(places["fairway.db"], "SQLite format 3") || !strings.Contains(places["the config"], `"consent"`) {
		t.Error("the database or the configuration was not read")
	}
	for place, text := range places {
		if found := leaked(text); len(found) > 0 {
			t.Errorf("%s holds %q:\n%.4000s", place, found, text)
		}
	}
}
