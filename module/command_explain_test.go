package module

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"
)

const explainedCaddyfile = `{
	consent {
		purpose analytics title Statistics clause II.II.1
		purpose device clause I.I.1.2
		cookie sid necessary 30d secure
		cookie _ga analytics
		partner acme-ads {
			hosts *.acme-ads.example
			purpose advertising
			receives order.total
		}
		identify sid
		regime opt-out US
	}
}
shop.example {
	encode gzip
	consent {
		exempt /risk/* clause I.III.8
	}
	handle /collect/* {
		consent {
			partner acme-ads
		}
		reverse_proxy ads.acme-ads.example
	}
	handle {
		basic_auth {
			a $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG
		}
		respond "never reached" 404
	}
}
http://plain.example:8080 {
	consent {
		mode observe
	}
	reverse_proxy 127.0.0.1:3000
}
other.example {
	respond "without a gateway"
}
`

// needKeys makes keys in Caddy's storage, as a gateway does that has been started.
func needKeys(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := keysRun(t, "new", "--config", file); err != nil && !strings.Contains(err.Error(), "already") {
		t.Fatalf("%v: %s", err, out)
	}
}

// explain runs the command on a recording, under a Caddyfile unless that is "".
func explain(t *testing.T, caddyfile, recording string, args ...string) (string, error) {
	t.Helper()
	needKeys(t)
	folder := t.TempDir()
	if caddyfile != "" {
		file := filepath.Join(folder, "Caddyfile")
		if err := os.WriteFile(file, []byte(caddyfile), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", file)
	}
	var out bytes.Buffer
	cmd := explainCommand()
	cmd.SetIn(strings.NewReader(recording))
	cmd.SetOut(&out)
	cmd.SetErr(new(bytes.Buffer))
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// explained runs the command and returns the explanation, and of its items what
// became of each.
func explained(t *testing.T, recording string, args ...string) (*Explanation, map[string]string) {
	t.Helper()
	out, err := explain(t, explainedCaddyfile, recording, append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	e := new(Explanation)
	if err := json.Unmarshal([]byte(out), e); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	fates := make(map[string]string)
	for _, item := range e.Items {
		fate := item.Verdict
		if item.Kind != "" {
			fate += ", " + item.Kind
		}
		if item.Clause != "" {
			fate += ", " + item.Clause
		}
		fates[item.In+" "+item.Name] += fate
	}
	return e, fates
}

// same compares what became of items with what should have.
func same(t *testing.T, what string, fates, want map[string]string) {
	t.Helper()
	for name, fate := range want {
		if fates[name] != fate {
			t.Errorf("%s: %s is %q, want %q", what, name, fates[name], fate)
		}
	}
}

const recordedRequest = `POST /order/1234567?idfa=canary1&lat=39.90421&lng=116.40741&q=canary2&canary3@shop.example HTTP/1.1
Host: shop.example
Cookie: sid=canary4; _ga=canary5; weird=canary6
X-Device-Id: canary7
Accept-Language: en
Referer: https://shop.example/canary8?gclid=canary9
Consent: advertising
Content-Type: application/json

{"imei":"490154203237518","user":{"device_model":"canary10"},"items":[{"name":"a"},{"name":"b"}],"canary11@shop.example":1}
`

func TestExplainRequest(t *testing.T) {
	e, fates := explained(t, recordedRequest)
	if e.Request != "POST https://shop.example/order/…" || strings.Join(e.Granted, " ") != "necessary" || e.Mechanism != "default" || e.Answered != "storefront" {
		t.Errorf("%+v", e)
	}
	same(t, "without consent", fates, map[string]string{
		"cookie sid":             "kept",
		"cookie _ga":             "taken out, II.II.1",
		"cookie weird":           "taken out",
		"header X-Device-Id":     "taken out, device-id, I.I.1.2",
		"header Accept-Language": "kept",
		"header Referer":         "shortened, click-id",
		"header Consent":         "taken outadded",
		"query idfa":             "taken out, advertising-id, I.I.1.2",
		"query lat":              "coarsened, place",
		"query lng":              "coarsened, place",
		"query q":                "kept",
		"body imei":              "taken out, imei, I.I.1.2",
		"body user.device_model": "taken out, device-data, I.I.1.2",
		"body items.name":        "kept",
	})
	for _, item := range e.Items {
		switch {
		case item.Why == "":
			t.Errorf("%s %s has no reason", item.In, item.Name)
		case item.Name == "user.device_model" && !strings.Contains(item.Why, "combination rule"):
			t.Errorf("%s: %s", item.Name, item.Why)
		case item.Name == "weird" && !strings.Contains(item.Why, "undeclared"):
			t.Errorf("%s: %s", item.Name, item.Why)
		}
	}
}

func TestExplainConsent(t *testing.T) {
	e, fates := explained(t, recordedRequest, "--consent", "analytics,device")
	if e.Mechanism != "choice" || strings.Join(e.Granted, " ") != "necessary analytics device" {
		t.Errorf("%+v", e)
	}
	same(t, "with consent", fates, map[string]string{
		"cookie _ga":             "kept, II.II.1",
		"cookie weird":           "taken out",
		"header X-Device-Id":     "kept, device-id, I.I.1.2",
		"query idfa":             "kept, advertising-id, I.I.1.2",
		"query lat":              "coarsened, place",
		"body imei":              "kept, imei, I.I.1.2",
		"body user.device_model": "kept, device-data, I.I.1.2",
	})
	if _, ok := fates["cookie __Host-consent"]; ok {
		t.Error("a cookie that nobody recorded is explained")
	}
	if e, _ := explained(t, recordedRequest, "--consent", "all"); len(e.Granted) != 12 {
		t.Errorf("all is %q", e.Granted)
	}
	for _, c := range []struct{ signal, country, granted string }{
		{"", "US", "analytics"}, {"", "US-CA", "analytics"}, {"", "CN", ""}, {"Sec-GPC: 1\n", "US", "!advertising"},
	} {
		e, _ := explained(t, "GET / HTTP/1.1\nHost: shop.example\n"+c.signal+"\n", "--country", c.country)
		granted := " " + strings.Join(e.Granted, " ") + " "
		name, denied := strings.CutPrefix(c.granted, "!")
		if c.granted == "" && granted != " necessary " || c.granted != "" && strings.Contains(granted, " "+name+" ") == denied {
			t.Errorf("%s %s: granted are%s", c.country, c.signal, granted)
		}
	}
}

// A consent in the recording counts when the keys are there.
func TestExplainRecordedChoice(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	caddyfile := strings.Replace(explainedCaddyfile, "identify sid", "identify sid\n\t\tkeys "+keys, 1)
	if _, err := keysRun(t, "new", "--dir", keys); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(file, []byte(caddyfile), 0o600); err != nil {
		t.Fatal(err)
	}
	m := modelOf(t, file)
	granted, _, err := m.purposes("analytics")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := m.choose("shop.example", true, granted)
	if err != nil {
		t.Fatal(err)
	}
	recording := "GET / HTTP/1.1\nHost: shop.example\nCookie: _ga=1; " + pair + "\n\n"
	out, err := explain(t, caddyfile, recording)
	if err != nil || !strings.Contains(out, "necessary, analytics (the visitor's own choice)") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = explain(t, strings.Replace(caddyfile, keys, keys+"-not-here", 1), recording)
	if err != nil || !strings.Contains(out, "is not genuine") || !strings.Contains(out, "keys can't be read here") {
		t.Errorf("without the keys: %v: %s", err, out)
	}
	if out, err := explain(t, explainedCaddyfile, "GET / HTTP/1.1\nHost: shop.example\n\n", "--cookie", "weird=1"); err != nil || !strings.Contains(out, "weird") {
		t.Errorf("--cookie: %v: %s", err, out)
	}
}

// modelOf builds the model house of a configuration.
func modelOf(t *testing.T, file string) *modelHouse {
	t.Helper()
	cmd := explainCommand()
	if err := cmd.ParseFlags([]string{"--config", file}); err != nil {
		t.Fatal(err)
	}
	h := mustFindConfig(t, cmd)
	m, err := newModelHouse(t.Context(), h, place{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.close)
	return m
}

func TestExplainRoutes(t *testing.T) {
	for _, c := range []struct{ target, consent, answered, note string }{
		{"/risk/a?imei=490154203237518", "", "storefront", ""},
		{"/collect/a?order.total=1", "", "gateway", "in the place of acme-ads"},
		{"/collect/a?order.total=1", "advertising", "partner", ""},
		{"/.consent/", "", "gateway", "answers this path itself"},
	} {
		e, fates := explained(t, "GET "+c.target+" HTTP/1.1\nHost: shop.example\nCookie: sid=1\n\n", "--consent", or(c.consent, "none"))
		if e.Answered != c.answered || !strings.Contains(strings.Join(e.Notes, " "), c.note) {
			t.Errorf("%s: %+v", c.target, e)
		}
		switch {
		case strings.HasPrefix(c.target, "/risk"):
			same(t, c.target, fates, map[string]string{"query imei": "kept, imei, I.III.8"})
		case c.answered == "partner":
			same(t, c.target, fates, map[string]string{"query order.total": "kept", "cookie sid": "taken out"})
		}
	}
	e, fates := explained(t, "GET / HTTP/1.1\nHost: plain.example:8080\nCookie: _ga=1\n\n")
	if !strings.HasPrefix(e.Request, "http://") && !strings.HasPrefix(e.Request, "GET http://") || !strings.Contains(strings.Join(e.Notes, " "), "only observes") {
		t.Errorf("a site that observes: %+v", e)
	}
	same(t, "observing", fates, map[string]string{"cookie _ga": "taken out, II.II.1"})
	e, _ = explained(t, "POST / HTTP/1.1\nHost: shop.example\nContent-Type: application/json\n\n{\"imei\":")
	if e.Answered != "gateway" || !strings.Contains(strings.Join(e.Notes, " "), "400 Bad Request: malformed body") {
		t.Errorf("a malformed body: %+v", e)
	}
}

func TestExplainForms(t *testing.T) {
	_, fates := explained(t, "POST / HTTP/1.1\nHost: shop.example\nContent-Type: application/x-www-form-urlencoded\n\na=1&imei=490154203237518&device%5Bid%5D=7")
	same(t, "a form", fates, map[string]string{
		"body a": "kept", "body imei": "taken out, imei, I.I.1.2", "body device.id": "taken out, device-id, I.I.1.2",
	})
	_, fates = explained(t, strings.ReplaceAll("POST / HTTP/1.1\nHost: shop.example\nContent-Type: multipart/form-data; boundary=b\n\n"+
		"--b\nContent-Disposition: form-data; name=\"imei\"\n\n490154203237518\n"+
		"--b\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.txt\"\nContent-Type: application/pdf\n\nnothing\n--b--\n", "\n", "\r\n"))
	same(t, "a form with parts", fates, map[string]string{"body imei": "taken out, imei, I.I.1.2", "upload photo": "kept"})
	picture := "\xff\xd8\xff\xfe\x00\x08canary\xff\xda\x00\x02\x00\xff\xd9" // with a comment
	e, fates := explained(t, "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Type: image/jpeg\r\n\r\n"+picture)
	same(t, "a picture", fates, map[string]string{"body image/jpeg": "changed", "upload ": "taken out, text, I.I.1.2"})
	if len(e.Notes) > 0 {
		t.Errorf("noted are %q", e.Notes)
	}
}

func TestExplainResponse(t *testing.T) {
	response := `HTTP/1.1 200 OK
Content-Type: text/html
Set-Cookie: sid=canary1; Max-Age=99999999
Set-Cookie: _ga=canary2; Max-Age=99
Set-Cookie: weird=canary3
Set-Cookie: _ga=; Max-Age=0
Accept-CH: Sec-CH-UA-Model
Consent-Goal: order

<!doctype html><script src="https://x.acme-ads.example/canary4.js"></script><img src="https://unknown.example/canary5"><img src="https://unknown.example/canary6"><img src="/own.png">`
	request := "GET / HTTP/1.1\nHost: shop.example\n\n"
	e, fates := explained(t, request+response)
	same(t, "a response", fates, map[string]string{
		"set-cookie sid":          "capped",
		"set-cookie _ga":          "taken out, II.II.1kept, II.II.1",
		"set-cookie weird":        "taken out",
		"response Accept-Ch":      "taken out, I.I.1.2",
		"response Consent-Goal":   "taken out",
		"page x.acme-ads.example": "taken out, script",
		"page unknown.example":    "taken out, image",
	})
	for _, item := range e.Items {
		if item.Name == "unknown.example" && item.Count != 2 {
			t.Errorf("two images are counted as %d", item.Count)
		}
	}
	file := filepath.Join(t.TempDir(), "response.txt")
	if err := os.WriteFile(file, []byte(response), 0o600); err != nil {
		t.Fatal(err)
	}
	_, again := explained(t, request, "--response", file)
	if fmt.Sprint(again) != fmt.Sprint(fates) {
		t.Errorf("from a file of its own: %v, want %v", again, fates)
	}
	if _, fates = explained(t, request+response, "--consent", "all"); fates["page x.acme-ads.example"] != "kept, script" || fates["page unknown.example"] != "taken out, image" {
		t.Errorf("with consent: %v", fates)
	}
}

// What is written can be passed on: no value is in it.
func TestExplainShowsNoValues(t *testing.T) {
	for _, args := range [][]string{nil, {"--json"}, {"--consent", "all"}} {
		out, err := explain(t, explainedCaddyfile, recordedRequest, args...)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canary", "1234567", "39.9", "490154203237518", "@"} {
			if at := strings.Index(out, secret); at >= 0 {
				t.Errorf("%q: the explanation holds %q: …%s…", args, secret, out[max(at-40, 0):min(at+40, len(out))])
			}
		}
	}
}

func TestExplainText(t *testing.T) {
	out, err := explain(t, "", "GET /cart HTTP/1.1\nHost: shop.example\nCookie: PHPSESSID=12345; _ga=1\n\n", "--site", "http://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	const want = `GET http://shop.example/cart

Granted   necessary (nobody has decided, so the regime's default holds)
Regime    opt-in, country not known

IN      NAME            VALUE    VERDICT    PURPOSE    WHY                                                CLAUSE
cookie  PHPSESSID       5 chars  kept       necessary  necessary (by the catalogue)
cookie  _ga             1 char   taken out  analytics  no consent to analytics (by the catalogue)
header  Consent         9 chars  added      -          the gateway tells the storefront what was decided
header  Consent-Regime  6 chars  added      -          the gateway tells the storefront what was decided

1 of 2 are taken out or changed. Values are never shown, only how long they are.
`
	if out != want {
		t.Errorf("the table is\n%s\nwant\n%s", out, want)
	}
}

func TestExplainErrors(t *testing.T) {
	const fine = "GET / HTTP/1.1\nHost: shop.example\n\n"
	for _, c := range []struct {
		recording string
		args      []string
		want      string
	}{
		{"nonsense", nil, "standard input:1: expected a request line such as GET / HTTP/1.1"},
		{"GET / HTTP/1.1\n\n", nil, "no Host field: expected one, or --site"},
		{"GET / HTTP/1.1\nHost: other.example\n\n", nil, "no consent gateway stands at other.example/: expected one of shop.example, plain.example, or --site"},
		{fine, []string{"--consent", "everything"}, `--consent "everything": expected all, none, or some of necessary, preferences`},
		{fine, []string{"--country", "Atlantis"}, `--country "Atlantis": expected a code such as CN, or US-CA`},
		{fine, []string{"--country", "CN-GD"}, `expected a code such as CN, or US-CA`},
		{fine, []string{"--site", "ftp://shop.example"}, "--site: expected a host"},
		{fine, []string{"--response", "-"}, "standard input is the request already"},
		{fine, []string{"--response", "/nowhere"}, "no such file"},
		{"{}", nil, "expected log.entries"},
	} {
		if out, err := explain(t, explainedCaddyfile, c.recording, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: %v, want %s\n%s", c.recording, c.args, err, c.want, out)
		}
	}
	if _, err := explain(t, "shop.example {\n\trespond hello\n}\n", fine); err == nil || !strings.Contains(err.Error(), "no site with a consent gateway") {
		t.Errorf("without a gateway: %v", err)
	}
}

// Nothing is left behind: no store, key or spool in Caddy's data directory.
func TestExplainLeavesNoTrace(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	t.Setenv("TMPDIR", t.TempDir())
	if _, err := explain(t, explainedCaddyfile, recordedRequest, "--consent", "all"); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{home, os.TempDir()} {
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 && folder == home || len(entries) > 1 {
			t.Errorf("%s holds %v: %v", folder, entries, err)
		}
	}
	if os.Getenv("XDG_DATA_HOME") != home {
		t.Error("the environment was changed")
	}
}

func mustFindConfig(t *testing.T, cmd *cobra.Command) *household {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	t.Cleanup(cancel)
	h, err := findConfig(ctx, cmd)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
