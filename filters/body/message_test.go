package body

import (
	"strings"
	"testing"
)

// TestMessages wants requests in a batch, responses and mails judged: their target,
// header and body, and all else as it was.
func TestMessages(t *testing.T) {
	batch := func(contentType, message string) string {
		return "--b\r\nContent-Type: " + contentType + "\r\nContent-Transfer-Encoding: binary\r\n\r\n" + message + "\r\n--b--\r\n"
	}
	const json = "Content-Type: application/json\r\n"
	for _, test := range []struct{ contentType, in, want string }{
		{"application/http", "POST /orders?idfa=x&a=1 HTTP/1.1\r\nHost: shop.example\r\n" + json + "X-Device-Id: x\r\nContent-Length: 18\r\n\r\n" + `{"imei":"1","n":1}`,
			"POST /orders?a=1 HTTP/1.1\r\nHost: shop.example\r\n" + json + "Content-Length: 7\r\n\r\n" + `{"n":1}`},
		{"application/http; msgtype=request", "GET /orders?gclid=x HTTP/1.1\r\n\r\n", "GET /orders HTTP/1.1\r\n\r\n"},
		{"application/http", "GET /orders?$top=1&lat=39.9042 HTTP/1.1\r\nAccept: */*\r\n\r\n", "GET /orders?$top=1&lat=39.9 HTTP/1.1\r\nAccept: */*\r\n\r\n"},
		{"application/http", "GET /orders HTTP/1.1\r\nX-Device-Id: x", "GET /orders HTTP/1.1\r\n"},
		{"application/http", "GET /orders HTTP/1.1", "GET /orders HTTP/1.1"},
		{"application/http", "HTTP/1.1 200 OK\r\ncontent-length:  7\r\nX-Mac:\t00:11:22:33:44:55\r\n" + json + "\r\n" + `{"n":1}`, "HTTP/1.1 200 OK\r\ncontent-length:  7\r\n" + json + "\r\n" + `{"n":1}`},
		{"message/rfc822", "From: ann@shop.example\r\nSubject: a\r\n folded one\r\n" + json + "\r\n" + `{"imei":"1"}`, "From: ann@shop.example\r\nSubject: a\r\n folded one\r\n" + json + "\r\n{}"},
		{"message/rfc822", "\r\n\r\n" + `{"imei":"1"}`, "\r\n\r\n{}"},
		{"application/http", "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nimei=1&a=b", "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=b"},
		{"application/http", "POST / HTTP/1.1\r\nContent-Type: image/png\r\n\r\n\x89PNG", "POST / HTTP/1.1\r\nContent-Type: image/png\r\n\r\n\x89PNG"},
	} {
		check(t, "multipart/mixed; boundary=b", batch(test.contentType, test.in), batch(test.contentType, test.want), shop())
		check(t, test.contentType, test.in, test.want, shop())
	}
	for _, c := range []struct {
		message string
		want    error
	}{
		{"POST / HTTP/1.1\r\n" + json + json + "\r\n{}", ErrMalformed},
		{"POST / HTTP/1.1\nContent-Type: application/json\n\n" + `{"imei":"1"}`, ErrMalformed},
		{"POST / HTTP/1.1\r\nno field\r\n\r\n", ErrMalformed},
		{"POST / HTTP/1.1\r\n" + json + "\r\n{", ErrMalformed},
		{"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b", ErrUnsupported},
		{"POST / HTTP/1.1\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n", ErrUnsupported},
		{"POST / HTTP/1.1\r\n\r\n" + strings.Repeat("x", maxMessage), ErrTooLarge},
	} {
		refuse(t, "multipart/mixed; boundary=b", batch("application/http", c.message), c.want, shop())
	}
	refuse(t, "application/http", "GET / HTTP/1.1\r\n\r\n", ErrUnsupported, partner(t, "a"))
}
