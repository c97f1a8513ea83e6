package module

import (
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// policyAt returns the version of the policy that is effective on a day: of those
// whose date has come, the latest; of several without a date or with the same,
// the last one declared. Where none has begun the one that begins first stands in.
func (c *Config) policyAt(today consent.Day) Policy {
	date := today.String()
	active := -1
	for i, p := range c.Policies {
		if p.Effective <= date && (active < 0 || p.Effective >= c.Policies[active].Effective) {
			active = i
		}
	}
	switch {
	case active >= 0:
		return c.Policies[active]
	case len(c.Policies) > 0:
		return slices.MinFunc(c.Policies, byEffect)
	}
	return Policy{Version: "default"}
}

// policyAfter returns the version that takes effect next, if one is declared.
func (c *Config) policyAfter(today consent.Day) (Policy, bool) {
	active, date := c.policyAt(today), today.String()
	later := slices.DeleteFunc(slices.Clone(c.Policies), func(p Policy) bool {
		return p.Effective <= date || p.Effective <= active.Effective
	})
	if len(later) == 0 {
		return Policy{}, false
	}
	return slices.MinFunc(later, byEffect), true
}

func byEffect(a, b Policy) int { return strings.Compare(a.Effective, b.Effective) }

// defaultRenew is how long a decision holds where the policy does not say.
const defaultRenew consent.Day = 365

// renewals returns for how many days a decision holds, and what becomes of that
// as later versions take effect.
func (c *Config) renewals() (first consent.Day, later []consent.Renewal) {
	first = c.policyAt(0).renew()
	for _, p := range slices.SortedStableFunc(slices.Values(c.Policies), byEffect) {
		if from := dayOf(p.Effective); from > 0 {
			later = append(later, consent.Renewal{From: from, Renew: c.policyAt(from).renew()})
		}
	}
	return first, later
}

func (p Policy) renew() consent.Day {
	if p.Renew == 0 {
		return defaultRenew
	}
	return consent.Day(time.Duration(p.Renew) / day)
}

// dayOf reads a date that was validated; "" is no day.
func dayOf(date string) consent.Day {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0
	}
	return consent.DayOf(t)
}

// facts collects what a consent to the policy is given to.
func (c *Config) facts(v *consent.Vocabulary) *consent.Facts {
	f := &consent.Facts{Purposes: v.Names(v.All()), Home: c.Home}
	for _, declared := range c.Cookies {
		lifetime := ""
		if declared.Lifetime > 0 {
			lifetime = declared.Lifetime.String()
		}
		for _, name := range declared.Names {
			f.Cookies = append(f.Cookies, consent.CookieFact{Name: name, Purpose: declared.Purpose, Lifetime: lifetime})
		}
	}
	for _, p := range c.Partners {
		f.Partners = append(f.Partners, consent.PartnerFact{
			Name: p.Name, Purpose: p.Purpose, Country: p.Country,
			Hosts: lower(p.Hosts), Receives: p.Receives,
		})
	}
	return f
}

func lower(words []string) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = strings.ToLower(word)
	}
	return list
}

// keeps returns how long a browser keeps a choice that it is given on a day.
func (r *rules) keeps(c consent.Choice, today consent.Day) time.Duration {
	return min(time.Duration(r.Lasts(c, today))*day, choiceLife)
}
