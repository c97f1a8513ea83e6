package module

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/fairwaygate/fairway/filters/image"
)

// Clients send pictures under any type: as bytes, as nothing, as the form that is the
// default of their library. The first bytes tell.

// judgedByBytes reports whether a body of the type may be a picture by itself. Of one
// that is in parts those are judged, and a picture is no JSON.
func judgedByBytes(contentType string) bool {
	media := mediaOf(contentType)
	return !strings.HasPrefix(media, "multipart/") && !strings.Contains(media, "json")
}

// judgedEncoded reports whether a body of such a type may be one under a content coding.
func judgedEncoded(contentType string) bool {
	media := mediaOf(contentType)
	family, _, _ := strings.Cut(media, "/")
	switch family {
	case "", "image", "video", "text", "binary":
		return true
	}
	return media == "application/octet-stream" || media == "application/x-www-form-urlencoded"
}

func mediaOf(contentType string) string {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.TrimSpace(media)
}

// isPicture reports whether bytes begin a picture or a film.
func isPicture(begin []byte) bool {
	known, _ := image.Sniff(begin[:min(len(begin), image.SniffLen)])
	return known
}

// isPiece reports whether a body may be one of several requests that make an upload: by
// a range (RFC 9110 section 14.4), by an offset as in tus and the IETF's resumable
// uploads, or by the query. Both sides count its bytes, of which none may go.
func isPiece(h http.Header, query string) bool {
	for _, name := range []string{"Content-Range", "Upload-Offset", "Upload-Length", "Upload-Complete"} {
		if h[name] != nil {
			return true
		}
	}
	part, upload := false, false // as object stores have it
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		part, upload = part || name == "partNumber", upload || name == "uploadId"
		if countsPieces(name, value) {
			return true
		}
	}
	return part && upload
}

// countsPieces reports whether a field says that a file comes in several pieces, as
// the libraries for it call their number: Dropzone, Resumable.js, Flow.js, Plupload,
// Fine Uploader and those after them.
func countsPieces(name, value string) bool {
	switch name {
	case "dztotalchunkcount", "resumableTotalChunks", "flowTotalChunks", "chunks", "qqtotalparts",
		"totalChunks", "total_chunks", "totalChunkCount", "chunkCount", "chunk_count", "totalParts", "total_parts":
		n, err := strconv.Atoi(value)
		return err == nil && n > 1
	}
	return false
}

// refusePieces filters a file that is a piece of one. Of what is no picture the others
// tell nothing either.
func refusePieces(r io.Reader) io.Reader {
	p := &peeked{src: r}
	return &chosen{peeked: p, picture: piece{}, typed: p}
}

// piece stands for the first piece of a picture, which tells neither where it tells a
// place nor what the others do.
type piece struct{}

// Read implements [io.Reader].
func (piece) Read([]byte) (int, error) {
	return 0, fmt.Errorf("%w: a piece of it", image.ErrUnsupported)
}

// judgeByBytes filters a body as a picture or by its type. It looks at its bytes at once
// if it is a [peekedBody], for then it can come out as it went in, else when they are
// first asked for.
func judgeByBytes(src io.Reader, asPicture func(io.Reader) io.Reader, byType func(io.Reader) (io.Reader, error)) (io.Reader, error) {
	if b, ok := src.(*peekedBody); ok {
		if b.isPicture() {
			return asPicture(src), nil
		}
		return byType(src)
	}
	p := &peeked{src: src}
	typed, err := byType(p)
	if err != nil {
		return nil, err
	}
	return &chosen{peeked: p, picture: asPicture(p), typed: typed}, nil
}

// peeked is a body whose first bytes are looked at before they are read.
type peeked struct {
	src    io.Reader
	first  [image.SniffLen]byte
	lo, hi int   // first[lo:hi] waits
	err    error // what comes behind it, in the place of more bytes
}

// isPicture reads as many bytes as tell whether the body is a picture.
func (p *peeked) isPicture() bool {
	for {
		known, more := image.Sniff(p.first[:p.hi])
		if known || !more || p.err != nil {
			return known
		}
		var n int
		n, p.err = io.ReadAtLeast(p.src, p.first[p.hi:], 1)
		p.hi += n
	}
}

// Read implements [io.Reader].
func (p *peeked) Read(b []byte) (int, error) {
	switch {
	case p.lo < p.hi:
		n := copy(b, p.first[p.lo:p.hi])
		p.lo += n
		return n, nil
	case p.err != nil:
		return 0, p.err
	}
	return p.src.Read(b)
}

// peekedBody is a body whose bytes are looked at once.
type peekedBody struct {
	peeked
	io.Closer
}

// chosen is a body of which the first read tells how it is filtered.
type chosen struct {
	peeked         *peeked
	picture, typed io.Reader
	reader         io.Reader
}

// Read implements [io.Reader].
func (c *chosen) Read(b []byte) (int, error) {
	if c.reader == nil {
		if c.reader = c.typed; c.peeked.isPicture() {
			c.reader = c.picture
		}
	}
	return c.reader.Read(b)
}
