package catalogue_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

// manyHosts are the built-in hosts, cut or filled up with invented ones to n.
func manyHosts(n int) iter.Seq[catalogue.Host] {
	hosts := slices.Collect(catalogue.Hosts())
	for i := range max(0, n-len(hosts)) {
		hosts = append(hosts, catalogue.Host{
			Pattern: fmt.Sprintf("t%d.vendor%d.example", i, i%997), Partner: "invented", Purpose: consent.Advertising,
		})
	}
	return slices.Values(hosts[:n])
}

func BenchmarkHostTable(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000, 100_000} {
		var table catalogue.HostTable[catalogue.Host]
		for h := range manyHosts(n) {
			if err := table.Add(h.Pattern, h); err != nil {
				b.Fatal(err)
			}
		}
		for _, test := range []struct{ name, host string }{
			{"hit", "cdn.eu.51.la"}, {"miss", "images.cdn.shop.test"},
		} {
			b.Run(fmt.Sprintf("hosts=%d/find=%s", n, test.name), func(b *testing.B) {
				host := []byte(test.host)
				b.ReportAllocs()
				for b.Loop() {
					table.LookupBytes(host)
				}
			})
		}
	}
}

func BenchmarkScripts(b *testing.B) {
	text := script()
	for _, n := range []int{10, 1_000, 10_000} {
		scripts := newScripts(b, manyHosts(n), catalogue.Signatures())
		b.Run(fmt.Sprintf("text=%dk/hosts=%d", len(text)>>10, n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				scripts.Match(text, 0)
			}
		})
	}
}

// script is 32 KiB of what a shop writes in its pages, without a tracker.
func script() []byte {
	const piece = `(function(w,d){"use strict";var cart=JSON.parse(d.getElementById("cart-%d").textContent||"{}");
function format(n){return(n/100).toFixed(2).replace(/\B(?=(\d{3})+$)/g,",")}
d.querySelectorAll(".product-card[data-id]").forEach(function(e){e.addEventListener("click",function(t){
t.preventDefault();w.location.href="https://www.shop.test/product/"+e.dataset.id+"?from="+encodeURIComponent(w.location.pathname);});});
if(w.fetch){fetch("/api/cart.json",{credentials:"same-origin"}).then(function(r){return r.json()}).then(function(j){cart=j;});}
})(window,document);
`
	var b strings.Builder
	for i := 0; b.Len() < 32<<10; i++ {
		fmt.Fprintf(&b, piece, i)
	}
	return []byte(b.String())
}

func BenchmarkEndpoints(b *testing.B) {
	endpoints := builtinEndpoints(b)
	for _, test := range []struct{ name, path, query string }{
		{"hit", "/metrics/g/collect", "v=2&tid=G-ABC&gtm=45je&_p=1&cid=1.2&en=page_view"},
		{"miss", "/product/blue-shirt", "size=m&colour=blue"},
	} {
		b.Run("find="+test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				endpoints.Match(test.path, test.query, nil)
			}
		})
	}
}

func BenchmarkReadCookieCSV(b *testing.B) {
	v := vocabulary(b)
	text := databaseHeader + strings.Repeat(strings.TrimPrefix(database, databaseHeader), 200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := catalogue.ReadCookieCSV(strings.NewReader(text), "f", v); err != nil {
			b.Fatal(err)
		}
	}
}
