package module

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// The one row of ledger_chain is locked by each transaction that writes to the
// ledger: of several gateways on one database one appends at a time, so that all
// of them make one chain. As many records go into a transaction as are waiting,
// so the lock costs little.
const lockChain = `
	UPDATE ledger_chain SET sequence = sequence WHERE one = 1
	RETURNING chain, sequence, hash, base, keys`

const (
	insertRows = 64  // records in one statement
	readRows   = 500 // records read at once
)

// AppendRecords appends records to the ledger, all of them or, on error, none,
// and returns the name of the chain and its new end. When it returns they are
// durable. Of records that may have been appended before (again), only those
// that were not are.
func (s *Store) AppendRecords(ctx context.Context, entries []ledger.Entry, again bool) (chain string, head ledger.Head, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return "", ledger.Head{}, err
	}
	defer func() { _ = tx.Rollback() }()
	state, err := openChain(ctx, tx)
	if err != nil {
		return "", ledger.Head{}, err
	}
	if again {
		if entries, err = unknown(ctx, tx, entries); err != nil {
			return "", ledger.Head{}, err
		}
	}
	if len(entries) == 0 {
		return state.Chain, state.Head, nil
	}
	head = state.Head
	for len(entries) > 0 {
		rows := entries[:min(len(entries), insertRows)]
		entries = entries[len(rows):]
		args := make([]any, 0, 5*len(rows))
		for _, e := range rows {
			next := head.Next(e.Record)
			args = append(args, int64(next.Sequence), next.Hash[:], e.ID[:], e.Time, e.Record)
			head = next
		}
		if _, err := tx.ExecContext(ctx, insertRecords(len(rows)), args...); err != nil {
			return "", ledger.Head{}, err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE ledger_chain SET sequence = $1, hash = $2 WHERE one = 1`,
		int64(head.Sequence), head.Hash[:]); err != nil {
		return "", ledger.Head{}, err
	}
	return state.Chain, head, tx.Commit()
}

// insertRecords is the statement that inserts so many records.
func insertRecords(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ledger (sequence, hash, id, time, record) VALUES `)
	for i := range 5 * rows {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%5 == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// openChain locks the chain, and begins it if there is none.
func openChain(ctx context.Context, tx *sql.Tx) (ledger.State, error) {
	state, err := scanChain(tx.QueryRowContext(ctx, lockChain))
	if !errors.Is(err, sql.ErrNoRows) {
		return state, err
	}
	var name [16]byte
	_, _ = rand.Read(name[:]) // never fails
	chain := hex.EncodeToString(name[:])
	genesis := ledger.Genesis(chain)
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO ledger_chain (one, chain, sequence, hash) VALUES (1, $1, 0, $2) ON CONFLICT DO NOTHING`,
		chain, genesis.Hash[:]); err != nil {
		return ledger.State{}, err
	}
	return scanChain(tx.QueryRowContext(ctx, lockChain))
}

func scanChain(row *sql.Row) (ledger.State, error) {
	var state ledger.State
	var sequence int64
	var hash []byte
	if err := row.Scan(&state.Chain, &sequence, &hash, &state.Base, &state.Keys); err != nil {
		return state, err
	}
	state.Head.Sequence = uint64(sequence)
	var err error
	state.Head.Hash, err = ledger.ParseHash(hash)
	return state, err
}

// unknown returns the entries that are not in the ledger, each once.
func unknown(ctx context.Context, tx *sql.Tx, entries []ledger.Entry) ([]ledger.Entry, error) {
	find, err := tx.PrepareContext(ctx, `SELECT COUNT(*) FROM ledger WHERE id = $1`)
	if err != nil {
		return nil, err
	}
	defer find.Close()
	seen := make(map[ledger.Hash]bool, len(entries))
	var left []ledger.Entry
	for _, e := range entries {
		var n int
		if err := find.QueryRowContext(ctx, e.ID[:]).Scan(&n); err != nil {
			return nil, err
		}
		if n == 0 && !seen[e.ID] {
			seen[e.ID] = true
			left = append(left, e)
		}
	}
	return left, nil
}

// Record returns a record in its canonical form, nil when there is none of that
// record_id.
func (s *Store) Record(ctx context.Context, id ledger.Hash) ([]byte, error) {
	var record []byte
	err := s.db.QueryRowContext(ctx, `SELECT record FROM ledger WHERE id = $1`, id[:]).Scan(&record)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return record, err
}

// ReadLedger hands what the ledger is at one moment to read. A ledger that was
// never written to has no name.
func (s *Store) ReadLedger(ctx context.Context, read func(ledger.State, iter.Seq2[ledger.Entry, error]) error) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	state, err := scanChain(tx.QueryRowContext(ctx, `
		SELECT chain, sequence, hash, base, keys FROM ledger_chain WHERE one = 1`))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err != nil {
		state = ledger.State{Head: ledger.Genesis("")}
	}
	return read(state, func(yield func(ledger.Entry, error) bool) {
		for after := int64(-1 << 62); ; {
			entries, err := readEntries(ctx, tx, after)
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if len(entries) < readRows {
				return
			}
			after = int64(entries[len(entries)-1].Sequence)
		}
	})
}

// readEntries reads the entries behind a number.
func readEntries(ctx context.Context, tx *sql.Tx, after int64) ([]ledger.Entry, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT sequence, hash, id, time, record FROM ledger WHERE sequence > $1 ORDER BY sequence LIMIT $2`, after, readRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []ledger.Entry
	for rows.Next() {
		var e ledger.Entry
		var sequence int64
		var hash, id []byte
		if err := rows.Scan(&sequence, &hash, &id, &e.Time, &e.Record); err != nil {
			return nil, err
		}
		// What is no hash is none that any record has: verifying tells of it.
		e.Sequence = uint64(sequence)
		e.Hash, _ = ledger.ParseHash(hash)
		e.ID, _ = ledger.ParseHash(id)
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// PruneLedger removes the records at the beginning of the ledger whose events are
// all older than a time, at most so many, and returns how many it removed. sign
// makes the statement that stands for them: on its error nothing is removed.
func (s *Store) PruneLedger(ctx context.Context, before time.Time, most int64, sign func(chain string, at ledger.Head) ([]byte, error)) (int64, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	state, err := scanChain(tx.QueryRowContext(ctx, lockChain))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var first, kept sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT MIN(sequence) FROM ledger`).Scan(&first); err != nil || !first.Valid {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT sequence FROM ledger WHERE time >= $1 ORDER BY sequence LIMIT 1`, before.Unix()).Scan(&kept)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	last := int64(state.Head.Sequence)
	if kept.Valid {
		last = kept.Int64 - 1
	}
	last = min(last, first.Int64+most-1)
	if last < first.Int64 {
		return 0, nil
	}
	at := ledger.Head{Sequence: uint64(last)}
	var hash []byte
	if err := tx.QueryRowContext(ctx, `SELECT hash FROM ledger WHERE sequence = $1`, last).Scan(&hash); err != nil {
		return 0, err
	}
	if at.Hash, err = ledger.ParseHash(hash); err != nil {
		return 0, err
	}
	statement, err := sign(state.Chain, at)
	if err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE ledger_chain SET base = $1 WHERE one = 1`, statement); err != nil {
		return 0, err
	}
	done, err := tx.ExecContext(ctx, `DELETE FROM ledger WHERE sequence <= $1`, last)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	if err != nil {
		return 0, err
	}
	return n, tx.Commit()
}

// SignLedger replaces the list of earlier keys by what sign makes of the chain's
// state; nil leaves it.
func (s *Store) SignLedger(ctx context.Context, sign func(ledger.State) ([]byte, error)) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	state, err := openChain(ctx, tx)
	if err != nil {
		return err
	}
	keys, err := sign(state)
	if err != nil {
		return err
	}
	if keys != nil {
		if _, err := tx.ExecContext(ctx, `UPDATE ledger_chain SET keys = $1 WHERE one = 1`, keys); err != nil {
			return err
		}
	}
	return tx.Commit()
}
