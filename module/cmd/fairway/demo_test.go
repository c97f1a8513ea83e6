package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/fairwaygate/fairway/module/storefront"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "fairway-cmd")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "fairway")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// demo is a running sample.
type demo struct {
	t                              *testing.T
	gateway, shop, trackers, admin string // host:port
	data                           string // a folder
}

func startDemo(t *testing.T) *demo {
	t.Helper()
	d := &demo{t: t, gateway: freeAddress(t), shop: freeAddress(t), trackers: freeAddress(t), admin: freeAddress(t), data: t.TempDir()}
	run(t, "The sample shop is open.", "consent", "demo",
		"--listen", d.gateway, "--shop", d.shop, "--trackers", d.trackers, "--admin", d.admin, "--data", d.data)
	return d
}

// run starts the program with a home of its own, waits for a line, and stops it
// when the test ends.
func run(t *testing.T, ready string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), ready) {
			go func() {
				for lines.Scan() {
				}
			}()
			return cmd
		}
	}
	t.Fatalf("the program ended before it said %q", ready)
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// url is an address of the shop behind the gateway.
func (d *demo) url(path string) string {
	_, port, _ := net.SplitHostPort(d.gateway)
	return "http://shop.localhost:" + port + path
}

// reached returns how often each tracker was reached.
func (d *demo) reached() map[string]int {
	d.t.Helper()
	response, err := http.Get("http://" + d.trackers + "/requests.json")
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	var list struct {
		Counts   map[string]int `json:"counts"`
		Requests []struct{ Host string }
	}
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		d.t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, r := range list.Requests {
		host, _, _ := strings.Cut(r.Host, ":")
		counts[host]++
	}
	return counts
}

func (d *demo) reset() {
	d.t.Helper()
	response, err := http.Post("http://"+d.trackers+"/reset", "", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = response.Body.Close()
}

// browser is a tab of a fresh Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("FAIRWAY_TEST_ALL") != "" {
			t.Fatal("chromium is not installed: run testdata/needs")
		}
		t.Skip("chromium is not installed: run testdata/needs")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("ignore-certificate-errors", true)) // of the gateway's own authority
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return &browser{t, ctx}
}

// visit opens a page and gives its scripts time to load what they want.
func (b *browser) visit(url string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(url), chromedp.Sleep(1200*time.Millisecond)); err != nil {
		b.t.Fatalf("%s: %v", url, err)
	}
}

// click clicks what leads to another page.
func (b *browser) click(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("clicking %s: %v", selector, err)
	}
}

// cookies lists the names of all cookies that the browser holds.
func (b *browser) cookies() []string {
	b.t.Helper()
	all, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	for _, c := range all.Cookies {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// purposeOf returns the purpose of each tracker's host.
func purposeOf() map[string]string {
	purposes := make(map[string]string)
	for _, vendor := range storefront.Vendors() {
		for _, host := range vendor.Hosts {
			purposes[host] = vendor.Purpose
		}
	}
	return purposes
}

// TestVisitor is the way of a visitor through the sample: nothing without
// consent, statistics with it, nothing after it.
func TestVisitor(t *testing.T) {
	d, b := startDemo(t), startBrowser(t)
	pages := []string{"/", "/trackers", "/category/home", "/product/lamp", "/legacy.html", "/cart", "/gzip.html"}
	necessary := []string{"cart_items", "consent", "csrf", "sid"}

	for _, page := range pages {
		b.visit(d.url(page))
		if counts := d.reached(); len(counts) != 0 {
			t.Errorf("without consent %s reached %v", page, counts)
			d.reset()
		}
		for _, name := range b.cookies() {
			if !slices.Contains(necessary, name) {
				t.Errorf("without consent the browser holds %s after %s", name, page)
			}
		}
	}

	b.visit(d.url("/.consent/?return=/trackers"))
	if err := chromedp.Do(b.ctx, chromedp.Click(chromedp.CSS(`label[for=purpose-analytics]`))); err != nil {
		t.Fatal(err)
	}
	b.click(`[name=choice][value=save]`)
	b.visit(d.url("/trackers"))
	counts, purposes := d.reached(), purposeOf()
	for host, purpose := range purposes {
		switch {
		case purpose == "analytics" && counts[host] == 0:
			t.Errorf("with analytics %s was not reached", host)
		case purpose != "analytics" && purpose != "necessary" && counts[host] > 0:
			t.Errorf("with analytics alone %s (%s) was reached", host, purpose)
		}
	}
	if names := b.cookies(); !slices.Contains(names, "_ga") {
		t.Errorf("with analytics the browser holds only %v", names)
	}

	b.visit(d.url("/.consent/?return=/trackers"))
	b.click(`[name=choice][value=reject]`)
	d.reset()
	for _, page := range pages {
		b.visit(d.url(page))
	}
	if counts := d.reached(); len(counts) != 0 {
		t.Errorf("after withdrawal %v were reached", counts)
	}
	for _, name := range b.cookies() {
		if name != "uid" && !slices.Contains(necessary, name) { // uid is a tracker's own
			t.Errorf("after withdrawal the browser holds %s", name)
		}
	}
}
