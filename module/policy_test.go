package module

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestPolicyAt(t *testing.T) {
	config := func(versions ...string) *Config {
		c := new(Config)
		for _, v := range versions {
			name, effective, _ := strings.Cut(v, " ")
			c.Policies = append(c.Policies, Policy{Version: name, Effective: effective})
		}
		return c
	}
	for name, test := range map[string]struct {
		config    *Config
		today     string
		at, after string
	}{
		"none":                           {config(), "2021-01-01", "default", ""},
		"one without a date":             {config("a"), "2021-01-01", "a", ""},
		"one that has begun":             {config("a 2020-10-20"), "2020-10-20", "a", ""},
		"the day before":                 {config("a 2020-01-01", "b 2020-10-20"), "2020-10-19", "a", "b"},
		"the day":                        {config("a 2020-01-01", "b 2020-10-20"), "2020-10-20", "b", ""},
		"in any order":                   {config("b 2020-10-20", "c 2020-11-01", "a 2020-01-01"), "2020-10-21", "b", "c"},
		"a date beats none":              {config("a 2020-01-01", "b"), "2020-10-21", "a", ""},
		"the last of those of one day":   {config("a 2020-01-01", "b 2020-01-01"), "2020-10-21", "b", ""},
		"the last of those without date": {config("a", "b"), "2020-10-21", "b", ""},
		"none has begun":                 {config("b 2021-02-01", "a 2021-01-01"), "2020-10-21", "a", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			today := dayOf(test.today)
			if got := test.config.policyAt(today).Version; got != test.at {
				t.Errorf("in force is %q, want %q", got, test.at)
			}
			next, ok := test.config.policyAfter(today)
			if next.Version != test.after || ok != (test.after != "") {
				t.Errorf("next is %q, want %q", next.Version, test.after)
			}
		})
	}
}

// A version begins at midnight of its day where the policy's days begin.
func TestPolicyBeginsAtMidnight(t *testing.T) {
	a := &App{Config: Config{
		Policies: []Policy{
			{Version: "old", Effective: "2020-01-01", Renew: Span(30 * day)},
			{Version: "new", Effective: "2020-10-20", Renew: Span(60 * day)},
		},
		Report: &Report{Timezone: "Asia/Shanghai"},
	}}
	rules, err := a.compile()
	if err != nil {
		t.Fatal(err)
	}
	chosen := consent.Choice{Fingerprint: rules.Fingerprint, Granted: consent.Of(consent.Analytics)}
	for at, want := range map[string]struct {
		version string
		renew   consent.Day
	}{
		"2020-10-19T15:59:59Z": {"old", 30},
		"2020-10-19T16:00:00Z": {"new", 60},
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		today := rules.today(now)
		if got := a.policyAt(today).Version; got != want.version {
			t.Errorf("at %s %s is in force", at, got)
		}
		if got := rules.Lasts(chosen, today); got != want.renew {
			t.Errorf("at %s a decision lasts for %d days", at, got)
		}
		chosen.Day = today - want.renew
		for age, holds := range map[consent.Day]bool{0: true, 1: false} {
			c := chosen
			c.Day -= age
			if d := rules.Decide(&consent.Input{Today: today, Choice: c, Chose: true}); (d.Decided > 0) != holds {
				t.Errorf("at %s a decision of %s counts: %v", at, c.Day, d.Decided > 0)
			}
		}
	}
}

// quiet is an app that needs no Caddy.
func quiet(t *testing.T, c Config) *App {
	t.Helper()
	a := &App{Config: c, metrics: newMetrics(), logger: zap.NewNop(), versions: new(versions)}
	var err error
	if a.rules, err = a.compile(); err != nil {
		t.Fatal(err)
	}
	a.history = storageArchive{&certmagic.FileStorage{Path: t.TempDir()}, versionsFolder}
	return a
}

// A policy is on record from the day on which it comes into force, also without a
// reload.
func TestPolicyIsRecorded(t *testing.T) {
	a := quiet(t, Config{Policies: []Policy{{Version: "old", Effective: "2020-01-01"}, {Version: "new", Effective: "2020-10-20"}}, Home: "CN"})
	for _, date := range []string{"2020-10-18", "2020-10-19", "2020-10-20", "2020-10-21"} {
		a.recordPolicy(t.Context(), dayOf(date))
	}
	a.readArchive(t.Context(), a.history)
	a.versions.order()
	if len(a.versions.snapshots) != 2 {
		t.Fatalf("%d snapshots", len(a.versions.snapshots))
	}
	for name, since := range map[string]string{"old": "2020-10-18", "new": "2020-10-20"} {
		s := a.versions.latest(name)
		if s == nil || s.Since != since || s.Facts.Home != "CN" || s.Fingerprint != a.rules.Fingerprint.String() {
			t.Errorf("%s is on record as %+v", name, s)
		}
	}
	// Both say the same: the one that a visitor saw is that of the day.
	for date, want := range map[string]string{"2020-10-19": "old", "2020-10-20": "new", "2020-12-01": "new", "2020-01-05": "old"} {
		s := a.versions.decidedOn(consent.Choice{Fingerprint: a.rules.Fingerprint, Day: dayOf(date)})
		if s == nil || s.Version != want {
			t.Errorf("who decided on %s saw %+v", date, s)
		}
	}
	if s := a.versions.decidedOn(consent.Choice{Fingerprint: 1, Day: dayOf("2020-10-19")}); s != nil {
		t.Errorf("an unknown policy is on record as %+v", s)
	}
}

