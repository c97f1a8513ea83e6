package module

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"github.com/fairwaygate/fairway/filters/page"
)

// A page's body passes these stages, each of which is there only when needed:
//
//	storefront -> decoders -> other charsets to UTF-8 -> filter -> buffer -> encoder -> browser
//
// Without decoders and such charsets all happens in the handler's own Write. With them
// a goroutine pulls, for decoders can only be read from.
type pageBody struct {
	x       *exchange
	filter  *page.Rewriter
	second  *page.Rewriter // of a page that may be read in two ways
	buffer  *bufio.Writer
	encoder flushCloser
	head    []byte // the first byte, when a Write brought only one

	mu      sync.Mutex // the goroutine's writes and the handler's flushes
	pipe    *io.PipeWriter
	done    chan error
	spent   time.Duration // in the filter and what is behind it
	passed  time.Duration // of that, behind it
	in      atomic.Int64  // bytes from the storefront
	out     int64         // bytes after decoding
	begun   bool
	prompt  bool // the handler flushes, so that the goroutine must too
	charset string
	from    encoding.Encoding // that it says, when the body must be recoded
	undo    []coding
}

var (
	filters = sync.Pool{New: func() any { return new(page.Rewriter) }}
	buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 16<<10) }}
)

const (
	bombRatio = 100      // a body that grows more than this
	bombSize  = 16 << 20 // past this size is not decoded further
)

var (
	errDecode = errors.New("the page can't be decoded")
	errBomb   = fmt.Errorf("%w: it grows too much", errDecode)
)

// beginFilter prepares a response's header and body for filtering. Of what is hidden
// in the body only the browser can keep the visitor.
func (x *exchange) beginFilter(h http.Header, k kind, hidden bool) {
	undo, err := codingsOf(h)
	charset, plain := charsetOf(h)
	from := recoded(charset)
	if err != nil || from == nil && !page.Decodable(charset) {
		x.site.failure(failEncoding)
		x.refuseBody(h, k)
		return
	}
	switch {
	case from != nil:
		setCharset(h, "utf-8")
	case !plain: // so that browsers read it like the filter
		setCharset(h, charset)
	}
	x.altered = true
	delete(h, "Content-Length")
	delete(h, "Accept-Ranges")
	dropSums(h)
	x.markTag(h)
	x.limitCaching(h, k)
	if k.isDocument() {
		x.denyFeatures(h)
		x.limitHosts(h)
	}
	if hidden {
		h.Add(enforcedPolicy, strictestPolicy)
	}
	if k == htmlPage {
		x.admitOwn(h)
	}
	var again *coding
	if len(undo) > 0 {
		delete(h, "Content-Encoding")
		if undo[0].encode != nil {
			again = &undo[0]
			h.Set("Content-Encoding", again.name)
		}
	}
	if x.r.Method == http.MethodHead || !hasBody(x.status) {
		return
	}
	options := x.judgeOptions(k)
	if k == htmlPage {
		options.Head, options.Body = x.snippets(h)
		options.Alters = x.serves
		options.Document = x.r.Header.Get("Sec-Fetch-Dest") != "" && x.isShown()
	}
	x.body = x.newBody(&pageBody{undo: undo, charset: charset, from: from}, x.w, again, options, k)
}

// refuseBody deals with a body that can't be read: a document is served with a
// policy that lets the browser fetch nothing from elsewhere, and of anything else
// nothing is.
func (x *exchange) refuseBody(h http.Header, k kind) {
	makePrivate(h)
	if k.isDocument() {
		h.Add(enforcedPolicy, strictestPolicy)
		x.denyFeatures(h)
		return
	}
	x.silent = true
	dropSums(h)
	for _, name := range []string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified"} {
		delete(h, name)
	}
}

// newBody makes a body ready that writes to w, coded again or not.
func (x *exchange) newBody(b *pageBody, w io.Writer, again *coding, options *page.Options, k kind) *pageBody {
	b.x = x
	b.buffer = buffers.Get().(*bufio.Writer)
	b.buffer.Reset(timed{w, &b.passed})
	if again != nil {
		b.encoder = again.encode(b.buffer)
	}
	sink := b.sink()
	if k == xhtmlPage {
		// What it is as HTML goes out as well.
		html := *options
		html.Format, html.Found = page.HTML, nil
		b.second = filters.Get().(*page.Rewriter)
		b.second.Reset(sink, &html)
		sink = b.second
	}
	b.filter = filters.Get().(*page.Rewriter)
	b.filter.Reset(sink, options)
	return b
}

// strictestPolicy keeps a page that can't be judged to its own origin.
const strictestPolicy = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"

func (b *pageBody) sink() io.Writer {
	if b.encoder != nil {
		return b.encoder
	}
	return b.buffer
}

// Write takes bytes as the storefront sends them.
func (b *pageBody) Write(p []byte) (int, error) {
	b.in.Add(int64(len(p)))
	if !b.begun {
		if len(b.head)+len(p) < 2 && len(b.undo) == 0 && b.from == nil {
			b.head = append(b.head, p...)
			return len(p), nil
		}
		b.begin(p)
	}
	if b.pipe != nil {
		return b.pipe.Write(p)
	}
	return b.judge(p)
}

