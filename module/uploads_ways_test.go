package module_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
)

// toldPhotograph is a photograph that tells a place in a comment.
func toldPhotograph(t *testing.T, pixels int) string {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, pixels, pixels))
	seed := uint32(7)
	for i := range picture.Pix {
		seed = seed*1664525 + 1013904223
		picture.Pix[i] = uint8(seed >> 24)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	plain := b.String()
	return plain[:2] + "\xff\xfe\x00\x19taken at 52.5162,13.377" + plain[2:]
}

// oneForm is a form with one part.
func oneForm(t *testing.T, header textproto.MIMEHeader, body string) (contentType, form string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreatePart(header)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, body)
	_ = m.Close()
	return m.FormDataContentType(), b.String()
}

// TestUploadsInEveryWay sends a photograph as clients do, and as they shouldn't.
func TestUploadsInEveryWay(t *testing.T) {
	g := start(t, bare, bodyEcho)
	for size, pixels := range map[string]int{"short": 64, "long": 400} {
		photo := toldPhotograph(t, pixels)
		if long := len(photo) > 64<<10; long != (size == "long") {
			t.Fatalf("%s: %d bytes", size, len(photo))
		}
		picture := photo[2+2+0x19:]
		send := func(name, method, body string, chunked bool, headers ...string) {
			t.Run(size+"/"+name, func(t *testing.T) {
				var reader io.Reader = strings.NewReader(body)
				if chunked {
					reader = struct{ io.Reader }{reader}
				}
				r, err := http.NewRequest(method, "http://"+g.host+"/upload", reader)
				if err != nil {
					t.Fatal(err)
				}
				for i := 0; i < len(headers); i += 2 {
					r.Header.Set(headers[i], headers[i+1])
				}
				answer, err := g.client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				data, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				got := string(data)
				if r.Header.Get("Content-Encoding") == "gzip" {
					_, coded, _ := strings.Cut(got, "\n")
					got = inflated(t, coded)
				}
				if answer.StatusCode != http.StatusOK || strings.Contains(got, "52.5162") || !strings.Contains(got, picture) {
					t.Errorf("answered %s, %d bytes, the place in it: %v, the picture: %v", answer.Status, len(got), strings.Contains(got, "52.5162"), strings.Contains(got, picture))
				}
			})
		}
		for _, kind := range []string{"image/jpeg", "IMAGE/JPEG", "image/jpeg; q=1", "image/png", "video/mp4", "application/octet-stream", "binary/octet-stream", "application/zip", "application/x-www-form-urlencoded", "text/plain", "text/html", ""} {
			var headers []string
			if kind != "" {
				headers = []string{"Content-Type", kind}
			}
			send("PUT "+kind, "PUT", photo, false, headers...)
			send("POST in chunks "+kind, "POST", photo, true, headers...)
		}
		var coded bytes.Buffer
		w := gzip.NewWriter(&coded)
		_, _ = io.WriteString(w, photo)
		_ = w.Close()
		for _, kind := range []string{"image/jpeg", "application/octet-stream", "text/plain", "application/x-www-form-urlencoded"} {
			send("gzip "+kind, "POST", coded.String(), false, "Content-Type", kind, "Content-Encoding", "gzip")
			send("gzip in chunks "+kind, "POST", coded.String(), true, "Content-Type", kind, "Content-Encoding", "gzip")
		}
		for _, prefix := range []string{"", "data:image/jpeg;base64,"} {
			text := prefix + base64.StdEncoding.EncodeToString([]byte(photo))
			clean := prefix + base64.StdEncoding.EncodeToString([]byte(photo[:2]+picture))
			kind, form := oneForm(t, textproto.MIMEHeader{"Content-Disposition": {`form-data; name="photo"`}}, text)
			for kind, body := range map[string]string{"application/json": `{"photo":"` + text + `","a":1}`, "text/plain": `["` + text + `"]`, kind: form} {
				a := g.do("POST", "/upload", body, "Content-Type", kind)
				want := strings.Replace(body, text, clean, 1)
				if _, got, _ := strings.Cut(a.body, "\n"); a.StatusCode != http.StatusOK || strings.TrimRight(got, "\r\n") != strings.TrimRight(want, "\r\n") {
					t.Errorf("%s, as base64 in %.20s: answered %s", size, kind, a.Status)
				}
			}
		}
		for name, header := range map[string]textproto.MIMEHeader{
			"a file":            {"Content-Disposition": {`form-data; name="photo"; filename="photo.jpg"`}, "Content-Type": {"image/jpeg"}},
			"a file of no type": {"Content-Disposition": {`form-data; name="photo"; filename="photo"`}},
			"a file of text":    {"Content-Disposition": {`form-data; name="photo"; filename="photo.txt"`}, "Content-Type": {"text/plain"}},
			"a file of bytes":   {"Content-Disposition": {`form-data; name="photo"; filename="photo"`}, "Content-Type": {"application/octet-stream"}},
			"a part of a type":  {"Content-Disposition": {`form-data; name="photo"`}, "Content-Type": {"image/jpeg"}},
			"a part of no type": {"Content-Disposition": {`form-data; name="photo"`}},
			"a part of text":    {"Content-Disposition": {`form-data; name="photo"`}, "Content-Type": {"text/plain"}},
		} {
			kind, form := oneForm(t, header, photo)
			send(name, "POST", form, false, "Content-Type", kind)
			send(name+" in chunks", "POST", form, true, "Content-Type", kind)
		}
	}
}

