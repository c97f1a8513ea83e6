package module_test

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnWordsAndStyle gives a site its own words, and a language that is not
// built in.
func TestOwnWordsAndStyle(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"en.json":   `{"purpose.analytics.title": "Counting teapots"}`,
		"fr.json":   `{"purpose.analytics.title": "Compter les théières"}`,
		"style.css": "#consent-banner{outline:3px solid teal}",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := start(t, site("consent {\npages "+folder+"\n}", "consent\nreverse_proxy {upstream}"), echo)
	for lang, want := range map[string]string{"en": "Counting teapots", "fr": "Compter les théières"} {
		if page := g.get("/.consent/?lang=" + lang).body; !strings.Contains(page, want) || !strings.Contains(page, `lang="`+lang+`"`) {
			t.Errorf("the page in %s does not say %q:\n%.600s", lang, want, page)
		}
	}
	if style := g.get("/.consent/style.css").body; !strings.Contains(style, "3px solid teal") {
		t.Error("the site's own style is missing")
	}
	if err := g.tryLoad(site("consent {\npages "+folder+"/nowhere\n}", "consent\nrespond x"), ""); err == nil || !strings.Contains(err.Error(), "expected a folder") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestSecondScriptIsKept checks that a browser keeps the second script for as long
// as the first asks for these very bytes.
func TestSecondScriptIsKept(t *testing.T) {
	g := start(t, bare, echo)
	_, rest, _ := strings.Cut(g.get("/.consent/client.js").body, `more:"`)
	digest, _, _ := strings.Cut(rest, `"`)
	sum := sha256.Sum256([]byte(g.get("/.consent/more.js").body))
	if want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); digest != want {
		t.Fatalf("the first script asks for %q, want %s", digest, want)
	}
	for query, want := range map[string]string{"": "public, max-age=600", "?" + digest: "public, max-age=31536000, immutable", "?sha256-other": "public, max-age=600"} {
		if got := g.get("/.consent/more.js" + query).Header.Get("Cache-Control"); got != want {
			t.Errorf("Cache-Control for %q is %q, want %q", query, got, want)
		}
	}
}

// TestScriptAnswersOthers turns on what the script answers to other scripts.
func TestScriptAnswersOthers(t *testing.T) {
	plain := start(t, bare, echo).get("/.consent/client.js").body
	g := start(t, site("consent {\nhome GB\nsignals {\nanswer __tcfapi __gpp\n}\n}", "consent\nreverse_proxy {upstream}"), echo)
	script := g.get("/.consent/client.js").body
	for _, name := range []string{"__tcfapi", "__gpp"} {
		if strings.Contains(plain, name) || !strings.Contains(script, name) {
			t.Errorf("%s: in the plain script %v, in the asked one %v", name, strings.Contains(plain, name), strings.Contains(script, name))
		}
	}
}

// TestBannerHoldsNoIdentifier: a page that grants nothing may be stored for others, by
// caches also that leave click ids out of their keys.
func TestBannerHoldsNoIdentifier(t *testing.T) {
	g := start(t, site("", "consent\nreverse_proxy {upstream}"), htmlPage("<!doctype html><title>a</title><p>b"))
	a := g.get("/product?size=8&gclid=canary&lat=39.904211&lng=116.407413")
	if strings.Contains(a.body, "canary") || strings.Contains(a.body, "39.904211") || !strings.Contains(a.body, `name="return" value="/product?size=8&amp;lat=39.9&amp;lng=116.4"`) {
		t.Errorf("the page says %s", a.body)
	}
}
