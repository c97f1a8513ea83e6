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
	"path"
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
	keyTime   = "20060102T150405.000"
)

// houseKeys reads the keys of a ring, newest first. If there is none it makes
// one; of several gateways on one storage only one does.
func houseKeys(ctx context.Context, ring keyring) ([][]byte, error) {
	keys, err := readKeys(ctx, ring)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	unlock, err := ring.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	keys, err = readKeys(ctx, ring)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	name, text := newKey(time.Now())
	if err := ring.add(ctx, name, text); err != nil {
		return nil, err
	}
	return readKeys(ctx, ring)
}

// keyNames returns the names of a ring's keys, newest first.
func keyNames(ctx context.Context, ring keyring) ([]string, error) {
	names, err := ring.list(ctx)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, keySuffix) })
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

// readKeys reads the keys of a ring, newest first. It makes none.
func readKeys(ctx context.Context, ring keyring) ([][]byte, error) {
	names, err := keyNames(ctx, ring)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	for _, name := range names {
		key, err := readKey(ctx, ring, name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func readKey(ctx context.Context, ring keyring, name string) ([]byte, error) {
	text, err := ring.load(ctx, name)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("key %s in %s: expected one line of base64 with %d bytes", name, ring, keyBytes)
	}
	return key, nil
}

func newKey(now time.Time) (name, text string) {
	return now.UTC().Format(keyTime) + keySuffix,
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
