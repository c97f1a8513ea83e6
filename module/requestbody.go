package module

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/image"
)

// wholeMax is up to which length a body is filtered before it is sent on, so
// that its length is known; a longer one streams, in chunks.
const wholeMax = 64 << 10

// filterBody takes out of the request's body what was not granted, and towards
// a partner all that it may not receive. receives is nil for the storefront.
func (x *exchange) filterBody(receives *body.Allowlist) error {
	r := x.r
	granted := x.identifierGrant()
	if r.Body == nil || r.ContentLength == 0 || receives == nil && x.rules.passesIdentifiers(granted) {
		return nil
	}
	// The length of a short body is known once it is filtered, and whether it changed.
	short := r.ContentLength >= 0 && r.ContentLength <= wholeMax
	came := new(bytes.Buffer)
	if short && hasSums(r.Header) {
		r.Body = &copiedBody{io.TeeReader(r.Body, came), r.Body}
	}
	filtered := &filteredBody{src: r.Body}
	filter, err := x.bodyFilter(receives)
	if err == nil {
		if r.ContentLength > 0 && r.Header["Content-Encoding"] == nil && r.Header["Expect"] == nil && judgedByBytes(r.Header.Get("Content-Type")) {
			// What it is, is found out at once: what passes keeps its length. A client
			// that waits is to hear from the storefront first.
			r.Body = &peekedBody{Closer: r.Body, peeked: peeked{src: r.Body}}
		}
		filtered.reader, err = filter(r.Body)
	}
	if err != nil {
		return bodyError(err)
	}
	if filtered.reader == io.Reader(r.Body) {
		return nil
	}
	if short {
		return x.filterWhole(filtered, came)
	}
	dropSums(r.Header)
	r.Body = filtered
	x.streaming = filtered
	pad, ok := paddingOf(r.Header)
	if _, late := filtered.reader.(*chosen); late && !ok {
		pad, ok = '\n', true // behind the end of a picture
	}
	if ok && r.ContentLength > 0 && !x.rules.identifiers[0].Hash {
		// What is taken out makes the body shorter. The length stays true when
		// what means nothing fills it up.
		filtered.pad, filtered.left = pad, r.ContentLength
		return nil
	}
	r.ContentLength = -1
	r.Header.Del("Content-Length")
	return nil
}

// bodyFilter returns what filters a body like the request's. It does not look at the
// request any more.
func (x *exchange) bodyFilter(receives *body.Allowlist) (func(io.Reader) (io.Reader, error), error) {
	granted := x.identifierGrant()
	options := &body.Options{
		Identifiers: x.identifierFilter(), Granted: granted, Receives: receives,
		Found:  x.foundInBody,
		IsFile: isPicture,
	}
	inPieces := isPiece(x.r.Header, x.r.URL.RawQuery)
	if file := x.fileFilter(granted); file != nil {
		options.File = func(field, contentType string, r io.Reader) io.Reader {
			if inPieces {
				return refusePieces(r)
			}
			return file(field, contentType, r)
		}
		options.Field = func(name, value string) { inPieces = inPieces || countsPieces(name, value) }
	}
	if len(x.r.Header["Content-Type"]) > 1 {
		return nil, body.ErrMalformed // servers differ in which they take
	}
	contentType := x.r.Header.Get("Content-Type")
	byBytes := options.File != nil && receives == nil && judgedByBytes(contentType)
	undo, err := codingsOf(x.r.Header)
	if err != nil {
		return nil, body.ErrUnsupported
	}
	if len(undo) > 0 && byBytes {
		// To look into what is encoded means to encode it anew, which is left alone
		// where nobody expects a picture.
		byBytes = judgedEncoded(contentType)
	}
	judge := func(src io.Reader) (io.Reader, error) {
		if !byBytes {
			return body.Filter(contentType, src, options)
		}
		return judgeByBytes(src,
			func(src io.Reader) io.Reader { return options.File("", contentType, src) },
			func(src io.Reader) (io.Reader, error) { return body.Filter(contentType, src, options) })
	}
	if len(undo) == 0 {
		return judge, nil
	}
	return func(src io.Reader) (io.Reader, error) { return body.Recode(src, bodyCodings(undo), judge) }, nil
}

// paddingOf returns what may follow a body of the type without a meaning: space
// after JSON (RFC 8259 section 2) and text, separators after a form, and an
// epilogue after the parts of a multipart body (RFC 2046 section 5.1.1).
func paddingOf(h http.Header) (byte, bool) {
	if h["Content-Encoding"] != nil {
		return 0, false
	}
	media := mediaOf(h.Get("Content-Type"))
	switch {
	case media == "application/x-www-form-urlencoded":
		return '&', true
	case media == "", media == "text/plain", media == "application/json", strings.HasSuffix(media, "+json"), media == "multipart/form-data":
		return '\n', true
	}
	return 0, false
}

