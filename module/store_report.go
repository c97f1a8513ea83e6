package module

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/module/dashboard"
)

const (
	// reportDays is how far back a report reads: two years, and what they are
	// compared with.
	reportDays = 2*366 + 62

	// reportEpochs bounds what is read for a report: that many hours are longer.
	reportEpochs = 24 * reportDays

	// siteAge is how long a site is taken to be as it was, so that a report that
	// everyone can ask for does not ask the store each time.
	siteAge = time.Second
)

// Sites lists the sites of which something is published.
func (s *Store) Sites(ctx context.Context) (sites []string, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT site FROM publications ORDER BY site`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var site string
		if err := rows.Scan(&site); err != nil {
			return nil, err
		}
		sites = append(sites, site)
	}
	return sites, rows.Err()
}

// startOf returns the begin of the n-th latest epoch of a site, and the zero time
// where there are fewer.
func (s *Store) startOf(ctx context.Context, site string, n int) (time.Time, error) {
	var start int64
	err := s.db.QueryRowContext(ctx, `SELECT start FROM publications WHERE site = $1 ORDER BY start DESC LIMIT 1 OFFSET $2`, site, n-1).Scan(&start)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return time.Unix(start, 0), err
}

// siteReader keeps what was read of a site for reports. When more was published it
// reads only that.
type siteReader struct {
	mu       sync.Mutex
	released int64     // how many epochs were published when it was read
	last     time.Time // the begin of the latest of them
	whole    time.Time // when all was read
	checked  time.Time // when it was last looked whether there is more
	fold     dashboard.Fold
	site     *dashboard.Site
}

// read returns what a report of a site is made from.
func (r *siteReader) read(ctx context.Context, s *Store, name string, zone *time.Location, now time.Time) (*dashboard.Site, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// What was forgotten within a day goes from here too.
	kept := r.site != nil && now.Sub(r.whole) < day
	if kept && now.Sub(r.checked) < siteAge {
		return r.site, nil
	}
	released, err := s.Released(ctx, name)
	if err != nil {
		return nil, err
	}
	r.checked = now
	if kept && released == r.released {
		return r.site, nil
	}
	if kept {
		n, err := r.add(ctx, s, name, r.last.Add(time.Second), now)
		if err == nil && n == released-r.released {
			r.released, r.site = released, r.fold.Site(name, zone)
			return r.site, nil
		}
	}
	// Nothing was read today, or something was published in between.
	r.site, r.fold, r.last, r.whole = nil, dashboard.Fold{}, time.Time{}, now
	from := now.Add(-reportDays * day)
	oldest, err := s.startOf(ctx, name, reportEpochs)
	if err != nil {
		return nil, err
	}
	if oldest.After(from) {
		from = oldest
	}
	if _, err := r.add(ctx, s, name, from, now); err != nil {
		return nil, err
	}
	r.released, r.site = released, r.fold.Site(name, zone)
	return r.site, nil
}

// add reads the epochs that began from one time to another.
func (r *siteReader) add(ctx context.Context, s *Store, name string, from, to time.Time) (n int64, err error) {
	err = s.EachPublication(ctx, name, from, to, func(data []byte) error {
		p := new(release.Publication)
		if err := p.UnmarshalBinary(data); err != nil {
			return err
		}
		r.fold.Add(p)
		r.last = p.Epoch.Start
		n++
		return nil
	})
	return n, err
}

// site returns what was published of a site.
func (p *publisher) site(ctx context.Context, f *figures, now time.Time) (*dashboard.Site, error) {
	if p.store == nil {
		return dashboard.NewSite(f.site, p.zone, nil), nil
	}
	return f.report.read(ctx, p.store, f.site, p.zone, now)
}
