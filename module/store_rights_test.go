package module

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestRightsStore runs on SQLite and on PostgreSQL.
func TestRightsStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		testRightsStore(t, &SQLite{Path: filepath.Join(t.TempDir(), "rights.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		testRightsStore(t, &Postgres{URL: startPostgres(t, false).url()})
	})
}

func testRightsStore(t *testing.T, opener Opener) {
	ctx := context.Background()
	store, err := opener.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Destruct() })
	now := time.Unix(1_900_000_000, 0)
	prefix := fmt.Sprint(time.Now().UnixNano()) // a database can be used again
	site, partner := prefix+".example", "p"+prefix

	add := func(id string, due time.Time) error {
		return store.AddRequest(ctx, &Request{
			ID: prefix + id, Site: site, Kind: "access", Opened: now, Due: due, KeyID: "k1", Sealed: []byte{0, 255, '\''},
		}, 2)
	}
	if err := errors.Join(add("a", now.Add(time.Hour)), add("b", now.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	if err := add("c", now); err == nil {
		t.Error("a third open request is taken")
	}
	a, err := store.Request(ctx, prefix+"a")
	if err != nil || !a.Opened.Equal(now) || !a.Due.Equal(now.Add(time.Hour)) || !a.Closed.IsZero() || a.Outcome != "" || string(a.Sealed) != "\x00\xff'" || a.KeyID != "k1" {
		t.Errorf("read %+v, %v", a, err)
	}
	if _, err := store.Request(ctx, prefix); err == nil {
		t.Error("a request that is not there is found")
	}
	if overdue, err := store.OverdueBySite(ctx, now); err != nil || overdue[site] != 1 {
		t.Errorf("overdue %v, %v", overdue, err)
	}
	if open, err := store.OpenBySite(ctx); err != nil || open[site] != 2 {
		t.Errorf("open %v, %v", open, err)
	}
	if open, err := store.OpenRequests(ctx, 1000); err != nil || len(open) < 2 || open[0].Due.After(open[1].Due) {
		t.Errorf("open %+v, %v", open, err)
	}
	a.Closed, a.Outcome, a.KeyID, a.Sealed = now, "done", "k2", []byte("answer")
	stale := *a
	if err := store.CloseRequest(ctx, a); err != nil {
		t.Error(err)
	}
	if err := store.CloseRequest(ctx, a); err == nil {
		t.Error("a request is answered twice")
	}
	// What was read before the answer must not undo it.
	stale.Closed, stale.Sealed, stale.KeyID = time.Time{}, []byte("question"), "k3"
	if err := store.Reseal(ctx, &stale, "k1"); err != nil {
		t.Error(err)
	}
	if err := store.Reseal(ctx, &stale, "k2"); err != nil {
		t.Error(err)
	}
	if a, err := store.Request(ctx, prefix+"a"); err != nil || string(a.Sealed) != "answer" || a.KeyID != "k2" {
		t.Errorf("sealed anew from a stale copy: %+v, %v", a, err)
	}
	a.Sealed, a.KeyID = []byte("anew"), "k3"
	if err := store.Reseal(ctx, a, "k2"); err != nil {
		t.Error(err)
	}
	if a, err := store.Request(ctx, prefix+"a"); err != nil || string(a.Sealed) != "anew" || a.KeyID != "k3" || a.Closed.IsZero() {
		t.Errorf("not sealed anew: %+v, %v", a, err)
	}

	calls := make([]Erasure, 40)
	for i := range calls {
		calls[i] = Erasure{Token: fmt.Sprintf("%s-%02d", prefix, i), Partner: partner, Site: site, Scope: "visitor", Day: "2026-03-01", Retry: now.Add(time.Duration(i-20) * time.Second)}
	}
	if err := errors.Join(store.AddErasures(ctx, calls), store.AddErasures(ctx, calls[:5])); err != nil {
		t.Fatal(err)
	}
	// Several gateways claim at once: each call that is due goes to one of them.
	var mu sync.Mutex
	var wait sync.WaitGroup
	claimed := make(map[string]int)
	for range 4 {
		wait.Go(func() {
			for {
				got, err := store.ClaimErasures(ctx, partner, now, now.Add(time.Minute), 3)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, e := range got {
					claimed[e.Token]++
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if len(claimed) != 21 {
		t.Errorf("%d calls were claimed", len(claimed))
	}
	for token, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", token, n)
		}
	}
	if next, err := store.NextErasure(ctx, partner); err != nil || !next.Equal(now.Add(time.Second)) {
		t.Errorf("the next is due %v, %v", next, err)
	}
	done := calls[0]
	done.Attempts, done.Done = 3, now
	if err := store.SettleErasure(ctx, &done); err != nil {
		t.Error(err)
	}
	if err := store.HurryErasure(ctx, done.Token, now); err == nil {
		t.Error("a call that is done is hurried")
	}
	if err := errors.Join(store.HurryErasure(ctx, calls[39].Token, now.Add(-time.Hour)), store.DropErasure(ctx, calls[1].Token)); err != nil {
		t.Error(err)
	}
	if got, err := store.ClaimErasures(ctx, partner, now, now.Add(time.Minute), 3); err != nil || len(got) != 1 || got[0].Token != calls[39].Token {
		t.Errorf("hurried: %+v, %v", got, err)
	}
	if pending, err := store.PendingByPartner(ctx); err != nil || pending[partner] != 38 {
		t.Errorf("pending %d, %v", pending[partner], err)
	}

	if err := store.PruneRights(ctx, now.Add(time.Second), now); err != nil {
		t.Error(err)
	}
	if a, err := store.Request(ctx, prefix+"a"); err != nil || a.Sealed != nil || a.KeyID != "" || a.Outcome != "done" {
		t.Errorf("after its time %+v, %v", a, err)
	}
	if b, err := store.Request(ctx, prefix+"b"); err != nil || b.Sealed == nil {
		t.Errorf("an open request loses its words: %+v, %v", b, err)
	}
	if err := store.PruneRights(ctx, now, now.Add(time.Second)); err != nil {
		t.Error(err)
	}
	if _, err := store.Request(ctx, prefix+"a"); err == nil {
		t.Error("after all its time the request is there")
	}
	if list, err := store.Erasures(ctx, true, 1000); err != nil || len(list) > 0 && list[0].Site == site {
		t.Errorf("done calls after their time: %+v, %v", list, err)
	}
}
