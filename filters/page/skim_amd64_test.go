package page

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
)

var skimPieces = strings.Split(`<|</|>|/>|"|'|=|="|"| |='|' |x='a"b'|`+"\n|\t|\f|\v|\r|\x00|\x80|"+`/|<a|<p|<div|</div>|<IMG|<body|</body>|</BODY|<script|</script>|<svg|<b|<br>|<input|<use|<!|<!-- |-->|`+
	`<{|<@|<[| class="x"| class=x| id='y'| href="/"| on|onclick|onclick="f()"| ONload="| style="|STYLE| style="color:red"| style="a:url(b)"| style='a:b'| style="--a:b"| style="a&amp;b" | style| style="x\\y"| background| data-x="<b>"| title="a>b"|`+
	`xlink:href|ping| at|x|é|word |<a href="/x" class="a b c">|</a>|<td width="1"><b>|=="|a="b"c="d"`, "|")

// eachWidth runs a test with all vectors that the CPU has.
func eachWidth(t *testing.T, test func(*testing.T)) {
	if !vectors {
		t.Skip("this CPU reads all tags one by one")
	}
	t.Run("AVX2", func(t *testing.T) {
		defer func(had bool) { wide = had }(wide)
		wide = false
		test(t)
	})
	if wide {
		t.Run("AVX-512", test)
	}
}

// TestNarrowByteSet is [TestByteSet] without vectors.
func TestNarrowByteSet(t *testing.T) {
	defer func(had bool) { wide = had }(wide)
	wide = false
	TestByteSet(t)
}

// TestNarrowIndexMarkup is [TestIndexMarkup] without vectors.
func TestNarrowIndexMarkup(t *testing.T) {
	defer func(had bool) { wide = had }(wide)
	wide = false
	TestIndexMarkup(t)
}

// TestSkim passes over random markup, and reads again what was passed over.
func TestSkim(t *testing.T) { eachWidth(t, testSkim) }

func testSkim(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	passed := 0
	for range 20_000 {
		var doc []byte
		for len(doc) < 64*(1+random.Intn(6)) {
			if random.Intn(4) == 0 {
				doc = append(doc, `<i class="`+strings.Repeat("n", random.Intn(70))+`">`...)
			}
			doc = append(doc, skimPieces[random.Intn(len(skimPieces))]...)
		}
		i := random.Intn(len(doc))
		to := skim(doc, i, &oddNames)
		checkPlain(t, doc, i, to)
		passed += to - i
	}
	if passed < 100_000 {
		t.Errorf("%d bytes were passed over", passed)
	}
}

// TestSkimInPages reads pages in one piece, passing over tags, and byte by byte, when there is
// never enough to pass over: that makes no difference.
func TestSkimInPages(t *testing.T) { eachWidth(t, testSkimInPages) }

func testSkimInPages(t *testing.T) {
	pieces := append(strings.Split(`<img src="https://x.ads.example/i">|<p style="background:url(//x.ads.example/)">|<svg>|</svg>|<desc>|</desc>|<title>|</title>|<style>|</style>|`+
		`<math>|</math>|<mi>|</mi>|<select>|</select>|<option>|<option value="x">|</option>|</OPTGROUP>|</opto>|<o0t>|</o0t>|</ol>|<object data="//x.ads.example/">|</object>|<template>|</template>|<noscript>|</noscript>|<textarea>|</textarea>|<head>|</html>|<script>track()</script>|`+
		`<image href="//x.ads.example/">|<use href="//x.ads.example/">|<base href="//x.ads.example/">|<input type=image src="//x.ads.example/">`, "|"), skimPieces...)
	random := rand.New(rand.NewSource(2))
	o := testOptions()
	o.Head, o.Body = []byte("H"), []byte("B")
	for range 2_000 {
		doc := []string{"", "<!doctype html>", "<html><head></head>"}[random.Intn(3)]
		for len(doc) < 64*(2+random.Intn(6)) {
			doc += pieces[random.Intn(len(pieces))]
		}
		doc += strings.Repeat(" text", 30)
		if whole, bytewise := filter(t, o, doc, 0), filter(t, o, doc, 1); whole != bytewise {
			t.Fatalf("%q\nin one piece:  %q\nbyte by byte: %q", doc, whole, bytewise)
		}
	}
}

