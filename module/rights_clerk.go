package module

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
)

// keepRights is how long it is kept that a request was answered and a partner
// was told, without anything of the person.
const keepRights = 3 * 365 * day

// clerk works on a [desk] as one configuration says: it calls partners, watches
// the clocks of requests, and removes what was kept long enough.
type clerk struct {
	clock   clock
	desk    *desk
	safe    *safe // nil when the keys can't be had: no request is taken then
	callers []*caller
	keep    time.Duration // of what an asker wrote, after the answer

	cancel context.CancelFunc
	work   sync.WaitGroup
}

// defaultContactRetention is how long an asker's words are kept after the answer
// where the policy does not say.
const defaultContactRetention = 90 * day

// openRights prepares the desk and the clerk.
func (a *App) openRights(ctx caddy.Context) error {
	opener, err := a.opener(ctx)
	if err != nil {
		return err
	}
	d, release, err := pooled("rights "+opener.Key(), func() (*desk, error) {
		return newDesk(ctx, opener, a.metrics, a.logger, a.clock.Now())
	})
	if err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	a.clerk = &clerk{clock: a.clock, desk: d, safe: a.vault.safe, callers: a.newCallers(a.vault.calls), keep: defaultContactRetention}
	if a.Requests != nil && a.Requests.ContactRetention > 0 {
		a.clerk.keep = time.Duration(a.Requests.ContactRetention)
	}
	return nil
}

// start begins the work.
func (c *clerk) start() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.work.Go(func() { c.run(ctx) })
	for _, caller := range c.callers {
		if caller.url != "" {
			c.work.Go(func() { caller.run(ctx, c.desk) })
		}
	}
}

// stop ends it. What is not done stays in the store.
func (c *clerk) stop() {
	if c.cancel == nil {
		return // it never began
	}
	c.cancel()
	c.work.Wait()
	c.desk.poke() // for who comes after
}

func (c *clerk) run(ctx context.Context) {
	tick := time.NewTicker(deskEvery)
	defer tick.Stop()
	var pruned time.Time
	for {
		err := errors.Join(c.desk.open(ctx), c.desk.flush())
		for _, caller := range c.callers {
			poke(caller.wake)
		}
		now := c.clock.Now()
		if store := c.desk.store.Load(); store != nil {
			err = errors.Join(err, c.watch(ctx, store, now))
			if now.Sub(pruned) >= pruneEvery {
				err = errors.Join(err, c.reseal(ctx, store), store.PruneRights(ctx, now.Add(-c.keep), now.Add(-keepRights)))
				pruned = now
			}
		}
		if err != nil && ctx.Err() == nil {
			c.desk.metrics.site(noSite).failure(failStore)
			c.desk.logger.Error("requests and erasures", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.desk.wake:
		}
	}
}

// watch counts the requests that are overdue and the calls that wait.
func (c *clerk) watch(ctx context.Context, store *Store, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	overdue, err := store.OverdueBySite(ctx, now)
	if err != nil {
		return err
	}
	c.desk.metrics.setOverdue(overdue)
	pending, err := store.PendingByPartner(ctx)
	if err != nil {
		return err
	}
	waiting := int64(0)
	for _, n := range pending {
		waiting += n
	}
	c.desk.full.Store(waiting >= pendingMax)
	return nil
}

// resealBatch bounds the requests that are taken over to a new key at a time.
const resealBatch = 100

// reseal encrypts under the newest key what an older one sealed, so that the
// older one can be removed.
func (c *clerk) reseal(ctx context.Context, store *Store) error {
	if c.safe == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	sealed, err := store.SealedOtherwise(ctx, c.safe.newest(), resealBatch)
	if err != nil {
		return err
	}
	for i := range sealed {
		r := &sealed[i]
		was := r.KeyID
		w, err := c.safe.open(r)
		if err != nil {
			continue // another gateway's newer key, or one that was removed
		}
		if err := c.safe.seal(r, &w); err != nil {
			return err
		}
		if err := store.Reseal(ctx, r, was); err != nil {
			return err
		}
	}
	return nil
}
