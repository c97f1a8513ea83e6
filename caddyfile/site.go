package caddyfile

import (
	"encoding/json"
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/fairwaygate/fairway/module"
)

// parseGateway parses the directive that enforces the policy. Syntax:
//
//	consent [<matcher>] {
//	    mode    enforce|observe
//	    exempt  <paths...> clause <clause>
//	    partner <name>
//	}
//	consent [<matcher>] [mode enforce|observe] [partner <name>]
//
// exempt can be given several times. The partner is one that the global block
// declares.
func parseGateway(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	l, err := readAll(h.Dispenser)
	if err != nil {
		return nil, err
	}
	g := new(module.Gateway)
	err = l.options(1,
		once("mode", one(&g.Mode, oneOf("enforce", "observe"))),
		many("exempt", parseExemptions(&g.Exempt)),
		once("partner", one(&g.Partner, declaredPartner(h.Option("consent")))),
	)
	return g, err
}

// parseExemptions parses paths on which the policy allows more:
//
//	exempt <paths...> clause <clause>
func parseExemptions(to *[]module.Exempt) func(line) error {
	seen := make(places)
	return func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		args := l.args()
		at := slices.IndexFunc(args, func(t caddyfile.Token) bool { return t.Text == "clause" })
		if at < 0 {
			at = len(args)
		}
		if at == 0 {
			return pathPattern.missing(l)
		}
		var e module.Exempt
		if err := appendAll(&e.Paths, pathPattern, seen, l, args[:at]); err != nil {
			return err
		}
		if len(args) < at+2 {
			return l.errf(l.name(), "missing clause: expected the word clause, and the clause of the policy that allows it, behind the paths")
		}
		var err error
		if e.Clause, err = text.parse(l, args[at+1]); err != nil {
			return err
		}
		*to = append(*to, e)
		return l.end(at + 3)
	}
}

// declaredPartner is the name of a partner in app, the global option as it was
// parsed; nil if there is none.
func declaredPartner(app any) value[string] {
	var config struct {
		Partners []module.Partner `json:"partners"`
	}
	if app, ok := app.(httpcaddyfile.App); ok {
		_ = json.Unmarshal(app.Value, &config) // written by parseApp
	}
	var words []string
	for _, p := range config.Partners {
		words = append(words, p.Name)
	}
	partner := oneOf(words...)
	partner.problem = "unknown partner"
	if words == nil {
		partner.expected = "one that the global consent block declares"
	} else {
		partner.expected += `, as the global consent block declares`
	}
	return partner
}

// parseReporter parses the directive that serves the published figures. Syntax:
//
//	consent_report [<matcher>] {
//	    share
//	}
//	consent_report [<matcher>] [share]
//
// share serves totals and trends alone, for everyone.
func parseReporter(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	l, err := readAll(h.Dispenser)
	if err != nil {
		return nil, err
	}
	r := new(module.Reporter)
	return r, l.options(1, once("share", func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		r.Share = true
		return l.end(1)
	}))
}
