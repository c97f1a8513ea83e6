package body

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

const formData = "multipart/form-data; boundary=b"

// part writes a part with its own header fields.
func part(header, body string) string {
	return "--b\r\n" + header + "\r\n\r\n" + body + "\r\n"
}

func TestMultipart(t *testing.T) {
	const end = "--b--\r\n"
	field := func(name, value string) string { return part(`Content-Disposition: form-data; name="`+name+`"`, value) }
	json := func(body string) string {
		return part("Content-Disposition: form-data; name=\"d\"; filename=\"blob\"\r\nContent-Type: application/json", body)
	}
	blob := func(name, value string) string {
		return part(`Content-Disposition: form-data; name="`+name+`"; filename*=utf-8''blob`+"\r\nContent-Type: application/octet-stream", value)
	}
	file := part("content-disposition:form-data; filename=\"photo;1.jpg\" ; NAME=photo\r\nContent-Type: image/jpeg\r\nX-Other: 1", "\xff\xd8--\r\n--\r\n-b\r\n--a"+imei)
	for _, test := range []struct{ in, want string }{
		{field("imei", "1") + end, end},
		{field("imei", "1") + field("a", "1") + end, field("a", "1") + end},
		{field("a", "1") + field("imei", "1") + field("b", "") + field("IMEI", "2") + field("c", "\r\n\r\n") + end, field("a", "1") + field("b", "") + field("c", "\r\n\r\n") + end},
		{"preamble\r\n" + field("a", "1") + field("imei", "1") + end + "epilogue\r\nmore", "preamble\r\n" + field("a", "1") + end + "epilogue\r\nmore"},
		{"\r\n" + field("a", "1") + end, "\r\n" + field("a", "1") + end},
		{"hello\nimei=" + imei + "\r\n" + field("a", "1") + end + "imei=" + imei + "&b=2\r\n", "hello\r\n" + field("a", "1") + end + "b=2\r\n"},
		{`{"imei":1,"b":2}` + "\r\n" + field("a", "1") + end + "hello\n" + imei, `{"b":2}` + "\r\n" + field("a", "1") + end + "hello"},
		{field("lat", "39.9042") + field("x", imei) + field("coords", "39.9042,116.4074") + end, field("lat", "39.9") + field("coords", "39.9,116.4") + end},
		{field("%69mei", "1") + field("i\\mei", "1") + field("device[id]", "1") + end, end},
		{file + field("imei", "1") + file + end, file + file + end},
		{json(`{"imei":1,"a":2}`) + end, json(`{"a":2}`) + end},
		{field("d", `{"imei":1,"a":2}`) + field("e", `[not json]`) + field("f", `["`+imei+`"]`) + end, field("d", `{"a":2}`) + field("e", `[not json]`) + field("f", `[]`) + end},
		{part("Content-Disposition: form-data; name=d\r\nContent-Type: application/x-www-form-urlencoded", "imei=1&a=2") + end, part("Content-Disposition: form-data; name=d\r\nContent-Type: application/x-www-form-urlencoded", "a=2") + end},
		{part("Content-Disposition: form-data; name=imei\r\nContent-Type: text/plain; charset=gbk\r\nContent-Encoding: Identity\r\nContent-Transfer-Encoding: 8bit", "\xc4\xe3") + end, end},
		{part("Content-Disposition: form-data; name=imei\r\nContent-Type: text/html", "1") + end, end},
		{field("_charset_", "utf-8") + end, field("_charset_", "utf-8") + end},
		{strings.ReplaceAll(field("a", "1"), "--b\r\n", "--b \t\r\n") + "--b-- ", strings.ReplaceAll(field("a", "1"), "--b\r\n", "--b \t\r\n") + "--b-- "},
		{"--b--", "--b--"},
		{field("", "1") + field("", imei) + end, field("", "1") + end},
		{part(`Content-Disposition: form-data; name="imei"; filename=""`, "1") + part(`Content-Disposition: form-data; name="f"; filename=""`+"\r\nContent-Type: application/octet-stream", "") + end, part(`Content-Disposition: form-data; name="f"; filename=""`+"\r\nContent-Type: application/octet-stream", "") + end},
		{part(`Content-Disposition: form-data; name="a"; filename="C:\x\y.txt"`, "1") + end, part(`Content-Disposition: form-data; name="a"; filename="C:\x\y.txt"`, "1") + end},
		{"", ""},
		{part("Content-Type: multipart/mixed; boundary=i\r\nContent-Disposition: form-data; name=m", "--i\r\n\r\n"+imei+"\r\n--i\r\nContent-Type: application/json\r\n\r\n{\"imei\":1}\r\n--i--") + end,
			part("Content-Type: multipart/mixed; boundary=i\r\nContent-Disposition: form-data; name=m", "--i\r\n\r\n\r\n--i\r\nContent-Type: application/json\r\n\r\n{}\r\n--i--") + end},
		{blob("imei", "1") + blob("f", "imei=1") + blob("coords", "<gpx/>") + end, blob("f", "imei=1") + blob("coords", "<gpx/>") + end},
	} {
		check(t, formData, test.in, test.want, shop())
	}
	check(t, `multipart/form-data; boundary="b"; charset=utf-8`, field("imei", "1")+end, end, shop())
	check(t, "multipart/related; boundary=b", part("Content-Type: text/plain", "imei=1&a=2")+part("X: y", "imei=1&a=2")+end, part("Content-Type: text/plain", "a=2")+part("X: y", "a=2")+end, shop())
	check(t, `Multipart/Mixed; BOUNDARY=b`, part("Content-Type: application/json", `{"imei":1}`)+end, part("Content-Type: application/json", `{}`)+end, shop())
	boundary := "----WebKitFormBoundary7MA4YWxkTrZu0gW"
	check(t, "multipart/form-data; boundary="+boundary, form(boundary, "a", "1", "imei", "2"), form(boundary, "a", "1"), shop())
}

