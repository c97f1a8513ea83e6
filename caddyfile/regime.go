package caddyfile

// parseRegimes parses the countries of a regime, each of which has one, and the
// states of the United States that have another than their country:
//
//	regime opt-in|opt-out <countries and states...>
func parseRegimes(to *map[string][]string) func(line) error {
	seen := make(places)
	return func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		regime, err := regimes.first(&l)
		if err != nil {
			return err
		}
		if len(l.args()) == 1 {
			return region.missing(l)
		}
		codes := (*to)[regime]
		if err := appendAll(&codes, region, seen, l, l.args()[1:]); err != nil {
			return err
		}
		if *to == nil {
			*to = make(map[string][]string)
		}
		(*to)[regime] = codes
		return nil
	}
}

var regimes = oneOf("opt-in", "opt-out")
