package storefront

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxPhoto is the most that one upload can hold, in bytes.
const maxPhoto = 16 << 20

// photo is a stored upload, byte for byte.
type photo struct {
	data []byte
	sum  [sha256.Size]byte
}

// upload keeps the first file of a multipart form (RFC 7578). Programs may use it
// without a form token; browsers are held to their own origin.
func (s *shop) upload(w http.ResponseWriter, r *http.Request) {
	if err := s.origin.Check(r); err != nil {
		s.problem(w, r, http.StatusForbidden, "Photos can only be sent from this shop.")
		return
	}
	name, data, err := firstFile(r)
	switch {
	case errors.Is(err, errTooLarge):
		s.problem(w, r, http.StatusRequestEntityTooLarge, "The photo is larger than 16 MiB.")
		return
	case err != nil:
		s.problem(w, r, http.StatusBadRequest, "The form holds no photo.")
		return
	}
	kept := photo{data, sha256.Sum256(data)}
	answer := struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
		URL    string `json:"url"`
	}{name, http.DetectContentType(data), len(data), hex.EncodeToString(kept.sum[:]), "/account/photo/" + s.photos.add(kept)}
	if wantsJSON(r) {
		w.Header().Set("Location", answer.URL)
		writeJSON(w, http.StatusCreated, answer)
		return
	}
	s.render(w, r, http.StatusOK, "photo", "Your photo", answer)
}

var errTooLarge = errors.New("the file is too large")

// firstFile returns the first part of a form that has a file name.
func firstFile(r *http.Request) (name string, data []byte, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil, err
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", nil, err
		}
		if part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part, maxPhoto+1))
		if err == nil && len(data) > maxPhoto {
			err = errTooLarge
		}
		return part.FileName(), data, err
	}
}

// photo gives an upload back. Only pictures are shown; anything else is a
// download, so that nobody's upload runs as a page of this shop.
func (s *shop) photo(w http.ResponseWriter, r *http.Request) {
	p, ok := s.photos.get(r.PathValue("id"))
	if !ok {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	kind := http.DetectContentType(p.data)
	if !strings.HasPrefix(kind, "image/") {
		kind = "application/octet-stream"
		h.Set("Content-Disposition", "attachment")
	}
	serveBytes(w, r, kind, p.data, hex.EncodeToString(p.sum[:8]))
}