func TestAlteredSnapshotsAreRefused(t *testing.T) {
	a := quiet(t, Config{})
	a.recordPolicy(t.Context(), dayOf("2020-10-20"))
	names, err := a.history.list(t.Context())
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	good, err := a.history.load(t.Context(), names[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"another home":    strings.Replace(string(good), `"purposes"`, `"home": "DE", "purposes"`, 1),
		"another version": strings.Replace(string(good), `"default"`, `"other"`, 1),
		"no facts":        `{"version":"default"}`,
		"nothing":         ``,
		"half":            string(good[:len(good)/2]),
	} {
		a.versions = new(versions)
		folder := folderArchive(t.TempDir())
		if err := folder.keep(t.Context(), names[0], []byte(content)); err != nil {
			t.Fatal(err)
		}
		a.readArchive(t.Context(), folder)
		if len(a.versions.snapshots) > 0 {
			t.Errorf("%s: was taken for %+v", name, a.versions.snapshots[0])
		}
	}
}

func TestArchivesKeepWhatIsThere(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	for name, a := range map[string]archive{
		"folder":  folderArchive(folder),
		"storage": storageArchive{&certmagic.FileStorage{Path: t.TempDir()}, versionsFolder},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if names, err := a.list(ctx); err != nil || len(names) > 0 {
				t.Errorf("an empty archive has %v, %v", names, err)
			}
			for _, text := range []string{"first", "second"} {
				if err := a.keep(ctx, "v.1.json", []byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			if data, err := a.load(ctx, "v.1.json"); err != nil || string(data) != "first" {
				t.Errorf("it has %q, %v", data, err)
			}
			if names, err := a.list(ctx); err != nil || len(names) != 1 || names[0] != "v.1.json" {
				t.Errorf("it lists %v, %v", names, err)
			}
			if _, err := a.load(ctx, "other"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("what isn't there gives %v", err)
			}
		})
	}
	if err := os.Chmod(folder, 0o500); err == nil && os.Getuid() != 0 {
		if err := folderArchive(folder).keep(t.Context(), "w.json", nil); err == nil {
			t.Error("a folder that can't be written was written")
		}
	}
}

func TestTwoTextsOfOneVersion(t *testing.T) {
	folder := t.TempDir()
	one, two := []byte("one"), []byte("two")
	for _, text := range [][]byte{one, two} {
		if err := folderArchive(folder).keep(t.Context(), "v."+hashOf(text)+".md", text); err != nil {
			t.Fatal(err)
		}
	}
	a := quiet(t, Config{})
	a.readArchive(t.Context(), folderArchive(folder))
	v := a.versions.find("v")
	if v == nil || v.hash != min(hashOf(one), hashOf(two)) || hashOf(v.text) != v.hash {
		t.Errorf("served is %+v", v)
	}
}

func TestNoticesAreValidated(t *testing.T) {
	good := Notice{Kind: "end-of-service", Text: "x", From: "2027-01-01", Until: "2027-01-31"}
	if err := good.validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Notice){
		"no kind":         func(n *Notice) { n.Kind = "" },
		"a wrong kind":    func(n *Notice) { n.Kind = "party" },
		"no text":         func(n *Notice) { n.Text = " " },
		"29 days":         func(n *Notice) { n.Until = "2027-01-30" },
		"no first day":    func(n *Notice) { n.From = "" },
		"no end":          func(n *Notice) { n.Until = "" },
		"no date":         func(n *Notice) { n.Until = "soon" },
		"a bad link":      func(n *Notice) { n.Link = "javascript:alert(1)" },
		"a double slash":  func(n *Notice) { n.Link = "//evil.example" },
		"a user in a URL": func(n *Notice) { n.Link = "https://a@evil.example" },
	} {
		n := good
		change(&n)
		if n.validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := (&Config{Notices: []Notice{good, good}}).validate(); err == nil {
		t.Error("the same notice twice was accepted")
	}
	for _, bad := range []string{"", "a/b", "..", "a b", "é", "-x"} {
		if err := (&Config{Policies: []Policy{{Version: bad}}}).validate(); err == nil {
			t.Errorf("the version %q was accepted", bad)
		}
	}
}

// What can't be read of the notices leaves the others as they are.
func TestBoardReadsWhatItCan(t *testing.T) {
	storage := &certmagic.FileStorage{Path: t.TempDir()}
	b := newBoard([]Notice{{Kind: "policy", Text: "declared"}}, storage)
	for name, content := range map[string]string{
		"1.json": `{"kind":"incident","text":"good"}`,
		"2.json": `{"kind":"incident","text":"bad","link":"javascript:1"}`,
		"3.json": `{`,
		"4.json": `{"kind":"policy","text":"declared"}`,
	} {
		if err := storage.Store(t.Context(), noticesFolder+"/"+name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if b.refresh(t.Context()) == nil {
		t.Error("nothing was said of the broken ones")
	}
	var texts []string
	for _, n := range b.shown(dayOf("2027-01-01")) {
		texts = append(texts, n.Text)
	}
	if got := strings.Join(texts, " "); got != "declared good" {
		t.Errorf("shown are %q", got)
	}
}
