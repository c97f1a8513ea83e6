// Package oracle runs programs of others in tests, to compare what Fairway
// claims with what they find.
package oracle

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Packages returns the node_modules folder that holds packages of npm, each
// named as NAME@VERSION. What is missing is installed. Where there is no npm, the
// test is skipped, or fails when all tests are asked for.
func Packages(t testing.TB, packages ...string) string {
	t.Helper()
	need(t, "npm")
	_, file, _, _ := runtime.Caller(0)
	c := exec.Command(filepath.Join(filepath.Dir(file), "..", "..", "testdata", "npm"), packages...) //nolint:gosec // tests name the packages
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("installing %v: %v", packages, err)
	}
	return strings.TrimSpace(string(out))
}

// Node runs a module of JavaScript. It gets the folder of the packages as its
// first argument and in as its standard input; its standard output is returned.
func Node(t testing.TB, script string, in io.Reader, packages ...string) []byte {
	t.Helper()
	need(t, "node")
	script, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	c := exec.CommandContext(t.Context(), "node", script, Packages(t, packages...)) //nolint:gosec // tests name the script
	c.Stdin, c.Stderr = in, &complaint
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(script), err, complaint.Bytes())
	}
	return out
}

func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatalf("%s is missing: run testdata/needs", program)
		}
		t.Skipf("%s is missing: run testdata/needs", program)
	}
}
