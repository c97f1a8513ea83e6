package module

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/ledger"
)

// A key is 32 random bytes, kept as one line of base64 in a file that is named
// by the time of its making and ends in ".key". The newest key mints; all keys
// check.
const (
	keyBytes  = 32
	keySuffix = ".key"
	keyPrefix = "fairway/keys"
	keysLock  = "fairway_keys"
)

// storedKeys reads the keys from Caddy's storage, newest first. If there is
// none it makes one; of several gateways on one storage only one does.
func storedKeys(ctx context.Context, storage certmagic.Storage) ([][]byte, error) {
	keys, err := listKeys(ctx, storage)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	if err := storage.Lock(ctx, keysLock); err != nil {
		return nil, err
	}
	defer func() { _ = storage.Unlock(ctx, keysLock) }()
	keys, err = listKeys(ctx, storage)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	name, text := newKey(time.Now())
	if err := storage.Store(ctx, path.Join(keyPrefix, name), []byte(text)); err != nil {
		return nil, err
	}
	return listKeys(ctx, storage)
}

func listKeys(ctx context.Context, storage certmagic.Storage) ([][]byte, error) {
	names, err := storage.List(ctx, keyPrefix, false)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return readKeys(names, func(name string) ([]byte, error) { return storage.Load(ctx, name) })
}

// folderKeys reads the keys from a folder, newest first. A folder that is
// missing or empty gets a key.
func folderKeys(folder string) ([][]byte, error) {
	keys, err := readFolder(folder)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	name, text := newKey(time.Now())
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, err
	}
	return readFolder(folder)
}

func readFolder(folder string) ([][]byte, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*"+keySuffix))
	if err != nil {
		return nil, err
	}
	return readKeys(names, os.ReadFile)
}

func readKeys(names []string, read func(string) ([]byte, error)) ([][]byte, error) {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasSuffix(name, keySuffix) })
	slices.Sort(names)
	slices.Reverse(names)
	var keys [][]byte
	for _, name := range names {
		text, err := read(name)
		if err != nil {
			return nil, err
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("key %s: expected one line of base64 with %d bytes", name, keyBytes)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func newKey(now time.Time) (name, text string) {
	return now.UTC().Format("20060102T150405.000") + keySuffix,
		base64.StdEncoding.EncodeToString(randomKey()) + "\n"
}

func randomKey() []byte {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	return key
}

// sharedValues keeps the day's cookie values in Caddy's storage, so that a fleet
// and a restarted gateway hand out the same ones.
type sharedValues struct {
	storage certmagic.Storage
	kind    string
}

const valuesPrefix = "fairway/values"

var errShared = errors.New("the day's values cannot be shared")

// Keep implements [consent.Shared].
func (s sharedValues) Keep(day consent.Day, key, value string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	folder := path.Join(valuesPrefix, s.kind)
	s.prune(ctx, folder, day)
	name := path.Join(folder, day.String(), certmagic.StorageKeys.Safe(key))
	earlier, err := s.storage.Load(ctx, name)
	if err == nil {
		return string(earlier), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return value, errShared
	}
	if err := s.storage.Store(ctx, name, []byte(value)); err != nil {
		return value, errShared
	}
	return value, nil
}

// prune removes the values of days past; nobody asks for them any more.
func (s sharedValues) prune(ctx context.Context, folder string, today consent.Day) {
	days, err := s.storage.List(ctx, folder, false)
	if err != nil {
		return
	}
	for _, name := range days {
		if path.Base(name) < today.String() {
			_ = s.storage.Delete(ctx, name)
		}
	}
}

// signingKeys makes the ledger's signing key from the newest key, and what checks
// the signatures of all of them.
func signingKeys(keys [][]byte) (ledger.Signer, ledger.KeySet, error) {
	var newest ledger.Signer
	public := make(ledger.KeySet, len(keys))
	for i, key := range keys {
		signer, err := ledger.NewSigner(derive(key, "ledger"))
		if err != nil {
			return newest, nil, err
		}
		public[signer.Key().ID] = signer.Key()
		if i == 0 {
			newest = signer
		}
	}
	return newest, public, nil
}

// derive makes from a key another one for one use (RFC 5869, HKDF-SHA256).
func derive(key []byte, use string) []byte {
	derived, err := hkdf.Key(sha256.New, key, nil, "fairway "+use, keyBytes)
	if err != nil {
		panic(err) // only for lengths that can't be had; ours is fixed
	}
	return derived
}
