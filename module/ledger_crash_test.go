package module

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

const childEnv = "FAIRWAY_LEDGER_CHILD"

// testKilled kills a gateway in the middle of its writes, again and again. What
// it acknowledged is in the ledger, once.
func testKilled(t *testing.T, opener Opener) {
	b := newBookOf(t, opener)
	store := ""
	switch opener := opener.(type) {
	case *SQLite:
		store = opener.Path
	case *Postgres:
		store = opener.URL
	}
	acknowledged := make(map[ledger.Hash]bool)
	for round := range 4 {
		child := exec.Command(os.Args[0], "-test.run=^TestLedgerChild$")
		child.Env = append(os.Environ(), childEnv+"="+b.folder+" "+store, "TMPDIR="+t.TempDir()) // it can't tidy up itself
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		seen, enough := 0, 250+37*round
		for lines := bufio.NewScanner(out); lines.Scan(); {
			text, ok := strings.CutPrefix(lines.Text(), "acknowledged ")
			var id ledger.Hash
			if !ok || id.UnmarshalText([]byte(text)) != nil {
				continue // not a line of the child's, or cut by the kill
			}
			acknowledged[id] = true
			if seen++; seen == enough {
				if err := child.Process.Kill(); err != nil { // SIGKILL
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait()
		if seen < enough {
			t.Fatalf("the child acknowledged %d decisions only", seen)
		}
		report, found := b.verify()
		if !report.Whole() || int(report.Records) != len(found) {
			t.Errorf("after %d kills: %d records, %d ids: %q", round+1, report.Records, len(found), report.Problems)
		}
		for id := range acknowledged {
			if !found[id] {
				t.Fatalf("after %d kills an acknowledged decision is not in the ledger", round+1)
			}
		}
	}
	t.Logf("%d decisions were acknowledged", len(acknowledged))
}

// TestLedgerChild is the gateway that is killed.
func TestLedgerChild(t *testing.T) {
	folder, store, ok := strings.Cut(os.Getenv(childEnv), " ")
	if !ok {
		t.Skip("only as a child of another test")
	}
	b := newBookOf(t, &SQLite{Path: store})
	if strings.HasPrefix(store, "postgres:") {
		b.opener = &Postgres{URL: store}
	}
	b.folder = folder
	r := b.recorder()
	for range 16 {
		go func() {
			for {
				e := aDecision(time.Now())
				if r.add(context.Background(), e) == nil {
					fmt.Println("acknowledged", e.ID)
				}
			}
		}()
	}
	time.Sleep(time.Minute)
	t.Error("nobody killed the child")
}
