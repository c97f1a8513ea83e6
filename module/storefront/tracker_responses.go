package storefront

import (
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// pixel is a transparent GIF of one pixel, 43 bytes.
const pixel = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
	"!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// serveTracker answers as a tracker does: with its script, frame, picture or video,
// a pixel, or nothing, and with a cookie that lasts.
func serveTracker(w http.ResponseWriter, r *http.Request, p *Partner) {
	if p.Name == contentNetwork {
		serveContentNetwork(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store") // each load is to be seen
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Allow-Headers", "Content-Type")
	}
	uid := cookieValue(r, "uid")
	if uid == "" {
		uid = token()
		// A third party's cookie has to be SameSite=None, and so Secure, which browsers
		// accept from localhost without TLS. Partitioned, it is kept by those that block
		// other third-party cookies.
		http.SetCookie(w, &http.Cookie{
			Name: "uid", Value: uid, Path: "/", MaxAge: int(2 * year.Seconds()),
			Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true,
		})
	}
	name := path.Clean("/" + r.URL.Path)
	data, err := vendorFiles.ReadFile("vendors/" + p.Name + name)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
		w.WriteHeader(http.StatusNoContent)
	case err == nil:
		serveBytes(w, r, types[path.Ext(name)], data, etag(data))
	case p.Name == "bidhouse" && name == "/sync":
		_, port, _ := strings.Cut(r.Host, ":")
		http.Redirect(w, r, Trackers{port}.URL("pixel.acme-ads.localhost", "/match.gif?uid="+url.QueryEscape(uid)), http.StatusFound)
	case strings.HasSuffix(name, ".gif"):
		h.Set("Content-Type", "image/gif")
		io.WriteString(w, pixel)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// serveContentNetwork serves the shop's own pictures from another host.
func serveContentNetwork(w http.ResponseWriter, r *http.Request) {
	if file, ok := strings.CutPrefix(r.URL.Path, "/images/"); ok {
		r.SetPathValue("file", file)
		productImage(w, r)
		return
	}
	if data, err := vendorFiles.ReadFile("vendors/" + contentNetwork + path.Clean("/"+r.URL.Path)); err == nil {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		serveBytes(w, r, types[path.Ext(r.URL.Path)], data, etag(data))
		return
	}
	http.NotFound(w, r)
}
