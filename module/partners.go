package module

import (
	"net/http"
	"path"
	"strings"
)

// blankImage is the smallest GIF there is: one transparent pixel, 43 bytes.
const blankImage = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// answerBeacon answers in a partner's place what must not reach it.
func (x *exchange) answerBeacon(p *party) { x.answerBeaconTo(x.w, p) }

func (x *exchange) answerBeaconTo(w http.ResponseWriter, p *party) {
	x.site.beaconRequest(p.name)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if !x.wantsImage() {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.Set("Content-Type", "image/gif")
	h.Set("Content-Length", "43")
	w.WriteHeader(http.StatusOK)
	if x.r.Method != http.MethodHead {
		_, _ = w.Write([]byte(blankImage))
	}
}

// wantsImage reports whether a request is for an image, as a beacon in HTML is.
func (x *exchange) wantsImage() bool {
	switch strings.ToLower(path.Ext(x.path)) {
	case ".gif", ".png", ".jpg", ".jpeg", ".webp":
		return true
	}
	return x.r.Header.Get("Sec-Fetch-Dest") == "image" || strings.HasPrefix(x.r.Header.Get("Accept"), "image/")
}

// narrow prepares the request for a partner: whatever identifies the visitor
// stays in the house, and of queries and bodies only the declared fields go out.
func (x *exchange) narrow(r *http.Request, p *party) (*http.Request, error) {
	r = r.Clone(r.Context())
	for name := range r.Header {
		if !partnerHeaders[name] {
			delete(r.Header, name)
		}
	}
	r.Header["User-Agent"] = []string{""} // else a transport names itself
	r.RemoteAddr = "0.0.0.0:0"
	u := *r.URL
	u.RawQuery = p.receives.Query(u.RawQuery)
	r.URL = &u
	r.RequestURI = u.RequestURI()
	x.r, r = r, x.r
	err := x.filterBody(p.receives)
	x.r, r = r, x.r
	return r, err
}

// partnerHeaders are the headers that a partner needs to read a request. All
// others may tell of the visitor.
var partnerHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Content-Type": true, "Content-Encoding": true, "Content-Length": true,
	"Cache-Control": true, "Expect": true, "Connection": true, "Upgrade": true, "Te": true, "Trailer": true,
}
