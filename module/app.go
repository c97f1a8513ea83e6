package module

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/ledger"
	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

func init() { caddy.RegisterModule(new(App)) }

// App is the consent app: the policy of the house and the state behind it. A
// site without the app's configuration has the default policy: what is not
// declared is denied, the built-in catalogue says which cookies are necessary,
// and every country is opt-in.
type App struct {
	Config

	rules     *rules
	clock     clock
	metrics   *metrics
	reports   *hostReports
	vault     *vault
	countries countries
	stored    Opener
	publisher *publisher
	served    []*sites // of all handlers
	recorder  *recorder
	ledger    func() (*recorder, func(), error) // takes the recorder once more, and lets it go
	clerk     *clerk
	versions  *versions
	history   archive // snapshots of all policies that were in force
	notices   *board
	ctx       caddy.Context
	logger    *zap.Logger
	onlooker  onlooker // nil, but where an exchange is explained
	releases  []func()
}

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "consent", New: func() caddy.Module { return new(App) }}
}

// Provision compiles the policy, and finds the keys and the country database.
// Keys or countries that can't be had are a warning: nobody's consent can then
// be checked, or everyone is in the strictest regime.
func (a *App) Provision(ctx caddy.Context) error {
	a.logger = ctx.Logger()
	rules, err := a.compile()
	if err != nil {
		return err
	}
	a.rules = rules

	shared, release, err := openClock()
	if err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	a.clock = shared
	m, release, err := pooled("metrics", func() (*metrics, error) { return newMetrics(), nil })
	if err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	a.metrics = m
	if err := m.register(ctx.GetMetricsRegistry()); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if a.reports, release, err = pooled("csp reports", func() (*hostReports, error) { return newHostReports(a.clock.Now()) }); err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	if err := a.openVault(ctx); err != nil {
		return err
	}
	a.openCountries()
	a.ctx = ctx
	a.openVersions(ctx)
	a.notices = newBoard(a.Notices, ctx.Storage())
	a.refreshNotices(ctx)
	if err := a.openPublisher(ctx); err != nil {
		return err
	}
	if err := a.openLedger(ctx); err != nil {
		return err
	}
	return a.openRights(ctx)
}

// Validate checks the configuration.
func (a *App) Validate() error { return a.validate() }

// Start archives the policy, and begins the figures of all sites, the calls to
// partners, the watch over requests and that over what changes by itself; the
// handlers do the rest.
func (a *App) Start() error {
	// Were a site's figures begun by its first visitor, that they are there would
	// tell of a visitor.
	for _, s := range a.served {
		s.each(func(site *siteMetrics) { a.publisher.of(site) })
	}
	wait, cancel := context.WithTimeout(a.ctx, versionsWait)
	defer cancel()
	a.archiveVersions(wait, a.today())
	go a.watch(a.ctx)
	a.clerk.start()
	return nil
}

// Stop ends them. It ends nothing else: requests that are under way may still
// need the state.
func (a *App) Stop() error {
	a.clerk.stop()
	return nil
}

// Cleanup lets the shared state go.
func (a *App) Cleanup() error {
	for _, release := range a.releases {
		release()
	}
	return nil
}

// vault holds what is made from the keys. It outlives reloads, so that a day's
// values stay the same.
type vault struct {
	choices *consent.Mint[consent.Choice]
	dates   *consent.Mint[string]
	written datesFields
	tokens  tokens
	peppers peppers
	safe    *safe // nil when the keys are for this run only
	calls   [][]byte

	signer  ledger.Signer // of receipts and of statements about the ledger
	keys    ledger.KeySet // which checks what older keys signed, too
	lasting bool          // the keys are kept
}

// Destruct implements [caddy.Destructor].
func (*vault) Destruct() error { return nil }

// choiceLife is how long a value of the consent cookie is accepted. Browsers
// keep no cookie longer than 400 days.
const choiceLife = 400 * day

func (a *App) openVault(ctx caddy.Context) error {
	keys, err := a.findKeys(ctx)
	lasting := err == nil
	if err != nil {
		a.logger.Warn("no keys: a key is made for this run, and after it every visitor is asked again", zap.Error(err))
		a.metrics.site(noSite).failure(failKey)
		keys = [][]byte{randomKey()}
	}
	digest := sha256.New()
	for _, key := range keys {
		digest.Write(key)
	}
	name := "vault " + hex.EncodeToString(digest.Sum(nil))
	v, release, err := pooled(name, func() (*vault, error) {
		// One secret a use: what is made with one can't pass for another.
		choices, err := newMint(keys, "consent", ctx.Storage(), consent.ParseChoice)
		if err != nil {
			return nil, err
		}
		dates, err := newMint(keys, "dates", ctx.Storage(), func(content string) (string, error) {
			_, err := visit.ParseDates(content)
			return content, err
		})
		if err != nil {
			return nil, err
		}
		// What is sealed under a key that is gone tomorrow would be lost.
		var sealing *safe
		if lasting {
			if sealing, err = newSafe(keys); err != nil {
				return nil, err
			}
		}
		calls := make([][]byte, len(keys))
		for i, key := range keys {
			calls[i] = derive(key, "erasures")
		}
		signer, public, err := signingKeys(keys)
		if err != nil {
			return nil, err
		}
		return &vault{
			signer:  signer,
			keys:    public,
			lasting: lasting,
			safe:    sealing,
			calls:   calls,
			choices: choices,
			dates:   dates,
			written: datesFields{seed: maphash.MakeSeed()},
			tokens:  tokens{key: derive(keys[0], "tokens")},
			peppers: peppers{key: derive(keys[0], "identifiers")},
		}, nil
	})
	if err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	a.vault = v
	for i := range a.rules.identifiers {
		a.rules.identifiers[i].Key = a.pepper
	}
	return nil
}

