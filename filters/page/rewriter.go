package page

import (
	"bytes"
	"errors"
	"io"

	"github.com/fairwaygate/fairway/filters/consent"
)

// MaxHeld is how many bytes of a document a [Rewriter] holds back at most: a
// tag, or an inline script with its tag. Longer ones are judged in pieces.
const MaxHeld = 48 << 10

const (
	outSize   = 8 << 10 // of the buffer that joins small writes
	maxSrcdoc = 4       // how deep documents within documents are followed
)

// ErrEncoding is returned for a document that begins with the byte order mark of
// UTF-16: its tags can't be seen in the raw bytes. Nothing of it is passed on.
var ErrEncoding = errors.New("page: a UTF-16 document can't be filtered in place")

// Rewriter filters one document. It is an io.WriteCloser; it is not safe for
// concurrent use. Make one with [NewRewriter], or take a used one and Reset it.
type Rewriter struct {
	w    io.Writer
	o    *Options
	name func(consent.Purpose) string
	err  error

	held []byte // input that could not be passed on yet
	out  []byte // output that was not written yet
	b    []byte // what is being scanned
	done int    // how much of b has been passed on
	eof  bool   // nothing follows b

	format          Format
	rendered        bool // of XML: elements are those of XHTML or SVG
	hidden          bool // it may fetch what can't be seen in it
	started, closed bool
	state           state
	tree            tree
	tag             tag
	lexing          bool // tag is incomplete, or what follows it is
	long            longTag

	base      URL // where relative references lead
	elsewhere bool
	baseBuf   []byte

	doc                bool // it is a document, not a fragment
	headDone, bodyDone bool

	raw      string // the end tag that ends raw text
	script   scriptState
	judging  bool // the script's text is judged
	css      cssScanner
	rules    ruleScanner
	edits    []edit // of one tag
	pending  []edit // of a doubtful region
	work     int    // spent on it, in bytes
	scratch  []byte // their texts
	extra    []byte
	decoded  []byte // an attribute's value
	inner    []byte // a document or script within
	from     []int32
	purposes []consent.Purpose
	plain    bool
	url      urlParser

	depth     int
	probe     bool // a document within the document: only judge
	blocked   bool
	blockedBy consent.Purpose
	child     *Rewriter
}

// state is what the scanner is in.
type state uint8

const (
	inData state = iota
	inComment
	inBogus // up to ">"
	inCDATA
	inRaw
	inStyle
	inScript
	inLongTag
	inLongValue
	inWild
	inDoctype // of XML
	inSubset  // within its brackets
	inRefused // of JSON: nothing more is passed on
)

// NewRewriter returns a Rewriter that writes to w.
func NewRewriter(w io.Writer, o *Options) *Rewriter {
	r := new(Rewriter)
	r.Reset(w, o)
	return r
}

// Reset makes r ready for another document. Its buffers are kept.
func (r *Rewriter) Reset(w io.Writer, o *Options) {
	r.tree.reset()
	r.tag.reset()
	*r = Rewriter{
		w: w, o: o, name: o.Name, tree: r.tree, tag: r.tag, url: r.url, child: r.child,
		held: r.held[:0], out: r.out[:0], baseBuf: r.baseBuf[:0], edits: r.edits[:0], pending: r.pending[:0],
		scratch: r.scratch[:0], extra: r.extra[:0], decoded: r.decoded[:0], inner: r.inner[:0], from: r.from[:0], purposes: r.purposes[:0],
		base: o.Base, format: o.Format, doc: o.Document && o.Format == HTML,
		rules: ruleScanner{name: r.rules.name[:0], edits: r.rules.edits[:0]},
	}
	if r.name == nil {
		r.name = defaultName
	}
	if len(r.base.Scheme) == 0 {
		r.base.Scheme = schemeHTTPS
	}
	r.url.u = URL{}
}

