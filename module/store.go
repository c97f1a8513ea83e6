package module

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

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
	db *sql.DB
}

// Count is an increment of one cell of one epoch at one site.
type Count struct {
	Site, Epoch, Cell string
	N                 int64
}

//go:embed schema/*.sql
var schemas embed.FS

// newStore migrates the schema and returns the store. blob is the database's
// type for bytes.
func newStore(ctx context.Context, db *sql.DB, blob string) (*Store, error) {
	if err := migrate(ctx, db, blob); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db}, nil
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
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Add adds increments: all of them or, on error, none.
func (s *Store) Add(ctx context.Context, counts []Count) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	upsert, err := tx.PrepareContext(ctx, `
		INSERT INTO counts (site, epoch, cell, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (site, epoch, cell) DO UPDATE SET n = counts.n + excluded.n`)
	if err != nil {
		return err
	}
	defer upsert.Close()
	for _, c := range counts {
		if _, err := upsert.ExecContext(ctx, c.Site, c.Epoch, c.Cell, c.N); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Counts reads the sums of an epoch.
func (s *Store) Counts(ctx context.Context, site, epoch string) (map[string]int64, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT cell, n FROM counts WHERE site = $1 AND epoch = $2`, site, epoch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := make(map[string]int64)
	for rows.Next() {
		var cell string
		var n int64
		if err := rows.Scan(&cell, &n); err != nil {
			return nil, err
		}
		counts[cell] = n
	}
	return counts, rows.Err()
}

// Publish stores what is published of an epoch, unless another gateway was
// faster, and removes the sums that it was made from. It returns what stands.
// start is the epoch's begin.
func (s *Store) Publish(ctx context.Context, site, epoch string, start time.Time, data []byte) ([]byte, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO publications (site, epoch, start, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		site, epoch, start.Unix(), data); err != nil {
		return nil, err
	}
	var stands []byte
	err = tx.QueryRowContext(ctx, `SELECT data FROM publications WHERE site = $1 AND epoch = $2`, site, epoch).Scan(&stands)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM counts WHERE site = $1 AND epoch = $2`, site, epoch); err != nil {
		return nil, err
	}
	return stands, tx.Commit()
}

// Publications reads what was published of a site for epochs that began from
// one time to another, the oldest first.
func (s *Store) Publications(ctx context.Context, site string, from, to time.Time) ([][]byte, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT data FROM publications WHERE site = $1 AND start >= $2 AND start <= $3 ORDER BY start`,
		site, from.Unix(), to.Unix())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found [][]byte
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, rows.Err()
}

// Last returns the begin of the latest epoch that was published of a site; the
// zero time when none was.
func (s *Store) Last(ctx context.Context, site string) (time.Time, error) {
	var start sql.NullInt64
	err := s.db.QueryRowContext(ctx, `SELECT MAX(start) FROM publications WHERE site = $1`, site).Scan(&start)
	if err != nil || !start.Valid {
		return time.Time{}, err
	}
	return time.Unix(start.Int64, 0), nil
}

// Prune removes publications of epochs that began before a time.
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM publications WHERE start < $1`, before.Unix())
	return err
}

// Destruct implements [caddy.Destructor].
func (s *Store) Destruct() error { return s.db.Close() }

var _ caddy.Destructor = (*Store)(nil)
