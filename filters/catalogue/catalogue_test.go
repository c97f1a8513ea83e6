package catalogue_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

func TestCookieFacts(t *testing.T) {
	name := regexp.MustCompile(`^[!#$%&'+.^_|~0-9A-Za-z:-]{2,64}\*?$`)
	var patterns []string
	for c := range catalogue.Cookies() {
		patterns = append(patterns, c.Pattern)
		if !name.MatchString(c.Pattern) {
			t.Errorf("%q: no cookie can have this name", c.Pattern)
		}
		if c.Purpose > consent.Personalization {
			t.Errorf("%q: purpose %d", c.Pattern, c.Purpose)
		}
		if c.MaxAge < 0 || c.MaxAge > 100*365*24*time.Hour {
			t.Errorf("%q: lifetime %v", c.Pattern, c.MaxAge)
		}
	}
	checkSortedOnce(t, patterns)
	if len(patterns) < 1000 {
		t.Errorf("%d cookies", len(patterns))
	}
}

func TestHostFacts(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	host := regexp.MustCompile(`^(\*\.)?([a-z0-9-]+\.)+[a-z]+$`)
	var patterns []string
	country := make(map[string]string)
	for h := range catalogue.Hosts() {
		patterns = append(patterns, h.Pattern)
		if !host.MatchString(h.Pattern) {
			t.Errorf("%q: no host", h.Pattern)
		}
		if !slug.MatchString(h.Partner) {
			t.Errorf("%q: partner %q", h.Pattern, h.Partner)
		}
		if h.Purpose > consent.Personalization {
			t.Errorf("%q: purpose %d", h.Pattern, h.Purpose)
		}
		if r, err := language.ParseRegion(h.Country); err != nil || !r.IsCountry() || r.String() != h.Country {
			t.Errorf("%q: country %q", h.Pattern, h.Country)
		}
		if c, seen := country[h.Partner]; seen && c != h.Country {
			t.Errorf("%q: %s is in %s and in %s", h.Pattern, h.Partner, c, h.Country)
		}
		country[h.Partner] = h.Country
	}
	checkSortedOnce(t, patterns)
	if len(patterns) < 1000 {
		t.Errorf("%d hosts", len(patterns))
	}
	for _, s := range catalogue.Signatures() {
		if c, ok := country[s.Partner]; ok && c != s.Country {
			t.Errorf("signature %q: %s is in %s, its hosts say %s", s.Text, s.Partner, s.Country, c)
		} else if !ok && s.Partner != "matomo" {
			t.Errorf("signature %q: partner %q has no host", s.Text, s.Partner)
		}
	}
	for _, e := range catalogue.BuiltinEndpoints() {
		if _, ok := country[e.Partner]; !ok && e.Partner != "matomo" {
			t.Errorf("endpoint %q: partner %q has no host", e.Path, e.Partner)
		}
	}
}

func checkSortedOnce(t *testing.T, patterns []string) {
	t.Helper()
	for i := range patterns[1:] {
		if strings.Compare(patterns[i], patterns[i+1]) >= 0 {
			t.Errorf("%q is not before %q", patterns[i], patterns[i+1])
		}
	}
}

