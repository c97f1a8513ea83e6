package pages

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestNoticeBar(t *testing.T) {
	p := newPages(t, Config{})
	s := Snippet{Decided: true, Path: "/cart?a=1&b=2", Notices: []Notice{
		{ID: "1a2b3c4d", Kind: "incident", Text: "An <incident>.", Link: "/incident?a=1&b=2"},
		{ID: "5e6f7a8b", Kind: "end-of-service", Title: "Goodbye", Text: "We close."},
	}}
	head, body := p.Head(nil, &s), p.Body(nil, &s)
	if !bytes.Contains(head, []byte(`/style.css`)) {
		t.Error("the style sheet is missing")
	}
	all := elements(t, bytes.NewReader(append([]byte("<h1>Shop</h1>"), body...)))
	check(t, all)
	var forms []*html.Node
	var words, links []string
	for _, n := range all {
		switch n.Data {
		case "form":
			forms = append(forms, n)
		case "p":
			words = append(words, textOf(n))
		case "a":
			links = append(links, attribute(n, "href"))
		}
	}
	if want := []string{"Security notice An <incident>. Read more", "Goodbye We close."}; strings.Join(words, "|") != strings.Join(want, "|") {
		t.Errorf("the bar says %q", words)
	}
	if strings.Join(links, " ") != "/incident?a=1&b=2" {
		t.Errorf("links to %q", links)
	}
	if len(forms) != 2 {
		t.Fatalf("%d forms", len(forms))
	}
	for i, form := range forms {
		var inside []*html.Node
		for n := range form.Descendants() {
			inside = append(inside, n)
		}
		hidden, _, buttons := formOf(inside)
		if attribute(form, "action") != "/.consent/notice" || attribute(form, "method") != "post" ||
			hidden.Get("id") != s.Notices[i].ID || hidden.Get("return") != "/cart?a=1&b=2" || len(buttons) != 1 {
			t.Errorf("form %d sends %v to %s", i, hidden, attribute(form, "action"))
		}
	}
	if bytes.Contains(body, []byte("consent-banner")) {
		t.Error("who has decided gets a banner with the notice")
	}
	s.Notices = nil
	if bytes.Contains(p.Head(nil, &s), []byte("style.css")) || bytes.Contains(p.Body(nil, &s), []byte("consent-notices")) {
		t.Error("a page without notices has the bar")
	}
}

func TestNoticeBarIsTranslated(t *testing.T) {
	p := newPages(t, Config{Prefix: "/privacy"})
	for kind := range noticeTitles {
		english := p.Body(nil, &Snippet{Decided: true, Notices: []Notice{{ID: "1", Kind: kind, Text: "x"}}})
		chinese := p.Body(nil, &Snippet{Decided: true, Lang: "zh", Notices: []Notice{{ID: "1", Kind: kind, Text: "x"}}})
		if bytes.Equal(english, chinese) || !bytes.Contains(chinese, []byte("知道了")) || !bytes.Contains(chinese, []byte(`action="/privacy/notice"`)) {
			t.Errorf("%s in Chinese: %s", kind, chinese)
		}
	}
}

func TestBannerSaysThatThePolicyChanged(t *testing.T) {
	p := newPages(t, Config{})
	for _, regime := range []string{"opt-in", "opt-out"} {
		same := p.Body(nil, &Snippet{Regime: regime, Path: "/a"})
		changed := p.Body(nil, &Snippet{Regime: regime, Path: "/a", Changed: true})
		if bytes.Contains(same, []byte("has changed since")) || !bytes.Contains(changed, []byte("has changed since")) || !bytes.Contains(changed, []byte(`value="/a"`)) {
			t.Errorf("%s: %s", regime, changed)
		}
	}
}

// FuzzNoticeBar asserts that no value gets out of its place.
func FuzzNoticeBar(f *testing.F) {
	f.Add("1", "title", "text", "/link", "/path")
	f.Add(`"><script>`, "</strong><img>", "</p><b>", `" onclick="x`, "'")
	p := newPages(f, Config{})
	f.Fuzz(func(t *testing.T, id, title, text, link, path string) {
		s := Snippet{Decided: true, Path: path, Notices: []Notice{{ID: id, Title: title, Text: text, Link: link}}}
		for _, n := range elements(t, bytes.NewReader(append([]byte("<!doctype html><body>"), p.Body(nil, &s)...))) {
			switch n.Data {
			case "html", "head", "body", "section", "form", "input", "p", "strong", "a", "button", "noscript":
			default:
				t.Errorf("an element <%s>", n.Data)
			}
			switch {
			case n.Data == "a" && (clean(attribute(n, "href")) != clean(link) || len(n.Attr) != 1):
				t.Errorf("the link is %v", n.Attr)
			case attribute(n, "name") == "id" && clean(attribute(n, "value")) != clean(id):
				t.Errorf("the id is %q", attribute(n, "value"))
			}
		}
	})
}
