package catalogue_test

import (
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

func builtinEndpoints(t testing.TB) *catalogue.Endpoints {
	t.Helper()
	e, err := catalogue.NewEndpoints(catalogue.BuiltinEndpoints())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEndpoints(t *testing.T) {
	endpoints := builtinEndpoints(t)
	for _, test := range []struct {
		path, query, partner string
		purpose              consent.Purpose
	}{
		{"/g/collect", "v=2&tid=G-ABC&gtm=1&en=page_view", "google-analytics", consent.Analytics},
		{"/metrics/g/collect", "tid=G-ABC&v=2", "google-analytics", consent.Analytics},
		{"/g/collect/", "v=2&tid=G-ABC", "google-analytics", consent.Analytics},
		{"/collect", "v=1&_v=j99&tid=UA-1-1", "google-analytics", consent.Analytics},
		{"/j/collect", "v=1&tid=UA-1-1", "google-analytics", consent.Analytics},
		{"/gtag/js", "id=G-ABC", "google-tag-manager", consent.Analytics},
		{"/gtag/js", "id=AW-123", "google-ads", consent.Advertising},
		{"/gtm.js", "id=GTM-ABC", "google-tag-manager", consent.Analytics},
		{"/tr", "id=1234&ev=PageView&dl=https%3A%2F%2Fshop.example", "meta", consent.Advertising},
		{"/tr/", "id=1234&ev=PageView", "meta", consent.Advertising},
		{"/en_US/fbevents.js", "", "meta", consent.Advertising},
		{"/i18n/pixel/events.js", "sdkid=C1&lib=ttq", "tiktok", consent.Advertising},
		{"/api/v2/pixel", "", "tiktok", consent.Advertising},
		{"/matomo.php", "idsite=1&rec=1", "matomo", consent.Analytics},
		{"/stats/piwik.php", "", "matomo", consent.Analytics},
		{"/api/event", "", "plausible", consent.Analytics},
		{"/b/ss/acme/1/JS-2.1/s123", "AQB=1", "adobe-analytics", consent.Analytics},
		{"/watch/123", "page-url=x&browser-info=y", "yandex", consent.Advertising},
		{"/_vercel/insights/view", "", "vercel-analytics", consent.Analytics},
		{"/hm.gif", "cc=1&si=abc", "baidu-analytics", consent.Analytics},
	} {
		e, ok := endpoints.Match(test.path, test.query)
		if !ok || e.Partner != test.partner || e.Purpose != test.purpose {
			t.Errorf("%s?%s: %+v, %v", test.path, test.query, e, ok)
		}
	}
	for _, test := range [][2]string{
		{"/", ""}, {"", ""}, {"g/collect", "v=2&tid=G-1"}, {"/collect", ""}, {"/collect", "v=1"}, {"/g/collect", "v=3&tid=G-1"},
		{"/g/collect", "xv=2&xtid=1"}, {"/bag/collect", "item=1"}, {"/tr", "id=7"}, {"/tr/products", "id=1&ev=2"}, {"/shop/tr", "id=1&ev=2"},
		{"/api/event/7", ""}, {"/shop/api/event", ""}, {"/api/events", ""}, {"/b/ss", ""}, {"/watch/123", ""}, {"/watch/rolex", "page=2"},
		{"/notmatomo.php", ""}, {"/product/matomo.php.html", ""}, {"/track", "order=1"},
	} {
		if e, ok := endpoints.Match(test[0], test[1]); ok {
			t.Errorf("%s?%s: found %+v", test[0], test[1], e)
		}
	}
}

func TestEndpointPatterns(t *testing.T) {
	for _, path := range []string{"", "*", "/", "*/", "/*", "//*", "collect", "/a/*/b", "*/a/*", "/a*", "**/a"} {
		_, err := catalogue.NewEndpoints([]catalogue.Endpoint{{Path: path}})
		if err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%q: %v", path, err)
		}
	}
	own, err := catalogue.NewEndpoints([]catalogue.Endpoint{
		{Path: "/beacon", Query: "k=a*", Partner: "one", Purpose: consent.Analytics},
		{Path: "*/beacon", Partner: "two", Purpose: consent.Preferences},
	})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"k=abc": "one", "k=b": "two", "": "two", "k": "two", "K=a": "two"} {
		if e, ok := own.Match("/beacon", query); !ok || e.Partner != want {
			t.Errorf("?%s: %+v, %v", query, e, ok)
		}
	}
}
