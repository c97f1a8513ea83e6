package module_test

import (
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

// TestResponseHeaders sends what makes a browser fetch, report or tell more than was
// granted.
func TestResponseHeaders(t *testing.T) {
	tests := []struct {
		name, value, without, with string // without and with consent
	}{
		{"Server-Timing", `trace;desc="00-4711-01", db;dur=5`, "trace, db;dur=5", `trace;desc="00-4711-01", db;dur=5`},
		{"Server-Timing", `db;dur=5`, "db;dur=5", "db;dur=5"},
		{"Nel", `{"report_to":"g","max_age":10}`, "", `{"report_to":"g","max_age":10}`},
		{"Accept-Ch", "Sec-CH-UA-Model", "", "Sec-CH-UA-Model"},
		{"Accept-Ch", "dpr, Sec-CH-Prefers-Color-Scheme,Sec-CH-UA-Model;a=1, save-data, sec-ch-ua-mobile", "Sec-CH-Prefers-Color-Scheme, save-data, sec-ch-ua-mobile", "dpr, Sec-CH-Prefers-Color-Scheme,Sec-CH-UA-Model;a=1, save-data, sec-ch-ua-mobile"},
		{"Critical-Ch", "Sec-CH-UA-Model", "", "Sec-CH-UA-Model"},
		{"Critical-Ch", "Sec-CH-Prefers-Color-Scheme", "Sec-CH-Prefers-Color-Scheme", "Sec-CH-Prefers-Color-Scheme"},
		{"Use-As-Dictionary", `match="/*", id="1234"`, "", `match="/*", id="1234"`},
		{"Observe-Browsing-Topics", "?1", "", "?1"},
		{"Attribution-Reporting-Register-Source", "{}", "", "{}"},
		{"Attribution-Reporting-Register-Os-Trigger", "{}", "", "{}"},
		{"Ad-Auction-Signals", "{}", "", "{}"},
		{"Speculation-Rules", `"https://www.google-analytics.com/rules"`, "", `"https://www.google-analytics.com/rules"`},
		{"Speculation-Rules", `"/rules.json"`, `"/rules.json"`, `"/rules.json"`},
		{"Speculation-Rules", `"/a", "https://www.google-analytics.com/rules", "/b"`, `"/a", "/b"`, `"/a", "https://www.google-analytics.com/rules", "/b"`},
		{"Reporting-Endpoints", `a="/r", b="https://www.google-analytics.com/r"`, `a="/r"`, `a="/r", b="https://www.google-analytics.com/r"`},
		{"Content-Security-Policy", `default-src *, img-src 'self';	Report-URI https://www.google-analytics.com/r, frame-src 'self'`, `default-src *, img-src 'self', frame-src 'self'`, `default-src *, img-src 'self';	Report-URI https://www.google-analytics.com/r, frame-src 'self'`},
		{"Content-Security-Policy-Report-Only", `script-src *, report-uri https://www.google-analytics.com/r /own`, `script-src *,`, `script-src *, report-uri https://www.google-analytics.com/r /own`},
		{"Reporting-Endpoints", `a="//www.google-analytics.com/r"`, "", `a="//www.google-analytics.com/r"`},
		{"Reporting-Endpoints", `a="/r", b="https://shop.example/r"`, `a="/r", b="https://shop.example/r"`, `a="/r", b="https://shop.example/r"`},
		{"Report-To", `{"group":"g","max_age":1,"endpoints":[{"url":"https:\/\/www.google-analytics.com/r"}]}`, "", `{"group":"g","max_age":1,"endpoints":[{"url":"https:\/\/www.google-analytics.com/r"}]}`},
		{"Report-To", `{"group":"g","max_age":1,"endpoints":[{"url":"\u0068ttps://www.google-analytics.com/r"}]}`, "", ""},
		{"X-Xss-Protection", "1; mode=block; report=https://www.google-analytics.com/r", "", "1; mode=block; report=https://www.google-analytics.com/r"},
		{"X-Xss-Protection", "1; mode=block", "1; mode=block", "1; mode=block"},
		{"Expect-Ct", `max-age=0, report-uri="https://www.google-analytics.com/r"`, "", `max-age=0, report-uri="https://www.google-analytics.com/r"`},
		{"Link", `<https://www.google-analytics.com/a.js>; rel=modulepreload, </a.css>; rel=preload`, `</a.css>; rel=preload`, `<https://www.google-analytics.com/a.js>; rel=modulepreload, </a.css>; rel=preload`},
		{"Refresh", "5; url=https://www.google-analytics.com/", "", "5; url=https://www.google-analytics.com/"},
	}
	at := 0
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set(tests[at].name, tests[at].value)
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusOK)
	}))
	all := g.grant("analytics", "advertising", "device")
	for i, test := range tests {
		at = i
		for cookie, want := range map[string]string{"": test.without, all: test.with} {
			interim := make(textproto.MIMEHeader)
			r, _ := http.NewRequest(http.MethodGet, "http://"+g.host+"/", nil)
			r.Header.Set("Cookie", cookie)
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { interim = h; return nil },
			}))
			a, err := g.client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = a.Body.Close()
			if got := strings.Join(a.Header[test.name], ", "); got != want {
				t.Errorf("%s: %s\n got %q\nwant %q", test.name, test.value, got, want)
			}
			if got := strings.Join(interim[test.name], ", "); got != want && got != "" {
				t.Errorf("103 with %s: %s\n got %q\nwant %q", test.name, test.value, got, want)
			}
		}
	}
}

