package module_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// statusShop says of the visitor what the query asks for, and sets a cookie for
// analytics.
var statusShop = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if said, ok := r.URL.Query()["status"]; ok {
		w.Header()["Consent-Minor"] = said
	}
	w.Header().Add("Set-Cookie", "_ga=1; Path=/")
	w.Header().Set("Content-Type", "application/json")
	data, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%d\n%s", r.ContentLength, data)
})

const necessaryOnly = `"granted":["necessary"]`

func (g *gate) state(cookie string) string {
	g.t.Helper()
	return g.get("/.consent/state", "Cookie", cookie).body
}

// TestSeveralWordsOfTheStorefront: of two that differ none is a guardian's, and an
// erasure is heard wherever it stands.
func TestSeveralWordsOfTheStorefront(t *testing.T) {
	g := start(t, bare, statusShop)
	for query, minor := range map[string]bool{
		"status=guardian": false, "status=guardian&status=guardian": false, "status=Guardian,guardian": false,
		"status=guardian&status=under-14": true, "status=under-14&status=guardian": true, "status=guardian,+under-18": true, "status=": true,
	} {
		cookie := cookieOf(g.get("/?"+query, "Cookie", g.grant("analytics")))
		if state := g.state(cookie); cookie == "" || strings.Contains(state, necessaryOnly) != minor {
			t.Errorf("%s: %s", query, state)
		}
	}
	g = start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Consent-Erase"] = r.URL.Query()["erase"]
	}))
	for query, erased := range map[string]bool{"erase=cart&erase=account": true, "erase=cart,+Account": true, "erase=cart": false, "erase=accounts": false} {
		if a := g.get("/?"+query, "Cookie", g.grant("analytics")); strings.Contains(fmt.Sprint(a.Header["Set-Cookie"]), "consent=;") != erased {
			t.Errorf("%s: %v", query, a.Header)
		}
	}
}

func TestMinorsAndGuardians(t *testing.T) {
	g := start(t, bare, statusShop)
	adult := g.grant("analytics", "advertising")

	a := g.get("/?status=under-14", "Cookie", adult+"; _ga=1")
	minor := cookieOf(a)
	fields := strings.Join(a.Header["Set-Cookie"], "\n")
	if minor == "" || a.Header.Get("Consent-Minor") != "" || strings.Contains(fields, "_ga=1") || !strings.Contains(fields, "_ga=;") {
		t.Fatalf("under-14: %v", a.Header)
	}
	if !strings.Contains(a.Header.Get("Cache-Control"), "private") {
		t.Errorf("a shared cache may keep %v", a.Header)
	}
	if r := g.receipt(a); r.Minor != ledger.IsMinor || r.Mechanism != ledger.ByStorefront || r.EventType != ledger.Withdrawn || decisions(r)["analytics"] != ledger.Withdrawn {
		t.Errorf("under-14: %+v", r)
	}
	if again := g.get("/?status=under-18", "Cookie", minor); cookieOf(again) != "" || again.Header.Get("Consent-Receipt") != "" {
		t.Errorf("what is known is recorded once more: %v", again.Header)
	}

	t.Run("a minor can't consent", func(t *testing.T) {
		put := g.decide(minor, "analytics")
		form := g.do("POST", "/.consent/", "choice=accept", "Cookie", minor, "Content-Type", "application/x-www-form-urlencoded")
		if put.StatusCode != 200 || !strings.Contains(put.body, necessaryOnly) || form.StatusCode != 200 {
			t.Errorf("PUT: %s %s; POST: %s", put.Status, put.body, form.Status)
		}
		for _, cookie := range []string{minor, cookieOf(put), cookieOf(form)} {
			if state := g.state(cookie); !strings.Contains(state, necessaryOnly) {
				t.Errorf("granted: %s", state)
			}
			// What a minor asked for does not come into force later.
			if state := g.state(cookieOf(g.get("/?status=guardian", "Cookie", cookie))); !strings.Contains(state, necessaryOnly) || !strings.Contains(state, `"decided":null`) {
				t.Errorf("a guardian's word granted: %s", state)
			}
		}
		if r := g.receipt(put); r.Minor != ledger.IsMinor || r.EventType != ledger.Refused {
			t.Errorf("the record: %+v", r)
		}
	})
	t.Run("the page of a minor", func(t *testing.T) {
		page := g.get("/.consent/", "Cookie", minor).body
		for _, offer := range []string{`type="checkbox"`, `value="accept"`, `value="save"`} {
			if strings.Contains(page, offer) {
				t.Errorf("offers %s", offer)
			}
		}
		if !strings.Contains(page, "belongs to a minor") {
			t.Error("does not say so")
		}
	})
	t.Run("a guardian", func(t *testing.T) {
		said := g.get("/?status=guardian", "Cookie", minor)
		if r := g.receipt(said); r.Minor != ledger.Guardian || r.EventType != ledger.Refused {
			t.Errorf("the status: %+v", r)
		}
		given := g.decide(cookieOf(said), "analytics")
		if !strings.Contains(given.body, `"granted":["necessary","analytics"]`) {
			t.Errorf("with a guardian: %s", given.body)
		}
		if r := g.receipt(given); r.Minor != ledger.Guardian || r.EventType != ledger.Given {
			t.Errorf("the decision: %+v", r)
		}
		me := g.get("/.consent/me", "Cookie", cookieOf(given)).body
		if !strings.Contains(me, "guardian has agreed") || !strings.Contains(g.get("/.consent/", "Cookie", cookieOf(given)).body, `value="accept"`) {
			t.Error("the pages do not know of the guardian")
		}
		// The record of a withdrawal says so too, and the status stays.
		gone := g.do("DELETE", "/.consent/state", "", "Cookie", cookieOf(given))
		if r := g.receipt(gone); r.Minor != ledger.Guardian || r.EventType != ledger.Withdrawn {
			t.Errorf("the withdrawal: %+v", r)
		}
	})
	t.Run("a guardian of who has chosen", func(t *testing.T) {
		said := g.get("/?status=guardian", "Cookie", adult)
		if state := g.state(cookieOf(said)); !strings.Contains(state, "advertising") {
			t.Errorf("the choice is lost: %s", state)
		}
		if r := g.receipt(said); r.Minor != ledger.Guardian {
			t.Errorf("%+v", r)
		}
	})
	t.Run("unclear", func(t *testing.T) {
		a := g.get("/?status=perhaps", "Cookie", adult)
		if state := g.state(cookieOf(a)); !strings.Contains(state, necessaryOnly) {
			t.Errorf("granted: %s", state)
		}
		if a.Header.Get("Consent-Receipt") != "" {
			t.Error("a fault of the storefront has a receipt")
		}
	})
}

