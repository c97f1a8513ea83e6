package module_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	imeiCanary = "490154203237518"
	idfaCanary = "AEBE52E7-03EE-455A-B3C4-E57283966239"
)

// TestThreatsOfBodies sends bodies in which identifiers hide. Each arrives without
// them and with all else, or is refused.
func TestThreatsOfBodies(t *testing.T) {
	g := start(t, bare, bodyEcho)
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	form := func(boundary, text string) [2]string {
		return [2]string{"multipart/form-data; boundary=" + boundary, strings.ReplaceAll(text, "\n", "\r\n")}
	}
	field := func(name, value string) string {
		return "--b\nContent-Disposition: form-data; " + name + "\n\n" + value + "\n"
	}
	tests := []struct {
		threat int
		sent   [2]string // type and body
		want   string    // the body that arrives
		status int       // else the answer
	}{
		{threat: 37, sent: [2]string{"application/json", `{"imei":"` + imeiCanary + `","q":1,"imei":"` + imeiCanary + `"}`}, want: `{"q":1}`},
		{threat: 37, sent: [2]string{"application/json", `{"\u0069mei":"x` + imeiCanary + `","IMEI":"x","Imei":"x","q":1}`}, want: `{"q":1}`},
		{threat: 37, sent: [2]string{"application/json", `{"q":1,"x":"\u0034` + imeiCanary[1:] + `"}`}, want: `{"q":1}`},
		{threat: 38, sent: [2]string{"application/json", deep(64)}, want: deep(64)},
		{threat: 38, sent: [2]string{"application/json", deep(65)}, status: http.StatusRequestEntityTooLarge},
		{threat: 38, sent: [2]string{"application/json", `{"imei":"x","n":[1.0,1e2,-0,0.10]}`}, want: `{"n":[1.0,1e2,-0,0.10]}`},
		{threat: 39, sent: [2]string{"application/json", "{\"q\":\"\xff\",\"imei\":\"x\"}"}, status: http.StatusBadRequest},
		{threat: 40, sent: form("b", field(`name="imei"`, imeiCanary)+field(`name="q"`, "tea")+field(`name="idfa"`, idfaCanary)+"--b--\n"), want: strings.ReplaceAll(field(`name="q"`, "tea")+"--b--\n", "\n", "\r\n")},
		{threat: 40, sent: form("b; boundary=c", field(`name="q"`, "tea")+"--b--\n"), status: http.StatusBadRequest},
		{threat: 40, sent: form("b", "before --b\n"+field(`name="q"`, "tea")+"--b--\n"), status: http.StatusBadRequest},
		{threat: 40, sent: form("b", field("name=\"q\"\nContent-Type: text/plain; charset=utf-16", "tea")+"--b--\n"), status: http.StatusUnsupportedMediaType},
		{threat: 40, sent: form("b", field(`name="q"; name*=utf-8''imei`, imeiCanary)+"--b--\n"), status: http.StatusBadRequest},
		{threat: 41, sent: [2]string{"application/x-www-form-urlencoded", "a=1;imei=" + imeiCanary + "&q=tea;x"}, want: "a=1&q=tea;x"},
	}
	for i, test := range tests {
		t.Run(fmt.Sprintf("threat=%d/%d", test.threat, i), func(t *testing.T) {
			got := g.do("POST", "/", test.sent[1], "Content-Type", test.sent[0])
			if test.status != 0 {
				if got.StatusCode != test.status {
					t.Errorf("%q was answered by %s, want %d: %s", test.sent, got.Status, test.status, got.body)
				}
				return
			}
			if want := fmt.Sprintf("%d\n%s", len(test.want), test.want); got.StatusCode != http.StatusOK || got.body != want {
				t.Errorf("%q arrived (%s) as %q, want %q", test.sent, got.Status, got.body, want)
			}
		})
	}
}

// TestThreat41Queries: identifiers go from the raw query, whatever separates
// parameters, and all other bytes stay.
func TestThreat41Queries(t *testing.T) {
	g := start(t, bare, echo)
	for sent, want := range map[string]string{
		"a=1;gclid=2":              "?a=1",
		"a=1;gclid=2&b=%20+x;y":    "?a=1&b=%20+x;y",
		"gclid=2;a=1":              "?a=1",
		"%67clid=2&a":              "?a",
		"imei=" + imeiCanary:       "",
		`v={"imei":1,"q":2}&a=1`:   "?v=%7B%22q%22%3A2%7D&a=1",
		"u=/p?gclid=1":             "?u=/p",
		"q=tea&&x=%ZZ&=&order=100": "?q=tea&&x=%ZZ&=&order=100",
	} {
		if got, _, _ := strings.Cut(g.get("/p?"+sent).body, "\n"); got != "GET /p"+want {
			t.Errorf("?%s arrived as %q, want %q", sent, got, "GET /p"+want)
		}
	}
}
