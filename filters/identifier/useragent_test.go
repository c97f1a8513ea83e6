package identifier

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReduceUserAgent(t *testing.T) {
	const webkit = " AppleWebKit/537.36 (KHTML, like Gecko) "
	same := ""
	tests := []struct{ in, want string }{
		// Chromium
		{"Mozilla/5.0 (Linux; Android 13; SM-G991B Build/TP1A.220624.014)" + webkit + "Chrome/124.0.6367.82 Mobile Safari/537.36",
			"Mozilla/5.0 (Linux; Android 10; K)" + webkit + "Chrome/124.0.0.0 Mobile Safari/537.36"},
		{"Mozilla/5.0 (Linux; Android 12; SM-T970)" + webkit + "Chrome/124.0.6367.82 Safari/537.36",
			"Mozilla/5.0 (Linux; Android 10; K)" + webkit + "Chrome/124.0.0.0 Safari/537.36"},
		{"Mozilla/5.0 (Linux; Android 10; K)" + webkit + "Chrome/124.0.0.0 Mobile Safari/537.36", same},
		{"Mozilla/5.0 (Windows NT 6.1; WOW64)" + webkit + "Chrome/109.0.5414.120 Safari/537.36",
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Chrome/109.0.0.0 Safari/537.36"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.51",
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webkit + "Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 13_2_1)" + webkit + "Chrome/110.0.5481.77 Safari/537.36",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" + webkit + "Chrome/110.0.0.0 Safari/537.36"},
		{"Mozilla/5.0 (X11; CrOS aarch64 15633.69.0)" + webkit + "Chrome/119.0.6045.212 Safari/537.36",
			"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)" + webkit + "Chrome/119.0.0.0 Safari/537.36"},
		{"Mozilla/5.0 (Linux; Android 13; 2201117TY Build/TP1A; wv)" + webkit + "Version/4.0 Chrome/124.0.1.2 Mobile Safari/537.36",
			"Mozilla/5.0 (Linux; Android 10; K; wv)" + webkit + "Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36"},
		{"Mozilla/5.0 (Linux; Android 9; CUBOT P30)" + webkit + "Chrome/99.0.1.2 Mobile Safari/537.36",
			"Mozilla/5.0 (Linux; Android 10; K)" + webkit + "Chrome/99.0.0.0 Mobile Safari/537.36"},
		// Firefox
		{"Mozilla/5.0 (Windows NT 6.3; rv:124.0.1) Gecko/20100101 Firefox/124.0.1",
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:124.0) Gecko/20100101 Firefox/124.0.0"},
		{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
			"Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:124.0) Gecko/20100101 Firefox/124.0", same},
		{"Mozilla/5.0 (Android 14; Mobile; rv:124.0) Gecko/124.0 Firefox/124.0",
			"Mozilla/5.0 (Android 10; Mobile; rv:124.0) Gecko/124.0 Firefox/124.0"},
		{"Mozilla/5.0 (Android 14; Tablet; rv:124.0) Gecko/124.0 Firefox/124.0",
			"Mozilla/5.0 (Android 10; Tablet; rv:124.0) Gecko/124.0 Firefox/124.0"},
		// Safari and in-app browsers
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"},
		{"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
			"Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Mobile/15E148 Safari/604.1"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21C62 MicroMessenger/8.0.44(0x18002c2c) NetType/WIFI Language/zh_CN",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.0"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/20A362 [FBAN/FBIOS;FBDV/iPhone14,2;FBSV/16.0]",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"},
		// Old ones
		{"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; SLCC2; .NET CLR 2.0.50727; rv:11.0) like Gecko",
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Trident/7.0; rv:11.0) like Gecko"},
		{"Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
			"Opera/9.80 (Android) Presto/2.0.0 Version/12.0"},
		// Native apps
		{"ShopApp/5.2.1 (iPhone14,2; iOS 17.2; zh_CN)", "ShopApp/5.0.0 (iPhone)"},
		{"ShopApp/5.2.1 (com.shop; Android 13; Xiaomi 2201117TY; imei=" + imei + ")", "ShopApp/5.0.0 (Android)"},
		{"ShopApp/5.2.1 CFNetwork/1410.0.3 Darwin/22.6.0", "ShopApp/5.0.0 CFNetwork/1410.0.0 Darwin/22.0.0"},
		{"Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A)", "Dalvik/2.1.0 (Android)"},
		{"ShopApp/5 (" + uuid + ")", "ShopApp/5"},
		{"ShopApp/" + imei, "ShopApp"},
		{imei, "Mozilla/5.0"},
		{"(unclosed; (Android", "(Android)"},
		// Robots and programs
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", same},
		{"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P)" + webkit + "Chrome/124.0.6367.82 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", same},
		{"Twitterbot/1.0", same},
		{"curl/8.5.0", same},
		{"Wget/1.21.4 (linux-gnu)", same},
		{"Wget/1.21.4", same},
		{"okhttp/4.9.3", same},
		{"Go-http-client/1.1", same},
		{"python-requests/2.31.0", same},
		{"okhttp/4.9.3 (SM-G991B)", "okhttp/4.9.3"},
		{"curl/" + imei, "curl"},
		{"", same},
	}
	for _, test := range tests {
		want := test.want
		if want == same {
			want = test.in
		}
		got := ReduceUserAgent(test.in)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", test.in, got, want)
		}
		if again := ReduceUserAgent(got); again != got {
			t.Errorf("%s\nbecame %s\n  then %s", test.in, got, again)
		}
	}
}

// Two devices that differ in nothing but the model and minor versions send the
// same user agent.
func TestReducedUserAgentsTellNobodyApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(who string) string {
			model := rapid.StringMatching(`[A-Z][A-Za-z0-9 -]{0,12}( Build/[A-Z0-9.]{4,10})?`).Draw(t, who)
			minor := rapid.StringMatching(`[0-9]{1,2}\.[0-9]{4}\.[0-9]{1,3}`).Draw(t, who)
			version := rapid.StringMatching(`(5\.1|1[0-4])(\.[0-9])?`).Draw(t, who)
			return ReduceUserAgent("Mozilla/5.0 (Linux; Android " + version + "; " + model + ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124." + minor + " Mobile Safari/537.36")
		}
		if a, b := draw("a"), draw("b"); a != b {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func FuzzReduceUserAgent(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.1.2 Mobile Safari/537.36")
	f.Add("ShopApp/5.2.1 (iPhone14,2; iOS 17.2; zh_CN)")
	f.Add("A (B (C) [D] E/1.2(F")
	f.Add("Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; rv:1) [x")
	f.Fuzz(func(t *testing.T, ua string) {
		got := ReduceUserAgent(ua)
		if again := ReduceUserAgent(got); again != got {
			t.Fatalf("%q became %q and then %q", ua, got, again)
		}
		if got == ua {
			return
		}
		for i := range len(got) {
			if got[i] < ' ' || got[i] > '~' {
				t.Fatalf("%q became %q", ua, got)
			}
		}
		if strings.Contains(got, imei) {
			t.Fatalf("%q became %q", ua, got)
		}
	})
}
