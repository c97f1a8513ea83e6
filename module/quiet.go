package module

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

// What fails is logged by others: by Caddy, its handlers and net/http. So that no log
// holds a visitor's address, it is taken out of errors before they see them.

// withoutPeer takes the addresses out of a network's error. One of them is the
// visitor's where a connection broke off.
func withoutPeer(err error) error {
	if err == nil {
		return nil
	}
	var op *net.OpError
	if !errors.As(err, &op) {
		return err
	}
	return &net.OpError{Op: op.Op, Net: op.Net, Err: op.Err}
}

// withoutWords takes out of a handler's error what it quotes of the request's query,
// of who is named in its path, and of what the storefront sent: Caddy logs the text,
// which no log filter sees.
func (x *exchange) withoutWords(err error) error {
	if err == nil {
		return nil
	}
	failed := caddyhttp.HandlerError{Err: err}
	answered := errors.As(err, &failed)
	if failed.Err == nil {
		return err
	}
	text := failed.Err.Error()
	quiet := x.words().Replace(withoutAnswer(text))
	switch {
	case quiet == text:
		return err
	case !answered:
		return &quietError{err, quiet}
	}
	failed.Err = &quietError{failed.Err, quiet}
	return failed
}

// quietError is an error that is told in other words.
type quietError struct {
	error
	text string
}

// Error implements error.
func (e *quietError) Error() string { return e.text }

// Unwrap returns the error as it was.
func (e *quietError) Unwrap() error { return e.error }

// withoutAnswer cuts off what net/http quotes of an answer that it can't read: it may be
// any part of any answer.
func withoutAnswer(text string) string {
	const broken = "transport connection broken: "
	at := strings.Index(text, broken)
	if at < 0 {
		return text
	}
	if quote := strings.IndexByte(text[at:], '"'); quote >= 0 {
		return strings.TrimRight(text[:at+quote], ": ")
	}
	return text
}

// wordLen is the least length of a query, or of a value in one, that is looked for by
// itself in errors. A shorter one may stand anywhere.
const wordLen = 4

// words replaces what a visitor says in the address of the request, as it came and as
// it was rewritten.
func (x *exchange) words() *strings.Replacer {
	quiet := make(map[string]string)
	hide := func(text string) {
		if len(text) >= wordLen {
			quiet[text] = redacted
		}
	}
	for _, u := range [...]*url.URL{x.seen, x.r.URL} {
		if u.RawQuery != "" {
			quiet["?"+u.RawQuery] = "?" + redacted
			hide(u.RawQuery)
		}
		for _, values := range u.Query() {
			for _, value := range values {
				hide(value)
				hide(url.QueryEscape(value))
			}
		}
		for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
			if logged := redactSegment(segment); logged != segment {
				plain, _ := url.PathUnescape(segment)
				quiet[segment], quiet[plain] = logged, logged
			}
		}
	}
	delete(quiet, "")
	var pairs []string
	for _, word := range slices.SortedFunc(maps.Keys(quiet), func(a, b string) int { return len(b) - len(a) }) {
		pairs = append(pairs, word, quiet[word]) // the longest first, of which others are parts
	}
	return strings.NewReplacer(pairs...)
}

// quietBody is a request's body whose errors tell no address.
type quietBody struct{ io.ReadCloser }

// Read implements [io.Reader].
func (b *quietBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	return n, withoutPeer(err)
}

// quieten makes the request's body one that tells no address.
func quieten(r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &quietBody{r.Body}
	}
}

// endPanic, when deferred, ends a response whose handler has panicked. net/http would
// do the same, and log the visitor's address with whatever the panic says.
func (g *Gateway) endPanic() {
	v := recover()
	if v == nil {
		return
	}
	if v != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
		what := fmt.Sprintf("%T", v)
		if err, ok := v.(runtime.Error); ok { // which quotes nothing
			what = err.Error()
		}
		g.logger.Error("a handler panicked", zap.String("panic", what), zap.ByteString("stack", debug.Stack()))
	}
	panic(http.ErrAbortHandler)
}
