package module_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

// TestThreatsOfPages serves pages in which trackers hide. Whatever way they are
// written, nothing of the tracker's address is left in clear, nor the site's own
// part lost.
func TestThreatsOfPages(t *testing.T) {
	const own = `<img src="/own.gif"><img src="http://img.shop.example/own.gif">`
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, r.Header.Get("X-Page")+own)
	}))
	for threat, pages := range map[int][]string{
		13: {
			`<noscript><img src="//tracker.test/"></noscript>`, `<svg><style><img src="//tracker.test/"></style></svg>`,
			`<svg><title><script src="//tracker.test/"></script></title></svg>`, `<select><xmp><script src="//tracker.test/"></script></select>`,
			`<math><annotation-xml><style><img src="//tracker.test/"></style></annotation-xml></math>`,
		},
		14: {
			`<!--><img src="//tracker.test/">-->`, `<!-- --!><img src="//tracker.test/">`, `<script><!--<script></script>--></script><img src="//tracker.test/">`,
			`<![CDATA[><img src="//tracker.test/">]]>`,
		},
		16: {`<img src="//tracker.test/" src="/a.gif">`, `<img src=//tracker.test/a src=//tracker.test/b>`},
		17: {
			`<img srcset="/a 1x, //tracker.test/ 2x">`, `<link rel=preload as=image imagesrcset="//tracker.test/ 1x">`, `<video poster=//tracker.test/></video>`,
			`<a href=/ ping="//tracker.test/">x</a>`, `<svg><use xlink:href="//tracker.test/#a"/></svg>`, `<object data=//tracker.test/></object>`,
			`<embed src=//tracker.test/>`, `<style>a{b:url(//tracker.test/)}</style>`, `<style>@import "//tracker.test/";</style>`, `<p style="background:url('//tracker.test/')">x</p>`,
		},
		18: {`<base href="//tracker.test/">`},
		19: {`<meta http-equiv=refresh content="0;url=//tracker.test/">`},
		20: {
			`<iframe srcdoc="<img src='//tracker.test/'>"></iframe>`, `<template><img src="//tracker.test/"></template>`,
			`<iframe srcdoc="<iframe srcdoc='<img src=//tracker.test/>'></iframe>"></iframe>`,
		},
		21: {
			`<p onclick="new Image().src='//www.google-analytics.com/tracker.test'">x</p>`, `<a href="javascript:new Image().src='//www.google-analytics.com/tracker.test'">x</a><iframe src="javascript:new Image().src='//www.google-analytics.com/tracker.test'"></iframe>`,
			`<iframe src="data:text/html,<img src=//tracker.test/>"></iframe>`, `<script>new Image().src='//www.google-analytics.com/tracker.test'</script>`,
		},
		22: {
			`<script type=speculationrules>{"prefetch":[{"urls":["https://tracker.test/"]}]}</script>`, `<link rel=modulepreload href="//tracker.test/">`,
			`<script type=importmap>{"imports":{"a":"https://tracker.test/a.js"}}</script>`,
		},
		24: {
			"<img src='&#x2f;&#47;tracker.test/'>", "<img src='/\t/tracker.test/'>", `<img src='https:\\tracker.test/'>`, `<img src='https:/tracker.test/'>`,
			"<img src='//shop.example@tracker.test/'>", "<img src='//TRACKER.TEST./'>", "<img src='//tracker。test/'>", "<img src='//0x7f.1/tracker.test'>",
			"<img src='//trackershop.example/tracker.test'>", "<img src='//shop.example:x/tracker.test'>", "<img src='//%74racker.test/'>",
		},
	} {
		for i, page := range pages {
			t.Run(fmt.Sprintf("threat=%d/%d", threat, i), func(t *testing.T) {
				got := g.get("/", "X-Page", strings.NewReplacer("\t", "&Tab;", "\u3002", "&#x3002;").Replace(page))
				text := strings.ToLower(got.body)
				if threat == 21 && i == 1 { // a link is followed by a click only
					text = strings.Replace(text, "tracker.test", "", 1)
				}
				if strings.Contains(text, "tracker.test") || strings.Contains(text, "//tracker") || strings.Contains(text, "0x7f") {
					t.Errorf("%s became %s", page, got.body)
				}
				if !strings.Contains(got.body, own) {
					t.Errorf("the site's own part of %s became %s", page, got.body)
				}
			})
		}
	}
	t.Run("threat=15", func(t *testing.T) {
		g := start(t, bare, htmlPage(`<p>tea</p><img alt="green" src="//tracker.test/" title="`))
		if got := g.get("/").body; strings.Contains(got, "tracker.test") || !strings.HasPrefix(got, `<p>tea</p><img`) || !strings.HasSuffix(got, ` title="`) {
			t.Errorf("an open tag at the end became %s", got)
		}
	})
}

