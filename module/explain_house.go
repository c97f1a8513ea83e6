package module

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/fairwaygate/fairway/filters/consent"
)

// modelHouse is a gateway like that of a household, with the same policy and keys
// and a store, storage and ledger of its own, so that what is tried on it leaves no
// trace. close removes it.
type modelHouse struct {
	app     *App
	servers []*guardedServer
	keys    int // how many of the household's keys it has
	close   func()
}

// newModelHouse builds a model. country, if it is known, is where every client is.
func newModelHouse(ctx context.Context, h *household, country place) (*modelHouse, error) {
	folder, err := os.MkdirTemp("", "fairway-explain-")
	if err != nil {
		return nil, err
	}
	m := new(modelHouse)
	// What the app puts into Caddy's data directory goes there, too.
	former, set := os.LookupEnv("XDG_DATA_HOME")
	m.close = func() {
		if m.app != nil {
			_ = m.app.Cleanup()
		}
		if set {
			_ = os.Setenv("XDG_DATA_HOME", former)
		} else {
			_ = os.Unsetenv("XDG_DATA_HOME")
		}
		_ = os.RemoveAll(folder)
	}
	if err = os.Setenv("XDG_DATA_HOME", folder); err == nil {
		err = m.build(ctx, h, country, folder)
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *modelHouse) build(ctx context.Context, h *household, country place, folder string) error {
	config := h.config
	config.Keys = filepath.Join(folder, "keys")
	config.StoreRaw = caddyconfig.JSONModuleObject(&SQLite{Path: filepath.Join(folder, "model.db")}, "driver", "sqlite", nil)
	config.Ledger = nil
	if country != (place{}) {
		config.GeoIP = ""
	}
	if err := m.copyKeys(ctx, h, folderRing(config.Keys)); err != nil {
		return err
	}
	app, err := json.Marshal(&config)
	if err != nil {
		return err
	}
	house, err := caddy.ProvisionContext(&caddy.Config{
		StorageRaw: caddyconfig.JSON(map[string]string{"module": "file_system", "root": filepath.Join(folder, "storage")}, nil),
		AppsRaw:    caddy.ModuleMap{"consent": app},
		Logging: &caddy.Logging{Logs: map[string]*caddy.CustomLog{
			"default": {BaseLog: caddy.BaseLog{Level: "FATAL"}}, // what fails is in the explanation
		}},
	})
	if err != nil {
		return err
	}
	found, err := house.App("consent")
	if err != nil {
		return err
	}
	m.app = found.(*App)
	if country != (place{}) {
		m.app.GeoIP, m.app.countries = "model", countries{always: country}
	}
	m.servers, err = guardedServers(house, h.text)
	return err
}

// copyKeys gives the model the keys of the household. Where they can't be read it
// makes its own, and knows no consent that was given before.
func (m *modelHouse) copyKeys(ctx context.Context, h *household, to keyring) error {
	from, err := h.config.keyring(h.storage)
	if err != nil {
		return err
	}
	keys, err := readKeys(ctx, from)
	if err != nil {
		return nil //nolint:nilerr // the explanation says so
	}
	m.keys = len(keys)
	for i, key := range keys {
		name, _ := newKey(time.Now().Add(-time.Duration(i) * time.Minute))
		if err := to.add(ctx, name, base64.StdEncoding.EncodeToString(key)); err != nil {
			return err
		}
	}
	return nil
}

// choose returns the Cookie pair of a visitor of a host who has just granted the
// purposes.
func (m *modelHouse) choose(host string, secure bool, granted consent.Set) (string, error) {
	today := m.app.today()
	choice := consent.Choice{
		Fingerprint: m.app.rules.Fingerprint, Day: today,
		Granted: granted.With(consent.Necessary) & m.app.rules.Vocabulary.All(),
		GPC:     true, // whatever the browser sends, the choice was made knowing it
	}
	value, err := m.app.vault.choices.Value(consent.Bound{Cookie: choiceCookie, Site: host}, choice.String(), today)
	name := choiceCookie
	if secure {
		name = hostPrefix + name
	}
	return fmt.Sprintf("%s=%s", name, value), err
}
