package visit

import (
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// gather adds batches up by epoch and key, as a store does.
func gather(p *Plan, into map[string]int64, batches []Batch) {
	for _, b := range batches {
		for _, inc := range b.Cells {
			into[b.Epoch.String()+" "+p.Key(inc.Cell)] += inc.N
		}
	}
}

func TestDrainLosesNothing(t *testing.T) {
	p := shop(t)
	c := NewCounter(p)
	start := at(t, "2026-03-17T15:59:59Z") // a second before midnight
	const workers, events = 4, 5000
	var wg sync.WaitGroup
	stored := make(map[string]int64)
	for w := range workers {
		wg.Go(func() {
			var o Outcome
			for i := range events {
				c.Observe(&Event{Kind: Navigation, Time: start.Add(time.Duration(i*w) * time.Millisecond), Path: "/"}, &o)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for i, running := 0, true; running; i++ {
		now := start.Add(time.Duration(i%60) * time.Second)
		select {
		case <-done:
			running = false
		default:
		}
		batches := c.Drain(now)
		if i%3 == 0 { // the store is down
			c.Restore(batches)
			continue
		}
		gather(p, stored, batches)
	}
	end := start.Add(time.Minute)
	gather(p, stored, c.Drain(end))
	gather(p, stored, c.Drain(end))
	sum := int64(0)
	for n := range maps.Values(stored) {
		sum += n
	}
	if sum != workers*events {
		t.Errorf("%d of %d navigations stored", sum, workers*events)
	}
	if len(stored) != 2 {
		t.Errorf("cells %v, want one on each side of midnight", stored)
	}
}

func TestThreeNodesCountAsOne(t *testing.T) {
	p := shop(t)
	one, fleet := NewCounter(p), []*Counter{NewCounter(p), NewCounter(p), NewCounter(p)}
	start := at(t, "2026-03-17T02:00:00Z")
	var a, b Outcome
	for i := range 300 {
		e := Event{Kind: Load, Time: start.Add(time.Duration(i) * 7 * time.Minute), Granted: yes, Path: fmt.Sprintf("/product/%d", i), Country: "CN", Campaign: "summer"}
		one.Observe(&e, &a)
		fleet[i%3].Observe(&e, &b)
	}
	end := start.Add(300 * 7 * time.Minute)
	want, got := make(map[string]int64), make(map[string]int64)
	gather(p, want, one.Drain(end))
	for _, c := range fleet {
		gather(p, got, c.Drain(end))
	}
	if !maps.Equal(want, got) || len(want) == 0 {
		t.Errorf("three nodes: %v\none: %v", got, want)
	}
}

func TestLateRecordsAreDroppedAndCounted(t *testing.T) {
	p := shop(t)
	c := NewCounter(p)
	start := at(t, "2026-03-17T02:00:00Z")
	var o Outcome
	for range 5 {
		c.Observe(&Event{Kind: Load, Time: start, Path: "/"}, &o)
	}
	failed := c.Drain(start.Add(time.Minute))
	c.Restore(failed)
	closed := p.Closes(failed[0].Epoch)
	if p.Closed(failed[0].Epoch, closed.Add(-1)) || !p.Closed(failed[0].Epoch, closed) {
		t.Error("an epoch closes when its embargo is over")
	}
	stored := make(map[string]int64)
	gather(p, stored, c.Drain(closed))
	want := map[string]int64{p.Calendar().Epoch(closed).String() + " late": 5}
	if !maps.Equal(stored, want) {
		t.Errorf("stored %v, want %v", stored, want)
	}
}

func TestHostileLabelsMakeNoCells(t *testing.T) {
	p := shop(t)
	c := NewCounter(p)
	start := at(t, "2026-03-17T02:00:00Z")
	var o Outcome
	keys := make(map[string]int64)
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	for i := range n {
		s := fmt.Sprintf("x%d", i)
		c.Observe(&Event{
			Kind: Load | Reached, Time: start, Granted: yes, Route: s, Path: "/" + s, Country: s, Language: s, Referrer: "https://" + s + ".example/",
			Campaign: s, Goals: []GoalHit{{Name: s}}, Device: Device(i),
		}, &o)
	}
	gather(p, keys, c.Drain(start))
	if len(keys) > 30 {
		t.Errorf("%d hostile labels made %d cells", n, len(keys))
	}
	for key := range keys {
		if strings.Contains(key, "=x") {
			t.Errorf("a hostile label in %s", key)
		}
	}
}

func TestLimiter(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	l, err := NewLimiter(2, 10, 1000, now)
	if err != nil {
		t.Fatal(err)
	}
	allowed := func(addr string, tries int, now time.Time) (n int) {
		for range tries {
			if l.Allow(netip.MustParseAddr(addr), now) {
				n++
			}
		}
		return n
	}
	if n := allowed("192.0.2.1", 100, now); n != 10 {
		t.Errorf("a burst of %d, want 10", n)
	}
	if n := allowed("192.0.2.254", 5, now); n != 0 {
		t.Errorf("another address of the /24 had %d", n)
	}
	if n := allowed("::ffff:192.0.2.7", 5, now); n != 0 {
		t.Errorf("the mapped form of the address had %d", n)
	}
	if n := allowed("192.0.3.1", 5, now); n != 5 {
		t.Errorf("the next network had %d of 5", n)
	}
	if n := allowed("192.0.2.1", 100, now.Add(3*time.Second)); n != 6 {
		t.Errorf("%d after 3 s at 2 a second, want 6", n)
	}
	if n := allowed("2001:db8:1:2::1", 100, now) + allowed("2001:db8:1:3::1", 100, now); n != 10 {
		t.Errorf("a /48 had %d, want 10", n)
	}
	if n := allowed("192.0.2.1", 100, now.Add(-time.Hour)); n != 10 {
		t.Errorf("%d after the clock was set back, want 10", n)
	}
	if n := allowed("192.0.2.1", 100, now.Add(24*time.Hour)); n != 10 {
		t.Errorf("%d a day later, want 10", n)
	}
}

// Of those who ask at the same time some have read the clock earlier. Their time
// is no clock that was set back.
func TestLimiterWithUnevenClocks(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	l, err := NewLimiter(1, 5, 4, now)
	if err != nil {
		t.Fatal(err)
	}
	allowed := 0
	for i := range 1000 {
		early := time.Duration(i%3) * time.Millisecond
		if l.Allow(netip.IPv6Loopback(), now.Add(2*time.Hour-early)) {
			allowed++
		}
	}
	if allowed != 5 {
		t.Errorf("%d beacons passed, want the burst of 5", allowed)
	}
	if !l.Allow(netip.IPv6Loopback(), now.Add(time.Hour)) {
		t.Error("after the clock was set back nothing passes")
	}
}

func TestLimiterUnderAFlood(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	l, err := NewLimiter(1, 5, 64, now)
	if err != nil {
		t.Fatal(err)
	}
	allowed := 0
	for i := range 100_000 {
		if l.Allow(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), now) {
			allowed++
		}
	}
	if most := len(l.slots) * 5; allowed > most {
		t.Errorf("%d beacons passed, want at most %d", allowed, most)
	}
}

// Those who share a bucket because there are too many of them take nothing from
// the limits of those who were first.
func TestLimiterSharing(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	for range 50 {
		l, err := NewLimiter(1, 5, 4, now)
		if err != nil {
			t.Fatal(err)
		}
		var allowed [6]int
		for round := range 12 {
			for n := range allowed {
				if n > 3 && round < 3 {
					continue
				}
				if l.Allow(netip.AddrFrom4([4]byte{10, 0, byte(n), 1}), now) {
					allowed[n]++
				}
			}
		}
		all := 0
		for n, a := range allowed {
			if all += a; a > 5 {
				t.Errorf("network %d had %d of a burst of 5", n, a)
			}
		}
		if all > 20 {
			t.Errorf("four buckets of 5 let %d pass", all)
		}
	}
}

func TestLimiterConfig(t *testing.T) {
	for _, tt := range []struct {
		rate            float64
		burst, networks int
	}{{0, 1, 1}, {-1, 1, 1}, {1, 0, 1}, {1, 1, 0}, {1e9, 1, 1}, {1, 1, 1 << 30}} {
		if _, err := NewLimiter(tt.rate, tt.burst, tt.networks, time.Time{}); err == nil {
			t.Errorf("%+v was accepted", tt)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	p := shop(t)
	c := NewCounter(p)
	now := at(t, "2026-03-17T02:00:00Z")
	e := Event{
		Kind: Load | StayTime | Reached, Time: now, Granted: yes, Path: "/product/7", Campaign: "spring-sale", Token: TokenAt(now), Stay: 4 * time.Second,
		Referrer: "https://www.google.de/", Host: "shop.example", Device: Mobile, Language: "de-AT,en;q=0.5", Country: "AT",
		Goals: []GoalHit{{"order", 500}}, Dates: "2026-02~2026-03-15~4133~summer@2026-03-14",
	}
	l, err := NewLimiter(1e6, 1e6, 1000, now)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("2001:db8::1")
	s := Signals{UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", Purpose: "none"}
	var o Outcome
	c.Observe(&e, &o)
	if o.n < 15 {
		t.Fatalf("only %d increments", o.n)
	}
	if n := testing.AllocsPerRun(100, func() {
		c.Observe(&e, &o)
		l.Allow(addr, now)
		_ = BotOf(s, nil)
		_ = DeviceOf("?0", s.UserAgent)
	}); n != 0 {
		t.Errorf("%v allocations a beacon", n)
	}
}