// TestThreat23Charsets: a page in UTF-16 is filtered in UTF-8, and of one whose
// bytes can't be read nothing is fetched from elsewhere.
func TestThreat23Charsets(t *testing.T) {
	page := "<!doctype html><p>tea \u00fc \u8336</p><img src=\"//tracker.test/\"><img src=\"/own.gif\">"
	encoded := func(order unicode.Endianness, mark unicode.BOMPolicy) string {
		text, err := unicode.UTF16(order, mark).NewEncoder().String(page)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var kind, body string
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	}))
	for name, test := range map[string]struct{ kind, body string }{
		"utf-16le by header": {"text/html; charset=utf-16le", encoded(unicode.LittleEndian, unicode.IgnoreBOM)},
		"utf-16be by header": {"text/html; charset=UTF-16BE", encoded(unicode.BigEndian, unicode.IgnoreBOM)},
		"utf-16 by mark":     {"text/html", encoded(unicode.LittleEndian, unicode.UseBOM)},
		"utf-8 by mark":      {"text/html; charset=utf-16le", "\xEF\xBB\xBF" + page},
		"mark over header":   {"text/html; charset=utf-8", encoded(unicode.BigEndian, unicode.UseBOM)},
	} {
		kind, body = test.kind, test.body
		got := g.get("/")
		if text := got.body; strings.Contains(text, "tracker.test") || !strings.Contains(text, "<p>tea \u00fc \u8336</p>") || !strings.Contains(text, "/own.gif") {
			t.Errorf("%s: %s: %q", name, got.Header.Get("Content-Type"), text)
		}
	}
	for _, charset := range []string{"utf-7", "iso-2022-kr", "hz-gb-2312", "utf-32"} {
		kind, body = "text/html; charset="+charset, page
		got := g.get("/")
		if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") {
			t.Errorf("%s: a page that can't be read has the policy %q", charset, policy)
		}
	}
	// However the field may be read, browsers and the filter read the page alike.
	for value, want := range map[string]string{
		"text/html; charset=utf-8; charset=utf-16le": "text/html; charset=utf-8", "text/html; charset=utf-8, text/html; charset=utf-16le": "text/html; charset=utf-8",
		"text/html;charset=\"utf-16le\", text/html": "text/html; charset=utf-8", "text/html; charset=gbk, text/html": "text/html; charset=gbk", `text/html; charset="utf\-16le"`: "text/html; charset=utf-8",
		"text/html; charset=; charset=utf-16le": "text/html; charset=utf-8", "text/html; charset=x; charset=utf-16le": "text/html", "text/html; charset=\"utf-16le": "text/html; charset=utf-8",
		"text/html; charset=gb2312": "text/html; charset=gb2312", "text/html; foo": "text/html; foo", "text/plain, text/html; charset=big5": "text/html; charset=big5",
	} {
		kind, body = value, page
		if strings.Contains(value, "16le") && want == "text/html; charset=utf-8" && !strings.HasPrefix(value, "text/html; charset=utf-8;") {
			body = encoded(unicode.LittleEndian, unicode.IgnoreBOM)
		}
		got := g.get("/")
		if at := got.Header["Content-Type"]; len(at) != 1 || at[0] != want || strings.Contains(got.body, "tracker.test") || !strings.Contains(got.body, "<p>tea") {
			t.Errorf("%s became %q with %q", value, at, got.body)
		}
	}
	// Quotes that are half of a letter: other markup than the bytes seem to be.
	const hides = "<p title=\"\x1b$B\"!\x1b(B y=\"><img src=//tracker.test/i.gif alt=\">"
	for name, test := range map[string]struct{ kind, body, want string }{
		"header":             {"text/html; charset=ISO-2022-JP", hides, "<p title=\""},
		"meta":               {"text/html", "<meta charset=iso-2022-jp>" + hides, "<p title=\""},
		"another name":       {"text/html", "<!doctype html><title>x</title><meta charset=csISO2022JP>" + hides, "<p title=\""},
		"media type":         {"text/html", "<meta http-equiv=Content-Type content='text/html; charset=iso-2022-jp'>" + hides, "<p title=\""},
		"declaration of XML": {"text/html", "<?xml version='1.0' encoding='iso-2022-jp'?>" + hides, "<p title=\""},
		"unknown charset":    {"text/html; charset=x", "<meta charset=iso-2022-jp>" + hides, "<p title=\""},
		"late":               {"text/html", strings.Repeat("<p>tea</p>", 500) + "<meta charset=iso-2022-jp>" + hides, "<meta data-charset=iso-2022-jp>"},
		"another charset":    {"text/html; charset=utf-8", "<meta charset=iso-2022-jp>\x1b$B<!--\x1b(B", "\x1b$B<!--\x1b(B"},
		"letters":            {"text/html", "<meta charset=iso-2022-jp><p>\x1b$B$3$l\x1b(B", "<p>\u3053\u308c"},
		"style sheet":        {"text/css", "@charset \"iso-2022-jp\";a{content:\"\x1b$B\"!\x1b(B\";}b{background:url(//tracker.test/i.gif)}c{content:\"\"}", "about:invalid"},
		"picture":            {"image/svg+xml", "<?xml version=\"1.0\" encoding=\"ISO-2022-JP\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><desc a=\"\x1b$B\"!\x1b(B\"/><image href=\"//tracker.test/i.gif\"/></svg>", "data-consent-href"},
	} {
		kind, body = test.kind, test.body
		got := g.get("/")
		if strings.Contains(got.body, "src=//tracker.test") && name != "late" || strings.Contains(got.body, "url(//tracker.test") || !strings.Contains(got.body, test.want) {
			t.Errorf("%s: %s: %q", name, got.Header.Get("Content-Type"), got.body)
		}
	}
}
