package module

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// bookOf is a ledger that a test works on: a store that can be taken away, and
// what belongs to it.
type bookOf struct {
	t      testing.TB
	opener Opener
	folder string
	keys   [][]byte
	down   atomic.Bool
}

func newBookOf(t testing.TB, opener Opener) *bookOf {
	return &bookOf{t: t, opener: opener, folder: t.TempDir(), keys: [][]byte{bytes.Repeat([]byte{1}, keyBytes)}}
}

func (b *bookOf) checkpoints() string { return filepath.Join(b.folder, "checkpoints.jsonl") }

// recorder starts a recorder, as one process of a gateway has it.
func (b *bookOf) recorder() *recorder {
	b.t.Helper()
	signer, keys, err := signingKeys(b.keys)
	if err != nil {
		b.t.Fatal(err)
	}
	kept, err := openSpool(filepath.Join(b.folder, "spool.jsonl"))
	if err != nil {
		b.t.Fatal(err)
	}
	r := &recorder{
		open: func(ctx context.Context) (*Store, func(), error) {
			if b.down.Load() {
				return nil, nil, errors.New("down")
			}
			store, err := b.opener.Open(ctx)
			if err != nil {
				return nil, nil, err
			}
			return store, func() { _ = store.Destruct() }, nil
		},
		signer: signer, keys: keys, lasting: true,
		witness: &witness{path: b.checkpoints()}, spool: kept, retention: defaultRetention,
		logger: zaptest.NewLogger(b.t), failed: func() {},
	}
	return r.start()
}

// end ends a recorder in good order.
func (b *bookOf) end(r *recorder) {
	b.t.Helper()
	if err := errors.Join(r.Destruct(), r.spool.Destruct()); err != nil {
		b.t.Fatal(err)
	}
}

// verify checks the ledger against its checkpoints and returns the ids in it.
func (b *bookOf) verify() (*ledger.Report, map[ledger.Hash]bool) {
	b.t.Helper()
	store, err := b.opener.Open(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = store.Destruct() }()
	statements, err := readStatements([]string{b.checkpoints()}, true)
	if err != nil {
		b.t.Fatal(err)
	}
	_, keys, err := signingKeys(b.keys)
	if err != nil {
		b.t.Fatal(err)
	}
	ids := make(map[ledger.Hash]bool)
	var report *ledger.Report
	err = store.ReadLedger(b.t.Context(), func(state ledger.State, entries iter.Seq2[ledger.Entry, error]) (err error) {
		report, err = ledger.Verify(state, func(yield func(ledger.Entry, error) bool) {
			for e, err := range entries {
				ids[e.ID] = true
				if !yield(e, err) {
					return
				}
			}
		}, statements, keys)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return report, ids
}

// whole verifies, and fails the test if anything is wrong or the number of
// records is another.
func (b *bookOf) whole(records int) map[ledger.Hash]bool {
	b.t.Helper()
	report, ids := b.verify()
	if !report.Whole() || int(report.Records) != records || len(ids) != records {
		b.t.Errorf("%d records of %d, %d ids: %q", report.Records, records, len(ids), report.Problems[:min(len(report.Problems), 3)])
	}
	return ids
}

// aDecision returns the record of a decision.
func aDecision(at time.Time) ledger.Entry {
	var id ledger.ReceiptID
	_, _ = rand.Read(id[:])
	e, err := ledger.NewEntry(&ledger.Record{
		SchemaVersion: ledger.SchemaVersion, RecordID: id.Hash(),
		Controllers: []ledger.Party{{Name: "Example Shop Ltd", Contact: "privacy@shop.example"}},
		Notice:      ledger.Notice{Version: "2020-10-13", Fingerprint: "89abcdef"},
		Language:    "en", Services: []string{"shop.example"},
		Purposes: []ledger.Purpose{
			{Name: "preferences", LawfulBasis: "consent", Decision: ledger.Refused, WithdrawalMethod: "/.consent/"},
			{Name: "analytics", LawfulBasis: "consent", Decision: ledger.Given, WithdrawalMethod: "/.consent/"},
			{Name: "advertising", LawfulBasis: "consent", Decision: ledger.Refused, WithdrawalMethod: "/.consent/"},
		},
		EventTime: at.UTC().Truncate(time.Second), EventType: ledger.Given, Mechanism: ledger.ByAPI,
		Validity: "P365D", Regime: "opt-in", Country: "CN",
	})
	if err != nil {
		panic(err)
	}
	return e
}

// record makes decisions, so many at once, and returns the acknowledged ones.
func record(t testing.TB, r *recorder, decisions, atOnce int) []ledger.Hash {
	t.Helper()
	var mu sync.Mutex
	var acknowledged []ledger.Hash
	var wait sync.WaitGroup
	for range atOnce {
		wait.Go(func() {
			for range decisions / atOnce {
				e := aDecision(time.Now())
				ctx, cancel := context.WithTimeout(context.Background(), grantWait)
				if err := r.add(ctx, e); err == nil {
					mu.Lock()
					acknowledged = append(acknowledged, e.ID)
					mu.Unlock()
				} else {
					t.Errorf("recording: %v", err)
				}
				cancel()
			}
		})
	}
	wait.Wait()
	return acknowledged
}

func within(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}
