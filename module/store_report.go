package module

import (
	"context"
	"time"

	"github.com/fairwaygate/fairway/module/dashboard"
)

const (
	// reportDays is how far back a report reads: two years, and what they are
	// compared with.
	reportDays = 2*366 + 62

	// reportEpochs bounds what a report holds in memory, where epochs are short.
	reportEpochs = 1500
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

// site reads what a report of a site is made from.
func (s *Store) site(ctx context.Context, name string, zone *time.Location, now time.Time) (*dashboard.Site, error) {
	data, err := s.Publications(ctx, name, now.Add(-reportDays*day), now)
	if err != nil {
		return nil, err
	}
	if len(data) > reportEpochs {
		data = data[len(data)-reportEpochs:]
	}
	publications, err := decodePublications(data)
	if err != nil {
		return nil, err
	}
	return dashboard.NewSite(name, zone, publications), nil
}