func TestMalformedMultipart(t *testing.T) {
	good := part("Content-Disposition: form-data; name=a", "1")
	for _, in := range []string{
		"x", "--b", "--b\r\n", good, good + "--b", good + "--b-", good + "--bx\r\n--b--", "--bx\r\n" + good + "--b--", good + "--b--x",
		"x" + good + "--b--", "\n" + good + "--b--", // not at the beginning of a line
		strings.ReplaceAll(good, "\r\n", "\n") + "--b--",
		part("Content-Disposition: form-data; name=a", "1\n--b\nContent-Disposition: form-data; name=imei\n\n1") + "--b--",
		part("Content-Disposition: form-data; name=a", "1 --b") + "--b--",
		"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", // no line end of its own
		good + "--b--\r\n" + good,
		good + "--b--\r\n" + good + "--b--",
		"--b" + strings.Repeat(" ", maxPadding+1) + good[3:] + "--b--",
		part("Content-Disposition: form-data; name=a", "1\n\n--b\r\nContent-Disposition: form-data; name=imei\r\n\r\n2") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nX: --b", "1") + "--b--",
		part("Content-Disposition: form-data", "1") + "--b--",
		part("X: y", "1") + "--b--",
		"--b\r\n\r\n1\r\n--b--",
		part("Content-Disposition: form-data; name=a; name=imei", "1") + "--b--",
		part("Content-Disposition: form-data; name=a; name*=utf-8''imei", "1") + "--b--",
		part("Content-Disposition: form-data; name*=utf-8''imei", "1") + "--b--",
		part("Content-Disposition: form-data; name*0=ime; name*1=i", "1") + "--b--",
		part("Content-Disposition: form-data; name=\"=?utf-8?B?aW1laQ==?=\"", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=imei", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain\r\nContent-Type: application/json", "1") + "--b--",
		part("Content-Disposition: form-data;\r\n name=a", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\nX: y", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\rX: y", "1") + "--b--",
		part("Content-Disposition : form-data; name=a", "1") + "--b--",
		part("Content-Disposition: form-data; name=\"a\x00\"", "1") + "--b--",
		part(`Content-Disposition: form-data; name="a`, "1") + "--b--",
		part(`Content-Disposition: form-data; name="a\"; name="imei"`, "1") + "--b--",
		part(`Content-Disposition: form-data; filename="a\"; x="b"; name="imei"`, "1") + "--b--",
		part("Content-Disposition: form-data; name", "1") + "--b--",
		part("no colon", "1") + "--b--",
		part("X: y\r\nno colon", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Type: application/json", "{") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed", "") + "--b--",
		"--b\r\nX: --b\r\n\r\n1\r\n--b--",
	} {
		refuse(t, formData, in, ErrMalformed, shop())
	}
	for _, contentType := range []string{
		"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=b; Boundary=b",
		`multipart/form-data; boundary="b "`, `multipart/form-data; boundary="b\""`, "multipart/form-data; boundary*=utf-8''b; boundary=b", "multipart/form-data; boundary*0=b",
		"multipart/form-data; boundary=\xc3\xa9", "multipart/form-data; boundary=b, multipart/form-data; boundary=c",
	} {
		refuse(t, contentType, good+"--b--", ErrMalformed, shop())
	}
	long := strings.Repeat("b", 71)
	refuse(t, "multipart/form-data; boundary="+long, form(long, "a", "1"), ErrMalformed, shop())
	check(t, "multipart/form-data; boundary="+long[1:], form(long[1:], "a", "1"), form(long[1:], "a", "1"), shop())
	for _, in := range []string{
		part("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=utf-16", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Type: application/json; charset=utf-16le", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "MQ==") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: quoted-printable", "1") + "--b--",
		part("Content-Disposition: form-data; name=a\r\nContent-Encoding: gzip", "\x1f\x8b\x08") + "--b--",
		part("Content-Disposition: form-data; name=a; filename=a.jpg\r\nContent-Type: image/jpeg\r\ncontent-encoding: identity, br", "1") + "--b--",
		part("Content-Disposition: form-data; name=_charset_", "utf-7") + "--b--",
	} {
		refuse(t, formData, in, ErrUnsupported, shop())
	}
	nested := "1"
	for range MaxNesting + 1 {
		nested = part("Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=b", nested)
	}
	refuse(t, formData, nested, ErrMalformed, shop()) // the inner boundary ends the outer part
}

func TestNesting(t *testing.T) {
	inner, contentType := `{"imei":1}`, "application/json"
	for i := range MaxNesting + 1 {
		boundary := fmt.Sprintf("b%dx", i)
		inner = "--" + boundary + "\r\nContent-Type: " + contentType + "\r\n\r\n" + inner + "\r\n--" + boundary + "--"
		contentType = "multipart/mixed; boundary=" + boundary
		if i < MaxNesting {
			check(t, contentType, inner, strings.Replace(inner, `"imei":1`, "", 1), shop())
		}
	}
	refuse(t, contentType, inner, ErrTooLarge, shop())
}

// TestFile wants files, and nothing else, to pass through the hook.
func TestFile(t *testing.T) {
	o := shop()
	var files []string
	o.File = func(name, contentType string, r io.Reader) io.Reader {
		files = append(files, name+" "+contentType)
		if name == "cut" {
			return strings.NewReader("cut")
		}
		return &upper{r}
	}
	header := func(name, contentType string) string {
		return "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"f\"\r\nContent-Type: " + contentType
	}
	in := part(header("photo", "image/jpeg"), "abc\r\ndef") + form("b", "a", "x", "imei", "1")[:0] +
		part(header("cut", "video/mp4"), strings.Repeat("long", windowSize)) +
		part(header("text", "text/plain; charset=utf-8"), "note") +
		part(header("json", "application/json"), `{"imei":1}`) +
		part("Content-Disposition: form-data; name=raw\r\nContent-Type: application/octet-stream", "raw") +
		part("Content-Disposition: form-data; name=none; filename*=utf-8''x", "none") +
		form("b", "a", "x", "imei", "1")
	want := part(header("photo", "image/jpeg"), "ABC\r\nDEF") +
		part(header("cut", "video/mp4"), "cut") +
		part(header("text", "text/plain; charset=utf-8"), "NOTE") +
		part(header("json", "application/json"), `{}`) +
		part("Content-Disposition: form-data; name=raw\r\nContent-Type: application/octet-stream", "RAW") +
		part("Content-Disposition: form-data; name=none; filename*=utf-8''x", "NONE") +
		form("b", "a", "x")
	got, err := filter(formData, in, o)
	if got != want || err != nil {
		t.Errorf(" got %q\nwant %q\n%v", got, want, err)
	}
	if list := strings.Join(files, ", "); list != "photo image/jpeg, cut video/mp4, text text/plain, raw application/octet-stream, none " {
		t.Errorf("files: %s", list)
	}

	// The hook works without identifiers to look for, and its error ends the body.
	o.Identifiers = nil
	if got, err := filter(formData, in, o); err != nil || !strings.Contains(got, "ABC") || !strings.Contains(got, `{"imei":1}`) {
		t.Errorf("%q, %v", got, err)
	}
	o.File = func(_, _ string, r io.Reader) io.Reader { return io.MultiReader(r, &upper{r}, failing{}) }
	if _, err := filter(formData, in, o); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// upper makes letters capitals.
type upper struct{ r io.Reader }

func (u *upper) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	copy(b, strings.ToUpper(string(b[:n])))
	return n, err
}
