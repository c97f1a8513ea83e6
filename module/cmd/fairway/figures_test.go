package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// countedSite is a site whose embargo differs between configurations.
const countedSite = `{
	admin %s
	persist_config off
	auto_https off
	log default {
		output stdout
	}
	consent {
		store sqlite %s
		report {
			embargo %s
		}
	}
}
http://%s {
	consent
	respond "hello"
}
`

// counting is the program, whose figures a test reads from the store.
type counting struct {
	t                  *testing.T
	cmd                *exec.Cmd
	site, admin, store string
	file               string
}

func (c *counting) write(embargo string) {
	c.t.Helper()
	text := fmt.Sprintf(countedSite, c.admin, c.store, embargo, c.site)
	if err := os.WriteFile(c.file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counting) start() {
	c.t.Helper()
	c.cmd = run(c.t, "serving initial configuration", "run", "--config", c.file, "--adapter", "caddyfile")
}

func (c *counting) end(how os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(how); err != nil {
		c.t.Fatal(err)
	}
	_ = c.cmd.Wait()
}

// load tells of so many pages.
func (c *counting) load(pages int) {
	c.t.Helper()
	for range pages {
		r, err := http.NewRequest(http.MethodPost, "http://"+c.site+"/.consent/visit", strings.NewReader(`{"path":"/"}`))
		if err != nil {
			c.t.Fatal(err)
		}
		r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			c.t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			c.t.Fatalf("a beacon was answered %s", response.Status)
		}
	}
}

// stored is how many pages reached the store.
func (c *counting) stored() (pages int) {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+c.store+"?_pragma=busy_timeout(5000)")
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT COALESCE(SUM(n), 0) FROM counts WHERE cell LIKE 'loads{%'`).Scan(&pages); err != nil {
		c.t.Fatal(err)
	}
	return pages
}

func (c *counting) waitFor(pages int, limit time.Duration) {
	c.t.Helper()
	for end := time.Now().Add(limit); c.stored() != pages; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("%d pages are stored, want %d", c.stored(), pages)
		}
	}
}

// A clean stop and a reload lose no figure, and a crash at most those of the last
// ten seconds. None is counted twice.
func TestFiguresOutliveTheProcess(t *testing.T) {
	folder := t.TempDir()
	c := &counting{
		t: t, site: freeAddress(t), admin: freeAddress(t),
		store: filepath.Join(folder, "fairway.db"), file: filepath.Join(folder, "Caddyfile"),
	}
	c.write("2h")
	c.start()
	c.load(3)
	c.end(syscall.SIGTERM)
	if got := c.stored(); got != 3 {
		t.Fatalf("after a clean stop %d of 3 pages are stored", got)
	}

	c.start()
	c.load(4)
	c.write("3h")
	if out, err := program(t, "reload", "--config", c.file, "--adapter", "caddyfile", "--address", c.admin); err != nil {
		t.Fatalf("reloading: %v\n%s", err, out)
	}
	c.waitFor(7, 5*time.Second)

	c.load(5)
	c.waitFor(12, time.Minute) // the interval is ten seconds
	c.load(2)
	c.end(syscall.SIGKILL)
	kept := c.stored()
	if kept < 12 || kept > 14 {
		t.Fatalf("after a crash %d pages are stored, of 12 that were stored and 2 after them", kept)
	}

	c.start()
	c.load(1)
	c.end(syscall.SIGTERM)
	if got := c.stored(); got != kept+1 {
		t.Errorf("after the crash and one page more %d pages are stored, want %d", got, kept+1)
	}
}
