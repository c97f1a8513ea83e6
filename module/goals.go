package module

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/fairwaygate/fairway/filters/visit"
)

// goalValueMax is the most that can be declared for a goal's value.
const goalValueMax = 10_000_000.0

// hundredths is a sum of money as values are counted. What is no sum is 0.
func hundredths(value float64) int64 {
	if !(value > 0) {
		return 0
	}
	return int64(math.Round(min(value, goalValueMax) * 100))
}

// hearGoals counts the goals that the storefront names in a response: a list (RFC
// 9651) of names, each with a value if it has one.
//
//	Consent-Goal: order;value=12.50, newsletter
func (x *exchange) hearGoals(h http.Header, fields []string) {
	w := works.Get().(*work)
	defer w.done()
	w.claim = claim{kind: visit.Reached, path: x.path}
	c := &w.claim
	for _, field := range fields {
		for member := range strings.SplitSeq(field, ",") {
			if c.reached < len(c.goals) {
				c.goals[c.reached] = readGoal(member)
				c.reached++
			}
		}
	}
	x.count(w)
	if len(h["Set-Cookie"]) > 0 {
		makePrivate(h) // the dates are this visitor's
	}
}

func readGoal(member string) visit.GoalHit {
	name, parameters, _ := strings.Cut(member, ";")
	hit := visit.GoalHit{Name: strings.Trim(name, " \t\"")}
	for parameter := range strings.SplitSeq(parameters, ";") {
		key, text, _ := strings.Cut(parameter, "=")
		if strings.Trim(key, " \t") == "value" {
			value, _ := strconv.ParseFloat(text, 64)
			hit.Value = hundredths(value)
		}
	}
	return hit
}