// checkPlain fails unless b[i:to] holds text and whole tags of which none matters.
func checkPlain(t *testing.T, b []byte, i, to int) {
	t.Helper()
	stylish := func(value []byte) bool { return bytes.ContainsAny(value, `(&\`) || bytes.Contains(value, []byte("--")) }
	for i < to {
		n := bytes.IndexByte(b[i:to], '<')
		if n < 0 {
			return
		}
		i += n
		if n := bytes.IndexByte(b[i:to], '>') + 1; n > 0 && bytes.HasPrefix(b[i:], []byte("<!-")) && bytes.HasSuffix(b[i:i+n], []byte("-->")) {
			i += n
			continue
		}
		if i+2 >= len(b) || !isLetter(b[i+1]) && (b[i+1] != '/' || !isLetter(b[i+2])) {
			t.Fatalf("%q is passed over in %q", b[i:to], b)
		}
		var tag tag
		n = tag.lex(b[i:], false)
		entry := tagEntry{id: tag.id, flags: tag.flags}
		if n < 0 || i+n > to || isOdd(&entry) {
			t.Fatalf("%q is passed over up to %q in %q", b[i:], b[to:], b)
		}
		for _, a := range tag.attrs {
			if a.id == attrStyle && !stylish(b[i+int(a.val):i+int(a.valEnd)]) {
				continue
			}
			if harmless>>a.id&1 == 0 && !tag.end {
				t.Fatalf("%q is passed over in %q", b[i:i+n], b)
			}
		}
		i += n
	}
	if i > to {
		t.Fatalf("stopped in a tag: %q of %q", b[to:], b)
	}
}

// TestSkimPlain tells which tags are passed over at all.
func TestSkimPlain(t *testing.T) { eachWidth(t, testSkimPlain) }

func testSkimPlain(t *testing.T) {
	filler := strings.Repeat(" text", 40)
	for tag, plain := range map[string]bool{
		`<p>`: true, `</p>`: true, `<a class="x" href="https://t.example/">`: true, `<TD WIDTH="1" align="left" >`: true, `<b/>`: true,
		`<li title="a < b" disabled>`: true, `<h1 id="` + strings.Repeat("x", 200) + `">`: true, `</tr class="x">`: true,
		`<p class="x"id="y">`: true, `<input type="hidden">`: true, `<meta name="author" content="x">`: true, `<font color="red">`: true, `<p title="it's">`: true, "<p\nid=\"x\"\t>": true,
		`<p class='x' id="y">`: true, `<p title='x = y'id='y'>`: true, `<p title="it's"id='y' disabled>`: true,
		`<p style="color:red">`: true, `<p STYLE='a-b:c'>`: true, `<p style="">`: true, `<p style="a" title="(&--">`: true, `<p title="(" style="a">`: true,
		`<p style="` + strings.Repeat("x", 150) + `">`: true, `<p style="-" title="-">`: true,

		`<p style="a:b(c)">`: false, `<p style='&#x28'>`: false, `<p style="\75">`: false, `<p style="--a:b">`: false, `<p style title="(">`: false, `<p style=a>`: false,
		`<p style="` + strings.Repeat("x", 150) + `(">`: false, `<p style="` + strings.Repeat("x", 63) + `--">`: false,

		`<!-- x -->`: true, `<!---->`: true, `<!-- it's <b -->`: true, `<!-->`: true, `<!--->`: true, `<!- x -->`: true, `<!-- x --->`: true, `<!-- a="b" style= "(" / --><p>`: true,
		`<!-- <!-- " -->`: true, `<!--` + strings.Repeat("x", 150) + `-->`: true, `<!-- --><!-- '-->`: true,

		`<p title="a > b">`: false, `<p class=x>`: false, `<p class='>'>`: false, `<p title='"'>`: false, `<p it's>`: false, `<p '>`: false, `<p a='b"c' d="e'f">`: false,
		`<p class= 'x'>`: false, `<p x='y'onclick='f()'>`: false, `<input src="x">`: false, `<p class= "x">`: false, `<p class ="x">`: false,
		`<p ="x">`: false, `<p="x">`: false, `<p a=b="c">`: false, `<p a"b">`: false, `<p "a">`: false, `<p a="b"="c">`: false,
		`<p onclick="f()">`: false, `<p x="y"OnClick="f()">`: false, `<p/style="(">`: false, `<a ping="/x">`: false, `<td background="x">`: false,
		`<img>`: false, `<IMG src="x">`: false, `<script>`: false, `<svg>`: false, `<html>`: false, `</body>`: false, `<noscript>`: false,
		`<base href="x">`: false, `<use href="x">`: false, `<meta http-equiv="refresh" content="0">`: false, `<META charset="utf-8">`: false, `<!->`: false, `<!-- ->`: false, `<!-- > -->`: false, `<!--- x`: false, `<!--` + strings.Repeat("-", 63) + ` >`: false, `<!-- x --!>`: false, `<! x -->`: false, `</>`: false, `< p>`: false, `<?x>`: false, `<3>`: false,
		`</3>`: false, `<{p}>`: false, `<@>`: false, `</title>`: false,
	} {
		for before := range 130 {
			doc := strings.Repeat("<i>", before%3) + strings.Repeat("x", before) + tag + filler
			at := strings.Index(doc, tag)
			if to := skim([]byte(doc), 0, &oddNames); (to > at) != plain || !plain && to != at {
				t.Errorf("%q: at %d, reached %d", doc, at, to)
			}
		}
	}
}

// TestSkimOptions tells which tags are passed over within select.
func TestSkimOptions(t *testing.T) {
	eachWidth(t, func(t *testing.T) {
		filler := strings.Repeat(" text", 40)
		for tag, plain := range map[string]bool{
			`<option>`: true, `<OPTION value="x" selected>`: true, `</option>`: true, `<optgroup label="a">`: true, `</OptGroup>`: true, `<!-- x -->`: true,

			`</select>`: false, `<script>`: false, `<p>`: false, `<b>`: false, `</td>`: false, `<ol>`: false, `<object>`: false, `<output>`: false, `<hr>`: false,
			`<option onclick="f()">`: false, `<option style="a:b(c)">`: false, `<o>`: false, `<xp>`: false, `<\xefption>`: false, `<o\xf0>`: false,
		} {
			for before := range 130 {
				doc := strings.Repeat("x", before) + tag + filler
				if to := skim([]byte(doc), 0, &selectNames); (to > before) != plain {
					t.Errorf("%q: at %d, reached %d", tag, before, to)
				}
			}
		}
	})
}
