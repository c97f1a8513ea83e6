package page

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// pieces are what pages that want to be misread are made of.
var pieces = []string{
	"<svg>", "</svg>", "<svg/>", "<math>", "</math>", "<title>", "</title>", "<desc>", "</desc>", "<foreignObject>", "</foreignObject>",
	"<mi>", "</mi>", "<annotation-xml>", "<annotation-xml encoding=text/html>", "</annotation-xml>", "<mglyph>", "<style>", "</style>", "<script>", "</script>",
	"<textarea>", "</textarea>", "<xmp>", "</xmp>", "<noscript>", "</noscript>", "<noframes>", "</noframes>", "<noembed>", "</noembed>",
	"<iframe>", "</iframe>", "<select>", "</select>", "<option>", "<template>", "</template>", "<col>", "<table>", "</table>", "<td>",
	"<tr>", "<caption>", "<colgroup>", "<p>", "</p>", "</br>", "<b>", "</b>", "<a>", "</a>", "<div>", "</div>", "<frameset>", "<plaintext>", "<head>", "</head>",
	"<body>", "</body>", "</html>", "<form>", "<button>", "</button>", "<font>", "<font color=x>", "<input>", "<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<!x", "<?x", ">", "\"", "'",
	"<a title=\"", "<a title='", "<a title=x", "<!--<script>", "</", "<", "/", "=", " ", "text", "<image>", "<li>", "<ruby>", "<object>", "</object>", "<marquee>", "</marquee>", "<nobr>", "<g>", "</g>",
	"<span>", "</span>", "<h1>", "</h1>", "<html>", "<keygen>", "<ms>", "<optgroup>", "<hr>",
}

var plants = []string{
	`<img src=//tracker.example/i>`, `<img src="//tracker.example/i">`, `<IMG SRC='//tracker.example/i'/>`,
	`<script src=//tracker.example/s></script>`, `<frame src=//tracker.example/f>`, `<image src=//tracker.example/i href=//tracker.example/h />`,
	`<svg><image href=//tracker.example/h />`, `<iframe src=//tracker.example/f></iframe>`,
}

func hostilePage(t *rapid.T) string {
	var doc strings.Builder
	for range rapid.IntRange(1, 14).Draw(t, "n") {
		if rapid.IntRange(0, 3).Draw(t, "plant") == 0 {
			doc.WriteString(rapid.SampledFrom(plants).Draw(t, "url"))
		} else {
			doc.WriteString(rapid.SampledFrom(pieces).Draw(t, "piece"))
		}
	}
	doc.WriteString(rapid.SampledFrom(plants).Draw(t, "last"))
	return doc.String()
}

// However a page is written, nothing that a tree builder would fetch is left.
func TestNothingIsFetched(t *testing.T) {
	o := testOptions()
	rapid.Check(t, func(t *rapid.T) {
		doc := hostilePage(t)
		var out bytes.Buffer
		r := NewRewriter(&out, o)
		if _, err := r.Write([]byte(doc)); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for _, scripting := range []bool{true, false} {
			if left := fetches(out.String(), scripting); len(left) > 0 {
				t.Fatalf("scripting=%v\n in %s\nout %s\nleft %q", scripting, doc, out.String(), left)
			}
		}
	})
}

// moreText adds what URLs hide in to the pieces of a hostile page.
var moreText = []string{
	`<p style="a:url(//tracker.example/)">`, `<style>a{b:url(//tracker.example/)}`, `@import "//tracker.example/";`, `url( '//tracker.example/' )`, `\75rl(//tracker.example/)`,
	`<script>track(1)`, `<img srcset="/a 1x, //tracker.example/ 2x">`, `<iframe srcdoc="<img src=//tracker.example/>">`, `<meta http-equiv=refresh content='0;url=//tracker.example/'>`,
	`<a ping="//tracker.example/ /b">`, `<body onload=track(1)>`, `/*`, `*/`, `\`, `;`, `{`, `}`, `(`, `)`, `&amp;`, `&#x2f;`, `<base href=/a>`, `--`, `--!`, `]`, `<!doctype html>`, `<body>`, `</bod`, `y>`,
}

