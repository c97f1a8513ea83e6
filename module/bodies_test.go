package module_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// bodyEcho answers with the length that was announced, and the body.
var bodyEcho = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%d\n%s", r.ContentLength, data)
})

func TestBodies(t *testing.T) {
	g := start(t, bare, bodyEcho)
	long := strings.Repeat(`{"sku":"tea","n":1},`, 5000)
	tests := map[string]struct{ kind, body, want string }{
		"json":         {"application/json", `{"idfa": "AEBE52E7-03EE-455A-B3C4-E57283966239", "q": "tea", "lat": 39.9042}`, `{ "q": "tea", "lat": 39.9}`},
		"json, kept":   {"application/json", `{"order":"123456789012345", "total": 1.50}`, `{"order":"123456789012345", "total": 1.50}`},
		"form":         {"application/x-www-form-urlencoded", "imei=490154203237518&q=tea&gclid=x", "q=tea"},
		"unknown type": {"application/x-protobuf", "imei=490154203237518", "imei=490154203237518"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := g.do("POST", "/", test.body, "Content-Type", test.kind)
			if want := fmt.Sprintf("%d\n%s", len(test.want), test.want); a.body != want {
				t.Errorf("the storefront saw %q, want %q", a.body, want)
			}
		})
	}
	t.Run("two types", func(t *testing.T) {
		a := g.do("POST", "/", "imei=490154203237518", "Content-Type", "application/x-protobuf", "Content-Type", "application/x-www-form-urlencoded")
		if a.StatusCode != 400 {
			t.Errorf("answered %s: %s", a.Status, a.body)
		}
	})
	t.Run("malformed", func(t *testing.T) {
		if a := g.do("POST", "/", `{"imei": "490154203237518`, "Content-Type", "application/json"); a.StatusCode != 400 {
			t.Errorf("answered %s: %s", a.Status, a.body)
		}
	})
	t.Run("long", func(t *testing.T) {
		text := `{"list":[` + long + `{}],"imei":"490154203237518"}`
		a := g.do("POST", "/", text, "Content-Type", "application/json")
		length, body, _ := strings.Cut(a.body, "\n")
		if length != fmt.Sprint(len(text)) || len(body) != len(text) || strings.Contains(body, "490154203237518") || !strings.HasPrefix(strings.TrimSpace(body), `{"list":[{"sku"`) {
			t.Errorf("the storefront saw %s bytes announced and %d, ending in %q", length, len(body), body[max(0, len(body)-60):])
		}
	})
	t.Run("long, and no form", func(t *testing.T) {
		text := `{"list":[` + long + `{}],"imei":"490154203237518"}`
		a := g.do("POST", "/", text, "Content-Type", "application/x-www-form-urlencoded")
		length, body, _ := strings.Cut(a.body, "\n")
		if length != fmt.Sprint(len(text)) || strings.TrimRight(body, "\n") != `{"list":[`+long+`{}]}` {
			t.Errorf("the storefront saw %s bytes announced, ending in %q", length, body[max(0, len(body)-60):])
		}
	})
	t.Run("long and malformed", func(t *testing.T) {
		if a := g.do("POST", "/", `{"list":[`+long, "Content-Type", "application/json"); a.StatusCode != 400 {
			t.Errorf("answered %s: %.200s", a.Status, a.body)
		}
	})
	t.Run("gzip", func(t *testing.T) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, `{"imei":"490154203237518","q":"tea"}`)
		z.Close()
		a := g.do("POST", "/", b.String(), "Content-Type", "application/json", "Content-Encoding", "gzip")
		_, body, _ := strings.Cut(a.body, "\n")
		r, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatalf("%v: %q", err, a.body)
		}
		if plain, err := io.ReadAll(r); err != nil || string(plain) != `{"q":"tea"}` {
			t.Errorf("the storefront saw %q, %v", plain, err)
		}
	})
	t.Run("multipart", func(t *testing.T) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		_ = m.WriteField("android_id", "9774d56d682e549c")
		_ = m.WriteField("note", "green tea")
		file, _ := m.CreateFormFile("photo", "big.bin")
		_, _ = file.Write(bytes.Repeat([]byte{7}, 200<<10))
		_ = m.Close()
		size := b.Len()
		a := g.do("POST", "/", b.String(), "Content-Type", m.FormDataContentType())
		length, body, _ := strings.Cut(a.body, "\n")
		if length != fmt.Sprint(size) || strings.Contains(body, "9774d56d682e549c") {
			t.Errorf("%s bytes were announced of %d, and the identifier is there: %v", length, size, strings.Contains(body, "9774d56d682e549c"))
		}
		form, err := multipart.NewReader(strings.NewReader(body), m.Boundary()).ReadForm(1 << 20)
		if err != nil || form.Value["note"][0] != "green tea" || form.File["photo"][0].Size != 200<<10 || form.Value["android_id"] != nil {
			t.Errorf("the storefront read %v, %v", form, err)
		}
	})
	t.Run("unjudged uploads", func(t *testing.T) {
		prose := strings.Repeat("The quick brown fox; jumps over the lazy dog. ", 20000)
		noise := string(bytes.Repeat([]byte{0xC3, 0x28, 0x00, 0xFE, '<', '\n'}, 50000))
		for _, upload := range [][2]string{
			{"text/plain", prose}, {"application/octet-stream", noise}, {"image/jpeg", noise}, {"text/csv", prose}, {"application/zip", noise},
		} {
			a := g.do("POST", "/", upload[1], "Content-Type", upload[0])
			if want := fmt.Sprintf("%d\n%s", len(upload[1]), upload[1]); upload[0] != "image/jpeg" && a.body != want || !strings.HasSuffix(a.body, upload[1]) {
				t.Errorf("%s of %d bytes arrived as %d: %s", upload[0], len(upload[1]), len(a.body), a.Status)
			}
		}
	})
	t.Run("granted", func(t *testing.T) {
		const text = `{"idfa":"AEBE52E7-03EE-455A-B3C4-E57283966239","lat":39.9042,"gclid":"x"}`
		a := g.do("POST", "/", text, "Content-Type", "application/json", "Cookie", g.grant("device", "location", "advertising"))
		if want := fmt.Sprintf("%d\n%s", len(text), text); a.body != want {
			t.Errorf("the storefront saw %q", a.body)
		}
	})
}

