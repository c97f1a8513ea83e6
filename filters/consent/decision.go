package consent

// Mechanism says which signal made a decision.
type Mechanism uint8

const (
	ByDefault Mechanism = iota // the regime's rule for who has not decided
	ByChoice                   // the visitor's own decision
	ByGPC                      // Global Privacy Control took something away
	ByTCF                      // a string of IAB TCF took something away
	ByGPP                      // a string of IAB GPP took something away
	ByMinor                    // a minor without a guardian
)

var mechanismNames = [...]string{"default", "choice", "gpc", "tcf", "gpp", "minor"}

// String returns the mechanism's name, which is also its metric label.
func (m Mechanism) String() string { return mechanismNames[m] }

// Signals are the privacy signals that a request carried.
type Signals struct {
	GPC bool // Sec-GPC: 1, W3C Global Privacy Control
	TCF bool // an IAB TCF string was present
	GPP bool // an IAB GPP string was present
}

// Decision is what one request may be used for. Every filter asks it and
// nothing else.
type Decision struct {
	Granted   Set
	Regime    Regime
	Country   Country
	State     State // of the United States; unknown elsewhere
	Mechanism Mechanism
	Decided   Day // of the visitor's own decision; 0 when there is none
	Signals   Signals
}

// Input is all that a decision is made from.
type Input struct {
	Today   Day
	Choice  Choice // the visitor's decision, if Chose
	Chose   bool   // a consent cookie was there and is genuine
	Minor   bool   // a minor without a guardian's consent
	Country Country
	State   State
	Unsure  bool // finding the country out has failed: the strictest regime holds
	Signals Signals
	TCF     Set // what the TCF string takes away
	GPP     Set // what the GPP string takes away
}

// Policy is the part of a policy that decides.
type Policy struct {
	Vocabulary  *Vocabulary
	Fingerprint Fingerprint
	Renew       Day       // how many days a decision holds
	Later       []Renewal // what becomes of Renew, in the order of the days
	Regimes     Regimes
}

// Renewal is how many days a decision holds from a day on.
type Renewal struct {
	From  Day
	Renew Day
}

// silence is for how many days nobody is asked again who refused everything: six
// months, which in the calendar are at most so many days.
const silence = 184

var (
	// neverByDefault is what must be asked for under every regime.
	neverByDefault = Of(Location, Device, CrossBorder)

	// TakenByGPC is what Global Privacy Control takes away: the sale and
	// sharing of data, targeted advertising and profiling.
	TakenByGPC = Of(Advertising, Personalization, CrossBorder)
)

// Decide makes the decision. Of the signals the first that speaks wins: a minor
// without guardian; the visitor's own choice on this policy; GPC, TCF and GPP,
// which only take away; the regime's default. A choice made before the browser
// began to send GPC does not outweigh it; one made while it was sent does. A minor
// whose guardian agreed has to be asked under every regime: by default nothing is
// granted.
func (p *Policy) Decide(in *Input) Decision {
	d := Decision{
		Granted: Of(Necessary),
		Regime:  p.Regimes.In(in.Country, in.State),
		Country: in.Country,
		State:   in.State,
		Signals: in.Signals,
	}
	if in.Unsure {
		d.Regime = OptIn
	}
	chose := in.Chose && p.holds(in.Choice, in.Today)
	if chose {
		d.Decided = in.Choice.Day
	}
	switch {
	case in.Minor:
		d.Mechanism = ByMinor
	case chose:
		d.Mechanism = ByChoice
		d.Granted |= in.Choice.Granted & p.Vocabulary.All()
		if in.Signals.GPC && !in.Choice.GPC {
			d.take(TakenByGPC, ByGPC)
		}
	default:
		if guarded := in.Chose && in.Choice.Guardian; d.Regime == OptOut && !guarded {
			d.Granted = p.Vocabulary.All().Without(neverByDefault)
		}
		if in.Signals.GPC {
			d.take(TakenByGPC, ByGPC)
		}
		d.take(in.TCF, ByTCF)
		d.take(in.GPP, ByGPP)
	}
	return d
}

// holds reports whether a choice is one on this policy and neither too old nor
// from the future. A day's leeway covers time zones.
func (p *Policy) holds(c Choice, today Day) bool {
	return c.Day > 0 && c.Fingerprint == p.Fingerprint && c.Day <= today+1 && today-c.Day <= p.Lasts(c, today)
}

// Lasts returns for how many days a choice holds, by the rule of a day. After
// that the visitor is asked again. Who refused everything is left alone for six
// months, even where others are asked sooner; a change of what consent is given
// to ends that silence too, for then the question is another one.
func (p *Policy) Lasts(c Choice, today Day) Day {
	days := p.Renew
	for _, later := range p.Later {
		if later.From > today {
			break
		}
		days = later.Renew
	}
	if c.Granted&p.Vocabulary.All().Without(Of(Necessary)) == 0 {
		days = max(days, silence)
	}
	return days
}

func (d *Decision) take(away Set, by Mechanism) {
	away = away.Without(Of(Necessary))
	if d.Granted&away != 0 {
		d.Granted = d.Granted.Without(away)
		d.Mechanism = by
	}
}
