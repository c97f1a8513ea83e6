package module

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// Count is an increment of one cell of an epoch.
type Count struct {
	Epoch, Cell string
	N           int64
}

// figuresLock names the lock of a site's figures in PostgreSQL. Those who add
// share it and one who publishes holds it alone, so that no sum comes in between
// reading an epoch and closing it. Where it is a moment's work to try again nobody
// waits. SQLite has one writer at a time as it is.
const figuresLock = `hashtextextended('fairway figures ' || $1, 0)`

// Add adds increments of a site: all of them or, on error, none. Of epochs that
// are published already nothing is added; it returns which those are.
func (s *Store) Add(ctx context.Context, site string, counts []Count) (late map[string]bool, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	if s.advisory {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared(`+figuresLock+`)`, site); err != nil {
			return nil, err
		}
	}
	upsert, err := tx.PrepareContext(ctx, `
		INSERT INTO counts (site, epoch, cell, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (site, epoch, cell) DO UPDATE SET n = counts.n + excluded.n`)
	if err != nil {
		return nil, err
	}
	defer upsert.Close()
	closed := make(map[string]bool) // whether it is, of each epoch
	for _, c := range counts {
		over, known := closed[c.Epoch]
		if !known {
			if over, err = isReleased(ctx, tx, site, c.Epoch); err != nil {
				return nil, err
			}
			closed[c.Epoch] = over
		}
		if over {
			continue
		}
		if _, err := upsert.ExecContext(ctx, site, c.Epoch, c.Cell, c.N); err != nil {
			return nil, err
		}
	}
	return closed, tx.Commit()
}

func isReleased(ctx context.Context, tx *sql.Tx, site, epoch string) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM publications WHERE site = $1 AND epoch = $2`, site, epoch).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Counts reads the sums of an epoch.
func (s *Store) Counts(ctx context.Context, site, epoch string) (map[string]int64, error) {
	return readCounts(ctx, s.db, site, epoch)
}

func readCounts(ctx context.Context, q querier, site, epoch string) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT cell, n FROM counts WHERE site = $1 AND epoch = $2`, site, epoch)
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

// Release publishes an epoch in one transaction: either what was made of its sums
// is stored, once and for all, or nothing happened. It reports false where another
// gateway is at the figures of the site just now; the caller tries again later. An
// epoch that is published already stays as it is.
//
// The sums go with it, unless they are to be kept for a time, see [Store.Forget].
func (s *Store) Release(ctx context.Context, site string, epoch visit.Epoch, now time.Time, keepSums bool, publish func(sums map[string]int64) ([]byte, error)) (bool, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }()
	if s.advisory {
		var mine bool
		if err := tx.QueryRowContext(ctx, `SELECT pg_try_advisory_xact_lock(`+figuresLock+`)`, site).Scan(&mine); err != nil || !mine {
			return false, err
		}
	}
	name := epoch.String()
	if done, err := isReleased(ctx, tx, site, name); err != nil || done {
		return done, err
	}
	sums, err := readCounts(ctx, tx, site, name)
	if err != nil {
		return false, err
	}
	data, err := publish(sums)
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO publications (site, epoch, start, data, released) VALUES ($1, $2, $3, $4, $5)`,
		site, name, epoch.Start.Unix(), data, now.Unix()); err != nil {
		return false, err
	}
	if !keepSums {
		if _, err := tx.ExecContext(ctx, `DELETE FROM counts WHERE site = $1 AND epoch = $2`, site, name); err != nil {
			return false, err
		}
	}
	return true, tx.Commit()
}

// Pending lists the epochs of a site that have sums and are not published.
func (s *Store) Pending(ctx context.Context, site string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT DISTINCT epoch FROM counts WHERE site = $1 AND NOT EXISTS (
			SELECT 1 FROM publications WHERE publications.site = counts.site AND publications.epoch = counts.epoch)
		ORDER BY epoch`, site)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var epochs []string
	for rows.Next() {
		var epoch string
		if err := rows.Scan(&epoch); err != nil {
			return nil, err
		}
		epochs = append(epochs, epoch)
	}
	return epochs, rows.Err()
}

// Publications reads what was published of a site for epochs that began from
// one time to another, the oldest first.
func (s *Store) Publications(ctx context.Context, site string, from, to time.Time) (found [][]byte, err error) {
	err = s.EachPublication(ctx, site, from, to, func(data []byte) error {
		found = append(found, bytes.Clone(data))
		return nil
	})
	return found, err
}

// EachPublication calls a function with what [Store.Publications] reads, one at a
// time. The data is valid during the call.
func (s *Store) EachPublication(ctx context.Context, site string, from, to time.Time, read func(data []byte) error) error {
	rows, err := s.db.QueryContext(ctx, `
		SELECT data FROM publications WHERE site = $1 AND start >= $2 AND start <= $3 AND length(data) > 0 ORDER BY start`,
		site, from.Unix(), to.Unix())
	if err != nil {
		return err
	}
	defer rows.Close()
	var data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return err
		}
		if err := read(data); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Last returns the latest epoch that was published of a site, and false when none
// was.
func (s *Store) Last(ctx context.Context, site string) (visit.Epoch, bool, error) {
	var name string
	err := s.db.QueryRowContext(ctx, `SELECT epoch FROM publications WHERE site = $1 ORDER BY start DESC LIMIT 1`, site).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return visit.Epoch{}, false, nil
	}
	if err != nil {
		return visit.Epoch{}, false, err
	}
	epoch, err := visit.ParseEpoch(name)
	return epoch, err == nil, err
}

// Released returns how many epochs were ever published of a site.
func (s *Store) Released(ctx context.Context, site string) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM publications WHERE site = $1`, site).Scan(&n)
	return n, err
}

// Forget empties publications of epochs that began before a time, and removes the
// sums of those that were published before another.
func (s *Store) Forget(ctx context.Context, begun, released time.Time) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE publications SET data = '' WHERE start < $1 AND length(data) > 0`, begun.Unix()); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, `
		DELETE FROM counts WHERE EXISTS (
			SELECT 1 FROM publications WHERE publications.site = counts.site AND publications.epoch = counts.epoch AND publications.released < $1)`,
		released.Unix())
	return err
}
