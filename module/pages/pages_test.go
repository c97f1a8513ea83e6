package pages

import (
	"bytes"
	"compress/gzip"
	"html/template"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func newPages(t testing.TB, c Config) *Pages {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// elements parses a document and returns its elements in order.
func elements(t testing.TB, r io.Reader) []*html.Node {
	t.Helper()
	root, err := html.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// check holds a page against what every page promises: nothing inline, nothing
// from elsewhere, everything labelled.
func check(t *testing.T, all []*html.Node) {
	t.Helper()
	ids := map[string]bool{}
	labelled := map[string]bool{}
	for _, n := range all {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
		if n.Data == "label" && textOf(n) != "" {
			labelled[attribute(n, "for")] = true
		}
	}
	level := 0
	for _, n := range all {
		for _, a := range n.Attr {
			switch a.Key {
			case "src", "action", "href", "data", "poster":
				u, err := url.Parse(a.Val)
				local := err == nil && u.Host == "" && u.Scheme == ""
				link := n.Data == "a" && err == nil && (u.Scheme == "mailto" || u.Scheme == "https" || u.Scheme == "http")
				if !local && !link && a.Val != "data:," && a.Val != "#ZgotmplZ" {
					t.Errorf("<%s %s=%q> leads elsewhere", n.Data, a.Key, a.Val)
				}
			case "aria-describedby", "aria-labelledby", "for":
				if !ids[a.Val] {
					t.Errorf("<%s %s=%q> names nothing", n.Data, a.Key, a.Val)
				}
			case "style":
				t.Errorf("<%s> has an inline style", n.Data)
			}
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the inline handler %s", n.Data, a.Key)
			}
		}
		switch n.Data {
		case "script":
			if textOf(n) != "" || !has(n, "src") {
				t.Errorf("an inline script: %s", textOf(n))
			}
		case "style":
			t.Error("an inline style sheet")
		case "input":
			if attribute(n, "type") != "hidden" && !labelled[attribute(n, "id")] {
				t.Errorf("the input %q has no label", attribute(n, "id"))
			}
		case "button", "summary", "a", "legend", "th", "h1", "h2", "h3":
			if textOf(n) == "" && attribute(n, "aria-label") == "" {
				t.Errorf("<%s> has no name", n.Data)
			}
		case "nav", "table", "section":
			scrolls := n.Data == "table" && attribute(n.Parent, "aria-labelledby") != ""
			if !scrolls && attribute(n, "aria-label") == "" && attribute(n, "class") != "card" {
				t.Errorf("<%s> has no name", n.Data)
			}
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '3' {
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("<%s> %q follows a heading of level %d", n.Data, textOf(n), level)
			} else {
				level = now
			}
		}
	}
}

func TestPages(t *testing.T) {
	p := newPages(t, Config{})
	decided := sample()
	decided.Regime, decided.Decided, decided.Saved, decided.GPC, decided.Minor = "opt-out", "2026-01-02", true, true, true
	decided.Text = "<h2>I</h2><p>Text</p>"
	decided.Notices = []Notice{{Title: "Service ends", Text: "On 1 May.", Link: "/end"}, {Text: "An incident."}}
	for name, v := range map[string]*View{"sample": sample(), "empty": {}, "decided": decided} {
		for page, render := range everyPage(p) {
			for _, lang := range p.Languages() {
				t.Run(name+"/"+page+"/"+string(lang), func(t *testing.T) {
					view := *v
					view.Lang = lang
					var b bytes.Buffer
					if err := render(&b, &view); err != nil {
						t.Fatal(err)
					}
					if !bytes.HasPrefix(b.Bytes(), []byte("<!doctype html>\n<html lang=\""+string(lang)+"\" dir=\"ltr\">")) {
						t.Errorf("begins with %.60q", b.Bytes())
					}
					// The script fills the hole in data-ask.
					asked := regexp.MustCompile(` data-ask="[^"]*"`).ReplaceAllString(b.String(), "")
					for _, hole := range []string{"{}", "<no value>", "ZgotmplZ", "no text"} {
						if strings.Contains(asked, hole) {
							t.Errorf("the page holds %q", hole)
						}
					}
					check(t, elements(t, &b))
				})
			}
		}
	}
}

func TestProblems(t *testing.T) {
	p := newPages(t, Config{})
	seen := map[string]bool{}
	for _, problem := range []Problem{NotFound, Refused, Unreadable, Unsaved} {
		var b bytes.Buffer
		if err := p.Problem(&b, sample(), problem); err != nil {
			t.Fatal(err)
		}
		for _, n := range elements(t, &b) {
			if attribute(n, "role") == "alert" {
				seen[textOf(n)] = true
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("four problems have %d texts", len(seen))
	}
}

// formOf returns what the first form of a page would send when all is left as it is.
func formOf(all []*html.Node) (hidden, ticked url.Values, buttons []string) {
	hidden, ticked = url.Values{}, url.Values{}
	for _, n := range all {
		switch {
		case n.Data == "input" && attribute(n, "type") == "hidden":
			hidden.Add(attribute(n, "name"), attribute(n, "value"))
		case n.Data == "input" && has(n, "checked"):
			ticked.Add(attribute(n, "name"), attribute(n, "value"))
		case n.Data == "button":
			buttons = append(buttons, attribute(n, "name")+"="+attribute(n, "value"))
		}
	}
	return hidden, ticked, buttons
}

func TestPreferencesForm(t *testing.T) {
	p := newPages(t, Config{Prefix: "/privacy"})
	optOut := sample()
	optOut.Regime = "opt-out"
	decided := sample()
	decided.Decided = "2026-01-02"
	for _, v := range []*View{optOut, decided} {
		v.Purposes = slices.Clone(v.Purposes)
		v.Purposes[2].Granted = true
	}
	for _, c := range []struct {
		name   string
		view   *View
		ticked []string
		text   string
	}{
		{"undecided", sample(), nil, "You have not decided yet. Until"},
		{"undecided under opt-out", optOut, nil, "some uses are on"},
		{"decided", decided, []string{"analytics"}, "You decided on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := p.Preferences(&b, c.view); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), c.text) {
				t.Errorf("the page does not say %q", c.text)
			}
			if on := strings.Contains(b.String(), "Allowed now"); on != (c.name != "undecided") {
				t.Errorf("says that something is allowed: %v", on)
			}
			hidden, ticked, buttons := formOf(elements(t, &b))
			if !slices.Equal(ticked["purpose"], c.ticked) {
				t.Errorf("ticked %v, want %v", ticked["purpose"], c.ticked)
			}
			// The first button is the one that Enter presses: it must not accept all.
			if want := []string{"choice=save", "choice=reject", "choice=accept"}; !slices.Equal(buttons, want) {
				t.Errorf("buttons %v, want %v", buttons, want)
			}
			if hidden.Has("return") || hidden.Get("back") != c.view.Return {
				t.Errorf("leads back to %q and %q", hidden.Get("back"), hidden.Get("return"))
			}
			if hidden.Get("lang") != "en" {
				t.Errorf("the language is %q", hidden.Get("lang"))
			}
		})
	}
}

// TestDetails checks that what a visitor has to know of a purpose stands on the page.
func TestDetails(t *testing.T) {
	p := newPages(t, Config{})
	for lang, want := range map[Lang][]string{
		"en": {"Visit statistics", "II.II.1", "_ga_*", "PageLens", "13 months", "until you close the browser", "acme-ads", "United States", "abroad", "Promotions"},
		"zh": {"访问统计", "II.II.1", "_ga_*", "13 个月", "美国", "境外", "Promotions"},
	} {
		v := sample()
		v.Lang = lang
		var b bytes.Buffer
		if err := p.Preferences(&b, v); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(b.String(), text) {
				t.Errorf("%s: the page lacks %q", lang, text)
			}
		}
	}
}

// fill puts a string into every string field, and one element into every slice.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	case reflect.Slice:
		one := reflect.MakeSlice(v.Type(), 1, 1)
		fill(one.Index(0), text)
		v.Set(one)
	}
}

