package module_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/module/pages"
)

// shownPolicy is the policy as programs read it.
type shownPolicy struct {
	Version, Effective, Text, SHA256 string
	Versions                         []pages.Version
	Next                             *pages.Version
	Changes                          *pages.Changes
}

func (g *gate) policy(version string) (p shownPolicy) {
	g.t.Helper()
	path := "/.consent/policy"
	if version != "" {
		path += "/" + version
	}
	a := g.get(path, "Accept", "application/json")
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %s: %s", path, a.Status, a.body)
	}
	return p
}

// consentSite is a site with these global options.
func consentSite(options string) string {
	return site("metrics\nconsent {\n"+options+"\n}", "consent\nreverse_proxy {upstream}") + metricsSite
}

// startBehind runs a gateway and returns the address of the storefront, for
// those who load another configuration.
func startBehind(t *testing.T, caddyfile string, storefront http.Handler) (g *gate, upstream string) {
	t.Helper()
	server := httptest.NewServer(storefront)
	t.Cleanup(server.Close)
	upstream = strings.TrimPrefix(server.URL, "http://")
	return start(t, strings.ReplaceAll(caddyfile, "{upstream}", upstream), nil), upstream
}

// in returns the date so many days from now.
func in(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }

func TestVersionsAreArchived(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "policies")
	text := writeFile(t, "policy.md", "# First\n\nWords.")
	first := "policy v1 {\neffective " + in(-30) + "\ncontroller First\ntext " + text + "\narchive " + folder + "\n}"
	g := start(t, consentSite(first), echo)
	p := g.policy("")
	if p.Version != "v1" || p.Text != "# First\n\nWords." {
		t.Errorf("the policy is %+v", p)
	}
	if body := g.get("/.consent/policy/v1").body; !strings.Contains(body, "<h2>First</h2><p>Words.</p>") {
		t.Errorf("the page is %s", body)
	}
	file := filepath.Join(folder, "v1."+p.SHA256+".md")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o444 {
		t.Fatalf("the archive has no read-only copy: %v, %v", info, err)
	}
	facts, err := filepath.Glob(filepath.Join(folder, "v1.*.json"))
	if err != nil || len(facts) != 1 {
		t.Fatalf("the archive has the facts %v, %v", facts, err)
	}
	if data, err := os.ReadFile(facts[0]); err != nil || !strings.Contains(string(data), p.SHA256) || !strings.Contains(string(data), `"controller": "First"`) {
		t.Errorf("the facts are %s, %v", data, err)
	}

	// Who changes the text keeps to what was published.
	if err := os.WriteFile(text, []byte("Other words."), 0o600); err != nil {
		t.Fatal(err)
	}
	before := g.failures("policy")
	g.reload(consentSite(first+"\nhome GB"), "127.0.0.1:1")
	if p := g.policy(""); p.Text != "# First\n\nWords." {
		t.Errorf("after a change of its text the policy says %q", p.Text)
	}
	if after := g.failures("policy"); after != before+1 {
		t.Errorf("the change was counted %v times", after-before)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "# First\n\nWords." {
		t.Errorf("the archive was changed to %q, %v", data, err)
	}

	// A version that is no longer declared stays.
	second := "policy v2 {\neffective " + in(-1) + "\ntext " + text + "\narchive " + folder + "\n}"
	g.reload(consentSite(second), "127.0.0.1:1")
	if p := g.policy(""); p.Version != "v2" || p.Text != "Other words." {
		t.Errorf("the policy is %+v", p)
	}
	if p := g.policy("v1"); p.Version != "v1" || p.Text != "# First\n\nWords." || p.Effective != in(-30) {
		t.Errorf("the earlier version is %+v", p)
	}
	want := []pages.Version{{Name: "v2", Effective: in(-1), Current: true}, {Name: "v1", Effective: in(-30)}}
	if p := g.policy("v1"); !slices.Equal(p.Versions, want) {
		t.Errorf("the versions are %+v, want %+v", p.Versions, want)
	}

	// Nor is anything served that someone wrote over in the archive.
	if err := errorsOf(os.Chmod(file, 0o600), os.WriteFile(file, []byte("Forged."), 0o600)); err != nil {
		t.Fatal(err)
	}
	g.reload(consentSite(second+"\nhome FR"), "127.0.0.1:1")
	if a := g.get("/.consent/policy/v1"); strings.Contains(a.body, "Forged") || a.StatusCode != http.StatusNotFound {
		t.Errorf("a forged text is served: %s", a.Status)
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reload runs another configuration, on another port: on the same one a request
// can meet the old listener as it closes.
func (g *gate) reload(text, upstream string) {
	g.t.Helper()
	g.port = freePort(g.t)
	g.host = "shop.example:" + g.port
	g.load(text, upstream)
}

// failures counts the failures at a stage.
func (g *gate) failures(stage string) float64 {
	g.t.Helper()
	return sum(g.series(), "consent_failures_total", `stage="`+stage+`"`)
}

func TestTextsWithoutArchive(t *testing.T) {
	text := writeFile(t, "policy.txt", "One <b>.")
	g := start(t, consentSite("policy solo {\ntext "+text+"\n}"), echo)
	if p := g.policy("solo"); p.Text != "One <b>." {
		t.Errorf("the text is %q", p.Text)
	}
	if err := os.WriteFile(text, []byte("Two."), 0o600); err != nil {
		t.Fatal(err)
	}
	g.reload(consentSite("policy solo {\ntext "+text+"\n}\nhome GB"), "127.0.0.1:1")
	if p := g.policy("solo"); p.Text != "Two." {
		t.Errorf("the text is %q", p.Text)
	}
	g.reload(consentSite("policy solo {\ntext "+text+".gone\n}"), "127.0.0.1:1")
	if a := g.get("/.consent/policy"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "not available here") {
		t.Errorf("a missing text gives %s", a.Status)
	}
}

func TestNextVersionIsAnnounced(t *testing.T) {
	g := start(t, consentSite("policy now {\neffective "+in(-1)+"\n}\npolicy far {\neffective "+in(90)+"\n}\npolicy soon {\neffective "+in(9)+"\n}"), echo)
	p := g.policy("")
	if p.Version != "now" || p.Next == nil || p.Next.Name != "soon" || p.Next.Effective != in(9) {
		t.Errorf("the policy is %+v, next %+v", p, p.Next)
	}
	for _, page := range []string{"", "policy", "cookies", "contact"} {
		if body := g.get("/.consent/" + page).body; !strings.Contains(body, "Version soon of the privacy policy takes effect on "+in(9)) {
			t.Errorf("the page %q does not announce the next version", page)
		}
	}
	if body := g.get("/.consent/state").body; !strings.Contains(body, `"policy":"now"`) {
		t.Errorf("the state is %s", body)
	}
}

// policyWith is a policy with a version and facts.
func policyWith(version, facts string) string {
	return consentSite("policy " + version + " {\neffective " + in(-20) + "\n}\n" + facts)
}

const asked = `consent-banner`

func TestFactsAskAgainAndWordsDont(t *testing.T) {
	shop := htmlPage("<html><head></head><body>Shop</body></html>")
	facts := "purpose fraud\ncookie sid necessary 30d\ncookie _ga analytics 13mo\npartner acme {\nhosts acme.example\npurpose advertising\ncountry US\nreceives a\n}\nhome CN\n"
	replace := func(old, new string) string {
		if !strings.Contains(facts, old) {
			t.Fatalf("no %q", old)
		}
		return policyWith("base", strings.Replace(facts, old, new, 1))
	}
	g, upstream := startBehind(t, policyWith("base", facts), shop)
	cookie := g.grant("analytics")
	refusal := g.grant()
	for name, test := range map[string]struct {
		config string
		again  bool
		listed string
	}{
		"nothing":               {policyWith("base", facts), false, ""},
		"another version":       {policyWith("other", facts), false, ""},
		"a purpose's words":     {replace("purpose fraud\n", "purpose fraud title \"Against fraud\" clause I description \"We look for it.\"\n"), false, ""},
		"the words of a policy": {strings.Replace(policyWith("base", facts), "effective", "controller Shop\ncontact a@b.example\nrenew 2y\neffective", 1), false, ""},
		"a regime":              {policyWith("base", facts+"regime opt-out US\n"), false, ""},
		"an order":              {replace("cookie sid necessary 30d\ncookie _ga analytics 13mo\n", "cookie _ga analytics 13mo\ncookie sid necessary 30d secure\n"), false, ""},
		"a notice":              {policyWith("base", facts+"notice policy text \"Some words changed.\"\n"), false, ""},
		"a purpose":             {policyWith("base", facts+"purpose sale\n"), true, "New purpose: sale"},
		"a partner":             {policyWith("base", facts+"partner bid {\nhosts bid.example\npurpose advertising\n}\n"), true, "New partner bid (Advertising)"},
		"a partner's country":   {replace("country US", "country IN"), true, "the country was United States and is now India"},
		"a partner's purpose":   {replace("purpose advertising", "purpose analytics"), true, "the purpose was Advertising and is now Visit statistics"},
		"what a partner gets":   {replace("receives a", "receives a b"), true, "Partner acme may now receive b"},
		"a lifetime":            {replace("13mo", "2y"), true, "Cookie _ga: kept 13 months before, now 2 years"},
		"a cookie":              {replace("cookie sid", "cookie new necessary\ncookie sid"), true, "New cookie new (Necessary)"},
		"the home":              {replace("home CN", "home DE"), true, "kept in China and is now kept in Germany"},
	} {
		t.Run(name, func(t *testing.T) {
			g.reload(test.config, upstream)
			for _, who := range []string{cookie, refusal} {
				page := g.get("/", "Cookie", who, "Accept", "text/html").body
				if again := strings.Contains(page, asked); again != test.again {
					t.Errorf("asked again: %v", again)
				}
				if changed := strings.Contains(page, "What you decided on before has changed"); changed != test.again {
					t.Errorf("says that the policy changed: %v", changed)
				}
				state := g.get("/.consent/state", "Cookie", who).body
				if undecided := strings.Contains(state, `"granted":["necessary"],"decided":null`); undecided != test.again {
					t.Errorf("the state is %s", state)
				}
				preferences := g.get("/.consent/", "Cookie", who).body
				if strings.Contains(preferences, "What has changed") != test.again || !strings.Contains(preferences, test.listed) {
					t.Errorf("the page does not list %q:\n%s", test.listed, preferences)
				}
			}
			if page := g.get("/.consent/").body; strings.Contains(page, "What has changed") {
				t.Error("who never decided is told of changes")
			}
		})
	}
}

func TestChangedBannerHasItsOwnTag(t *testing.T) {
	shop := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Etag", `"1"`)
		_, _ = w.Write([]byte("<html><body>Shop"))
	})
	g, upstream := startBehind(t, policyWith("tags", "purpose fraud"), shop)
	cookie := g.grant("analytics")
	g.reload(policyWith("tags", "purpose sale"), upstream)
	if fresh, again := g.get("/").Header.Get("Etag"), g.get("/", "Cookie", cookie).Header.Get("Etag"); fresh == again {
		t.Errorf("both pages have the tag %s", fresh)
	}
}

