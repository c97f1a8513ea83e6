package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct{ language, text string }

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", page))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, match := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(string(data), -1) {
		blocks = append(blocks, block{match[1], match[2]})
	}
	return blocks
}

// TestReadmeCaddyfiles loads every Caddyfile of the README, and of pages whose
// Caddyfiles are whole, as an operator would.
func TestReadmeCaddyfiles(t *testing.T) {
	found := 0
	for _, b := range append(blocksOf(t, "README.md"), blocksOf(t, "docs/figures.md")...) {
		if b.language != "caddyfile" {
			continue
		}
		found++
		file := filepath.Join(t.TempDir(), "Caddyfile")
		if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := program(t, "validate", "--config", file, "--adapter", "caddyfile"); err != nil {
			t.Errorf("%v: %s\n%s", err, b.text, out)
		}
		if out, err := program(t, "fmt", "--diff", file); err != nil {
			t.Errorf("not formatted: %v: %s", err, out)
		}
	}
	if found == 0 {
		t.Error("the README has no Caddyfile")
	}
}

// TestReadmeCommands runs every command of the README in its order: make is
// asked for what it would do, and the rest meets a running sample.
func TestReadmeCommands(t *testing.T) {
	d := startDemo(t)
	_, port, _ := net.SplitHostPort(d.gateway)
	jar := filepath.Join(t.TempDir(), "jar")
	found := 0
	for _, b := range blocksOf(t, "README.md") {
		if b.language != "sh" {
			continue
		}
		found++
		text := strings.NewReplacer("localhost:8080", "localhost:"+port, "/tmp/jar", jar, "make ", "make -n ").Replace(b.text)
		cmd := exec.Command("sh", "-e", "-u", "-c", text)
		cmd.Dir = filepath.Join("..", "..", "..")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s\n%s", err, b.text, out)
		}
		saw := string(out)
		switch {
		case strings.Contains(b.text, "-b /tmp/jar"):
			if !strings.Contains(saw, "GET /echo?lat=39.9042&lng=116.4074 ") || !strings.Contains(saw, "X-Device-Id: 1234") {
				t.Errorf("with consent the shop saw\n%s", saw)
			}
		case strings.Contains(b.text, "/echo"):
			if !strings.Contains(saw, "GET /echo?lat=39.9&lng=116.4 ") || strings.Contains(saw, "X-Device-Id") {
				t.Errorf("without consent the shop saw\n%s", saw)
			}
		}
	}
	if found == 0 {
		t.Error("the README has no commands")
	}
}
