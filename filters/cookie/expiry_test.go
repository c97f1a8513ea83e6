package cookie

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const gone = "; Max-Age=0; Path="

func TestAppendExpiry(t *testing.T) {
	root := Origin{Host: "shop.example", Path: "/", Registrable: "shop.example"}
	for _, c := range []struct {
		name   string
		cookie string
		origin Origin
		want   []string
	}{
		{"root of a domain", "_ga", root, []string{
			"_ga=" + gone + "/",
			"_ga=" + gone + "/; Domain=shop.example",
		}},
		{"subdomain and path", "_ga", Origin{Host: "www.shop.example", Path: "/cart/list", Registrable: "shop.example"}, []string{
			"_ga=" + gone + "/",
			"_ga=" + gone + "/; Domain=www.shop.example",
			"_ga=" + gone + "/; Domain=shop.example",
			"_ga=" + gone + "/cart/list",
			"_ga=" + gone + "/cart/list; Domain=www.shop.example",
			"_ga=" + gone + "/cart/list; Domain=shop.example",
			"_ga=" + gone + "/cart",
			"_ga=" + gone + "/cart; Domain=www.shop.example",
			"_ga=" + gone + "/cart; Domain=shop.example",
			"_ga=" + gone + "/cart/",
			"_ga=" + gone + "/cart/; Domain=www.shop.example",
			"_ga=" + gone + "/cart/; Domain=shop.example",
		}},
		{"no registrable domain", "_ga", Origin{Host: "127.0.0.1", Path: "/"}, []string{"_ga=" + gone + "/"}},
		{"directory", "_ga", Origin{Host: "localhost", Path: "/a/"}, []string{
			"_ga=" + gone + "/", "_ga=" + gone + "/a/", "_ga=" + gone + "/a",
		}},
		{"no path", "_ga", Origin{Host: "localhost"}, []string{"_ga=" + gone + "/"}},
		{"OPTIONS *", "_ga", Origin{Host: "localhost", Path: "*"}, []string{"_ga=" + gone + "/"}},
		{"slashes", "_ga", Origin{Host: "localhost", Path: "//x"}, []string{
			"_ga=" + gone + "/", "_ga=" + gone + "//x", "_ga=" + gone + "//",
		}},
		{"semicolon in the path", "_ga", Origin{Host: "localhost", Path: "/a/b;c/d"}, []string{
			"_ga=" + gone + "/", "_ga=" + gone + "/a", "_ga=" + gone + "/a/",
		}},
		{"host prefix", "__Host-x", shop, []string{"__Host-x=" + gone + "/; Secure"}},
		{"host prefix in another case", "__HOST-x", shop, []string{"__HOST-x=" + gone + "/; Secure"}},
		{"host and HTTP prefix", "__Host-Http-x", shop, []string{"__Host-Http-x=" + gone + "/; Secure; HttpOnly"}},
		{"secure prefix", "__Secure-x", root, []string{
			"__Secure-x=" + gone + "/; Secure",
			"__Secure-x=" + gone + "/; Domain=shop.example; Secure",
		}},
		{"HTTP prefix", "__Http-x", Origin{Host: "localhost", Path: "/"}, []string{"__Http-x=" + gone + "/; Secure; HttpOnly"}},
		{"nameless", "", Origin{Host: "localhost", Path: "/"}, []string{"=expired" + gone + "/"}},
		{"not ASCII", "\u00e9", Origin{Host: "localhost", Path: "/"}, []string{"\u00e9=" + gone + "/"}},
		{"semicolon", "a;b", shop, nil},
		{"equals sign", "a=b", shop, nil},
		{"control", "a\nb", shop, nil},
		{"space", "a ", shop, nil},
		{"too long", strings.Repeat("a", 4097), shop, nil},
		{"registrable of another host", "_ga", Origin{Host: "www.shop.example", Path: "/", Registrable: "op.example"}, []string{"_ga=" + gone + "/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := AppendExpiry([]string{"before=1"}, c.cookie, c.origin)
			if want := append([]string{"before=1"}, c.want...); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// Every cookie that a browser sends with a request is expired, on hosts and
// paths of ordinary depth.
func TestExpiryReachesWhatIsSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.StringMatching(`[a-z]{0,3}`)
		path := "/" + strings.Join(rapid.SliceOfN(segment, 1, 6).Draw(t, "path"), "/")
		host := strings.Join(append(rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 0, 4).Draw(t, "labels"), "shop.example"), ".")
		o := NewOrigin(host, path, true)

		// The cookie that the browser holds: any that covers the request.
		set := "x=1"
		if rapid.Bool().Draw(t, "has a domain") {
			var domains []string
			for d := host; d != "example"; d = d[strings.Index(d, ".")+1:] {
				domains = append(domains, d)
			}
			set += "; Domain=" + rapid.SampledFrom(domains).Draw(t, "domain")
		}
		if rapid.Bool().Draw(t, "has a path") {
			var paths []string
			for n := 1; n <= len(path); n++ {
				if p := path[:n]; p == path || p[n-1] == '/' || path[n] == '/' {
					paths = append(paths, p)
				}
			}
			set += "; Path=" + rapid.SampledFrom(paths).Draw(t, "cookie path")
		}
		held, ok := browserStore(set, o, now)
		if !ok {
			t.Fatalf("the test's own cookie %q is refused", set)
		}
		for _, field := range AppendExpiry(nil, "x", o) {
			c, ok := browserStore(field, o, now)
			if !ok || c.session || !c.expires.Before(now) {
				t.Fatalf("%q doesn't expire", field)
			}
			if c.name == held.name && c.domain == held.domain && c.hostOnly == held.hostOnly && c.path == held.path {
				return
			}
		}
		t.Fatalf("%q on %s%s stays", set, host, path)
	})
}

func TestExpiryIsBounded(t *testing.T) {
	o := NewOrigin(strings.Repeat("a.", 100)+"shop.example", strings.Repeat("/a", 5000), true)
	got := AppendExpiry(nil, "x", o)
	if len(got) > 9*16 {
		t.Errorf("%d fields", len(got))
	}
	for _, must := range []string{
		"x=" + gone + "/; Domain=" + o.Host,
		"x=" + gone + "/; Domain=shop.example",
		"x=" + gone + "/a",
	} {
		if !slices.Contains(got, must) {
			t.Errorf("%q is missing", must)
		}
	}
}
