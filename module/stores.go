package module

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
	_ "modernc.org/sqlite"             // the SQLite driver
)

func init() {
	caddy.RegisterModule(new(SQLite))
	caddy.RegisterModule(new(Postgres))
}

// SQLite keeps records and figures in one file.
type SQLite struct {
	// The file. A relative path is taken from Caddy's data directory.
	// Default: fairway.db
	Path string `json:"path,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*SQLite) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "consent.stores.sqlite", New: func() caddy.Module { return new(SQLite) }}
}

// UnmarshalCaddyfile reads the store. Syntax:
//
//	sqlite [<file>]
func (s *SQLite) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the store's name
	if d.NextArg() {
		s.Path = d.Val()
	}
	if d.NextArg() {
		return d.Errf("store sqlite: unexpected %q after %q: expected one file", d.Val(), s.Path)
	}
	return noBlock(d, "sqlite")
}

func (s *SQLite) file() string {
	path := caddy.NewReplacer().ReplaceAll(or(s.Path, "fairway.db"), "")
	if !filepath.IsAbs(path) {
		path = filepath.Join(caddy.AppDataDir(), path)
	}
	return path
}

// Key implements [Opener].
func (s *SQLite) Key() string { return "sqlite " + s.file() }

// Open implements [Opener].
func (s *SQLite) Open(ctx context.Context) (*Store, error) {
	path := s.file()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// What is not published yet is not for others of the machine to read. SQLite makes
	// its files beside this one by the same mode.
	if file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = file.Close()
	}
	query := url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(ON)",
	}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	return newStore(ctx, db, "BLOB")
}

// Postgres keeps records and figures in a PostgreSQL database, for several
// gateways together.
type Postgres struct {
	// A connection URL, or a placeholder such as {env.DATABASE_URL}, which
	// keeps the password out of the configuration.
	URL string `json:"url"`
}

// CaddyModule returns the Caddy module information.
func (*Postgres) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "consent.stores.postgres", New: func() caddy.Module { return new(Postgres) }}
}

// UnmarshalCaddyfile reads the store. Syntax:
//
//	postgres <url>
func (p *Postgres) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the store's name
	if !d.NextArg() {
		return d.Err("store postgres: missing value: expected a connection URL, or a placeholder such as {env.DATABASE_URL}")
	}
	p.URL = d.Val()
	if d.NextArg() {
		return d.Errf("store postgres: unexpected %q after %q: expected one URL", d.Val(), p.URL)
	}
	return noBlock(d, "postgres")
}

// Validate checks the configuration.
func (p *Postgres) Validate() error {
	if p.URL == "" {
		return fmt.Errorf("store postgres: expected a connection URL")
	}
	return nil
}

// Key implements [Opener].
func (p *Postgres) Key() string { return "postgres " + p.URL }

// Open implements [Opener].
func (p *Postgres) Open(ctx context.Context) (*Store, error) {
	target, err := caddy.NewReplacer().ReplaceOrErr(p.URL, true, true)
	if err != nil {
		return nil, fmt.Errorf("store postgres: %w", err)
	}
	db, err := sql.Open("pgx", target)
	if err != nil {
		return nil, fmt.Errorf("store postgres: the connection URL can't be read")
	}
	db.SetMaxOpenConns(8)
	store, err := newStore(ctx, db, "BYTEA")
	if err == nil {
		store.advisory = true
	}
	return store, err
}

func noBlock(d *caddyfile.Dispenser, name string) error {
	if d.NextBlock(d.Nesting()) {
		return d.Errf("unexpected %q: %s takes no block", d.Val(), name)
	}
	return nil
}

var (
	_ Opener                = (*SQLite)(nil)
	_ Opener                = (*Postgres)(nil)
	_ caddyfile.Unmarshaler = (*SQLite)(nil)
	_ caddyfile.Unmarshaler = (*Postgres)(nil)
	_ caddy.Validator       = (*Postgres)(nil)
)