// Under opt-out nothing is granted by default to a minor whose guardian agreed.
func TestGuardianOptOut(t *testing.T) {
	g := start(t, site("consent {\nregime opt-out other\n}", "consent\nreverse_proxy {upstream}"), statusShop)
	if state := g.state(""); !strings.Contains(state, "advertising") {
		t.Fatalf("not opt-out: %s", state)
	}
	said := g.get("/?status=guardian")
	if state := g.state(cookieOf(said)); !strings.Contains(state, necessaryOnly) {
		t.Errorf("a guardian's word granted: %s", state)
	}
	if r := g.receipt(said); r.Minor != ledger.Guardian || r.EventType != ledger.Withdrawn {
		t.Errorf("%+v", r)
	}
}

// A store that fails does not keep a minor's status from taking effect, nor the
// page from being sent.
func TestMinorsWithoutStore(t *testing.T) {
	with := func(store string) string {
		return site("consent {\n"+store+"\n}", "consent\nrespond ok 200")
	}
	g := start(t, with("store sqlite "+filepath.Join(t.TempDir(), "fairway.db")), nil)
	adult := g.grant("analytics")
	g.load(site("consent {\nstore postgres postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1\n}",
		"consent\nheader Consent-Minor {query.status}\nrespond ok 200"), "")
	for _, status := range []string{"under-18", "guardian"} {
		a := g.get("/?status="+status, "Cookie", adult)
		if a.StatusCode != 200 || a.body != "ok" || cookieOf(a) == "" {
			t.Fatalf("%s: %s %v", status, a.Status, a.Header)
		}
		if state := g.state(cookieOf(a)); strings.Contains(state, necessaryOnly) != (status == "under-18") {
			t.Errorf("%s: %s", status, state)
		}
	}
}

