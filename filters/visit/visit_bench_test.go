package visit

import (
	"net/netip"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// All that is done for a beacon but to read it.
func BenchmarkObserve(b *testing.B) {
	p := shop(b)
	now := at(b, "2026-03-17T02:00:00Z")
	load := Event{
		Kind: Load, Time: now, Path: "/product/7", Referrer: "https://www.google.de/", Host: "shop.example",
		Device: Mobile, Language: "de-AT,en;q=0.5", Country: "AT", Token: TokenAt(now),
	}
	first, back, stay := load, load, load
	first.Granted, first.Campaign = yes, "spring-sale"
	back.Granted, back.Dates = yes, "2026-02~2026-03-15~4133~summer@2026-03-14"
	stay.Granted, stay.Visit, stay.Kind, stay.Stay = yes, true, StayTime, 20*time.Second
	stay.Dates = "2026-02~2026-03-17~1000~summer@2026-03-14"
	stay.Token = TokenAt(now.Add(-time.Minute))
	load.Granted = consent.Of(consent.Necessary)
	for _, bb := range []struct {
		name string
		e    Event
	}{{"beacon=load/consent=none", load}, {"beacon=first/consent=analytics", first}, {"beacon=return/consent=analytics", back}, {"beacon=stay/consent=analytics", stay}} {
		b.Run(bb.name, func(b *testing.B) {
			c := NewCounter(p)
			bots := NewBots(Crawlers{}, now)
			networks, err := NewLimiter(50, 500, 1<<16, now)
			if err != nil {
				b.Fatal(err)
			}
			s := Signals{UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"}
			bots.Of(s, now)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				e := bb.e
				var o Outcome
				for pb.Next() {
					e.Bot = bots.Of(s, now)
					networks.Allow(netip.IPv6Loopback(), now)
					c.Observe(&e, &o)
				}
			})
		})
	}
}

func BenchmarkDrain(b *testing.B) {
	p := shop(b)
	now := at(b, "2026-03-17T02:00:00Z")
	c := NewCounter(p)
	var o Outcome
	e := Event{Kind: Load, Time: now, Granted: yes, Path: "/"}
	for b.Loop() {
		c.Observe(&e, &o)
		if len(c.Drain(now)) != 1 {
			b.Fatal("nothing to store")
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	s := Signals{UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"}
	b.Run("what=bot", func(b *testing.B) {
		for b.Loop() {
			if BotOf(s, nil) != Human {
				b.Fatal("a bot")
			}
		}
	})
	b.Run("what=device", func(b *testing.B) {
		for b.Loop() {
			if DeviceOf("?0", s.UserAgent) != Desktop {
				b.Fatal("not a desktop")
			}
		}
	})
	b.Run("what=rate", func(b *testing.B) {
		now := time.Now()
		l, err := NewLimiter(1e6, 1e6, 1<<16, now)
		if err != nil {
			b.Fatal(err)
		}
		addr := netip.MustParseAddr("2001:db8::1")
		for b.Loop() {
			l.Allow(addr, now)
		}
	})
}
