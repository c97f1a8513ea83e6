package module

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/module/recording"
)

// explainer turns what happened to an exchange into items with reasons.
type explainer struct {
	*Explanation
	trial    *trial
	x        *exchange
	recorded *recording.Exchange
	clauses  map[consent.Purpose]string
}

// explain says what became of an exchange. A gateway must have met it.
func (m *modelHouse) explain(t *trial) *Explanation {
	x := t.x
	d := &x.decision
	in := &t.recorded.Request
	e := &explainer{
		Explanation: &Explanation{
			Request: in.Method + " " + in.URL.Scheme + "://" + shownName(in.Host) + shownPath(in.URL.Path),
			Granted: x.rules.Vocabulary.Names(d.Granted), Mechanism: d.Mechanism.String(),
			Regime: d.Regime.String(), Country: d.Country.String(),
			Answered: "gateway", Items: []Item{},
		},
		trial: t, x: x, recorded: t.recorded, clauses: make(map[consent.Purpose]string),
	}
	for _, p := range m.app.Purposes {
		if purpose, ok := x.rules.Vocabulary.Lookup(p.Name); ok {
			e.clauses[purpose] = p.Clause
		}
	}
	if x.exempt {
		e.Exempt = x.gateway.clauseOf(x.path)
	}
	switch status, why := t.refusal(); {
	case t.refused != nil:
		e.Partner = t.refused.name
		e.note("The gateway answers in the place of " + t.refused.name + ": " + e.whyRefused(t.refused) + ".")
	case x.rules.owns(x.path):
		e.note("The gateway answers this path itself. Nothing reaches the storefront.")
	case t.request == nil:
		e.note("The gateway refuses the request with " + statusText(status) + ": " + why + ".")
	default:
		e.Answered = "storefront"
		if x.partner != nil {
			e.Answered, e.Partner = "partner", x.partner.name
		}
		e.explainRequest()
		if t.recorded.Response != nil {
			e.explainResponse()
		}
	}
	for _, stage := range t.failures {
		e.note(or(failureWords[stage], "A failure is counted, and answered with no consent: "+stage+"."))
	}
	e.merge()
	return e.Explanation
}

// failureWords say what the stages mean that a recording can fail at by itself.
var failureWords = map[string]string{
	failCookie:   "The consent cookie is not genuine, or of a key that is not here: it is taken for no consent.",
	failSignal:   "A string of another consent system can't be read: it takes away all that it could.",
	failEncoding: "The response's body can't be decoded, so the browser may fetch nothing from elsewhere for it.",
	failCountry:  "The country can't be found out: the strictest regime holds.",
}

func (e *Explanation) note(text string) { e.Notes = append(e.Notes, text) }

func (e *explainer) add(item Item) { e.Items = append(e.Items, item) }

// merge counts items that are the same but for their length.
func (e *explainer) merge() {
	first := make(map[Item]int)
	kept := e.Items[:0]
	for _, item := range e.Items {
		key := item
		key.Length = 0
		if i, ok := first[key]; ok {
			kept[i].Count = max(kept[i].Count, 1) + 1
			continue
		}
		first[key] = len(kept)
		kept = append(kept, item)
	}
	e.Items = kept
}

// clauseOf returns the clause that exempts a path.
func (g *Gateway) clauseOf(path string) string {
	for _, exempt := range g.Exempt {
		if slices.ContainsFunc(exempt.Paths, func(p string) bool { return newPathPattern(p).match(path) }) {
			return exempt.Clause
		}
	}
	return ""
}

// whyRefused says why a party gets nothing.
func (e *explainer) whyRefused(p *party) string {
	if !e.x.decision.Granted.Has(p.purpose) {
		return "no consent to " + e.x.rules.Vocabulary.Name(p.purpose)
	}
	return "it is abroad, and there is no consent to cross-border"
}

// purpose notes what an item needs consent for.
func (e *explainer) purpose(item *Item, p consent.Purpose) {
	item.Purpose, item.Clause = e.x.rules.Vocabulary.Name(p), e.clauses[p]
}

var doneVerdicts = map[identifier.Action]string{
	identifier.Drop: isTakenOut, identifier.Hash: isHashed, identifier.Coarsen: isCoarsened,
	identifier.Truncate: isShortened, identifier.Reduce: isShortened,
}

// acted notes what was done with an identifier.
func (e *explainer) acted(item *Item, k identifier.Kind, done identifier.Action) {
	item.Kind, item.Verdict = k.String(), doneVerdicts[done]
	e.purpose(item, k.Purpose())
	item.Why = item.Kind + ": no consent to " + item.Purpose
	if k == identifier.DeviceData && item.In != "header" {
		item.Why = "combination rule: next to what identifies a person, and no consent to " + item.Purpose
	}
}

// strictest is the filter that acts on all that may ever be acted on.
func (e *explainer) strictest() *identifier.Filter { return &e.x.rules.identifiers[1] }

// keptIdentifier says why something passed; found is what the strictest filter
// finds in it, nil for nothing.
func (e *explainer) keptIdentifier(item *Item, found *identifier.Finding) {
	item.Verdict, item.Why = isKept, "no identifier and no place"
	if found == nil {
		return
	}
	item.Kind = found.Kind.String()
	e.purpose(item, found.Kind.Purpose())
	switch {
	case e.x.decision.Granted.Has(found.Kind.Purpose()):
		item.Why = item.Kind + ": consent to " + item.Purpose
	case e.x.exempt:
		item.Why, item.Clause = item.Kind+": the policy exempts this path", e.Exempt
	case found.Kind == identifier.DeviceData:
		item.Why = item.Kind + ": nothing in the request identifies a person"
	default:
		item.Why = item.Kind + ": in this form it says no more than it may"
	}
}

// compare lists fields that came and what became of them. acted returns what was
// found under a name.
func (e *explainer) compare(in string, came, went []pair, acted func(name string) (identifier.Kind, identifier.Action, bool)) {
	paired(came, went, func(p pair, now string, passed bool) {
		item := Item{In: in, Name: shownName(p.name), Length: utf8.RuneCountInString(p.value)}
		kind, action, found := acted(p.name)
		switch {
		case passed && now == p.value:
			e.keptField(&item, p)
		case found:
			e.acted(&item, kind, action)
			if passed && item.Verdict == isTakenOut {
				item.Verdict = isChanged
			}
		case !passed && e.x.partner != nil:
			item.Verdict, item.Why = isTakenOut, e.x.partner.name+" does not receive it"
		case !passed:
			item.Verdict, item.Why = isTakenOut, "it stands in something that was taken out"
		default:
			item.Verdict, item.Why = isChanged, "something in it was taken out"
		}
		if !passed && item.changes() {
			item.Verdict = isTakenOut
		}
		e.add(item)
	})
}

// keptField says why a field passed.
func (e *explainer) keptField(item *Item, p pair) {
	var found *identifier.Finding
	if v := e.strictest().Judge(p.name, plainName(p.value), consent.Of(consent.Necessary)); v.Action != identifier.Pass {
		found = &identifier.Finding{Kind: v.Kind, Action: v.Action}
	}
	e.keptIdentifier(item, found)
	if e.x.partner != nil && found == nil {
		item.Why = e.x.partner.name + " receives it"
	}
}

// kindsOf lists what was found, each kind once.
func kindsOf(found []identifier.Finding) string {
	var kinds []string
	for _, f := range found {
		if k := f.Kind.String(); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return strings.Join(kinds, ", ")
}
