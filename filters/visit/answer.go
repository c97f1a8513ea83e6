package visit

import "github.com/fairwaygate/fairway/filters/consent"

// places of the answers in the dimension of that name.
const (
	asked = iota
	accepted
	rejected
)

var answers = []string{"asked", "accepted", "rejected"}

// Question is what a page asks its visitor about.
type Question struct {
	// Purposes are empty where the visitor has decided already.
	Purposes consent.Set
	Regime   string
}

// ask counts the visitors who are shown a question. Of those who have not decided
// nothing may be kept, so a visitor is told by the page that a visit begins with:
// one that no other page of the site led to. Who decides nothing is asked again by
// the next visit, and counted again.
func (v *view) ask() {
	if q := v.e.Question; q.Purposes != 0 && v.referrer != internal {
		v.plan.answered(q.Regime, q.Purposes, asked, v.o)
	}
}

// Answer is the first answer of a visitor who was asked. A later change of mind
// answers no question, and is not to be counted with them.
type Answer struct {
	Regime             string
	Accepted, Rejected consent.Set
}

// Answer works out what an answer adds. It overwrites the outcome.
func (p *Plan) Answer(a Answer, o *Outcome) {
	o.reset()
	p.answered(a.Regime, a.Accepted, accepted, o)
	p.answered(a.Regime, a.Rejected.Without(a.Accepted), rejected, o)
}

func (p *Plan) answered(regime string, purposes consent.Set, answer int, o *Outcome) {
	under := p.regime.Index(regime)
	for purpose, place := range p.purposes {
		if place >= 0 && purposes.Has(consent.Purpose(purpose)) {
			o.add(p.asks.cell(place, under, answer), 1)
		}
	}
}
