package caddyfile

import (
	"strconv"

	"github.com/fairwaygate/fairway/module"
)

// parseMinors parses how it is learned that a visitor is a minor:
//
//	minors {
//	    header   <name>
//	    birthday <fields...>
//	    under    <ages...>
//	}
//	minors [header <name>] [birthday <fields...>] [under <ages...>]
func parseMinors(to **module.Minors) func(line) error {
	return func(l line) error {
		m := new(module.Minors)
		*to = m
		if len(l.args()) == 0 && len(l.block) == 0 {
			return oneOf("header", "birthday", "under").missing(l)
		}
		return l.options(1,
			once("header", one(&m.Header, header)),
			many("birthday", list(&m.Birthday, field)),
			once("under", ages(&m.Under)),
		)
	}
}

// ages parses a line with one or more ages and appends them to to.
func ages(to *[]int) func(line) error {
	return func(l line) error {
		var words []string
		if err := list(&words, age)(l); err != nil {
			return err
		}
		for _, word := range words {
			n, _ := strconv.Atoi(word)
			*to = append(*to, n)
		}
		return nil
	}
}

// age is below what a guardian has to agree, in years.
var age = value[string]{
	problem:  "bad age",
	expected: "a whole number from 1 to 21 such as 18",
	read:     matching(`[1-9]|1[0-9]|2[01]`),
}
