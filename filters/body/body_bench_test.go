package body

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// cart is what a shop's app sends: about 70 kB in which nothing is found.
func cart() string {
	var b strings.Builder
	b.WriteString(`{"session":"` + uuid + `","items":[`)
	for i := range 400 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku":"A-%06d","title":"Running shoes, blue, size %d","price":%d.95,"currency":"EUR","quantity":%d,"gift":false,"tags":["sale","new"]}`, i, 36+i%10, 40+i%60, 1+i%3)
	}
	b.WriteString(`],"total":1234.56}`)
	return b.String()
}

// pull filters a body over and over. The speed that it reports is the fastest
// pass's, so that what else the machine does counts little. A short body is filtered
// several times a pass, so that the clock counts little.
func pull(b *testing.B, contentType, in string, o *Options) {
	fastest := time.Duration(math.MaxInt64)
	many := max(1, 10_000/len(in))
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for range many {
			r, err := Filter(contentType, strings.NewReader(in), o)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
		fastest = min(fastest, time.Since(start))
	}
	b.ReportMetric(float64(many*len(in))/1e6/fastest.Seconds(), "MB/s")
}

func BenchmarkJSON(b *testing.B) {
	body := cart()
	tracked := strings.ReplaceAll(body, `"gift":false`, `"imei":"`+imei+`"`)
	all := shop()
	all.Granted = consent.Of(consent.Device, consent.Advertising, consent.Location)
	for _, c := range []struct {
		name, in string
		o        *Options
	}{
		{"found=0/consent=none", body, shop()},
		{"found=400/consent=none", tracked, shop()},
		{"found=0/consent=all", body, all},
		{"found=0/partner=items.price", body, partner(b, "items.price", "total")},
		{"found=0/partner=*", body, partner(b, "*")},
	} {
		b.Run("body=70k/"+c.name, func(b *testing.B) { pull(b, "application/json", c.in, c.o) })
	}
	b.Run("body=200/found=1/consent=none", func(b *testing.B) {
		pull(b, "application/json", `{"event":"view","page":"/product/1","device":{"id":"x","language":"en"},"time":1700000000000,"tags":["a","b"],"n":3}`, shop())
	})
	b.Run("body=1M/string=1M/consent=none", func(b *testing.B) {
		pull(b, "application/json", `{"photo":"`+strings.Repeat("A", 1<<20)+`"}`, shop())
	})
}

func BenchmarkForm(b *testing.B) {
	form := strings.TrimSuffix(strings.Repeat("name=Ann+Example&street=Example+Street+1&city=Berlin&note=please%20ring%20twice&total=1234.56&csrf=0123456789abcdef&", 600), "&")
	for _, c := range []struct {
		name, in string
		o        *Options
	}{
		{"found=0/consent=none", form, shop()},
		{"found=600/consent=none", strings.ReplaceAll(form, "city=", "gclid="), shop()},
		{"found=0/partner=total", form, partner(b, "total")},
	} {
		b.Run("body=70k/"+c.name, func(b *testing.B) { pull(b, urlencoded, c.in, c.o) })
	}
}

func BenchmarkMultipart(b *testing.B) {
	file := strings.Repeat("\xff\xd8 image data\r\n--", 1<<16)
	in := form("----WebKitFormBoundary7MA4YWxkTrZu0gW", "title", "Shoes", "imei", "1", "note", "none")
	in = strings.Replace(in, `name="note"`, `name="note"; filename="a.jpg"`, 1)
	in = strings.Replace(in, "\r\n\r\nnone", "\r\nContent-Type: image/jpeg\r\n\r\n"+file, 1)
	b.Run("body=1M/file=1M/consent=none", func(b *testing.B) {
		pull(b, "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", in, shop())
	})
}
