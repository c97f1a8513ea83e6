package page

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
)

const (
	svgDoc   = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:h="http://www.w3.org/1999/xhtml">`
	xhtmlDoc = `<html xmlns="http://www.w3.org/1999/xhtml" xmlns:s="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink"><body>`
)

// trackersInXML are documents that make a browser fetch from the tracker.
var trackersInXML = map[string]string{
	"image":            svgDoc + `<image href="https://tracker.example/i"/></svg>`,
	"xlink":            svgDoc + `<image width="1" xlink:href='//tracker.example/i'/></svg>`,
	"both":             svgDoc + `<use href="//tracker.example/#a" xlink:href="//tracker.example/#b"/></svg>`,
	"other prefix":     xhtmlDoc + `<s:image l:href="//tracker.example/i"/></body></html>`,
	"default prefix":   svgDoc + `<h:img src="//tracker.example/i"></h:img></svg>`,
	"gradient":         svgDoc + `<linearGradient id="a" xlink:href="//tracker.example/#a"/></svg>`,
	"script":           svgDoc + `<script href="//tracker.example/s.js"/></svg>`,
	"inline script":    svgDoc + `<script>track(1)</script></svg>`,
	"CDATA script":     svgDoc + `<script><![CDATA[ if (a < b && b > c) track(1) ]]></script></svg>`,
	"escaped script":   svgDoc + `<script>tra&#99;k(1)</script></svg>`,
	"split script":     svgDoc + `<script>tra<!-- --><![CDATA[ck(1)]]></script></svg>`,
	"style":            svgDoc + `<style>.a{fill:url(//tracker.example/#a)}</style></svg>`,
	"CDATA style":      svgDoc + `<style type="text/css"><![CDATA[ @import "//tracker.example/"; .a>b{} ]]></style></svg>`,
	"escaped style":    svgDoc + `<style>@import &quot;//tracker.example/&quot;;</style></svg>`,
	"split style":      svgDoc + `<style>@import<![CDATA[ "//tracker]]>.example/";</style></svg>`,
	"commented style":  svgDoc + `<style><!-- /* -->@import "//tracker.example/";</style></svg>`,
	"prefixed style":   xhtmlDoc + `<s:style>a{b:url(//tracker.example/)}</s:style></body></html>`,
	"attribute":        svgDoc + `<g fill="url(//tracker.example/#a)" style="mask:url('//tracker.example/#b')"/></svg>`,
	"base":             svgDoc + `<g xml:base="//tracker.example/"><image href="i"/></g></svg>`,
	"reference":        svgDoc + `<image href="&#x2f;&#47;tracker.example/i"/></svg>`,
	"instruction":      `<?xml version="1.0"?><?xml-stylesheet type="text/css" href="//tracker.example/s.css"?>` + svgDoc + `</svg>`,
	"after comment":    `<!-- <svg> - >' --><?p <!-- ?>` + svgDoc + `<!--> x --><image href="//tracker.example/"/></svg>`,
	"greater in value": svgDoc + `<image alt="a > b" href="//tracker.example/"/></svg>`,
	"html tricks":      xhtmlDoc + `<textarea><img src="//tracker.example/"/></textarea><title/><script/><img src="//tracker.example/"/></body></html>`,
	"frame":            xhtmlDoc + `<iframe src="//tracker.example/"/><object data="//tracker.example/"/></body></html>`,
	"srcdoc":           xhtmlDoc + `<iframe srcdoc="&lt;img src=//tracker.example/>"/></body></html>`,
	"refresh":          xhtmlDoc + `<meta http-equiv="refresh" content="0;url=//tracker.example/"/></body></html>`,
	"handler":          svgDoc + `<g onload="track(1)"/></svg>`,
	"animation":        svgDoc + `<image><animate attributeName="href" values="/a;//tracker.example/"/></image></svg>`,
	"in other XML":     `<feed xmlns="http://www.w3.org/2005/Atom"><content><d:div xmlns:d="http://www.w3.org/1999/xhtml"><d:img src="//tracker.example/"/></d:div></content></feed>`,
	"hidden namespace": `<x:img xmlns:x="http://www.w3.org/1999/xhtm&#108;" src="//tracker.example/"/>`,
	"doctype":          `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">` + svgDoc + `<image href="//tracker.example/"/></svg>`,
	"subset":           `<!DOCTYPE svg [<!ENTITY a "<x>"> ]  >` + svgDoc + `<image href="//tracker.example/"/></svg>`,
}

