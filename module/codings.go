package module

import (
	"bufio"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// codingsMax is how many content codings one on the other are undone.
const codingsMax = 2

// coding is a content coding (RFC 9110 section 8.4.1) that the gateway can undo
// and, where a browser's Accept-Encoding may ask for it, apply again.
type coding struct {
	name   string
	decode func(io.Reader) (io.ReadCloser, error)
	encode func(io.Writer) flushCloser // nil: the page goes on without the coding
}

type flushCloser interface {
	io.WriteCloser
	Flush() error
}

var codings = []coding{
	{"gzip", decodeGzip, encodeGzip},
	{"br", decodeBrotli, encodeBrotli},
	{"zstd", decodeZstd, encodeZstd},
	{"deflate", decodeDeflate, nil},
}

var errCoding = errors.New("a content coding that can't be undone")

// codingsOf reads the Content-Encoding of a response, the last applied first.
func codingsOf(h http.Header) ([]coding, error) {
	var found []coding
	for name := range strings.SplitSeq(strings.Join(h["Content-Encoding"], ","), ",") {
		name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "x-")
		switch name {
		case "", "identity", "none", "utf-8": // the last two are mistakes that no browser minds
			continue
		}
		at := -1
		for i := range codings {
			if codings[i].name == name {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("%w: %s", errCoding, name)
		}
		found = append([]coding{codings[at]}, found...)
	}
	if len(found) > codingsMax {
		return nil, fmt.Errorf("%w: %d layers", errCoding, len(found))
	}
	return found, nil
}

// narrowEncodings asks the storefront only for codings that can be undone.
func (r *rules) narrowEncodings(h http.Header) {
	fields := h["Accept-Encoding"]
	if len(fields) == 0 {
		return
	}
	asked := strings.Join(fields, ", ")
	if len(asked) > 200 { // no browser's, and not to be remembered
		h["Accept-Encoding"] = []string{narrowCodings(asked)}
		return
	}
	if narrowed := r.codings.get(asked, narrowCodings); narrowed != asked {
		h["Accept-Encoding"] = []string{narrowed}
	}
}

// narrowCodings returns what of an Accept-Encoding can be undone.
func narrowCodings(asked string) string {
	var kept []string
	changed := false
	for token := range strings.SplitSeq(asked, ",") {
		token = strings.TrimSpace(token)
		name, _, _ := strings.Cut(token, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip", "br", "zstd", "identity":
			kept = append(kept, token)
		case "":
		default:
			changed = true
		}
	}
	switch {
	case !changed:
		return asked
	case len(kept) == 0:
		return "identity"
	}
	return strings.Join(kept, ", ")
}

// encodeDeflate is only for bodies that came so coded: no browser is answered
// with it.
func encodeDeflate(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }

// The coders are costly to make and are used again.
var (
	gzipReaders   sync.Pool
	gzipWriters   = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, 4); return w }}
	brotliReaders sync.Pool
	brotliWriters = sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, 3) }}
	zstdReaders   sync.Pool
	zstdWriters   = sync.Pool{New: func() any {
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow))
		return w
	}}
)

// zstdWindow is the largest window that browsers accept (RFC 9659).
const zstdWindow = 8 << 20

// pooledReader gives its decoder back when it is closed.
type pooledReader[R io.Reader] struct {
	reader R
	pool   *sync.Pool
}

func (p *pooledReader[R]) Read(b []byte) (int, error) { return p.reader.Read(b) }

func (p *pooledReader[R]) Close() error {
	p.pool.Put(p.reader)
	return nil
}

func decodeGzip(r io.Reader) (io.ReadCloser, error) {
	reader, ok := gzipReaders.Get().(*gzipMembers)
	if !ok {
		reader = &gzipMembers{src: bufio.NewReader(nil)}
	}
	reader.src.Reset(r)
	if err := reader.begin(); err != nil {
		return nil, err
	}
	return &pooledReader[*gzipMembers]{reader, &gzipReaders}, nil
}

// gzipMembers reads the members of a gzip file (RFC 1952 section 2.2) and no further:
// what else follows, often zeros or a blank line, browsers ignore.
type gzipMembers struct {
	src    *bufio.Reader
	member gzip.Reader
}

func (g *gzipMembers) begin() error {
	err := g.member.Reset(g.src)
	g.member.Multistream(false)
	return err
}

// Read implements [io.Reader].
func (g *gzipMembers) Read(p []byte) (int, error) {
	n, err := g.member.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if next, _ := g.src.Peek(2); string(next) != "\x1f\x8b" || g.begin() != nil {
		return n, io.EOF
	}
	return n, nil
}

// decodeDeflate undoes zlib (RFC 1950), and deflate without it (RFC 1951), which
// some servers send under the same name and browsers read.
func decodeDeflate(r io.Reader) (io.ReadCloser, error) {
	src := bufio.NewReader(r)
	if head, _ := src.Peek(2); len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(src)
	}
	return flate.NewReader(src), nil
}

func decodeBrotli(r io.Reader) (io.ReadCloser, error) {
	reader, ok := brotliReaders.Get().(*brotli.Reader)
	if !ok {
		return &pooledReader[*brotli.Reader]{brotli.NewReader(r), &brotliReaders}, nil
	}
	return &pooledReader[*brotli.Reader]{reader, &brotliReaders}, reader.Reset(r)
}

func decodeZstd(r io.Reader) (io.ReadCloser, error) {
	reader, ok := zstdReaders.Get().(*zstd.Decoder)
	if !ok {
		var err error
		reader, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return &pooledReader[*zstd.Decoder]{reader, &zstdReaders}, nil
	}
	return &pooledReader[*zstd.Decoder]{reader, &zstdReaders}, reader.Reset(r)
}

// pooledWriter gives its encoder back when it is closed.
type pooledWriter[W flushCloser] struct {
	writer W
	pool   *sync.Pool
}

func (p *pooledWriter[W]) Write(b []byte) (int, error) { return p.writer.Write(b) }
func (p *pooledWriter[W]) Flush() error                { return p.writer.Flush() }

func (p *pooledWriter[W]) Close() error {
	err := p.writer.Close()
	p.pool.Put(p.writer)
	return err
}

func encodeGzip(w io.Writer) flushCloser {
	writer := gzipWriters.Get().(*gzip.Writer)
	writer.Reset(w)
	return &pooledWriter[*gzip.Writer]{writer, &gzipWriters}
}

func encodeBrotli(w io.Writer) flushCloser {
	writer := brotliWriters.Get().(*brotli.Writer)
	writer.Reset(w)
	return &pooledWriter[*brotli.Writer]{writer, &brotliWriters}
}

func encodeZstd(w io.Writer) flushCloser {
	writer := zstdWriters.Get().(*zstd.Encoder)
	writer.Reset(w)
	return &pooledWriter[*zstd.Encoder]{writer, &zstdWriters}
}
