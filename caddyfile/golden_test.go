package caddyfile

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata" // for machines without time zones

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

var update = flag.Bool("update", false, "write the goldens anew")

// separator stands between a Caddyfile and what becomes of it.
const separator = "----------\n"

// adapt does what the adapt command of Caddy does.
func adapt(source []byte) ([]byte, []caddyconfig.Warning, error) {
	return caddyconfig.GetAdapter("caddyfile").Adapt(source, map[string]any{"filename": "Caddyfile"})
}

// TestGolden adapts the upper half of every golden: the lower half is the JSON, or
// the text of the error where the name of the file begins with "error_".
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddytest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddytest"), func(t *testing.T) {
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source, want, _ := strings.Cut(string(golden), separator)
			got := result(t, source, strings.HasPrefix(filepath.Base(file), "error_"))
			if *update {
				if err := os.WriteFile(file, []byte(source+separator+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// result adapts source to indented JSON, or to an error if one is due.
func result(t *testing.T, source string, due bool) string {
	t.Helper()
	config, _, err := adapt([]byte(source))
	if due {
		if err == nil {
			t.Fatalf("accepted: %s", config)
		}
		return err.Error() + "\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, config, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return indented.String() + "\n"
}
