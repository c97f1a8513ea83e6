package module

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/ledger"
)

const (
	ledgerQueue = 4096 // decisions that wait for a transaction
	ledgerBatch = 512  // decisions in one transaction

	grantWait    = 5 * time.Second // how long a visitor waits for a grant
	withdrawWait = 2 * time.Second // and for a withdrawal, before it goes to the spool

	// After a failure of the store decisions fail at once for a while, which
	// grows from one time to the other.
	ledgerRest     = 250 * time.Millisecond
	ledgerLongRest = 2 * time.Second

	ledgerTick       = time.Second
	checkpointEvery  = time.Minute
	ledgerPruneEvery = time.Hour
	ledgerPruneBatch = 2000 // records; a larger one would keep decisions waiting
)

// failLedger is the stage of failures of the ledger.
const failLedger = "ledger"

var (
	errLedgerDown   = errors.New("the ledger's store is not available")
	errLedgerClosed = errors.New("the ledger is closed")
)

// recorder takes decisions to the ledger: all that wait go into one transaction,
// and each is acknowledged when that is durable. It outlives reloads.
type recorder struct {
	open      func(context.Context) (*Store, func(), error)
	signer    ledger.Signer
	keys      ledger.KeySet
	lasting   bool // the signer's key is kept: what it signs can be checked later
	witness   *witness
	spool     *spool
	retention time.Duration
	logger    *zap.Logger
	failed    func() // counts a failure

	store  atomic.Pointer[Store] // nil until it could be opened
	close  func()
	begun  time.Time
	rested atomic.Int64 // how long after that decisions are taken again, in nanoseconds

	queue chan *decision
	stop  chan struct{}
	done  chan struct{}

	// What follows belongs to the one goroutine that writes.
	rest       time.Duration
	chain      string
	head       ledger.Head // the last that this gateway wrote
	witnessed  ledger.Head // the last that a checkpoint covers
	checkpoint time.Time   // of the last checkpoint
	pruned     time.Time   // when nothing was left to prune
	introduced bool        // the store has the list of keys
}

// decision is a record on its way to the ledger.
type decision struct {
	entry ledger.Entry
	state atomic.Int32
	done  chan error // has room for the one answer
}

// States of a decision.
const (
	isWaiting   = iota
	isTaken     // into a transaction
	isAbandoned // by who waited for it
)

// start begins to take decisions.
func (r *recorder) start() *recorder {
	r.close = func() {}
	r.begun = time.Now()
	r.queue = make(chan *decision, ledgerQueue)
	r.stop, r.done = make(chan struct{}), make(chan struct{})
	go r.run()
	return r
}

// Destruct writes what waits and stops.
func (r *recorder) Destruct() error {
	close(r.stop)
	<-r.done
	r.close()
	return nil
}

// add records a decision. It returns nil when the record is durable; on error it
// is not in the ledger, unless the store failed in the moment of the commit.
func (r *recorder) add(ctx context.Context, entry ledger.Entry) error {
	if r.resting() {
		return errLedgerDown
	}
	d := &decision{entry: entry, done: make(chan error, 1)}
	select {
	case r.queue <- d:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.done:
		return errLedgerClosed
	}
	ended := ctx.Done()
	closed := r.done
	for {
		var why error
		select {
		case err := <-d.done:
			return err
		case <-ended:
			ended, why = nil, ctx.Err()
		case <-closed:
			closed, why = nil, errLedgerClosed
		}
		if d.state.CompareAndSwap(isWaiting, isAbandoned) {
			return why
		}
		// It is in a transaction, which has a time limit of its own.
	}
}

// find returns a record in its canonical form, nil when there is none.
func (r *recorder) find(ctx context.Context, id ledger.Hash) ([]byte, error) {
	if record := r.spool.find(id); record != nil {
		return record, nil
	}
	store := r.store.Load()
	if store == nil {
		return nil, errLedgerDown
	}
	return store.Record(ctx, id)
}

func (r *recorder) run() {
	defer close(r.done)
	tick := time.NewTicker(ledgerTick)
	defer tick.Stop()
	r.keep(time.Now())
	for {
		select {
		case d := <-r.queue:
			r.write(r.gather(d))
		case now := <-tick.C:
			r.keep(now)
		case <-r.stop:
			r.finish()
			return
		}
	}
}

