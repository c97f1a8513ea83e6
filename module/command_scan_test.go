package module

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/fairwaygate/fairway/module/scan"
)

// adapted adapts a Caddyfile and returns its policy.
func adapted(t *testing.T, text string) Config {
	t.Helper()
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	for _, warning := range warnings {
		t.Errorf("%s:\n%s", warning.Message, text)
	}
	var found struct {
		Apps struct {
			Consent Config `json:"consent"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &found); err != nil {
		t.Fatal(err)
	}
	if _, err := (&App{Config: found.Apps.Consent}).compile(); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return found.Apps.Consent
}

func reportOf(t *testing.T, declared Config, seen *scan.Site) *ScanReport {
	t.Helper()
	rules, err := (&App{Config: declared}).compile()
	if err != nil {
		t.Fatal(err)
	}
	report := newScanReport("shop.example", seen, rules)
	report.Caddyfile = report.draft("shop.example", time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC))
	return report
}

var seenSite = &scan.Site{
	Visited: []string{"/", "/cart"},
	Cookies: []scan.Cookie{
		{Name: "PHPSESSID", HTTPOnly: true, SameSite: "lax", Page: "/"},
		{Name: "__Host-consent", Life: day, Page: "/"},
		{Name: "_ga", Life: 400 * day, Page: "/"},
		{Name: "_ga_ABC", Life: 400*day - 3*time.Second, Page: "/"},
		{Name: "loyal", Life: 90*time.Minute - 3*time.Second, Page: "/cart"},
		{Name: "mine", Page: "/"},
		{Name: "{odd}", Life: day, Page: "/a\nb"},
		{Name: "uid", Domain: "doubleclick.net", Life: day, Page: "/"},
	},
	Hosts: []scan.Host{
		{Name: "region1.google-analytics.com", Elements: []string{"fetch"}, Page: "/"},
		{Name: "unheard-of.example", Elements: []string{"image", "script"}, Page: "/cart"},
		{Name: "www.google-analytics.com", Elements: []string{"script"}, Page: "/"},
		{Name: "x.acme.example", Elements: []string{"iframe"}, Page: "/"},
	},
	Scripts: []scan.Script{{Partner: "hotjar", Page: "/cart"}},
}

func TestScanReport(t *testing.T) {
	declared := Config{
		Cookies:  []Cookie{{Names: []string{"mine"}, Purpose: "necessary"}},
		Partners: []Partner{{Name: "acme", Hosts: []string{"acme.example"}, Purpose: "advertising", Country: "US"}},
	}
	report := reportOf(t, declared, seenSite)
	cookies := make(map[string]string)
	for _, c := range report.Cookies {
		cookies[c.Name] = c.Lifetime + " " + c.Purpose + " " + string(c.Known)
	}
	for name, want := range map[string]string{
		"PHPSESSID": "session necessary catalogue", "_ga": "400d analytics catalogue", "_ga_ABC": "400d analytics catalogue",
		"loyal": "90m  unknown", "mine": "session necessary declared",
	} {
		if cookies[name] != want {
			t.Errorf("%s is %q, want %q", name, cookies[name], want)
		}
	}
	if _, ok := cookies["__Host-consent"]; ok {
		t.Error("the gateway's own cookie is listed")
	}
	partners := make(map[string]ScannedPartner)
	for _, p := range report.Partners {
		partners[p.Name] = p
	}
	if p := partners["google-analytics"]; len(p.Hosts) != 2 || p.Purpose != "analytics" || p.Known != KnownCatalogue {
		t.Errorf("google-analytics is %+v", p)
	}
	if p := partners["acme"]; p.Known != KnownDeclared || p.Country != "US" {
		t.Errorf("acme is %+v", p)
	}
	if p := partners[""]; p.Known != KnownNowhere || p.Hosts[0] != "unheard-of.example" {
		t.Errorf("the unknown one is %+v", p)
	}
	if p := partners["hotjar"]; len(p.Hosts) != 0 || p.Elements[0] != inlineScript {
		t.Errorf("hotjar is %+v", p)
	}
}

// The draft adapts, and declares what was found and was not declared.
func TestScanDraft(t *testing.T) {
	report := reportOf(t, Config{
		Cookies: []Cookie{{Names: []string{"mine"}, Purpose: "necessary"}},
	}, seenSite)
	draft := adapted(t, report.Caddyfile)
	var names []string
	for _, c := range draft.Cookies {
		names = append(names, strings.Join(c.Names, " ")+" "+c.Purpose+" "+c.Lifetime.String())
	}
	if want := "PHPSESSID necessary 0s, _ga _ga_ABC analytics 13mo"; strings.Join(names, ", ") != want {
		t.Errorf("declared are %q, want %q", strings.Join(names, ", "), want)
	}
	if len(draft.Partners) != 1 || draft.Partners[0].Name != "google-analytics" || len(draft.Partners[0].Hosts) != 2 {
		t.Errorf("the partners are %+v", draft.Partners)
	}
	for _, want := range []string{"# cookie loyal PURPOSE 90m", "#\thosts unheard-of.example", "inline script of hotjar"} {
		if !strings.Contains(report.Caddyfile, want) {
			t.Errorf("the draft has no %q:\n%s", want, report.Caddyfile)
		}
	}
	// What it declares is declared when the site is scanned once more.
	again := reportOf(t, draft, seenSite)
	for _, c := range again.Cookies {
		if c.Known == KnownCatalogue && c.Domain == "" {
			t.Errorf("%s is not declared by the draft", c.Name)
		}
	}
	// The operator's decisions adapt, too: the comments are taken off.
	decided := strings.NewReplacer("# cookie", "cookie", "# partner", "partner", "#\thosts", "\thosts", "#\tpurpose", "\tpurpose",
		"#\tcountry CC", "\tcountry DE", "\t\t# }", "\t\t}", "PURPOSE", "preferences").Replace(report.Caddyfile)
	if c := adapted(t, decided); len(c.Partners) != 3 || len(c.Cookies) != 4 {
		t.Errorf("decided: %+v", c)
	}
	adapted(t, reportOf(t, Config{}, new(scan.Site)).Caddyfile)
}

func TestNameOf(t *testing.T) {
	for host, want := range map[string]string{
		"pixel.acme-ads.example": "acme-ads", "acme.co.uk": "acme", "xn--bcher-kva.example": "xn-bcher-kva", "10.0.0.1": "10", "a_b.localhost": "ab", "localhost": "localhost", "": "partner",
	} {
		if name := nameOf(host); name != want || !partnerName.MatchString(name) {
			t.Errorf("%s is called %q, want %q", host, name, want)
		}
	}
}

func scanRun(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := scanCommand()
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestScanCommand(t *testing.T) {
	accepted := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			accepted = r.URL.Path + " " + r.FormValue("choice")
			http.SetCookie(w, &http.Cookie{Name: "consent", Value: "v", Path: "/", MaxAge: 99})
			return
		}
		w.Header().Set("Content-Type", "text/html")
		http.SetCookie(w, &http.Cookie{Name: "_ga", Value: "1", MaxAge: 99999})
		text := `<!doctype html><img src="https://www.google-analytics.com/collect">`
		if c, err := r.Cookie("consent"); err == nil && c.Value == "v" {
			text += `<script src="https://granted.example/a.js"></script>`
		}
		_, _ = io.WriteString(w, text)
	}))
	defer server.Close()
	folder := t.TempDir()
	file := filepath.Join(folder, "Caddyfile.draft")
	out, err := scanRun(t, server.URL, "--caddyfile", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"127.0.0.1: 1 page, without a browser", "_ga     2d", "analytics  the catalogue", "google-analytics", "not seen without --browser", "The draft is in " + file} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
	draft, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if c := adapted(t, string(draft)); len(c.Cookies) != 1 || len(c.Partners) != 1 {
		t.Errorf("the draft declares %+v", c)
	}
	if _, err := scanRun(t, server.URL, "--caddyfile", file); err == nil {
		t.Error("a file was written over")
	}
	out, err = scanRun(t, server.URL, "--json", "--consent", "all")
	if err != nil || accepted != "/.consent/ accept" || !strings.Contains(out, "granted.example") {
		t.Errorf("with consent to all: %v, accepted %q: %s", err, accepted, out)
	}
	var report ScanReport
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Cookies) != 1 || report.Caddyfile == "" {
		t.Errorf("%v: %+v", err, report)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"ftp://shop.example"}, "expected a site's address"},
		{[]string{server.URL, "--pages", "0"}, "expected 1 to 1000"},
		{[]string{server.URL, "--consent", "some"}, `expected none or all`},
		{[]string{server.URL, "--browser", "/nowhere"}, "starting the browser"},
		{[]string{}, "accepts 1 arg"},
	} {
		if _, err := scanRun(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.args, err, c.want)
		}
	}
	server.Config.Handler = http.NotFoundHandler()
	if _, err := scanRun(t, server.URL, "--consent", "all"); err == nil || !strings.Contains(err.Error(), "no consent gateway of this kind") {
		t.Errorf("without a gateway: %v", err)
	}
}
