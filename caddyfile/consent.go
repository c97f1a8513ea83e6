package caddyfile

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/fairwaygate/fairway/module"
)

// parseApp parses the global option. Syntax:
//
//	consent {
//	    policy      <version> { ... }
//	    notice      <kind> { ... }
//	    purpose     <name> { ... }
//	    cookie      <names...> <purpose> [<lifetime>] [secure] [httponly] [samesite=lax|strict|none]
//	    partner     <name> { ... }
//	    identify    <names...>
//	    identifiers drop|hash
//	    location    coarse [<decimals>] | drop
//	    minors      { ... }
//	    undeclared  block|report
//	    csp         off|report|strict
//	    regime      opt-in|opt-out <countries...>
//	    signals     { ... }
//	    home        <country>
//	    geoip       <file>
//	    catalogue   <file>
//	    keys        <folder>
//	    store       <driver> [<arguments...>] { ... }
//	    requests    { ... }
//	    ledger      { ... }
//	    report      { ... }
//	    prefix      <path>
//	    pages       <folder>
//	}
//
// policy, notice, purpose, cookie, partner, identify, regime and catalogue can be given
// several times, the others once.
func parseApp(d *caddyfile.Dispenser, existing any) (any, error) {
	l, err := readAll(d)
	if err != nil {
		return nil, err
	}
	if existing != nil {
		return nil, l.errf(l.name(), "unexpected second block: expected all of the policy in one")
	}
	config, err := parseConfig(l)
	if err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "consent", Value: caddyconfig.JSON(config, nil)}, nil
}

func parseConfig(l line) (*module.Config, error) {
	c := new(module.Config)
	purposes := newPurposes(l.block)
	var strict line
	err := l.blockOptions(1,
		many("policy", parsePolicies(&c.Policies)),
		many("notice", parseNotices(&c.Notices)),
		many("purpose", parsePurposes(&c.Purposes)),
		many("cookie", parseCookies(&c.Cookies, purposes)),
		many("partner", parsePartners(&c.Partners, purposes)),
		many("identify", list(&c.Identify, personalName)),
		once("identifiers", one(&c.Identifiers, oneOf("drop", "hash"))),
		once("location", parseLocation(&c.Location)),
		once("minors", parseMinors(&c.Minors)),
		once("undeclared", one(&c.Undeclared, oneOf("block", "report"))),
		once("csp", parseCSP(c, &strict)),
		many("regime", parseRegimes(&c.Regimes)),
		once("signals", parseSignals(&c.Signals)),
		once("home", one(&c.Home, country)),
		once("geoip", one(&c.GeoIP, file)),
		many("catalogue", list(&c.Catalogues, file)),
		once("keys", one(&c.Keys, file)),
		once("store", parseStore(c)),
		once("requests", parseRequests(&c.Requests)),
		once("ledger", parseLedger(&c.Ledger)),
		once("report", parseReport(&c.Report)),
		once("prefix", one(&c.Prefix, prefix)),
		once("pages", one(&c.Pages, file)),
	)
	if err == nil && c.CSP == "strict" && c.Undeclared == "report" {
		err = strict.errf(strict.args()[0], "unexpected %q with undeclared report: expected undeclared block, for a policy can't let unknown hosts pass and stop known ones", "strict")
	}
	return c, err
}

// parseCSP parses:
//
//	csp off|report|strict
//
// and keeps the line, since not every word goes with every other option.
func parseCSP(c *module.Config, at *line) func(line) error {
	return func(l line) error {
		*at = l
		return one(&c.CSP, oneOf("off", "report", "strict"))(l)
	}
}

// parseLocation parses:
//
//	location coarse [<decimals>] | drop
func parseLocation(to **module.Place) func(line) error {
	return func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		action, err := oneOf("coarse", "drop").first(&l)
		if err != nil {
			return err
		}
		place := &module.Place{Action: action}
		rest := l.args()[1:]
		if action == "coarse" && len(rest) > 0 {
			n, err := decimals.parse(l, rest[0])
			if err != nil {
				return err
			}
			place.Decimals = &n
			rest = rest[1:]
		}
		*to = place
		return l.end(len(l.words) - len(rest))
	}
}

// parseSignals parses:
//
//	signals {
//	    tcf <cookies...>
//	    gpp <cookies...>
//	    answer [__tcfapi] [__gpp]
//	}
//	signals [tcf <cookies...>] [gpp <cookies...>] [answer [__tcfapi] [__gpp]]
func parseSignals(to **module.Signals) func(line) error {
	return func(l line) error {
		s := new(module.Signals)
		*to = s
		if len(l.args()) == 0 && len(l.block) == 0 {
			return oneOf("tcf", "gpp", "answer").missing(l)
		}
		return l.options(1,
			many("tcf", list(&s.TCF, cookieName)),
			many("gpp", list(&s.GPP, cookieName)),
			once("answer", list(&s.Answer, oneOf("__tcfapi", "__gpp"))),
		)
	}
}

// parseStore parses a store, whose module reads its own arguments and block:
//
//	store <driver> [<arguments...>] { ... }
func parseStore(c *module.Config) func(line) error {
	return func(l line) error {
		var drivers []string
		for _, m := range caddy.GetModules("consent.stores") {
			drivers = append(drivers, m.ID.Name())
		}
		driver := oneOf(drivers...)
		driver.problem = "unknown store"
		name, err := driver.first(&l)
		if err != nil {
			return err
		}
		d := caddyfile.NewDispenser(l.segment[1:])
		d.Next()
		store, err := caddyfile.UnmarshalModule(d, "consent.stores."+name)
		if err != nil {
			return err
		}
		c.StoreRaw = caddyconfig.JSONModuleObject(store, "driver", name, nil)
		return nil
	}
}
