package storefront

import (
	"net/http"
	"slices"
	"strings"
)

// gateway is what the privacy gateway says of a request.
type gateway struct {
	Present bool     // a gateway stands in front
	Granted []string // the purposes that the visitor agreed to
	Regime  string
	Country string
}

// readGateway reads the headers that the gateway adds. Consent is a List of
// Tokens (RFC 9651 section 3.1); parameters would carry nothing for the shop.
func readGateway(h http.Header) gateway {
	g := gateway{
		Present: len(h.Values("Consent")) > 0,
		Regime:  h.Get("Consent-Regime"),
		Country: h.Get("Consent-Country"),
	}
	for member := range strings.SplitSeq(strings.Join(h.Values("Consent"), ","), ",") {
		name, _, _ := strings.Cut(member, ";")
		if name = strings.TrimSpace(name); name != "" {
			g.Granted = append(g.Granted, name)
		}
	}
	return g
}

// Allows reports whether a purpose is granted. Without a gateway nothing is.
func (g gateway) Allows(purpose string) bool { return slices.Contains(g.Granted, purpose) }

// List returns the granted purposes for people to read.
func (g gateway) List() string { return strings.Join(g.Granted, ", ") }

// The headers by which the shop tells the gateway what happened.
const (
	headerGoal  = "Consent-Goal"
	headerErase = "Consent-Erase"
)
