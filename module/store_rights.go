package module

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Request is a request to the controller as the store keeps it.
type Request struct {
	ID      string // a digest of the asker's reference
	Site    string
	Kind    string
	Opened  time.Time
	Due     time.Time
	Closed  time.Time // the zero time while it is open
	Outcome string    // "" while it is open
	KeyID   string    // of the key under which Sealed is encrypted
	Sealed  []byte    // what the asker wrote and the answer; nil once removed
}

// Erasure is a call that tells a partner to erase.
type Erasure struct {
	Token    string // random, for this call alone
	Partner  string
	Site     string
	Scope    string // "visitor" or "account"
	Day      string // YYYY-MM-DD
	Attempts int64
	Retry    time.Time // when to call (again)
	Problem  string    // of the last attempt
	Done     time.Time // the zero time until the partner has confirmed
}

var (
	errNotFound = errors.New("not found")
	errFull     = errors.New("too many are open")
)

// AddRequest stores a request, unless the site has about most open ones
// already: errFull.
func (s *Store) AddRequest(ctx context.Context, r *Request, most int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	open := 0
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM requests WHERE site = $1 AND closed IS NULL`, r.Site).Scan(&open)
	if err != nil {
		return err
	}
	if open >= most {
		return errFull
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO requests (id, site, kind, opened, due, outcome, key_id, sealed) VALUES ($1, $2, $3, $4, $5, '', $6, $7)`,
		r.ID, r.Site, r.Kind, r.Opened.Unix(), r.Due.Unix(), r.KeyID, r.Sealed); err != nil {
		return err
	}
	return tx.Commit()
}

const requestColumns = `SELECT id, site, kind, opened, due, closed, outcome, key_id, sealed FROM requests `

