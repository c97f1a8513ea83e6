package visit

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"net/netip"
	"sync/atomic"
	"time"
)

// Limiter is a token bucket for each network (an IPv4 /24, an IPv6 /48). Its
// memory is fixed. It keeps a network only as a few bits of a hash whose seed is
// random and dies with the process. It is safe for concurrent use without a lock.
//
// A bucket takes one word of a set of four. A network for which all four are in
// use by others shares one of them until one is full again.
type Limiter struct {
	seed  maphash.Seed
	start time.Time
	cost  uint64 // microseconds of credit that a beacon takes
	full  uint64 // microseconds of credit in a full bucket
	mask  uint64
	slots []atomic.Uint64
}

// A slot holds 16 bits of hash and, in the other 48, the time in microseconds since
// the limiter's start at which the bucket is full again.
const (
	timeBits = 48
	timeMask = 1<<timeBits - 1
	ways     = 4

	// clockSlack is, in microseconds, how much earlier than others a caller may
	// have read the clock.
	clockSlack = 1e6
)

// NewLimiter returns a limiter that lets rate beacons a second pass for each
// network, and burst at once. It has room for about the given number of networks
// at a time, in 8 bytes each. The time now is the earliest it will be asked for.
func NewLimiter(rate float64, burst, networks int, now time.Time) (*Limiter, error) {
	if !(rate > 0 && rate <= 1e6) || burst < 1 || burst > 1e6 {
		return nil, fmt.Errorf("rate %v with burst %d: rates are up to 10^6 a second, bursts 1 to 10^6", rate, burst)
	}
	if networks < 1 || networks > 1<<24 {
		return nil, fmt.Errorf("%d networks: room can be made for 1 to %d", networks, 1<<24)
	}
	sets := uint64(1) << bits.Len(uint(max(networks, ways)/ways-1))
	cost := uint64(1e6 / rate)
	return &Limiter{
		seed: maphash.MakeSeed(), start: now, cost: max(cost, 1), full: max(cost, 1) * uint64(burst),
		mask: sets - 1, slots: make([]atomic.Uint64, sets*ways),
	}, nil
}

// Allow takes one beacon's credit of an address's network and reports whether
// there was enough.
func (l *Limiter) Allow(addr netip.Addr, now time.Time) bool {
	prefix := network(addr)
	h := maphash.Bytes(l.seed, prefix[:])
	tag := h >> timeBits
	set := l.slots[h&l.mask*ways:][:ways]
	t := uint64(max(now.Sub(l.start).Microseconds(), 0)) & timeMask
	for {
		slot := pick(set, tag, t)
		old := slot.Load()
		at := old & timeMask
		if at <= t || at > t+l.full+clockSlack { // full, or the clock was set back
			at = t
		}
		if at+l.cost > t+l.full {
			return false
		}
		owner := tag
		if at > t {
			owner = old >> timeBits // a shared bucket stays with its first network
		}
		if slot.CompareAndSwap(old, owner<<timeBits|(at+l.cost)&timeMask) {
			return true
		}
	}
}

// pick returns the bucket of a tag, or else one that is full and so free, or else
// the one that the tag is to share.
func pick(set []atomic.Uint64, tag, now uint64) *atomic.Uint64 {
	slot := &set[tag%ways]
	for i := range set {
		v := set[i].Load()
		if v != 0 && v>>timeBits == tag {
			return &set[i]
		}
		if v&timeMask <= now {
			slot = &set[i]
		}
	}
	return slot
}
