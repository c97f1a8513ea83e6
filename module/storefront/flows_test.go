package storefront

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLogin(t *testing.T) {
	v := newVisitor(t)
	v.post("/login", "email", customer.Email, "password", "wrong").want(t, 401, "")
	if v.cookie("sid") != "" {
		t.Fatal("a session without the password")
	}
	v.post("/login", "email", " LIN@shop.example ", "password", customer.password).want(t, 303, "/account")
	first := v.cookie("sid")
	if !strings.Contains(v.get("/account").text, "Lin Mei") {
		t.Error("the account does not know its customer")
	}
	v.post("/login", "email", customer.Email, "password", customer.password).want(t, 303, "/account")
	// The first cookie of a name counts, so this is the old session.
	if a := v.get("/account", "Cookie", "sid="+first); first == "" || !strings.Contains(a.text, "not logged in") {
		t.Error("the session outlives a new login")
	}
	v.post("/logout").want(t, 303, "/")
	if v.cookie("sid") != "" || strings.Contains(v.get("/").text, "Lin Mei") {
		t.Error("still logged in")
	}
}

func TestSessionCookieIsHTTPOnly(t *testing.T) {
	v := newVisitor(t)
	a := v.post("/login", "email", customer.Email, "password", customer.password)
	for _, c := range a.Response.Cookies() {
		if c.Name == "sid" && (!c.HttpOnly || c.Path != "/") {
			t.Errorf("the session cookie is %v", c)
		}
	}
}

func TestDeleteAccount(t *testing.T) {
	v := newVisitor(t)
	if a := v.post("/account/delete").want(t, 303, "/login"); a.Header.Get("Consent-Erase") != "" {
		t.Error("a stranger erases an account")
	}
	v.post("/login", "email", customer.Email, "password", customer.password)
	a := v.post("/account/delete").want(t, 303, "/")
	if a.Header.Get("Consent-Erase") != "account" || v.cookie("sid") != "" {
		t.Errorf("Consent-Erase %q, sid %q", a.Header.Get("Consent-Erase"), v.cookie("sid"))
	}
}

// TestFormToken: a form without the token of the cookie does nothing.
func TestFormToken(t *testing.T) {
	v := newVisitor(t)
	v.get("/")
	for _, path := range []string{"/login", "/logout", "/cart/add", "/cart/remove", "/checkout", "/preferences", "/account/delete"} {
		for _, sent := range []string{"", strings.Repeat("0", 32), v.cookie("csrf") + "0"} {
			a := v.post(path, "csrf", sent, "id", "mug", "theme", "dark")
			if a.StatusCode != http.StatusForbidden {
				t.Errorf("%s with the token %q: status %d", path, sent, a.StatusCode)
			}
		}
	}
	if v.cookie("cart_items") != "" || v.cookie("theme") != "" {
		t.Error("a refused form changed something")
	}
	// Nor does an empty token that meets no cookie.
	r := httptest.NewRequest(http.MethodPost, "/cart/add", strings.NewReader("csrf=&id=mug"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	New(Trackers{}).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("no token at all: status %d", w.Code)
	}
}

func TestPreferences(t *testing.T) {
	v := newVisitor(t)
	v.post("/preferences", "theme", "dark", "back", "/search?q=tea").want(t, 303, "/search?q=tea")
	v.post("/preferences", "lang", "zh").want(t, 303, "/")
	page := v.get("/").text
	if !strings.Contains(page, `<html lang="zh" data-theme="dark">`) || !strings.Contains(page, "购物车") {
		t.Error("the page is not dark, or not Chinese")
	}
	v.post("/preferences", "theme", "auto", "lang", "xx")
	if v.cookie("theme") != "" || v.cookie("lang") != "zh" {
		t.Errorf("theme %q, lang %q", v.cookie("theme"), v.cookie("lang"))
	}
	if !strings.Contains(newVisitor(t).get("/", "Accept-Language", "zh-CN,en;q=0.8").text, `<html lang="zh">`) {
		t.Error("the browser's language is not asked")
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "/a?b=c": "/a?b=c", "": "/", "a": "/", "//evil.example": "/", "///evil.example": "/",
		"https://evil.example/": "/", `/\evil.example`: "/", "javascript:alert(1)": "/", "/a\r\nb": "/",
	} {
		if got := localPath(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/", "//a", `/\a`, "/%2f/a", "/a?b#c", "x:y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := localPath(s)
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n") {
			t.Errorf("%q leads to %q", s, got)
		}
	})
}

