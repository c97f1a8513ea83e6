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

// narrow prepares a request that leaves for a partner: whatever identifies the
// visitor to the storefront stays in the house.
func narrow(r *http.Request, _ *party) *http.Request {
	r = r.Clone(r.Context())
	for _, name := range []string{"Cookie", "Authorization", "Proxy-Authorization", "Referer", headerConsent, headerRegime, headerCountry} {
		r.Header.Del(name)
	}
	r.RemoteAddr = "0.0.0.0:0"
	return r
}