func TestHostileValues(t *testing.T) {
	p := newPages(t, Config{})
	for _, text := range []string{
		`"><script>alert(1)</script>`, `' onclick='alert(1)`, `javascript:alert(1)`, `</title><img src=x onerror=alert(1)>`,
		`//evil.example/`, "\x00<b>", `{{.}}`, `--><svg/onload=alert(1)>`,
	} {
		for name, render := range everyPage(p) {
			v := &View{}
			fill(reflect.ValueOf(v).Elem(), text)
			v.Text, v.Lang = template.HTML("<p>Text</p>"), English
			v.Changes.List[0].Kind = "cookie-purpose" // the gateway's own word
			var b bytes.Buffer
			if err := render(&b, v); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, n := range elements(t, &b) {
				switch n.Data {
				case "script", "img", "svg", "b":
					t.Errorf("%s: %q becomes an element <%s>", name, text, n.Data)
				}
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") && a.Key == "href" {
						t.Errorf("%s: %q becomes %s=%q", name, text, a.Key, a.Val)
					}
				}
			}
		}
	}
}

func TestNewRefusesPrefixes(t *testing.T) {
	for _, prefix := range []string{"consent", "/consent/", "/", "/a?b", `/"`, "/a b", "/<x>"} {
		if _, err := New(Config{Prefix: prefix}); err == nil {
			t.Errorf("the prefix %q is taken", prefix)
		}
	}
	p := newPages(t, Config{Prefix: "/privacy"})
	var b bytes.Buffer
	if err := p.Preferences(&b, sample()); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"page": b.Bytes(), "script": p.Client().Bytes, "head": p.Head(nil, &Snippet{}), "body": p.Body(nil, &Snippet{}),
	} {
		if !bytes.Contains(data, []byte("/privacy")) || bytes.Contains(data, []byte("/.consent")) {
			t.Errorf("the %s has another prefix", name)
		}
	}
}

