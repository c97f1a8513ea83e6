package module

import (
	"sync/atomic"
	"testing"
	"time"
)

// ManualClock stands still until a test sets it. Its tickers never tick; what is
// due then is done by [ManualClock.Work].
type ManualClock struct{ now atomic.Int64 }

// UseManualClock makes a clock that of the process. No configuration may have been
// loaded before.
func UseManualClock(now time.Time) *ManualClock {
	c := new(ManualClock)
	c.Set(now)
	if _, loaded := states.LoadOrStore(clockKey, c); loaded {
		panic("the process has a clock already")
	}
	return c
}

// Forget gives the process its own clock again. No configuration may be loaded.
func (c *ManualClock) Forget() { _, _ = states.Delete(clockKey) }

// Set sets the time.
func (c *ManualClock) Set(now time.Time) { c.now.Store(now.UnixNano()) }

// Now implements [clock].
func (c *ManualClock) Now() time.Time { return time.Unix(0, c.now.Load()) }

// Tick implements [clock].
func (c *ManualClock) Tick(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// Work does what each publisher does at every tick.
func (c *ManualClock) Work() {
	states.Range(func(_, state any) bool {
		if p, ok := state.(*publisher); ok {
			p.flush(c.Now())
			p.publish(c.Now())
		}
		return true
	})
}

// Destruct implements [clock].
func (c *ManualClock) Destruct() error { return nil }

// StartPostgres starts a PostgreSQL server of the test's own and returns the URL of
// its database.
func StartPostgres(t testing.TB) string { return startPostgres(t, false).url() }
