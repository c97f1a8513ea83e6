package module_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestBrowserIsAskedOnlyForWhatWasGranted(t *testing.T) {
	g := start(t, bare, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/broken" {
			w.Header().Set("Permissions-Policy", "camera 'self'; fullscreen 'self'")
			w.Header().Add("Permissions-Policy", "usb=()")
		} else {
			w.Header().Set("Permissions-Policy", "camera=(self), fullscreen=(self)")
		}
		w.Header().Set("Accept-CH", "Sec-CH-UA-Model")
		w.Header().Set("Observe-Browsing-Topics", "?1")
		_, _ = io.WriteString(w, "<!doctype html><p>tea")
	}))
	denied := g.get("/").Header
	policy := strings.Join(denied["Permissions-Policy"], ", ")
	for _, want := range []string{"camera=(self), fullscreen=(self), ", "camera=()", "microphone=()", "geolocation=()", "browsing-topics=()", "ch-ua-model=()", "ch-ua-high-entropy-values=()"} {
		if !strings.Contains(policy, want) {
			t.Errorf("Permissions-Policy is %q and lacks %q", policy, want)
		}
	}
	if denied["Accept-Ch"] != nil || denied["Observe-Browsing-Topics"] != nil {
		t.Errorf("the browser is asked: %v", denied)
	}
	granted := g.get("/", "Cookie", g.grant("camera", "microphone", "location", "advertising", "device")).Header
	if policy := strings.Join(granted["Permissions-Policy"], ", "); policy != "camera=(self), fullscreen=(self)" {
		t.Errorf("with consent Permissions-Policy is %q", policy)
	}
	if granted.Get("Accept-Ch") != "Sec-CH-UA-Model" || granted.Get("Observe-Browsing-Topics") != "?1" {
		t.Errorf("with consent the browser is not asked: %v", granted)
	}
	// A browser ignores a policy that it can't read, with all that is said beside it.
	if policy := strings.Join(g.get("/broken").Header["Permissions-Policy"], ", "); !strings.HasPrefix(policy, "camera=(), ") {
		t.Errorf("beside one that can't be read Permissions-Policy is %q", policy)
	}
	if policy := g.get("/broken", "Cookie", g.grant("camera", "microphone", "location", "advertising", "device")).Header["Permissions-Policy"]; len(policy) != 2 {
		t.Errorf("with consent the broken one is %q", policy)
	}
}