// Request reads one request; errNotFound when there is none.
func (s *Store) Request(ctx context.Context, id string) (*Request, error) {
	found, err := s.requests(ctx, requestColumns+`WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNotFound
	}
	return &found[0], nil
}

// OpenRequests reads at most limit requests that are not answered, those due
// first first.
func (s *Store) OpenRequests(ctx context.Context, limit int) ([]Request, error) {
	return s.requests(ctx, requestColumns+`WHERE closed IS NULL ORDER BY due, id LIMIT $1`, limit)
}

// ClosedRequests reads at most limit requests that are answered, the latest
// first.
func (s *Store) ClosedRequests(ctx context.Context, limit int) ([]Request, error) {
	return s.requests(ctx, requestColumns+`WHERE closed IS NOT NULL ORDER BY closed DESC, id LIMIT $1`, limit)
}

// SealedOtherwise reads at most limit requests whose words are not encrypted
// under a key.
func (s *Store) SealedOtherwise(ctx context.Context, keyID string, limit int) ([]Request, error) {
	return s.requests(ctx, requestColumns+`WHERE sealed IS NOT NULL AND key_id <> $1 ORDER BY due, id LIMIT $2`, keyID, limit)
}

func (s *Store) requests(ctx context.Context, query string, args ...any) ([]Request, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Request
	for rows.Next() {
		var r Request
		var opened, due int64
		var closed sql.NullInt64
		if err := rows.Scan(&r.ID, &r.Site, &r.Kind, &opened, &due, &closed, &r.Outcome, &r.KeyID, &r.Sealed); err != nil {
			return nil, err
		}
		r.Opened, r.Due, r.Closed = time.Unix(opened, 0), time.Unix(due, 0), timeOf(closed)
		found = append(found, r)
	}
	return found, rows.Err()
}

// CloseRequest stores the answer to an open request; errNotFound when it is not
// open (any more).
func (s *Store) CloseRequest(ctx context.Context, r *Request) error {
	result, err := s.db.ExecContext(ctx, `
		UPDATE requests SET closed = $1, outcome = $2, key_id = $3, sealed = $4 WHERE id = $5 AND closed IS NULL`,
		r.Closed.Unix(), r.Outcome, r.KeyID, r.Sealed, r.ID)
	return changed(result, err, errNotFound)
}

// Reseal stores the words of a request under another key, unless they have
// changed since they were read under the key was.
func (s *Store) Reseal(ctx context.Context, r *Request, was string) error {
	_, err := s.db.ExecContext(ctx, `
		UPDATE requests SET key_id = $1, sealed = $2
		WHERE id = $3 AND key_id = $4 AND sealed IS NOT NULL AND (closed IS NULL) = (CAST($5 AS BIGINT) = 0)`,
		r.KeyID, r.Sealed, r.ID, was, b2i(!r.Closed.IsZero()))
	return err
}

// OverdueBySite counts for each site the requests that were due before a time and are
// not answered.
func (s *Store) OverdueBySite(ctx context.Context, now time.Time) (map[string]int64, error) {
	return s.tally(ctx, `SELECT site, COUNT(*) FROM requests WHERE closed IS NULL AND due < $1 GROUP BY site`, now.Unix())
}

// OpenBySite counts for each site the requests that are not answered.
func (s *Store) OpenBySite(ctx context.Context) (map[string]int64, error) {
	return s.tally(ctx, `SELECT site, COUNT(*) FROM requests WHERE closed IS NULL GROUP BY site`)
}

// PendingByPartner counts for each partner the erasure calls that are not done.
func (s *Store) PendingByPartner(ctx context.Context) (map[string]int64, error) {
	return s.tally(ctx, `SELECT partner, COUNT(*) FROM erasures WHERE done IS NULL GROUP BY partner`)
}

func (s *Store) tally(ctx context.Context, query string, args ...any) (map[string]int64, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := make(map[string]int64)
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, err
		}
		counts[name] = n
	}
	return counts, rows.Err()
}

// PruneRights removes the words of requests that were answered before one time,
// and all of requests that were answered, and calls that were done, before
// another.
func (s *Store) PruneRights(ctx context.Context, words, all time.Time) error {
	for _, prune := range []struct {
		statement string
		before    time.Time
	}{
		{`UPDATE requests SET sealed = NULL, key_id = '' WHERE sealed IS NOT NULL AND closed < $1`, words},
		{`DELETE FROM requests WHERE closed < $1`, all},
		{`DELETE FROM erasures WHERE done < $1`, all},
	} {
		if _, err := s.db.ExecContext(ctx, prune.statement, prune.before.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// AddErasures stores calls: all of them or, on error, none. One that is there
// already stays as it is.
func (s *Store) AddErasures(ctx context.Context, calls []Erasure) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(ctx, `
		INSERT INTO erasures (token, partner, site, scope, day, attempts, retry, problem) VALUES ($1, $2, $3, $4, $5, 0, $6, '')
		ON CONFLICT DO NOTHING`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, c := range calls {
		if _, err := insert.ExecContext(ctx, c.Token, c.Partner, c.Site, c.Scope, c.Day, c.Retry.Unix()); err != nil {
			return err
		}
	}
	return tx.Commit()
}

const erasureColumns = `token, partner, site, scope, day, attempts, retry, problem, done`

// ClaimErasures takes at most limit calls to a partner that are due, the oldest
// first. Until the given time no other gateway takes them.
func (s *Store) ClaimErasures(ctx context.Context, partner string, now, until time.Time, limit int) ([]Erasure, error) {
	// The outer conditions hold against another gateway that claims the same.
	return s.erasures(ctx, `
		UPDATE erasures SET retry = $1
		WHERE partner = $2 AND done IS NULL AND retry <= $3 AND token IN (
			SELECT token FROM erasures WHERE partner = $2 AND done IS NULL AND retry <= $3 ORDER BY retry, token LIMIT $4)
		RETURNING `+erasureColumns, until.Unix(), partner, now.Unix(), limit)
}

// Erasures reads at most limit calls that are not done, or that are, those that
// were or will be tried last first.
func (s *Store) Erasures(ctx context.Context, done bool, limit int) ([]Erasure, error) {
	condition := `done IS NULL ORDER BY retry DESC, token`
	if done {
		condition = `done IS NOT NULL ORDER BY done DESC, token`
	}
	return s.erasures(ctx, `SELECT `+erasureColumns+` FROM erasures WHERE `+condition+` LIMIT $1`, limit)
}

func (s *Store) erasures(ctx context.Context, query string, args ...any) ([]Erasure, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Erasure
	for rows.Next() {
		var e Erasure
		var retry int64
		var done sql.NullInt64
		if err := rows.Scan(&e.Token, &e.Partner, &e.Site, &e.Scope, &e.Day, &e.Attempts, &retry, &e.Problem, &done); err != nil {
			return nil, err
		}
		e.Retry, e.Done = time.Unix(retry, 0), timeOf(done)
		found = append(found, e)
	}
	return found, rows.Err()
}

// SettleErasure stores how an attempt went.
func (s *Store) SettleErasure(ctx context.Context, e *Erasure) error {
	done := sql.NullInt64{Int64: e.Done.Unix(), Valid: !e.Done.IsZero()}
	_, err := s.db.ExecContext(ctx, `
		UPDATE erasures SET attempts = $1, retry = $2, problem = $3, done = $4 WHERE token = $5`,
		e.Attempts, e.Retry.Unix(), e.Problem, done, e.Token)
	return err
}

// HurryErasure makes a call that is not done due at a time; errNotFound when
// there is none.
func (s *Store) HurryErasure(ctx context.Context, token string, now time.Time) error {
	result, err := s.db.ExecContext(ctx, `UPDATE erasures SET retry = $1 WHERE token = $2 AND done IS NULL`, now.Unix(), token)
	return changed(result, err, errNotFound)
}

// DropErasure removes a call; errNotFound when there is none.
func (s *Store) DropErasure(ctx context.Context, token string) error {
	result, err := s.db.ExecContext(ctx, `DELETE FROM erasures WHERE token = $1`, token)
	return changed(result, err, errNotFound)
}

// NextErasure returns when the next call to a partner is due; the zero time when
// there is none.
func (s *Store) NextErasure(ctx context.Context, partner string) (time.Time, error) {
	var retry sql.NullInt64
	err := s.db.QueryRowContext(ctx, `SELECT MIN(retry) FROM erasures WHERE partner = $1 AND done IS NULL`, partner).Scan(&retry)
	return timeOf(retry), err
}

// changed turns "no row was changed" into an error.
func changed(result sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return none
}

func timeOf(seconds sql.NullInt64) time.Time {
	if !seconds.Valid {
		return time.Time{}
	}
	return time.Unix(seconds.Int64, 0)
}
