package module

import (
	"time"

	"github.com/caddyserver/caddy/v2"
)

// clock is what days, figures and epochs are dated by. The configurations of a
// process share one. Durations, time limits and signatures of calls are measured
// by the system's clock alone.
type clock interface {
	caddy.Destructor

	Now() time.Time

	// Tick sends the time every so often, as [time.Ticker] does, until stop is
	// called.
	Tick(every time.Duration) (ticks <-chan time.Time, stop func())
}

// clockKey is the clock's in the shared state, where a test puts its own before
// anything asks for it.
const clockKey = "clock"

// openClock returns the clock of the process.
func openClock() (shared clock, release func(), err error) {
	return pooled(clockKey, func() (clock, error) { return systemClock{}, nil })
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Tick(every time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(every)
	return ticker.C, ticker.Stop
}

// Destruct implements [caddy.Destructor].
func (systemClock) Destruct() error { return nil }