func newMint[T any](keys [][]byte, use string, storage certmagic.Storage, parse func(string) (T, error)) (*consent.Mint[T], error) {
	derived := make([][]byte, len(keys))
	for i, key := range keys {
		derived[i] = derive(key, use)
	}
	mint, err := consent.NewMint(derived, consent.Day(choiceLife/day), parse)
	if err == nil {
		mint.Shared = sharedValues{storage: storage, kind: use}
	}
	return mint, err
}

// pepper is the key under which identifiers are hashed today.
func (a *App) pepper() []byte { return a.vault.peppers.of(a.today()) }

func (a *App) findKeys(ctx caddy.Context) ([][]byte, error) {
	ring, err := a.keyring(ctx.Storage())
	if err != nil {
		return nil, err
	}
	return houseKeys(ctx, ring)
}

func (a *App) openCountries() {
	if a.GeoIP == "" {
		return
	}
	file := caddy.NewReplacer().ReplaceAll(a.GeoIP, "")
	last, release, _ := pooled("countries "+file, func() (*lastCountries, error) { return new(lastCountries), nil })
	a.releases = append(a.releases, release)
	found, err := openCountries(file)
	if err == nil {
		last.Store(&found)
		a.countries = found
		return
	}
	a.metrics.site(noSite).failure(failCountry)
	if good := last.Load(); good != nil {
		a.logger.Warn("the country database is broken: the last good one is kept", zap.String("file", file), zap.Error(err))
		a.countries = *good
		return
	}
	a.logger.Warn("no country database: every visitor is in the strictest regime", zap.String("file", file), zap.Error(err))
}

// openPublisher opens the store and begins to collect figures. Without the
// store the gateway works all the same: sums stay in memory.
func (a *App) openPublisher(ctx caddy.Context) error {
	plan, err := a.plan(a.rules)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	privacy, err := a.privacy()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	opener, err := a.opener(ctx)
	if err != nil {
		return err
	}
	report, err := json.Marshal(a.Report)
	if err != nil {
		return err
	}
	purposes := a.rules.Vocabulary.Names(a.rules.Vocabulary.All())
	key := fmt.Sprintf("publisher %s %s %q", opener.Key(), report, purposes)
	publisher, release, err := pooled(key, func() (*publisher, error) {
		store, closeStore, err := pooled("store "+opener.Key(), func() (*Store, error) {
			wait, cancel := context.WithTimeout(ctx, storeWait)
			defer cancel()
			return opener.Open(wait)
		})
		if err != nil {
			a.logger.Error("no store: figures are not published", zap.Error(err))
			a.metrics.site(noSite).failure(failStore)
		}
		how := publishing{plan: plan, zone: a.rules.zone, privacy: privacy, keep: defaultKeep}
		if a.Report != nil {
			how.keep, how.raw = cmp.Or(time.Duration(a.Report.Keep), defaultKeep), time.Duration(a.Report.Raw)
		}
		return newPublisher(a.clock, how, store, a.metrics, a.logger, closeStore), nil
	})
	if err != nil {
		return err
	}
	a.releases = append(a.releases, release)
	a.publisher = publisher
	return ctx.GetMetricsRegistry().Register(gauges{publisher})
}

// opener returns the configured store, or the default one.
func (a *App) opener(ctx caddy.Context) (Opener, error) {
	if a.stored == nil {
		stored, err := a.loadOpener(ctx)
		if err != nil {
			return nil, err
		}
		a.stored = stored
	}
	return a.stored, nil
}

// loadOpener loads the store's module, which can be done once.
func (a *App) loadOpener(ctx caddy.Context) (Opener, error) {
	if a.StoreRaw == nil {
		return new(SQLite), nil
	}
	store, err := ctx.LoadModule(&a.Config, "StoreRaw")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	opener, ok := store.(Opener)
	if !ok {
		return nil, fmt.Errorf("store: %T is not a store", store)
	}
	return opener, nil
}

func (a *App) privacy() (release.Privacy, error) {
	if a.Report == nil || a.Report.Privacy == nil {
		return release.Privacy{}, nil
	}
	if a.Report.Privacy.Method == "threshold" {
		return release.Threshold(int64(a.Report.Privacy.Value))
	}
	return release.Noise(a.Report.Privacy.Value)
}

// place returns where a client is; the zero value when the database does not know
// it. Without the database, or when it fails, the answer is unsure.
func (a *App) place(addr netip.Addr, site *siteMetrics) (found place, unsure bool) {
	if a.countries == (countries{}) {
		return place{}, true
	}
	found, err := a.countries.of(addr)
	if err != nil {
		site.failure(failCountry)
		return place{}, true
	}
	return found, false
}

// today is the date in the policy's time zone.
func (a *App) today() consent.Day { return a.rules.today(a.clock.Now()) }

// today is the date of a time in the policy's time zone.
func (r *rules) today(now time.Time) consent.Day { return consent.DayOf(now.In(r.zone)) }

var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.Validator    = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
