package module_test

import (
	"strings"
	"testing"
)

const (
	tcfAnalytics = "CQdWToAQdWToAEsABBENAwEgAIMAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA" // purposes 1, 7 and 8
	tcfNothing   = "CQdWToAQdWToAEsABBENAwEgAAAAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA"
	gppOptedOut  = "DBABLA~CVQVAAAAAACA"
	gppOptedIn   = "DBABLA~CVQqAAAAAACA"
)

// TestSignalsOfOtherSystems shows that strings of TCF and GPP take away and
// never give, and that the visitor's own choice stands above them.
func TestSignalsOfOtherSystems(t *testing.T) {
	g := start(t, site(`consent {
		regime opt-out other
		signals {
			tcf euconsent-v2
			gpp gpp __gpp
		}
	}`, "consent\nreverse_proxy {upstream}"), echo)
	const (
		all         = "Consent: necessary, preferences, analytics, advertising, personalization, camera, microphone, photos, contacts\r\n"
		onlyCount   = "Consent: necessary, preferences, analytics, camera, microphone, photos, contacts\r\n"
		nothingMore = "Consent: necessary, preferences, camera, microphone, photos, contacts\r\n"
	)
	tests := map[string]struct{ path, cookie, want string }{
		"none":               {"/", "a=1", all},
		"TCF":                {"/", "euconsent-v2=" + tcfAnalytics, onlyCount},
		"TCF without any":    {"/", "euconsent-v2=" + tcfNothing, nothingMore},
		"TCF in the query":   {"/?gdpr_consent=" + tcfAnalytics, "", onlyCount},
		"two TCF strings":    {"/", "euconsent-v2=" + tcfAnalytics + "; euconsent-v2=" + tcfNothing, nothingMore},
		"unreadable TCF":     {"/", "euconsent-v2=BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", nothingMore},
		"GPP opted out":      {"/", "__gpp=" + gppOptedOut, onlyCount},
		"GPP, escaped":       {"/", "gpp=" + strings.ReplaceAll(gppOptedOut, "~", "%7E"), onlyCount},
		"GPP in the query":   {"/?gpp=" + gppOptedOut, "", onlyCount},
		"GPP not opted out":  {"/", "gpp=" + gppOptedIn, all},
		"unreadable GPP":     {"/", "gpp=nonsense", nothingMore},
		"another's cookie":   {"/", "xgpp=" + gppOptedOut, all},
		"TCF can't give GPC": {"/", "euconsent-v2=" + tcfAnalytics + "; gpp=" + gppOptedOut, onlyCount},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if seen := g.get(test.path, "Cookie", test.cookie).body; !strings.Contains(seen, test.want) {
				t.Errorf("the storefront saw\n%s", seen)
			}
		})
	}
	own := g.grant("advertising")
	if seen := g.get("/", "Cookie", own+"; gpp="+gppOptedOut).body; !strings.Contains(seen, "Consent: necessary, advertising\r\n") {
		t.Errorf("beside the visitor's own choice the storefront saw\n%s", seen)
	}
}
