package oracle

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Page is a real page as its site sent it.
type Page struct {
	Name string // short, of its file
	URL  string // scheme and host from which it came, and "/"; of shop.example where it does not say
	HTML string
}

// ownURL is where a page says that it was.
var ownURL = regexp.MustCompile(`(?i)<(?:base|link[^>]*rel=["']canonical["'])[^>]*href=["'](https?://[^/"']+)|<meta[^>]*og:url[^>]*content=["'](https?://[^/"']+)`)

// Pages returns the real pages of htmlparser-benchmark whose names begin with 0
// to 7, in order. The rest of them is left to others.
func Pages(t testing.TB) []Page {
	t.Helper()
	folder := filepath.Join(Packages(t, "htmlparser-benchmark@1.1.3"), "htmlparser-benchmark", "files")
	files, err := filepath.Glob(filepath.Join(folder, "[0-7]*.html"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	pages := make([]Page, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := &pages[i]
		p.Name, p.URL, p.HTML = filepath.Base(file)[:8], "https://shop.example/", string(data)
		if m := ownURL.FindStringSubmatch(p.HTML); m != nil {
			p.URL = m[1] + m[2] + "/"
		}
	}
	return pages
}
