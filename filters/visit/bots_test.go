package visit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// asking counts how often it is asked.
type asking struct{ times atomic.Int64 }

func (a *asking) Bot(agent string) bool {
	a.times.Add(1)
	return agent == "secret"
}

func TestBotsJudgesLikeBotOf(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	b := NewBots(detector("secret"), now)
	for range 2 { // the second time from memory
		for _, s := range []Signals{
			{UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"}, {UserAgent: "secret"}, {UserAgent: "curl/8.5.0"},
			{UserAgent: "SomeBot"}, {UserAgent: "SomeBot", Purpose: "prefetch"}, {UserAgent: "HeadlessChrome/140"}, {UserAgent: "Firefox", Webdriver: true},
			{}, {Webdriver: true}, {Purpose: "Prefetch"}, {UserAgent: "Mozilla/5.0 (Linux; Android 7.0; M bot 60) Chrome/67 Mobile Safari/537.36"},
		} {
			if got, want := b.Of(s, now), BotOf(s, detector("secret")); got != want {
				t.Errorf("%+v is %d, want %d", s, got, want)
			}
		}
	}
}

func TestBotsAsksOnce(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	a := new(asking)
	b := NewBots(a, now)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 1000 {
				for _, agent := range []string{"Firefox/140", "Safari/605", "secret"} {
					if got := b.Of(Signals{UserAgent: agent}, now); (got == Crawler) != (agent == "secret") {
						t.Errorf("%s is %d", agent, got)
					}
				}
			}
		})
	}
	wait.Wait()
	if n := a.times.Load(); n > 3*4 { // each at the same time at most
		t.Errorf("the detector was asked %d times about 3 programs", n)
	}
}

// Whoever makes up programs can't make the detector work for ever.
func TestBotsBoundsTheDetector(t *testing.T) {
	now := at(t, "2026-03-17T02:00:00Z")
	a := new(asking)
	b := NewBots(a, now)
	for i := range 50_000 {
		b.Of(Signals{UserAgent: fmt.Sprint("made-up ", i)}, now.Add(time.Duration(i)*time.Microsecond))
	}
	if n := a.times.Load(); n > botBurst+botMisses {
		t.Errorf("the detector was asked %d times within a twentieth of a second", n)
	}
	if n := testing.AllocsPerRun(100, func() { b.Of(Signals{UserAgent: "Firefox/140"}, now.Add(time.Minute)) }); n != 0 {
		t.Errorf("%v allocations for a known program", n)
	}
}
