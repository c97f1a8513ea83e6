package pages

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestNegotiate(t *testing.T) {
	p := newPages(t, Config{})
	for _, c := range []struct {
		accept, query string
		want          Lang
	}{
		{"", "", "en"},
		{"zh", "", "zh"},
		{"zh-CN,zh;q=0.9,en;q=0.8", "", "zh"},
		{"zh-Hans-SG", "", "zh"},
		{"en-GB,en;q=0.9", "", "en"},
		{"en;q=0.2, zh;q=0.9", "", "zh"},
		{"fr-FR,fr;q=0.9,zh;q=0.5", "", "zh"},
		{"fr-FR,de;q=0.9", "", "en"},
		{"*", "", "en"},
		{"zh;q=0, en", "", "en"},
		{"en", "zh", "zh"},
		{"zh", "en", "en"},
		{"zh", "xx", "zh"},
		{"zh", "fr", "zh"},
		{"zh", "../../etc", "zh"},
		{";;;,,q=", "", "en"},
		{strings.Repeat("zh,", 300), "", "en"},
	} {
		if got := p.Negotiate(c.accept, c.query); got != c.want {
			t.Errorf("Accept-Language %q, lang=%q: %s, want %s", c.accept, c.query, got, c.want)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"zh-CN,zh;q=0.9,en;q=0.8", "*", "en-US-u-ca-gregory", "x-private", "zh;q=2"} {
		f.Add(seed, "zh")
	}
	p := newPages(f, Config{})
	f.Fuzz(func(t *testing.T, accept, query string) {
		got := p.Negotiate(accept, query)
		if !slices.Contains(p.Languages(), got) {
			t.Errorf("%q has no catalogue", got)
		}
		if again := p.Negotiate("", string(got)); again != got {
			t.Errorf("asking for %s gives %s", got, again)
		}
	})
}

func TestDir(t *testing.T) {
	for lang, want := range map[Lang]string{"en": "ltr", "zh": "ltr", "ar": "rtl", "he": "rtl", "fa": "rtl", "ur-PK": "rtl", "az-Arab": "rtl", "az": "ltr", "": "ltr"} {
		if got := lang.Dir(); got != want {
			t.Errorf("%q runs %s, want %s", lang, got, want)
		}
	}
}

// TestCatalogues holds the built-in languages against each other.
func TestCatalogues(t *testing.T) {
	all, err := readCatalogues(catalogues, "catalogue")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 {
		t.Fatalf("%d languages", len(all))
	}
	english := all[English]
	for lang, words := range all {
		for _, key := range slices.Sorted(maps.Keys(english)) {
			text, ok := words[key]
			switch {
			case !ok:
				t.Errorf("%s lacks %s", lang, key)
			case strings.TrimSpace(text) == "":
				t.Errorf("%s: %s is empty", lang, key)
			case strings.Count(text, "{}") != strings.Count(english[key], "{}"):
				t.Errorf("%s: %s has not the holes of the English text", lang, key)
			}
		}
		for key := range words {
			if _, ok := english[key]; !ok {
				t.Errorf("%s has %s, which English lacks", lang, key)
			}
		}
	}
	// No text is there for nothing. Some keys are put together.
	used := ""
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			used += string(data)
		}
	}
	for key := range english {
		prefix, _, _ := strings.Cut(key, ".")
		if !slices.Contains([]string{"change", "lifetime", "purpose"}, prefix) && !strings.Contains(used, `"`+key+`"`) {
			t.Errorf("nothing uses the text %s", key)
		}
	}
}

func TestLifetimes(t *testing.T) {
	p := newPages(t, Config{})
	for length, want := range map[string]string{
		"": "as long as the site sets", "session": "until you close the browser", "0": "until you close the browser",
		"1y": "1 year", "13mo": "13 months", "1mo": "1 month", "2w": "2 weeks", "30d": "30 days", "1h": "1 hour", "30m": "30 minutes", "45s": "45 seconds",
		"1h30m": "1h30m", "soon": "soon", "5xy": "5xy", "y": "y",
	} {
		if got, err := p.languages.lifetime(English, length); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", length, got, err, want)
		}
	}
}

func TestOverride(t *testing.T) {
	p := newPages(t, Config{Override: fstest.MapFS{
		"ar.json":   {Data: []byte(`{"lang.name": "العربية", "preferences.title": "خياراتك", "banner.title": "خصوصيتك"}`)},
		"zh.json":   {Data: []byte(`{"purpose.advertising.title": "促销", "purpose.loyalty.title": "会员"}`)},
		"style.css": {Data: []byte(".consent-page { --consent-accent: teal }")},
		"notes.txt": {Data: []byte("not ours")},
	}})
	if got := p.Languages(); !slices.Equal(got, []Lang{"en", "ar", "zh"}) {
		t.Errorf("languages %v", got)
	}
	if got := p.Negotiate("ar-EG", ""); got != "ar" {
		t.Errorf("ar-EG gets %s", got)
	}
	if !bytes.HasSuffix(p.Style().Bytes, []byte("--consent-accent: teal }")) {
		t.Error("the style is not appended")
	}
	v := sample()
	v.Lang = "ar"
	var b bytes.Buffer
	if err := p.Preferences(&b, v); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="ar" dir="rtl">`, "<h1>خياراتك</h1>", "Accept all", "Promotions"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the Arabic page lacks %s", want)
		}
	}
	if banner := string(p.Body(nil, &Snippet{Lang: "ar"})); !strings.Contains(banner, `lang="ar" dir="rtl"`) || !strings.Contains(banner, "خصوصيتك") {
		t.Errorf("the Arabic banner: %s", banner)
	}
	// In a language with words of its own for a purpose, they win over the policy's.
	v.Lang = "zh"
	v.Purposes = append(v.Purposes, Purpose{Name: "loyalty", Title: "Points"})
	b.Reset()
	if err := p.Preferences(&b, v); err != nil {
		t.Fatal(err)
	}
	if page := b.String(); !strings.Contains(page, "促销") || strings.Contains(page, "Promotions") || !strings.Contains(page, "会员") {
		t.Error("the policy's own titles are not translated")
	}
	for name, files := range map[string]fs.FS{
		"unknown key":  fstest.MapFS{"en.json": {Data: []byte(`{"prefrences.title": "x"}`)}},
		"bad JSON":     fstest.MapFS{"en.json": {Data: []byte(`{`)}},
		"not texts":    fstest.MapFS{"en.json": {Data: []byte(`{"skip": 1}`)}},
		"no language":  fstest.MapFS{"english!.json": {Data: []byte(`{}`)}},
		"missing hole": fstest.MapFS{"en.json": {Data: []byte(`{"preferences.lead": "no hole"}`)}},
	} {
		if _, err := New(Config{Override: files}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func ExamplePages_Negotiate() {
	p, err := New(Config{})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Negotiate("zh-CN,zh;q=0.9,en;q=0.5", ""))
	fmt.Println(p.Negotiate("zh-CN,zh;q=0.9,en;q=0.5", "en"))
	// Output:
	// zh
	// en
}
