package page

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

// benchPage is a shop's page of that size, with a few trackers.
func benchPage(size int) []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang=en><head><meta charset=utf-8><title>Shop</title><link rel=stylesheet href=/shop.css>` +
		`<link rel=preconnect href=https://stats.tracker.example><script async src="https://stats.tracker.example/t.js"></script>` +
		`<script>window.dataLayer=window.dataLayer||[];function g(){dataLayer.push(arguments)}g("js",new Date)</script></head><body>`)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `<div class="product card" id="p%d"><a href="/product/%d?ref=list"><img src="/img/%d.jpg" srcset="/img/%d.jpg 1x, /img/%d@2x.jpg 2x" alt="Product %d" width=200 height=200 loading=lazy></a>`+
			"\n<h3>Product %d</h3><p>A fine thing to have, in three colours &amp; two sizes, sent within a day.</p><span class=price>%d.00</span></div>\n", i, i, i, i, i, i, i, i)
		if i%40 == 0 {
			fmt.Fprintf(&b, `<img src="https://pixel.ads.example/%d.gif" width=1 height=1><img src="https://cdn.example/%d.png">`, i, i)
		}
	}
	b.WriteString(`<noscript><img src="https://pixel.ads.example/n.gif"></noscript></body></html>`)
	return []byte(b.String())
}

// grantNone denies all third parties, and the scripts that its rules know.
type grantNone struct{ *ruleJudge }

func (grantNone) URL(u *URL, e Element) Verdict { return testJudge{}.URL(u, e) }

type grantAll struct{}

func (grantAll) URL(*URL, Element) Verdict  { return Verdict{Purpose: consent.Analytics} }
func (grantAll) Script(text []byte) Verdict { return Verdict{} }

// pages is a directory of real pages for [BenchmarkRewriter]: those whose names
// begin with 0 to 7. They are not in this repository. For those of the npm package
// htmlparser-benchmark 1.1.3, unpacked:
//
//	go test ./filters/page -run '^$' -bench Rewriter -pages node_modules/htmlparser-benchmark/files
var pages = flag.String("pages", "", "a `directory` of real pages to measure as well")

func BenchmarkRewriter(b *testing.B) {
	sets := map[string][][]byte{"10k": {benchPage(10 << 10)}, "70k": {benchPage(70 << 10)}}
	if *pages != "" {
		sets["real"] = realPages(b, *pages)
	}
	none := grantNone{newRuleJudge(b, catalogue.Hosts(), catalogue.Signatures())}
	for name, docs := range sets {
		for consent, judge := range map[string]Judge{"none": none, "all": grantAll{}} {
			b.Run("page="+name+"/consent="+consent, func(b *testing.B) {
				o := testOptions()
				o.Judge, o.Head, o.Body = judge, []byte("<script src=/c.js></script>"), []byte("<p>")
				benchPages(b, docs, o)
			})
		}
	}
}

// BenchmarkRules judges hosts and scripts by the built-in catalogue, and by many rules of
// which none applies: what a page costs should hardly depend on how many they are.
func BenchmarkRules(b *testing.B) {
	sets := map[string][][]byte{"70k": {benchPage(70 << 10)}}
	if *pages != "" {
		sets["real"] = realPages(b, *pages)
	}
	rules := map[string]*ruleJudge{
		"10": newRuleJudge(b, invented(10), nil), "10000": newRuleJudge(b, invented(10_000), nil),
		"built-in": newRuleJudge(b, catalogue.Hosts(), catalogue.Signatures()),
	}
	for page, docs := range sets {
		for name, judge := range rules {
			o := testOptions()
			o.Judge = judge
			b.Run("page="+page+"/rules="+name, func(b *testing.B) { benchPages(b, docs, o) })
		}
	}
}

// invented are hosts that no page names.
func invented(n int) iter.Seq[catalogue.Host] {
	return func(yield func(catalogue.Host) bool) {
		for i := range n {
			h := catalogue.Host{Pattern: fmt.Sprintf("t%d.vendor%d.example", i, i%997), Partner: "invented", Purpose: consent.Advertising}
			if !yield(h) {
				return
			}
		}
	}
}

// ruleJudge blocks hosts, and scripts that name them or hold a signature.
type ruleJudge struct {
	hosts   catalogue.HostTable[consent.Purpose]
	scripts *catalogue.Scripts
}