func mixedPage(t *rapid.T) string {
	var doc strings.Builder
	all := slices.Concat(pieces, plants, moreText)
	for range rapid.IntRange(1, 12).Draw(t, "n") {
		doc.WriteString(rapid.SampledFrom(all).Draw(t, "piece"))
	}
	return doc.String()
}

// The result is the same wherever the input is cut, and nothing is left to do
// for a second pass.
func TestChunks(t *testing.T) {
	o := testOptions()
	o.Head, o.Body = []byte("<head-inserted>"), []byte("<body-inserted>")
	rapid.Check(t, func(t *rapid.T) {
		doc := mixedPage(t)
		whole := filtered(t, o, doc, len(doc))
		for cut := 1; cut < len(doc); cut++ {
			if got := filtered(t, o, doc, cut); got != whole {
				t.Fatalf("cut at %d\n   in %s\nwhole %s\n  got %s", cut, doc, whole, got)
			}
		}
		if got := filtered(t, o, doc, 0); got != whole {
			t.Fatalf("byte by byte\n   in %s\nwhole %s\n  got %s", doc, whole, got)
		}
		plain := testOptions()
		once := filtered(t, plain, doc, len(doc))
		if twice := filtered(t, plain, once, len(once)); twice != once {
			t.Fatalf("filtered again\n   in %s\n once %s\ntwice %s", doc, once, twice)
		}
	})
}