// quietXML are documents that make a browser fetch nothing from elsewhere.
var quietXML = map[string]string{
	"plain":          `<?xml version="1.0"?>` + svgDoc + `<image href="/i"/><use href="#a"/><style><![CDATA[ a{b:url(/i)} ]]></style></svg>`,
	"text":           svgDoc + `<text>url(//tracker.example/)</text><title>&lt;img src="//tracker.example/"/></title></svg>`,
	"comment":        svgDoc + `<!-- <image href="//tracker.example/"/> --></svg>`,
	"CDATA":          xhtmlDoc + `<p><![CDATA[<img src="//tracker.example/">]]></p></body></html>`,
	"link":           svgDoc + `<a xlink:href="https://tracker.example/" href="https://tracker.example/">t</a></svg>`,
	"namespaces":     `<svg xmlns="http://www.w3.org/2000/svg" xmlns:t="https://tracker.example/ns" t:href2="//tracker.example/"/>`,
	"feed":           `<rss xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><i:image href="https://tracker.example/i"/><enclosure url="https://tracker.example/e"/></channel></rss>`,
	"instruction":    `<?xml-stylesheet href="/s.css"?><?other href="//tracker.example/"?>` + svgDoc + `</svg>`,
	"end in a tag":   svgDoc + `<image href="/i`,
	"end in comment": svgDoc + `<!-- a`,
	"end in doctype": `<!DOCTYPE svg [ ]`,
}

func xmlOptions() *Options {
	o := testOptions()
	o.Format = XML
	return o
}

func TestXML(t *testing.T) {
	for name, doc := range trackersInXML {
		t.Run(name, func(t *testing.T) {
			whole := filtered(t, xmlOptions(), doc, len(doc))
			for _, gone := range []string{"tracker.example", "track(1)"} {
				for _, text := range fetchedXML(t, whole) {
					if strings.Contains(text, gone) {
						t.Errorf("%q is left in\n%s", text, whole)
					}
				}
			}
			for cut := range doc {
				if got := filtered(t, xmlOptions(), doc, cut); got != whole {
					t.Fatalf("cut at %d\nwhole %s\n  got %s", cut, whole, got)
				}
			}
			if twice := filtered(t, xmlOptions(), whole, len(whole)); twice != whole {
				t.Errorf("filtered again\n once %s\ntwice %s", whole, twice)
			}
		})
	}
	for name, doc := range quietXML {
		t.Run("quiet "+name, func(t *testing.T) {
			for cut := range doc {
				if got := filtered(t, xmlOptions(), doc, cut); got != doc {
					t.Fatalf("cut at %d\n in %s\nout %s", cut, doc, got)
				}
			}
		})
	}
}

// fetchedXML returns, as an XML parser sees them, the values and texts of a document
// from which a browser may fetch.
func fetchedXML(t *testing.T, doc string) []string {
	t.Helper()
	var found []string
	disabled := 0
	d := xml.NewDecoder(strings.NewReader(doc))
	d.Entity = map[string]string{"a": ""}
	var open []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, doc)
		}
		switch token := token.(type) {
		case xml.ProcInst:
			found = append(found, string(token.Inst))
		case xml.StartElement:
			open = append(open, token.Name.Local)
			seen := make(map[xml.Name]bool)
			for _, a := range token.Attr {
				if seen[a.Name] {
					t.Fatalf("%s is there twice in\n%s", a.Name.Local, doc)
				}
				seen[a.Name] = true
				if !strings.HasPrefix(a.Name.Local, "data-consent") {
					found = append(found, a.Value)
				}
				if a.Name.Local == "type" && a.Value == "text/plain" {
					disabled = len(open)
				}
				if strings.HasPrefix(a.Name.Space, "data-") {
					t.Fatalf("the prefix %s is not declared in\n%s", a.Name.Space, doc)
				}
			}
		case xml.EndElement:
			if disabled == len(open) {
				disabled = 0
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if disabled == 0 && len(open) > 0 && slices.Contains([]string{"style", "script"}, open[len(open)-1]) {
				found = append(found, string(token))
			}
		}
	}
}