// What a shop needs is necessary, and what follows people is not.
func TestCookiePurposes(t *testing.T) {
	exact, prefixes := make(map[string]consent.Purpose), make(map[string]consent.Purpose)
	for c := range catalogue.Cookies() {
		if prefix, ok := strings.CutSuffix(c.Pattern, "*"); ok {
			prefixes[prefix] = c.Purpose
		} else {
			exact[c.Pattern] = c.Purpose
		}
	}
	lookup := func(name string) consent.Purpose {
		if p, ok := exact[name]; ok {
			return p
		}
		for n := len(name); n > 0; n-- {
			if p, ok := prefixes[name[:n]]; ok {
				return p
			}
		}
		return consent.None
	}
	for purpose, names := range map[consent.Purpose]string{
		consent.Necessary: `PHPSESSID JSESSIONID ASP.NET_SessionId connect.sid laravel_session sessionid sid session
			_session_id rack.session cart cart_items woocommerce_cart_hash wp_woocommerce_session_a1b2 csrftoken
			XSRF-TOKEN _csrf __RequestVerificationToken wordpress_logged_in_abc remember_token access_token AWSALB
			AWSALBCORS ARRAffinity SERVERID BIGipServerpool __cf_bm cf_clearance incap_ses_1_2 visid_incap_3
			OptanonConsent CookieConsent __stripe_mid euconsent-v2 SESSd41d8cd98f SSESSd41d8cd98f secure_customer_sig`,
		consent.Preferences: `lang locale i18next currency theme django_language NEXT_LOCALE pll_language googtrans`,
		consent.Analytics: `_ga _ga_ABC123 _gid _gat _gat_gtag_UA_1 _pk_id.1.1fff _pk_ses.1 _hjSessionUser_1 mp_abc_mixpanel
			amplitude_id_x AMP_abc ajs_anonymous_id _clck s_vi AMCV_1 Hm_lvt_abc CNZZDATA123 UM_distinctid sensorsdata2015jssdkcross
			bugsnag-anonymous-id sentryReplaySession mixpanelBrowserDb __mpq_abc_ev snowplowOutQueue_sp rl_anonymous_id _cltk`,
		consent.Advertising:     `_gcl_au _fbp _fbc _ttp _uetsid _uetvid IDE test_cookie NID cto_bundle MUID li_fat_id _pin_unauth _scid _rdt_uuid hubspotutk li_adsId u_scsid`,
		consent.Personalization: `_vwo_uuid optimizelyEndUserId mbox _gaexp ABTastySession _dyid`,
	} {
		for name := range strings.FieldsSeq(names) {
			if got := lookup(name); got != purpose {
				t.Errorf("%s: purpose %d, want %d", name, got, purpose)
			}
		}
	}
	if got := lookup("shop_visitor_42"); got != consent.None {
		t.Errorf("an unknown cookie has purpose %d", got)
	}
}

func TestHostPurposes(t *testing.T) {
	table := builtinTable(t)
	for _, test := range []struct {
		host, partner string
		purpose       consent.Purpose
	}{
		{"www.google-analytics.com", "google-analytics", consent.Analytics},
		{"region1.google-analytics.com", "google-analytics", consent.Analytics},
		{"www.googletagmanager.com", "google-tag-manager", consent.Analytics},
		{"securepubads.g.doubleclick.net", "google-doubleclick", consent.Advertising},
		{"www.google.com", "google", consent.Advertising},
		{"pay.google.com", "google-pay", consent.Necessary},
		{"fonts.gstatic.com", "google-fonts", consent.Necessary},
		{"connect.facebook.net", "meta", consent.Advertising},
		{"www.youtube.com", "youtube", consent.Advertising},
		{"www.youtube-nocookie.com", "youtube-privacy", consent.Preferences},
		{"hm.baidu.com", "baidu-analytics", consent.Analytics},
		{"s5.cnzz.com", "umeng", consent.Analytics},
		{"gm.mmstat.com", "alibaba", consent.Advertising},
		{"btrace.qq.com", "tencent", consent.Advertising},
		{"bat.bing.com", "microsoft-advertising", consent.Advertising},
		{"www.clarity.ms", "microsoft-clarity", consent.Analytics},
		{"mc.yandex.ru", "yandex", consent.Advertising},
		{"acme.tt.omtrdc.net", "adobe-target", consent.Personalization},
		{"acme.sc.omtrdc.net", "adobe-analytics", consent.Analytics},
		{"cdn.jsdelivr.net", "jsdelivr", consent.Necessary},
		{"js.stripe.com", "stripe", consent.Necessary},
		{"widget.intercom.io", "intercom", consent.Preferences},
	} {
		h, ok := table.Lookup(test.host)
		if !ok || h.Partner != test.partner || h.Purpose != test.purpose {
			t.Errorf("%s: %+v, %v", test.host, h, ok)
		}
	}
	for _, host := range []string{"shop.example", "notgoogle-analytics.com", "google-analytics.com.evil.example", "com"} {
		if h, ok := table.Lookup(host); ok {
			t.Errorf("%s: found %+v", host, h)
		}
	}
}