func inflated(t *testing.T, coded string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(coded))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestUploadsThatAreRefused wants the same answer to what can't be judged, however
// long it is. So little is left unread of each that the server still reads it, for a
// client that is cut off while it writes may miss the answer.
func TestUploadsThatAreRefused(t *testing.T) {
	g := start(t, bare, bodyEcho)
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"short": {"FUJIFILMCCD-RAW 0201", http.StatusUnsupportedMediaType},
		"long":  {"FUJIFILMCCD-RAW 0201" + strings.Repeat("x", 100<<10), http.StatusUnsupportedMediaType},
		"large": {"II*\x00" + strings.Repeat("x", 8<<20), http.StatusRequestEntityTooLarge},
		"wrong": {"\xff\xd8\xff\x02" + strings.Repeat("x", 100<<10), http.StatusBadRequest},
	} {
		for _, kind := range []string{"image/x-raw", "application/octet-stream"} {
			if a := g.do("POST", "/upload", test.body, "Content-Type", kind); a.StatusCode != test.want {
				t.Errorf("%s, %s: answered %s", name, kind, a.Status)
			}
		}
		kind, form := oneForm(t, textproto.MIMEHeader{"Content-Disposition": {`form-data; name="photo"; filename="photo"`}}, test.body)
		if a := g.do("POST", "/upload", form, "Content-Type", kind); a.StatusCode != test.want {
			t.Errorf("%s, in a form: answered %s", name, a.Status)
		}
	}
	for _, header := range [][2]string{{"Upload-Offset", "0"}, {"Content-Range", "bytes 0-99/200"}} {
		for _, pixels := range []int{64, 400} {
			if a := g.do("PATCH", "/upload", toldPhotograph(t, pixels), "Content-Type", "application/offset+octet-stream", header[0], header[1]); a.StatusCode != http.StatusUnsupportedMediaType {
				t.Errorf("a piece by %s: answered %s", header[0], a.Status)
			}
		}
		if a := g.do("PATCH", "/upload", "a piece", header[0], header[1]); a.StatusCode != http.StatusOK || a.body != "7\na piece" {
			t.Errorf("a piece of something else: %s, %q", a.Status, a.body)
		}
	}
	for _, fields := range []string{"", "dztotalchunkcount=2", "resumableTotalChunks=30", "chunk=0 chunks=3", "flowTotalChunks=2", "qqtotalparts=2", "total_chunks=9"} {
		for _, query := range []string{"", "?resumableTotalChunks=2&a=b", "?uploadId=x&partNumber=1"} {
			for _, headers := range [][]string{{}, {"Content-Range", "bytes 0-99/200"}} {
				var b bytes.Buffer
				m := multipart.NewWriter(&b)
				for pair := range strings.FieldsSeq(fields) {
					name, value, _ := strings.Cut(pair, "=")
					_ = m.WriteField(name, value)
				}
				part, _ := m.CreateFormFile("file", "blob")
				photo := toldPhotograph(t, 64)
				_, _ = io.WriteString(part, photo)
				_ = m.Close()
				want := http.StatusUnsupportedMediaType
				if fields == "" && query == "" && len(headers) == 0 {
					want = http.StatusOK
				}
				a := g.do("POST", "/upload"+query, b.String(), append(headers, "Content-Type", m.FormDataContentType())...)
				if a.StatusCode != want {
					t.Errorf("a form with %q, %q and %q: answered %s", fields, query, headers, a.Status)
				}
				form := strings.Replace(b.String(), photo, "PK\x03\x04 an archive", 1)
				if a := g.do("POST", "/upload"+query, form, append(headers, "Content-Type", m.FormDataContentType())...); a.StatusCode != http.StatusOK || !strings.Contains(a.body, form) {
					t.Errorf("a piece of something else with %q, %q and %q: answered %s", fields, query, headers, a.Status)
				}
			}
		}
	}
	for _, whole := range []string{"chunks=1", "chunk=0", "chunks=", "chunks=many", "colours=3", "partNumber=4711"} {
		if a := g.do("POST", "/upload?"+whole, toldPhotograph(t, 64), "Content-Type", "image/jpeg"); a.StatusCode != http.StatusOK || strings.Contains(a.body, "52.5162") {
			t.Errorf("a photograph with %s: answered %s", whole, a.Status)
		}
	}
	// What is no picture keeps its length and its sums.
	a := g.do("PUT", "/upload", "PK\x03\x04 an archive", "Content-Type", "application/zip", "Content-Digest", "sha-256=:kept:")
	if a.StatusCode != http.StatusOK || a.body != "15\nPK\x03\x04 an archive" {
		t.Errorf("an archive: %s, %q", a.Status, a.body)
	}
	photo := toldPhotograph(t, 400)
	if a := g.do("PUT", "/upload", photo, "Expect", "100-continue"); a.StatusCode != http.StatusOK || strings.Contains(a.body, "52.5162") || !strings.HasPrefix(a.body, fmt.Sprintf("%d\n", len(photo))) {
		t.Errorf("a photograph of a client that waits: %s, %.20q", a.Status, a.body)
	}
	long := "PK\x03\x04 " + strings.Repeat("an archive", 10<<10)
	if a := g.do("PUT", "/upload", long, "Content-Type", "application/octet-stream"); a.StatusCode != http.StatusOK || a.body != "102405\n"+long {
		t.Errorf("a long archive: %s, %.20q", a.Status, a.body)
	}
	if a := g.do("PUT", "/upload", long, "Expect", "100-continue"); a.StatusCode != http.StatusOK || a.body != "102405\n"+long {
		t.Errorf("a long archive of a client that waits: %s, %.20q", a.Status, a.body)
	}
}
