package module

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// TestLedgerStores runs the same tests with every kind of store.
func TestLedgerStores(t *testing.T) {
	tests := []struct {
		name string
		test func(*testing.T, Opener)
	}{
		{"many at once", testManyAtOnce},
		{"several gateways", testSeveralGateways},
		{"pruned", testPruned},
		{"store away", testStoreAway},
		{"keys rotate", testKeysRotate},
		{"tampered", testTampered},
		{"killed", testKilled},
	}
	t.Run("store=sqlite", func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				test.test(t, &SQLite{Path: filepath.Join(t.TempDir(), "fairway.db")})
			})
		}
	})
	t.Run("store=postgres", func(t *testing.T) {
		p := startPostgres(t, false)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) { test.test(t, &Postgres{URL: p.schema()}) })
		}
		t.Run("server away", func(t *testing.T) { testServerAway(t, p) })
	})
}

func testManyAtOnce(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	r := b.recorder()
	ids := record(t, r, 600, 60)
	for _, id := range ids[:10] {
		if found, err := r.find(t.Context(), id); err != nil || found == nil {
			t.Errorf("a record is not found by its id: %v", err)
		}
	}
	if found, err := r.find(t.Context(), ledger.Hash{1}); err != nil || found != nil {
		t.Errorf("a record that is none: %s, %v", found, err)
	}
	b.end(r)
	found := b.whole(600)
	for _, id := range ids {
		if !found[id] {
			t.Errorf("%s is not in the ledger", id)
		}
	}
	if report, _ := b.verify(); report.Witnessed != 600 {
		t.Errorf("a checkpoint covers %d of 600 records", report.Witnessed)
	}
}

func testSeveralGateways(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	store, err := opener.Open(t.Context()) // of SQLite only one makes the file
	if err != nil {
		t.Fatal(err)
	}
	_ = store.Destruct()
	var nodes []*recorder
	for range 3 {
		b.folder = t.TempDir()
		nodes = append(nodes, b.recorder())
	}
	var wait sync.WaitGroup
	for _, r := range nodes {
		wait.Go(func() { record(t, r, 200, 20) })
	}
	wait.Wait()
	for _, r := range nodes {
		b.end(r)
	}
	b.whole(600)
}

func testPruned(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	store, err := b.opener.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	var entries []ledger.Entry
	for n := range 10 {
		entries = append(entries, aDecision(now.Add(time.Duration(n-10)*day)))
	}
	if _, _, err := store.AppendRecords(t.Context(), entries, false); err != nil {
		t.Fatal(err)
	}
	signer, _, _ := signingKeys(b.keys)
	w := &witness{path: b.checkpoints()}
	for _, step := range []struct {
		before time.Duration
		want   int64
	}{{-20 * day, 0}, {-7 * day, 3}, {-7 * day, 0}, {-5*day + time.Hour, 3}} {
		n, err := pruneLedger(t.Context(), store, signer, w, now, now.Add(step.before))
		if err != nil || n != step.want {
			t.Errorf("pruning before %s: %d, %v", step.before, n, err)
		}
	}
	b.whole(4)
	if n, err := pruneLedger(t.Context(), store, signer, &witness{path: "/dev/null/nowhere"}, now, now); err == nil || n != 0 {
		t.Errorf("without a place for its statement %d records were pruned", n)
	}
	if n, err := pruneLedger(t.Context(), store, signer, w, now, now); err != nil || n != 4 {
		t.Errorf("the last: %d, %v", n, err)
	}
	b.whole(0)
	if _, _, err := store.AppendRecords(t.Context(), []ledger.Entry{aDecision(now)}, false); err != nil {
		t.Fatal(err)
	}
	b.whole(1)
	if report, _ := b.verify(); report.First != 11 || report.Pruned != 10 {
		t.Errorf("%+v", report)
	}
	_ = store.Destruct()
}

