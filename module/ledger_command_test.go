package module

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// house is a gateway's files, as its configuration names them.
type house struct {
	*bookOf
	config string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	keys, err := houseKeys(t.Context(), folderRing(file("keys")))
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"apps": map[string]any{"consent": map[string]any{
		"keys":   file("keys"),
		"store":  map[string]any{"driver": "sqlite", "path": file("fairway.db")},
		"ledger": map[string]any{"checkpoint": file("checkpoints.jsonl"), "retention": "2y"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	return &house{&bookOf{t: t, opener: &SQLite{Path: file("fairway.db")}, folder: folder, keys: keys}, file("config.json")}
}

func (h *house) file(name string) string { return filepath.Join(h.folder, name) }

// run runs a command and returns what it wrote.
func (h *house) run(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := ledgerCommand()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(append(args, "--config", h.config))
	err := cmd.ExecuteContext(h.t.Context())
	return out.String(), err
}

func (h *house) mustRun(args ...string) string {
	h.t.Helper()
	out, err := h.run(args...)
	if err != nil {
		h.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return out
}

// fill records decisions of so many days, the last of them today.
func (h *house) fill(days int) {
	h.t.Helper()
	r := h.recorder()
	for n := range days {
		if err := r.add(h.t.Context(), aDecision(time.Now().Add(-time.Duration(days-1-n)*day))); err != nil {
			h.t.Fatal(err)
		}
	}
	h.end(r)
}

func TestLedgerVerifyCommand(t *testing.T) {
	h := newHouse(t)
	if out, err := h.run("verify"); err == nil {
		t.Errorf("a store that does not exist is whole: %s", out)
	}
	if _, err := os.Stat(h.file("fairway.db")); err == nil {
		t.Error("verifying made a store")
	}
	h.fill(5)
	if out := h.mustRun("verify"); !strings.Contains(out, "5 records, 1 to 5") || !strings.Contains(out, "up to 5") || !strings.Contains(out, "whole.") {
		t.Errorf("%s", out)
	}
	store, err := h.opener.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Destruct() }()
	if _, err := store.db.Exec(`DELETE FROM ledger WHERE sequence = 2`); err != nil {
		t.Fatal(err)
	}
	if out, err := h.run("verify"); err == nil || !strings.Contains(out, "wrong: records 2 to 2 are missing") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := h.run("verify", "--store", h.file("nowhere.db")); err == nil {
		t.Errorf("another store: %s", out)
	}
	if out, err := h.run("verify", "--checkpoints", h.file("nowhere")); err == nil {
		t.Errorf("checkpoints that are missing: %s", out)
	}
}

func TestLedgerExportCommand(t *testing.T) {
	h := newHouse(t)
	h.fill(5)
	h.mustRun("prune", "--before", time.Now().Add(-3*day).UTC().Format(time.DateOnly))
	plain := h.mustRun("export")
	if err := os.WriteFile(h.file("export.jsonl"), []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(plain), "\n")
	var last struct {
		Sequence uint64
		Record   map[string]any
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Sequence != 5 || last.Record["schema_version"] != ledger.SchemaVersion {
		t.Errorf("%v: %s", err, lines[len(lines)-1])
	}

	// Somebody who has the export, the checkpoints and the public keys alone.
	_, public, err := signingKeys(h.keys)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := json.Marshal(public)
	if err := os.WriteFile(h.file("keys.json"), set, 0o600); err != nil {
		t.Fatal(err)
	}
	verify := []string{"verify", "--export", h.file("export.jsonl"), "--keys", h.file("keys.json"), "--checkpoints", h.checkpoints()}
	if out := h.mustRun(verify...); !strings.Contains(out, "whole.") || !strings.Contains(out, "were pruned") {
		t.Errorf("%s", out)
	}
	for name, changed := range map[string]string{
		"cut":           strings.Join(lines[:len(lines)-1], "\n") + "\n",
		"line gone":     strings.Replace(plain, lines[len(lines)-2]+"\n", "", 1),
		"word changed":  strings.Replace(plain, `"decision":"given"`, `"decision":"refused"`, 1),
		"other end":     strings.Replace(plain, `"sequence":5`, `"sequence":4`, 1),
		"no base":       strings.Replace(plain, lines[2]+"\n", "", 1),
		"no first line": strings.Join(lines[1:], "\n"),
		"empty":         "",
	} {
		if changed == plain {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if err := os.WriteFile(h.file("export.jsonl"), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := h.run(verify...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}

	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	h.mustRun("export", "--age", identity.Recipient().String(), "--output", h.file("export.age"))
	sealed, err := os.ReadFile(h.file("export.age"))
	if err != nil || bytes.Contains(sealed, []byte("schema_version")) {
		t.Errorf("the sealed export: %v", err)
	}
	reader, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		t.Fatal(err)
	}
	var opened bytes.Buffer
	if _, err := opened.ReadFrom(reader); err != nil || strings.Count(opened.String(), "schema_version") != strings.Count(plain, "schema_version") {
		t.Errorf("%v: %s", err, &opened)
	}
	if out, err := h.run("export", "--age", "age1nobody"); err == nil {
		t.Errorf("a recipient that is none: %s", out)
	}
}

func TestLedgerPruneCommand(t *testing.T) {
	h := newHouse(t)
	h.fill(5)
	if out := h.mustRun("prune"); !strings.HasPrefix(out, "0 records") {
		t.Errorf("%s", out)
	}
	if out := h.mustRun("prune", "--before", time.Now().Add(-2*day).UTC().Format(time.DateOnly)); !strings.HasPrefix(out, "2 records") {
		t.Errorf("%s", out)
	}
	if out := h.mustRun("verify"); !strings.Contains(out, "3 records, 3 to 5") {
		t.Errorf("%s", out)
	}
	if _, err := h.run("prune", "--before", "yesterday"); err == nil {
		t.Error("yesterday is a day")
	}
}
