package module_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/fairwaygate/fairway/module"
)

// A node is a gateway in a process of its own, which is the test's own program
// run again. Orders come to it on its standard input, one a line: what to do, and
// what time it is. When that ends, it stops as Caddy stops.

// nodeVariable names the Caddyfile of a node to the process that is to be one.
const nodeVariable = "FAIRWAY_TEST_NODE"

const (
	orderTime = "time" // only sets the clock; the first one starts the gateway
	orderWork = "work" // does what is due
)

// serveNode is a node's side.
func serveNode(file string, orders io.Reader, answers io.Writer) error {
	var clock *module.ManualClock
	for lines := bufio.NewScanner(orders); lines.Scan(); {
		order, text, _ := strings.Cut(lines.Text(), " ")
		nanoseconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		now := time.Unix(0, nanoseconds)
		if clock == nil {
			clock = module.UseManualClock(now)
			if err := loadFile(file); err != nil {
				return err
			}
		}
		clock.Set(now)
		if order == orderWork {
			clock.Work()
		}
		if _, err := fmt.Fprintln(answers, "done"); err != nil {
			return err
		}
	}
	return caddy.Stop()
}

func loadFile(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": file})
	if err != nil {
		return err
	}
	// Between the end of a node and its next start the port may be another's for a
	// moment.
	for range 50 {
		err = caddy.Load(config, true)
		if err == nil || !strings.Contains(err.Error(), syscall.EADDRINUSE.Error()) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// node is the test's side.
type node struct {
	t       testing.TB
	file    string
	home    string
	port    string // of the site
	metrics string // the address for scrapes

	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
	now     time.Time
}

// nodeSite is the Caddyfile of a node. Nodes of a fleet share the storage.
const nodeSite = `{
	admin off
	persist_config off
	auto_https off
	storage file_system {storage}
	log default {
		level ERROR
	}
	consent {
		cookie sid necessary 30d
		cookie _ga analytics 13mo
		cookie _fbp advertising 3mo
		store {store}
		report {
			{report}
		}
	}
}
https://shop.example:{port} {
	bind 127.0.0.1
	tls {certificate} {certificate}
	consent
	handle_path /stats* {
		consent_report
	}
	reverse_proxy {upstream}
}
http://{metrics} {
	metrics
}
`

// newNode writes a node's Caddyfile, whose other placeholders values fills in.
func newNode(t testing.TB, values map[string]string) *node {
	t.Helper()
	n := &node{t: t, home: quickFolder(t), port: freePort(t), metrics: "127.0.0.1:" + freePort(t)}
	text := strings.NewReplacer("{port}", n.port, "{metrics}", n.metrics).Replace(nodeSite)
	for name, value := range values {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	n.file = filepath.Join(n.home, "Caddyfile")
	if err := os.WriteFile(n.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.kill)
	return n
}

// start starts the process and has it serve.
func (n *node) start(now time.Time) {
	n.t.Helper()
	n.cmd = exec.Command(os.Args[0])
	n.cmd.Env = append(os.Environ(), nodeVariable+"="+n.file, "XDG_DATA_HOME="+n.home)
	n.cmd.Stderr = os.Stderr
	orders, err := n.cmd.StdinPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	answers, err := n.cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	n.orders, n.answers = orders, bufio.NewReader(answers)
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.order(orderTime, now)
}

func (n *node) order(what string, now time.Time) {
	n.t.Helper()
	if what == orderTime && now.Equal(n.now) {
		return
	}
	if _, err := fmt.Fprintln(n.orders, what, now.UnixNano()); err != nil {
		n.t.Fatalf("a node is gone: %v", err)
	}
	if line, err := n.answers.ReadString('\n'); err != nil || line != "done\n" {
		n.t.Fatalf("a node answered %q, %v", line, err)
	}
	n.now = now
}

// setTime sets the node's clock.
func (n *node) setTime(now time.Time) { n.t.Helper(); n.order(orderTime, now) }

// work has the node store what it counted, and publish what is due.
func (n *node) work(now time.Time) { n.t.Helper(); n.order(orderWork, now) }

// stop ends the process in good order.
func (n *node) stop() {
	n.t.Helper()
	if err := errors.Join(n.orders.Close(), n.cmd.Wait()); err != nil {
		n.t.Fatalf("stopping a node: %v", err)
	}
	n.cmd, n.now = nil, time.Time{}
}

// kill ends it as a crash does.
func (n *node) kill() {
	if n.cmd != nil {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait()
	}
	n.cmd, n.now = nil, time.Time{}
}

// writeCertificate makes a key and a certificate for a site, in one file.
func writeCertificate(t testing.TB, host string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	signed, err := x509.CreateCertificate(rand.Reader, certificate, certificate, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	return writeFile(t, "certificate.pem", string(text))
}
