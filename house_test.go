package fairway_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/fairwaygate/fairway"

// dependencies lists the packages that a pattern's packages are built from.
func dependencies(t *testing.T, pattern string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pattern).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pattern, err)
	}
	return strings.Fields(string(out))
}

// TestDependenciesPointOneWay keeps the house in order: what filters is pure,
// and nothing below knows what stands above it.
func TestDependenciesPointOneWay(t *testing.T) {
	tests := []struct {
		pattern string
		never   []string
	}{
		{"./filters/...", []string{"github.com/caddyserver/", module + "/module", module + "/caddyfile"}},
		{"./module/pages", []string{"github.com/caddyserver/"}},
		{"./module/dashboard", []string{"github.com/caddyserver/"}},
		{"./module/recording", []string{"github.com/caddyserver/", module + "/filters"}},
		{"./module/scan", []string{"github.com/caddyserver/"}},
		{"./module/cmd/fairway", []string{"github.com/chromedp/"}},
		{"./module/storefront", []string{"github.com/caddyserver/", module + "/filters"}},
		{"./module", []string{module + "/caddyfile"}},
	}
	for _, test := range tests {
		for _, dependency := range dependencies(t, test.pattern) {
			for _, never := range test.never {
				if strings.HasPrefix(dependency, never) {
					t.Errorf("%s depends on %s", test.pattern, dependency)
				}
			}
		}
	}
}
