package module

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// postgres is a PostgreSQL server of a test's own.
type postgres struct {
	t      testing.TB
	bin    string
	folder string
	port   int
	sync   string
	opened int // schemas
}

// startPostgres starts a server; the test is skipped where there is none. Without
// sync a crash of the machine could lose data, one of the server can't.
func startPostgres(t testing.TB, sync bool) *postgres {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("postgresql is not installed: run testdata/needs")
		}
		t.Skip("postgresql is not installed: run testdata/needs")
	}
	folder, err := os.MkdirTemp("", "fairway-postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	p := &postgres{t: t, bin: filepath.Dir(found[len(found)-1]), folder: folder, sync: "off"}
	if sync {
		p.sync = "on"
	}
	if os.Getuid() == 0 {
		account, err := user.Lookup("postgres") // the server does not run as root
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(account.Uid)
		if err := os.Chown(folder, uid, -1); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	p.run("initdb", "--pgdata", p.data(), "--auth", "trust", "--username", "fairway", "--no-sync", "--encoding", "UTF8")
	p.start()
	t.Cleanup(p.stop)
	return p
}

func (p *postgres) data() string { return filepath.Join(p.folder, "data") }

func (p *postgres) url() string {
	return fmt.Sprintf("postgres://fairway@127.0.0.1:%d/postgres?sslmode=disable", p.port)
}

func (p *postgres) start() {
	p.run("pg_ctl", "--pgdata", p.data(), "--wait", "--log", filepath.Join(p.folder, "log"),
		"--options", fmt.Sprintf("-p %d -k %s -h 127.0.0.1 -c fsync=%s", p.port, p.folder, p.sync), "start")
}

// schema makes an empty schema and returns the URL of the database in it.
func (p *postgres) schema() string {
	p.t.Helper()
	db, err := sql.Open("pgx", p.url())
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	p.opened++
	name := fmt.Sprint("ledger", p.opened)
	if _, err := db.Exec("CREATE SCHEMA " + name); err != nil {
		p.t.Fatal(err)
	}
	return p.url() + "&search_path=" + name
}

// stop stops the server as a crash would.
func (p *postgres) stop() {
	_ = p.command("pg_ctl", "--pgdata", p.data(), "--mode", "immediate", "stop").Run()
}

func (p *postgres) run(name string, args ...string) {
	p.t.Helper()
	// The server inherits what its starter writes to, so that is a file.
	out, err := os.Create(filepath.Join(p.t.TempDir(), "out"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer out.Close()
	cmd := p.command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		p.t.Fatalf("%s: %v: %s", name, err, text)
	}
}

func (p *postgres) command(name string, args ...string) *exec.Cmd {
	args = append([]string{filepath.Join(p.bin, name)}, args...)
	if os.Getuid() == 0 {
		args = append([]string{"runuser", "--user", "postgres", "--"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = p.folder
	return cmd
}
