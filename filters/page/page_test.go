package page

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// The properties here need many pages to mean something. They draw the same ones
// each time; with FAIRWAY_PROVE, others and more.
func TestMain(m *testing.M) {
	checks, seed := "1500", "1"
	if os.Getenv("FAIRWAY_PROVE") != "" {
		checks, seed = "50000", "0"
	}
	if err := errors.Join(flag.Set("rapid.checks", checks), flag.Set("rapid.seed", seed)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// testJudge knows a few hosts: all below tracker.example are denied for
// analytics, ads.example for advertising, cdn.example is allowed, and nobody
// declared the rest. A script that says "track(" is a tracker's.
type testJudge struct{}

func (testJudge) URL(u *URL, _ Element) Verdict {
	below := func(domain string) bool {
		rest, found := bytes.CutSuffix(u.Host, []byte(domain))
		return found && (len(rest) == 0 || rest[len(rest)-1] == '.')
	}
	switch {
	case below("cdn.example"), below("shop.example"):
		return Verdict{Purpose: consent.Necessary, Partner: "cdn"}
	case below("tracker.example"):
		return Verdict{Block: true, Purpose: consent.Analytics, Partner: "tracker"}
	case below("ads.example"):
		return Verdict{Block: true, Purpose: consent.Advertising, Partner: "ads"}
	}
	return Verdict{Block: true, Purpose: consent.None}
}

func (testJudge) Script(text []byte) Verdict {
	if bytes.Contains(text, []byte("track(")) {
		return Verdict{Block: true, Purpose: consent.Analytics, Partner: "tracker"}
	}
	return Verdict{}
}

func testOptions() *Options {
	base, ok := NewBase("https", "shop.example")
	if !ok {
		panic("base")
	}
	return &Options{Base: base, Judge: testJudge{}}
}

// filter runs doc through a Rewriter in chunks of that size; 0 is whole.
func filter(t testing.TB, o *Options, doc string, size int) string {
	t.Helper()
	var out strings.Builder
	r := NewRewriter(&out, o)
	filterTo(t, r, doc, size)
	return out.String()
}

func filterTo(t testing.TB, r *Rewriter, doc string, size int) {
	t.Helper()
	if size == 0 {
		size = max(len(doc), 1)
	}
	for rest := doc; rest != ""; {
		n := min(size, len(rest))
		if _, err := r.Write([]byte(rest[:n])); err != nil {
			t.Fatal(err)
		}
		if len(r.held) > MaxHeld {
			t.Fatalf("%d bytes are held", len(r.held))
		}
		rest = rest[n:]
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// What a browser would fetch is taken out, and the element stays.
func TestTakenOut(t *testing.T) {
	for name, doc := range map[string]string{
		"img":                 `<img src="https://tracker.example/p.gif">`,
		"upper case":          `<IMG SRC='HTTPS://TRACKER.EXAMPLE/P.GIF'>`,
		"unquoted":            `<img src=//tracker.example/p.gif>`,
		"slashes":             `<img/src=//tracker.example/p.gif/x="y"/>`,
		"spaces":              "<img\n\f src \t=\n '//tracker.example/'>",
		"first of two":        `<img src=//tracker.example/ src=/a.gif>`,
		"both of two":         `<img src=//tracker.example/ src=//tracker.example/2>`,
		"lowsrc":              `<img lowsrc=//tracker.example/>`,
		"image":               `<image src=//tracker.example/>`,
		"script":              `<script async src="//tracker.example/t.js"></script>`,
		"module":              `<script type=module src="//tracker.example/t.js"></script>`,
		"inline":              `<script>track(1)</script>`,
		"inline module":       `<script type=" Module ">track(1)</script>`,
		"inline javascript":   `<script type="text/javascript;x=y">track(1)</script>`,
		"old language":        `<script language=JavaScript1.2>track(1)</script>`,
		"unfinished":          `<script>track(1)`,
		"import map":          `<script type=importmap>{"imports":{"t":"https://tracker.example/t.js"}}</script>`,
		"speculation":         `<script type=speculationrules>{"prefetch":[{"urls":["https:\u002f\/tracker.example\/"]}]}</script>`,
		"iframe":              `<iframe src=//tracker.example/></iframe>`,
		"srcdoc":              `<iframe srcdoc="<p>&lt;img src='//tracker.example/'>"></iframe>`,
		"srcdoc script":       `<iframe srcdoc="<script>track(1)</script>"></iframe>`,
		"srcdoc in srcdoc":    `<iframe srcdoc="<iframe srcdoc='<img src=&amp;#47;/tracker.example/>'>"></iframe>`,
		"frame":               `<frameset><frame src=//tracker.example/>`,
		"embed":               `<embed src=//tracker.example/>`,
		"object":              `<object data=//tracker.example/></object>`,
		"applet":              `<applet codebase=//tracker.example/></applet>`,
		"video":               `<video src=//tracker.example/></video>`,
		"poster":              `<video poster=//tracker.example/></video>`,
		"audio":               `<audio src=//tracker.example/></audio>`,
		"source":              `<source srcset="//tracker.example/ 2x">`,
		"track":               `<track src=//tracker.example/>`,
		"input":               `<input type=Image src=//tracker.example/>`,
		"background":          `<body background=//tracker.example/>`,
		"cell":                `<table><td background=//tracker.example/>`,
		"portal":              `<portal src=//tracker.example/>`,
		"fencedframe":         `<fencedframe src=//tracker.example/>`,
		"svg image":           `<svg><image href=//tracker.example/ /></svg>`,
		"svg use":             `<svg><use xlink:href="//tracker.example/#a"/></svg>`,
		"svg feImage":         `<svg><filter><feImage href="//tracker.example/"/></filter></svg>`,
		"svg script":          `<svg><script xlink:href="//tracker.example/"/></svg>`,
		"svg inline":          `<svg><script><![CDATA[track(1)]]></script></svg>`,
		"svg reference":       `<svg><script>&#116;rack(1)</script></svg>`,
		"html in svg cdata":   `<svg><desc><p><![CDATA[><img src=//tracker.example/>]]></p></desc></svg>`,
		"escape sequences":    "<iframe src='data:text/html,<meta charset=iso-2022-jp><p title=\"%1b$B\"!%1b(B y=\"><img src=//tracker.example/>\">'></iframe>",
		"svg cdata":           `<svg><![CDATA[><!--]]><image href=//tracker.example/ /><!----></svg>`,
		"svg style":           `<svg><style>a{fill:url(//tracker.example/)}</style></svg>`,
		"svg style reference": `<svg><style>a{fill:url(&#47;/tracker.example/)}</style></svg>`,
		"svg filter":          `<svg><g filter="url(//tracker.example/f.svg#a)"/></svg>`,
		"svg animation":       `<svg><image><animate attributeName=href to="//tracker.example/"/></image></svg>`,
		"svg animated paint":  `<svg><g><animate attributeName=mask values="none;url(//tracker.example/#a)"/></g></svg>`,
		"svg animated space":  `<svg><image><set attributeName=href to="/\t/tracker.example/"/></image></svg>`,
		"svg data script":     `<svg><script href="data:text/javascript,track%281)"/></svg>`,
		"data style sheet":    `<link rel=stylesheet href="data:text/css;base64,QGltcG9ydCAiLy90cmFja2VyLmV4YW1wbGUvIg==">`,
		"data in CSS":         `<style>@import "data:text/css,@import 'data:text/css,p%7Bq:url(//tracker.example/)%7D'";</style>`,
		"data of an old page": `<link rel=stylesheet href="data:,@import '//tracker.example/'">`,
		"data in CSS, typed":  `<style>@import url(data:text/plain,@import%20'//tracker.example/');</style>`,
		"data in CSS, long":   `<style>@import "data:text/css,/*` + strings.Repeat("x", cssTokenMax) + `*/@import '//tracker.example/'";</style>`,
		"data XML entity":     `<iframe src="data:image/svg+xml,<!DOCTYPE svg [<!ENTITY e '//tracker.example/'>]><svg xmlns='http://www.w3.org/2000/svg'><image href='&amp;e;'/></svg>"></iframe>`,
		"import map, scheme":  `<script type=importmap>{"imports":{"a":"ht\u0074ps\n:tracker.example\u002fa.js"}}</script>`,
		"speculated host":     `<script type=speculationrules>{"prefetch":[{"urls":["http:tracker.example"]}]}</script>`,
		"data XML":            `<iframe src="data:text/xml,<?xml-stylesheet href='//tracker.example/'?><a/>"></iframe>`,
		"web bundle":          `<script type=webbundle>{"source":"https://tracker.example/a.wbn","scopes":["https://tracker.example/"]}</script>`,
		"custom property":     `<p style="--u:'//tracker.example/';background:image-set(var(--u) 1x)">`,
		"stylesheet":          `<link rel=stylesheet href=//tracker.example/>`,
		"alternate style":     `<link rel="Alternate  StyleSheet" href=//tracker.example/>`,
		"icon":                `<link rel="shortcut icon" href=//tracker.example/>`,
		"preconnect":          `<link href=//tracker.example rel=preconnect>`,
		"dns-prefetch":        `<link rel=dns-prefetch href=//tracker.example>`,
		"preload":             `<link rel=preload as=image imagesrcset="//tracker.example/ 1x">`,
		"modulepreload":       `<link rel=modulepreload href=//tracker.example/>`,
		"prefetch":            `<link rel=prefetch href=//tracker.example/>`,
		"manifest":            `<link rel=manifest href=//tracker.example/>`,
		"refresh":             `<meta http-equiv=Refresh content="5;URL='//tracker.example/'">`,
		"delegated hints":     `<meta http-equiv=Delegate-CH content="sec-ch-ua-model https://tracker.example; sec-ch-dpr https://cdn.example">`,
		"refresh by comma":    `<meta content="0, //tracker.example/" http-equiv=refresh>`,
		"base":                `<base href=//tracker.example/>`,
		"ping":                `<a href=/x ping="//tracker.example/">`,
		"attributionsrc":      `<a href=/x attributionsrc="//tracker.example/">`,
		"handler":             `<body onload="track(1)">`,
		"handler reference":   `<p onclick="track&#40;1)">`,
		"javascript URL":      `<iframe src="javascript:track(1)"></iframe>`,
		"data script":         `<script src="data:text/javascript,track%281)"></script>`,
		"data base64":         `<script src="data:text/javascript;base64,dHJhY2soMSk="></script>`,
		"data document":       `<iframe src="data:text/html,%3Cimg src=//tracker.example/>"></iframe>`,
		"style attribute":     `<p style="background:url('//tracker.example/')">`,
		"style reference":     `<p style="background:url(&quot;//tracker.example/&quot;)">`,
		"noscript":            `<noscript><img src=//tracker.example/></noscript>`,
		"noscript comment":    `<noscript><!-- </noscript><img src=//tracker.example/> -->`,
		"noscript style":      `<noscript><style></noscript><img src=//tracker.example/></style>`,
		"noscript value":      `<noscript><p title="</noscript><img src=//tracker.example/>">`,
		"select":              `<select><style><script src=//tracker.example/></script></style></select>`,
		"template":            `<template><img src=//tracker.example/></template>`,
		"column template":     `<template><col><style></template><img src=//tracker.example/>`,
		"svg title":           `<svg><title><img src=//tracker.example/></title></svg>`,
		"left svg":            `<svg><p><style><!--</style><img src=//tracker.example/>-->`,
		"svg comment":         `<svg><style><!--</style><img src=//tracker.example/>--></svg>`,
		"not CDATA":           `<div><![CDATA[><img src=//tracker.example/>]]>`,
		"short comment":       `<!--><img src=//tracker.example/>-->`,
		"shorter comment":     `<!---><img src=//tracker.example/>-->`,
		"odd comment":         `<!-- --!><img src=//tracker.example/>-->`,
		"bogus comment":       `<?x ><img src=//tracker.example/>?>`,
		"end of doctype":      `<!doctype html "><img src=//tracker.example/>">`,
		"escaped script":      `<script><!--<script></script>--></script><img src=//tracker.example/>`,
		"after textarea":      `<textarea></textareax></textarea/><img src=//tracker.example/>`,
		"plaintext":           `<plaintext></plaintext><img src=//tracker.example/>`,
		"unterminated":        `<img src="//tracker.example/`,
		"unterminated 2":      `<img src=//tracker.example/ `,
	} {
		got := filter(t, testOptions(), doc, 0)
		if !strings.Contains(got, "data-consent=") && !strings.Contains(got, "about:invalid") {
			t.Errorf("%s: nothing was taken out of %s", name, got)
		}
		if plain := strings.ToLower(got); strings.Contains(plain, "tracker.example") && len(doc) < cssTokenMax &&
			!strings.Contains(doc, "importmap") && !strings.Contains(doc, "speculation") && !strings.Contains(doc, "webbundle") && !strings.Contains(got, `<style type=`) {
			t.Errorf("%s: the host is still in %s", name, got)
		}
		if again := filter(t, testOptions(), got, 0); again != got {
			t.Errorf("%s: filtered again, it is\n%s, not\n%s", name, again, got)
		}
	}
}

// Documents in documents are looked into four deep, and not trusted deeper.
func TestSrcdocDepth(t *testing.T) {
	nested := func(doc string, times int) string {
		for range times {
			doc = `<iframe srcdoc="` + html.EscapeString(doc) + `"></iframe>`
		}
		return doc
	}
	for times := range 8 {
		for doc, want := range map[string]bool{`<p>hi`: times > maxSrcdoc, `<img src=//tracker.example/>`: true} {
			in := nested(doc, times)
			if got := filter(t, testOptions(), in, 0); (got != in) != want {
				t.Errorf("%s in %d documents: %s", doc, times, got)
			}
		}
	}
}

// What a browser doesn't fetch by itself, and what is allowed, stays as it is.
func TestLeftAlone(t *testing.T) {
	for _, doc := range []string{
		`<a href="https://tracker.example/">x</a>`,
		`<form action="https://tracker.example/"><button formaction=//tracker.example/></form>`,
		`<link rel=canonical href=//tracker.example/><link rel=alternate href=//tracker.example/><link rel="next prev author" href=//tracker.example/><link href=//tracker.example/>`,
		`<img src=/a.gif><img src="https://shop.example/a.gif"><img src=//cdn.example/a.gif><img src="http://shop.example/x">`,
		`<img alt="//tracker.example/" data-src="//tracker.example/" title='<img src=//tracker.example/>'>`,
		`<img src=/a.gif src=//tracker.example/>`,
		`<textarea><img src=//tracker.example/></textarea>`,
		`<title><img src=//tracker.example/></title>`,
		`<style>/* url(//tracker.example/) */ a:after{content:"<img src=//tracker.example/>"} a[href^="//tracker.example"]{} @namespace s url(//tracker.example/);</style>`,
		`<script>document.write("<img src='//tracker.example/'>")</script>`,
		`<script><!-- <script> </script> <img src=//tracker.example/> --></script>`,
		`<script type="application/ld+json">{"u":"//tracker.example/","x":"track("}</script>`,
		`<script type=text/template><img src=//tracker.example/></script>`,
		`<script src=/a.js>track(1)</script>`,
		`<!-- <img src=//tracker.example/> -->`,
		`<!--[if IE]><script src=//tracker.example/></script><![endif]-->`,
		`<svg><style><![CDATA[<img src=//tracker.example/>]]></style><path d="M0"/></svg>`,
		`<svg><a xlink:href="//tracker.example/"/><use href="#a"/></svg>`,
		`<meta http-equiv=refresh content="5"><meta name=x content="0;url=//tracker.example/">`,
		`<meta http-equiv=refresh content="5;url=/x">`,
		`<input src=//tracker.example/><div src=//tracker.example/ href=//tracker.example/>`,
		`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><iframe src=about:blank></iframe><iframe srcdoc="<p>hi"></iframe>`,
		`<p onclick="ok()" style="color:red;background:url(/a.png)"><p style="--a:'//';--b:1">`,
		`<svg><animate attributeName=x values="0;url(#a);/b" from=red to="url(/c.svg#d)"/></svg><link rel=icon href="data:image/svg+xml,<a b='//tracker.example/'/>">`,
		`<link rel=stylesheet href="data:text/css,p{q:url(/a)}"><link rel=icon href="data:,">`,
		`<style>@font-face{src:url(data:font/woff2;base64,AAAA),url("data:,@import '//tracker.example/'")}</style>`,
		`<script type=importmap>{"imports":{"a":"node:fs","b/":"/b/","d":"lib:https:a"}}</script>`,
		`<base href="/shop/"><img src=a.gif>`,
		"\xEF\xBB\xBF<p>&copy; \x00 \xFF\r\n</p",
		`<`, `</`, `<!`, `<!-`, `<!--`, `<!-->`, `<img`, `<img src`, `<img src=`, `<img src="/a`, `<script`, `<script>a</scrip`, `<style>a{`, `<![CDATA[`, `</div`, `<?`, ``,
	} {
		for _, size := range []int{0, 1, 7} {
			if got := filter(t, testOptions(), doc, size); got != doc {
				t.Errorf("%s\nbecame %s", doc, got)
			}
		}
	}
}

func TestForm(t *testing.T) {
	for in, want := range map[string]string{
		`<img id=a src="//tracker.example/" alt=b>`:                                                `<img data-consent="analytics" id=a data-consent-src="Ly90cmFja2VyLmV4YW1wbGUv" alt=b>`,
		`<img src=//nobody.example/>`:                                                              `<img data-consent="undeclared" data-consent-src=Ly9ub2JvZHkuZXhhbXBsZS8=>`,
		`<img src=https:///x:y/>`:                                                                  `<img data-consent="undeclared" data-consent-src=aHR0cHM6Ly8veDp5Lw==>`,
		`<script type=module src=//ads.example/>x</script>`:                                        `<script type="text/plain" data-consent="advertising" data-consent-type=bW9kdWxl data-consent-src=Ly9hZHMuZXhhbXBsZS8=>x</script>`,
		`<script>track(1)</script>`:                                                                `<script type="text/plain" data-consent="analytics" data-consent-text="dHJhY2soMSk="></script>`,
		`<video src=//ads.example/ poster=//tracker.example/>`:                                     `<video data-consent="advertising analytics" data-consent-src=Ly9hZHMuZXhhbXBsZS8= data-consent-poster=Ly90cmFja2VyLmV4YW1wbGUv>`,
		`<img src=//tracker.example/ SRC='/a'>`:                                                    `<img data-consent="analytics" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv data-consent-SRC='L2E='>`,
		`<img srcset="/a 1x, //ads.example/ 2x">`:                                                  `<img data-consent="advertising" data-consent-srcset="L2EgMXgsIC8vYWRzLmV4YW1wbGUvIDJ4" srcset="/a 1x, ">`,
		`<img srcset="//ads.example/, /a&amp;b 2x">`:                                               `<img data-consent="advertising" data-consent-srcset="Ly9hZHMuZXhhbXBsZS8sIC9hJmFtcDtiIDJ4" srcset=" /a&amp;b 2x">`,
		`<img srcset="//ads.example/ 1x">`:                                                         `<img data-consent="advertising" data-consent-srcset="Ly9hZHMuZXhhbXBsZS8gMXg=">`,
		`<select><script>f()</script></select><style>a{b:url(/a)}c{d:url(//ads.example/)}</style>`: `<select><script>f()</script></select><style>a{b:url(/a)}c{d:url(about:invalid)}</style>`,
		`<script type=importmap>{"imports":{"a":"/a.js","b":"https://ads.example/b.js"},"scopes":{"https:\/\/ads.example/":{"c":"/c.js"}}}</script><p>`: `<script type=importmap>{"imports":{"a":"/a.js","b":"about:invalid"},"scopes":{"about:invalid":{"c":"/c.js"}}}</script><p>`,
		`<script type=text/partytown>track(1)</script>`: `<script type="text/plain" data-consent="analytics" data-consent-text="dHJhY2soMSk=" data-consent-type=dGV4dC9wYXJ0eXRvd24=></script>`,
		`<p style='background:url(//ads.example/)'>`:    `<p data-consent="advertising" data-consent-style="YmFja2dyb3VuZDp1cmwoLy9hZHMuZXhhbXBsZS8p" style='background:url(about:invalid)'>`,
	} {
		for _, size := range []int{0, 1} {
			if got := filter(t, testOptions(), in, size); got != want {
				t.Errorf("%s\n got %s\nwant %s", in, got, want)
			}
		}
	}
}

func TestStyleSheets(t *testing.T) {
	for in, want := range map[string]string{
		`@import "//ads.example/x.css" screen;`:                                `@import "about:invalid" screen;`,
		`@IMPORT url( '//ads.example/x.css' );`:                                `@IMPORT url( 'about:invalid' );`,
		`@\69mport"//ads.example/";a{content:"//ads.example/"}`:                `@\69mport"about:invalid";a{content:"//ads.example/"}`,
		`a{b:url(//ads.example/a\)b)}`:                                         `a{b:url(about:invalid)}`,
		`a{b:url(ht\74 ps:\2f\2f ads.example/)}`:                               `a{b:url(about:invalid)}`,
		"a{b:url(\\2f \\2F\r\nads.example\\2f x) c}":                           `a{b:url(about:invalid) c}`,
		`a{b:URL(https:\2f/ads.example/)}`:                                     `a{b:URL(about:invalid)}`,
		`a{b:u\72 l(//ads.example/)}`:                                          `a{b:u\72 l(about:invalid)}`,
		`a{b:image-set("//ads.example/" 1x, url(/b) 2x)}c{d:"//ads.example/"}`: `a{b:image-set("about:invalid" 1x, url(/b) 2x)}c{d:"//ads.example/"}`,
		`a{b:-webkit-image-set(url(//ads.example/) 1x)}`:                       `a{b:-webkit-image-set(url(about:invalid) 1x)}`,
		`@font-face{src:url(//ads.example/f),url(/g)}`:                         `@font-face{src:url(about:invalid),url(/g)}`,
		`a{b:url(data:image/png;base64,AAAA)}/* url(//ads.example/) */`:        `a{b:url(data:image/png;base64,AAAA)}/* url(//ads.example/) */`,
		`a{b:"\"url(//ads.example/)"}`:                                         `a{b:"\"url(//ads.example/)"}`,
		`a{b:curl(//ads.example/)}`:                                            `a{b:curl(//ads.example/)}`,
		// What var() or a function may put into image-set().
		`a{b:c;--u:"//ads.example/"}`:                                                                         `a{b:c;--u:"about:invalid"}`,
		`a{/*;*/ /**/-\2d u:x(;"https:\2f/ads.example/");b:"//ads.example/"}`:                                 `a{/*;*/ /**/-\2d u:x(;"about:invalid");b:"//ads.example/"}`,
		`@property --u{syntax:"*";Initial-Value:'//ads.example/'}`:                                            `@property --u{syntax:"*";Initial-Value:'about:invalid'}`,
		`@function --f(){result:"//ads.example/"}`:                                                            `@function --f(){result:"about:invalid"}`,
		`a{--s:"//";--t:"/ / http://[";--u:"see //ads.example/";b:"//ads.example/"}[href="//ads.example/"]{}`: `a{--s:"//";--t:"/ / http://[";--u:"see //ads.example/";b:"//ads.example/"}[href="//ads.example/"]{}`,
		`a{--u:"/\` + "\n" + `/ads.example/"}`:                                                                `a{--u:"about:invalid"}`,
	} {
		for _, size := range []int{0, 1, 3} {
			if got := filter(t, testOptions(), "<style>"+in+"</style>", size); got != "<style>"+want+"</style>" {
				t.Errorf("%s\n got %s\nwant %s", in, got, want)
			}
		}
	}
}

func TestBase(t *testing.T) {
	o := testOptions()
	o.Judge = judgeFunc(func(u *URL, e Element) Verdict {
		if e == Base {
			return Verdict{Purpose: consent.Necessary}
		}
		return testJudge{}.URL(u, e)
	})
	got := filter(t, o, `<base href="https://tracker.example/x/"><img src=a.gif><img src="https://shop.example/a.gif">`, 0)
	if !strings.Contains(got, `<img data-consent="analytics" data-consent-src=YS5naWY=>`) || !strings.Contains(got, `"https://shop.example/a.gif"`) {
		t.Error(got)
	}
}

type judgeFunc func(u *URL, e Element) Verdict

func (f judgeFunc) URL(u *URL, e Element) Verdict { return f(u, e) }
func (judgeFunc) Script([]byte) Verdict           { return Verdict{} }

func TestInsertions(t *testing.T) {
	for in, want := range map[string]string{
		`<!doctype html><html><head><title>x</title></head><body>y</body></html>`: `<!doctype html><html><head>H<title>x</title></head><body>yB</body></html>`,
		`<HTML><HEAD lang=en>a`:                                `<HTML><HEAD lang=en>HaB`,
		"<!doctype html>\n<title>x</title>y":                   "<!doctype html>\nH<title>x</title>yB",
		"\xEF\xBB\xBF<!doctype html><!-- c --> hello":          "\xEF\xBB\xBF<!doctype html><!-- c --> HhelloB",
		`<html><body>x`:                                        `<html>H<body>xB`,
		`<body>x</body>`:                                       `H<body>xB</body>`,
		`<!doctype html><header>x</header></html>`:             `<!doctype html>H<header>x</header>B</html>`,
		`<html></html>`:                                        `<html>HB</html>`,
		`<!doctype html>`:                                      `<!doctype html>HB`,
		`<html><head></head><script>"</body>"</script></body>`: `<html><head>H</head><script>"</body>"</script>B</body>`,
		`<html><body><svg><head></head></svg></body></body>`:   `<html>H<body><svg><head></head></svg>B</body></body>`,
		`<p>fragment</p>`:                                      `<p>fragment</p>`,
		`text`:                                                 `text`,
		`<template><body></template>`:                          `<template><body></template>`,
		`<!-- <html> --><div>`:                                 `<!-- <html> --><div>`,
		`<html><body><p`:                                       `<html>H<body><p`,
	} {
		for _, size := range []int{0, 1, 5} {
			o := testOptions()
			o.Head, o.Body = []byte("H"), []byte("B")
			if got := filter(t, o, in, size); got != want {
				t.Errorf("%s\n got %s\nwant %s", in, got, want)
			}
		}
	}
}

func TestObserve(t *testing.T) {
	doc := `<html><head></head><img src=//tracker.example/><script>track(1)</script><img src=//cdn.example/><style>a{b:url(//x.example/)}</style></html>`
	for _, observe := range []bool{false, true} {
		var found []string
		o := testOptions()
		o.Observe, o.Head, o.Body = observe, []byte("H"), []byte("B")
		o.Found = func(f Finding) {
			found = append(found, fmt.Sprintf("%s %s %v", f.Element, f.Host, f.Verdict.Block))
		}
		got := filter(t, o, doc, 0)
		if (got == doc) != observe {
			t.Errorf("observe=%v: %s", observe, got)
		}
		want := "image tracker.example true|inline  true|image cdn.example false|style x.example true"
		if s := strings.Join(found, "|"); s != want {
			t.Errorf("found %s, want %s", s, want)
		}
	}
}

func TestUTF16(t *testing.T) {
	for _, bom := range []string{"\xFE\xFF", "\xFF\xFE"} {
		var out strings.Builder
		r := NewRewriter(&out, testOptions())
		_, err := r.Write([]byte(bom + "<\x00i\x00"))
		if err != ErrEncoding || r.Close() != ErrEncoding || out.Len() > 0 {
			t.Errorf("%q: %v, %d bytes", bom, err, out.Len())
		}
	}
	for label, want := range map[string]bool{"": true, "UTF-8": true, "gb18030": true, "Shift_JIS": true, "x": true, "UTF-16": false, " utf-16le": false, "ISO-2022-JP": false, "utf-7": false} {
		if Decodable(label) != want {
			t.Errorf("Decodable(%q) is %v", label, !want)
		}
	}
}

// Tags and scripts that are too long to be held lose their trackers too.
func TestLong(t *testing.T) {
	big := strings.Repeat("x", MaxHeld+100)
	huge := strings.Repeat("y", 200<<10)
	for name, c := range map[string]struct{ in, want string }{
		"late src":     {`<img alt="` + big + `" src=//tracker.example/>`, `<img alt="` + big + `" data-consent="analytics" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv>`},
		"early src":    {`<img src=//tracker.example/ alt="` + big + `" src=//tracker.example/>`, `<img data-consent="analytics" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv alt="` + big + `" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv>`},
		"two":          {`<video a='` + huge + `' src=//tracker.example/ poster=//tracker.example/>`, `<video a='` + huge + `' data-consent="analytics" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv data-consent-poster=Ly90cmFja2VyLmV4YW1wbGUv>`},
		"data":         {`<img src="data:image/png;base64,` + huge + `" alt=x><p>`, `<img src="data:image/png;base64,` + huge + `" alt=x><p>`},
		"long URL":     {`<img src="//tracker.example/` + huge + `" alt=x><p>`, `<img data-consent="analytics" data-consent-src="" alt=x><p>`},
		"unquoted URL": {`<img src=//tracker.example/` + huge + ` alt=x><p>`, `<img data-consent="analytics" data-consent-src= alt=x><p>`},
		"srcset":       {`<img srcset="/a` + huge + `, //tracker.example/ 2x" alt=x><p>`, `<img data-consent="undeclared" data-consent-srcset="" alt=x><p>`},
		"style":        {`<p style="a:url(data:` + huge + `);b:url(//tracker.example/)"><p>`, `<p style="a:url(data:` + huge + `);b:url(about:invalid)"><p>`},
		"name":         {`<` + huge + ` src=//tracker.example/><img src=//tracker.example/>`, `<` + huge + ` src=//tracker.example/><img data-consent="analytics" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv>`},
		"end tag":      {`</p ` + huge + ` src=//tracker.example/>`, `</p ` + huge + ` src=//tracker.example/>`},
		"comment":      {`<!--` + huge + `<img src=//tracker.example/>-->`, `<!--` + huge + `<img src=//tracker.example/>-->`},
		"script src":   {`<script id="` + big + `" src=//tracker.example/></script>`, `<script id="` + big + `" type="text/plain" data-consent="analytics" data-consent-src=Ly90cmFja2VyLmV4YW1wbGUv></script>`},
		"css comment":  {`<style>/*` + huge + `*/a{b:url(//ads.example/)}</style>`, `<style>/*` + huge + `*/a{b:url(about:invalid)}</style>`},
		"css url":      {`<style>a{b:url(//ads.example/` + huge[:5000] + `)}</style><p>`, ``},
	} {
		got := filter(t, testOptions(), c.in, 0)
		if c.want != "" && strings.ReplaceAll(got, "  ", " ") != c.want {
			t.Errorf("%s: got %.150s ... %s", name, got, got[max(0, len(got)-150):])
		}
		if strings.Contains(got, "ads.example") {
			t.Errorf("%s: the host is left", name)
		}
		for _, size := range []int{1000, 32 << 10} {
			if again := filter(t, testOptions(), c.in, size); again != got {
				t.Errorf("%s: in chunks of %d it differs", name, size)
			}
		}
	}
}

// What a framework hands over stays, whatever it mentions; beside it, and in other
// scripts of the same words, trackers are found.
func TestHandedData(t *testing.T) {
	for _, text := range []string{
		`(self.__next_f=self.__next_f||[]).push([0,"track(1)"])`, `self.__next_f.push([1,"5:{\"__html\":\"track(1)\"}"])`,
		"\n\t\t{\n\t\t\t__sveltekit_1x2y = {env: {A: 'track(1)'}};\n\t\t\tPromise.all([import('/_app/start.js')])}",
		`window.__NUXT__=(function(a){return {data:[a]}}("track(1)"))`, `window.__INITIAL_STATE__ = {"a":"track(1)"}`, "window.__INITIAL_STATE__ =\n{a:'track(1)'} // it's done\n",
		"{\n\t__sveltekit_1 = {base: ''};\n\tconst element = document.currentScript.parentElement;\n\tPromise.all([\n\t\timport('/_app/start.js')\n\t]).then(([kit, app]) => {\n\t\tkit.start(app, element, {data: [{a: 'track(1)'}]});\n\t});\n}",
		`self.__next_f.push([1,"track(1)"]);self.__next_f.push([2,"track(1)"])`,
		`window.__INITIAL_STATE__={a:["track(1)",2],b:f(1,"track(1)")},self.__next_f.push([2,"track(1)"])`,
		`window.__reactRouterContext.streamController.enqueue("track(1)")`, ` __APOLLO_STATE__={a:"track(1)"}`,
		`self.__next_f.push([1,"` + strings.Repeat("text track(1) ", 20<<10) + `"])`,
	} {
		doc := "<!doctype html><head></head><body><script>" + text + "</script>"
		for _, size := range []int{0, 1, 1000} {
			if len(doc) > MaxHeld && size == 1 {
				continue
			}
			if got := filter(t, testOptions(), doc, size); got != doc {
				t.Errorf("in chunks of %d %.60s became %.200s", size, text, got)
			}
		}
		if got := filter(t, testOptions(), doc+`<script>track(2)</script>`, 0); !strings.HasPrefix(got, doc) || strings.Contains(got, "track(2)") {
			t.Errorf("beside %.60s a tracker is left: %.400s", text, got)
		}
	}
	for _, text := range []string{
		`self.__next_f.push([1,"a"]);track(1)`, `window.__INITIAL_STATE__={"a":"it's"}` + "\ntrack(1)", `__NUXT__={a:1/* ; */} /* it's */;track(1)`,
		`{__sveltekit_1={a:1};track(1)}`, `__INITIAL_STATE__={a:"b};track(1)`, `__INITIAL_STATE__={a:1,track(1)`, `__INITIAL_STATE__ // ;` + "\n={};track(1)",
		`self.__next_f.push([1,"track(1)"]);self.__next_f.push([2,"b"]);track(2)`,
		`Promise.all([import('/_app/start.js')]).then(([kit, app]) => {kit.start(app, {a: 'track(1)'})})`, `__sveltekit_1={};Promise.all([import('/a.js')]).then(() => track(1))`,
		`window.__INITIAL_STATE__={a:[1,2]},track(1)`, `self.__next_f.push([1,"a"]),!function(w){track(1)}(window)`, // as minifiers join them
	} {
		doc := "<!doctype html><head></head><script>" + text + "</script>"
		if got := filter(t, testOptions(), doc, 0); strings.Contains(got, "track(") {
			t.Errorf("%s is left: %s", text, got)
		}
	}
	for _, text := range []string{`track(1);self.__next_f.push([1,"a"])`, `window.__next=f("track(1)")`, `selfish.__next_f.push("track(1)")`, `window.`, ``} {
		doc := "<!doctype html><head></head><script>" + text + "</script>"
		if got := filter(t, testOptions(), doc, 0); strings.Contains(got, "track(") {
			t.Errorf("%s is left", text)
		}
	}
}

// A script that only assigns data to variables stays, and no other.
func TestOnlyData(t *testing.T) {
	for text, stays := range map[string]bool{
		`var settings = {"pixel": "track(1)"};`: true, "/* <![CDATA[ */\nvar a = {\"b\":\"track(1)\"};\nvar c = [1, \"it's\"];\n/* ]]> */": true,
		`window.a = 'track(1)'; window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); } var b = b||{};`: true,
		`a = JSON.parse('{"b":"track(1)"}')`: true, `a = JSON.parse(track(1))`: false, `a = JSON.parse('1').b(track(1))`: false, `a = b || "track(1)"`: false,
		`function gtag(){track(1)}`: false, `function gtag(){dataLayer.push(arguments);} gtag("track(1)")`: false, `window.location = location || "track(1)"`: false,
		`window.config={"a":["track(1)"]}`: true, "let a = \"track(1)\"\nconst b = 2\n": true, `/* track(1) */`: true,
		`a = {b: 'track(1)', "c": [-1.5e3, .5, true, null,], d: {}};`: true, `a = "track(1)" + "x"`: true, `var a = "track(1)" // and so on`: true,
		`window.checkout = {"a": "track(1)"}; window.b = window.checkout.a; c = b`: true, `var u = "track(1)"; v = u.src(1)`: false, `var u = "track(1)"; location = u`: false,
		`var u = "track(1)"; v = new Image`: false, "var u = \"track(1)\"; v = go\n(u)": false, `var u = "track(1)"; v = go, go(u)`: false, `var u = "track(1)"; w = v[u]`: false, `var u = "track(1)"; v = location.href`: false,
		"a=1\nb = /* c */ 'track(1)'\n\n": true, "a = \n\"track(1)\"": true,

		`var a = {"b": track(1)}`: false, `var a = {"b": 1}; track(1)`: false, `var a = "track(1)" + b`: false, `location = "//track(1)"`: false,
		`window.location = ["//track(1)"]`: false, `img.src = "track(1)"`: false, `a["src"] = "track(1)"`: false, `a = {b(){track(1)}}`: false, `a = {get b(){track(1)}}`: false, `a = {[track(1)]: 1}`: false, `a = {b: /track(1)/}`: false, `a = [b, "track(1)"]`: false, `a = {...b, c: "track(1)"}`: false, `a = "track(1)": false, b`: false, `a = {b: 1 ? "track(1)" : c}`: false, `a = "x"["track(1)"].c`: false, `a = "track(1)`: false, `a = {b: "track(1)"`: false, `a = , "track(1)"`: false, "a = `${track(1)}`": false, `a = 1, track(1)`: false,
		"var a = {}\n(track(1))": false, "var a = `track(1)`": false, `a == "track(1)"`: false, `var a, b = track(1)`: false, `track(1)`: false, `= "track(1)"`: false,
	} {
		doc := "<!doctype html><head></head><body><script>" + text + "</script>"
		if got := filter(t, testOptions(), doc, 0); (got == doc) != stays {
			t.Errorf("%s became %s", text, got)
		}
		doc = `<!doctype html><head></head><body><iframe src="javascript:` + strings.ReplaceAll(text, `"`, "&quot;") + `"></iframe>`
		if got := filter(t, testOptions(), doc, 0); got == doc {
			t.Errorf("%s stayed", doc)
		}
	}
}

// A tracker deep in a long script never runs.
func TestLongScript(t *testing.T) {
	const cut = `</script><script type="text/plain" data-consent="analytics">`
	for _, c := range []struct{ before, cut string }{
		{"", cut}, {"<!--", cut + "<!--"}, {"<!--<script>", "</script>" + cut + "<!--<script>"},
	} {
		for _, n := range []int{30 << 10, MaxHeld, 100 << 10, 300 << 10} {
			body := c.before + strings.Repeat("f(1);\n", n/6)
			doc := "<script>" + body + "track(1)</script><p>"
			got := filter(t, testOptions(), doc, 0)
			plain := strings.HasPrefix(got, `<script type="text/plain"`)
			if i := strings.Index(got, c.cut); !plain && (i < 0 || strings.Index(got, "track(") < i) {
				t.Errorf("%q and %d: %.80s", c.before, n, got)
			}
			if rest := strings.Replace(got, c.cut, "", 1); !plain && rest != doc {
				t.Errorf("%q and %d: other bytes changed", c.before, n)
			}
			for _, size := range []int{777, 16 << 10} {
				if filter(t, testOptions(), doc, size) != got {
					t.Errorf("%q and %d: differs in chunks of %d", c.before, n, size)
				}
			}
			clean := strings.Replace(doc, "track(1)", "f(2)", 1)
			if filter(t, testOptions(), clean, 4096) != clean {
				t.Errorf("%q and %d: a clean script changed", c.before, n)
			}
		}
	}
}

// What can be passed on is passed on at once.
func TestFlush(t *testing.T) {
	var out strings.Builder
	r := NewRewriter(&out, testOptions())
	for _, c := range []struct{ in, out string }{
		{"<p>hello", "<p>hello"}, {" <!-- x", "<p>hello <!-- x"}, {" --><im", "<p>hello <!-- x -->"}, {"g src=/a>b", "<p>hello <!-- x --><img src=/a>b"},
	} {
		r.Write([]byte(c.in))
		if err := r.Flush(); err != nil || out.String() != c.out {
			t.Errorf("after %q: %q, %v", c.in, out.String(), err)
		}
	}
}

func TestWriteError(t *testing.T) {
	r := NewRewriter(failing{}, testOptions())
	if _, err := r.Write(make([]byte, 100<<10)); err != errFailing {
		t.Errorf("got %v", err)
	}
	if r.Close() != errFailing {
		t.Error("the error is forgotten")
	}
}

var errFailing = errors.New("failing")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFailing }

func TestLinkHeader(t *testing.T) {
	for in, want := range map[string]string{
		`<https://tracker.example>; rel=preconnect`:                                                ``,
		`</a.css>; rel=preload, <//tracker.example/x,y>; rel="preload"; as=script, </b>; rel=next`: `</a.css>; rel=preload, </b>; rel=next`,
		`<//tracker.example/>; rel="next", <//cdn.example/>; rel=preload`:                          `<//tracker.example/>; rel="next", <//cdn.example/>; rel=preload`,
		`<//tracker.example/>;rel=prefetch, </b>; title="a, <b>"; rel=next`:                        `</b>; title="a, <b>"; rel=next`,
		`<>; rel=preload; imagesrcset="/a 1x, //tracker.example/ 2x"`:                              ``,
		`</a>; REL = "Dns-Prefetch x", < //tracker.example >;rel = "x dns-prefetch"`:               `</a>; REL = "Dns-Prefetch x"`,
		`nonsense`: `nonsense`,
		``:         ``,
	} {
		got, changed := LinkHeader(in, testOptions())
		if got != want || changed != (in != want) {
			t.Errorf("%s\n got %s (%v)\nwant %s", in, got, changed, want)
		}
	}
	for in, want := range map[string]string{
		`"//tracker.example/rules"`: ``,
		`"/a.json", "https://tracker.example/x,y" ;a="b", "//cdn.example/b.json";q`: `"/a.json", "//cdn.example/b.json";q`,
		`a="//tracker.example/", b="/r", c="/r?\"//tracker.example/"`:               `b="/r", c="/r?\"//tracker.example/"`,
		`"/a, ", "//tracker.example/"`:                                              `"/a, "`,
		`"\/\/tracker.example"`:                                                     ``,
		`"data:application/speculationrules+json,{}", "/b"`:                         `"/b"`,
		`token, "/a", 1;x="/b", "//tracker.example`:                                 `token, "/a", 1;x="/b"`,
		``: ``,
	} {
		got, changed := MembersHeader(in, testOptions())
		if got != want || changed != (in != want) {
			t.Errorf("%s\n got %s (%v)\nwant %s", in, got, changed, want)
		}
	}
	for in, want := range map[string]string{"0; url=//tracker.example/": "", "5": "5", "5;url=/a": "5;url=/a"} {
		if got, _ := RefreshHeader(in, testOptions()); got != want {
			t.Errorf("Refresh: %s became %s", in, got)
		}
	}
}

// TestDocument has head and body put into whatever is shown as a page.
func TestDocument(t *testing.T) {
	o := testOptions()
	o.Head, o.Body, o.Document = []byte("H"), []byte("B"), true
	for doc, want := range map[string]string{
		"": "", "tea": "HteaB", "<p>tea</p>": "H<p>tea</p>B", "<!-- x --> <img src=/a>": "<!-- x --> H<img src=/a>B", " ": " HB", "<title>x</title><p>y</body>": "H<title>x</title><p>yB</body>",
	} {
		for _, step := range []int{0, 1} {
			if got := filter(t, o, doc, step); got != want {
				t.Errorf("%q became %q, want %q", doc, got, want)
			}
		}
	}
}

// TestImportsAhead: browsers look for imports in style elements of any type.
func TestImportsAhead(t *testing.T) {
	const style = `<style>@import "//tracker.example/";</style>`
	for _, doc := range []string{"<svg>" + style + "</svg>", "<select>" + style, "<frameset/>" + style, "<svg><style> @import url(//tracker.example/)</style></svg>"} {
		if got := filter(t, testOptions(), doc, 0); !strings.Contains(got, "data-consent=") || !strings.Contains(strings.Split(got, "<style")[1], ">;") {
			t.Errorf("%q became %q", doc, got)
		}
	}
}
