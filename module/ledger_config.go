package module

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
)

// defaultRetention is how long records of consent are kept.
const defaultRetention = 3 * 365 * day

// Ledger says how records of consent are kept.
type Ledger struct {
	// The file to which signed checkpoints are appended: best on another
	// machine's disk, or where the gateway can append and not change. A
	// relative path is taken from Caddy's data directory.
	// Default: ledger-checkpoints.jsonl
	Checkpoint string `json:"checkpoint,omitempty"`

	// How long records are kept. Default: 3y.
	Retention Span `json:"retention,omitempty"`
}

// validateLedger checks that no record goes before the consent that it proves.
func (c *Config) validateLedger() error {
	if c.Ledger == nil {
		return nil
	}
	if strings.ContainsAny(c.Ledger.Checkpoint, "\x00\n") {
		return errors.New("ledger: checkpoint: expected a file")
	}
	policies := c.Policies
	if len(policies) == 0 {
		policies = []Policy{{}}
	}
	longest := Span(0)
	for _, p := range policies {
		longest = max(longest, cmp.Or(p.Renew, Span(365*day)))
	}
	if kept := c.Ledger.Retention; kept != 0 && kept < longest {
		return fmt.Errorf("ledger: retention %s: expected at least %s, for which a decision holds", kept, longest)
	}
	return nil
}

// checkpointFile is where checkpoints go.
func (c *Config) checkpointFile() string {
	file := ""
	if c.Ledger != nil {
		file = c.Ledger.Checkpoint
	}
	return dataFile(or(file, "ledger-checkpoints.jsonl"))
}

func (c *Config) retention() time.Duration {
	if c.Ledger == nil || c.Ledger.Retention == 0 {
		return defaultRetention
	}
	return time.Duration(c.Ledger.Retention)
}

// spoolFile is where records wait for a store.
func spoolFile(store Opener) string {
	digest := sha256.Sum256([]byte(store.Key()))
	return dataFile(fmt.Sprintf("ledger-spool-%x.jsonl", digest[:4]))
}

// dataFile takes a relative path from Caddy's data directory.
func dataFile(path string) string {
	path = caddy.NewReplacer().ReplaceAll(path, "")
	if !filepath.IsAbs(path) {
		path = filepath.Join(caddy.AppDataDir(), path)
	}
	return path
}

// openLedger makes the recorder of a configuration.
func (a *App) openLedger(ctx caddy.Context) error {
	opener, err := a.opener(ctx)
	if err != nil {
		return err
	}
	a.ledger = func() (*recorder, func(), error) { return a.useLedger(opener) }
	r, release, err := a.ledger()
	if err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	a.recorder = r
	return nil
}

// useLedger returns the recorder, which it starts when nobody has it. The release
// must be called once it is done with.
func (a *App) useLedger(opener Opener) (*recorder, func(), error) {
	file := a.checkpointFile()
	key := fmt.Sprintf("ledger %s %s %s %s", opener.Key(), file, a.retention(), a.vault.signer.Key().ID)
	spoolFile := spoolFile(opener)
	kept, releaseSpool, err := pooled("spool "+spoolFile, func() (*spool, error) {
		s, err := openSpool(spoolFile)
		if err != nil {
			a.logger.Error("the ledger's spool", zap.String("file", spoolFile), zap.Error(err))
			a.metrics.site(noSite).failure(failLedger)
		}
		return s, nil
	})
	if err != nil {
		return nil, nil, err
	}
	r, release, err := pooled(key, func() (*recorder, error) {
		r := &recorder{
			open: func(ctx context.Context) (*Store, func(), error) {
				return pooled("store "+opener.Key(), func() (*Store, error) { return opener.Open(ctx) })
			},
			signer: a.vault.signer, keys: a.vault.keys, lasting: a.vault.lasting,
			witness: &witness{path: file}, spool: kept, retention: a.retention(),
			logger: a.logger, failed: func() { a.metrics.site(noSite).failure(failLedger) },
		}
		return r.start(), nil
	})
	if err != nil {
		releaseSpool()
		return nil, nil, err
	}
	return r, func() { // the recorder goes before the spool that it uses
		release()
		releaseSpool()
	}, nil
}
