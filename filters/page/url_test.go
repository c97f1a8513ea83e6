package page

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseURL(t *testing.T) {
	https, _ := NewBase("https", "shop.example")
	plain, _ := NewBase("http", "shop.example:8080")
	for _, c := range []struct {
		base *URL
		raw  string
		kind Kind
		want string // host, with port
	}{
		{&https, "", Relative, "shop.example"},
		{&https, "/a", Relative, "shop.example"},
		{&https, "a/b:c", Relative, "shop.example"},
		{&https, "#x", Relative, "shop.example"},
		{&https, "?u=https://t.example/", Relative, "shop.example"},
		{&plain, "img.png", Relative, "shop.example:8080"},
		{&https, "//t.example/x", Absolute, "t.example"},
		{&https, "https://t.example", Absolute, "t.example"},
		{&https, "https://t.example:443/", Absolute, "t.example"},
		{&https, "https://t.example:0443/", Absolute, "t.example"},
		{&https, "https://t.example:8443/", Absolute, "t.example:8443"},
		{&https, "http://t.example:443/", Absolute, "t.example:443"},
		{&https, "wss://t.example:443/", Absolute, "t.example"},
		{&https, "HTTPS://T.EXAMPLE./x", Absolute, "t.example"},
		{&https, "  \x01https://t.example/ ", Absolute, "t.example"},
		{&https, "ht\ntps:/\t/t.exa\rmple/", Absolute, "t.example"},
		{&https, "/\t/t.example/", Absolute, "t.example"},
		{&https, `\\t.example/`, Absolute, "t.example"},
		{&https, `/\t.example/`, Absolute, "t.example"},
		{&https, `https:\\t.example/`, Absolute, "t.example"},
		{&https, "https:/t.example/", Relative, "shop.example"},
		{&https, "https:t.example/", Relative, "shop.example"},
		{&plain, "https:/t.example/", Absolute, "t.example"},
		{&plain, "https:t.example/", Absolute, "t.example"},
		{&https, "http:/t.example/", Absolute, "t.example"},
		{&https, "///t.example/", Absolute, "t.example"},
		{&https, "https:////t.example/", Absolute, "t.example"},
		{&https, "https://shop.example@t.example/", Absolute, "t.example"},
		{&https, "https://a:b@c@t.example:81/", Absolute, "t.example:81"},
		{&https, `https://t.example\@shop.example/`, Absolute, "t.example"},
		{&https, "https://t.example#@shop.example/", Absolute, "t.example"},
		{&https, "https://t%2Eexample/", Absolute, "t.example"},
		{&https, "https://t。example/", Absolute, "t.example"},
		{&https, "https://ｔ．example/", Absolute, "t.example"},
		{&https, "https://bücher.example/", Absolute, "xn--bcher-kva.example"},
		{&https, "https://xn--bcher-kva.example/", Absolute, "xn--bcher-kva.example"},
		{&https, "https://0x7f.1/", Absolute, "127.0.0.1"},
		{&https, "https://017700000001/", Absolute, "127.0.0.1"},
		{&https, "https://2130706433/", Absolute, "127.0.0.1"},
		{&https, "https://1.2.3.4./", Absolute, "1.2.3.4"},
		{&https, "https://[::1]:8080/", Absolute, "[::1]:8080"},
		{&https, "https://[0:0:0:0:0:0:0:1]/", Absolute, "[::1]"},
		{&https, "https://[::ffff:1.2.3.4]/", Absolute, "[::ffff:102:304]"},
		{&https, "https://a_b.example/", Absolute, "a_b.example"},
		{&https, "https://1.2.3.4.5/", Invalid, ""},
		{&https, "https://1.2.3.256/", Invalid, ""},
		{&https, "https://x.0x/", Invalid, ""},
		{&https, "https://", Invalid, ""},
		{&https, "//", Invalid, ""},
		{&https, "https://@/", Invalid, ""},
		{&https, "https://:80/", Invalid, ""},
		{&https, "https://t.example:x/", Invalid, ""},
		{&https, "https://t.example:65536/", Invalid, ""},
		{&https, "https://a b/", Invalid, ""},
		{&https, "https://a<b/", Invalid, ""},
		{&https, "https://a%00b/", Invalid, ""},
		{&https, "https://[::1/", Invalid, ""},
		{&https, "https://xn--a/", Invalid, ""},
		{&https, "data:image/png;base64,AA==", Opaque, ""},
		{&https, "blob:https://t.example/1", Opaque, ""},
		{&https, "about:blank", Opaque, ""},
		{&https, "javascript:x", Opaque, ""},
		{&https, "JavaScript:x", Opaque, ""},
		{&https, "mailto:a@t.example", Opaque, ""},
	} {
		u, kind := ParseURL(c.raw, c.base)
		got := ""
		if kind == Absolute || kind == Relative {
			got = string(u.Host)
			if len(u.Port) > 0 {
				got += ":" + string(u.Port)
			}
		}
		if kind != c.kind || got != c.want {
			t.Errorf("%q on %s: kind %d, host %q; want %d, %q", c.raw, c.base, kind, got, c.kind, c.want)
		}
	}
}

