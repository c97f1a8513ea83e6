package module

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"
)

// keyring is where the keys are kept.
type keyring interface {
	// list returns the names of all keys, in any order; none where the ring does
	// not exist.
	list(ctx context.Context) ([]string, error)
	load(ctx context.Context, name string) ([]byte, error)
	// add keeps a new key. It replaces none.
	add(ctx context.Context, name, text string) error
	remove(ctx context.Context, name string) error
	// lock keeps others from adding and removing, until unlock is called.
	lock(ctx context.Context) (unlock func(), err error)
	String() string
}

// keyring returns where a configuration keeps its keys.
func (c *Config) keyring(storage certmagic.Storage) (keyring, error) {
	if c.Keys == "" {
		return storedRing{storage}, nil
	}
	folder, err := caddy.NewReplacer().ReplaceOrErr(c.Keys, true, true)
	return folderRing(folder), err
}

// storedRing keeps keys in Caddy's storage, for all gateways on it.
type storedRing struct{ storage certmagic.Storage }

const (
	keyPrefix = "fairway/keys"
	keysLock  = "fairway_keys"
)

func (r storedRing) list(ctx context.Context) ([]string, error) {
	paths, err := r.storage.List(ctx, keyPrefix, false)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for i, found := range paths {
		paths[i] = path.Base(found)
	}
	return paths, nil
}

func (r storedRing) load(ctx context.Context, name string) ([]byte, error) {
	return r.storage.Load(ctx, path.Join(keyPrefix, name))
}

func (r storedRing) add(ctx context.Context, name, text string) error {
	at := path.Join(keyPrefix, name)
	if r.storage.Exists(ctx, at) {
		return fs.ErrExist
	}
	return r.storage.Store(ctx, at, []byte(text))
}

func (r storedRing) remove(ctx context.Context, name string) error {
	return r.storage.Delete(ctx, path.Join(keyPrefix, name))
}

func (r storedRing) lock(ctx context.Context) (func(), error) {
	if err := r.storage.Lock(ctx, keysLock); err != nil {
		return nil, err
	}
	return func() { _ = r.storage.Unlock(context.WithoutCancel(ctx), keysLock) }, nil
}

func (r storedRing) String() string { return "Caddy's storage" }

// folderRing keeps keys in a folder.
type folderRing string

func (r folderRing) list(context.Context) ([]string, error) {
	entries, err := os.ReadDir(string(r))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, nil
}

func (r folderRing) load(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(r), name))
}

// add writes the key under a hidden name first, which only one can make: a
// gateway that reads the folder meanwhile must not meet half a key.
func (r folderRing) add(_ context.Context, name, text string) error {
	if err := os.MkdirAll(string(r), 0o700); err != nil {
		return err
	}
	hidden, whole := filepath.Join(string(r), "."+name+".new"), filepath.Join(string(r), name)
	file, err := os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		if _, err = os.Lstat(whole); err == nil {
			err = fs.ErrExist
		} else if errors.Is(err, fs.ErrNotExist) {
			err = os.Rename(hidden, whole)
		}
	}
	if err != nil {
		return errors.Join(err, os.Remove(hidden))
	}
	return nil
}

func (r folderRing) remove(_ context.Context, name string) error {
	return os.Remove(filepath.Join(string(r), name))
}

// lock does nothing: who reads meets whole keys.
func (r folderRing) lock(context.Context) (func(), error) { return func() {}, nil }

func (r folderRing) String() string { return string(r) }
