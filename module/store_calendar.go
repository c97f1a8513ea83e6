package module

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// SiteCalendar is what a site's figures are dated by, so that they can be read
// without the configuration that made them.
type SiteCalendar struct {
	Zone    string        // IANA's name of the time zone in which days begin
	Epoch   time.Duration // how long an epoch lasts
	Embargo time.Duration // how long after it records are still taken
}

// closes returns when the epoch that a time lies in is published.
func (c SiteCalendar) closes(now time.Time) (time.Time, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return time.Time{}, err
	}
	calendar, err := visit.NewCalendar(zone, c.Epoch)
	if err != nil {
		return time.Time{}, err
	}
	return calendar.Epoch(now).End.Add(c.Embargo), nil
}

// SetCalendar remembers the calendar of a site, in place of an earlier one.
func (s *Store) SetCalendar(ctx context.Context, site string, c SiteCalendar) error {
	_, err := s.db.ExecContext(ctx, `
		INSERT INTO calendars (site, zone, epoch, embargo) VALUES ($1, $2, $3, $4)
		ON CONFLICT (site) DO UPDATE SET zone = excluded.zone, epoch = excluded.epoch, embargo = excluded.embargo`,
		site, c.Zone, int64(c.Epoch/time.Second), int64(c.Embargo/time.Second))
	return err
}

// Calendar returns the calendar of a site. It is not ok where no gateway has made
// figures of it since calendars are remembered.
func (s *Store) Calendar(ctx context.Context, site string) (c SiteCalendar, ok bool, err error) {
	var epoch, embargo int64
	err = s.db.QueryRowContext(ctx, `SELECT zone, epoch, embargo FROM calendars WHERE site = $1`, site).Scan(&c.Zone, &epoch, &embargo)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("reading the calendar of %s: %w", site, err)
	}
	c.Epoch, c.Embargo = time.Duration(epoch)*time.Second, time.Duration(embargo)*time.Second
	return c, true, nil
}
