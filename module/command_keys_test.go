package module

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// keysRun runs a command on keys.
func keysRun(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := keysCommand()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

var fingerprintShown = regexp.MustCompile(`(?m)^A key was made in .*: (\S+)$`)

func TestKeysNew(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys [1]")
	out, err := keysRun(t, "new", "--dir", folder)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := houseKeys(t.Context(), folderRing(folder))
	if err != nil || len(keys) != 1 {
		t.Fatalf("the gateway reads %d keys: %v", len(keys), err)
	}
	if strings.Contains(out, base64.StdEncoding.EncodeToString(keys[0])) {
		t.Error("the key itself is shown")
	}
	_, public, err := signingKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	shown := fingerprintShown.FindStringSubmatch(out)
	if shown == nil || public[shown[1]].ID == "" {
		t.Errorf("not the id of the public key: %s", out)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the folder holds %v: %v", entries, err)
	}
	for path, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, entries[0].Name()): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
	if _, err := keysRun(t, "new", "--dir", folder); err == nil || !strings.Contains(err.Error(), "has keys already") {
		t.Errorf("a second time: %v", err)
	}
	if again, _ := houseKeys(t.Context(), folderRing(folder)); len(again) != 1 || !bytes.Equal(again[0], keys[0]) {
		t.Error("the key was changed")
	}
}

// Ten rotations: what each of the keys minted stays valid, and the newest mints.
func TestKeysRotate(t *testing.T) {
	folder := t.TempDir()
	if _, err := keysRun(t, "rotate", "--dir", folder); err == nil || !strings.Contains(err.Error(), "keys new") {
		t.Errorf("without a key: %v", err)
	}
	if _, err := keysRun(t, "new", "--dir", folder); err != nil {
		t.Fatal(err)
	}
	parse := func(content string) (string, error) { return content, nil }
	mint := func() *consent.Mint[string] {
		keys, err := houseKeys(t.Context(), folderRing(folder))
		if err != nil {
			t.Fatal(err)
		}
		m, err := consent.NewMint(keys, consent.Day(choiceLife/day), parse)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	today, bound := consent.DayOf(time.Now()), consent.Bound{Cookie: "name", Site: "shop.example"}
	var values []string
	for n := range 11 {
		m := mint()
		for i, value := range values {
			if _, err := m.Check(bound, value, today); err != nil {
				t.Errorf("after %d rotations the value of key %d is invalid", n, i)
			}
		}
		value, err := m.Value(bound, "content", today)
		if err != nil {
			t.Fatal(err)
		}
		for i, earlier := range values {
			if value == earlier {
				t.Errorf("key %d still mints after %d rotations", i, n)
			}
		}
		values = append(values, value)
		if out, err := keysRun(t, "rotate", "--dir", folder); err != nil || !strings.Contains(out, "reload") {
			t.Fatalf("%v: %s", err, out)
		}
	}
}

func TestOutdatedKeys(t *testing.T) {
	now := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	key := func(age time.Duration) string {
		name, _ := newKey(now.Add(-age))
		return name
	}
	// The key of 900 days was in use until that of 431 days was made.
	names := []string{"zz.key", key(time.Hour), key(20 * day), key(431 * day), key(900 * day), key(1500 * day), "0.key"}
	want := []string{key(900 * day), key(1500 * day)}
	if found := outdatedKeys(names, now); strings.Join(found, " ") != strings.Join(want, " ") {
		t.Errorf("outdated are %q, want %q", found, want)
	}
	if found := outdatedKeys([]string{key(429 * day), key(900 * day)}, now); found != nil {
		t.Errorf("outdated are %q, though what they signed may be valid", found)
	}
	if found := outdatedKeys([]string{key(900 * day)}, now); found != nil {
		t.Errorf("the only key is outdated: %q", found)
	}
}

func TestKeysRotateRemoves(t *testing.T) {
	folder := t.TempDir()
	for _, age := range []time.Duration{500 * day, 900 * day} {
		name, text := newKey(time.Now().Add(-age))
		if err := folderRing(folder).add(t.Context(), name, text); err != nil {
			t.Fatal(err)
		}
	}
	out, err := keysRun(t, "rotate", "--dir", folder)
	if err != nil || !strings.Contains(out, "1 go on being valid, and 1 were removed") {
		t.Errorf("%v: %s", err, out)
	}
	if keys, err := houseKeys(t.Context(), folderRing(folder)); err != nil || len(keys) != 2 {
		t.Errorf("%d keys are left: %v", len(keys), err)
	}
	if err := os.WriteFile(filepath.Join(folder, "x.key"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keysRun(t, "rotate", "--dir", folder); err == nil || !strings.Contains(err.Error(), "x.key") || !strings.Contains(err.Error(), "expected one line of base64") {
		t.Errorf("with a file that is no key: %v", err)
	}
}

// A key whose name lies in the future does not stay the newest.
func TestKeysRotateAfterAFastClock(t *testing.T) {
	folder := t.TempDir()
	name, text := newKey(time.Now().Add(48 * time.Hour))
	if err := folderRing(folder).add(t.Context(), name, text); err != nil {
		t.Fatal(err)
	}
	out, err := keysRun(t, "rotate", "--dir", folder)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := houseKeys(t.Context(), folderRing(folder))
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys: %v", len(keys), err)
	}
	signer, _, err := signingKeys(keys)
	if err != nil || !strings.Contains(out, signer.Key().ID) {
		t.Errorf("%v: the newest is %s: %s", err, signer.Key().ID, out)
	}
}

// Without keys in the configuration they are in Caddy's storage.
func TestKeysInStorage(t *testing.T) {
	folder := t.TempDir()
	config, err := json.Marshal(map[string]any{"storage": map[string]any{"module": "file_system", "root": filepath.Join(folder, "data")}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"new", "rotate", "rotate"} {
		if out, err := keysRun(t, command, "--config", file); err != nil || !strings.Contains(out, "Caddy's storage") {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	names, err := filepath.Glob(filepath.Join(folder, "data", "fairway", "keys", "*.key"))
	if err != nil || len(names) != 3 {
		t.Fatalf("the storage holds %q: %v", names, err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v", name, info.Mode().Perm())
		}
	}
}
