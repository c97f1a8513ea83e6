package module_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUploadedPhotographs sends a photograph with a place and a serial number
// through the gateway, by itself and in a form, and asks exiftool what is left.
func TestUploadedPhotographs(t *testing.T) {
	exiftool, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("exiftool is not installed: run testdata/needs")
		}
		t.Skip("exiftool is not installed: run testdata/needs")
	}
	file := filepath.Join(t.TempDir(), "photo.jpg")
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, plain.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(exiftool, "-q", "-overwrite_original", "-GPSLatitude=39.9042", "-GPSLatitudeRef=N", "-GPSLongitude=116.4074",
		"-GPSLongitudeRef=E", "-SerialNumber=SN4711", "-OwnerName=Lin", "-Orientation=Rotate 90 CW", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	photo, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tagsOf := func(data []byte) string {
		cmd := exec.Command(exiftool, "-s", "-")
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("exiftool: %v", err)
		}
		return string(out)
	}
	if tags := tagsOf(photo); !strings.Contains(tags, "GPSLatitude") || !strings.Contains(tags, "SN4711") {
		t.Fatalf("the photograph holds\n%s", tags)
	}
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") == "image/jpeg" {
			data, _ := io.ReadAll(r.Body) // answering first would lose the rest
			_, _ = w.Write(data)
			return
		}
		file, _, err := r.FormFile("photo")
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = io.Copy(w, file)
	}))
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("photo", "photo.jpg")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(photo)
	_ = m.Close()
	for name, upload := range map[string]struct{ kind, body string }{
		"by itself": {"image/jpeg", string(photo)},
		"in a form": {m.FormDataContentType(), form.String()},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.do("POST", "/photo", upload.body, "Content-Type", upload.kind)
			if a.StatusCode != http.StatusOK {
				t.Fatalf("answered %s: %s", a.Status, a.body)
			}
			tags := tagsOf([]byte(a.body))
			for _, leak := range []string{"GPS", "SN4711", "Lin"} {
				if strings.Contains(tags, leak) {
					t.Errorf("the storefront got %s in\n%s", leak, tags)
				}
			}
			if !strings.Contains(tags, "Rotate 90 CW") {
				t.Errorf("the orientation is gone from\n%s", tags)
			}
			before, err := jpeg.Decode(bytes.NewReader(photo))
			if err != nil {
				t.Fatal(err)
			}
			after, err := jpeg.Decode(strings.NewReader(a.body))
			if err != nil || !bytes.Equal(before.(*image.Gray).Pix, after.(*image.Gray).Pix) {
				t.Errorf("the pixels are not the same: %v", err)
			}
			granted := g.do("POST", "/photo", upload.body, "Content-Type", upload.kind, "Cookie", g.grant("location", "device"))
			if granted.body != string(photo) {
				t.Errorf("with consent the photograph did not arrive untouched: %d bytes of %d", len(granted.body), len(photo))
			}
		})
	}
}
