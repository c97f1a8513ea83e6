package module

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// A database that can't grow refuses decisions and keeps what it has.
func TestLedgerDiskFull(t *testing.T) {
	b := newBookOf(t, &SQLite{Path: filepath.Join(t.TempDir(), "fairway.db")})
	r := b.recorder()
	before := record(t, r, 20, 4)
	db := r.store.Load().db
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`PRAGMA max_page_count = 1`); err != nil { // no less than it has
		t.Fatal(err)
	}
	refused := 0
	for range 200 {
		e := aDecision(time.Now())
		err := r.add(t.Context(), e)
		if err == nil {
			before = append(before, e.ID)
			continue
		}
		if refused++; refused == 1 && !strings.Contains(err.Error(), "full") {
			t.Errorf("%v", err)
		}
		if err := r.spool.put(e); err != nil {
			t.Fatal(err)
		}
		before = append(before, e.ID)
	}
	if refused == 0 {
		t.Error("a full disk refuses nothing")
	}
	if _, err := db.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the spool is recorded", func() bool { return len(r.spool.waiting()) == 0 })
	b.end(r)
	found := b.whole(220)
	for _, id := range before {
		if !found[id] {
			t.Errorf("%s is not in the ledger", id)
		}
	}
}

func TestLedgerWaitEnds(t *testing.T) {
	b := newBookOf(t, &SQLite{Path: filepath.Join(t.TempDir(), "fairway.db")})
	r := b.recorder()
	record(t, r, 1, 1)
	store := r.store.Load()
	tx, err := store.db.BeginTx(t.Context(), nil) // holds the lock that every writer needs
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = r.add(context.Background(), aDecision(time.Now())) }()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	e := aDecision(time.Now())
	if err := r.add(ctx, e); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	_ = tx.Rollback()
	b.end(r)
	if err := r.add(t.Context(), aDecision(time.Now())); !errors.Is(err, errLedgerClosed) {
		t.Errorf("after its end: %v", err)
	}
	if found := b.whole(2); found[e.ID] {
		t.Error("a decision that nobody waited for is recorded")
	}
}

// A store that failed is asked again after a rest, whatever became of the time of day.
func TestLedgerRestsByNoTimeOfDay(t *testing.T) {
	b := newBookOf(t, &SQLite{Path: filepath.Join(t.TempDir(), "fairway.db")})
	b.down.Store(true)
	r := b.recorder()
	close(r.stop)
	<-r.done
	t.Cleanup(func() { r.close(); _ = r.spool.Destruct() })
	tomorrow, yesterday := time.Now().AddDate(0, 0, 1).Round(0), time.Now().AddDate(0, 0, -1).Round(0)
	r.rested.Store(0)
	r.keep(tomorrow)
	if !r.resting() {
		t.Fatal("a store that can't be opened is asked again at once")
	}
	b.down.Store(false)
	for begin := time.Now(); r.resting(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 2*ledgerLongRest {
			t.Fatal("it is not asked again")
		}
	}
	if r.keep(yesterday); r.store.Load() == nil {
		t.Error("after the clock was set back it is not asked again")
	}
}

