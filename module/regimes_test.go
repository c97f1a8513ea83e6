package module_test

import (
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/module"
)

func TestRegimesByState(t *testing.T) {
	g := start(t, regional(true, "regime opt-out US\nregime opt-in US-CA EU other", module.CityDatabase(t)), echo)
	for client, want := range map[string][2]string{
		"8.8.8.8":       {"US", "opt-in"}, // California
		"2001:db8::1":   {"US", "opt-in"},
		"4.4.4.4":       {"US", "opt-out"}, // Texas
		"9.9.9.9":       {"US", "opt-out"}, // somewhere in the country
		"2.125.160.216": {"GB", "opt-in"},
		"5.5.5.5":       {"", "opt-in"},
	} {
		body := g.get("/", "X-Forwarded-For", client).body
		if !strings.Contains(body, "Consent-Regime: "+want[1]+"\r\n") || want[0] != "" && !strings.Contains(body, "Consent-Country: "+want[0]+"\r\n") {
			t.Errorf("a client at %s gives\n%s", client, body)
		}
	}
}
