package module

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/caddyserver/certmagic"
)

// archive keeps files that never change.
type archive interface {
	// list returns the names of all that is kept.
	list(ctx context.Context) ([]string, error)
	load(ctx context.Context, name string) ([]byte, error)
	// keep stores data, unless there is something of that name already.
	keep(ctx context.Context, name string, data []byte) error
}

// folderArchive is a folder of the operator's own. Its files are read-only.
type folderArchive string

func (a folderArchive) list(context.Context) ([]string, error) {
	entries, err := os.ReadDir(string(a))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

func (a folderArchive) load(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(a), name))
}

// keep writes under another name first: what stands under its own is whole, and
// a link never replaces what is there.
func (a folderArchive) keep(_ context.Context, name string, data []byte) error {
	target := filepath.Join(string(a), name)
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	if err := os.MkdirAll(string(a), 0o755); err != nil { //nolint:gosec // what is published is no secret
		return err
	}
	file, err := os.CreateTemp(string(a), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(data)
	if err := errors.Join(err, file.Chmod(0o444), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), target); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// storageArchive is a part of Caddy's storage, which a fleet shares.
type storageArchive struct {
	storage certmagic.Storage
	folder  string
}

func (a storageArchive) list(ctx context.Context) ([]string, error) {
	keys, err := a.storage.List(ctx, a.folder, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = path.Base(key)
	}
	return names, err
}

func (a storageArchive) load(ctx context.Context, name string) ([]byte, error) {
	return a.storage.Load(ctx, path.Join(a.folder, name))
}

func (a storageArchive) keep(ctx context.Context, name string, data []byte) error {
	key := path.Join(a.folder, name)
	if a.storage.Exists(ctx, key) {
		return nil
	}
	return a.storage.Store(ctx, key, data)
}
