package module

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
)

// validate checks what a Caddyfile's parser checks as well, for those who write
// JSON. An error names the item and what was expected.
func (c *Config) validate() error {
	vocabulary, err := c.vocabulary()
	if err != nil {
		return err
	}
	return errors.Join(
		c.validatePolicies(),
		c.validateNotices(),
		c.validateCookies(vocabulary),
		c.validatePartners(vocabulary),
		c.validateRegimes(),
		c.validateReport(),
		c.validateLedger(),
		c.validateRequests(),
		c.Minors.validate(),
		c.validateAnswers(),
		oneOf("undeclared", c.Undeclared, "block", "report"),
		c.validateCSP(),
		oneOf("identifiers", c.Identifiers, "drop", "hash"),
		validateCountry("home", c.Home),
		validatePlace(c.Location),
		validatePrefix(c.Prefix),
	)
}

func (c *Config) vocabulary() (*consent.Vocabulary, error) {
	names := make([]string, 0, len(c.Purposes))
	for _, purpose := range c.Purposes {
		if slices.Contains(names, purpose.Name) {
			return nil, fmt.Errorf("purpose %q: declared twice", purpose.Name)
		}
		names = append(names, purpose.Name)
	}
	return consent.NewVocabulary(names...)
}

// versionName is the name of a version, which is a part of paths and of the names
// of files.
var versionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (c *Config) validatePolicies() error {
	seen := make(map[string]bool)
	for _, p := range c.Policies {
		switch {
		case !versionName.MatchString(p.Version):
			return fmt.Errorf("policy %q: expected a version of letters, digits, dots, hyphens and underscores, such as 2020-10-13", p.Version)
		case seen[p.Version]:
			return fmt.Errorf("policy %q: declared twice", p.Version)
		}
		seen[p.Version] = true
		if p.Effective != "" {
			if _, err := time.Parse(time.DateOnly, p.Effective); err != nil {
				return fmt.Errorf("policy %s: effective %q: expected a date such as 2020-10-20", p.Version, p.Effective)
			}
		}
		if p.Renew != 0 && time.Duration(p.Renew) < day {
			return fmt.Errorf("policy %s: renew %s: expected at least 1d", p.Version, p.Renew)
		}
	}
	return nil
}

func (c *Config) validateCookies(v *consent.Vocabulary) error {
	seen := make(map[string]bool)
	table := new(cookie.Table)
	for _, declared := range c.Cookies {
		if len(declared.Names) == 0 {
			return errors.New("cookie: expected at least one name")
		}
		for _, name := range declared.Names {
			if seen[name] {
				return fmt.Errorf("cookie %s: declared twice", name)
			}
			seen[name] = true
			if err := table.Add(name, cookie.Rule{}); err != nil {
				return fmt.Errorf("cookie %s: %w", name, err)
			}
			if err := knownPurpose(v, "cookie "+name, declared.Purpose); err != nil {
				return err
			}
			if _, ok := cookie.ParseSameSite(declared.SameSite); !ok && declared.SameSite != "" {
				return fmt.Errorf("cookie %s: samesite %q: expected lax, strict or none", name, declared.SameSite)
			}
		}
	}
	return nil
}

var partnerName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (c *Config) validatePartners(v *consent.Vocabulary) error {
	seen := make(map[string]bool)
	for _, p := range c.Partners {
		what := "partner " + p.Name
		switch {
		case !partnerName.MatchString(p.Name):
			return fmt.Errorf("partner %q: expected a name of lower-case letters, digits and hyphens", p.Name)
		case seen[p.Name]:
			return fmt.Errorf("%s: declared twice", what)
		}
		seen[p.Name] = true
		if p.Purpose != "" {
			if err := knownPurpose(v, what, p.Purpose); err != nil {
				return err
			}
		}
		if err := validateCountry(what+": country", p.Country); err != nil {
			return err
		}
		for _, path := range p.Beacons {
			if err := checkPathPattern(path); err != nil {
				return fmt.Errorf("%s: beacons %q: %w", what, path, err)
			}
		}
		if p.Erase != "" && !strings.Contains(p.Erase, "{") {
			if u, err := url.Parse(p.Erase); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
				return fmt.Errorf("%s: erase %q: expected a URL", what, p.Erase)
			}
		}
	}
	return nil
}

func (c *Config) validateRegimes() error {
	seen := make(map[string]bool)
	for name, codes := range c.Regimes {
		regime, err := consent.ParseRegime(name)
		if err != nil {
			return err
		}
		for _, code := range codes {
			if seen[code] {
				return fmt.Errorf("regime %s: %s has a regime already", name, code)
			}
			seen[code] = true
			if err := new(consent.Regimes).Set(code, regime); err != nil {
				return fmt.Errorf("regime %s: %w", name, err)
			}
		}
	}
	return nil
}

