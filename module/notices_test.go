package module_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var noticeID = regexp.MustCompile(`name="id" value="([0-9a-f]{8})"`)

// noticeIDs finds the notices that a storefront page shows.
func noticeIDs(page string) (ids []string) {
	for _, found := range noticeID.FindAllStringSubmatch(page, -1) {
		ids = append(ids, found[1])
	}
	return ids
}

// sees presses the button of a notice and returns the cookie, "" for none.
func (g *gate) sees(id, back string, headers ...string) (cookie, to string) {
	g.t.Helper()
	form := url.Values{"id": {id}, "return": {back}}.Encode()
	a := g.do("POST", "/.consent/notice", form, append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
	if a.StatusCode != http.StatusSeeOther {
		g.t.Fatalf("seeing %s: %s: %s", id, a.Status, a.body)
	}
	for _, c := range a.Cookies() {
		if c.Name == "notices" {
			cookie = "notices=" + c.Value
		}
	}
	return cookie, a.Header.Get("Location")
}

func TestNoticesAreShownUntilSeen(t *testing.T) {
	notices := fmt.Sprintf(`notice incident {
			text "Orders of 3 May were shown to others."
			link /incident
			until %s
		}
		notice end-of-service {
			title Goodbye
			text "We close."
			from %s
			until %s
		}
		notice policy text "It is over." until %s
		notice policy text "It has not begun." from %s`, in(5), in(-10), in(40), in(-1), in(1))
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html><head></head><body>Cookie: %s", r.Header.Get("Cookie"))
	})
	g := start(t, consentSite(notices), shop)

	page := g.get("/a?b=1").body
	ids := noticeIDs(page)
	if len(ids) != 2 || !strings.Contains(page, "Security notice</strong> Orders of 3 May") || !strings.Contains(page, "Goodbye</strong> We close.") || !strings.Contains(page, `href="/incident"`) {
		t.Fatalf("the page shows %v:\n%s", ids, page)
	}
	if strings.Contains(page, "It is over.") || strings.Contains(page, "It has not begun.") {
		t.Error("a notice is shown on the wrong day")
	}
	if !strings.Contains(page, `name="return" value="/a?b=1"`) {
		t.Error("the form does not lead back")
	}

	first, to := g.sees(ids[0], "/a?b=1")
	if to != "/a?b=1" {
		t.Errorf("leads to %q", to)
	}
	page = g.get("/", "Cookie", first+"; PHPSESSID=1").body
	if got := noticeIDs(page); len(got) != 1 || got[0] != ids[1] {
		t.Errorf("after one was seen the page shows %v", got)
	}
	if !strings.Contains(page, "Cookie: PHPSESSID=1<") && !strings.Contains(page, "Cookie: PHPSESSID=1\n") && strings.Contains(page, "Cookie: PHPSESSID=1; ") || strings.Contains(page, "notices=") {
		t.Errorf("the storefront got the gateway's cookie:\n%s", page)
	}
	both, _ := g.sees(ids[1], "/", "Cookie", first)
	page = g.get("/", "Cookie", both+"; "+g.grant("analytics")).body
	if len(noticeIDs(page)) > 0 || strings.Contains(page, "consent-notices") || strings.Contains(page, "style.css") {
		t.Errorf("after both were seen the page is %s", page)
	}

	// Who saw the same holds the same, in whatever order.
	other, _ := g.sees(ids[1], "/")
	if other, _ = g.sees(ids[0], "/", "Cookie", other); other != both {
		t.Errorf("one visitor holds %q, another one %q", both, other)
	}
	// The gateway's own pages show them all the same.
	if body := g.get("/.consent/", "Cookie", both).body; !strings.Contains(body, "We close.") || !strings.Contains(body, "Security notice") || strings.Contains(body, "It is over.") {
		t.Error("the preference page lacks a notice")
	}
}

func TestNoticeForm(t *testing.T) {
	g := start(t, consentSite(`notice incident text "Here."`), htmlPage("<html><body>Shop"))
	id := noticeIDs(g.get("/").body)[0]
	for name, test := range map[string]struct {
		id, back, cookie, to string
		sets                 bool
	}{
		"seen":               {id, "/x", "", "/x", true},
		"unknown":            {"00000000", "/x", "", "/x", false},
		"nothing":            {"", "", "", "/.consent/", false},
		"more than an id":    {id + "; Path=/x", "/x", "", "/x", false},
		"leads elsewhere":    {id, "//evil.example/", "", "/.consent/", true},
		"a cookie of junk":   {id, "/", "notices=junk.<b>." + strings.Repeat("x", 300), "/", true},
		"an oversize cookie": {id, "/", "notices=" + strings.Repeat("x", 2000), "/", true},
	} {
		t.Run(name, func(t *testing.T) {
			cookie, to := g.sees(test.id, test.back, "Cookie", test.cookie)
			if to != test.to || (cookie != "") != test.sets || test.sets && cookie != "notices="+id {
				t.Errorf("answered to %q with %q", to, cookie)
			}
		})
	}
	for name, headers := range map[string][]string{"another site": {"Sec-Fetch-Site", "cross-site"}, "another origin": {"Origin", "http://evil.example"}} {
		if a := g.do("POST", "/.consent/notice", "id="+id, append(headers, "Content-Type", "application/x-www-form-urlencoded")...); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if a := g.get("/.consent/notice"); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", a.Status)
	}
}

