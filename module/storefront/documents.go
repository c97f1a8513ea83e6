package storefront

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
)

// handleDocuments registers the pages that are the same for everyone. They are
// rendered once, so that serving them costs little and their bytes never vary.
func (s *shop) handleDocuments(mux *http.ServeMux) {
	documents := []struct {
		path, page, title string
		tracked           bool
		data              any
	}{
		{"/plain.html", "plain", "A page without trackers", false, nil},
		{"/gzip.html", "gzip", "A compressed page", true, nil},
		{"/legacy.html", "legacy", "A page with an old script", false, nil},
		{"/catalogue", "catalogue", "The whole catalogue", true, listing()},
	}
	const kind = "text/html; charset=utf-8"
	for _, d := range documents {
		var b bytes.Buffer
		v := view{Title: d.title, Lang: "en", Static: true, Tracked: d.tracked, Data: d.data}
		if err := s.pages[d.page].ExecuteTemplate(&b, "base", v); err != nil {
			panic(err) // the templates are part of the program
		}
		body := b.Bytes()
		tag := etag(body)
		var packed []byte
		if d.page == "gzip" {
			packed = compress(body)
		}
		mux.HandleFunc("GET "+d.path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			if packed != nil {
				w.Header().Set("Vary", "Accept-Encoding")
				if acceptsGzip(r) {
					w.Header().Set("Content-Encoding", "gzip")
					serveBytes(w, r, kind, packed, tag+"-gzip")
					return
				}
			}
			serveBytes(w, r, kind, body, tag)
		})
	}
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body)
	z.Close() // a buffer takes all
	return b.Bytes()
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as gzip goes:
// named, and not with weight zero.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

// article is one row of the catalogue: a product in one colour and size.
type article struct {
	Product product
	Colour  string
	Size    string
	Number  string
	Price   money
	Pixel   bool // an affiliate's pixel follows this row
}

// listing is every product in every colour and size: about 70 KB as a page.
func listing() []article {
	var all []article
	for _, p := range products {
		for _, colour := range p.Colours {
			for i, size := range []string{"small", "medium", "large", "a pair", "gift box"} {
				n := len(all)
				all = append(all, article{
					Product: p, Colour: colour, Size: size,
					Number: fmt.Sprintf("LL-%03d-%s", n+1, strings.ToUpper(p.ID[:2])),
					Price:  p.Price + money(i)*sizeStep,
					Pixel:  n%32 == 31,
				})
			}
		}
	}
	return all
}

// sizeStep is what each larger size costs more.
const sizeStep money = 2000
