package module

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

const (
	flushEvery = 10 * time.Second // a crash loses at most this
	storeWait  = 5 * time.Second

	// catchUp is how many epochs a gateway that was away publishes at most.
	catchUp = 1000

	// seriesDays and seriesMax bound what is held in memory for the gauges: so
	// many days, and so many epochs that can't be joined to days.
	seriesDays = 62
	seriesMax  = 200

	// defaultKeep is how long published figures are kept.
	defaultKeep = 3 * 365 * day
)

// publishing is how figures become published.
type publishing struct {
	plan    *visit.Plan
	zone    *time.Location
	privacy release.Privacy
	keep    time.Duration // what is published
	raw     time.Duration // the sums that it was made from; 0 is not at all
}

// publisher collects the figures of all sites of a policy: it takes the
// increments to the store every few seconds, and publishes each epoch once,
// after its embargo. It outlives reloads.
type publisher struct {
	publishing
	clock   clock
	store   *Store // nil when it could not be opened: sums then stay in memory
	metrics *metrics
	logger  *zap.Logger
	close   func()
	bots    *visit.Bots

	mu    sync.Mutex
	sites map[*siteMetrics]*figures
	known atomic.Pointer[map[*siteMetrics]*figures]

	stop chan struct{}
	done chan struct{}
}

func newPublisher(c clock, how publishing, store *Store, m *metrics, logger *zap.Logger, closeStore func()) *publisher {
	p := &publisher{
		publishing: how, clock: c, store: store, metrics: m, logger: logger, close: closeStore,
		bots:  visit.NewBots(visit.Crawlers{}, c.Now()),
		sites: make(map[*siteMetrics]*figures),
		stop:  make(chan struct{}), done: make(chan struct{}),
	}
	p.known.Store(new(map[*siteMetrics]*figures))
	go p.run()
	return p
}

// Destruct stops the publisher; nothing that was counted is lost.
func (p *publisher) Destruct() error {
	close(p.stop)
	<-p.done
	p.flush(p.clock.Now())
	p.close()
	return nil
}

// of returns the figures of a site.
func (p *publisher) of(site *siteMetrics) *figures {
	if f, ok := (*p.known.Load())[site]; ok {
		return f
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.sites[site]; ok {
		return f
	}
	f, err := newFigures(site.site, p.plan, p.clock.Now())
	if err != nil {
		panic(err) // only for constants that are out of range
	}
	p.sites[site] = f
	grown := maps.Clone(p.sites)
	p.known.Store(&grown)
	return f
}

func (p *publisher) run() {
	defer close(p.done)
	tick, stop := p.clock.Tick(flushEvery)
	defer stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-tick:
			p.flush(now)
			p.publish(now)
		}
	}
}

// flush takes what was counted to the store. What can't be stored is given back.
func (p *publisher) flush(now time.Time) {
	if p.store == nil {
		return
	}
	for site, f := range *p.known.Load() {
		batches := f.counter.Drain(now)
		var counts []Count
		for _, batch := range batches {
			epoch := batch.Epoch.String()
			for _, cell := range batch.Cells {
				counts = append(counts, Count{epoch, p.plan.Key(cell.Cell), cell.N})
			}
		}
		if len(counts) == 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), storeWait)
		late, err := p.store.Add(ctx, f.site, counts)
		cancel()
		if err != nil {
			f.counter.Restore(batches)
			site.failure(failStore)
			p.logger.Error("storing figures", zap.Error(err))
			continue
		}
		for _, batch := range batches {
			if late[batch.Epoch.String()] {
				f.counter.AddLate(now, batch.Records)
			}
		}
	}
}

// publish releases every epoch that has closed and is not published yet.
func (p *publisher) publish(now time.Time) {
	if p.store == nil {
		return
	}
	for site, f := range *p.known.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), 4*storeWait)
		err := p.publishSite(ctx, f, now)
		cancel()
		if err != nil {
			site.failure(failStore)
			p.logger.Error("publishing figures", zap.String("site", f.site), zap.Error(err))
		}
	}
}