func TestCartAndOrder(t *testing.T) {
	v := newVisitor(t)
	v.get("/checkout").want(t, 303, "/cart")
	v.post("/checkout", "name", "Lin").want(t, 303, "/cart")
	v.post("/cart/add", "id", "nothing").want(t, 400, "")
	v.post("/cart/add", "id", "mug", "quantity", "2").want(t, 303, "/cart")
	v.post("/cart/add", "id", "mug").want(t, 303, "/cart")
	v.post("/cart/add", "id", "lamp", "quantity", "999").want(t, 303, "/cart")
	if got := v.cookie("cart_items"); got != "mug:3|lamp:20" {
		t.Fatalf("the cart is %q", got)
	}
	if page := v.get("/cart").text; !strings.Contains(page, "¥8344.00") {
		t.Error("the total of 3 mugs and 20 lamps is not ¥8344.00")
	}
	v.post("/cart/remove", "id", "lamp").want(t, 303, "/cart")
	if !strings.Contains(v.get("/checkout").text, "¥384.00") {
		t.Error("the checkout does not show the total of 3 mugs")
	}
	a := v.post("/checkout", "name", "<Lin>").want(t, 303, "/order/complete?order=")
	if v.cookie("cart_items") != "" {
		t.Error("the cart is still full")
	}
	done := a.Header.Get("Location")
	// Neither a look at the headers nor a reload is a sale.
	for i, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet} {
		a = v.send(method, done, nil)
		if got, want := a.Header.Get("Consent-Goal"), i == 1; (got == "order") != want {
			t.Errorf("load %d: Consent-Goal %q", i, got)
		}
	}
	if !strings.Contains(a.text, "&lt;Lin&gt;") || !strings.Contains(a.text, "¥384.00") {
		t.Error("the confirmation does not hold the name and the total")
	}
	if a := v.get("/order/complete?order=0"); a.Header.Get("Consent-Goal") != "" {
		t.Error("a goal without an order")
	}
}

// TestCartCookie: whatever a cookie holds, the cart is within bounds, and what was
// written reads back the same.
func TestCartCookie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.StringMatching(`(mug|lamp|tin|no|)(:-?[0-9]{0,12})?`)
		value := strings.Join(rapid.SliceOf(item).Draw(t, "items"), "|")
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "cart_items="+value)
		lines := readCart(r)
		for _, l := range lines {
			if _, ok := findProduct(l.Product.ID); !ok || l.Quantity < 1 || l.Quantity > maxQuantity {
				t.Fatalf("%q reads as %v", value, lines)
			}
		}
		w := httptest.NewRecorder()
		writeCart(w, lines)
		r = httptest.NewRequest(http.MethodGet, "/", nil)
		for _, c := range w.Result().Cookies() {
			if c.MaxAge > 0 {
				r.AddCookie(c)
			}
		}
		again := readCart(r)
		if total(again) != total(lines) || count(again) != count(lines) || len(again) != len(lines) {
			t.Fatalf("%v reads back as %v", lines, again)
		}
	})
}