func (c *Config) validateReport() error {
	r := c.Report
	if r == nil {
		return nil
	}
	if _, err := time.LoadLocation(r.Timezone); err != nil {
		return fmt.Errorf("report: timezone %q: expected a name such as Asia/Shanghai", r.Timezone)
	}
	if epoch := time.Duration(r.Epoch); epoch != 0 && (epoch < time.Minute || day%epoch != 0) {
		return fmt.Errorf("report: epoch %s: expected 1d, 1h, or a time from 1m up that divides a day", r.Epoch)
	}
	for name, span := range map[string]Span{"keep": r.Keep, "raw": r.Raw} {
		if span != 0 && time.Duration(span) < day {
			return fmt.Errorf("report: %s %s: expected a time from 1d up", name, span)
		}
	}
	if p := r.Privacy; p != nil {
		switch {
		case p.Method != "noise" && p.Method != "threshold":
			return fmt.Errorf("report: privacy %q: expected noise or threshold", p.Method)
		case p.Method == "noise" && !(p.Value > 0 && p.Value <= 100):
			return fmt.Errorf("report: privacy noise %v: expected an epsilon above 0 and up to 100", p.Value)
		case p.Method == "threshold" && (p.Value < 2 || p.Value != float64(int64(p.Value))):
			return fmt.Errorf("report: privacy threshold %v: expected a whole number from 2 up", p.Value)
		}
	}
	if value := r.MaxValue; value != 0 && (hundredths(value) == 0 || value > goalValueMax) {
		return fmt.Errorf("report: value %v: expected an amount from 0.01 to %.0f such as 500", value, goalValueMax)
	}
	if err := r.Check(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for kind, routes := range map[string][]Route{"route": r.Routes, "goal": r.Goals} {
		for _, route := range routes {
			if route.Name == "" {
				return fmt.Errorf("report: %s: expected a name", kind)
			}
			for _, path := range route.Paths {
				if err := checkPathPattern(path); err != nil {
					return fmt.Errorf("report: %s %s: %q: %w", kind, route.Name, path, err)
				}
			}
		}
	}
	return nil
}

func (c *Config) validateRequests() error {
	if c.Requests == nil {
		return nil
	}
	if keep := time.Duration(c.Requests.ContactRetention); keep != 0 && (keep < day || keep > keepRights) {
		return fmt.Errorf("requests: contact retention %s: expected 1d to 3y", c.Requests.ContactRetention)
	}
	return nil
}

func (c *Config) validateAnswers() error {
	if c.Signals == nil {
		return nil
	}
	for _, name := range c.Signals.Answer {
		if err := oneOf("signals: answer", name, answerTCF, answerGPP); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) validateCSP() error {
	if c.CSP == "strict" && c.Undeclared == "report" {
		return errors.New("csp strict: expected undeclared block, for a policy can't let unknown hosts pass and stop known ones")
	}
	return oneOf("csp", c.CSP, "off", "report", "strict")
}

func validatePlace(p *Place) error {
	if p == nil {
		return nil
	}
	if p.Decimals != nil && (*p.Decimals < 0 || *p.Decimals > 3) {
		return fmt.Errorf("location: decimals %d: expected 0 to 3; more would be precise", *p.Decimals)
	}
	return oneOf("location", p.Action, "coarse", "drop")
}

func validatePrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	u, err := url.Parse(prefix)
	if err != nil || u.Path != prefix || !isCanonicalPrefix(prefix) {
		return fmt.Errorf("prefix %q: expected a path such as /.consent", prefix)
	}
	return nil
}

func isCanonicalPrefix(prefix string) bool {
	trimmed := strings.TrimSuffix(prefix, "/")
	return len(trimmed) > 1 && trimmed[0] == '/' && !strings.ContainsAny(trimmed, `*;\"'<>%`) && !strings.Contains(trimmed, "//")
}

func knownPurpose(v *consent.Vocabulary, what, name string) error {
	if _, ok := v.Lookup(name); !ok {
		return fmt.Errorf("%s: unknown purpose %q: expected one of %s", what, name, strings.Join(v.Names(v.All()), ", "))
	}
	return nil
}

func validateCountry(what, code string) error {
	if code == "" {
		return nil
	}
	if _, err := consent.ParseCountry(code); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// oneOf checks a word that may be left out.
func oneOf(what, word string, known ...string) error {
	if word == "" || slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s %q: expected %s", what, word, strings.Join(known, " or "))
}
