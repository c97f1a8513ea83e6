// Package mutation proves that the tests notice when a filter does not work. It
// switches each filter off, one at a time, and runs the tests that watch it.
package mutation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mutant is a filter that is switched off.
type mutant struct {
	threat int    // the number of the threat that it lets through
	what   string // is let through
	file   string // of the filter
	old    string // the code of it, which stands in the file once
	mutant string // in place of it
	tests  string // a package, and perhaps a pattern of its tests
}

// root is the folder of the module.
const root = "../.."

// mutate returns the file with the filter switched off.
func (m *mutant) mutate() ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return nil, fmt.Errorf("%s holds this %d times, expected once:\n%s", m.file, n, m.old)
	}
	text = bytes.Replace(text, []byte(m.old), []byte(m.mutant), 1)
	_, err = parser.ParseFile(token.NewFileSet(), m.file, text, parser.SkipObjectResolution)
	return text, err
}

// TestMutantsApply keeps the list true to the code.
func TestMutantsApply(t *testing.T) {
	wanted(t)
	seen := make(map[int]bool)
	for _, m := range mutants {
		seen[m.threat] = true
		if _, err := m.mutate(); err != nil {
			t.Errorf("threat %d, %s: %v", m.threat, m.what, err)
		}
	}
	for threat := range 58 {
		if inScope := threat >= 1 && threat <= 41 || threat >= 50; inScope && !seen[threat] {
			t.Errorf("threat %d has no mutant", threat)
		}
	}
}

// TestMutants runs the tests against each mutant.
func TestMutants(t *testing.T) {
	wanted(t)
	ran, noticed := 0, 0
	for _, m := range mutants {
		t.Run(fmt.Sprintf("%02d %s", m.threat, m.what), func(t *testing.T) {
			ran++
			text, err := m.mutate()
			if err != nil {
				t.Fatal(err)
			}
			if notices(t, m.tests, m.file, text) {
				noticed++
			} else {
				t.Errorf("no test of %s notices %s:\n- %s\n+ %s", m.tests, m.file, m.old, m.mutant)
			}
		})
	}
	if ran > 0 {
		t.Logf("%d of %d mutants are noticed (%.1f %%)", noticed, ran, 100*float64(noticed)/float64(ran))
	}
}

// wanted skips what takes long, and asks of who changes a filter to change its
// mutants too, unless FAIRWAY_MUTATE asks for it.
func wanted(t *testing.T) {
	t.Helper()
	if os.Getenv("FAIRWAY_MUTATE") == "" {
		t.Skip("FAIRWAY_MUTATE is not set")
	}
}

// notices runs tests with another text in the place of a file, and reports whether
// one fails.
func notices(t *testing.T, tests, name string, text []byte) bool {
	t.Helper()
	folder := t.TempDir()
	file, err := filepath.Abs(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(folder, filepath.Base(name))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {file: other}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(folder, "overlay.json")
	for name, data := range map[string][]byte{other: text, list: overlay} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	packet, run, _ := strings.Cut(tests, " ")
	c := exec.CommandContext(t.Context(), "go", "test", "-overlay", list, "-vet=off", "-count=1", "-failfast", "-timeout=4m",
		"-run", run, "-skip", "Parse5|RealPages|ToughCookie|HTML5Lib|Exiftool", packet)
	if drawsCases(packet) {
		c.Args = append(c.Args, "-args", "-rapid.nofailfile") // none of a mutant's is of use
	}
	c.Dir, c.WaitDelay = root, 10*time.Second
	out, err := c.CombinedOutput()
	switch {
	case err == nil:
		if strings.Contains(string(out), "[no tests to run]") {
			t.Fatalf("there is no test %s", tests)
		}
		return false
	case strings.Contains(string(out), "[build failed]") || strings.Contains(string(out), "[setup failed]"):
		t.Fatalf("the mutant does not compile:\n%s", out)
	}
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			t.Log("noticed by", name)
			return true
		}
	}
	t.Logf("noticed: %.300s", out)
	return true
}

// drawsCases reports whether tests of a package draw their cases with rapid.
func drawsCases(packet string) bool {
	files, _ := filepath.Glob(filepath.Join(root, packet, "*_test.go"))
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(`"pgregory.net/rapid"`)) {
			return true
		}
	}
	return false
}
