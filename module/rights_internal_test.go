package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/module/pages"
)

func testSafe(t *testing.T, seeds ...byte) *safe {
	t.Helper()
	var keys [][]byte
	for _, seed := range seeds {
		keys = append(keys, bytes.Repeat([]byte{seed}, keyBytes))
	}
	s, err := newSafe(keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSafe(t *testing.T) {
	old, both := testSafe(t, 1), testSafe(t, 2, 1)
	in := words{Contact: "a@b.example", Message: "hello", Answer: "bye"}
	r, again := &Request{ID: "one"}, &Request{ID: "one"}
	if err := errors.Join(old.seal(r, &in), old.seal(again, &in)); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(r.Sealed, again.Sealed) || bytes.Contains(r.Sealed, []byte("hello")) {
		t.Error("sealing the same twice gives the same")
	}
	for name, s := range map[string]*safe{"the key": old, "a newer and the key": both} {
		if out, err := s.open(r); err != nil || out != in {
			t.Errorf("%s opens %+v, %v", name, out, err)
		}
	}
	if err := both.seal(again, &in); err != nil || again.KeyID != both.newest() || again.KeyID == r.KeyID {
		t.Errorf("not sealed under the newest key: %v", err)
	}
	if _, err := old.open(again); !errors.Is(err, errSealed) {
		t.Errorf("a key that is not there: %v", err)
	}
	moved := *r
	moved.ID = "two"
	if _, err := old.open(&moved); !errors.Is(err, errSealed) {
		t.Errorf("words moved to another request: %v", err)
	}
	for i := range r.Sealed {
		broken := *r
		broken.Sealed = bytes.Clone(r.Sealed)
		broken.Sealed[i] ^= 1
		if _, err := old.open(&broken); !errors.Is(err, errSealed) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	if _, err := (*safe)(nil).open(r); !errors.Is(err, errSealed) {
		t.Errorf("no safe: %v", err)
	}
	if out, err := (*safe)(nil).open(&Request{}); err != nil || out != (words{}) {
		t.Errorf("removed words: %+v, %v", out, err)
	}
}

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1<<40).Draw(t, "attempts")
		wait := backoff(n)
		if wait < callFirst*8/10 || wait > callMost*12/10 {
			t.Fatalf("after %d attempts %s", n, wait)
		}
		if n < 14 && wait > (callFirst<<(n-1))*12/10 {
			t.Fatalf("after %d attempts already %s", n, wait)
		}
		if n > 16 && wait < callMost*8/10 {
			t.Fatalf("after %d attempts still %s", n, wait)
		}
	})
}

func TestClockOfRequests(t *testing.T) {
	opened := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	open := Request{Opened: opened, Due: opened.AddDate(0, 0, answerDays)}
	closed := open
	closed.Closed = opened.AddDate(0, 0, 20)
	for _, c := range []struct {
		r       Request
		after   time.Duration
		left    int
		overdue bool
	}{
		{open, 0, 15, false},
		{open, time.Second, 15, false},
		{open, day, 14, false},
		{open, 14*day + 12*time.Hour, 1, false},
		{open, 15 * day, 0, false},
		{open, 15*day + time.Second, 0, true},
		{open, 100 * day, 0, true},
		{closed, 30 * day, 0, false},
	} {
		now := opened.Add(c.after)
		if left, overdue := daysLeft(&c.r, now), isOverdue(&c.r, now); left != c.left || overdue != c.overdue {
			t.Errorf("after %s: %d days left, overdue %v; want %d, %v", c.after, left, overdue, c.left, c.overdue)
		}
	}
}

// FuzzAsked holds what is taken against what it may be: one mailbox that can be
// put into a header, and text.
func FuzzAsked(f *testing.F) {
	for _, contact := range []string{"a@b.example", "A <a@b.example>", "a@b.example\r\nBcc: c@d", `"a b"@c.example`, "用户@例子.example", "a@[127.0.0.1]", "a@b, c@d", "(x)a@b"} {
		f.Add(contact, "hello\n\x01")
	}
	f.Fuzz(func(t *testing.T, contact, message string) {
		a := asked{Kind: "access", Contact: contact, Message: message}
		if fault, _ := a.check(); fault != pages.NoFault {
			return
		}
		list, err := mail.ParseAddressList(contact)
		if err != nil || len(list) != 1 || list[0].Address != contact || strings.ContainsAny(contact, "\r\n\x00<>") && !strings.HasPrefix(contact, `"`) {
			t.Errorf("the contact %q was taken", contact)
		}
		if len(contact) > contactMax || strings.ContainsRune(message, 0) || len(message) > 4*messageMax {
			t.Errorf("%q, %q were taken", contact, message)
		}
		if data, err := json.Marshal(a); err != nil || bytes.Contains(data, []byte(`\ufffd`)) {
			t.Errorf("%q is no text", message)
		}
	})
}

// lateOpener can't be opened until it is mended.
type lateOpener struct {
	SQLite
	mended bool
}

func (o *lateOpener) Open(ctx context.Context) (*Store, error) {
	if !o.mended {
		return nil, errNoStore
	}
	return o.SQLite.Open(ctx)
}

func newCall(token, partner string, retry time.Time) Erasure {
	return Erasure{Token: token, Partner: partner, Site: "shop.example", Scope: scopeVisitor, Day: "2026-03-01", Retry: retry}
}

// TestDeskWithoutStore holds calls in memory until the store is there.
func TestDeskWithoutStore(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	opener := &lateOpener{SQLite: SQLite{Path: filepath.Join(t.TempDir(), "late.db")}}
	d, err := newDesk(ctx, opener, newMetrics(), zap.NewNop(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Destruct() }()
	stored, taken := d.add([]Erasure{newCall("one", "acme", now), newCall("two", "other", now)})
	if !taken || d.flush() == nil || d.open(ctx) == nil {
		t.Fatal("a store that can't be opened takes calls")
	}
	select {
	case <-stored:
		t.Error("what is in memory counts as stored")
	default:
	}
	opener.mended = true
	if err := errors.Join(d.open(ctx), d.flush()); err != nil {
		t.Fatal(err)
	}
	<-stored
	if list, err := d.store.Load().Erasures(ctx, false, 10); err != nil || len(list) != 2 || d.spooled != 0 {
		t.Errorf("the store holds %+v, %v; %d still in memory", list, err, d.spooled)
	}
	d.full.Store(true)
	if _, taken := d.add([]Erasure{newCall("three", "acme", now)}); taken {
		t.Error("calls are taken without bound")
	}
}

func TestSpoolIsBounded(t *testing.T) {
	opener := &lateOpener{SQLite: SQLite{Path: filepath.Join(t.TempDir(), "never.db")}}
	d, err := newDesk(t.Context(), opener, newMetrics(), zap.NewNop(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range 2 * spoolMax {
		if _, taken := d.add(make([]Erasure, 1)); taken {
			n++
		}
	}
	if n != spoolMax {
		t.Errorf("%d calls wait in memory", n)
	}
}
