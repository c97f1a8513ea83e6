package storefront

import (
	"compress/gzip"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestPages(t *testing.T) {
	const page, text, js = "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json"
	v := newVisitor(t)
	for _, c := range []struct {
		path   string
		status int
		kind   string
		has    string
	}{
		{"/", 200, page, "Celadon mug"},
		{"/category/home", 200, page, "Paper lamp"},
		{"/category/nothing", 404, page, "no such page"},
		{"/product/mug", 200, page, "¥128.00"},
		{"/product/nothing", 404, page, "no such page"},
		{"/search", 200, page, "Write what"},
		{"/search?q=TEA", 200, page, "/product/teapot"},
		{"/search?q=%E7%BA%B8", 200, page, "/product/lamp"},
		{"/search?q=%3Cb%3Ezebra", 200, page, "&lt;b&gt;zebra"},
		{"/login", 200, page, "lin@shop.example"},
		{"/account", 200, page, "not logged in"},
		{"/cart", 200, page, "empty"},
		{"/order/complete", 200, page, "No such order"},
		{"/trackers", 200, page, "unknownpartner"},
		{"/lab", 200, page, "/echo"},
		{"/catalogue", 200, page, "LL-145-SP"},
		{"/plain.html", 200, page, "Qiantang"},
		{"/gzip.html", 200, page, "compressed"},
		{"/legacy.html", 200, page, "legacy.js"},
		{"/fail", 500, page, "breaks on purpose"},
		{"/nowhere", 404, page, "no such page"},
		{"/.consent/", 404, page, "no such page"},
		{"/echo", 200, text, "GET /echo HTTP/1.1"},
		{"/api/products", 200, js, `"currency":"CNY"`},
		{"/api/products?q=lamp", 200, js, `"id":"lamp"`},
		{"/api/products?q=zebra", 200, js, `"products":[]`},
		{"/api/products/mug", 200, js, `"price":"128.00"`},
		{"/api/products/nothing", 404, js, "error"},
		{"/api/cart", 200, js, `"items":[]`},
		{"/assets/shop.css", 200, "text/css; charset=utf-8", ":root"},
		{"/assets/shop.js", 200, "text/javascript; charset=utf-8", "theme"},
		{"/assets/nothing", 404, text, "not found"},
		{"/images/mug.jpg", 200, "image/jpeg", "\xff\xd8"},
		{"/images/mug.png", 200, "image/png", "PNG"},
		{"/images/mug.gif", 404, text, "not found"},
		{"/download/10", 200, "application/octet-stream", ""},
		{"/download/-1", 404, page, ""},
		{"/download/99999999999999", 404, page, ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			a := v.get(c.path)
			if a.StatusCode != c.status || a.Header.Get("Content-Type") != c.kind {
				t.Errorf("got %d, %q, want %d, %q", a.StatusCode, a.Header.Get("Content-Type"), c.status, c.kind)
			}
			if !strings.Contains(a.text, c.has) {
				t.Errorf("the page does not hold %q", c.has)
			}
			head := v.send(http.MethodHead, c.path, nil)
			if head.StatusCode != c.status || head.text != "" {
				t.Errorf("HEAD: got %d and %d bytes", head.StatusCode, len(head.text))
			}
		})
	}
}

// reference is an address on a page and the element that holds it.
type reference struct{ element, address string }

