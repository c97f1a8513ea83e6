package module

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/visit"
)

const (
	deskEvery  = time.Minute
	pruneEvery = time.Hour

	// spoolMax bounds the erasure calls that wait in memory for the store, and
	// pendingMax those that wait in it for partners.
	spoolMax   = 4096
	pendingMax = 100_000

	// Erasures that one network may tell the partners of, and requests that it
	// may send: enough for an office behind one address.
	eraseRate, eraseBurst     = 1.0 / 60, 20
	requestRate, requestBurst = 1.0 / 300, 10
	rightsNetworks            = 1 << 14

	// Decisions of one network that are recorded: each is a row for years.
	decideRate, decideBurst = 20, 500
)

var errNoStore = errors.New("there is no store")

// desk is where visitors' requests and erasures go. It outlives reloads; what
// works on it belongs to a configuration: see [clerk].
type desk struct {
	opener  Opener
	logger  *zap.Logger
	metrics *metrics
	erasing *visit.Limiter
	asking  *visit.Limiter
	// deciding bounds what one network can have recorded.
	deciding *visit.Limiter

	store atomic.Pointer[Store] // nil while it can't be opened
	full  atomic.Bool           // partners are so far behind that no more calls are taken
	wake  chan struct{}

	opening sync.Mutex
	release func() // of the store

	mu      sync.Mutex // held for moments only: visitors wait for it
	spool   []batch
	spooled int
}

// batch is the calls of one visitor on their way to the store.
type batch struct {
	calls  []Erasure
	stored chan struct{} // closed when they are there
}

func newDesk(ctx context.Context, opener Opener, m *metrics, logger *zap.Logger, now time.Time) (*desk, error) {
	erasing, err := visit.NewLimiter(eraseRate, eraseBurst, rightsNetworks, now)
	if err != nil {
		return nil, err
	}
	asking, err := visit.NewLimiter(requestRate, requestBurst, rightsNetworks, now)
	if err != nil {
		return nil, err
	}
	deciding, err := visit.NewLimiter(decideRate, decideBurst, rightsNetworks, now)
	if err != nil {
		return nil, err
	}
	d := &desk{
		opener: opener, logger: logger, metrics: m, erasing: erasing, asking: asking, deciding: deciding,
		wake: make(chan struct{}, 1), release: func() {},
	}
	_ = d.open(ctx) // tried again later
	return d, nil
}

// open opens the store if that is not done yet.
func (d *desk) open(ctx context.Context) error {
	d.opening.Lock()
	defer d.opening.Unlock()
	if d.store.Load() != nil {
		return nil
	}
	store, release, err := pooled("store "+d.opener.Key(), func() (*Store, error) {
		wait, cancel := context.WithTimeout(ctx, storeWait)
		defer cancel()
		return d.opener.Open(wait)
	})
	if err != nil {
		d.metrics.site(noSite).failure(failStore)
		return err
	}
	d.release = release
	d.store.Store(store)
	return nil
}

// Destruct implements [caddy.Destructor].
func (d *desk) Destruct() error {
	_ = d.flush()
	if d.spooled > 0 {
		d.logger.Error("erasure calls are lost: the store can't be reached", zap.Int("calls", d.spooled))
	}
	d.release()
	return nil
}

// add takes calls and has them stored. It does not wait; the channel is closed
// once they are there. It takes none when too many wait already.
func (d *desk) add(calls []Erasure) (stored <-chan struct{}, taken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full.Load() || d.spooled+len(calls) > spoolMax {
		return nil, false
	}
	b := batch{calls, make(chan struct{})}
	d.spool = append(d.spool, b)
	d.spooled += len(calls)
	d.poke()
	return b.stored, true
}

// poke tells that there is something to do.
func (d *desk) poke() { poke(d.wake) }

func poke(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// flush takes to the store what waits for it.
func (d *desk) flush() error {
	d.mu.Lock()
	waiting := d.spool
	d.spool = nil
	d.mu.Unlock()
	if len(waiting) == 0 {
		return nil
	}
	var calls []Erasure
	for _, b := range waiting {
		calls = append(calls, b.calls...)
	}
	err := errNoStore
	if store := d.store.Load(); store != nil {
		ctx, cancel := context.WithTimeout(context.Background(), storeWait)
		err = store.AddErasures(ctx, calls)
		cancel()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.spool = append(waiting, d.spool...)
		return err
	}
	d.spooled -= len(calls)
	for _, b := range waiting {
		close(b.stored)
	}
	return nil
}

// settle stores how a call went, also while the gateway stops.
func (d *desk) settle(store *Store, e *Erasure) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeWait)
	defer cancel()
	return store.SettleErasure(ctx, e)
}