// The page with a notice and the one without are two representations.
func TestNoticesAndEntityTags(t *testing.T) {
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Etag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte("<html><body>Shop"))
	})
	g := start(t, consentSite(`notice incident text "Here."`), shop)
	a := g.get("/")
	cookie, _ := g.sees(noticeIDs(a.body)[0], "/")
	tag := a.Header.Get("Etag")
	if b := g.get("/", "If-None-Match", tag); b.StatusCode != http.StatusNotModified {
		t.Errorf("the same page again: %s", b.Status)
	}
	if b := g.get("/", "If-None-Match", tag, "Cookie", cookie); b.StatusCode != http.StatusOK || b.Header.Get("Etag") == tag {
		t.Errorf("the page without the notice: %s, with the tag %s", b.Status, b.Header.Get("Etag"))
	}
}

func TestNoticesByAdminAPI(t *testing.T) {
	g := startRights(t, `notice policy text "Declared."`, proxied, htmlPage("<html><body>Shop"))
	var list struct {
		Notices []struct {
			ID, Kind, Text, From, Until string
			Declared                    bool
		}
	}
	find := func(text string) (id string) {
		t.Helper()
		if status := g.officer("GET", "/consent/notices", "", &list); status != http.StatusOK {
			t.Fatalf("listing: %d", status)
		}
		for _, n := range list.Notices {
			if n.Text == text {
				return n.ID
			}
		}
		return ""
	}
	var set struct{ ID, From string }
	if status := g.officer("POST", "/consent/notices", `{"kind":"incident","text":"Just happened.","link":"/help"}`, &set); status != http.StatusOK || set.From != in(0) {
		t.Fatalf("setting: %d, %+v", status, set)
	}
	t.Cleanup(func() { g.officer("DELETE", "/consent/notices/"+set.ID, "", nil) })
	if id := find("Just happened."); id != set.ID {
		t.Errorf("the list is %+v", list)
	}
	if page := g.get("/").body; !strings.Contains(page, "Just happened.") || !strings.Contains(page, "Declared.") {
		t.Errorf("the page is %s", page)
	}
	// To set it again changes nothing but its days.
	var again struct{ ID, Until string }
	if status := g.officer("POST", "/consent/notices", `{"kind":"incident","text":"Just happened.","link":"/help","until":"`+in(3)+`"}`, &again); status != http.StatusOK || again.ID != set.ID || again.Until != in(3) {
		t.Errorf("setting it again: %d, %+v", status, again)
	}
	declared := find("Declared.")
	for name, test := range map[string]struct {
		method, path, body string
		status             int
	}{
		"no kind":             {"POST", "", `{"text":"x"}`, 400},
		"a wrong kind":        {"POST", "", `{"kind":"party","text":"x"}`, 400},
		"no text":             {"POST", "", `{"kind":"incident","text":" "}`, 400},
		"an end too soon":     {"POST", "", `{"kind":"end-of-service","text":"x","until":"` + in(29) + `"}`, 400},
		"an end without date": {"POST", "", `{"kind":"end-of-service","text":"x"}`, 400},
		"a wrong date":        {"POST", "", `{"kind":"incident","text":"x","until":"soon"}`, 400},
		"over before begun":   {"POST", "", `{"kind":"incident","text":"x","until":"2020-01-01"}`, 400},
		"a script's link":     {"POST", "", `{"kind":"incident","text":"x","link":"javascript:alert(1)"}`, 400},
		"an unknown field":    {"POST", "", `{"kind":"incident","text":"x","to":"all"}`, 400},
		"too long":            {"POST", "", `{"kind":"incident","text":"` + strings.Repeat("x", 2001) + `"}`, 400},
		"a declared one":      {"POST", "", `{"kind":"policy","text":"Declared."}`, 409},
		"to remove declared":  {"DELETE", "/" + declared, "", 409},
		"to remove nothing":   {"DELETE", "/00000000", "", 404},
	} {
		if status := g.officer(test.method, "/consent/notices"+test.path, test.body, nil); status != test.status {
			t.Errorf("%s: %d, want %d", name, status, test.status)
		}
	}
	var end struct{ ID string }
	if status := g.officer("POST", "/consent/notices", `{"kind":"end-of-service","text":"x","until":"`+in(30)+`"}`, &end); status != http.StatusOK {
		t.Errorf("an end in 30 days: %d", status)
	}
	// They outlive a reload.
	g.admin = "127.0.0.1:" + freePort(t)
	g.reload(rightsSite(g.admin, g.store, "", proxied), "127.0.0.1:1")
	if find("Just happened.") == "" || find("Declared.") != "" {
		t.Errorf("after a reload the list is %+v", list)
	}
	for _, id := range []string{set.ID, end.ID} {
		if status := g.officer("DELETE", "/consent/notices/"+id, "", nil); status != http.StatusNoContent {
			t.Errorf("removing: %d", status)
		}
	}
	if find("Just happened.") != "" || strings.Contains(g.get("/.consent/").body, "Just happened.") {
		t.Error("it is shown after it was removed")
	}
	for i := range 17 {
		body, err := json.Marshal(map[string]string{"kind": "policy", "text": fmt.Sprint("Number ", i)})
		if err != nil {
			t.Fatal(err)
		}
		want := http.StatusOK
		if i == 16 {
			want = http.StatusConflict
		}
		if status := g.officer("POST", "/consent/notices", string(body), &set); status != want {
			t.Errorf("notice %d: %d", i, status)
		}
	}
	find("")
	for _, n := range list.Notices {
		g.officer("DELETE", "/consent/notices/"+n.ID, "", nil)
	}
}
