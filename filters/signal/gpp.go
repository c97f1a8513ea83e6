package signal

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// The ids of the sections that are not of a state, as the registry of GPP has
// them.
const (
	idTCFEU     = 2
	idTCFCanada = 5
	idUSPrivacy = 6
)

// GPP says what a GPP string takes away: the sum of what its sections take.
//
// A section of the United States (usnat, the states, uspv1) takes what Global
// Privacy Control does where the visitor opted out of sale, sharing or targeted
// advertising, or where its GPC subsection says so. The European tcfeuv2 takes
// what [TCF] does. The Canadian tcfcav1 does so too by its express consents, but
// without purpose 1, which it does not use; implied consent is not consent.
//
// On an error, which is one of this package's, a section that can't be read
// takes all that it could, and a section of an unknown kind or a broken string
// takes all that any could. A plain TC string is read as one, since GPP lets it
// stand in the same place.
func GPP(s string) (taken consent.Set, err error) {
	if strings.HasPrefix(s, "C") {
		return TCF(s)
	}
	broken := eachSection(s, func(id int, text string) {
		took, failed := section(id, text)
		taken |= took
		if failed != nil && err == nil {
			err = fmt.Errorf("gpp section %d: %w", id, failed)
		}
	})
	if broken != nil {
		return gppTakes, broken
	}
	return taken, err
}

// section says what one section takes away.
func section(id int, text string) (consent.Set, error) {
	switch id {
	case idTCFEU:
		return TCF(text)
	case idTCFCanada:
		c, err := readTCFCanada(text, true)
		if err != nil {
			return tcfTakes, err
		}
		return withheld(c.PurposesExpressConsent), nil
	case idUSPrivacy:
		u, err := DecodeUSPrivacy(text)
		if err != nil || u.OptOutSale == 'Y' {
			return usTakes, err
		}
		return 0, nil
	}
	u, err := DecodeUS(id, text)
	switch {
	case errors.Is(err, ErrSection):
		return gppTakes, err
	case err != nil || u.OptedOut():
		return usTakes, err
	}
	return 0, nil
}

// Section is a section of a GPP string, as it stands there.
type Section struct {
	ID   int
	Text string
}

// DecodeGPP returns the sections of a GPP string, in their order.
func DecodeGPP(s string) (sections []Section, err error) {
	err = eachSection(s, func(id int, text string) {
		sections = append(sections, Section{id, text})
	})
	if err != nil {
		return nil, err
	}
	return sections, nil
}

// eachSection reads a GPP string: its header, which lists the ids of the
// sections as Fibonacci ranges, and the sections. A list that is longer or
// shorter than the sections fails, so a range costs no more than the sections
// that stand for it, however many ids it claims.
func eachSection(s string, visit func(id int, text string)) error {
	if err := checkLength(s); err != nil {
		return err
	}
	p := split(s, "~")
	r := newReader(p.next(), true)
	kind, version := r.int(6), r.int(6)
	switch {
	case r.bad || kind != 3:
		return ErrMalformed
	case version != 1:
		return ErrVersion
	}
	id := 0
	for range r.int(12) {
		several := r.bool()
		id += r.fibonacci()
		last := id
		if several {
			last += r.fibonacci()
		}
		for ; id <= last; id++ {
			if r.bad || !p.more {
				return ErrMalformed
			}
			visit(id, p.next())
		}
		id = last
	}
	if r.bad || p.more {
		return ErrMalformed
	}
	return nil
}
