package storefront

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// serveBytes answers from memory with the given type and entity tag, with ranges
// and conditions as in RFC 9110, sections 13 and 14.
func serveBytes(w http.ResponseWriter, r *http.Request, kind string, data []byte, tag string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", released, bytes.NewReader(data))
}

// etag is the text of an entity tag for some content.
func etag(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// types are the media types of the embedded files, whatever the machine's own table says.
var types = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".webm": "video/webm",
}

// assets serves the embedded files with an entity tag each.
func assets() http.Handler {
	tags := make(map[string]string)
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // the files are part of the program
	}
	for _, e := range entries {
		data, _ := assetFiles.ReadFile("assets/" + e.Name())
		tags[e.Name()] = etag(data)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/assets/")
		tag, ok := tags[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		data, _ := assetFiles.ReadFile("assets/" + name)
		w.Header().Set("Cache-Control", "public, max-age=600")
		serveBytes(w, r, types[path.Ext(name)], data, tag)
	})
}
