package module

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Kinds of notices.
const (
	noticeIncident = "incident"
	noticeEnd      = "end-of-service"
	noticePolicy   = "policy"
)

const (
	noticesMax = 16 // that are set while the gateway runs
	noticeText = 2000

	// endNotice is for how many days at least visitors are told beforehand that
	// a service ends.
	endNotice = 30

	noticesFolder = "fairway/notices"
	noticesWait   = 5 * time.Second
)

// id names a notice by what it says: who has seen one has not seen it with other
// words.
func (n *Notice) id() string {
	digest := sha256.New()
	for _, part := range []string{n.Kind, n.Title, n.Text, n.Link} {
		_, _ = fmt.Fprintf(digest, "%d %s", len(part), part)
	}
	return hex.EncodeToString(digest.Sum(nil)[:4])
}

// shownOn reports whether a notice is shown on a day.
func (n *Notice) shownOn(today string) bool {
	return n.From <= today && (n.Until == "" || today <= n.Until)
}

// validate checks a notice. An error names what was expected.
func (n *Notice) validate() error {
	if n.Kind == "" {
		return errors.New("notice: expected a kind: incident, end-of-service or policy")
	}
	if err := oneOf("notice", n.Kind, noticeIncident, noticeEnd, noticePolicy); err != nil {
		return err
	}
	if strings.TrimSpace(n.Text) == "" || len(n.Text) > noticeText || len(n.Title) > noticeText {
		return fmt.Errorf("notice %s: expected a text of up to %d bytes", n.Kind, noticeText)
	}
	for name, date := range map[string]string{"from": n.From, "until": n.Until} {
		if date != "" && dayOf(date) == 0 {
			return fmt.Errorf("notice %s: %s %q: expected a date such as 2027-01-31", n.Kind, name, date)
		}
	}
	from, until := dayOf(n.From), dayOf(n.Until)
	switch {
	case n.Kind == noticeEnd && (from == 0 || until == 0):
		return fmt.Errorf("notice %s: expected from, the day since when visitors are told, and until, the day on which the service ends", n.Kind)
	case n.Kind == noticeEnd && until-from < endNotice:
		return fmt.Errorf("notice %s: until %s: expected a day at least %d days after %s", n.Kind, n.Until, endNotice, n.From)
	case until != 0 && until < from:
		return fmt.Errorf("notice %s: until %s: expected a day not before %s", n.Kind, n.Until, n.From)
	}
	if n.Link != "" && !linkable(n.Link) {
		return fmt.Errorf("notice %s: link %q: expected a path of the site, or a URL that begins with https:// or http://", n.Kind, n.Link)
	}
	return nil
}

// linkable reports whether visitors can be led to an address.
func linkable(text string) bool {
	if localPath(text) != "" {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

func (c *Config) validateNotices() error {
	seen := make(map[string]bool)
	for i := range c.Notices {
		n := &c.Notices[i]
		if err := n.validate(); err != nil {
			return err
		}
		if id := n.id(); seen[id] {
			return fmt.Errorf("notice %s: declared twice", n.Kind)
		} else {
			seen[id] = true
		}
	}
	return nil
}

// storedNotice is a notice with its id, as it is kept and as the admin API shows
// it.
type storedNotice struct {
	ID string `json:"id"`
	Notice
	Declared bool `json:"declared,omitempty"` // in the configuration, which alone removes it
}

// board holds the notices: the declared ones, and those that were set while the
// gateway runs. The latter are kept in Caddy's storage, where a fleet finds them.
type board struct {
	declared []storedNotice
	storage  certmagic.Storage
	all      atomic.Pointer[[]storedNotice]
}

func newBoard(declared []Notice, storage certmagic.Storage) *board {
	b := &board{storage: storage}
	for _, n := range declared {
		b.declared = append(b.declared, storedNotice{n.id(), n, true})
	}
	b.all.Store(&b.declared)
	return b
}

// refresh reads what was set since, by any gateway of the fleet. What can't be
// read stays as it was.
func (b *board) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, noticesWait)
	defer cancel()
	names, err := b.storage.List(ctx, noticesFolder, false)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	slices.Sort(names)
	all := slices.Clone(b.declared)
	var broken error
	for _, name := range names {
		data, err := b.storage.Load(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		var n Notice
		if err := errors.Join(json.Unmarshal(data, &n), n.validate()); err != nil {
			broken = fmt.Errorf("%s: %w", name, err)
			continue
		}
		if !slices.ContainsFunc(all, func(known storedNotice) bool { return known.ID == n.id() }) {
			all = append(all, storedNotice{ID: n.id(), Notice: n})
		}
	}
	b.all.Store(&all)
	return broken
}

// shown returns the notices that are shown on a day.
func (b *board) shown(today consent.Day) []storedNotice {
	all := *b.all.Load()
	if len(all) == 0 {
		return nil
	}
	date := today.String()
	return slices.DeleteFunc(slices.Clone(all), func(n storedNotice) bool { return !n.shownOn(date) })
}

// Errors of the calls below, beside those of the storage.
var (
	errNotice         = errors.New("there is no such notice")
	errNoticeDeclared = errors.New("the notice is in the configuration, which alone removes it")
	errNoticesFull    = fmt.Errorf("there are %d notices already: remove one first", noticesMax)
)

// listNotices returns all notices, also those whose days have passed or have not
// come.
func (a *App) listNotices() []storedNotice { return slices.Clone(*a.notices.all.Load()) }

// setNotice shows a notice from now on, on all gateways of the fleet within a
// minute. Without a first day it begins today. To set the same one again changes
// its days. A notice that is not valid is a [noticeError].
func (a *App) setNotice(ctx context.Context, n Notice) (storedNotice, error) {
	if n.From == "" {
		n.From = a.today().String()
	}
	if err := n.validate(); err != nil {
		return storedNotice{}, noticeError{err}
	}
	id := n.id()
	if err := a.notices.refresh(ctx); err != nil {
		return storedNotice{}, err
	}
	set := 0
	for _, known := range a.listNotices() {
		switch {
		case known.ID == id && known.Declared:
			return storedNotice{}, errNoticeDeclared
		case known.ID != id && !known.Declared:
			set++
		}
	}
	if set >= noticesMax {
		return storedNotice{}, errNoticesFull
	}
	data, err := json.Marshal(n)
	if err != nil {
		return storedNotice{}, err
	}
	if err := a.notices.storage.Store(ctx, path.Join(noticesFolder, id+".json"), data); err != nil {
		return storedNotice{}, err
	}
	return storedNotice{ID: id, Notice: n}, a.notices.refresh(ctx)
}

// noticeError is what is wrong with a notice that was given.
type noticeError struct{ error }

// removeNotice takes a notice back that was set while the gateway runs.
func (a *App) removeNotice(ctx context.Context, id string) error {
	if err := a.notices.refresh(ctx); err != nil {
		return err
	}
	all := a.listNotices()
	at := slices.IndexFunc(all, func(n storedNotice) bool { return n.ID == id })
	switch {
	case at < 0:
		return errNotice
	case all[at].Declared:
		return errNoticeDeclared
	}
	if err := a.notices.storage.Delete(ctx, path.Join(noticesFolder, id+".json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return a.notices.refresh(ctx)
}