func TestSpool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "spool.jsonl")
	s, err := openSpool(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != spoolSize {
		t.Errorf("the file has no space reserved: %v", err)
	}
	var put []ledger.Entry
	for range 3 {
		put = append(put, aDecision(time.Now()))
		if err := s.put(put[len(put)-1]); err != nil {
			t.Fatal(err)
		}
	}
	// A crash: the file is opened anew without having been closed, and half a
	// line is at its end.
	half := append([]byte("\n"), put[0].Record[:50]...)
	if _, err := s.file.WriteAt(half, s.end); err != nil {
		t.Fatal(err)
	}
	again, err := openSpool(path)
	if err == nil || !strings.Contains(err.Error(), "1 lines") {
		t.Errorf("%v", err)
	}
	if err := again.put(aDecision(time.Now())); err != nil {
		t.Fatal(err)
	}
	third, _ := openSpool(path)
	if waiting := third.waiting(); len(waiting) != 4 || waiting[2].ID != put[2].ID || !bytes.Equal(waiting[1].Record, put[1].Record) {
		t.Errorf("%d of 4 came back", len(waiting))
	}
	if err := third.clear(3); err != nil || len(third.waiting()) != 4 {
		t.Errorf("what was put meanwhile is gone: %v", err)
	}
	if err := third.clear(4); err != nil || len(third.waiting()) != 0 {
		t.Errorf("%d wait, %v", len(third.waiting()), err)
	}
	fourth, err := openSpool(path)
	if err != nil || len(fourth.waiting()) != 0 {
		t.Errorf("%d wait, %v", len(fourth.waiting()), err)
	}
	var large ledger.Record
	parsed, _ := ledger.ParseRecord(put[0].Record)
	large = *parsed
	large.Controllers = []ledger.Party{{Name: strings.Repeat("x", spoolSize/5)}}
	e, err := ledger.NewEntry(&large)
	for err == nil {
		err = fourth.put(e)
	}
	if !errors.Is(err, errSpoolFull) || fourth.end > spoolSize {
		t.Errorf("%v at %d bytes", err, fourth.end)
	}
	fifth, err := openSpool(path)
	if err != nil || len(fifth.waiting()) != 4 {
		t.Errorf("%d of 4 came back, %v", len(fifth.waiting()), err)
	}
}

func TestLedgerConfig(t *testing.T) {
	half, year := Span(180*day), Span(365*day)
	for name, test := range map[string]struct {
		policies  []Policy
		retention Span
		valid     bool
	}{
		"default":                 {nil, 0, true},
		"as long as a decision":   {nil, year, true},
		"shorter than a decision": {nil, year - Span(day), false},
		"by the policy":           {[]Policy{{Version: "1", Renew: half}}, half, true},
		"by all policies":         {[]Policy{{Version: "1", Renew: half}, {Version: "2"}}, half, false},
	} {
		c := Config{Policies: test.policies, Ledger: &Ledger{Retention: test.retention}}
		if err := c.validate(); (err == nil) != test.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for file, want := range map[string]string{"": "ledger-checkpoints.jsonl", "x/y": "x/y", "/z": "/z"} {
		c := Config{Ledger: &Ledger{Checkpoint: file}}
		if got := c.checkpointFile(); !filepath.IsAbs(got) || !strings.HasSuffix(got, want) {
			t.Errorf("%q is %s", file, got)
		}
	}
}

// The id of a receipt is the visitor's alone, and no log's.
func TestReceiptsAreInNoLog(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	h := http.Header{"Consent-Receipt": {"/.consent/receipt/" + id}, "Referer": {"https://shop.example/.consent/receipt/" + id}}
	if logged := fmt.Sprint(redactHeader(h)); strings.Contains(logged, id) {
		t.Errorf("the log holds %s", logged)
	}
	for url, want := range map[string]string{
		"/.consent/receipt/" + id:                  "/.consent/receipt/REDACTED",
		"/.consent/receipt/" + strings.ToUpper(id): "/.consent/receipt/REDACTED",
		"/.consent/receipt/key":                    "/.consent/receipt/key",
		"/p/caf%C3%A9%2Fx":                         "/p/caf%C3%A9%2Fx",
	} {
		if got := redactURL(url); got != want {
			t.Errorf("%s is logged as %s", url, got)
		}
	}
}

func TestWitness(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "checkpoints.jsonl")
	w := &witness{path: path}
	for _, line := range []string{"one", "two"} {
		if err := w.add([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.WriteString("cut in the mid")
	_ = file.Close()
	if err := w.add([]byte("three")); err != nil {
		t.Fatal(err)
	}
	lines, err := readStatements([]string{path}, false)
	if got := string(bytes.Join(lines, []byte(","))); err != nil || got != "one,two,three" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := readStatements([]string{path + "x"}, false); err == nil {
		t.Error("a file that is missing is read")
	}
}
