package module

import "github.com/fairwaygate/fairway/filters/consent"

// policyAt returns the version of the policy that is effective on a day: of those
// whose date has come, the latest; of several without a date or with the same,
// the last one declared.
func (c *Config) policyAt(today consent.Day) Policy {
	active := Policy{Version: "default"}
	date := today.String()
	for _, p := range c.Policies {
		if p.Effective <= date && (active.Version == "default" || p.Effective >= active.Effective) {
			active = p
		}
	}
	if active.Version == "default" && len(c.Policies) > 0 {
		active = c.Policies[0] // none has begun: the first announced stands in
	}
	return active
}
