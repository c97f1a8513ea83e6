package caddyfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// TestReady adapts and provisions every ready-made Caddyfile, as "caddy validate"
// does. A file that is not formatted gives a warning.
func TestReady(t *testing.T) {
	files, err := filepath.Glob("ready/*.Caddyfile")
	if err != nil || len(files) == 0 {
		t.Fatalf("no ready-made files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			house := newHouse(t)
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text, warnings, err := adapt(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range warnings {
				t.Errorf("line %d: %s", w.Line, w.Message)
			}
			for what, part := range map[string]string{
				"enforces nothing":      `"handler":"consent"`,
				"logs who met an error": `"default":{"encoder":{"fields":{"request":{"filter":"consent"}`,
			} {
				if !strings.Contains(string(text), part) {
					t.Errorf("it %s", what)
				}
			}
			provision(t, text, house)
		})
	}
}

// TestAcceptedIsProvisioned provisions what the goldens adapt to: the app must take
// whatever the parser takes. Files are left out, since there are none.
func TestAcceptedIsProvisioned(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddytest")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "error_") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddytest"), func(t *testing.T) {
			house := newHouse(t)
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, text, _ := strings.Cut(string(golden), separator)
			var config map[string]map[string]map[string]any
			if err := json.Unmarshal([]byte(text), &config); err != nil {
				t.Fatal(err)
			}
			app := config["apps"]["consent"]
			delete(app, "keys")
			delete(app, "catalogues")
			delete(app, "pages")
			without, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			provision(t, without, house)
		})
	}
}

// newHouse makes a folder for all that a gateway keeps, and sets what the
// ready-made files take from the environment.
func newHouse(t *testing.T) string {
	t.Helper()
	house := t.TempDir()
	for name, value := range map[string]string{
		"XDG_DATA_HOME":   house, // where Caddy keeps its files
		"XDG_CONFIG_HOME": house,
		"SITE":            "http://127.0.0.1:8080",
		"ANALYST_HASH":    "$2a$04$N2CeL4dTqUdRGXgYCJWGVuxFMY3oq1gVq6sJzMvXhVOSAAkGgr8L.",
		"DATABASE_URL":    "postgres://127.0.0.1:1/none",
		"FAIRWAY_KEYS":    filepath.Join(house, "keys"),
	} {
		t.Setenv(name, value)
	}
	return house
}

// provision sets the configuration up in the folder house, and runs nothing.
func provision(t *testing.T, text []byte, house string) {
	t.Helper()
	config := new(caddy.Config)
	if err := json.Unmarshal(text, config); err != nil {
		t.Fatal(err)
	}
	storage, err := json.Marshal(map[string]string{"module": "file_system", "root": house})
	if err != nil {
		t.Fatal(err)
	}
	config.StorageRaw = storage
	config.Logging = &caddy.Logging{Logs: map[string]*caddy.CustomLog{
		caddy.DefaultLoggerName: {BaseLog: caddy.BaseLog{WriterRaw: json.RawMessage(`{"output":"discard"}`)}},
	}}
	if err := caddy.Validate(config); err != nil {
		t.Error(err)
	}
}