// filtered runs doc through a Rewriter, cut in two, or into bytes for 0.
func filtered(t fataler, o *Options, doc string, cut int) string {
	var out strings.Builder
	r := NewRewriter(&out, o)
	parts := []string{doc[:cut], doc[cut:]}
	if cut == 0 {
		parts = strings.Split(doc, "")
	}
	for _, part := range parts {
		if _, err := io.WriteString(r, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

type fataler interface{ Fatal(...any) }

// Without anything to deny, no byte changes.
func TestIdentity(t *testing.T) {
	o := testOptions()
	o.Judge = judgeFunc(func(*URL, Element) Verdict { return Verdict{} })
	rapid.Check(t, func(t *rapid.T) {
		doc := mixedPage(t) + rapid.String().Draw(t, "tail")
		if got := filtered(t, o, doc, rapid.IntRange(0, len(doc)).Draw(t, "cut")); got != doc {
			t.Fatalf("%q\nbecame %q", doc, got)
		}
	})
}

// More consent never takes more out: what is denied with a purpose granted is a
// part of what is denied without.
func TestMonotone(t *testing.T) {
	count := func(t *rapid.T, doc string, granted bool) (blocked int) {
		o := testOptions()
		o.Judge = judgeFunc(func(u *URL, e Element) Verdict {
			v := testJudge{}.URL(u, e)
			v.Block = v.Block && !granted
			return v
		})
		o.Found = func(f Finding) {
			if f.Verdict.Block {
				blocked++
			}
		}
		filtered(t, o, doc, len(doc))
		return blocked
	}
	rapid.Check(t, func(t *rapid.T) {
		doc := mixedPage(t)
		if less, more := count(t, doc, true), count(t, doc, false); less > more {
			t.Fatalf("%s: %d denied with consent, %d without", doc, less, more)
		}
	})
}

func FuzzHTML(f *testing.F) {
	for _, s := range slices.Concat(plants, moreText, pieces) {
		f.Add(s+`<img src=//tracker.example/>`, uint16(len(s)/2))
	}
	f.Add(`<iframe><style><iframe></iframe><img src=//tracker.example/>`, uint16(len(`<iframe><style><iframe></i`)))
	o := testOptions()
	f.Fuzz(func(t *testing.T, doc string, cut uint16) {
		if strings.HasPrefix(doc, "\xFE\xFF") || strings.HasPrefix(doc, "\xFF\xFE") || len(doc) > 4<<10 {
			return
		}
		whole := filtered(t, o, doc, len(doc))
		if n := int(cut) % (len(doc) + 1); n > 0 {
			if got := filtered(t, o, doc, n); got != whole {
				t.Fatalf("cut at %d\n   in %q\nwhole %q\n  got %q", n, doc, whole, got)
			}
		}
		for _, scripting := range []bool{true, false} {
			if left := fetches(whole, scripting); len(left) > 0 {
				t.Fatalf("scripting=%v\n in %q\nout %q\nleft %q", scripting, doc, whole, left)
			}
		}
	})
}

func FuzzSrcset(f *testing.F) {
	for _, s := range []string{"/a 1x, //tracker.example/ 2x", "//tracker.example/,", "a,b c, d (,) e", ",,", "a&#44;b 1x,&#32;//ads.example/"} {
		f.Add(s)
	}
	o := testOptions()
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsAny(value, `"`) || len(value) > 4<<10 {
			return
		}
		got := filtered(t, o, `<img srcset="`+value+`">`, 5)
		_, kept, found := strings.Cut(got, ` srcset="`)
		if !found {
			return
		}
		text := appendDecoded(nil, []byte(strings.TrimSuffix(kept, `">`)), true)
		for i := 0; ; {
			_, url, next, ok := nextCandidate(text, i)
			if !ok {
				break
			}
			i = next
			u, kind := ParseURL(string(text[url.from:url.to]), &o.Base)
			if kind == Invalid || kind == Absolute && !u.SameHost(&o.Base) && (testJudge{}).URL(&u, Image).Block {
				t.Fatalf("%q left %q", value, kept)
			}
		}
	})
}

func FuzzCSS(f *testing.F) {
	for _, s := range []string{`@import "//tracker.example/"`, `a{b:url(//tracker.example/)}`, `u\72l( "a\"b" )`, `image-set("//ads.example/" 1x)`, `/**/url(`, `"\`} {
		f.Add(s, uint16(len(s)/2))
	}
	o := testOptions()
	f.Fuzz(func(t *testing.T, css string, cut uint16) {
		if strings.Contains(css, "<") || len(css) > 16<<10 {
			return
		}
		doc := "<style>" + css + "</style>"
		whole := filtered(t, o, doc, len(doc))
		if got := filtered(t, o, doc, 1+int(cut)%(len(doc)-1)); got != whole {
			t.Fatalf("in %q\nwhole %q\n  got %q", doc, whole, got)
		}
		if twice := filtered(t, o, whole, len(whole)); twice != whole {
			t.Fatalf("%q\n once %q\ntwice %q", css, whole, twice)
		}
	})
}

// The tree keeps its shape: the same elements, at the same depth.
func TestShape(t *testing.T) {
	o := testOptions()
	rapid.Check(t, func(t *rapid.T) {
		doc := mixedPage(t)
		out := filtered(t, o, doc, len(doc))
		for _, scripting := range []bool{true, false} {
			if before, after := shape(doc, scripting), shape(out, scripting); before != after {
				t.Fatalf("scripting=%v\n   in %s\n  out %s\nbefore %s\n after %s", scripting, doc, out, before, after)
			}
		}
	})
}

func shape(doc string, scripting bool) string {
	root, err := html.ParseWithOptions(strings.NewReader(doc), html.ParseOptionEnableScripting(scripting))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := range n.ChildNodes() {
			if c.Type == html.ElementNode {
				b.WriteString(c.Namespace + c.Data + "(")
				walk(c)
				b.WriteString(")")
			}
		}
	}
	walk(root)
	return b.String()
}

// FuzzHeaders wants what is left of fields to be left again, and to be a part of what
// came.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		`</a.css>; rel=preload, <//tracker.example/x,y>; rel="preload"; as=script, </b>; rel=next`, `<>; rel=preload; imagesrcset="/a 1x, //tracker.example/ 2x"`,
		`0; url=//tracker.example/`, `5;url='/a'`, `<//tracker.example/>;rel="a\"b" ; rel=preconnect`, `<a>, <b>;;rel`, `"`, `0 "//tracker.example/`,
		`"/a", a="//tracker.example/x,\"y"`,
	} {
		f.Add(s)
	}
	o := testOptions()
	f.Fuzz(func(t *testing.T, value string) {
		for name, filter := range map[string]func(string, *Options) (string, bool){"Link": LinkHeader, "Refresh": RefreshHeader, "members": MembersHeader} {
			got, changed := filter(value, o)
			if changed == (got == value) || len(got) > len(value) {
				t.Fatalf("%s: %q became %q, changed is %v", name, value, got, changed)
			}
			if again, changed := filter(got, o); changed {
				t.Fatalf("%s: %q became %q, and then %q", name, value, got, again)
			}
		}
	})
}