// TestThreat29SignedRequests: a sum goes where the body is no longer what it is of, and
// stays where it is (RFC 9530, RFC 9421): who signs calls home would be refused.
func TestThreat29SignedRequests(t *testing.T) {
	g := start(t, bare, echo)
	sums := []string{"Content-Digest", "sha-256=:AAAA:", "Signature", "s=:AAAA:", "Signature-Input", `s=("AAAA")`}
	for text, want := range map[string]bool{
		`{"q": "tea" }`: true, `{"imei":"490154203237518","q":"tea"}`: false,
		`{"list":["` + strings.Repeat("tea ", 20000) + `"]}`: false, // of which it isn't known yet
	} {
		a := g.do("POST", "/", text, append(sums, "Content-Type", "application/json")...)
		if a.StatusCode != http.StatusOK || strings.Contains(a.body, "AAAA") != want {
			t.Errorf("of %.40s the storefront saw %s\n%s", text, a.Status, a.body)
		}
	}
}

func TestPartnerRoute(t *testing.T) {
	g := start(t, site(`consent {
		partner acme-ads {
			hosts *.acme-ads.example
			purpose advertising
			receives order.total order.currency
		}
	}`, `consent
	handle /collect/* {
		consent {
			partner acme-ads
		}
		reverse_proxy {upstream}
	}
	reverse_proxy {upstream}`), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		echo(w, r)
		data, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "\n%s", data)
	}))
	if a := g.get("/collect/pixel.gif?order.total=5"); a.StatusCode != 200 || len(a.body) != 43 || a.Header.Get("Content-Type") != "image/gif" {
		t.Errorf("without consent the pixel was answered %s with %d bytes", a.Status, len(a.body))
	}
	if a := g.do("POST", "/collect/order", `{}`, "Content-Type", "application/json"); a.StatusCode != 204 || a.body != "" {
		t.Errorf("without consent the order was answered %s: %s", a.Status, a.body)
	}
	cookie := g.grant("advertising")
	seen := g.do("POST", "/collect/order?order.total=5&email=a@b.example", `{"order":{"total":5,"currency":"EUR","id":"P-7741-x"},"email":"a@b.example"}`,
		"Content-Type", "application/json", "Cookie", cookie+"; sid=secret", "Authorization", "Bearer secret", "Referer", "http://shop.example/secret", "X-Any", "secret").body
	for _, leak := range []string{"secret", "a@b.example", "P-7741-x", "127.0.0.1", "Go-http-client", "consent="} {
		if strings.Contains(seen, leak) {
			t.Errorf("the partner saw %q in\n%s", leak, seen)
		}
	}
	for _, want := range []string{"/collect/order?order.total=5\n", `{"order":{"total":5,"currency":"EUR"}}`} {
		if !strings.Contains(seen, want) {
			t.Errorf("the partner did not see %q in\n%s", want, seen)
		}
	}
	if seen := g.do("POST", "/order", `{"order":{"id":"P-7741-x"}}`, "Content-Type", "application/json", "Cookie", "sid=1").body; !strings.Contains(seen, `{"order":{"id":"P-7741-x"}}`) || !strings.Contains(seen, "sid=1") {
		t.Errorf("beside the partner's route the storefront saw\n%s", seen)
	}
	if a := g.do("POST", "/collect/order", "binary", "Content-Type", "application/x-protobuf", "Cookie", cookie); a.StatusCode != 204 {
		t.Errorf("an unreadable body was answered %s: %s", a.Status, a.body)
	}
	for path, want := range map[string]int{
		"/collect/a@b.example/order": 204, "/collect/a%40b.example": 204, "/collect/%2B8613812345678/": 204, "/collect/490154203237518": 204, "/collect/39.904211,116.407395": 204,
		"/collect/8e03978e-40d5-43dd-bc93-6894a57f9324": 200, "/collect/20231124000123": 200, "/collect/v2.1/order": 200,
	} {
		if a := g.get(path, "Cookie", cookie); a.StatusCode != want {
			t.Errorf("%s is answered %s, want %d", path, a.Status, want)
		}
	}
}