// begin chooses the stages: what came first may tell the encoding.
func (b *pageBody) begin(p []byte) {
	b.begun = true
	if len(b.undo) == 0 && b.from == nil {
		b.from = recodedByBody(b.charset, append(b.head[:len(b.head):len(b.head)], p[:min(len(p), sniffed)]...))
	}
	if len(b.undo) > 0 || b.from != nil {
		reader, writer := io.Pipe()
		b.pipe, b.done = writer, make(chan error, 1)
		go func() {
			err := b.pull(reader)
			reader.CloseWithError(err)
			b.done <- err
		}()
	}
	if len(b.head) > 0 {
		if b.pipe != nil {
			_, _ = b.pipe.Write(b.head)
		} else {
			_, _ = b.judge(b.head)
		}
	}
}

// pull decodes and judges until the storefront's bytes end.
func (b *pageBody) pull(pipe io.Reader) error {
	src := pipe
	for _, c := range b.undo {
		decoder, err := c.decode(src)
		if err != nil {
			return fmt.Errorf("%w: %w", errDecode, err)
		}
		defer decoder.Close()
		src = decoder
	}
	ahead := bufio.NewReader(src)
	src = ahead
	_, _ = ahead.Peek(len("\xEF\xBB\xBF"))
	head, _ := ahead.Peek(min(ahead.Buffered(), sniffed))
	if b.from == nil || page.SniffBOM(head) != "" { // a mark outweighs what the header says
		b.from = recodedByBody(b.charset, head)
	}
	if b.from != nil {
		src = transform.NewReader(src, b.from.NewDecoder())
		// A mark of UTF-8 outweighs what the header and the page say.
		if _, err := b.judge([]byte("\xEF\xBB\xBF")); err != nil {
			return err
		}
	}
	chunk := make([]byte, 16<<10)
	for {
		n, err := src.Read(chunk)
		if n > 0 {
			b.out += int64(n)
			if b.out > bombSize && b.out > bombRatio*b.in.Load() {
				return errBomb
			}
			if _, err := b.judge(chunk[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, pipe) // what follows the end of a coding
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errDecode, err)
		}
	}
}

func (b *pageBody) judge(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	start := time.Now()
	n, err := b.filter.Write(p)
	b.spent += time.Since(start)
	if err == nil && b.prompt {
		err = b.flush()
	}
	return n, err
}

// Flush passes on all that was judged so far.
func (b *pageBody) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prompt = b.pipe != nil // what was just written may not be decoded yet
	return b.flush()
}

func (b *pageBody) flush() error {
	if err := b.filter.Flush(); err != nil {
		return err
	}
	if b.second != nil {
		if err := b.second.Flush(); err != nil {
			return err
		}
	}
	if b.encoder != nil {
		if err := b.encoder.Flush(); err != nil {
			return err
		}
	}
	if err := b.buffer.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(b.x.w).Flush()
}

// Close ends the page.
func (b *pageBody) Close() error {
	if !b.begun {
		b.begin(nil)
	}
	err := b.end(nil)
	if b.out == 0 {
		err = nil // nothing could be decoded: the page is empty, and whole
	}
	err = errors.Join(err, b.filter.Close())
	if b.second != nil {
		err = errors.Join(err, b.second.Close())
	}
	if b.encoder != nil {
		err = errors.Join(err, b.encoder.Close())
	}
	err = errors.Join(err, b.buffer.Flush())
	b.recycle()
	return err
}

// abandon ends the page where the storefront or the browser broke off.
func (b *pageBody) abandon() {
	_ = b.end(errBrokenOff)
	b.recycle()
}

var errBrokenOff = errors.New("the page was broken off")

// end tells the goroutine that no more comes, or why, and waits for it. What could
// not be decoded is not passed on: the page ends before it.
func (b *pageBody) end(why error) error {
	if b.pipe == nil {
		return nil
	}
	_ = b.pipe.CloseWithError(why)
	err := <-b.done
	if errors.Is(err, errDecode) && !errors.Is(err, errBrokenOff) {
		b.x.site.failure(failEncoding)
	}
	return err
}

// recycle gives back what is pooled.
func (b *pageBody) recycle() {
	b.x.site.observe(stagePage, b.spent-b.passed)
	for _, filter := range []*page.Rewriter{b.filter, b.second} {
		if filter != nil {
			filter.Reset(io.Discard, new(page.Options))
			filters.Put(filter)
		}
	}
	b.buffer.Reset(nil)
	buffers.Put(b.buffer)
	b.x.body = nil
}

// timed measures the time that is spent behind the filter.
type timed struct {
	w     io.Writer
	spent *time.Duration
}

func (t timed) Write(p []byte) (int, error) {
	start := time.Now()
	n, err := t.w.Write(p)
	*t.spent += time.Since(start)
	return n, err
}
