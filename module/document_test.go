package module_test

import (
	"strings"
	"testing"
)

// TestShownAsPage: what a browser asks for to show it is a page, whatever it holds.
func TestShownAsPage(t *testing.T) {
	g := start(t, bare, htmlPage(`<p>tea</p>`))
	for destination, page := range map[string]bool{"": false, "empty": false, "document": true, "iframe": true, "frame": true} {
		var headers []string
		if destination != "" {
			headers = []string{"Sec-Fetch-Dest", destination}
		}
		got := g.get("/", headers...).body
		if strings.Contains(got, "client.js") != page || !strings.Contains(got, "<p>tea</p>") {
			t.Errorf("for %q: %s", destination, got)
		}
	}
}
