package module

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestLedgerFullDisk fills a disk that holds the store, the spool and the
// checkpoints: a grant fails, a withdrawal is kept over a restart, and all is
// recorded when there is room again.
func TestLedgerFullDisk(t *testing.T) {
	disk := t.TempDir()
	if syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m") != nil {
		t.Skip("a small disk can't be mounted here")
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	b := newBookOf(t, &SQLite{Path: filepath.Join(disk, "fairway.db")})
	b.folder = disk
	r := b.recorder()
	want := record(t, r, 20, 4)
	filler := filepath.Join(disk, "filler")
	file, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(make([]byte, 512))
	}
	_ = file.Close()
	granted := 0
	for range 200 { // until the last page that the database had left is used
		e := aDecision(time.Now())
		if r.add(t.Context(), e) != nil {
			break
		}
		granted++
		want = append(want, e.ID)
	}
	if granted == 200 {
		t.Error("on a full disk grants are acknowledged")
	}
	for range 10 {
		e := aDecision(time.Now())
		if err := r.spool.put(e); err != nil {
			t.Errorf("a withdrawal on a full disk: %v", err)
		}
		want = append(want, e.ID)
	}
	b.end(r)
	r = b.recorder() // restarted on the full disk
	if waiting := len(r.spool.waiting()); waiting != 10 {
		t.Errorf("after a restart %d of 10 withdrawals wait", waiting)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the spool is recorded", func() bool { return len(r.spool.waiting()) == 0 })
	b.end(r)
	found := b.whole(len(want))
	for _, id := range want {
		if !found[id] {
			t.Errorf("%s is not in the ledger", id)
		}
	}
}