// gather takes what else waits.
func (r *recorder) gather(first *decision) []*decision {
	batch := []*decision{first}
	for len(batch) < ledgerBatch {
		select {
		case d := <-r.queue:
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

// write records a batch and tells who waits.
func (r *recorder) write(batch []*decision) {
	taken := batch[:0]
	for _, d := range batch {
		if d.state.CompareAndSwap(isWaiting, isTaken) {
			taken = append(taken, d)
		}
	}
	entries := make([]ledger.Entry, len(taken))
	for i, d := range taken {
		entries[i] = d.entry
	}
	err := r.append(entries, false)
	for _, d := range taken {
		d.done <- err
	}
}

// append appends to the store, and remembers whether that can be had.
func (r *recorder) append(entries []ledger.Entry, again bool) error {
	if len(entries) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeWait)
	defer cancel()
	store, err := r.opened(ctx)
	if err == nil {
		var head ledger.Head
		var chain string
		if chain, head, err = store.AppendRecords(ctx, entries, again); err == nil {
			r.chain, r.head, r.rest = chain, head, 0
			r.rested.Store(0)
			return nil
		}
	}
	r.pause()
	r.fail("recording decisions", err)
	return errors.Join(errLedgerDown, err)
}

// opened returns the store, which it opens if it is not open yet.
func (r *recorder) opened(ctx context.Context) (*Store, error) {
	if store := r.store.Load(); store != nil {
		return store, nil
	}
	store, release, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	r.close = release
	r.store.Store(store)
	return store, nil
}

// pause leaves the store alone for a while, longer each time.
func (r *recorder) pause() {
	r.rest = min(max(2*r.rest, ledgerRest), ledgerLongRest)
	r.rested.Store(int64(time.Since(r.begun) + r.rest))
}

// resting reports whether the store is left alone. It does not go by the time of day,
// which may be set back.
func (r *recorder) resting() bool { return time.Since(r.begun) < time.Duration(r.rested.Load()) }

func (r *recorder) fail(what string, err error) {
	r.failed()
	r.logger.Error(what, zap.Error(err))
}

// keep does what is due: it takes the spool to the store, writes a checkpoint,
// and prunes.
func (r *recorder) keep(now time.Time) {
	if r.resting() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeWait)
	defer cancel()
	store, err := r.opened(ctx)
	if err != nil {
		r.pause()
		r.fail("opening the ledger's store", err)
		return
	}
	r.replay()
	if !r.lasting {
		return
	}
	if !r.introduced {
		if err := store.SignLedger(ctx, r.vouch(now)); err != nil {
			r.fail("listing the ledger's keys", err)
			return
		}
		r.introduced = true
	}
	if now.Sub(r.checkpoint) >= checkpointEvery {
		r.sign(now)
	}
	if now.Sub(r.pruned) >= ledgerPruneEvery {
		n, err := pruneLedger(ctx, store, r.signer, r.witness, now, now.Add(-r.retention))
		if err != nil {
			r.fail("pruning the ledger", err)
		}
		if err != nil || n < ledgerPruneBatch {
			r.pruned = now
		}
	}
}

// replay takes the spool to the store.
func (r *recorder) replay() {
	waiting := r.spool.waiting()
	for left := waiting; len(left) > 0; {
		batch := left[:min(len(left), ledgerBatch)]
		left = left[len(batch):]
		if r.append(batch, true) != nil {
			return
		}
	}
	if err := r.spool.clear(len(waiting)); err != nil {
		r.fail("clearing the ledger's spool", err)
	}
}

// sign writes a checkpoint if the ledger has grown since the last one.
func (r *recorder) sign(now time.Time) {
	if r.head == r.witnessed {
		return
	}
	statement, err := ledger.NewStatement(ledger.Checkpoint, r.chain, r.head, now).Sign(r.signer)
	if err == nil {
		err = r.witness.add(statement)
	}
	if err != nil {
		r.fail("writing a checkpoint of the ledger", err)
		return
	}
	r.witnessed, r.checkpoint = r.head, now
}

// vouch returns what lists the keys that signed before: those that are kept, and
// those for which one of them vouches already.
func (r *recorder) vouch(now time.Time) func(ledger.State) ([]byte, error) {
	return func(state ledger.State) ([]byte, error) {
		if r.head == (ledger.Head{}) && state.Head.Sequence > 0 {
			r.chain, r.head = state.Chain, state.Head // a checkpoint at the start
		}
		keys := ledger.NewKeySet(r.keys.List()...)
		if before, err := ledger.ParseStatement(state.Keys); err == nil {
			if by, err := before.Verify(r.keys); err == nil {
				for _, key := range before.Keys {
					keys[key.ID] = key
				}
				if by == r.signer.Key().ID && len(keys) == len(before.Keys) {
					return nil, nil
				}
			}
		}
		list := ledger.NewStatement(ledger.KeyList, state.Chain, state.Head, now)
		list.Keys = keys.List()
		statement, err := list.Sign(r.signer)
		if err != nil {
			return nil, err
		}
		return statement, r.witness.add(statement)
	}
}

// pruneLedger removes records of events before a time, at most ledgerPruneBatch, and returns
// how many. The statement that stands for them is kept elsewhere before they go.
func pruneLedger(ctx context.Context, store *Store, signer ledger.Signer, w *witness, now, before time.Time) (int64, error) {
	return store.PruneLedger(ctx, before, ledgerPruneBatch, func(chain string, at ledger.Head) ([]byte, error) {
		s := ledger.NewStatement(ledger.Pruned, chain, at, now)
		s.Before = before.UTC().Truncate(time.Second)
		statement, err := s.Sign(signer)
		if err != nil {
			return nil, err
		}
		return statement, w.add(statement)
	})
}

// finish writes what waits and a last checkpoint.
func (r *recorder) finish() {
	for {
		select {
		case d := <-r.queue:
			r.write(r.gather(d))
		default:
			if r.store.Load() != nil {
				r.replay()
				if r.lasting {
					r.sign(time.Now())
				}
			}
			return
		}
	}
}
