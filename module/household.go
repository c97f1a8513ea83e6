package module

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/certmagic"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// household is what commands work on beside a gateway that may be running: its
// configuration, its store and its storage.
type household struct {
	text    []byte // the configuration as JSON
	config  Config
	opener  Opener
	storage certmagic.Storage
}

// configFlags are the flags that name a configuration.
func configFlags(flags *pflag.FlagSet) {
	flags.StringP("config", "c", "", "The gateway's configuration (default a Caddyfile in this folder)")
	flags.StringP("adapter", "a", "", "The adapter for the configuration, such as caddyfile")
}

// householdFlags are the flags that name a household.
func householdFlags(flags *pflag.FlagSet) {
	configFlags(flags)
	flags.String("store", "", "The store in place of the configuration's: a file of SQLite, or a postgres:// URL")
}

// findHousehold finds what a command's flags name.
func findHousehold(ctx caddy.Context, cmd *cobra.Command) (*household, error) {
	h, err := findConfig(ctx, cmd)
	if err != nil {
		return nil, err
	}
	switch store := cmd.Flag("store").Value.String(); {
	case strings.HasPrefix(store, "postgres://"), strings.HasPrefix(store, "postgresql://"):
		h.opener = &Postgres{URL: store}
	case store != "":
		h.opener = &SQLite{Path: store}
	default:
		app := &App{Config: h.config}
		if h.opener, err = app.opener(ctx); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// findConfig finds the configuration that a command's flags name, and the storage
// that it names. It knows no store.
func findConfig(ctx caddy.Context, cmd *cobra.Command) (*household, error) {
	text, _, _, err := caddycmd.LoadConfig(cmd.Flag("config").Value.String(), cmd.Flag("adapter").Value.String())
	if err != nil {
		return nil, err
	}
	var found struct {
		StorageRaw json.RawMessage `json:"storage" caddy:"namespace=caddy.storage inline_key=module"`
		Apps       struct {
			Consent Config `json:"consent"`
		} `json:"apps"`
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &found); err != nil {
			return nil, fmt.Errorf("reading the configuration: %w", err)
		}
	}
	h := &household{text: text, config: found.Apps.Consent, storage: caddy.DefaultStorage}
	if found.StorageRaw != nil {
		module, err := ctx.LoadModule(&found, "StorageRaw")
		if err != nil {
			return nil, fmt.Errorf("storage: %w", err)
		}
		if h.storage, err = module.(caddy.StorageConverter).CertMagicStorage(); err != nil {
			return nil, fmt.Errorf("storage: %w", err)
		}
	}
	return h, nil
}

// open opens the store. It makes no new one.
func (h *household) open(ctx context.Context) (*Store, error) {
	if file, ok := h.opener.(*SQLite); ok {
		if _, err := os.Stat(file.file()); err != nil {
			return nil, fmt.Errorf("no store: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	return h.opener.Open(ctx)
}