// What an internal subset or a transformation makes of a document can't be seen.
func TestHiddenXML(t *testing.T) {
	for doc, want := range map[string]bool{
		`<!DOCTYPE svg [<!ENTITY t "//tracker.example/">]>` + svgDoc + `<image href="&t;"/></svg>`:      true,
		`<!DOCTYPE html [<!ATTLIST img src CDATA "//tracker.example/">]>` + xhtmlDoc + `</body></html>`: true,
		`<?xml-stylesheet type="text/xsl" href="/t.xsl"?><a/>`:                                          true,
		`<?xml-stylesheet type="text/css" href="/t.css"?><a/>`:                                          false,
		`<!DOCTYPE svg>` + svgDoc + `</svg>`:                                                            false,
		svgDoc + `</svg>`:                                                                               false,
	} {
		for cut := range doc {
			r := NewRewriter(io.Discard, xmlOptions())
			_, _ = io.WriteString(r, doc[:cut])
			_, _ = io.WriteString(r, doc[cut:])
			if err := r.Close(); err != nil || r.Hidden() != want {
				t.Fatalf("%s, cut at %d: %v, %v", doc, cut, r.Hidden(), err)
			}
		}
	}
}

func TestStyleSheet(t *testing.T) {
	o := testOptions()
	o.Format = CSS
	for in, want := range map[string]string{
		`@import "//tracker.example/a.css"; a{b:c}`:                                          `@import "about:invalid"; a{b:c}`,
		`a{background:url(https://tracker.example/i.png) no-repeat}`:                         `a{background:url(about:invalid) no-repeat}`,
		`@font-face{src:url("/f.woff2"),url('//tracker.example/f.woff')}`:                    `@font-face{src:url("/f.woff2"),url('about:invalid')}`,
		`a{b:image-set("//tracker.example/1" 1x, "/2" 2x)}`:                                  `a{b:image-set("about:invalid" 1x, "/2" 2x)}`,
		`a{b:\75 rl(//tracker.example/)}`:                                                    `a{b:\75 rl(about:invalid)}`,
		"\xEF\xBB\xBF@import url(//tracker.example/)":                                        "\xEF\xBB\xBF@import url(about:invalid)",
		`/* url(//tracker.example/) */ a{b:url(/i)} .x::after{content:"//tracker.example/"}`: ``,
		`<!doctype html><img src="//tracker.example/">`:                                      ``,
		`@namespace url(http://www.w3.org/1999/xhtml);`:                                      ``,
	} {
		if want == "" {
			want = in
		}
		for cut := range in {
			if got := filtered(t, o, in, cut); got != want {
				t.Fatalf("cut at %d\n  in %s\n got %s\nwant %s", cut, in, got, want)
			}
		}
	}
}

func FuzzXML(f *testing.F) {
	for _, docs := range []map[string]string{trackersInXML, quietXML} {
		for _, doc := range docs {
			f.Add(doc, uint(len(doc)/2))
		}
	}
	f.Fuzz(func(t *testing.T, doc string, cut uint) {
		if len(doc) < 2 || SniffBOM([]byte(doc)) > "utf-16" {
			return
		}
		whole := filtered(t, xmlOptions(), doc, len(doc))
		if got := filtered(t, xmlOptions(), doc, 1+int(cut%uint(len(doc)-1))); got != whole {
			t.Fatalf("in %q\nwhole %q\n  got %q", doc, whole, got)
		}
		if twice := filtered(t, xmlOptions(), whole, len(whole)); twice != whole {
			t.Fatalf("%q\n once %q\ntwice %q", doc, whole, twice)
		}
	})
}
