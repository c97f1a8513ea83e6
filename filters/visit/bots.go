package visit

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// Bots classifies programs as [BotOf] does and remembers the verdict on each
// User-Agent, of which there are few and which a detector may take long to judge.
// Its memory is fixed: it keeps a hash of each User-Agent, whose seed is random and
// dies with the process. It is safe for concurrent use without a lock.
type Bots struct {
	seed    maphash.Seed
	more    BotDetector
	misses  *Limiter
	verdict []atomic.Uint64 // of a hash: its upper bits, and the class in the lowest
}

const (
	botSlots = 1 << 12
	botMask  = 7 // the bits of a class

	// A detector is asked for so many unknown User-Agents a second, and at once.
	// Whoever invents more than that is judged by the rules of this package alone.
	botMisses, botBurst = 100, 500
)

// NewBots returns a classifier with a detector, which may be nil. The time now is
// the earliest it will be asked for.
func NewBots(more BotDetector, now time.Time) *Bots {
	misses, err := NewLimiter(botMisses, botBurst, 1, now)
	if err != nil {
		panic(err) // only for constants that are out of range
	}
	return &Bots{seed: maphash.MakeSeed(), more: more, misses: misses, verdict: make([]atomic.Uint64, botSlots)}
}

// Of returns the class of the program behind a request.
func (b *Bots) Of(s Signals, now time.Time) Bot {
	if s.ahead() {
		return Prefetch
	}
	if s.UserAgent == "" {
		return Tool
	}
	if s.Webdriver {
		return Headless
	}
	h := maphash.String(b.seed, s.UserAgent) &^ botMask
	set := b.verdict[h>>3%(botSlots/ways)*ways:][:ways]
	for i := range set {
		if v := set[i].Load(); v&^botMask == h && v != 0 {
			return Bot(v & botMask)
		}
	}
	class := agentClass(s.UserAgent)
	if class == Human && b.more != nil {
		if !b.misses.Allow(netip.Addr{}, now) {
			return Human
		}
		if b.more.Bot(s.UserAgent[:min(len(s.UserAgent), agentMax)]) {
			class = Crawler
		}
	}
	set[h>>60%ways].Store(h | uint64(class))
	return class
}