// Character references can spell any part of a URL.
func TestReferencesInURLs(t *testing.T) {
	for _, value := range []string{
		"&#x2f;&#47;tracker.example/", "/&sol;tracker.example/", "https&colon;//tracker.example/", "https:&bsol;&bsol;tracker.example",
		"//track&#101;r.example/", "//tracker&period;example/", "//tracker&#46example/", "&Tab;//tracker.example", "ht&NewLine;tps://tracker.example/",
		"//shop.example&commat;tracker.example/", "//tracker.example&num;x", "//tracker.example/&amp;x=1&copy=2",
	} {
		got := filter(t, testOptions(), `<img src="`+value+`">`, 0)
		if !strings.Contains(got, `data-consent="analytics"`) {
			t.Errorf("%s: %s", value, got)
		}
	}
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"a&amp;b": "a&b", "&amp": "&", "&ampx": "&ampx", "&amp=": "&amp=", "&amp;=": "&=", "&copy": "©", "&copy=1": "&copy=1", "&notit;": "&notit;",
		"&notin;": "∉", "&bogus;": "&bogus;", "&": "&", "&;": "&;", "&#": "&#", "&#x": "&#x", "&#x;": "&#x;", "&#65": "A", "&#x41;": "A", "&#X41": "A",
		"&#128;": "€", "&#0;": "\uFFFD", "&#xD800;": "\uFFFD", "&#x110000;": "\uFFFD", "&#99999999999999;": "\uFFFD", "&semi;": ";", "&quot;": "\"", "&bne;": "=\u20e5",
	} {
		if got := string(appendDecoded(nil, []byte(in), true)); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// However a host is written, it is the host that a browser goes to, or denied.
func TestHostSpellings(t *testing.T) {
	base, _ := NewBase("https", "shop.example")
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9-]{0,6}[a-z]){1,3}`).Draw(t, "host")
		var b strings.Builder
		for _, c := range host {
			switch rapid.IntRange(0, 5).Draw(t, "how") {
			case 0:
				b.WriteString(strings.ToUpper(string(c)))
			case 1:
				b.WriteString("\t" + string(c))
			case 2:
				const hex = "0123456789ABCDEF"
				b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
			default:
				b.WriteRune(c)
			}
		}
		u, kind := ParseURL(rapid.SampledFrom([]string{"//", `\\`, "https://", `https:\\`, "http:", " HTTPS://u:p@"}).Draw(t, "lead")+b.String()+
			rapid.SampledFrom([]string{"", "/", "?", "#", ".", ":", `\`}).Draw(t, "tail"), &base)
		if kind != Absolute || string(u.Host) != host {
			t.Fatalf("%q: kind %d host %q, want %q", b.String(), kind, u.Host, host)
		}
	})
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{"//t.example/", "https:\\\\T.example.", "0x7f.1", "http://[::1]", "https://。", "//a:b@c:1", "data:,x", "https://xn--", "/\t/x"} {
		f.Add(s)
	}
	base, _ := NewBase("https", "shop.example")
	f.Fuzz(func(t *testing.T, raw string) {
		u, kind := ParseURL(raw, &base)
		switch kind {
		case Absolute:
			host := string(u.Host)
			if host == "" || strings.ToLower(host) != host || strings.ContainsAny(host, " /\\?#@<>\t\n") {
				t.Fatalf("%q has host %q", raw, host)
			}
			if host[0] == '[' {
				if _, err := netip.ParseAddr(host[1 : len(host)-1]); err != nil {
					t.Fatal(err)
				}
			}
			again, kind := ParseURL("https://"+host+"/", &base)
			if host[len(host)-1] != '.' && (kind != Absolute || string(again.Host) != host) {
				t.Fatalf("%q: host %q is not canonical: %q", raw, host, again.Host)
			}
		case Relative:
			if !u.SameHost(&base) {
				t.Fatalf("%q is relative and on %q", raw, u.Host)
			}
		}
	})
}
