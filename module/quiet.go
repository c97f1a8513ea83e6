package module

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"

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
