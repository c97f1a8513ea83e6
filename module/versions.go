package module

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/consent"
)

// versions are all versions of the policy that can be shown: the declared ones,
// and those that only an archive still has. It is immutable.
type versions struct {
	list      []*version  // what takes effect last comes first
	snapshots []*snapshot // what holds longest comes first
}

// version is one version of the policy.
type version struct {
	Policy

	// text is what visitors read, nil when there is none, and format the suffix
	// of its file: ".md", ".html".
	text   []byte
	format string

	// hash is the SHA-256 of the text in hexadecimal; "" when there is none.
	hash string

	archive  archive // where its text is kept; nil for none
	archived bool    // the text is there already
	declared bool
}

// snapshot is what a policy said on the day from which its facts were in force.
// It is kept so that later policies can be compared with it.
type snapshot struct {
	Version     string         `json:"version"`
	Effective   string         `json:"effective,omitempty"`
	Controller  string         `json:"controller,omitempty"`
	Contact     string         `json:"contact,omitempty"`
	SHA256      string         `json:"sha256,omitempty"` // of the text
	Since       string         `json:"since"`            // YYYY-MM-DD
	Fingerprint string         `json:"fingerprint"`
	Facts       *consent.Facts `json:"facts"`
}

// An archive holds texts as VERSION.SHA256.md and snapshots as
// VERSION.FINGERPRINT.json.
var (
	textName     = regexp.MustCompile(`^(.+)\.([0-9a-f]{64})(\.[a-z0-9]{1,8})?$`)
	snapshotName = regexp.MustCompile(`^(.+)\.([0-9a-f]{8})\.json$`)
)

// versionsFolder is where snapshots are in Caddy's storage.
const versionsFolder = "fairway/policies"

// versionsWait bounds the time in which an archive has to answer.
const versionsWait = 5 * time.Second

// openVersions reads the texts and what is known of earlier policies. What can't
// be read is a warning and a counted failure: the policy holds without it.
func (a *App) openVersions(ctx caddy.Context) {
	wait, cancel := context.WithTimeout(ctx, versionsWait)
	defer cancel()
	a.history = storageArchive{ctx.Storage(), versionsFolder}
	a.versions = new(versions)
	folders := make(map[string]archive)
	for _, p := range a.Policies {
		v := &version{Policy: p, declared: true}
		if p.Archive != "" {
			folder := caddy.NewReplacer().ReplaceAll(p.Archive, "")
			if folders[folder] == nil {
				folders[folder] = folderArchive(folder)
			}
			v.archive = folders[folder]
		}
		a.versions.list = append(a.versions.list, v)
	}
	a.readArchive(wait, a.history)
	for _, folder := range folders {
		a.readArchive(wait, folder)
	}
	for _, v := range a.versions.list {
		if v.declared {
			a.readText(v)
		}
	}
	a.versions.order()
}

// order completes what is known of the versions and puts them into their order.
func (vs *versions) order() {
	slices.SortStableFunc(vs.snapshots, func(x, y *snapshot) int { return strings.Compare(x.Since, y.Since) })
	for _, v := range vs.list {
		if s := vs.latest(v.Version); s != nil && !v.declared {
			v.Effective, v.Controller, v.Contact = s.Effective, s.Controller, s.Contact
		}
	}
	slices.Reverse(vs.list) // of equal days the last one declared is the latest
	slices.SortStableFunc(vs.list, func(x, y *version) int {
		return cmp.Or(byEffect(y.Policy, x.Policy), b2i(y.declared)-b2i(x.declared))
	})
}

// policyTrouble counts and reports something that is wrong with a version.
func (a *App) policyTrouble(what, version string, err error) {
	a.metrics.site(noSite).failure(failPolicy)
	a.logger.Warn(what, zap.String("policy", version), zap.Error(err))
}

// readArchive finds what an archive has.
func (a *App) readArchive(ctx context.Context, from archive) {
	names, err := from.list(ctx)
	if err != nil {
		a.policyTrouble("the archive of policies can't be read", "", err)
		return
	}
	slices.Sort(names)
	for _, name := range names {
		switch text, facts := textName.FindStringSubmatch(name), snapshotName.FindStringSubmatch(name); {
		case text != nil && from != a.history:
			err = a.readArchivedText(ctx, from, name, text[1], text[2], text[3])
		case facts != nil:
			err = a.readSnapshot(ctx, from, name, facts[1], facts[2])
		}
		if err != nil {
			a.policyTrouble("a file in the archive of policies can't be used", name, err)
		}
	}
}

var (
	errAltered = errors.New("its content is not what its name says: it was altered")
	errTwice   = errors.New("there is another text of the same version, which is served")
)

