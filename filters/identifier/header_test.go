package identifier

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
	"pgregory.net/rapid"
)

func ExampleFilter_Header() {
	h := http.Header{
		"Accept":          {"text/html"},
		"X-Device-Id":     {"0c7e9a"},
		"X-Forwarded-For": {"203.0.113.7, 2001:db8:85a3::8a2e:370:7334"},
		"User-Agent":      {"ShopApp/5.2.1 (iPhone14,2; iOS 17.2; zh_CN)"},
	}
	new(Filter).Header(h, consent.Of(consent.Necessary), nil)
	fmt.Println(h)
	// Output: map[Accept:[text/html] User-Agent:[ShopApp/5.0.0 (iPhone)] X-Forwarded-For:[203.0.113.0, 2001:db8:85a3::]]
}

func TestHeader(t *testing.T) {
	const gone, stays = "", "\x00"
	tests := []struct{ name, value, want string }{
		{"X-Device-Id", "x", gone},
		{"X_Device_Id", "x", gone},
		{"X.device.id", "x", gone},
		{"x-device-id", "x", gone},
		{"Device-Id", "x", gone},
		{"X-Device-Whatever", "x", gone},
		{"X-Device-Model", "SM-G991B", gone},
		{"X-Device-Type", "mobile", stays},
		{"X-Device", "iPhone14,2", gone},
		{"X-Device", "Tablet", stays},
		{"X-Imei", "1", gone},
		{"X-Imsi", "1", gone},
		{"X-Android-Id", "1", gone},
		{"X-Idfa", "1", gone},
		{"X-Oaid", "1", gone},
		{"X-Udid", "1", gone},
		{"X-Client-Device", "1", gone},
		{"X-Msisdn", "8613800138000", gone},
		{"X-Up-Calling-Line-Id", "8613800138000", gone},
		{"X-Nokia-Msisdn", "8613800138000", gone},
		{"X-Uidh", "x", gone},
		{"Sec-Browsing-Topics", "(1 2);v=chrome.1:2:3", gone},
		{"X-Wap-Profile", "http://wap.example/SM-G991B.xml", gone},
		{"X-Foo", imei, gone},
		{"X-Foo", "00:11:22:33:44:55", gone},
		{"X-Request-Id", uuid, stays},
		{"X-Requested-With", "com.shop.app", stays},
		{"X-Order-Id", imei, stays},
		{"Content-Length", imei, stays},
		{"Cookie", imei, stays},
		{"Authorization", imei, stays},
		{"X-Serial", "x", gone},
		{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", stays},

		{"Sec-Ch-Ua", `"Chromium";v="124"`, stays},
		{"Sec-Ch-Ua-Mobile", "?1", stays},
		{"Sec-Ch-Ua-Platform", `"Android"`, stays},
		{"Sec_CH_UA_Platform", `"Android"`, stays},
		{"Sec-Ch-Prefers-Color-Scheme", "dark", stays},
		{"Sec-Ch-Prefers-Reduced-Motion", "reduce", stays},
		{"Sec-Ch-Prefers-Contrast", "more", gone},
		{"Save-Data", "on", stays},
		{"Sec-Ch-Ua-Model", `"Pixel 8"`, gone},
		{"sec-ch-ua-platform-version", `"14.0.0"`, gone},
		{"Sec_CH_UA_Model", `"Pixel 8"`, gone},
		{"Sec-Ch-Ua-Full-Version-List", `"Chromium";v="124.0.6367.82"`, gone},
		{"Sec-Ch-Ua-Arch", `"x86"`, gone},
		{"Sec-Ch-Ua-Wow64", "?0", gone},
		{"Sec-Ch-Ua-Form-Factors", `"Mobile"`, gone},
		{"Sec-Ch-Device-Memory", "8", gone},
		{"Sec-Ch-Viewport-Width", "412", gone},
		{"Device-Memory", "8", gone},
		{"Dpr", "2.6", gone},
		{"Viewport-Width", "412", gone},
		{"Downlink", "10", gone},
		{"Rtt", "50", gone},
		{"Ect", "4g", gone},
		{"Sec-Fetch-Site", "same-origin", stays},
		{"Sec-Gpc", "1", stays},

		{"X-Latitude", "39.9042", "39.9"},
		{"X-Longitude", "116.4074", "116.4"},
		{"X-Geo-Lat", "39.9042", "39.9"},
		{"X-Geo-Position", "39.9042;116.4074", "39.9;116.4"},
		{"X-Location", "39.9042,116.4074", "39.9,116.4"},
		{"Geolocation", "geo:39.9042,116.4074", "geo:39.9,116.4"},
		{"Geolocation", "<cid:x@shop.example>", gone},
		{"X-Geo-Country", "CN", stays},
		{"X-Location", "Beijing", stays},
		{"Accept-Language", "zh-CN,zh;q=0.9", stays},
		{"Accept", "text/html", stays},

		{"X-Forwarded-For", "203.0.113.7", "203.0.113.0"},
		{"X_Forwarded_For", "203.0.113.7", "203.0.113.0"},
		{"X-Forwarded-For", "203.0.113.7:4711,  198.51.100.9", "203.0.113.0:4711,  198.51.100.0"},
		{"X-Forwarded-For", "[2001:db8:1:2::7]:4711, 2001:DB8:1:2::7", "[2001:db8:1::]:4711, 2001:db8:1::"},
		{"X-Forwarded-For", "unknown, _hidden, 203.0.113.0", stays},
		{"X-Forwarded-For", "203.0.113.7.5, ann.home.example", "unknown, unknown"},
		{"X-Forwarded-For", "fe80::1%eth0, ::ffff:203.0.113.7", "fe80::, ::ffff:203.0.113.0"},
		{"X-Forwarded-For", "203.0.113.7:x", "unknown"},
		{"X-Real-Ip", "203.0.113.7", "203.0.113.0"},
		{"X-Client-Ip", "203.0.113.7", "203.0.113.0"},
		{"True-Client-Ip", "203.0.113.7", "203.0.113.0"},
		{"Cf-Connecting-Ip", "2001:db8:1:2::7", "2001:db8:1::"},
		{"Fastly-Client-Ip", "203.0.113.7", "203.0.113.0"},
		{"X-Cluster-Client-Ip", "203.0.113.7", "203.0.113.0"},
		{"Forwarded", "for=203.0.113.7", "for=203.0.113.0"},
		{"Forwarded", `For="[2001:db8:cafe:1::17]:4711";proto=http;by=203.0.113.43`, `For="[2001:db8:cafe::]:4711";proto=http;by=203.0.113.0`},
		{"Forwarded", `for=203.0.113.7, for="[2001:db8:1:2::7]", for=_gazonk, for=unknown;host=shop.example`, `for=203.0.113.0, for="[2001:db8:1::]", for=_gazonk, for=unknown;host=shop.example`},
		{"Forwarded", `host="a;for=x, b";for=203.0.113.7`, `host="a;for=x, b";for=203.0.113.0`},
		{"Forwarded", `for="203.0.113.7`, `for=unknown`},
		{"Forwarded", `for="_gazonk:_port", for="unknown:80"`, stays},
		{"Forwarded", "203.0.113.7", "203.0.113.0"},
		{"Forwarded", "proto=https;host=shop.example", stays},

		{"X-Client-Info", "imei=" + imei + "; model=Pixel; v=3", "model=Pixel; v=3"},
		{"X-Client-Info", "v=3; imei=" + imei + "; os=13", "v=3; os=13"},
		{"X-Client-Info", "v=3;imei=" + imei, "v=3"},
		{"X-Client-Info", "imei=1;oaid=2", gone},
		{"X-Client-Info", `v="a;b"; idfa="` + uuid + `"`, `v="a;b"`},
		{"X-Client-Info", "idfa:" + uuid + "|v:3", "v:3"},
		{"X-Client-Info", "v=3,00:11:22:33:44:55,b", "v=3,b"},
		{"X-Client-Info", "v:3,00:11:22:33:44:55,b", "v:3,b"},
		{"X-Common-Params", "v=3&imei=1&oaid=2&w=4", "v=3&w=4"},
		{"X-Common-Params", "v=3&imei=&w=4", stays},
		{"Baggage", "user=7,device.id=abc;prop=1,region=eu", "user=7,prop=1,region=eu"},
		{"X-Akamai-Edgescape", "georegion=263,lat=39.9042,long=116.4074,city=BJ", "georegion=263,lat=39.9,long=116.4,city=BJ"},
		{"X-Url", "https://shop.example/p?imei=1&a=1", "https://shop.example/p?a=1"},
		{"X-Url", "?imei=1", gone},
		{"X-Client-Info", `{"imei":"1","v":3}`, stays}, // see package body
		{"X-Client-Info", `v=3; d={"v":3,"imei":"1"}`, stays},
		{"X-Order", "order=" + imei + "; total=15.00; serial", stays},
		{"X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1", stays},
		{"Cache-Control", "max-age=0, no-cache", stays},
		{"Content-Disposition", `form-data; name="imei"`, stays},
		{"Date", "Tue, 15 Nov 1994 08:12:31 GMT", stays},
		{"Keep-Alive", "timeout=5, max=1000", stays},
		{"Priority", "u=0, i", stays},
		{"Prefer", `return=minimal; wait=5`, stays},
		{"Range", "bytes=0-490154203237518", stays},

		{"Referer", "https://shop.example/?gclid=1&a=1", "https://shop.example/?a=1"},
		{"X-Original-Url", "/p?idfa=1", "/p"},
		{"User-Agent", "curl/8.5.0", stays},
	}
	for _, test := range tests {
		want := http.Header{test.name: {test.want}}
		switch test.want {
		case gone:
			want = http.Header{}
		case stays:
			want = http.Header{test.name: {test.value}}
		}
		h, n := http.Header{test.name: {test.value}}, 0
		coarse().Header(h, nothing, func(Finding) { n++ })
		if !reflect.DeepEqual(h, want) {
			t.Errorf("%s: %s: got %q, want %q", test.name, test.value, h, want)
		}
		if (n > 0) != (test.want != stays) {
			t.Errorf("%s: %s: %d findings", test.name, test.value, n)
		}
		again := h.Clone()
		coarse().Header(again, nothing, func(f Finding) { t.Errorf("%s: %s: acted on twice: %v", test.name, test.value, f) })
		all := http.Header{test.name: {test.value}}
		coarse().Header(all, everything, nil)
		if all[test.name][0] != test.value {
			t.Errorf("%s: %s became %q with consent", test.name, test.value, all)
		}
	}
}

func TestHeaderJudgesEveryValue(t *testing.T) {
	given := []string{"mobile", "iPhone14,2", "tablet"}
	h := http.Header{"X-Device": given}
	coarse().Header(h, nothing, nil)
	if got := h["X-Device"]; !reflect.DeepEqual(got, []string{"mobile", "tablet"}) {
		t.Errorf("got %q", got)
	}
	if given[1] != "iPhone14,2" {
		t.Error("the values that were handed in changed")
	}
}

func TestHeaderPurposes(t *testing.T) {
	given := http.Header{
		"X-Device-Id": {"x"}, "X-Latitude": {"39.9042"}, "X-Forwarded-For": {"203.0.113.7"}, "X-Gclid": {"x"},
		"Referer": {"/?gclid=1&lat=39.9042&imei=1"}, "User-Agent": {"ShopApp/5.2 (iPhone14,2)"}, "Dpr": {"2"},
	}
	tests := []struct {
		granted consent.Set
		want    map[string]string
	}{
		{consent.Of(consent.Device), map[string]string{
			"X-Device-Id": "x", "X-Latitude": "39.9", "X-Forwarded-For": "203.0.113.7", "Referer": "/?lat=39.9&imei=1", "User-Agent": "ShopApp/5.2 (iPhone14,2)", "Dpr": "2"}},
		{consent.Of(consent.Location), map[string]string{
			"X-Latitude": "39.9042", "X-Forwarded-For": "203.0.113.0", "Referer": "/?lat=39.9042", "User-Agent": "ShopApp/5.0 (iPhone)"}},
		{consent.Of(consent.Advertising), map[string]string{
			"X-Latitude": "39.9", "X-Forwarded-For": "203.0.113.0", "X-Gclid": "x", "Referer": "/?gclid=1&lat=39.9", "User-Agent": "ShopApp/5.0 (iPhone)"}},
	}
	for _, test := range tests {
		h := given.Clone()
		coarse().Header(h, test.granted, nil)
		got := map[string]string{}
		for name := range h {
			got[name] = h[name][0]
		}
		if !maps.Equal(got, test.want) {
			t.Errorf("%b:\n got %q\nwant %q", test.granted, got, test.want)
		}
	}
}

func TestTruncateAddr(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.7":              "203.0.113.0",
		"255.255.255.255":          "255.255.255.0",
		"2001:db8:85a3:8d3::7334":  "2001:db8:85a3::",
		"::1":                      "::",
		"fe80::1%eth0":             "fe80::",
		"::ffff:203.0.113.7":       "::ffff:203.0.113.0",
		"2002:cb00:7107:1::1":      "2002:cb00:7100::", // 6to4 of 203.0.113.7
		"64:ff9b::203.0.113.7":     "64:ff9b::",
		"2001:0:4136:e378:8000::1": "2001:0:4136::",
	} {
		got := TruncateAddr(netip.MustParseAddr(in))
		if got.String() != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
		if again := TruncateAddr(got); again != got {
			t.Errorf("%s: became %s and then %s", in, got, again)
		}
	}
	if got := TruncateAddr(netip.Addr{}); got.IsValid() {
		t.Errorf("got %s from no address", got)
	}
}