func TestBirthdays(t *testing.T) {
	config := func(under string) string {
		return site("consent {\nminors {\nbirthday birthday profile.birthdate\n"+under+"\n}\n}", "consent\nreverse_proxy {upstream}")
	}
	g := start(t, config(""), statusShop)
	adult := g.grant("analytics", "advertising", "device", "location") // nothing of a body is filtered
	some := g.grant("analytics")
	year := time.Now().Year()
	young, old := fmt.Sprintf("%d-05-17", year-12), fmt.Sprintf("%d-05-17", year-30)
	compact := strings.ReplaceAll(young, "-", "")
	const form, json = "application/x-www-form-urlencoded", "application/json"
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	_ = m.WriteField("note", "x")
	_ = m.WriteField("profile[birthdate]", young)
	_ = m.Close()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"birthday":"`+young+`"}`)
	_ = z.Close()
	tests := map[string]struct {
		kind, body string
		minor      bool
		headers    []string
	}{
		"form":                {kind: form, body: "a=1&birthday=" + young, minor: true},
		"form, compact":       {kind: form, body: "birthday=" + compact, minor: true},
		"form, encoded":       {kind: form + "; charset=utf-8", body: "profile%5Bbirthdate%5D=" + young + "T00%3A00%3A00Z", minor: true},
		"json":                {kind: json, body: `{"birthday" : "` + young + `" }`, minor: true},
		"json, within":        {kind: json, body: `{"a":[{"x":{}}],"profile":{"name":"n","birthdate":"` + young + `T10:00:00.000+08:00"}}`, minor: true},
		"json, dotted":        {kind: json, body: `{"profile.birthdate":"` + young + `"}`, minor: true},
		"json, a number":      {kind: "application/vnd.shop+json", body: `{"birthday":` + compact + `}`, minor: true},
		"json, escaped":       {kind: json, body: `{"birthd\u0061y":"` + young + `"}`, minor: true},
		"json, twice":         {kind: json, body: `{"birthday":"` + young + `","birthday":"` + old + `"}`, minor: true},
		"multipart":           {kind: m.FormDataContentType(), body: parts.String(), minor: true},
		"gzip":                {kind: json, body: zipped.String(), minor: true, headers: []string{"Content-Encoding", "gzip"}},
		"an adult":            {kind: form, body: "birthday=" + old},
		"another field":       {kind: form, body: "founded=" + young},
		"another json field":  {kind: json, body: `{"order":{"birthday":"` + young + `"},"birthdate":"` + young + `"}`},
		"a value, not a name": {kind: json, body: `{"kind":"birthday","at":"` + young + `"}`},
		"no date":             {kind: form, body: "birthday=" + young[:7]},
		"not a day":           {kind: form, body: fmt.Sprintf("birthday=%d-02-30", year-12)},
		"another type":        {kind: "text/csv", body: "birthday=" + young},
		"too long":            {kind: form, body: "birthday=" + young + "&pad=" + strings.Repeat("x", 64<<10)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, cookie := range []string{adult, some} {
				a := g.do("POST", "/account", test.body, append([]string{"Content-Type", test.kind, "Cookie", cookie}, test.headers...)...)
				if length, body, _ := strings.Cut(a.body, "\n"); cookie == adult && (length != fmt.Sprint(len(test.body)) || body != test.body) {
					t.Errorf("the storefront saw %s bytes: %.200q", length, body)
				}
				if got := cookieOf(a) != ""; got != test.minor {
					t.Fatalf("a minor: %t, want %t; %s", got, test.minor, a.Status)
				}
				if !test.minor {
					continue
				}
				if state := g.state(cookieOf(a)); !strings.Contains(state, necessaryOnly) {
					t.Errorf("the state is %s", state)
				}
				if r := g.receipt(a); r.Minor != ledger.IsMinor {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	post := func(cookie, query, born string) string {
		return cookieOf(g.do("POST", "/account"+query, "birthday="+born, "Content-Type", form, "Cookie", cookie))
	}
	minor := post(adult, "", young)
	if post(minor, "", old) != "" || !strings.Contains(g.state(minor), necessaryOnly) {
		t.Error("an adult's date lifts a minor's status")
	}
	if state := g.state(post(adult, "?status=guardian", young)); !strings.Contains(state, "advertising") {
		t.Errorf("the storefront's word in the same response does not stand: %s", state)
	}
	guarded := cookieOf(g.get("/?status=guardian", "Cookie", adult))
	if state := g.state(post(guarded, "", young)); !strings.Contains(state, necessaryOnly) {
		t.Errorf("a birthday with a guardian only remembered: %s", state)
	}
	// The gateway's own routes are not the storefront's.
	if a := g.do("POST", "/.consent/", "choice=accept&birthday="+young, "Content-Type", form); !strings.Contains(g.state(cookieOf(a)), "advertising") {
		t.Error("a birthday in the gateway's own form counts")
	}
	t.Run("another age", func(t *testing.T) {
		g := start(t, config("under 13 16"), statusShop)
		adult := g.grant("analytics")
		for years, minor := range map[int]bool{12: true, 14: true, 17: false} {
			a := g.do("POST", "/", fmt.Sprintf("birthday=%d-01-01", year-years), "Content-Type", form, "Cookie", adult)
			if got := cookieOf(a) != ""; got != minor {
				t.Errorf("%d years: a minor: %t", years, got)
			}
		}
		for _, status := range []string{"under-13", "under-16", "under-18"} {
			if state := g.state(cookieOf(g.get("/?status="+status, "Cookie", adult))); !strings.Contains(state, necessaryOnly) {
				t.Errorf("%s: %s", status, state)
			}
		}
	})
}