func (a *App) readArchivedText(ctx context.Context, from archive, file, name, hash, format string) error {
	text, err := from.load(ctx, file)
	if err != nil {
		return err
	}
	if hashOf(text) != hash {
		return errAltered
	}
	v := a.versions.find(name)
	if v == nil {
		v = &version{Policy: Policy{Version: name}, archive: from}
		a.versions.list = append(a.versions.list, v)
	}
	switch {
	case v.archive != from:
		return nil
	case v.archived:
		return errTwice
	}
	v.text, v.format, v.hash, v.archived = text, format, hash, true
	return nil
}

func (a *App) readSnapshot(ctx context.Context, from archive, file, name, fingerprint string) error {
	data, err := from.load(ctx, file)
	if err != nil {
		return err
	}
	s := new(snapshot)
	if err := json.Unmarshal(data, s); err != nil {
		return err
	}
	if s.Facts == nil || s.Version != name || s.Fingerprint != fingerprint || s.Facts.Fingerprint().String() != fingerprint {
		return errAltered
	}
	// A folder and the storage may both have it.
	if !slices.ContainsFunc(a.versions.snapshots, func(known *snapshot) bool {
		return known.Version == s.Version && known.Fingerprint == s.Fingerprint
	}) {
		a.versions.snapshots = append(a.versions.snapshots, s)
	}
	return nil
}

// readText reads the declared text of a version. What is archived stands, even
// where the file says something else by now: a version is what was published.
func (a *App) readText(v *version) {
	if v.Text == "" {
		return
	}
	file := caddy.NewReplacer().ReplaceAll(v.Text, "")
	text, err := os.ReadFile(file)
	switch {
	case err != nil && v.archived:
		a.policyTrouble("the text of a policy can't be read; the archived one is served", v.Version, err)
	case err != nil:
		a.policyTrouble("the text of a policy can't be read", v.Version, err)
	case v.archived && hashOf(text) != v.hash:
		a.policyTrouble("the text of a policy was changed; the archived one is served", v.Version,
			fmt.Errorf("%s differs from what was published: give the new text a version of its own", file))
	case !v.archived:
		v.text, v.format, v.hash = text, formatOf(file), hashOf(text)
	}
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// formatOf returns the suffix by which a text is archived.
func formatOf(file string) string {
	format := strings.ToLower(filepath.Ext(file))
	if !regexp.MustCompile(`^\.[a-z0-9]{1,8}$`).MatchString(format) {
		return ".txt"
	}
	return format
}

// archiveVersions keeps the texts of all declared versions, and what the policy in
// force says.
func (a *App) archiveVersions(ctx context.Context, today consent.Day) {
	for _, v := range a.versions.list {
		if v.archive == nil || v.archived || v.text == nil {
			continue
		}
		if err := v.archive.keep(ctx, v.Version+"."+v.hash+v.format, v.text); err != nil {
			a.policyTrouble("the text of a policy can't be archived", v.Version, err)
		}
	}
	a.recordPolicy(ctx, today)
}

// recordPolicy keeps a snapshot of what the policy in force says.
func (a *App) recordPolicy(ctx context.Context, today consent.Day) {
	p := a.policyAt(today)
	s := snapshot{
		Version: p.Version, Effective: p.Effective, Controller: p.Controller, Contact: p.Contact,
		Since: today.String(), Fingerprint: a.rules.Fingerprint.String(), Facts: a.rules.facts,
	}
	archives := []archive{a.history}
	if v := a.versions.find(p.Version); v != nil {
		s.SHA256 = v.hash
		if v.archive != nil {
			archives = append(archives, v.archive)
		}
	}
	data, err := json.MarshalIndent(s, "", "\t")
	for _, to := range archives {
		if err == nil {
			err = to.keep(ctx, s.Version+"."+s.Fingerprint+".json", append(data, '\n'))
		}
	}
	if err != nil {
		a.policyTrouble("what the policy says can't be archived", p.Version, err)
	}
}

// find returns the version of that name, nil when there is none.
func (vs *versions) find(name string) *version {
	for _, v := range vs.list {
		if v.Version == name {
			return v
		}
	}
	return nil
}

// latest returns the last known snapshot of a version, nil when there is none.
func (vs *versions) latest(name string) *snapshot {
	for _, s := range slices.Backward(vs.snapshots) {
		if s.Version == name {
			return s
		}
	}
	return nil
}

// decidedOn returns what the policy said that a choice was made on, nil when that
// is not known. Where several versions said the same it is the one of that day.
func (vs *versions) decidedOn(c consent.Choice) (found *snapshot) {
	fingerprint, date := c.Fingerprint.String(), c.Day.String()
	for _, s := range vs.snapshots {
		if s.Fingerprint == fingerprint && (found == nil || s.Since <= date) {
			found = s
		}
	}
	return found
}