func TestAPIOrder(t *testing.T) {
	v := newVisitor(t)
	for body, status := range map[string]int{
		`{"items":[{"id":"mug","quantity":2}],"deviceId":"x"}`: 201,
		`{"items":[]}`:                             422,
		`{"items":[{"id":"no","quantity":1}]}`:     422,
		`{"items":[{"id":"mug","quantity":0}]}`:    422,
		`{"items":`:                                400,
		`"` + strings.Repeat("x", maxForm+1) + `"`: 413,
	} {
		a := v.send(http.MethodPost, "/api/order", strings.NewReader(body), "Content-Type", "application/json")
		if a.StatusCode != status || (a.Header.Get("Consent-Goal") == "order") != (status == 201) {
			t.Errorf("%.60s: status %d, goal %q", body, a.StatusCode, a.Header.Get("Consent-Goal"))
		}
		if status != 201 {
			continue
		}
		var got struct{ Order apiSale }
		if err := json.Unmarshal([]byte(strings.ReplaceAll(a.text, `"256.00"`, "25600")), &got); err != nil ||
			got.Order.Total != 25600 || got.Order.Currency != "CNY" || got.Order.ID == "" {
			t.Errorf("the order is %s, %v", a.text, err)
		}
	}
	a := v.send(http.MethodPost, "/api/order", strings.NewReader(`{"items":[{"id":"mug","quantity":1}]}`), "Sec-Fetch-Site", "cross-site")
	a.want(t, 403, "")
	v.post("/cart/add", "id", "tin", "quantity", "2")
	if a := v.get("/api/cart"); !strings.Contains(a.text, `"items":[{"id":"tin","quantity":2}],"total":"456.00","currency":"CNY"`) {
		t.Errorf("the cart is %s", a.text)
	}
}

// form makes a multipart body with one field and one file.
func form(t *testing.T, name string, data []byte) (body io.Reader, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("caption", "me")
	part, err := w.CreateFormFile("photo", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write(data)
	w.Close()
	return &b, w.FormDataContentType()
}

func TestUpload(t *testing.T) {
	v := newVisitor(t)
	picture := pictures["mug"]().jpeg
	for _, c := range []struct {
		name, kind string
		data       []byte
		attachment bool
	}{
		{"me.jpg", "image/jpeg", picture, false},
		{"page.html", "application/octet-stream", []byte("<html><script>alert(1)</script>"), true},
		{"picture.svg", "application/octet-stream", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), true},
		{"nothing.bin", "application/octet-stream", nil, true},
	} {
		body, kind := form(t, c.name, c.data)
		a := v.send(http.MethodPost, "/account/photo", body, "Content-Type", kind, "Accept", "application/json").want(t, 201, "/account/photo/")
		var got struct {
			Name, URL string
			Size      int
		}
		if err := json.Unmarshal([]byte(a.text), &got); err != nil || got.Name != c.name || got.Size != len(c.data) {
			t.Errorf("%s: %s, %v", c.name, a.text, err)
		}
		back := v.get(got.URL)
		if back.text != string(c.data) || back.Header.Get("Content-Type") != c.kind ||
			(back.Header.Get("Content-Disposition") == "attachment") != c.attachment {
			t.Errorf("%s comes back as %d bytes of %s", c.name, len(back.text), back.Header.Get("Content-Type"))
		}
	}
	body, kind := form(t, "me.jpg", picture)
	if a := v.send(http.MethodPost, "/account/photo", body, "Content-Type", kind).want(t, 200, ""); !strings.Contains(a.text, "/account/photo/") {
		t.Error("the page does not lead to the upload")
	}
}

func TestUploadRefused(t *testing.T) {
	v := newVisitor(t)
	body, kind := form(t, "big", make([]byte, maxPhoto+1))
	v.send(http.MethodPost, "/account/photo", body, "Content-Type", kind).want(t, 413, "")
	body, kind = form(t, "me.jpg", []byte("x"))
	v.send(http.MethodPost, "/account/photo", body, "Content-Type", kind, "Origin", "https://evil.example").want(t, 403, "")
	v.post("/account/photo").want(t, 400, "")
	v.send(http.MethodPost, "/account/photo", strings.NewReader("--x\r\n"), "Content-Type", "multipart/form-data; boundary=x").want(t, 400, "")
	v.get("/account/photo/0").want(t, 404, "")
}

// TestStore keeps the newest values only.
func TestStore(t *testing.T) {
	s := newStore[int](3)
	var keys []string
	for i := range 5 {
		keys = append(keys, s.add(i))
	}
	s.remove(keys[3])
	for i, key := range keys {
		got, ok := s.get(key)
		if want := i == 2 || i == 4; ok != want || ok && got != i {
			t.Errorf("value %d: %d, %v", i, got, ok)
		}
	}
	if len(s.values) != 2 {
		t.Errorf("%d values are kept", len(s.values))
	}
}