func TestVersionsAreCompared(t *testing.T) {
	folder := t.TempDir()
	version := func(name string, effective int, facts string) string {
		return consentSite("policy " + name + " {\neffective " + in(effective) + "\ntext " + writeFile(t, name+".md", name) + "\narchive " + folder + "\n}\n" + facts)
	}
	g := start(t, version("c1", -50, "cookie a analytics 30d"), echo)
	g.reload(version("c2", -40, "cookie a analytics 60d"), "127.0.0.1:1")
	g.reload(version("c3", -30, "cookie a analytics 60d"), "127.0.0.1:1")
	p := g.policy("c2")
	want := []pages.Change{{Kind: "cookie-lifetime", Name: "a", From: "30d", To: "2mo"}}
	if p.Changes == nil || p.Changes.Version != "c1" || !slices.Equal(p.Changes.List, want) {
		t.Errorf("c2 has the changes %+v", p.Changes)
	}
	if p := g.policy("c3"); p.Changes == nil || p.Changes.Version != "c2" || len(p.Changes.List) != 0 {
		t.Errorf("c3 has the changes %+v", p.Changes)
	}
	if p := g.policy("c1"); p.Changes != nil {
		t.Errorf("c1 has the changes %+v", p.Changes)
	}
	if body := g.get("/.consent/policy/c3").body; !strings.Contains(body, "Only words.") {
		t.Error("the page does not say that only words differ")
	}
}

func TestRefusalKeepsSixMonths(t *testing.T) {
	g := start(t, consentSite("policy short {\nrenew 30d\n}"), echo)
	life := func(granted string) string {
		a := g.do("PUT", "/.consent/state", `{"granted":[`+granted+`]}`)
		return regexp.MustCompile(`Max-Age=(\d+)`).FindStringSubmatch(a.Header.Get("Set-Cookie"))[1]
	}
	if got := life(`"analytics"`); got != "2592000" {
		t.Errorf("a grant lives for %s s", got)
	}
	if got := life(""); got != "15897600" {
		t.Errorf("a refusal lives for %s s", got)
	}
}
