package storefront

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// events sends a Server-Sent Event each second (WHATWG HTML, section 9.2), the
// first at once, until the client goes.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flusher := http.NewResponseController(w)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		if _, err := fmt.Fprintf(w, "id: %d\nevent: tick\ndata: {\"count\":%d}\n\n", n, n); err != nil {
			return
		}
		if err := flusher.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// maxDownload is the size of the largest file that can be had, in bytes.
const maxDownload = 4 << 30

// released is when the sample files were last modified. It is a constant, so that
// conditional requests are answered alike by every instance.
var released = time.Date(2020, time.October, 20, 0, 0, 0, 0, time.UTC)

// download serves a file of the wanted size. Its content depends on nothing else.
func (s *shop) download(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.ParseInt(r.PathValue("bytes"), 10, 64)
	if err != nil || size < 0 || size > maxDownload {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="sample-%d.bin"`, size))
	h.Set("ETag", fmt.Sprintf(`"sample-%d"`, size))
	http.ServeContent(w, r, "", released, io.NewSectionReader(sample{}, 0, size))
}

// sample is an endless file of bytes that look random and are always the same.
type sample struct{}

// ReadAt fills b with the bytes from an offset on. It never fails.
func (sample) ReadAt(b []byte, off int64) (int, error) {
	var word [8]byte
	for n := 0; n < len(b); {
		at := uint64(off) + uint64(n)
		binary.LittleEndian.PutUint64(word[:], mix(at/8))
		n += copy(b[n:], word[at%8:])
	}
	return len(b), nil
}

// mix scatters the bits of x (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
