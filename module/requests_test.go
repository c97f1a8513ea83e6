package module_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/fairwaygate/fairway/module"
)

const formType = "application/x-www-form-urlencoded"

// stateJSON is a request as its asker sees it.
type stateJSON struct {
	Kind, Status, Opened, Due, Answer, Reference, URL string
	DaysLeft                                          int
	Overdue                                           bool
	Closed                                            *string
}

// entryJSON is a request as the officer sees it.
type entryJSON struct {
	ID, Site, Kind, Status, Contact, Message, Answer string
	Overdue, Removed, Unopened                       bool
}

func (g *rightsGate) ask(contact, message string) stateJSON {
	g.t.Helper()
	body, _ := json.Marshal(map[string]string{"kind": "access", "contact": contact, "message": message})
	a := g.do("POST", "/.consent/request", string(body), "Content-Type", "application/json")
	var s stateJSON
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || a.StatusCode != http.StatusCreated {
		g.t.Fatalf("asking answered %s %s", a.Status, a.body)
	}
	if a.Header.Get("Location") != s.URL || len(s.Reference) != 22 {
		g.t.Errorf("the status is at %q and %q", a.Header.Get("Location"), s.URL)
	}
	return s
}

func (g *rightsGate) status(reference string) (s stateJSON) {
	g.t.Helper()
	a := g.get("/.consent/request?ref="+reference, "Accept", "application/json")
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || a.StatusCode != 200 {
		g.t.Fatalf("the status is %s %s", a.Status, a.body)
	}
	return s
}

func (g *rightsGate) entries(state string) []entryJSON {
	g.t.Helper()
	var list struct{ Requests []entryJSON }
	if status := g.officer("GET", "/consent/requests?state="+state, "", &list); status != 200 {
		g.t.Fatalf("the list answers %d", status)
	}
	return list.Requests
}

func TestRequestFromFormToAnswer(t *testing.T) {
	g := startRights(t, "", proxied, echo)
	if form := g.get("/.consent/request"); form.StatusCode != 200 || !strings.Contains(form.body, `<form method="post" action="/.consent/request">`) {
		t.Errorf("the form is %s %s", form.Status, form.body)
	}
	sent := url.Values{"kind": {"deletion"}, "contact": {"ada@visitor.example"}, "message": {"Order 4711,\nplease."}, "lang": {"en"}}
	a := g.do("POST", "/.consent/request", sent.Encode(), "Content-Type", formType)
	where, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || where.Path != "/.consent/request" || len(where.Query().Get("ref")) != 22 {
		t.Fatalf("answered %s to %q", a.Status, a.Header.Get("Location"))
	}
	reference := where.Query().Get("ref")
	page := g.get(where.String())
	today := time.Now().UTC()
	due := today.AddDate(0, 0, 15).Format(time.DateOnly)
	if page.StatusCode != 200 || !strings.Contains(page.body, due) || !strings.Contains(page.body, reference) || page.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("the status page is %s %s", page.Status, page.body)
	}
	if strings.Contains(page.body, "ada@visitor.example") || strings.Contains(page.body, "4711") {
		t.Error("the status page tells what was written to whoever has the address")
	}
	s := g.status(reference)
	if s.Kind != "deletion" || s.Status != "open" || s.Opened != today.Format(time.DateOnly) || s.Due != due || s.DaysLeft != 15 || s.Overdue || s.Closed != nil || s.Reference != "" {
		t.Errorf("the status is %+v", s)
	}
	if a := g.get("/.consent/request?ref="+reference, "Host", "other.example:"+g.port); a.StatusCode != 404 {
		t.Errorf("another site shows it: %s", a.Status)
	}

	list := g.entries("open")
	if len(list) != 1 || list[0].Contact != "" || list[0].Kind != "deletion" || list[0].Site != "shop.example" || list[0].ID == reference {
		t.Fatalf("the officer's list is %+v", list)
	}
	var one entryJSON
	if status := g.officer("GET", "/consent/requests/"+list[0].ID, "", &one); status != 200 || one.Contact != "ada@visitor.example" || one.Message != "Order 4711,\nplease." {
		t.Errorf("the officer reads %d %+v", status, one)
	}
	answer := "/consent/requests/" + list[0].ID + "/answer"
	if status := g.officer("GET", answer, "", nil); status != 404 {
		t.Errorf("the answer before it was given: %d", status)
	}
	for _, bad := range []string{``, `{}`, `{"outcome":"perhaps","answer":"x"}`, `{"outcome":"done","answer":" "}`, `{"outcome":"done","answer":"x","more":1}`} {
		if status := g.officer("POST", answer, bad, nil); status != 400 {
			t.Errorf("the answer %s: %d", bad, status)
		}
	}
	if status := g.officer("POST", answer, `{"outcome":"done","answer":"It is <gone>."}`, nil); status != 200 {
		t.Errorf("answering: %d", status)
	}
	if status := g.officer("POST", answer, `{"outcome":"refused","answer":"Again."}`, nil); status != 409 {
		t.Errorf("answering twice: %d", status)
	}
	if s := g.status(reference); s.Status != "done" || s.Answer != "It is <gone>." || s.Closed == nil || s.DaysLeft != 0 {
		t.Errorf("after the answer the status is %+v", s)
	}
	if page := g.get("/.consent/request?lang=zh&ref=" + reference); !strings.Contains(page.body, "It is &lt;gone&gt;.") || !strings.Contains(page.body, "已答复") {
		t.Errorf("after the answer the page is %s", page.body)
	}
	if closed := g.entries("closed"); len(closed) != 1 || len(g.entries("open")) != 0 {
		t.Errorf("after the answer the lists are %+v", closed)
	}
}

