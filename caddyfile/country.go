package caddyfile

import (
	"cmp"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// countries are the codes of ISO 3166-1 alpha-2, and XK, which country databases
// give for Kosovo.
var countries = strings.Fields(`
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ
	BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
	CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ
	DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
	GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY
	HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
	KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
	MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
	NA NC NE NF NG NI NL NO NP NR NU NZ OM
	PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
	SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ
	TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
	UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
`)

// isCountry holds every code.
var isCountry = func() map[string]bool {
	set := make(map[string]bool, len(countries))
	for _, code := range countries {
		set[code] = true
	}
	return set
}()

// country is where data is kept or goes to.
var country = value[string]{
	problem:  "unknown country",
	expected: "an ISO 3166-1 alpha-2 code such as GB, in capitals",
	read:     func(word string) (string, bool) { return word, isCountry[word] },
	meant:    meantCountry,
}

// region is what a regime can be declared for.
var region = value[string]{
	problem:  "unknown country",
	expected: "an ISO 3166-1 alpha-2 code such as GB, in capitals, or a state such as US-CA, or EU, or other",
	read: func(word string) (string, bool) {
		return word, isCountry[word] || isState(word) || word == "EU" || word == "other"
	},
	meant: func(wrong string) string {
		return cmp.Or(nearest(wrong, []string{"other"}), meantState(wrong), meantCountry(wrong))
	},
}

// isState reports whether word is a state of the United States.
func isState(word string) bool {
	_, err := consent.ParseState(word)
	return err == nil
}

// meantState knows small letters, another mark in place of the hyphen, and the
// territories, which have country codes.
func meantState(wrong string) string {
	code := strings.ToUpper(strings.NewReplacer("_", "-", ".", "-", "/", "-").Replace(wrong))
	territory, ok := strings.CutPrefix(code, "US-")
	switch {
	case isState(code):
		return code
	case ok && isCountry[territory]:
		return territory
	default:
		return ""
	}
}

// meantCountry knows small letters, and the two codes that the European Union
// writes in another way than ISO 3166-1.
func meantCountry(wrong string) string {
	switch code := strings.ToUpper(wrong); {
	case code == "UK":
		return "GB"
	case code == "EL":
		return "GR"
	case isCountry[code]:
		return code
	default:
		return ""
	}
}