// What a shop needs to sell is not taken for what watches those who buy, and stays
// apart from it where one house does both.
func TestNeededHosts(t *testing.T) {
	table := builtinTable(t)
	for purpose, hosts := range map[consent.Purpose]string{
		consent.Necessary: `js.tosspayments.com nsp.pay.naver.com pay.amazon.com js.authorize.net flex.cybersource.com
			checkout.tabby.ai js.paystack.co h.online-metrix.net web.global-e.com geowidget.inpost.pl
			abc.edge.sdk.awswaf.com turing.captcha.qcloud.com t.captcha.qq.com smartcaptcha.yandexcloud.net c.dun.163.com
			cdn.cookiehub.eu consent.cookiefirst.com policy.app.cookieinformation.com global.ketchcdn.com
			login.microsoftonline.com identitytoolkit.googleapis.com static.nid.naver.com kauth.kakao.com
			cdn.ampproject.org cdn.prod.website-files.com acme.vtexassets.com checkout-sdk.bigcommerce.com a.storyblok.com
			edge.disstg.commercecloud.salesforce.com s7d1.scene7.com eucs1.ksearchnet.com abc.a.searchspring.io`,
		consent.Preferences: `api.map.baidu.com api-maps.yandex.ru map.qq.com dapi.kakao.com oapi.map.naver.com
			cdn.apple-mapkit.com api.maptiler.com cdn.judge.me widget.reviews.io cdn.channel.io`,
		consent.Analytics: `wcs.pstatic.net cdn.logr-in.com bes.gcp.data.bigcommerce.com rc.vtex.com frog.wix.com
			stats.ksearchnet.com beacon.searchspring.io browser-intake-ap1-datadoghq.com analytics.ahrefs.com
			faro-collector-prod-eu-west-2.grafana.net events.framer.com`,
		consent.Advertising:     `display.ad.daum.net pos.baidu.com mc.yandex.uz bc.ds.kakao.com s.axon.ai analytics-ipv6.tiktokw.us abc.stape.io za.zdn.vn`,
		consent.Personalization: `cdn.cquotient.com ac.cnstrc.com cdn.growthbook.io`,
	} {
		for host := range strings.FieldsSeq(hosts) {
			if h, ok := table.Lookup(host); !ok || h.Purpose != purpose {
				t.Errorf("%s: %+v, %v, want purpose %d", host, h, ok, purpose)
			}
		}
	}
}

func builtinTable(t testing.TB) *catalogue.HostTable[catalogue.Host] {
	t.Helper()
	var table catalogue.HostTable[catalogue.Host]
	for h := range catalogue.Hosts() {
		if err := table.Add(h.Pattern, h); err != nil {
			t.Fatal(err)
		}
	}
	return &table
}

func TestIterationStops(t *testing.T) {
	for range catalogue.Cookies() {
		break
	}
	for range catalogue.Hosts() {
		break
	}
}

func TestMoreIntrusive(t *testing.T) {
	order := []consent.Purpose{
		consent.Necessary, consent.Preferences, consent.Analytics, consent.Personalization,
		consent.Advertising, consent.Device, consent.CrossBorder, consent.CrossBorder + 1, consent.None,
	}
	for i, a := range order {
		for j, b := range order {
			if got, want := catalogue.MoreIntrusive(a, b), order[max(i, j)]; got != want {
				t.Errorf("MoreIntrusive(%d, %d) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestListsAreCopies(t *testing.T) {
	signatures, endpoints := catalogue.Signatures(), catalogue.BuiltinEndpoints()
	clear(signatures)
	clear(endpoints)
	if slices.Equal(signatures, catalogue.Signatures()) || slices.Equal(endpoints, catalogue.BuiltinEndpoints()) {
		t.Error("changing a list changes the catalogue")
	}
}
