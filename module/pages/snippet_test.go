package pages

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestHead(t *testing.T) {
	p := newPages(t, Config{})
	for _, c := range []struct {
		name    string
		snippet Snippet
		want    string
	}{
		{"undecided", Snippet{Lang: "zh", Granted: []string{"necessary"}, Regime: "opt-in"},
			`<script src="/.consent/client.js" data-granted="necessary" data-lang="zh" data-regime="opt-in"></script><link rel="stylesheet" href="/.consent/style.css">`},
		{"decided", Snippet{Granted: []string{"necessary", "analytics"}, Decided: true},
			`<script src="/.consent/client.js" data-granted="necessary analytics" data-lang="en" data-decided></script>`},
		{"nonce", Snippet{Nonce: "r4nd0m", Lang: "xx"},
			`<script src="/.consent/client.js" data-granted="" data-lang="en" nonce="r4nd0m"></script><link rel="stylesheet" href="/.consent/style.css" nonce="r4nd0m">`},
	} {
		if got := string(p.Head([]byte("x"), &c.snippet)); got != "x"+c.want {
			t.Errorf("%s:\n got %s\nwant x%s", c.name, got, c.want)
		}
	}
}

func TestBody(t *testing.T) {
	p := newPages(t, Config{})
	body := p.Body(nil, &Snippet{Path: "/product/5?a=1&b=2"})
	check(t, elements(t, bytes.NewReader(append([]byte("<h1>Shop</h1>"), body...))))
	hidden, ticked, buttons := formOf(elements(t, bytes.NewReader(body)))
	if hidden.Get("return") != "/product/5?a=1&b=2" || hidden.Get("lang") != "en" || len(ticked) > 0 {
		t.Errorf("the form sends %v and %v", hidden, ticked)
	}
	if got := strings.Join(buttons, " "); got != "= choice=reject choice=accept" {
		t.Errorf("buttons %s", got)
	}
	if !bytes.Contains(body, []byte(`<noscript><img src="/.consent/visit.gif?path=%2Fproduct%2F5" width="1" height="1" alt="" hidden></noscript>`)) {
		t.Errorf("no pixel in %s", body)
	}
	if decided := p.Body(nil, &Snippet{Decided: true, Path: "/"}); bytes.Contains(decided, []byte("consent-banner")) || !bytes.Contains(decided, []byte("visit.gif")) {
		t.Errorf("for who has decided: %s", decided)
	}
	optIn, optOut := p.Body(nil, &Snippet{Regime: "opt-in"}), p.Body(nil, &Snippet{Regime: "opt-out"})
	if bytes.Equal(optIn, optOut) || !bytes.Contains(optOut, []byte("on unless you turn them off")) {
		t.Error("the banner says the same under both regimes")
	}
}

// FuzzSnippet asserts that no value gets out of its place.
func FuzzSnippet(f *testing.F) {
	f.Add("/product/5?a=1&b=2", "necessary", "nonce")
	f.Add(`/"><script>alert(1)</script>`, `a" onload="x`, `"><img>`)
	f.Add("/&quot;&#0;\r\n\x00", "&amp;", "'")
	p := newPages(f, Config{})
	f.Fuzz(func(t *testing.T, path, granted, nonce string) {
		s := Snippet{Path: path, Granted: []string{granted}, Nonce: nonce}
		page := append([]byte("<!doctype html><head>"), p.Head(nil, &s)...)
		page = append(p.Body(append(page, "</head><body>"...), &s), "</body>"...)
		count := map[string]int{}
		for _, n := range elements(t, bytes.NewReader(page)) {
			count[n.Data]++
			if n.Data == "script" {
				if got := attribute(n, "data-granted"); clean(got) != clean(granted) || len(n.Attr) > 4 {
					t.Errorf("the script's tag is %v", n.Attr)
				}
			}
			if attribute(n, "name") == "return" && clean(attribute(n, "value")) != clean(path) {
				t.Errorf("the way back is %q", attribute(n, "value"))
			}
		}
		want := map[string]int{"html": 1, "head": 1, "script": 1, "link": 1, "body": 1, "section": 1, "form": 1, "input": 2, "div": 2, "h2": 1, "p": 1, "button": 3, "noscript": 1}
		for name, n := range count {
			// The parser runs with scripts, so that what noscript holds is text.
			if want[name] != n {
				t.Errorf("%d elements <%s>", n, name)
			}
		}
	})
}

// clean makes the differences equal that an HTML parser makes by itself.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(s)
}

func ExamplePages_Head() {
	p, err := New(Config{})
	if err != nil {
		panic(err)
	}
	head := p.Head(nil, &Snippet{Granted: []string{"necessary", "analytics"}, Regime: "opt-in", Decided: true})
	fmt.Println(string(head))
	// Output:
	// <script src="/.consent/client.js" data-granted="necessary analytics" data-lang="en" data-regime="opt-in" data-decided></script>
}
