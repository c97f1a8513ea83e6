package catalogue

import (
	"cmp"

	"github.com/fairwaygate/fairway/filters/consent"
)

// MoreIntrusive returns the purpose that asks more of a visitor. From the least
// to the most: necessary, preferences, analytics, personalization, advertising,
// then every other purpose by its index (device, location and so on, then the
// declared ones), and last [consent.None], which no consent covers.
//
// It settles conflicts: when sources disagree on what a thing is for, or one
// thing does several jobs, the more intrusive purpose counts.
func MoreIntrusive(a, b consent.Purpose) consent.Purpose {
	if CompareIntrusion(b, a) > 0 {
		return b
	}
	return a
}

// CompareIntrusion orders purposes from the one that asks least of a visitor to
// the one that asks most, as [MoreIntrusive] says. It returns what [cmp.Compare]
// does.
func CompareIntrusion(a, b consent.Purpose) int { return cmp.Compare(intrusion(a), intrusion(b)) }

// intrusion ranks a purpose. The built-in order has advertising before
// personalization; all else is already in order.
func intrusion(p consent.Purpose) int {
	switch p {
	case consent.Advertising:
		return int(consent.Personalization)
	case consent.Personalization:
		return int(consent.Advertising)
	}
	return int(p)
}
