package module

import (
	"net/http"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
)

// features are what a browser offers to pages (W3C Permissions Policy; User-Agent
// Client Hints, section 5), by the purpose that allows each.
var features = []struct {
	name    string
	purpose consent.Purpose
}{
	{"camera", consent.Camera},
	{"microphone", consent.Microphone},
	{"geolocation", consent.Location},
	{"ch-ua-high-entropy-values", consent.Device}, // to scripts, which no header asks
	{"ch-ua-arch", consent.Device},
	{"ch-ua-bitness", consent.Device},
	{"ch-ua-form-factors", consent.Device},
	{"ch-ua-full-version-list", consent.Device},
	{"ch-ua-model", consent.Device},
	{"ch-ua-platform-version", consent.Device},
	{"ch-device-memory", consent.Device},
	{"browsing-topics", consent.Advertising},
	{"attribution-reporting", consent.Advertising},
	{"join-ad-interest-group", consent.Advertising},
	{"run-ad-auction", consent.Advertising},
	{"private-aggregation", consent.Advertising},
	{"shared-storage", consent.Advertising},
}

// denyFeatures tells the browser which features a page may not ask for. In the
// header's dictionary the last value of a key counts (RFC 9651 section 4.2.2),
// so what stands at its end outweighs what the storefront allows.
func (x *exchange) denyFeatures(h http.Header) {
	denied := x.rules.denied.get(x.decision.Granted, func(granted consent.Set) string {
		var list []string
		for _, feature := range features {
			if !granted.Has(feature.purpose) {
				list = append(list, feature.name+"=()")
			}
		}
		return strings.Join(list, ", ")
	})
	if denied != "" {
		addMembers(h, "Permissions-Policy", denied)
	}
}

// askHeaders ask a browser for more than it says by itself, each with the
// purpose that allows it.
var askHeaders = []struct {
	name    string
	purpose consent.Purpose
}{
	{"Accept-Ch", consent.Device},
	{"Critical-Ch", consent.Device},
	{"Use-As-Dictionary", consent.Device}, // has an id sent back that the server chooses (RFC 9842)
	{"Observe-Browsing-Topics", consent.Advertising},
	{"Attribution-Reporting-Register-Source", consent.Advertising},
	{"Attribution-Reporting-Register-Trigger", consent.Advertising},
	{"Attribution-Reporting-Register-Os-Source", consent.Advertising},
	{"Attribution-Reporting-Register-Os-Trigger", consent.Advertising},
	{"Shared-Storage-Write", consent.Advertising},
	{"Ad-Auction-Signals", consent.Advertising},
	{"Ad-Auction-Result", consent.Advertising},
	{"Ad-Auction-Additional-Bid", consent.Advertising},
	{"Nel", consent.Analytics}, // kept on the device, and reports each visitor's connections
}

// dropAsks takes out of a response what asks the browser for what was not
// granted, and what its scripts could know the visitor by.
func (x *exchange) dropAsks(h http.Header) {
	for _, ask := range askHeaders {
		switch {
		case x.decision.Granted.Has(ask.purpose):
		case ask.name == "Accept-Ch", ask.name == "Critical-Ch":
			keepFields(h, ask.name, identifier.PlainHints)
		default:
			delete(h, ask.name)
		}
	}
	if !x.decision.Granted.Has(consent.Analytics) {
		keepFields(h, serverTiming, identifier.ServerTiming)
	}
}

// keepFields keeps of each field of a header what the filter returns.
func keepFields(h http.Header, name string, filter func(string) (string, bool)) {
	fields, ok := h[name]
	if !ok {
		return
	}
	kept := make([]string, 0, len(fields))
	for _, field := range fields {
		if field, _ = filter(field); field != "" {
			kept = append(kept, field)
		}
	}
	if h[name] = kept; len(kept) == 0 {
		delete(h, name)
	}
}

// serverTiming is a header, or trailer, that a page's scripts can read.
const serverTiming = "Server-Timing"