func testStoreAway(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	b.down.Store(true)
	r := b.recorder()
	if err := r.add(t.Context(), aDecision(time.Now())); err == nil {
		t.Error("a decision is recorded nowhere")
	}
	var spooled []ledger.Entry
	for range 5 {
		e := aDecision(time.Now())
		spooled = append(spooled, e)
		if err := r.spool.put(e); err != nil {
			t.Error(err)
		}
	}
	if found, err := r.find(t.Context(), spooled[3].ID); err != nil || !bytes.Equal(found, spooled[3].Record) {
		t.Errorf("a receipt from the spool: %s, %v", found, err)
	}
	b.end(r) // a restart while the store is away
	r = b.recorder()
	b.down.Store(false)
	within(t, 10*time.Second, "the spool is recorded", func() bool { return len(r.spool.waiting()) == 0 })
	if err := r.spool.put(spooled[0]); err != nil { // as if a crash had come before it was cleared
		t.Error(err)
	}
	within(t, 10*time.Second, "the spool is recorded", func() bool { return len(r.spool.waiting()) == 0 })
	record(t, r, 5, 1)
	b.end(r)
	found := b.whole(10)
	for _, e := range spooled {
		if !found[e.ID] {
			t.Errorf("%s is not in the ledger", e.ID)
		}
	}
}

func testKeysRotate(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	for n := range 10 {
		r := b.recorder()
		record(t, r, 2, 1)
		b.end(r)
		b.keys = append([][]byte{bytes.Repeat([]byte{byte(n + 2)}, keyBytes)}, b.keys[:min(len(b.keys), 2)]...)
	}
	b.end(b.recorder())
	b.whole(20)
	b.keys = [][]byte{bytes.Repeat([]byte{99}, keyBytes)}
	if report, _ := b.verify(); report.Whole() {
		t.Error("with keys that never signed it verifies")
	}
}

func testTampered(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	r := b.recorder()
	record(t, r, 10, 1)
	b.end(r)
	store, err := opener.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Destruct() }()
	execute := func(statements ...string) {
		for _, statement := range statements {
			if _, err := store.db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	execute(`CREATE TABLE whole AS SELECT * FROM ledger`, `CREATE TABLE whole_chain AS SELECT * FROM ledger_chain`)
	for _, statement := range []string{
		`UPDATE ledger SET time = time + 1 WHERE sequence = 3`,
		`UPDATE ledger SET id = hash WHERE sequence = 3`,
		`UPDATE ledger SET hash = id WHERE sequence = 3`,
		`UPDATE ledger SET record = (SELECT record FROM ledger WHERE sequence = 2) WHERE sequence = 3`,
		`UPDATE ledger SET sequence = 99 WHERE sequence = 3`,
		`DELETE FROM ledger WHERE sequence = 1`,
		`DELETE FROM ledger WHERE sequence = 3`,
		`DELETE FROM ledger WHERE sequence = 10`,
		`DELETE FROM ledger`,
		`UPDATE ledger_chain SET sequence = 9, hash = (SELECT hash FROM ledger WHERE sequence = 9)`,
		`UPDATE ledger_chain SET chain = 'other'`,
		`DELETE FROM ledger_chain`,
	} {
		execute(statement)
		if report, _ := b.verify(); report.Whole() {
			t.Errorf("not found: %s", statement)
		}
		execute(`DELETE FROM ledger`, `DELETE FROM ledger_chain`,
			`INSERT INTO ledger SELECT * FROM whole`, `INSERT INTO ledger_chain SELECT * FROM whole_chain`)
	}
	b.whole(10)
}

// A server that goes away in the middle takes no acknowledged record with it.
func testServerAway(t *testing.T, p *postgres) {
	b := newBookOf(t, &Postgres{URL: p.schema()})
	r := b.recorder()
	acknowledged := record(t, r, 50, 10)
	p.stop()
	began := time.Now()
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), withdrawWait)
		e := aDecision(time.Now())
		if err := r.add(ctx, e); err == nil {
			t.Error("a decision is recorded nowhere")
		}
		cancel()
		if err := r.spool.put(e); err != nil {
			t.Error(err)
		}
		acknowledged = append(acknowledged, e.ID)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("20 decisions waited %s for a server that is away", took)
	}
	p.start()
	within(t, 15*time.Second, "the spool is recorded", func() bool { return len(r.spool.waiting()) == 0 })
	acknowledged = append(acknowledged, record(t, r, 50, 10)...)
	b.end(r)
	found := b.whole(120)
	for _, id := range acknowledged {
		if !found[id] {
			t.Errorf("%s is not in the ledger", id)
		}
	}
}