// TestSplitFields has a string begin in one field and end in the next: a browser joins
// them first.
func TestSplitFields(t *testing.T) {
	const tracker = "//www.google-analytics.com/analytics.js"
	h := http.Header{
		"Link":                {`</own>; rel=preload; title="`, `", <` + tracker + `>; rel=preload; as=script`, "</next>; rel=next"},
		"Speculation-Rules":   {`"/own`, `", "` + tracker + `"`},
		"Reporting-Endpoints": {`a="/own`, `", b="` + tracker + `"`},
	}
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), h.Clone())
	}))
	for name, want := range map[string]string{
		"Link": `</own>; rel=preload; title=", ", </next>; rel=next`, "Speculation-Rules": `"/own, "`, "Reporting-Endpoints": `a="/own, "`,
	} {
		if got := g.get("/").Header[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if got := g.get("/", "Cookie", g.grant("analytics")).Header[name]; !slices.Equal(got, h[name]) {
			t.Errorf("with consent %s is %q", name, got)
		}
	}
}

// TestPartnerResponse has a partner say what only the storefront may.
func TestPartnerResponse(t *testing.T) {
	g := start(t, site(`consent {
		cookie sid necessary
		cookie theme preferences
		cookie ads advertising
		partner acme-ads {
			purpose advertising
			beacons /pixel
		}
	}`, `consent
	handle /collect/* {
		consent {
			partner acme-ads
		}
		reverse_proxy {upstream}
	}
	reverse_proxy {upstream}`), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range []string{"sid=fixed", "theme=dark", "ads=1; Max-Age=60", "sid=; Max-Age=0", "other=1"} {
			w.Header().Add("Set-Cookie", c)
		}
		w.Header().Set("Consent-Minor", "under-14")
		w.Header().Set("Consent-Erase", "account")
		w.Header().Set("Clear-Site-Data", `"cookies"`)
	}))
	cookie := g.grant("advertising", "preferences")
	for path, want := range map[string]string{"/collect/a": "ads=1; Max-Age=60", "/pixel": "ads=1; Max-Age=60"} {
		a := g.get(path, "Cookie", cookie)
		if got := strings.Join(a.Header["Set-Cookie"], ", "); got != want {
			t.Errorf("on %s the partner sets %q, want %q", path, got, want)
		}
		if a.Header.Get("Consent-Minor")+a.Header.Get("Consent-Erase")+a.Header.Get("Clear-Site-Data") != "" {
			t.Errorf("on %s the header is %v", path, a.Header)
		}
	}
	own := g.get("/", "Cookie", cookie)
	if shop := strings.Join(own.Header["Set-Cookie"], ", "); !strings.Contains(shop, "sid=fixed") || own.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("the storefront sets %q, and says %v", shop, own.Header)
	}
}

// TestRedirects has the storefront send on to third parties what a page loads.
func TestRedirects(t *testing.T) {
	location := ""
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, location, http.StatusFound)
	}))
	all := g.grant("analytics")
	const tracker, unknown = "https://www.google-analytics.com/collect?u=1", "https://bank.example/3ds"
	for _, test := range []struct {
		to, dest string
		cookie   string
		stopped  bool
	}{
		{tracker, "image", "", true}, {tracker, "script", "", true}, {tracker, "empty", "", true}, {tracker, "iframe", "", true}, {"//www.google-analytics.com/x", "image", "", true},
		{tracker, "image", all, false}, {tracker, "document", "", false}, {tracker, "", "", false},
		{unknown, "image", "", true}, {unknown, "iframe", "", false}, {unknown, "document", "", false},
		{"/next", "image", "", false}, {"https://static.shop.example/i", "image", "", false}, {"http://[", "script", "", true},
	} {
		location = test.to
		headers := []string{"Cookie", test.cookie}
		if test.dest != "" {
			headers = append(headers, "Sec-Fetch-Dest", test.dest)
		}
		a := g.get("/", headers...)
		switch {
		case test.stopped && (a.StatusCode != http.StatusNoContent || a.Header.Get("Location") != "" || a.body != ""):
			t.Errorf("%s for %s: %s, %v", test.to, test.dest, a.Status, a.Header)
		case !test.stopped && (a.StatusCode != http.StatusFound || a.Header.Get("Location") != test.to):
			t.Errorf("%s for %s with %q: %s, %v", test.to, test.dest, test.cookie, a.Status, a.Header)
		}
	}
}