// TestRequestIsEncryptedAtRest looks for what was written in the store's files.
func TestRequestIsEncryptedAtRest(t *testing.T) {
	g := startRights(t, "", proxied, echo)
	s := g.ask("grace@visitor.example", "the yellow bicycle")
	id := g.entries("open")[0].ID
	if status := g.officer("POST", "/consent/requests/"+id+"/answer", `{"outcome":"done","answer":"the green bicycle"}`, nil); status != 200 {
		t.Fatal(status)
	}
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(g.store + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no store: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"grace", "visitor.example", "yellow", "green", s.Reference} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(file), secret)
			}
		}
		if file == g.store && !bytes.Contains(data, []byte(id)) {
			t.Error("the store does not hold the request at all")
		}
	}
	g.load(rightsSite(g.admin, g.store, "", proxied), "127.0.0.1:1")
	if after := g.status(s.Reference); after.Answer != "the green bicycle" {
		t.Errorf("after a restart the status is %+v", after)
	}
}

func TestRequestRefusals(t *testing.T) {
	g := startRights(t, "", proxied, echo)
	form := func(kind, contact, message string) string {
		return url.Values{"kind": {kind}, "contact": {contact}, "message": {message}}.Encode()
	}
	for name, test := range map[string]struct {
		body, names string
		status      int
		headers     []string
	}{
		"no kind":          {form("", "a@b.example", ""), "choose what", 400, nil},
		"unknown kind":     {form("revenge", "a@b.example", ""), "choose what", 400, nil},
		"no contact":       {form("access", "", ""), "not an e-mail", 400, nil},
		"no address":       {form("access", "call me", ""), "not an e-mail", 400, nil},
		"display name":     {form("access", "A <a@b.example>", ""), "not an e-mail", 400, nil},
		"two addresses":    {form("access", "a@b.example, c@d.example", ""), "not an e-mail", 400, nil},
		"header injection": {form("access", "a@b.example\r\nBcc: x@y.example", ""), "not an e-mail", 400, nil},
		"long contact":     {form("access", strings.Repeat("a", 250)+"@b.example", ""), "not an e-mail", 400, nil},
		"long message":     {form("access", "a@b.example", strings.Repeat("語", 4001)), "too long", 400, nil},
		"no text":          {form("access", "a@b.example", "\xff\x00"), "too long", 400, nil},
		"too large":        {form("access", "a@b.example", strings.Repeat("x", 70<<10)), "could not be read", 400, nil},
		"cross-site":       {form("access", "a@b.example", ""), "another site", 403, []string{"Sec-Fetch-Site", "cross-site"}},
		"other origin":     {form("access", "a@b.example", ""), "another site", 403, []string{"Origin", "null"}},
		"no JSON":          {`{"kind":`, "error", 400, []string{"Content-Type", "application/json"}},
		"two values":       {`{"kind":"access","contact":"a@b.example"}{}`, "error", 400, []string{"Content-Type", "application/json"}},
		"JSON kind":        {`{"kind":"sale","contact":"a@b.example"}`, `\"sale\"`, 400, []string{"Content-Type", "application/json"}},
		"JSON contact":     {`{"kind":"access"}`, "contact", 400, []string{"Content-Type", "application/json"}},
		"markup":           {form("access", `"><script>@x`, ""), "not an e-mail", 400, nil},
	} {
		t.Run(name, func(t *testing.T) {
			headers := test.headers
			if !strings.Contains(strings.Join(headers, " "), "Content-Type") {
				headers = append(headers, "Content-Type", formType)
			}
			a := g.do("POST", "/.consent/request", test.body, headers...)
			if a.StatusCode != test.status || !strings.Contains(a.body, test.names) || strings.Contains(a.body, "<script>") {
				t.Errorf("answered %s: %s", a.Status, a.body)
			}
		})
	}
	if open := g.entries("open"); len(open) != 0 {
		t.Errorf("refused requests are stored: %+v", open)
	}
	kept := g.do("POST", "/.consent/request", form("access", "call me", "keep this"), "Content-Type", formType)
	if !strings.Contains(kept.body, "keep this") || !strings.Contains(kept.body, `value="call me"`) || !strings.Contains(kept.body, `value="access" required checked`) {
		t.Errorf("what was typed is lost: %s", kept.body)
	}
	for _, reference := range []string{"x", strings.Repeat("A", 22), strings.Repeat("A", 500), "%00", "' OR 1=1"} {
		if a := g.get("/.consent/request?ref=" + url.QueryEscape(reference)); a.StatusCode != 404 {
			t.Errorf("ref=%q: %s", reference, a.Status)
		}
	}
	for path, want := range map[string]int{
		"/consent/requests/nothing": 404, "/consent/requests?limit=0": 400, "/consent/requests?state=lost": 400,
		"/consent/erasures?limit=x": 400, "/consent/erasures?state=lost": 400, "/consent/nothing": 404,
	} {
		if status := g.officer("GET", path, "", nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestRequestsOfOneNetworkAreBounded(t *testing.T) {
	g := startRights(t, "", proxied, echo)
	var last answer
	taken := 0
	for range 15 {
		last = g.do("POST", "/.consent/request", `{"kind":"access","contact":"a@b.example"}`, "Content-Type", "application/json")
		if last.StatusCode == http.StatusCreated {
			taken++
		}
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" || taken != 10 {
		t.Errorf("%d of 15 requests were taken, the last answered %s", taken, last.Status)
	}
	form := g.do("POST", "/.consent/request", "kind=access&contact=a@b.example", "Content-Type", formType)
	if form.StatusCode != http.StatusTooManyRequests || !strings.Contains(form.body, "many requests") {
		t.Errorf("a person is told %s %s", form.Status, form.body)
	}
}

// openStore opens a store beside the gateway's.
func openStore(t testing.TB, file string) *module.Store {
	t.Helper()
	store, err := (&module.SQLite{Path: file}).Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Destruct() })
	return store
}

func TestOverdueRequestsAreShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rights.db")
	store, now := openStore(t, file), time.Now()
	for id, due := range map[string]time.Duration{"late": -time.Hour, "later": -48 * time.Hour, "in-time": time.Hour} {
		r := &module.Request{ID: id, Site: "shop.example", Kind: "access", Opened: now.AddDate(0, 0, -16), Due: now.Add(due)}
		if err := store.AddRequest(context.Background(), r, 10); err != nil {
			t.Fatal(err)
		}
	}
	admin := "127.0.0.1:" + freePort(t)
	g := &rightsGate{start(t, rightsSite(admin, file, "", proxied), echo), admin, file}
	eventually(t, "two requests are overdue", func() bool {
		return strings.Contains(g.metrics(), `consent_requests_overdue{site="shop.example"} 2`)
	})
	if late := g.entries("overdue"); len(late) != 2 || late[0].ID != "later" || !late[0].Overdue {
		t.Errorf("the overdue list is %+v", late)
	}
	var policy struct {
		Version         string
		Store           bool
		OverdueRequests map[string]int
		OpenRequests    map[string]int
	}
	if g.officer("GET", "/consent/policy", "", &policy); policy.Version != "default" || !policy.Store || policy.OverdueRequests["shop.example"] != 2 || policy.OpenRequests["shop.example"] != 3 {
		t.Errorf("the status is %+v", policy)
	}
	for _, id := range []string{"late", "later"} {
		if status := g.officer("POST", "/consent/requests/"+id+"/answer", `{"outcome":"refused","answer":"No such person."}`, nil); status != 200 {
			t.Errorf("answering %s: %d", id, status)
		}
	}
	eventually(t, "none is overdue", func() bool {
		return strings.Contains(g.metrics(), `consent_requests_overdue{site="shop.example"} 0`)
	})
}

