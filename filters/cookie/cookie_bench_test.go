package cookie

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// jar is what a browser of a busy shop sends: 20 cookies, about 900 bytes.
var jar = strings.Repeat("sid=0123456789abcdef; theme=dark; _ga=GA1.2.1234567890.1700000000; _fbp=fb.1.1700000000000.1234567890; unknown=abcdefghijklmnopqrstuvwxyz; ", 4)

func BenchmarkRequest(b *testing.B) {
	f := site(b)
	for _, c := range []struct {
		consent string
		granted consent.Set
	}{{"none", denyAll}, {"some", consent.Of(consent.Analytics)}} {
		for _, in := range []struct{ name, field string }{{"few", "sid=0123456789abcdef; plain=1"}, {"20", jar}} {
			b.Run(fmt.Sprintf("cookies=%s/consent=%s", in.name, c.consent), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(in.field)))
				fields := []string{in.field}
				for b.Loop() {
					if _, _, err := f.Request(fields, c.granted, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkResponse(b *testing.B) {
	f := site(b)
	for _, in := range []struct{ name, field string }{
		{"pass", "sid=0123456789abcdef; Path=/; Domain=.shop.example; Max-Age=3600; Secure; HttpOnly; SameSite=Lax"},
		{"cap", "sid=0123456789abcdef; Path=/; Domain=.shop.example; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=99999999"},
		{"drop", "_ga=GA1.2.1234567890.1700000000; Path=/; Domain=.shop.example; Max-Age=99999999"},
	} {
		b.Run("action="+in.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in.field)))
			fields := make([]string, 1)
			for b.Loop() {
				fields[0] = in.field
				f.Response(fields, shop, denyAll, now, nil)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		var tab Table
		for i := range n {
			pattern := fmt.Sprintf("name%d", i)
			if i%4 == 0 {
				pattern = fmt.Sprintf("%s%d_*", strings.Repeat("p", 1+i%20), i)
			}
			if err := tab.Add(pattern, Rule{}); err != nil {
				b.Fatal(err)
			}
		}
		for _, name := range []string{"name1", "__Host-name1", "undeclared_name_of_a_cookie"} {
			b.Run(fmt.Sprintf("patterns=%d/name=%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					tab.Lookup(name)
				}
			})
		}
	}
}

func BenchmarkAppendExpiry(b *testing.B) {
	b.ReportAllocs()
	fields := make([]string, 0, 64)
	for b.Loop() {
		AppendExpiry(fields, "_ga", shop)
	}
}