func zipped(data []byte) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Len()
}

func TestSizes(t *testing.T) {
	p := newPages(t, Config{Guard: &Guard{
		Hosts: map[string][]string{
			"necessary": {"cdn.shop-assets.example", "pay.example"}, "analytics": {"pagelens.example", "*.heatwise.example"},
			"advertising": {"*.acme-ads.example", "clicklane.example", "bidhouse.example"},
		},
		Cookies: map[string][]string{
			"necessary": {"sid", "csrf", "cart_*"}, "preferences": {"theme", "lang"},
			"analytics": {"_ga", "_ga_*"}, "advertising": {"_fbp"},
		},
	}})
	if size := zipped(p.Client().Bytes); size > 7<<10 {
		t.Errorf("the script is %d bytes when compressed", size)
	}
	if size := zipped(p.More().Bytes); size > 15<<8 {
		t.Errorf("the second script is %d bytes when compressed", size)
	}
	for lang := range p.templates {
		v := sample()
		v.Lang = lang
		var b bytes.Buffer
		if err := p.Preferences(&b, v); err != nil {
			t.Fatal(err)
		}
		if size := b.Len() + len(p.Style().Bytes); size > 30_000 {
			t.Errorf("%s: the preference page is %d bytes with its style", lang, size)
		}
		banner := p.Head(p.Body(nil, &Snippet{Lang: lang}), &Snippet{Lang: lang})
		if size := len(banner) + len(p.Client().Bytes) + len(p.Style().Bytes); size > 30_000 {
			t.Errorf("%s: the banner adds %d bytes to a page, with script and style", lang, size)
		}
	}
}

func TestAssets(t *testing.T) {
	a, b := newPages(t, Config{}), newPages(t, Config{Guard: &Guard{Hosts: map[string][]string{"necessary": {"</script>"}}}})
	if a.Client().ETag == b.Client().ETag {
		t.Error("different scripts have one entity tag")
	}
	if again := newPages(t, Config{}); a.Client().ETag != again.Client().ETag || a.Style().ETag != again.Style().ETag {
		t.Error("the same asset has two entity tags")
	}
	more := newPages(t, Config{Guard: &Guard{MoreHosts: map[string][]string{"analytics": {"stats.example"}}}})
	if got := string(more.Guard().Bytes); got != `{"hosts":{"analytics":["stats.example"]}}` || bytes.Contains(more.Client().Bytes, []byte("stats.example")) {
		t.Errorf("guard.json: %s", got)
	}
	for _, asset := range []Asset{a.Client(), a.More(), a.Style(), a.Guard(), more.Guard()} {
		if len(asset.ETag) < 10 || asset.ETag[0] != '"' || asset.ETag[len(asset.ETag)-1] != '"' {
			t.Errorf("entity tag %s", asset.ETag)
		}
	}
	if a.Client().Type != "text/javascript; charset=utf-8" || a.Style().Type != "text/css; charset=utf-8" {
		t.Errorf("types %q, %q", a.Client().Type, a.Style().Type)
	}
	const guardMark = "XMLHttpRequest"
	for part, config := range map[string]Config{"__tcfapi": {TCF: &TCF{}}, "__gpp": {GPP: true}, guardMark: {Guard: &Guard{}}} {
		if bytes.Contains(a.Client().Bytes, []byte(part)) || !bytes.Contains(newPages(t, config).Client().Bytes, []byte(part)) {
			t.Errorf("%s is not just where it was asked for", part)
		}
	}
}