// TestWordsAreRemovedAfterTheirTime starts on a store with requests that were
// answered long ago.
func TestWordsAreRemovedAfterTheirTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rights.db")
	store, now := openStore(t, file), time.Now()
	for id, ago := range map[string]int{"fresh": 20, "old": 40, "ancient": 1200} {
		r := &module.Request{ID: id, Site: "shop.example", Kind: "access", Opened: now.AddDate(0, 0, -ago-1), Due: now, KeyID: "k", Sealed: []byte("sealed")}
		if err := store.AddRequest(context.Background(), r, 10); err != nil {
			t.Fatal(err)
		}
		r.Closed, r.Outcome = now.AddDate(0, 0, -ago), "done"
		if err := store.CloseRequest(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	admin := "127.0.0.1:" + freePort(t)
	g := &rightsGate{start(t, rightsSite(admin, file, "requests contact-retention 30d", proxied), echo), admin, file}
	eventually(t, "the ancient request is gone", func() bool { return len(g.entries("closed")) == 2 })
	read := func(id string) (one entryJSON) {
		g.officer("GET", "/consent/requests/"+id, "", &one)
		return one
	}
	if !read("old").Removed || read("fresh").Removed || !read("fresh").Unopened {
		t.Errorf("old: %+v, fresh: %+v", read("old"), read("fresh"))
	}
}

// TestKeyRotationKeepsRequests makes a new key, and removes the old one.
func TestKeyRotationKeepsRequests(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	policy := "keys " + keys
	g := startRights(t, policy, proxied, echo)
	s := g.ask("ada@visitor.example", "hello")
	id := g.entries("open")[0].ID
	read := func() (one entryJSON) {
		g.officer("GET", "/consent/requests/"+id, "", &one)
		return one
	}
	before, err := filepath.Glob(keys + "/*.key")
	if err != nil || len(before) != 1 {
		t.Fatalf("the keys are %v %v", before, err)
	}
	newer := filepath.Join(keys, "29991231T000000.000.key")
	if err := os.WriteFile(newer, []byte("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reload := func(header string) {
		g.load(rightsSite(g.admin, g.store, policy, "header X-Reload "+header+"\n"+proxied), "127.0.0.1:1")
	}
	reload("1")
	if one := read(); one.Contact != "ada@visitor.example" || one.Unopened {
		t.Fatalf("with a second key the officer reads %+v", one)
	}
	store := openStore(t, g.store)
	eventually(t, "the request is under the new key", func() bool {
		r, err := store.Request(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		others, err := store.SealedOtherwise(context.Background(), r.KeyID, 10)
		return err == nil && len(others) == 0 && r.KeyID != ""
	})
	time.Sleep(200 * time.Millisecond) // the new configuration seals anew right after it has started
	if err := os.Remove(before[0]); err != nil {
		t.Fatal(err)
	}
	reload("2")
	if one := read(); one.Contact != "ada@visitor.example" {
		t.Errorf("without the first key the officer reads %+v", one)
	}
	if s := g.status(s.Reference); s.Status != "open" {
		t.Errorf("the asker reads %+v", s)
	}
}

// TestRightsWithoutStore has no store at all: nothing is taken that would be lost, and a
// withdrawal takes effect all the same.
func TestRightsWithoutStore(t *testing.T) {
	folder := t.TempDir() // a folder is no database
	admin := "127.0.0.1:" + freePort(t)
	g := &rightsGate{start(t, rightsSite(admin, folder, partnerBlock("acme", "http://"+deadAddress(t)), proxied), echo), admin, folder}
	a := g.do("POST", "/.consent/request", `{"kind":"access","contact":"a@b.example"}`, "Content-Type", "application/json")
	if a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a request without a store: %s", a.Status)
	}
	if a := g.get("/.consent/request?ref=x"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a status without a store: %s", a.Status)
	}
	if _, expired := cookiesOf(g.do("POST", "/.consent/erase", "", "Cookie", "_ga=1; consent=x")); !expired["_ga"] || !expired["consent"] {
		t.Errorf("an erasure without a store expires %v", expired)
	}
	if status := g.officer("GET", "/consent/requests", "", nil); status != http.StatusServiceUnavailable {
		t.Errorf("the officer's list: %d", status)
	}
}