// Write takes more of the document, and writes what is sure. Only the first
// error of the underlying writer is returned, and then always.
func (r *Rewriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(r.held) > 0 && len(p) > 0 && r.err == nil {
		had := len(r.held)
		take := min(len(p), max(had, 1<<10), MaxHeld-had)
		r.held = append(r.held, p[:take]...)
		used := r.scan(r.held, false)
		if used >= had { // go on in p itself
			p = p[used-had:]
			r.held = r.held[:0]
			continue
		}
		p = p[take:]
		r.held = append(r.held[:0], r.held[used:]...)
	}
	if len(p) > 0 && r.err == nil {
		used := r.scan(p, false)
		r.held = append(r.held[:0], p[used:]...)
	}
	r.flush()
	if r.err != nil {
		return 0, r.err
	}
	return n, nil
}

// Flush passes on everything that can be passed on: all but an incomplete tag
// or inline script, which Write leaves held anyway.
func (r *Rewriter) Flush() error {
	r.flush()
	return r.err
}

// Close ends the document. What is held is judged and passed on: an incomplete
// tag at the end loses its denied URLs, and no other byte.
func (r *Rewriter) Close() error {
	if r.closed {
		return r.err
	}
	r.closed = true
	empty := !r.started && len(r.held) == 0
	r.scan(r.held, true)
	r.held = r.held[:0]
	if r.doc && !empty && !r.o.Observe && !r.probe && !r.tag.cutOff {
		switch r.state {
		case inData, inWild:
			if !r.headDone && r.state == inData {
				r.write(r.o.Head)
			}
			if !r.bodyDone {
				r.write(r.o.Body)
			}
		}
	}
	r.flush()
	return r.err
}

// scan reads b from its start and returns how much of it is done with.
func (r *Rewriter) scan(b []byte, eof bool) int {
	r.b, r.done, r.eof = b, 0, eof
	pos := 0
	if !r.started {
		if len(b) < 3 && !eof {
			return 0
		}
		r.started = true
		if bytes.HasPrefix(b, []byte("\xFE\xFF")) || bytes.HasPrefix(b, []byte("\xFF\xFE")) {
			r.err = ErrEncoding
			return 0
		}
		if bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")) {
			pos = 3
		}
	}
	for more := true; more && pos < len(b); {
		pos, more = r.step(pos)
	}
	if eof {
		pos = len(b)
	}
	r.settle(pos)
	r.b = nil
	return pos
}

// step goes on in the present state. It returns the offset up to which b is
// read, and false when that needs more bytes.
func (r *Rewriter) step(pos int) (int, bool) {
	switch r.format {
	case CSS:
		return r.cssText(pos, len(r.b), r.eof), false
	case JSON:
		return r.jsonText(pos)
	case XML:
		if pos, more, done := r.stepXML(pos); done {
			return pos, more
		}
	}
	switch r.state {
	case inComment:
		return r.comment(pos)
	case inBogus:
		return r.bogus(pos)
	case inCDATA:
		return r.section(pos)
	case inRaw:
		return r.rawText(pos)
	case inStyle:
		return r.styleText(pos)
	case inScript:
		return r.scriptText(pos)
	case inLongTag:
		return r.longAttr(pos)
	case inLongValue:
		return r.longValue(pos)
	case inWild:
		return r.wild(pos)
	}
	return r.data(pos)
}

// pass passes b on as it is, up to an offset.
func (r *Rewriter) pass(to int) {
	if to > r.done {
		r.write(r.b[r.done:to])
		r.done = to
	}
}

// replace puts text in the place of b[from:to].
func (r *Rewriter) replace(from, to int, text []byte) {
	if r.o.Observe || r.probe {
		return
	}
	r.pass(from)
	r.write(text)
	r.done = to
}

// insert puts text before an offset.
func (r *Rewriter) insert(at int, text []byte) { r.replace(at, at, text) }

func (r *Rewriter) write(p []byte) {
	if r.err != nil || r.probe || len(p) == 0 {
		return
	}
	if len(r.out)+len(p) <= outSize {
		r.out = append(r.out, p...)
		return
	}
	r.flush()
	if len(p) <= outSize/2 {
		r.out = append(r.out, p...)
	} else if r.err == nil {
		_, r.err = r.w.Write(p)
	}
}

func (r *Rewriter) flush() {
	if len(r.out) > 0 && r.err == nil {
		_, r.err = r.w.Write(r.out)
	}
	r.out = r.out[:0]
}
