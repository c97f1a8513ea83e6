package visit

import (
	"math"
	"testing"
	"time"
)

func TestReferrer(t *testing.T) {
	p := shop(t)
	for referrer, want := range map[string]string{
		"":                                                       "direct",
		"https://shop.example/":                                  "internal",
		"https://SHOP.example:8443/x":                            "internal",
		"https://www.shop.example./x":                            "internal",
		"https://notshop.example/":                               "other",
		"https://www.google.com/":                                "search",
		"https://google.co.uk/search?q=x":                        "search",
		"https://www.google.com.hk/":                             "search",
		"https://news.google.com/":                               "search",
		"https://mail.google.com/":                               "other",
		"https://google.evil.example/":                           "other",
		"https://www.baidu.com/link?url=x":                       "search",
		"https://yandex.ru/":                                     "search",
		"https://de.search.yahoo.com/":                           "search",
		"https://cn.bing.com/":                                   "search",
		"https://m.facebook.com/":                                "social",
		"https://t.co/x":                                         "social",
		"https://not.co/x":                                       "other",
		"https://user@weibo.com/x":                               "social",
		"https://weibo.com@evil.example/":                        "other",
		"https://a.partner.example/":                             "partner",
		"https://partner.example":                                "partner",
		"android-app://com.google.android.googlequicksearchbox/": "search",
		"android-app://com.google.android.gm/":                   "other",
		"about:blank":                                            "other",
		"javascript://google.com/%0aalert(1)":                    "other",
		"https://":                                               "other",
		"garbage":                                                "other",
		"https://[::1]:8080/":                                    "other",
	} {
		if got := p.visitsBy("referrer").Values[p.referrerClass(referrer, "shop.example:443")]; got != want {
			t.Errorf("%q is %s, want %s", referrer, got, want)
		}
	}
}

func (p *Plan) visitsBy(dim string) *Dim { return p.byID["visits{"+dim+"}"].Dims[0] }

func TestDevice(t *testing.T) {
	for _, tt := range []struct {
		hint, agent string
		want        Device
	}{
		{"", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", Desktop},
		{"", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", Mobile},
		{"", "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Version/12.1.2 Mobile/15E148 Safari/604.1", Tablet},
		{"?1", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36", Mobile},
		{"?0", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", Tablet},
		{"", "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0", Tablet},
		{"", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Desktop},
		{"", "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/132.0.0.0 Safari/537.36 ArkWeb/4.1", Mobile},
		{"", "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 TV Safari/538.1", OtherDevice},
		{"?1", "", Mobile}, {"?0", "", Desktop}, {"", "", OtherDevice}, {"1", "curl/8", OtherDevice},
	} {
		if got := DeviceOf(tt.hint, tt.agent); got != tt.want {
			t.Errorf("%q %q is %s, want %s", tt.hint, tt.agent, deviceClasses[got], deviceClasses[tt.want])
		}
	}
}

type detector string

func (d detector) Bot(agent string) bool { return agent == string(d) }

func TestBot(t *testing.T) {
	const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	for _, tt := range []struct {
		s    Signals
		want Bot
	}{
		{Signals{UserAgent: chrome}, Human},
		{Signals{UserAgent: chrome, Webdriver: true}, Headless},
		{Signals{UserAgent: chrome, Purpose: "prefetch;prerender"}, Prefetch},
		{Signals{UserAgent: chrome, Purpose: "Prefetch"}, Prefetch},
		{Signals{UserAgent: "Mozilla/5.0 (X11) HeadlessChrome/140.0.0.0 Safari/537.36"}, Headless},
		{Signals{UserAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, Crawler},
		{Signals{UserAgent: "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"}, Crawler},
		{Signals{UserAgent: "Mozilla/5.0 AppleWebKit/537.36 (compatible; bingbot/2.0) Chrome/140"}, Crawler},
		{Signals{UserAgent: "AdsBot-Google"}, Crawler},
		{Signals{UserAgent: "SomeBot"}, Crawler},
		{Signals{UserAgent: "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36"}, Human},
		{Signals{UserAgent: "curl/8.5.0"}, Tool},
		{Signals{UserAgent: "python-requests/2.32"}, Tool},
		{Signals{}, Tool},
		{Signals{UserAgent: "secret"}, Crawler},
	} {
		if got := BotOf(tt.s, detector("secret")); got != tt.want {
			t.Errorf("%+v is %d, want %d", tt.s, got, tt.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	p := shop(t)
	for header, want := range map[string]string{
		"": "other", "zh-CN,zh;q=0.9": "zh", "en;q=0.5, de;q=0.8": "de", "EN-us": "en", "*": "other", "*;q=0.1,fr;q=0.2": "fr",
		"de;q=0": "other", "de;q=0,en;q=0.001": "en", "de;q=x,en;q=0.3": "en", "de; q=0.9 ,en;q=1.000": "en", "tlh,de;q=0.5": "other", ",,": "other",
	} {
		if got := p.language.Values[p.languageOf(header)]; got != want {
			t.Errorf("%q is %s, want %s", header, got, want)
		}
	}
}

func TestStayBuckets(t *testing.T) {
	for d, want := range map[time.Duration]Stay{
		0: 0, 2999 * time.Millisecond: 0, 3 * time.Second: 1, 10 * time.Second: 2, 30 * time.Second: 3, time.Minute: 4,
		3 * time.Minute: 5, 10 * time.Minute: 6, 30 * time.Minute: 6, 9 * time.Hour: 6,
	} {
		if got := StayOf(d); got != want {
			t.Errorf("%v is in bucket %d, want %d", d, got, want)
		}
	}
}

func TestMedianStay(t *testing.T) {
	for _, tt := range []struct {
		buckets []int64
		want    float64
		ok      bool
	}{
		{[]int64{0, 0, 0, 0, 0, 0, 0}, 0, false},
		{[]int64{0, -4, 0, 0, -1, 0, 0}, 0, false},
		{[]int64{0, 10, 0, 0, 0, 0, 0}, 6.5, true},
		{[]int64{0, 5, 5, 0, 0, 0, 0}, 10, true},
		{[]int64{0, 1, 0, 2, 0, 0, 0}, 37.5, true},
		{[]int64{-100, 1, 0, 2, 0, 0, 0}, 37.5, true},
		{[]int64{0, 0, 0, 0, 0, 0, 2}, 1200, true},
	} {
		got, ok := MedianStay(tt.buckets)
		if ok != tt.ok || math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%v: %v %v, want %v %v", tt.buckets, got, ok, tt.want, tt.ok)
		}
	}
}