// No address of a list survives whole, whatever stands around it.
func TestNoAddressSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := netip.AddrFrom4([4]byte{203, 0, 113, byte(rapid.IntRange(101, 255).Draw(t, "v4"))})
		b := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 15: byte(rapid.IntRange(1, 255).Draw(t, "v6"))})
		around := rapid.SampledFrom([]string{"%s", "%s:80", `"%s"`, " %s ", "[%s]", `"[%s]:80"`, "for=%s", "for=\"%s\"", "for = %s;proto=http", "x%s", "%s;", "(%s)"})
		separator := rapid.SampledFrom([]string{",", ", ", ",,"})
		value := fmt.Sprintf(around.Draw(t, "a"), a) + separator.Draw(t, "separator") + fmt.Sprintf(around.Draw(t, "b"), b)
		h := http.Header{rapid.SampledFrom([]string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"}).Draw(t, "name"): {value}}
		new(Filter).Header(h, nothing, nil)
		if got := fmt.Sprint(h); strings.Contains(got, a.String()) || strings.Contains(got, b.String()) {
			t.Fatalf("%q became %q", value, got)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("X-Forwarded-For", "203.0.113.7, [2001:db8::1]:80, _x, unknown")
	f.Add("Forwarded", `for="[2001:db8::1]:80";by=_x;host="a\"b", for=203.0.113.7`)
	f.Add("Referer", "https://a@shop.example/?gclid=1#x?lat=1.2345")
	f.Add("X-Location", "39.9042,116.4074")
	f.Add("Sec-CH-UA-Model", "x")
	f.Fuzz(func(t *testing.T, name, value string) {
		filter := coarse()
		h, n := http.Header{name: {value}}, 0
		filter.Header(h, nothing, func(Finding) { n++ })
		if untouched := len(h[name]) == 1 && h[name][0] == value; untouched == (n > 0) {
			t.Fatalf("%q: %q became %q with %d findings", name, value, h[name], n)
		}
		once := h.Clone()
		filter.Header(h, nothing, nil)
		if !reflect.DeepEqual(h, once) {
			t.Fatalf("%q: %q became %q and then %q", name, value, once, h)
		}
	})
}
