package caddyfile

import (
	"time"

	"github.com/fairwaygate/fairway/module"
)

// parseRequests parses how requests to the controller are handled:
//
//	requests {
//	    contact-retention <time>
//	}
//	requests [contact-retention <time>]
func parseRequests(to **module.Requests) func(line) error {
	return func(l line) error {
		r := new(module.Requests)
		*to = r
		if len(l.args()) == 0 && len(l.block) == 0 {
			return oneOf("contact-retention").missing(l)
		}
		return l.options(1, once("contact-retention", one(&r.ContactRetention, contactRetention)))
	}
}

// contactRetention is how long something personal may be kept.
var contactRetention = value[module.Span]{
	problem:  "bad time",
	expected: "a time from 1d to 3y such as 90d",
	read: func(word string) (module.Span, bool) {
		s, err := module.ParseSpan(word)
		return s, err == nil && time.Duration(s) >= 24*time.Hour && time.Duration(s) <= 3*365*24*time.Hour
	},
}
