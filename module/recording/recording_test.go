package recording_test

import (
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/module/recording"
)

const wire = "POST /order?utm_source=x HTTP/1.1\r\nHost: shop.example\r\nCookie: sid=1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na=1&b=two" +
	"\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: text/html\r\n\r\n<p>hello\r\n"

func TestWire(t *testing.T) {
	for name, text := range map[string]string{
		"as on the wire":      wire,
		"with plain newlines": strings.ReplaceAll(wire, "\r\n", "\n"),
		"behind empty lines":  "\n\n" + wire,
	} {
		x, err := recording.Read("r.txt", []byte(text), 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := x.Request
		if r.Method != "POST" || r.URL.String() != "/order?utm_source=x" || r.Host != "shop.example" || r.Header.Get("Cookie") != "sid=1" || string(r.Body) != "a=1&b=two" {
			t.Errorf("%s: the request is %+v", name, r)
		}
		if r.Header.Get("Host") != "" {
			t.Errorf("%s: Host is in the header as well", name)
		}
		if x.Response == nil || x.Response.Status != 200 || len(x.Response.Header["Set-Cookie"]) != 2 || strings.TrimSpace(string(x.Response.Body)) != "<p>hello" {
			t.Errorf("%s: the response is %+v", name, x.Response)
		}
	}
}

func TestWithoutLength(t *testing.T) {
	text := "POST http://shop.example:8080/ HTTP/1.1\nHost: other.example\n\nimei=1\n"
	x, err := recording.Read("r.txt", []byte(text), 1)
	if err != nil {
		t.Fatal(err)
	}
	if string(x.Request.Body) != "imei=1" || x.Request.Host != "shop.example:8080" || x.Response != nil {
		t.Errorf("%+v", x.Request)
	}
	x, err = recording.Read("r.txt", []byte(text+"HTTP/1.1 204 No Content\n\n"), 1)
	if err != nil || string(x.Request.Body) != "imei=1" || x.Response == nil || x.Response.Status != 204 {
		t.Errorf("with a response behind it: %+v, %v", x, err)
	}
}

func TestChunked(t *testing.T) {
	text := "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nimei=\r\n1\r\n7\r\n0\r\n\r\n"
	x, err := recording.Read("r.txt", []byte(text), 1)
	if err != nil || string(x.Request.Body) != "imei=7" || x.Request.Header.Get("Transfer-Encoding") != "" {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestCurl(t *testing.T) {
	text := `* Host shop.example:443 was resolved.
*   Trying 192.0.2.1:443...
> POST /x HTTP/2
> Host: shop.example
> Cookie: sid=1
> 
} [17 bytes data]
< HTTP/2 302 
< set-cookie: a=1
< location: /y
< 
{ [5 bytes data]
<!doctype html>
> a line of the page
* Connection #0 to host shop.example left intact
> GET /y HTTP/2
> Host: shop.example
> 
`
	x, err := recording.Read("r.txt", []byte(text), 1)
	if err != nil {
		t.Fatal(err)
	}
	if x.Request.Method != "POST" || x.Request.URL.Path != "/x" || x.Request.Header.Get("Cookie") != "sid=1" {
		t.Errorf("the request is %+v", x.Request)
	}
	if x.Response == nil || x.Response.Status != 302 || x.Response.Header.Get("Set-Cookie") != "a=1" || string(x.Response.Body) != "<!doctype html>\n> a line of the page\n" {
		t.Errorf("the response is %+v", x.Response)
	}
}

const archive = `{"log": {"entries": [
 {"request": {"method": "GET", "url": "https://shop.example/?a=1", "headers": [{"name": ":authority", "value": "shop.example"}, {"name": "accept", "value": "text/html"}], "cookies": [{"name": "sid", "value": "1"}, {"name": "_ga", "value": "2"}]},
  "response": {"status": 200, "headers": [{"name": "set-cookie", "value": "a=1\nb=2"}, {"name": "content-encoding", "value": "br"}], "content": {"text": "PHA+", "encoding": "base64"}}},
 {"request": {"method": "POST", "url": "http://shop.example/b", "headers": [], "postData": {"mimeType": "application/json", "text": "{}"}}, "response": {"status": 0}}
]}}`

func TestHAR(t *testing.T) {
	x, err := recording.Read("r.har", []byte(archive), 1)
	if err != nil {
		t.Fatal(err)
	}
	r := x.Request
	if r.Host != "shop.example" || r.URL.Scheme != "https" || r.URL.RawQuery != "a=1" || r.Header.Get("Cookie") != "sid=1; _ga=2" || len(r.Header) != 2 {
		t.Errorf("the request is %+v", r)
	}
	if x.Response == nil || string(x.Response.Body) != "<p>" || len(x.Response.Header["Set-Cookie"]) != 2 || x.Response.Header.Get("Content-Encoding") != "" {
		t.Errorf("the response is %+v", x.Response)
	}
	x, err = recording.Read("r.har", []byte(archive), 2)
	if err != nil || x.Response != nil || string(x.Request.Body) != "{}" || x.Request.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the second entry is %+v, %v", x, err)
	}
}

func TestReadResponse(t *testing.T) {
	for name, text := range map[string]string{
		"alone":         "HTTP/1.1 200 OK\nContent-Length: 2\n\nokay",
		"as curl shows": "> GET / HTTP/1.1\n> Host: a.example\n>\n< HTTP/1.1 200 OK\n< Content-Length: 2\n<\nok",
	} {
		r, err := recording.ReadResponse("r.txt", []byte(text), 1)
		if err != nil || r.Status != 200 || string(r.Body) != "ok" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// Errors name the file, the line and what was expected, and quote no value.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "r:1: expected a request line such as GET / HTTP/1.1, found nothing",
		"\nsecret secret\n":             "r:2: expected a request line such as GET / HTTP/1.1",
		"GET / HTTP/9.1\n":              "r:1: expected a request line such as GET / HTTP/1.1",
		"GET secret HTTP/1.1\n":         "r:1: expected a path that begins with / or a URL behind the method",
		"GET / HTTP/1.1\nsecret\n":      "r:2: expected a header field such as Accept: text/html, or an empty line before the body",
		"GET / HTTP/1.1\nA: b\n secret": "r:3: expected a header field such as Accept: text/html, or an empty line before the body",
		"GET / HTTP/1.1\nA: secret\x01": "r:2: expected a value without control characters in the field A",
		"{\n\"log\": secret}":           "r:2: expected a HAR: invalid character 's' looking for beginning of value",
		"{\n\"log\": \"secret\"}":       "r:2: expected a HAR: log is a string",
		`{"log": {"entries": []}}`:      "r: expected log.entries with at least one entry",
		`{"request": {"method": "GET", "url": "/secret"}}`: "r: entry 1: request.url: expected a URL such as https://shop.example/",
	} {
		_, err := recording.Read("r", []byte(text), 1)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
	if _, err := recording.Read("r", []byte(archive), 3); err == nil || err.Error() != "r: entry 3: expected 1 to 2" {
		t.Errorf("entry 3: %v", err)
	}
	if _, err := recording.ReadResponse("r", []byte("GET / HTTP/1.1\n"), 1); err == nil || !strings.HasPrefix(err.Error(), "r:1: expected a status line") {
		t.Errorf("a request for a response: %v", err)
	}
	if _, err := recording.ReadResponse("r", []byte(archive), 2); err == nil || !strings.Contains(err.Error(), "found only a request") {
		t.Errorf("an entry without response: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{wire, archive, "> GET / HTTP/1.1\n>\n< HTTP/1.1 200 OK\n<\n", "{", "> \n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := recording.Read("r", data, 1)
		if err == nil && (x.Request.URL == nil || x.Request.Method == "") {
			t.Errorf("half a request: %+v", x.Request)
		}
		_, _ = recording.ReadResponse("r", data, 1)
	})
}
