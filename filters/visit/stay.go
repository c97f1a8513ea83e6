package visit

import "time"

// Stay is a bucket of the time for which a page was visible and focused.
type Stay uint8

// stayBounds are the buckets' bounds in seconds. The last bucket holds all that
// is longer too.
var stayBounds = [...]int64{0, 3, 10, 30, 60, 180, 600, 1800}

// Stays is the number of buckets.
const Stays = len(stayBounds) - 1

// StayOf returns the bucket of a time. A bucket includes its lower bound.
func StayOf(d time.Duration) Stay {
	s := Stay(0)
	for int(s) < Stays-1 && d >= time.Duration(stayBounds[s+1])*time.Second {
		s++
	}
	return s
}

// Bounds returns the shortest and longest time of a bucket.
func (s Stay) Bounds() (low, high time.Duration) {
	return time.Duration(stayBounds[s]) * time.Second, time.Duration(stayBounds[s+1]) * time.Second
}

// MedianStay returns the median in seconds of the stays counted in the buckets of
// one route, interpolated within its bucket. Negative counts, as noise makes
// them, are taken as 0. Without any stay there is no median.
func MedianStay(buckets []int64) (seconds float64, ok bool) { return QuantileStay(buckets, 0.5) }

// QuantileStay returns the time in seconds that a share q of the stays is below,
// as [MedianStay] does. A q outside 0 to 1 is taken as the nearest of them.
func QuantileStay(buckets []int64, q float64) (seconds float64, ok bool) {
	total := int64(0)
	for _, n := range buckets[:Stays] {
		total += max(n, 0)
	}
	if total == 0 {
		return 0, false
	}
	rank, last := min(max(q, 0), 1)*float64(total), 0.0
	for i, n := range buckets[:Stays] {
		if n <= 0 {
			continue
		}
		low, high := float64(stayBounds[i]), float64(stayBounds[i+1])
		if rank <= float64(n) {
			return low + (high-low)*rank/float64(n), true
		}
		rank -= float64(n)
		last = high
	}
	return last, true
}

// Token is the coarse time at which a page was made, in minutes since 1970. The
// gateway signs it into the page; a beacon brings it back and so bounds what it
// can claim. It is the same for every page of that minute.
type Token int64

// Special tokens. The zero value is a beacon without one.
const (
	NoToken Token = 0
	// ForgedToken is one whose signature failed or that could not be read.
	ForgedToken Token = -1
)

const (
	// maxTokenAge is the age after which a token is too old to vouch for anything.
	maxTokenAge = 24 * time.Hour
	// maxAhead is how far a node's clock can be ahead of another's.
	maxAhead = 2 * time.Minute
	// claimSlack covers the difference between two clocks, beyond the minute that
	// the token itself is coarse.
	claimSlack = 5 * time.Second
)

// TokenAt returns the token of a page made at t.
func TokenAt(t time.Time) Token { return Token(t.Unix() / 60) }

// Time returns the beginning of the token's minute.
func (k Token) Time() time.Time { return time.Unix(int64(k)*60, 0) }

// check returns the age of the token, or why it can't be trusted.
func (k Token) check(now time.Time) (age time.Duration, why Suspicion) {
	if k < 0 {
		return 0, SuspectToken
	}
	// Compared in seconds: a hostile token must not overflow a Duration.
	seconds := now.Unix() - int64(min(k, 1<<40))*60
	switch {
	case seconds < -int64(maxAhead/time.Second):
		return 0, SuspectToken
	case seconds > int64(maxTokenAge/time.Second):
		return 0, SuspectOld
	}
	return time.Duration(max(seconds, 0)) * time.Second, Trusted
}

// Suspicion is why a beacon was not believed.
type Suspicion uint8

// The reasons. Those that only the caller can see come first.
const (
	Trusted      Suspicion = iota
	SuspectRate            // over the rate of its network, see [Limiter]
	SuspectBody            // too large, or not a beacon's body
	SuspectToken           // forged, from the future, or missing where it is needed
	SuspectOld             // a token over a day old, as a restored tab may bring
	SuspectClaim           // a stay longer than the age of the page, or negative
	SuspectDates           // dates in the future, or not in the canonical form
)

var suspicions = []string{"rate", "body", "token", "old", "claim", "dates"}