// copiedBody is a body that is copied as it is read.
type copiedBody struct {
	io.Reader
	io.Closer
}

// filterWhole filters a short body at once. Its sums and signatures stay as long as it
// is what came.
func (x *exchange) filterWhole(filtered *filteredBody, came *bytes.Buffer) error {
	whole, err := io.ReadAll(io.LimitReader(filtered, 2*wholeMax+1))
	if err != nil {
		return bodyError(err)
	}
	if len(whole) > 2*wholeMax {
		return bodyError(body.ErrTooLarge)
	}
	_ = filtered.Close()
	x.r.Body = io.NopCloser(bytes.NewReader(whole))
	x.r.ContentLength = int64(len(whole))
	if len(whole) == 0 {
		x.r.Body = http.NoBody
	}
	x.r.Header.Del("Content-Length")
	if !bytes.Equal(whole, came.Bytes()) {
		dropSums(x.r.Header)
	}
	return nil
}

// passesIdentifiers reports whether no identifier or place would be taken out.
func (r *rules) passesIdentifiers(granted consent.Set) bool {
	const asked = consent.Set(1)<<consent.Advertising | 1<<consent.Device | 1<<consent.Location
	return granted&asked == asked
}

func bodyCodings(undo []coding) []body.Coding {
	// Content-Encoding lists what was applied first; undo begins with the last.
	codings := make([]body.Coding, len(undo))
	for i, c := range undo {
		encode := func(w io.Writer) io.WriteCloser { return c.encode(w) }
		if c.encode == nil {
			encode = encodeDeflate
		}
		codings[len(undo)-1-i] = body.Coding{Decode: c.decode, Encode: encode}
	}
	return codings
}

// bodyError answers a body that is not passed on.
func bodyError(err error) error {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, body.ErrTooLarge), errors.Is(err, image.ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, body.ErrUnsupported), errors.Is(err, image.ErrUnsupported):
		status = http.StatusUnsupportedMediaType
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	return caddyhttp.Error(status, err)
}

// filteredBody is a body on its way through the filter. It remembers why it was
// not passed on, for the handler that sends it can't tell.
type filteredBody struct {
	src    io.ReadCloser
	reader io.Reader
	err    error

	left int64 // bytes that the announced length still asks for
	pad  byte  // what fills them up; 0 when no length was announced

	begun bool // something of it was read
}

// Read implements [io.Reader].
func (b *filteredBody) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	b.left -= int64(n)
	if !b.begun && n > 0 {
		b.begun = true
		if b.pad == '&' && !body.BeginsForm(p[:n]) {
			b.pad = '\n' // JSON, or a file in base64, which a script sent without a type
		}
	}
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		b.err = err
	case b.pad != 0 && b.left > 0 && n < len(p):
		filled := p[n:min(int64(len(p)), int64(n)+b.left)]
		for i := range filled {
			filled[i] = b.pad
		}
		b.left -= int64(len(filled))
		if n += len(filled); b.left > 0 {
			return n, nil // the reader says once more that it is at its end
		}
	case b.pad != 0 && b.left > 0:
		return n, nil
	}
	return n, err
}

// Close implements [io.Closer].
func (b *filteredBody) Close() error {
	if closer, ok := b.reader.(io.Closer); ok && b.reader != io.Reader(b.src) {
		_ = closer.Close()
	}
	return b.src.Close()
}

// refused reports whether the filter refused the body.
func (b *filteredBody) refused() bool {
	return b != nil && slices.ContainsFunc(refusals, func(refusal error) bool { return errors.Is(b.err, refusal) })
}

// refusals are the errors of the filters.
var refusals = []error{
	body.ErrMalformed, body.ErrTooLarge, body.ErrUnsupported,
	image.ErrMalformed, image.ErrTooLarge, image.ErrUnsupported,
}

// fileFilter takes places and identities out of uploaded pictures and videos;
// nil when nothing would be.
func (x *exchange) fileFilter(granted consent.Set) func(name, contentType string, r io.Reader) io.Reader {
	if granted.Has(consent.Location) && granted.Has(consent.Device) {
		return nil
	}
	anonymous := !x.rules.identify.found(x.r.Header)
	// The bytes tell the format. What only claims to be a picture holds nothing
	// that is known here, and passes like any other file.
	return func(field, _ string, r io.Reader) io.Reader {
		return image.NewReader(r, "", &image.Options{
			Granted: granted, Anonymous: anonymous,
			Found: func(k image.Kind) { x.foundInMedia(field, k) },
		})
	}
}
