package module

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/module/dashboard"
)

// report runs the command and returns what it wrote, in both streams.
func report(t *testing.T, stdin string, args ...string) (out, messages string, err error) {
	t.Helper()
	var a, b bytes.Buffer
	cmd := reportCommand()
	cmd.SilenceErrors = true
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&a)
	cmd.SetErr(&b)
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return a.String(), b.String(), err
}

// publishedHouse is a configuration with a store, in which so many sites have 40
// days that end the day before yesterday.
func publishedHouse(t *testing.T, sites ...string) (config string) {
	t.Helper()
	t.Setenv("COLUMNS", "80")
	t.Setenv("LC_ALL", "C.UTF-8")
	h := newHouse(t)
	text, err := json.Marshal(map[string]any{"apps": map[string]any{"consent": map[string]any{
		"store":  map[string]any{"driver": "sqlite", "path": h.file("fairway.db")},
		"report": map[string]any{"routes": []Route{{Name: "product", Paths: []string{"/product/*"}}, {Name: "home", Paths: []string{"/"}}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	store := openSQLite(t, h.file("fairway.db"))
	for _, site := range sites {
		PublishDays(t, store, site, 40, DaysAgo(2))
	}
	if err := store.Destruct(); err != nil {
		t.Fatal(err)
	}
	return h.config
}

func TestReportCommand(t *testing.T) {
	config := publishedHouse(t, "shop.example")
	out, _, err := report(t, "", "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"shop.example · ", "Page loads", "3,000 ± 75", "product", "Counts below 20 are hidden", "█"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colours outside a terminal")
	}
	for _, test := range []struct{ args, want string }{
		{"--last 1w", "700 ± 18"},
		{"--last 7d --color always", "\x1b[1m"},
		{"--last 7d --ascii", "700 +/- 18"},
		{fmt.Sprintf("--from %s --to %s", DaysAgo(4), DaysAgo(3)), "200 ± 5"},
		{"--last 7d --csv", "date,figure,route,"},
		{"--last 7d --html -", "<!doctype html>"},
		{"--last 7d --store " + filepath.Join(filepath.Dir(config), "fairway.db"), "700 ± 18"},
		{"--last 7d --timezone Asia/Shanghai", "time zone Asia/Shanghai"},
		{"--site other.example", "Nothing is published yet"},
	} {
		if out, _, err := report(t, "", append(strings.Fields(test.args), "--config", config)...); err != nil || !strings.Contains(out, test.want) {
			t.Errorf("%s: %v, no %q in\n%.600s", test.args, err, test.want, out)
		}
	}
	out, _, err = report(t, "", "--config", config, "--last", "7d", "--json")
	var r dashboard.Report
	if err != nil || json.Unmarshal([]byte(out), &r) != nil || r.Days() != 7 || len(r.Daily) != 7 {
		t.Errorf("%v: %.300s", err, out)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	if _, messages, err := report(t, "", "--config", config, "--html", page); err != nil || !strings.Contains(messages, page) {
		t.Errorf("%v: %s", err, messages)
	}
	if data, err := os.ReadFile(page); err != nil || !bytes.Contains(data, []byte("<style>")) || bytes.Contains(data, []byte("<link rel=\"stylesheet")) {
		t.Errorf("%v: the page does not stand alone", err)
	}
}

func TestReportCommandErrors(t *testing.T) {
	config := publishedHouse(t, "blog.example", "shop.example")
	for args, want := range map[string]string{
		"":                                     "--site is required: expected one of blog.example, shop.example",
		"--last 36h":                           `--last "36h": expected whole days`,
		"--last soon":                          `--last "soon": expected whole days`,
		"--last 3y --site shop.example":        `--last "1095": must be a number from 1 to 731`,
		"--from yesterday --site shop.example": `--from "yesterday": must be a date`,
		"--from 2026-02-02 --to 2026-02-01 --site shop.example": `--from "2026-02-02": must not be after to`,
		"--last 7d --from 2026-02-02":                           "none of the others can be",
		"--json --csv":                                          "none of the others can be",
		"--color green":                                         `--color "green": expected auto, always or never`,
		"--width -1":                                            "--width -1: expected 40 to 1000",
		"--timezone Nowhere":                                    `--timezone "Nowhere": expected a name`,
		"access.log":                                            `unexpected "access.log"`,
		"--from-log /nowhere/access.log":                        "/nowhere/access.log",
		"--from-log - --timezone Nowhere":                       `--timezone "Nowhere": expected a name`,
		"--store /nowhere/fairway.db":                           "no store",
	} {
		out, _, err := report(t, "", append(strings.Fields(args), "--config", config)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q\n%.300s", args, err, want, out)
		}
	}
}

func logLine(day int, path, agent string) string {
	return fmt.Sprintf(`203.0.113.7 - alice [%02d/Mar/2026:23:30:00 +0000] "GET %s HTTP/1.1" 200 2326 "-" "%s"`+"\n", day, path, agent)
}

func TestReportFromLog(t *testing.T) {
	config := publishedHouse(t)
	folder := t.TempDir()
	t.Chdir(folder) // where no Caddyfile is
	const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	text := strings.Repeat(logLine(1, "/product/1?email=a@b.example", browser), 7) + logLine(2, "/about", browser) +
		logLine(2, "/style.css", browser) + logLine(2, "/", "Googlebot/2.1 (+http://www.google.com/bot.html)") +
		logLine(2, "/.consent/", browser) + "broken\n"
	if err := os.WriteFile("access.log", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	if err := os.WriteFile("access.log.1.gz", zipped.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}

	out, _, err := report(t, "", "--from-log", "access.log")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"access.log · 1 to 2 Mar 2026", "neither noise nor a threshold", "/product/*", "Of 12 lines 8 were page loads",
		"1  images, styles, scripts and data", "1  bots", "1  the gateway's own pages", "access.log:12: expected",
		"\troute product /product /product/*\n", "\troute about /about\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, secret := range []string{"203.0.113", "alice", "a@b.example", "Firefox"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is told", secret)
		}
	}

	for name, test := range map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"two files":       {"", []string{"--from-log", "access.log", "access.log.1.gz"}, []string{"2 access logs", "Of 24 lines 16 were page loads"}},
		"named twice":     {"", []string{"--from-log", "access.log", "--from-log", "access.log.1.gz"}, []string{"Of 24 lines 16 were page loads"}},
		"standard input":  {text, []string{"--from-log", "-"}, []string{"Access log · 1 to 2 Mar", "Of 12 lines 8"}},
		"zipped input":    {zipped.String(), []string{"--from-log", "-"}, []string{"Of 12 lines 8"}},
		"declared routes": {"", []string{"--from-log", "access.log", "--config", config}, []string{"product ", "All other pages"}},
		"a time zone":     {"", []string{"--from-log", "access.log", "--timezone", "Asia/Shanghai"}, []string{"2 to 3 Mar 2026", "Asia/Shanghai"}},
		"a day":           {"", []string{"--from-log", "access.log", "--from", "2026-03-01", "--to", "2026-03-01"}, []string{"access.log · 1 Mar 2026", "/product/*                7"}},
		"a page":          {"", []string{"--from-log", "access.log", "--html", "-"}, []string{"<!doctype html>", "not to be published", "/product/*"}},
		"a table":         {"", []string{"--from-log", "access.log", "--csv"}, []string{"2026-03-01,page_loads,/product/*,"}},
	} {
		out, messages, err := report(t, test.stdin, test.args...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%.900s", name, want, out)
			}
		}
		if form := len(test.args) > 2 && (test.args[2] == "--html" || test.args[2] == "--csv"); form != strings.Contains(messages, "Of 12 lines") {
			t.Errorf("%s: the messages are %q", name, messages)
		}
	}
	out, _, err = report(t, "", "--from-log", "access.log", "--config", config)
	if err != nil || strings.Contains(out, "declare them") || strings.Contains(out, "/about") {
		t.Errorf("with declared routes: %v\n%s", err, out)
	}

	_, messages, err := report(t, "hello\n", "--from-log", "-")
	if err == nil || !strings.Contains(err.Error(), "no page load was found") || !strings.Contains(messages, "standard input:1: expected") {
		t.Errorf("%v: %s", err, messages)
	}
}

func TestKnowsUTF8(t *testing.T) {
	for env, want := range map[string]bool{
		"": true, "LANG=C": false, "LANG=en_US.UTF-8": true, "LANG=C.utf8": true, "LC_ALL=C LANG=en_US.UTF-8": false,
		"LC_CTYPE=zh_CN.GBK LANG=en_US.UTF-8": false, "LC_ALL=zh_CN.UTF-8 LANG=C": true,
	} {
		set := make(map[string]string)
		for field := range strings.FieldsSeq(env) {
			name, value, _ := strings.Cut(field, "=")
			set[name] = value
		}
		if got := knowsUTF8(func(name string) string { return set[name] }); got != want {
			t.Errorf("%q: %v", env, got)
		}
	}
}

func TestShareFor(t *testing.T) {
	hour := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f, err := newFigures("shop.example", testPlan(t), hour) // epochs of an hour, an embargo of a minute
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Duration]time.Duration{
		0: time.Minute, 30 * time.Second: 30 * time.Second, 59 * time.Second: flushEvery, time.Minute: shareAge,
		31 * time.Minute: 30 * time.Minute, 59 * time.Minute: 2 * time.Minute,
	} {
		if got := shareFor(f, hour.Add(at)); got != want {
			t.Errorf("%v after the hour: %v, want %v", at, got, want)
		}
	}
}
