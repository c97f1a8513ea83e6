package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
)

// How erasure calls are made. A partner that does not answer is tried again
// after a second, then each time after twice as long, up to callMost.
const (
	callTimeout = 10 * time.Second
	callFirst   = time.Second
	callMost    = 6 * time.Hour
	callBatch   = 16
	callIdle    = 30 * time.Second // how often the store is asked for what other gateways have put there
	callLease   = callBatch*callTimeout + time.Minute
	problemMax  = 200
)

// caller tells one partner to erase.
type caller struct {
	partner string
	metrics *metrics
	url     string    // "" when it can't be read
	keys    []callKey // the first signs
	wake    chan struct{}
}

// notice is the body of an erasure call. Nothing in it tells who asked: the
// token is random, and only the visitor has it besides.
type notice struct {
	Site  string `json:"site"`
	Scope string `json:"scope"` // "visitor": what one browser left; "account": a whole account
	Token string `json:"token"`
	Date  string `json:"date"`
}

// newCallers prepares the calls to the partners that want to be told. Those for
// an address that can't be read wait until a configuration has one that can.
func (a *App) newCallers(keys [][]byte) []*caller {
	var callers []*caller
	for _, p := range a.Partners {
		if p.Erase == "" {
			continue
		}
		target := caddy.NewReplacer().ReplaceAll(p.Erase, "")
		if u, err := url.Parse(target); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			a.logger.Warn("erasure calls wait: their address is no URL", zap.String("partner", p.Name))
			a.metrics.site(noSite).failure(failErasure)
			target = ""
		}
		callers = append(callers, &caller{
			partner: p.Name, metrics: a.metrics, url: target,
			keys: callKeys(keys, p.Name), wake: make(chan struct{}, 1),
		})
	}
	return callers
}

// run makes the calls that are due until the context ends.
func (c *caller) run(ctx context.Context, d *desk) {
	client := newCallClient()
	defer client.CloseIdleConnections()
	for {
		wait := c.callDue(ctx, d, client)
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-time.After(wait):
		}
	}
}

// callDue makes the calls that are due, and returns after how long to look
// again.
func (c *caller) callDue(ctx context.Context, d *desk, client *http.Client) time.Duration {
	store := d.store.Load()
	if store == nil {
		return callIdle
	}
	now := time.Now()
	due, err := store.ClaimErasures(ctx, c.partner, now, now.Add(callLease), callBatch)
	for i := range due {
		e := &due[i]
		failed := c.attempt(ctx, client, e)
		if failed == nil {
			err = errors.Join(err, d.settle(store, e))
			continue
		}
		// What the partner can't take now is not tried with the others.
		for j := range due[i+1:] {
			rest := &due[i+1+j]
			rest.Retry = e.Retry
			err = errors.Join(err, d.settle(store, rest))
		}
		err = errors.Join(err, d.settle(store, e))
		break
	}
	if err != nil && ctx.Err() == nil {
		c.metrics.site(noSite).failure(failStore)
		d.logger.Error("erasure calls", zap.String("partner", c.partner), zap.Error(err))
		return callIdle
	}
	next, err := store.NextErasure(ctx, c.partner)
	if err != nil || next.IsZero() {
		return callIdle
	}
	return max(min(time.Until(next), callIdle), 100*time.Millisecond)
}

// attempt makes one call and notes how it went.
func (c *caller) attempt(ctx context.Context, client *http.Client, e *Erasure) error {
	err := c.send(ctx, client, e)
	now := time.Now()
	switch {
	case err == nil:
		e.Attempts, e.Problem, e.Done = e.Attempts+1, "", now
	case ctx.Err() != nil: // the gateway stops; the call was not the partner's failure
		e.Retry = now
	default:
		e.Attempts++
		e.Problem = clip(err.Error(), problemMax)
		e.Retry = now.Add(backoff(e.Attempts))
		c.metrics.site(e.Site).failure(failErasure)
	}
	return err
}

// send makes one call. Any answer but a 2xx is a failure; redirects are not
// followed, for the signature is for one address.
func (c *caller) send(ctx context.Context, client *http.Client, e *Erasure) error {
	body, err := json.Marshal(notice{Site: e.Site, Scope: e.Scope, Token: e.Token, Date: e.Day})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Fairway")
	c.keys[0].sign(r, body, time.Now())
	response, err := client.Do(r)
	if err != nil {
		// The address is known, and may hold what is secret.
		if wrapped := new(url.Error); errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("answered %d", response.StatusCode)
	}
	return nil
}

func newCallClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = 2
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// backoff is how long to wait after so many failures, give or take a fifth.
func backoff(attempts int64) time.Duration {
	wait := callMost
	if attempts < 20 {
		wait = min(callFirst<<max(attempts-1, 0), callMost)
	}
	return time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64()))
}

func clip(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return text
}