func newRuleJudge(b *testing.B, hosts iter.Seq[catalogue.Host], signatures []catalogue.Signature) *ruleJudge {
	j := new(ruleJudge)
	for h := range hosts {
		if err := j.hosts.Add(h.Pattern, h.Purpose); err != nil {
			b.Fatal(err)
		}
	}
	var err error
	if j.scripts, err = catalogue.NewScripts(hosts, signatures); err != nil {
		b.Fatal(err)
	}
	return j
}

func (j *ruleJudge) URL(u *URL, _ Element) Verdict {
	purpose, found := j.hosts.LookupBytes(u.Host)
	return Verdict{Block: found && purpose != consent.Necessary, Purpose: purpose}
}

func (j *ruleJudge) Script(text []byte) Verdict {
	found, ok := j.scripts.Match(text, 0)
	return Verdict{Block: ok, Purpose: found.Purpose}
}

// realPages reads the pages of a directory.
func realPages(b *testing.B, dir string) (docs [][]byte) {
	files, err := filepath.Glob(filepath.Join(dir, "[0-7]*.html"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no pages in %s: %v", dir, err)
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}

// benchPages filters pages, and searches each for "<" right after. Of each page
// it takes the fastest pass, so that what else the machine does counts little,
// and reports the filter's speed as a share of the bare search's too.
func benchPages(b *testing.B, docs [][]byte, o *Options) {
	const never = time.Duration(math.MaxInt64)
	fastest := make([]struct{ filter, search time.Duration }, len(docs))
	for i := range fastest {
		fastest[i].filter, fastest[i].search = never, never
	}
	r := new(Rewriter)
	b.ReportAllocs()
	for b.Loop() {
		for i, doc := range docs {
			start := time.Now()
			r.Reset(io.Discard, o)
			for rest := doc; len(rest) > 0; {
				n := min(len(rest), 32<<10)
				r.Write(rest[:n])
				rest = rest[n:]
			}
			r.Close()
			between := time.Now()
			countTags(doc)
			fastest[i].filter = min(fastest[i].filter, between.Sub(start))
			fastest[i].search = min(fastest[i].search, time.Since(between))
		}
	}
	var size int
	var filter, search time.Duration
	for i, doc := range docs {
		size += len(doc)
		filter += fastest[i].filter
		search += fastest[i].search
	}
	b.ReportMetric(float64(size)/1e6/filter.Seconds(), "MB/s")
	b.ReportMetric(search.Seconds()/filter.Seconds(), "of-bare")
}

// countTags is the floor: a bare search for "<".
func countTags(doc []byte) (n int) {
	for {
		i := bytes.IndexByte(doc, '<')
		if i < 0 {
			return n
		}
		n++
		doc = doc[i+1:]
	}
}

func TestNoAllocations(t *testing.T) {
	doc := benchPage(70 << 10)
	o, r := testOptions(), new(Rewriter)
	if n := testing.AllocsPerRun(20, func() {
		r.Reset(io.Discard, o)
		r.Write(doc)
		r.Close()
	}); n > 0 {
		t.Errorf("%v allocations a page", n)
	}
}

func BenchmarkParseURL(b *testing.B) {
	base, _ := NewBase("https", "shop.example")
	for name, raw := range map[string]string{"plain": "https://stats.tracker.example/t.js?id=1", "odd": "HTTPS:\\\\Stats.Tracker.Example.:443/t.js"} {
		b.Run("url="+name, func(b *testing.B) {
			var p urlParser
			value := []byte(raw)
			b.ReportAllocs()
			for b.Loop() {
				p.parse(value, &base, true)
			}
		})
	}
}

// BenchmarkFormats reads style sheets and pictures as shops have them.
func BenchmarkFormats(b *testing.B) {
	sheet := strings.Repeat(".product-card>.price:hover{color:#c0392b;margin:0 auto 1.5rem;background:#fff url(/img/bg.png) no-repeat}\n/* a note */\n@media (min-width:40em){.grid{display:grid;grid-template-columns:repeat(3,minmax(0,1fr))}}\n", 300)
	picture := svgDoc + strings.Repeat(`<g transform="translate(4.5 12)"><path class="st0" d="M12.5 4.25c3.1 0 5.6 2.5 5.6 5.6s-2.5 5.6-5.6 5.6-5.6-2.5-5.6-5.6 2.5-5.6 5.6-5.6z"/></g>`+"\n", 400) + "</svg>"
	for format, doc := range map[Format]string{CSS: sheet, XML: picture} {
		b.Run(map[Format]string{CSS: "format=css", XML: "format=xml"}[format], func(b *testing.B) {
			o := testOptions()
			o.Format = format
			r, text := new(Rewriter), []byte(doc)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset(io.Discard, o)
				r.Write(text)
				r.Close()
			}
		})
	}
}
