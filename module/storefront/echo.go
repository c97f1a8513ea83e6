package storefront

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxEcho is how much of a body is shown, in bytes. All of it is counted and hashed.
const maxEcho = 64 << 10

// echoed is a request as the shop saw it.
type echoed struct {
	Method     string              `json:"method"`
	URI        string              `json:"uri"`
	Proto      string              `json:"proto"`
	Host       string              `json:"host"`
	Remote     string              `json:"remote"`
	Headers    map[string][]string `json:"headers"`
	BodyBytes  int64               `json:"bodyBytes"`
	BodySHA256 string              `json:"bodySHA256"`
	Body       string              `json:"body,omitempty"`       // the beginning, when it is text
	BodyBase64 string              `json:"bodyBase64,omitempty"` // the beginning, when it is not
}

// echo shows the request as it arrived, so that an operator sees what the gateway
// let through. The body is read as a stream and may have any size.
func echo(w http.ResponseWriter, r *http.Request) {
	seen := echoed{
		Method: r.Method, URI: r.RequestURI, Proto: r.Proto, Host: r.Host,
		Remote: r.RemoteAddr, Headers: r.Header,
	}
	sum := sha256.New()
	body := io.TeeReader(r.Body, sum)
	head, err := io.ReadAll(io.LimitReader(body, maxEcho))
	if err == nil {
		seen.BodyBytes, err = io.Copy(io.Discard, body)
	}
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	seen.BodyBytes += int64(len(head))
	seen.BodySHA256 = hex.EncodeToString(sum.Sum(nil))
	if utf8.Valid(head) {
		seen.Body = string(head)
	} else {
		seen.BodyBase64 = base64.StdEncoding.EncodeToString(head)
	}

	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if wantsJSON(r) {
		writeJSON(w, http.StatusOK, seen)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, seen.text())
}

// text writes the request as HTTP/1.1 would, with the headers in order of name.
func (e echoed) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\nHost: %s\n", e.Method, e.URI, e.Proto, e.Host)
	for _, name := range slices.Sorted(maps.Keys(e.Headers)) {
		for _, value := range e.Headers[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	if e.BodyBytes > 0 {
		fmt.Fprintf(&b, "\n%s%s\n\n(%d bytes, SHA-256 %s)\n", e.Body, e.BodyBase64, e.BodyBytes, e.BodySHA256)
	}
	return b.String()
}