// What goes through a connection after an upgrade nobody judges, so no partner is asked
// for one.
func TestNoUpgradeTowardsPartners(t *testing.T) {
	g := start(t, site("consent {\npartner acme-ads {\nhosts *.acme-ads.example\npurpose advertising\n}\n}",
		"consent\nhandle /collect/* {\nconsent {\npartner acme-ads\n}\nreverse_proxy {upstream}\n}"), echo)
	seen := g.get("/collect/socket", "Cookie", g.grant("advertising"), "Connection", "Upgrade", "Upgrade", "websocket",
		"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==").body
	if !strings.HasPrefix(seen, "GET /collect/socket\n") || strings.Contains(seen, "Upgrade") {
		t.Errorf("the partner was asked\n%s", seen)
	}
}

// TestNoBodyOfATypeThatIsNone sends a type without a body, which says nothing.
func TestNoBodyOfATypeThatIsNone(t *testing.T) {
	g := start(t, bare, echo)
	if a := g.get("/", "Content-Type", "x"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Content-Type: x") {
		t.Errorf("%s: %s", a.Status, a.body)
	}
	if a := g.do(http.MethodPost, "/", "a=1", "Content-Type", "x"); a.StatusCode == http.StatusOK {
		t.Errorf("with a body: %s", a.Status)
	}
}
