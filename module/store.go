package module

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// Opener opens a store. Modules in the namespace consent.stores implement it.
type Opener interface {
	// Key names what is opened: the same for the same database.
	Key() string
	// Open connects and brings the schema up to date.
	Open(ctx context.Context) (*Store, error)
}

// Store keeps what outlives the process: sums, publications, requests and calls
// to partners, for SQLite and PostgreSQL alike. Nothing in it belongs to a person
// but what an asker wrote in a request, which is sealed. It is safe for
// concurrent use.
type Store struct {
	db       *sql.DB
	advisory bool // the database has advisory locks
}

//go:embed schema/*.sql
var schemas embed.FS

// newStore migrates the schema and returns the store. blob is the database's
// type for bytes.
func newStore(ctx context.Context, db *sql.DB, blob string) (*Store, error) {
	if err := migrate(ctx, db, blob); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db: db}, nil
}

// migrate applies the numbered schema files that the database does not have yet.
// Several gateways may do so at once: each file goes in whole or not at all.
func migrate(ctx context.Context, db *sql.DB, blob string) error {
	const create = `CREATE TABLE IF NOT EXISTS fairway_schema (name TEXT PRIMARY KEY)`
	if _, err := db.ExecContext(ctx, create); err != nil {
		// Of several who create it at once PostgreSQL refuses all but one, and
		// they then find it.
		if _, err := db.ExecContext(ctx, create); err != nil {
			return fmt.Errorf("preparing the schema: %w", err)
		}
	}
	files, err := schemas.ReadDir("schema")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := schemas.ReadFile("schema/" + file.Name())
		if err != nil {
			return err
		}
		if err := apply(ctx, db, file.Name(), strings.ReplaceAll(string(text), "BYTES", blob)); err != nil {
			return fmt.Errorf("schema %s: %w", file.Name(), err)
		}
	}
	return nil
}

func apply(ctx context.Context, db *sql.DB, name, statements string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	done, err := tx.ExecContext(ctx, `INSERT INTO fairway_schema (name) VALUES ($1) ON CONFLICT DO NOTHING`, name)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	for statement := range strings.SplitSeq(statements, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil { //nolint:gosec // the statements are the schema, which stands in the program
			return err
		}
	}
	return tx.Commit()
}

// Destruct implements [caddy.Destructor].
func (s *Store) Destruct() error { return s.db.Close() }

var _ caddy.Destructor = (*Store)(nil)
