package caddyfile

import "github.com/fairwaygate/fairway/module"

// parseLedger parses how records of consent are kept:
//
//	ledger {
//	    checkpoint <file>
//	    retention  <time>
//	}
//	ledger [checkpoint <file>] [retention <time>]
func parseLedger(to **module.Ledger) func(line) error {
	return func(l line) error {
		ledger := new(module.Ledger)
		*to = ledger
		if len(l.args()) == 0 && len(l.block) == 0 {
			return oneOf("checkpoint", "retention").missing(l)
		}
		return l.options(1,
			once("checkpoint", one(&ledger.Checkpoint, file)),
			once("retention", one(&ledger.Retention, renewal)),
		)
	}
}