func (p *publisher) publishSite(ctx context.Context, f *figures, now time.Time) error {
	if f.next.IsZero() {
		if err := p.resume(ctx, f, now); err != nil {
			return err
		}
	}
	published := false
	for range catchUp {
		epoch := p.plan.Calendar().Epoch(f.next)
		if !p.plan.Closed(epoch, now) {
			break
		}
		if done, err := p.release(ctx, f, epoch, now); err != nil || !done {
			return err
		}
		f.next = epoch.End
		published = true
	}
	if !published && f.series.Load() != nil {
		return nil
	}
	if err := p.publishRest(ctx, f, now); err != nil {
		return err
	}
	if err := p.store.Forget(ctx, now.Add(-p.keep), now.Add(-p.raw)); err != nil {
		return err
	}
	return p.refresh(ctx, f, now)
}

// release publishes one epoch. Noise is drawn within the store's transaction: it is
// stored before anyone sees it, or it was never drawn.
func (p *publisher) release(ctx context.Context, f *figures, epoch visit.Epoch, now time.Time) (done bool, err error) {
	return p.store.Release(ctx, f.site, epoch, now, p.raw > 0, func(sums map[string]int64) ([]byte, error) {
		cells, _ := p.plan.Counts(maps.All(sums))
		publication, err := release.Publish(p.plan, epoch, cells, p.privacy, nil)
		if err != nil {
			return nil, err
		}
		return publication.MarshalBinary()
	})
}

// publishRest releases closed epochs that the calendar does not have (any more): of
// before the time zone or the length of epochs was changed, or of before a gateway
// was away for long.
func (p *publisher) publishRest(ctx context.Context, f *figures, now time.Time) error {
	pending, err := p.store.Pending(ctx, f.site)
	if err != nil {
		return err
	}
	for _, name := range pending {
		epoch, err := visit.ParseEpoch(name)
		if err != nil {
			return err
		}
		if p.plan.Closed(epoch, now) {
			if _, err := p.release(ctx, f, epoch, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// resume finds where to go on: after the last epoch that was published, or with
// the one in which the site was first seen. It leaves word of the calendar to those
// who read the store alone.
func (p *publisher) resume(ctx context.Context, f *figures, now time.Time) error {
	if err := p.store.SetCalendar(ctx, f.site, SiteCalendar{p.zone.String(), p.plan.Calendar().Length(), p.plan.Embargo()}); err != nil {
		return err
	}
	last, ok, err := p.store.Last(ctx, f.site)
	if err != nil {
		return err
	}
	calendar := p.plan.Calendar()
	f.next = calendar.Epoch(f.begun).Start
	if ok {
		f.next = last.End
	}
	// A gateway that was away for long begins near the present.
	length := calendar.Epoch(now).End.Sub(calendar.Epoch(now).Start)
	if oldest := now.Add(-catchUp * length); f.next.Before(oldest) {
		f.next = calendar.Epoch(oldest).Start
	}
	return nil
}

// refresh reads what the gauges show. Short epochs are joined to days, where that
// can be, so that they take no more memory.
func (p *publisher) refresh(ctx context.Context, f *figures, now time.Time) error {
	var days []*release.Publication
	s := new(published)
	err := p.store.EachPublication(ctx, f.site, now.Add(-seriesDays*day), now, func(data []byte) error {
		s.latest = new(release.Publication)
		if err := s.latest.UnmarshalBinary(data); err != nil {
			return err
		}
		if n := len(days); n > 0 && days[n-1].Join(s.latest) {
			return nil
		}
		if days = append(days, s.latest); len(days) > seriesMax {
			days = days[1:]
			s.whole = days[0].Epoch.Day() + 1
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.series = release.NewSeries(days)
	f.series.Store(s)
	return nil
}

// published is what is known of a site's figures.
type published struct {
	series *release.Series
	latest *release.Publication
	whole  visit.Day // from which on no epoch is missing
}
