package caddyfile

import "github.com/fairwaygate/fairway/module"

// parseReport parses what is published:
//
//	report {
//	    timezone <name>
//	    epoch    <time>
//	    embargo  <time>
//	    keep     <time>
//	    raw      <time>
//	    privacy  noise <epsilon> | threshold <figure>
//	    route    <name> <paths...>
//	    goal     <name> [<paths...>]
//	    value    <most>
//	    campaign <names...>
//	    referrer <hosts...>
//	    login    <cookies...>
//	    country  <codes...>
//	    language <codes...>
//	    cross    <dimensions...>
//	}
//
// All from route on but value can be given several times.
func parseReport(to **module.Report) func(line) error {
	return func(l line) error {
		r := new(module.Report)
		*to = r
		err := l.blockOptions(1,
			once("timezone", one(&r.Timezone, timezone)),
			once("epoch", one(&r.Epoch, epoch)),
			once("embargo", one(&r.Embargo, span)),
			once("keep", one(&r.Keep, renewal)),
			once("raw", one(&r.Raw, renewal)),
			once("privacy", parsePrivacy(&r.Privacy)),
			many("route", parseRoutes(&r.Routes, 1)),
			many("goal", parseRoutes(&r.Goals, 0)),
			once("value", one(&r.MaxValue, amount)),
			many("campaign", list(&r.Campaigns, label)),
			many("referrer", list(&r.Referrers, referrer)),
			many("login", list(&r.Logins, cookieName)),
			many("country", list(&r.Countries, country)),
			many("language", list(&r.Languages, languageCode)),
			many("cross", parseCross(&r.Crosses)),
		)
		if err != nil {
			return err
		}
		if err := r.Check(); err != nil {
			return l.errf(l.name(), "%v", err)
		}
		return nil
	}
}

// parseCross parses dimensions by which visits are counted together:
//
//	cross <dimensions...>
func parseCross(to *[][]string) func(line) error {
	return func(l line) error {
		var of []string
		if err := list(&of, dimension)(l); err != nil {
			return err
		}
		switch len(of) {
		case 1:
			return dimension.missing(l)
		case 2, 3:
		default:
			return l.end(4)
		}
		*to = append(*to, of)
		return nil
	}
}

var dimension = oneOf("country", "device", "language", "referrer", "registered", "route")

// parsePrivacy parses:
//
//	privacy noise <epsilon> | threshold <figure>
func parsePrivacy(to **module.Privacy) func(line) error {
	return func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		method, err := oneOf("noise", "threshold").first(&l)
		if err != nil {
			return err
		}
		figure := epsilon
		if method == "threshold" {
			figure = threshold
		}
		if len(l.args()) == 1 {
			return figure.missing(l)
		}
		n, err := figure.parse(l, l.args()[1])
		if err != nil {
			return err
		}
		*to = &module.Privacy{Method: method, Value: n}
		return l.end(3)
	}
}

// parseRoutes parses a named group of at least so many paths. A path belongs to one
// group. A goal without a path is reached when the storefront says so:
//
//	route <name> <paths...>
//	goal  <name> [<paths...>]
func parseRoutes(to *[]module.Route, least int) func(line) error {
	seen, paths := make(places), make(places)
	return func(l line) (err error) {
		if err := l.flat(); err != nil {
			return err
		}
		r := module.Route{Paths: []string{}}
		if r.Name, err = label.first(&l); err != nil {
			return err
		}
		if err := seen.add(l, l.args()[0], r.Name); err != nil {
			return err
		}
		if len(l.args()) < 1+least {
			return pathPattern.missing(l)
		}
		err = appendAll(&r.Paths, pathPattern, paths, l, l.args()[1:])
		*to = append(*to, r)
		return err
	}
}