// references lists the addresses that a page loads or links to.
func references(t *testing.T, page string) []reference {
	t.Helper()
	var found []reference
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for _, a := range n.Attr {
			switch {
			case slices.Contains([]string{"href", "src", "data", "poster", "ping", "action"}, a.Key):
				if a.Key == "action" && !strings.EqualFold(attribute(n, "method"), "post") || a.Key != "action" {
					found = append(found, reference{n.Data, a.Val})
				}
			case a.Key == "srcset":
				for candidate := range strings.SplitSeq(a.Val, ",") {
					found = append(found, reference{n.Data, strings.Fields(candidate)[0]})
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	walk(root)
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestLinksResolve follows every link and load from the home page on: those of the
// shop to the shop, those of vendors to the recorder.
func TestLinksResolve(t *testing.T) {
	v := newVisitor(t)
	v.post("/cart/add", "id", "mug") // so that the cart and the checkout have their links
	var recorder Recorder
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		a := v.get(at)
		if a.StatusCode >= 400 {
			t.Errorf("%s: status %d", at, a.StatusCode)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		base, _ := url.Parse(v.base + at)
		for _, ref := range references(t, a.text) {
			u, err := base.Parse(ref.address)
			if err != nil {
				t.Errorf("%s: %v", at, err)
				continue
			}
			if u.Host == base.Host {
				// The gateway answers there, or nobody does.
				if path := u.RequestURI(); !seen[path] && path != "/.consent/" {
					seen[path] = true
					queue = append(queue, path)
				}
				continue
			}
			if partnerOf(u.Hostname()) == nil || u.Port() != "8082" {
				t.Errorf("%s: <%s> leads to %s, which is no vendor", at, ref.element, u)
			}
			w := httptest.NewRecorder()
			recorder.ServeHTTP(w, httptest.NewRequest(http.MethodGet, u.String(), nil))
			if w.Code >= 400 {
				t.Errorf("%s: %s answers %d", at, u, w.Code)
			}
		}
	}
	for _, path := range []string{"/checkout", "/product/lamp", "/images/lamp.jpg", "/plain.html"} {
		if !seen[path] {
			t.Errorf("no way leads to %s", path)
		}
	}
}

// TestTrackersPage holds every vendor, loaded in every way that there is.
func TestTrackersPage(t *testing.T) {
	page := newVisitor(t).get("/trackers").text
	elements := map[string]bool{}
	hosts := map[string]bool{}
	for _, ref := range references(t, page) {
		if u, err := url.Parse(ref.address); err == nil && u.Host != "" {
			elements[ref.element] = true
			hosts[u.Hostname()] = true
		}
	}
	for _, element := range []string{"script", "img", "iframe", "link", "a", "video", "source", "object", "embed"} {
		if !elements[element] {
			t.Errorf("no <%s> leads to a vendor", element)
		}
	}
	for _, p := range Vendors() {
		for _, host := range p.Hosts {
			if !hosts[host] && !strings.Contains(page, host) {
				t.Errorf("%s is not on the page", host)
			}
		}
	}
	for _, way := range []string{`rel="preconnect"`, `rel="dns-prefetch"`, `rel="preload"`, `rel="prefetch"`, "<noscript><img", "srcset=", "@import", "url(", " ping="} {
		if !strings.Contains(page, way) {
			t.Errorf("the page does not hold %s", way)
		}
	}
}

func TestPlainPageNamesNoVendor(t *testing.T) {
	v := newVisitor(t)
	for _, path := range []string{"/plain.html", "/legacy.html"} {
		a := v.get(path)
		for _, p := range Vendors() {
			if strings.Contains(a.text, p.Hosts[0]) {
				t.Errorf("%s names %s", path, p.Hosts[0])
			}
		}
		if len(a.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s sets a cookie", path)
		}
	}
}

// TestDocuments are the same bytes for everyone, about 70 KB for the catalogue, and
// answer conditions and ranges.
func TestDocuments(t *testing.T) {
	v := newVisitor(t)
	first, again := v.get("/catalogue"), newVisitor(t).get("/catalogue", "Accept-Language", "zh", "Consent", "necessary")
	if first.text != again.text {
		t.Error("two visitors get different catalogues")
	}
	if n := len(first.text); n < 64<<10 || n > 76<<10 {
		t.Errorf("the catalogue has %d bytes", n)
	}
	for _, path := range []string{"/catalogue", "/plain.html", "/assets/shop.css", "/images/mug.jpg", "/download/1000"} {
		whole := v.get(path)
		if a := v.get(path, "If-None-Match", whole.Header.Get("ETag")); a.StatusCode != http.StatusNotModified {
			t.Errorf("%s with its ETag: status %d", path, a.StatusCode)
		}
		if a := v.get(path, "If-Modified-Since", whole.Header.Get("Last-Modified")); a.StatusCode != http.StatusNotModified {
			t.Errorf("%s with its date: status %d", path, a.StatusCode)
		}
		a := v.get(path, "Range", "bytes=10-19")
		if a.StatusCode != http.StatusPartialContent || a.text != whole.text[10:20] {
			t.Errorf("%s, ten bytes: status %d, %q", path, a.StatusCode, a.text)
		}
	}
}

func TestGzip(t *testing.T) {
	v := newVisitor(t)
	for accept, packed := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip;q=0.000": false, "identity": false} {
		a := v.get("/gzip.html", "Accept-Encoding", accept)
		if got := a.Header.Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("Accept-Encoding %q: packed is %v", accept, got)
			continue
		}
		text := a.text
		if packed {
			z, err := gzip.NewReader(strings.NewReader(a.text))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		if !strings.HasSuffix(text, "</html>\n") || a.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: the page is not whole, or does not vary", accept)
		}
	}
}

func TestPictures(t *testing.T) {
	v := newVisitor(t)
	for _, p := range products {
		for _, format := range []string{"jpeg", "png"} {
			path := "/images/" + p.ID + "." + strings.Replace(format, "jpeg", "jpg", 1)
			a := v.get(path)
			config, got, err := image.DecodeConfig(strings.NewReader(a.text))
			if err != nil || got != format || config.Width != pictureSide || config.Height != pictureSide {
				t.Errorf("%s: %s, %d by %d, %v", path, got, config.Width, config.Height, err)
			}
			if format == "jpeg" && (len(a.text) < 8<<10 || len(a.text) > 24<<10) {
				t.Errorf("%s has %d bytes", path, len(a.text))
			}
			if a.Header.Get("Content-Length") != strconv.Itoa(len(a.text)) {
				t.Errorf("%s: Content-Length %s", path, a.Header.Get("Content-Length"))
			}
		}
	}
}

// TestGatewayHeaders: personal recommendations need consent, and the page shows
// what the gateway said.
func TestGatewayHeaders(t *testing.T) {
	v := newVisitor(t)
	const personal = "Picked for you"
	consent := []string{"Consent", "necessary;v=1, personalization", "Consent-Regime", "opt-in", "Consent-Country", "CN"}
	if a := v.get("/", consent...); strings.Contains(a.text, personal) {
		t.Error("recommendations without anything looked at")
	}
	v.get("/product/vase").want(t, 200, "")
	if got := v.cookie("reco_profile"); got != "home" {
		t.Fatalf("reco_profile is %q", got)
	}
	a := v.get("/", consent...)
	for _, want := range []string{personal, "Consent: <b>necessary, personalization</b>", "<b>opt-in</b>", "<b>CN</b>", "These are not kept"} {
		if !strings.Contains(a.text, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, without := range [][]string{nil, {"Consent", "necessary, analytics"}, {"Consent", ""}} {
		if a := v.get("/", without...); strings.Contains(a.text, personal) || !strings.Contains(a.text, "Popular products") {
			t.Errorf("headers %q: personal recommendations, or no popular ones", without)
		}
	}
	if a := v.get("/"); !strings.Contains(a.text, "No gateway stands") {
		t.Error("the page does not say that there is no gateway")
	}
}

// TestCookies: what the pages set is what Cookies declares.
func TestCookies(t *testing.T) {
	v := newVisitor(t)
	set := map[string]bool{}
	note := func(a answer) {
		for _, c := range a.Response.Cookies() {
			set[c.Name] = true
		}
	}
	note(v.get("/"))
	note(v.get("/product/mug"))
	note(v.post("/cart/add", "id", "mug"))
	note(v.post("/login", "email", customer.Email, "password", customer.password))
	note(v.post("/preferences", "theme", "dark", "lang", "zh"))
	scripts, _ := vendorFiles.ReadFile("vendors/pagelens/lens.js")
	more, _ := vendorFiles.ReadFile("vendors/acme-ads/tag.js")
	old, _ := assetFiles.ReadFile("assets/legacy.js")
	scripts = slices.Concat(scripts, more, old)
	for _, c := range Cookies() {
		if c.Script && !strings.Contains(string(scripts), c.Name) {
			t.Errorf("no script sets %s", c.Name)
		}
		if !c.Script && !set[c.Name] {
			t.Errorf("no page sets %s", c.Name)
		}
		delete(set, c.Name)
	}
	for name := range set {
		t.Errorf("%s is not listed", name)
	}
}
