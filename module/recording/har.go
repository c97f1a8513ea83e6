package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// harEntry is what is read of an entry of a HAR.
type harEntry struct {
	Request struct {
		Method   string     `json:"method"`
		URL      string     `json:"url"`
		Headers  []harField `json:"headers"`
		Cookies  []harField `json:"cookies"`
		PostData struct {
			MimeType string     `json:"mimeType"`
			Text     string     `json:"text"`
			Params   []harField `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int        `json:"status"`
		Headers []harField `json:"headers"`
		Content struct {
			Text     string `json:"text"`
			Encoding string `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// readHAR reads one entry of an archive, or an entry that stands by itself.
func readHAR(name string, data []byte, number int) (*Exchange, error) {
	var archive struct {
		Log struct {
			Entries []harEntry `json:"entries"`
		} `json:"log"`
		harEntry
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := json.Unmarshal(data, &archive); err != nil {
		return nil, fmt.Errorf("%s:%d: expected a HAR: %s", name, lineOf(data, err), what(err))
	}
	entries := archive.Log.Entries
	if len(entries) == 0 && archive.Request.Method != "" {
		entries = []harEntry{archive.harEntry}
	}
	switch {
	case len(entries) == 0:
		return nil, fmt.Errorf("%s: expected log.entries with at least one entry", name)
	case number < 1 || number > len(entries):
		return nil, fmt.Errorf("%s: entry %d: expected 1 to %d", name, number, len(entries))
	}
	x, err := entries[number-1].exchange()
	if err != nil {
		return nil, fmt.Errorf("%s: entry %d: %w", name, number, err)
	}
	return x, nil
}

// lineOf finds the line of an error in JSON.
func lineOf(data []byte, err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(len(data))
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	return 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
}

// what says what is wrong without quoting a value.
func what(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s is a %s", kind.Field, strings.Fields(kind.Value)[0])
	}
	return err.Error()
}

func (e *harEntry) exchange() (*Exchange, error) {
	u, err := url.Parse(e.Request.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("request.url: expected a URL such as https://shop.example/")
	}
	if !httpguts.ValidHeaderFieldName(e.Request.Method) {
		return nil, errors.New("request.method: expected a method such as GET")
	}
	h, err := headerOf("request", e.Request.Headers)
	if err != nil {
		return nil, err
	}
	if _, ok := h["Cookie"]; !ok && len(e.Request.Cookies) > 0 {
		h.Set("Cookie", pairs(e.Request.Cookies, "; "))
	}
	x := &Exchange{Request: Request{Method: e.Request.Method, URL: u, Host: u.Host, Header: h}}
	h.Del("Host")
	post := &e.Request.PostData
	x.Request.Body = []byte(post.Text)
	if post.Text == "" && len(post.Params) > 0 {
		x.Request.Body = []byte(pairs(post.Params, "&"))
	}
	if h.Get("Content-Type") == "" && post.MimeType != "" {
		h.Set("Content-Type", post.MimeType)
	}
	if e.Response.Status < 200 || e.Response.Status > 599 {
		return x, nil // none was recorded, or none came
	}
	r := &Response{Status: e.Response.Status, Body: []byte(e.Response.Content.Text)}
	if r.Header, err = headerOf("response", e.Response.Headers); err != nil {
		return nil, err
	}
	if e.Response.Content.Encoding == "base64" {
		if r.Body, err = base64.StdEncoding.DecodeString(e.Response.Content.Text); err != nil {
			return nil, errors.New("response.content.text: expected base64")
		}
	}
	// The text of an archive is decoded already.
	for _, name := range []string{"Content-Encoding", "Content-Length", "Transfer-Encoding"} {
		r.Header.Del(name)
	}
	x.Response = r
	return x, nil
}

// headerOf collects fields. Those whose names begin with a colon are HTTP/2's own
// (RFC 9113 section 8.3).
func headerOf(whose string, fields []harField) (http.Header, error) {
	h := make(http.Header)
	for i, f := range fields {
		if strings.HasPrefix(f.Name, ":") {
			continue
		}
		// Some programs put several fields of one name into one, a line each.
		for value := range strings.SplitSeq(f.Value, "\n") {
			if !httpguts.ValidHeaderFieldName(f.Name) || !httpguts.ValidHeaderFieldValue(value) {
				return nil, fmt.Errorf("%s.headers[%d]: expected a field's name, and a value without control characters", whose, i)
			}
			h.Add(f.Name, value)
		}
	}
	return h, nil
}

func pairs(fields []harField, separator string) string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.Name + "=" + f.Value
	}
	return strings.Join(all, separator)
}
