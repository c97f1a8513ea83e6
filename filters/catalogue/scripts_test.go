package catalogue_test

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

func builtinScripts(t testing.TB) *catalogue.Scripts {
	t.Helper()
	return newScripts(t, catalogue.Hosts(), catalogue.Signatures())
}

func newScripts(t testing.TB, hosts iter.Seq[catalogue.Host], signatures []catalogue.Signature) *catalogue.Scripts {
	t.Helper()
	s, err := catalogue.NewScripts(hosts, signatures)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The snippets that vendors tell people to paste.
func TestSnippets(t *testing.T) {
	scripts := builtinScripts(t)
	for text, want := range map[string]string{
		`window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);} gtag('js', new Date()); gtag('config', 'G-ABC');`: "google-analytics",
		`gtag("config","G-ABC")`:     "google-analytics",
		`gtag( 'config', 'AW-123' )`: "google-ads",
		`(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime()})})(window,document,'script','dataLayer','GTM-1');`:  "google-tag-manager",
		`(function(i,s,o,g,r,a,m){i['GoogleAnalyticsObject']=r;})(window,document,'script','//www.google-analytics.com/analytics.js','ga');`: "google-analytics",
		`ga.src = ('https:' == document.location.protocol ? 'https://ssl' : 'http://www') + '.google-analytics.com/ga.js';`:                  "google-analytics",
		"ga(`create`, `UA-1`)": "google-analytics",
		`!function(f,b,e,v){}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js'); fbq('init', '123');`: "meta",
		`fbq("init", "123")`: "meta",
		`var _paq = window._paq = window._paq || []; _paq.push(['trackPageView']); _paq.push(['setSiteId', '1']);`:                 "matomo",
		`!function (w, d, t) { w.TiktokAnalyticsObject=t; ttq.load('C1'); }(window,document,'ttq');`:                               "tiktok",
		`(function(h,o,t,j,a,r){h._hjSettings={hjid:1,hjsv:6};})(window,document);`:                                                "hotjar",
		`var _hmt = _hmt || []; (function(){var hm=document.createElement("script");hm.src="https://hm.baidu.com/hm.js?abc";})();`: "baidu-analytics",
		`(function(m,e,t,r,i,k,a){})(window, document, "script", "https://mc.yandex.ru/metrika/tag.js", "ym");`:                    "yandex",
		`load("https:\/\/www.clarity.ms\/tag\/x")`:                                                                                 "microsoft-clarity",
		`load("https:\x2f\x2fclarity.ms\x2ftag")`:                                                                                  "microsoft-clarity",
		`load("https:\u002F\u002Fclarity.ms\u002Ftag")`:                                                                            "microsoft-clarity",
		`load("https%3A%2F%2Fwww.clarity.ms%2Ftag")`:                                                                               "microsoft-clarity",
		`load("https%3A%2F%2Fclarity.ms%2Ftag")`:                                                                                   "microsoft-clarity",
		`load('HTTPS://WWW.CLARITY.MS:443/tag')`:                                                                                   "microsoft-clarity",
		`load('//user@clarity.ms')`:                                                                                                "microsoft-clarity",
		`load('//clarity.ms./x')`:                                                                                                  "microsoft-clarity",
		`load('//' + 'cdn' + '.clarity.ms')`:                                                                                       "microsoft-clarity",
		`load("//cdn.mxpnl.com?x")`:                                                                                                "mixpanel",
		`clarity.ms`:                                                                                                               "microsoft-clarity",
		`window.Intercom('boot', {app_id: 'x'})`:                                                                                   "intercom",
		`var _mtm = window._mtm = window._mtm || []; _mtm.push({'mtm.startTime': (new Date().getTime())});`:                        "matomo",
		`axon("init");`:                                                      "applovin",
		`amzn("addTag", "tag-id");`:                                          "amazon-advertising",
		`window.collectEvent('init', {app_id: 1});`:                          "bytedance",
		`alloy("configure", {datastreamId: "x"});`:                           "adobe-experience-platform",
		`datadogRum.init({site: 'datadoghq.eu'})`:                            "datadog",
		`s.src = 'https://cdn.jsdelivr.net/npm/yandex-metrica-watch/tag.js'`: "yandex",
		`load('//wcs.pstatic.net/wcslog.js')`:                                "naver",
		`window['optimizely'] = []; window.optimizely.push();`:               "optimizely",
	} {
		if got, ok := scripts.Match([]byte(text), 0); !ok || got.Partner != want {
			t.Errorf("%s\n\t%+v, %v, want %s", text, got, ok, want)
		}
	}
}

func TestInnocentScripts(t *testing.T) {
	scripts := builtinScripts(t)
	for _, text := range []string{
		``, `.`, `..`, `a.`, `"`, `".`, `"."`, `'.com'`, `x.com`,
		`var cart = {total: 10.5}; document.querySelector('.cart').textContent = cart.total.toFixed(2);`,
		`// we measured with google-analytics.com before`,
		`load("https://notgoogle-analytics.com/x")`,
		`load("https://google-analytics.com.evil.example/x")`,
		`load("https://google-analytics.community/x")`,
		`load("https://google-analytics.com_x/")`,
		`load("https://google-analytics.common")`,
		`a.google-analytics.com()`,
		`analytics.load(x)`,
		`xfbq('init', 1)`, `myga('create')`, `$gtag('config')`, `éga('create')`,
		`my_hjSettings = 1; _hjSettingsX = 2;`,
		`if (window.fbq) fbq('track', 'Purchase');`,
		`var links = {facebook: "https://www.facebook.com/shop", video: "https://www.youtube.com/watch?v=1", map: "https://www.google.com/maps"};`,
		`load("https://cdn.jsdelivr.net/npm/vue"); load("https://js.stripe.com/v3/");`,
		`_paq.push(['trackEvent', 'Shop', 'Add']); _hmt.push(['_trackEvent', 'a', 'b']); cart.add(1)`,
		`_mtm.push({event: 'order'}); axon("track", "purchase"); amzn("trackEvent", "Buy"); alloy("sendEvent", {}); collectEvent('buy');`,
		`load("https://js.tosspayments.com/v2"); load("https://checkout.tabby.ai/x.js"); load("https://login.microsoftonline.com/x");`,
		`var links = {reviews: "https://www.reviews.io/company-reviews/store/x", place: "https://map.naver.com/p/entry/1"};`,
		`load("https://shop.example/app.js"); load("//cdn.shop.example/x.js")`,
		`import x from './clarity.ms.js'`,
	} {
		if got, ok := scripts.Match([]byte(text), 0); ok {
			t.Errorf("%s\n\tfound %+v", text, got)
		}
	}
}

func TestMostIntrusiveNotGranted(t *testing.T) {
	scripts := builtinScripts(t)
	text := []byte(`gtag('config', 'G-1'); fbq('init', '1'); load('//cdn.optimizely.com/js/1.js'); window.Intercom('boot');`)
	for _, test := range []struct {
		granted consent.Set
		want    consent.Purpose
	}{
		{0, consent.Advertising},
		{consent.Of(consent.Analytics), consent.Advertising},
		{consent.Of(consent.Advertising), consent.Personalization},
		{consent.Of(consent.Advertising, consent.Personalization), consent.Analytics},
		{consent.Of(consent.Advertising, consent.Personalization, consent.Analytics), consent.Preferences},
		{consent.Of(consent.Advertising, consent.Personalization, consent.Analytics, consent.Preferences), consent.Advertising},
	} {
		if got, ok := scripts.Match(text, test.granted); !ok || got.Purpose != test.want {
			t.Errorf("granted %b: %+v, %v, want purpose %d", test.granted, got, ok, test.want)
		}
	}
}

func TestOwnScripts(t *testing.T) {
	hosts := slices.Values([]catalogue.Host{
		{Pattern: "ads.example", Partner: "acme", Purpose: consent.None, Country: "US"},
		{Pattern: "cdn.ads.example", Partner: "acme-cdn", Purpose: consent.Necessary},
		{Pattern: "*.below.example", Partner: "below", Purpose: consent.Analytics},
		{Pattern: "pages.ads.example", Partner: "pages", Purpose: consent.Advertising, Mixed: true},
		{Pattern: "203.0.113.7", Partner: "address", Purpose: consent.Device},
		{Pattern: "tracker.localhost", Partner: "local", Purpose: consent.Analytics},
	})
	scripts := newScripts(t, hosts, []catalogue.Signature{{Text: "acme(['go', 1", Partner: "acme-snippet", Purpose: consent.Analytics}})
	for text, want := range map[string]string{
		`"//ads.example/x"`:         "acme",
		`"//cdn.ads.example/x"`:     "",
		`"//pages.ads.example/x"`:   "",
		`"//below.example/x"`:       "",
		`"//x.below.example/x"`:     "below",
		`"http://203.0.113.7:8080"`: "address",
		`"http://203.0.113.70"`:     "",
		`"//a.tracker.localhost:1"`: "local",
		`acme(["go", 1])`:           "acme-snippet",
		`acme( ['go', 1])`:          "acme-snippet",
		`acme(['go',1])`:            "",
		`acme(['go', 12])`:          "",
	} {
		got, ok := scripts.Match([]byte(text), 0)
		if got.Partner != want || ok != (want != "") {
			t.Errorf("%s: %+v, %v, want %q", text, got, ok, want)
		}
	}
	none := newScripts(t, slices.Values([]catalogue.Host(nil)), nil)
	if got, ok := none.Match([]byte(`"//ads.example/x"; fbq('init')`), 0); ok {
		t.Errorf("nothing to find, found %+v", got)
	}
	if _, err := catalogue.NewScripts(slices.Values([]catalogue.Host(nil)), []catalogue.Signature{{Text: "ga("}}); err == nil || !strings.Contains(err.Error(), "expected") {
		t.Errorf("a short signature: %v", err)
	}
	if _, err := catalogue.NewScripts(slices.Values([]catalogue.Host{{Pattern: "a..b"}}), nil); err == nil {
		t.Error("no error for a bad host")
	}
}

// Every signature and every host that betrays a tracker is found wherever it
// stands, and what is found stands there.
func TestScriptsFindAll(t *testing.T) {
	signatures := catalogue.Signatures()
	hosts := slices.Collect(catalogue.Hosts())
	scripts := builtinScripts(t)
	filler := rapid.SampledFrom([]string{
		"", " ", ";", "var a = b.c(d);\n", `x["y"] = 'z.w';`, "https://shop.example/a.b/c.js ", "/* . */", "'\"`", "(((", ",,,", "fbq", "goog", "\x00\xff",
	})
	rapid.Check(t, func(t *rapid.T) {
		before, after := filler.Draw(t, "before")+"\n", "\n"+filler.Draw(t, "after")
		var planted, partner string
		if rapid.Bool().Draw(t, "host") {
			h := rapid.SampledFrom(hosts).Filter(func(h catalogue.Host) bool {
				return !h.Mixed && h.Purpose != consent.Necessary
			}).Draw(t, "planted")
			planted, partner = `"//`+h.Pattern+`/x"`, h.Partner
		} else {
			s := rapid.SampledFrom(signatures).Draw(t, "planted")
			planted, partner = s.Text, s.Partner
		}
		got, ok := scripts.Match([]byte(before+planted+after), 0)
		if !ok || got.Partner != partner {
			// A signature may hold another that is more intrusive.
			if !ok || !strings.Contains(planted, strings.Trim(got.Text, "'(")) {
				t.Fatalf("planted %q of %s, found %+v, %v", planted, partner, got, ok)
			}
		}
	})
}

func FuzzScripts(f *testing.F) {
	for _, seed := range []string{`"//www.google-analytics.com/x"`, `fbq('init'`, `gtag( "config", "AW-1"`, `"%2f%2fclarity.ms.`, `\u002fclarity.ms`, `..com'`} {
		f.Add([]byte(seed))
	}
	scripts := builtinScripts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := scripts.Match(text, 0)
		if !ok {
			return
		}
		// What is found is there, apart from case, quotes and blanks.
		fold := strings.NewReplacer("\"", "'", "`", "'", "( ", "(", ", ", ",")
		all := strings.ToLower(fold.Replace(string(text)))
		want := strings.ToLower(fold.Replace(strings.TrimPrefix(got.Text, "*.")))
		if !strings.Contains(all, want) {
			t.Fatalf("found %q in %q", got.Text, text)
		}
		// A quote bounds hosts and snippets as the ends of the text do.
		quoted := slices.Concat([]byte(`"`), text, []byte(`"`))
		if again, ok := scripts.Match(quoted, 0); !ok || catalogue.MoreIntrusive(again.Purpose, got.Purpose) != again.Purpose {
			t.Fatalf("found %q in %q, but %q in %q", got.Text, text, again.Text, quoted)
		}
	})
}
