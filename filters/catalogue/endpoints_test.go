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
		{"/matomo.php", "idsite=1&rec=1", "matomo", consent.Analytics},
		{"/stats/piwik.php", "", "matomo", consent.Analytics},
		{"/b/ss/acme/1/JS-2.1/s123", "AQB=1", "adobe-analytics", consent.Analytics},
		{"/watch/123", "page-url=x&browser-info=y", "yandex", consent.Advertising},
		{"/_vercel/insights/view", "", "vercel-analytics", consent.Analytics},
		{"/mp/collect", "measurement_id=G-1&api_secret=x", "google-analytics", consent.Analytics},
		{"/sa.gif", "project=shop&data=eyJ9", "sensors-data", consent.Analytics},
		{"/hm.gif", "cc=1&si=abc", "baidu-analytics", consent.Analytics},
		{"/ingest/flags/", "v=2&config=true&ip=0&_=17&ver=1.2", "posthog", consent.Analytics},
		{"/ingest/static/array.js", "", "posthog", consent.Analytics},
		{"/monitoring", "o=123&p=4&r=us", "sentry", consent.Analytics},
		{"/errors/api/4/envelope/", "sentry_version=7&sentry_key=abc", "sentry", consent.Analytics},
		{"/dd/api/v2/rum", "ddsource=browser&dd-api-key=pub1", "datadog", consent.Analytics},
		{"/fs/rec/bundle/v2", "OrgId=ABC&UserId=1", "fullstory", consent.Analytics},
		{"/_/service_worker/56d0/sw_iframe.html", "origin=https%3A%2F%2Fshop.example", "google-tag-manager", consent.Analytics},
		{"/.netlify/scripts/rum", "", "netlify", consent.Analytics},
	} {
		e, ok := endpoints.Match(test.path, test.query, nil)
		if !ok || e.Partner != test.partner || e.Purpose != test.purpose {
			t.Errorf("%s?%s: %+v, %v", test.path, test.query, e, ok)
		}
	}
	for _, test := range [][2]string{
		{"/", ""}, {"", ""}, {"g/collect", "v=2&tid=G-1"}, {"/collect", ""}, {"/collect", "v=1"}, {"/g/collect", "v=3&tid=G-1"},
		{"/g/collect", "xv=2&xtid=1"}, {"/bag/collect", "item=1"}, {"/tr", "id=7"}, {"/tr/products", "id=1&ev=2"}, {"/shop/tr", "id=1&ev=2"},
		{"/api/event/7", ""}, {"/shop/api/event", ""}, {"/api/events", ""}, {"/b/ss", ""}, {"/watch/123", ""}, {"/watch/rolex", "page=2"},
		{"/notmatomo.php", ""}, {"/product/matomo.php.html", ""}, {"/track", "order=1"}, {"/api/event", ""}, {"/api/v2/pixel", ""}, {"/tr", ""},
		{"/country/flags", "ver=2"}, {"/monitoring", ""}, {"/monitoring", "page=2&order=1"}, {"/envelope", "size=c5"}, {"/api/v2/logs", ""},
	} {
		if e, ok := endpoints.Match(test[0], test[1], nil); ok {
			t.Errorf("%s?%s: found %+v", test[0], test[1], e)
		}
	}
}

// TestEndpointBodies tells trackers from a shop's own interfaces on the same path by
// what the body names.
func TestEndpointBodies(t *testing.T) {
	endpoints := builtinEndpoints(t)
	for _, test := range []struct{ path, body, partner string }{
		{"/api/event", `{"n":"pageview","u":"https://shop.example/","d":"shop.example"}`, "plausible"},
		{"/p/api/event", `{ "d" : "shop.example", "n" : "x", "u": "y" }`, "plausible"},
		{"/api/v2/pixel", `{"event":"Pageview","context":{"pixel":{"code":"C1"}}}`, "tiktok"},
		{"/tr/", "id=1234&ev=PageView", "meta"},
		{"/collect", "v=1&_v=j99&tid=UA-1-1&cid=5&t=pageview", "google-analytics"},
		{"/batch", "v=1&tid=UA-1-1&cid=5&t=pageview\nv=1&tid=UA-1-1&cid=5&t=event", "google-analytics"},
		{"/collect", `{"v":1,"total":5}`, ""},
		{"/batch", "t=1&v=2", ""},
		{"/api/event", `{"name":"pageview","url":"https://shop.example/","domain":"shop.example"}`, "plausible"},
		{"/api/send", `{"type":"event","payload":{"website":"e676c9b4-11e4-4ef1-a4d7-87001773e9f2","url":"/"}}`, "umami"},
		{"/api/send", `{"type":"sms","payload":{"text":"website"}}`, ""},
		{"/v1/t", `{"event":"x","anonymousId":"1","writeKey":"k"}`, "segment"},
		{"/v1/t", `{"event":"x"}`, ""},
		{"/v1/page", `{"channel":"web","anonymousId":"1","messageId":"2","originalTimestamp":"2027-01-01T00:00:00Z"}`, "rudderstack"},
		{"/v1/track", `{"parcel":"1","messageId":"2"}`, ""},
		{"/tr", "--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"ev\"\r\n\r\nPageView\r\n--x--", "meta"},
		{"/api/event", `{"name":"concert","date":"2027-01-01","url":"/concert","note":"n u d"}`, ""},
		{"/api/event", `{"n":1,"u":2}`, ""}, {"/api/event", ``, ""}, {"/api/event", `n`, ""},
		{"/tr", "uid=1&prev=2", ""}, {"/tr", "id&ev", ""},
		{"/api/v2/pixel", `{"event":"x"}`, ""},
		{"/api/events", `{"n":"pageview","u":"https://shop.example/","d":"shop.example"}`, ""},
	} {
		asked := 0
		e, _ := endpoints.Match(test.path, "", func() []byte { asked++; return []byte(test.body) })
		if e.Partner != test.partner {
			t.Errorf("%s %s: %q, want %q", test.path, test.body, e.Partner, test.partner)
		}
		if asked > 1 {
			t.Errorf("%s: the body was asked for %d times", test.path, asked)
		}
	}
	endpoints.Match("/matomo.php", "", func() []byte { t.Error("the body was read where the path is enough"); return nil })
	endpoints.Match("/cart", "", func() []byte { t.Error("the body of another path was read"); return nil })
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
		if e, ok := own.Match("/beacon", query, nil); !ok || e.Partner != want {
			t.Errorf("?%s: %+v, %v", query, e, ok)
		}
	}
}
