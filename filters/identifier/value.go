package identifier

import (
	"regexp"
	"strings"
)

// The detectors take plain text, the value as a whole without blanks around it.

// IsIMEI reports whether the text is an IMEI: 15 digits of which the last is
// their Luhn check digit (3GPP TS 23.003 annex B), written together, in the
// groups 2-6-6-1, 8-6-1 (clause 6.2.1) or, as before 2003, 6-2-6-1. Payment cards
// of 15 digits (beginning with 34 or 37, ISO/IEC 7812) and 15 times the same digit
// are none. Order numbers are grouped by 8-6-1 too, from a date on: what begins as
// none that was allocated is none. An IMEISV has no check digit (clause 6.2.2): only
// the groups 2-6-6-2 tell it, where it begins as one that was allocated.
func IsIMEI(text string) bool {
	switch len(text) {
	case 15:
		return !strings.HasPrefix(text, "34") && !strings.HasPrefix(text, "37") && isLuhn(text) && strings.Trim(text, text[:1]) != ""
	case 17:
		digits, ok := ungrouped(text, 8, 15)
		return ok && isAllocated(digits) && isLuhn(digits)
	case 18:
		digits, ok := ungrouped(text, 2, 9, 16)
		if !ok {
			digits, ok = ungrouped(text, 6, 9, 16)
		}
		return ok && isLuhn(digits)
	case 19:
		digits, ok := ungrouped(text, 2, 9, 16)
		return ok && isAllocated(digits) && allDigits(digits)
	}
	return false
}

// ungrouped returns an IMEI without the separators at the given places: hyphens,
// slashes and points, as telephones show it, or blanks, which queries write as plus
// signs.
func ungrouped(text string, places ...int) (digits string, ok bool) {
	sep := text[places[0]]
	if strings.IndexByte("-/. +", sep) < 0 {
		return "", false
	}
	from := 0
	for _, at := range places {
		if text[at] != sep {
			return "", false
		}
		digits += text[from:at]
		from = at + 1
	}
	return digits + text[from:], true
}

// reportingBodies are the first two digits of a type allocation code: the bodies
// that the GSM Association has had allocate them, now or in the past.
const reportingBodies = "01 10 30 33 35 44 45 49 50 51 52 53 54 86 91 98 99"

// isAllocated reports whether the digits begin like an IMEI that exists. It tells
// IMEIs from the tenth of other numbers that pass the Luhn check by chance.
func isAllocated(text string) bool {
	return strings.Contains(reportingBodies, text[:2])
}

// isHandset is isAllocated but for cordless and satellite telephones and those of
// the first years: the ids of social networks begin like them.
func isHandset(text string) bool {
	return isAllocated(text) && !strings.Contains("10 30 33", text[:2])
}

// IsICCID reports whether the text is a SIM card's number: 89, the industry
// identifier of telecommunications, then 16 or 17 digits and their Luhn check
// digit (ITU-T E.118).
func IsICCID(text string) bool {
	return (len(text) == 19 || len(text) == 20) && text[0] == '8' && text[1] == '9' && isLuhn(text)
}

// isLuhn reports whether the text is digits that end in their check digit
// (ISO/IEC 7812-1 annex B).
func isLuhn(text string) bool {
	sum := 0
	for i := range len(text) {
		c := text[len(text)-1-i]
		if !isDigit(c) {
			return false
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// IsMAC reports whether the text is an EUI-48 or EUI-64 address with its
// separators: "00:11:22:aa:bb:cc", "00-11-22-FF-FE-AA-BB-CC" or "0011.22aa.bbcc".
func IsMAC(text string) bool {
	switch len(text) {
	case 17, 23:
		return (text[2] == ':' || text[2] == '-') && isGrouped(text, 2, text[2])
	case 14, 19:
		return isGrouped(text, 4, '.')
	}
	return false
}

// isNamedMAC reports whether the text is a MAC address in one of the spellings that
// need a name to say so: without separators, with others, of which queries write
// blanks as plus signs, or without leading zeros.
// Eight octets need separators, for a message authentication code is called so too.
func isNamedMAC(text string) bool {
	digits, groups := 0, 1
	for i := range len(text) {
		switch c := text[i]; {
		case unhex[c] < 16:
			digits++
		case i > 0 && unhex[text[i-1]] < 16 && strings.IndexByte(":-. +", c) >= 0:
			groups++
		default:
			return false
		}
	}
	return digits == 12 || digits == 16 && groups > 1 || digits >= 6 && digits < 12 && groups == 6
}

// isGrouped reports whether the text is hexadecimal digits with sep after each
// full group.
func isGrouped(text string, group int, sep byte) bool {
	for i := range len(text) {
		if i%(group+1) == group {
			if text[i] != sep {
				return false
			}
		} else if unhex[text[i]] > 15 {
			return false
		}
	}
	return true
}

// IsUUID reports whether the text is a UUID (RFC 9562 section 4), in braces or
// not, or its 32 digits without hyphens.
func IsUUID(text string) bool {
	if n := len(text); n == 38 && text[0] == '{' && text[n-1] == '}' {
		text = text[1 : n-1]
	}
	if len(text) == 32 {
		return isHex(text)
	}
	return len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' &&
		isHex(text[:8]) && isHex(text[9:13]) && isHex(text[14:18]) && isHex(text[19:23]) && isHex(text[24:])
}

func isHex(text string) bool {
	for i := range len(text) {
		if unhex[text[i]] > 15 {
			return false
		}
	}
	return true
}

// isDeviceClass reports whether the text tells but the class of a device.
func isDeviceClass(text string) bool {
	switch strings.ToLower(text) {
	case "mobile", "phone", "smartphone", "tablet", "desktop", "pc", "tv", "web", "app", "bot", "handheld", "other", "unknown":
		return true
	}
	return false
}

// patterns are the forms that data about a device has under a name which means
// other things too. Most are only matched for such a name next to an identity.
var patterns = map[form]*regexp.Regexp{
	screenForm:   regexp.MustCompile(`^\d{3,5} ?[xX*×,] ?\d{3,5}$`),
	operatorForm: regexp.MustCompile(`^\d{3}[- ]?\d{2,3}$|(?i)mobile|telecom|unicom|cellular|vodafone|verizon|telef[oó]nica|at&t|^(?:cmcc|cucc|ctcc|cbn|o2|ee|orange)$|移动|联通|电信|广电`),
	languageForm: regexp.MustCompile(`^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$`),
	modelForm:    regexp.MustCompile(`^(?:iPhone|iPad|iPod|Watch|AppleTV|Mac[A-Za-z]*)\d+,\d+$|^(?:SM|GT|CPH|RMX|XT|LM|VOG|ELE|LYA|NOH|ALN|BRA)-?[A-Z0-9]{3,8}$`),
	linkerForm:   regexp.MustCompile(`^\d\*\w{4,}\*\w|^\d\.\d{5,}\.\d{5,}\.|^GA\d\.\d[\d-]*\.\d{5,}\.\d{5,}$`),
	browserForm:  regexp.MustCompile(`^[A-Za-z][\w.+-]*/\d`),
	systemForm:   regexp.MustCompile(`(?i)^(?:ios|ipados|android|harmonyos|windows(?: nt)?|mac ?os(?: x)?|linux|tizen|chrome ?os)[ /_-]*\d`),
}

// fits reports whether a value looks like what its name asks for. The forms that
// only headers ask for are judged there.
func (need form) fits(value string) bool {
	switch need {
	case anyForm:
		return value != ""
	case uuidForm:
		return IsUUID(value)
	case opaqueForm:
		return IsUUID(value) || len(value) >= 14 && isHex(value)
	case letteredForm:
		return opaqueForm.fits(value) && strings.Trim(value, "0123456789") != ""
	case macForm:
		return isNamedMAC(value)
	case screenForm, operatorForm, languageForm, modelForm, systemForm, linkerForm, browserForm:
		return patterns[need].MatchString(value)
	case serialForm:
		return len(value) >= 4 && strings.IndexByte(value, ' ') < 0 && strings.ContainsAny(value, "0123456789")
	case tokenForm:
		return strings.Contains(value, "APA91b")
	case deviceForm:
		return value != "" && !isDeviceClass(value)
	}
	return false
}

// byValue returns the kind of a value that is an identifier whatever its name;
// the name may only say that a number is something else.
func byValue(name, value string) (Kind, bool) {
	switch len(value) {
	case 17:
		if IsIMEI(value) {
			return IMEI, readName(name) != numberName
		}
		fallthrough
	case 14, 23:
		return MAC, IsMAC(value) && (value[2] == ':' || !namesThing(name))
	case 15:
		if !IsIMEI(value) {
			return IMEI, false
		}
		switch readName(name) {
		case numberName:
			return IMEI, false
		case idName:
			return IMEI, isHandset(value)
		}
		return IMEI, isAllocated(value) || !beginsWithDate(value)
	case 18:
		return IMEI, IsIMEI(value)
	case 19, 20:
		switch {
		case IsIMEI(value):
			return IMEI, true
		case IsMAC(value):
			return MAC, true
		}
		return ICCID, IsICCID(value) && readName(name) != numberName
	}
	return 0, false
}

// beginsWithDate reports whether digits begin with a year and a month of this
// century, as order numbers do.
func beginsWithDate(digits string) bool {
	return digits[:2] == "20" && (digits[4] == '0' && digits[5] != '0' || digits[4] == '1' && digits[5] <= '2')
}

// naming is what a name says of a number under it.
type naming uint8

const (
	otherName  naming = iota
	idName            // some id
	numberName        // something that is counted, paid, sent or timed
)

// thingWords begin the words of names that speak of what a shop deals with. Numbers and
// GUIDs under them are no device's.
var thingWords = [...]string{
	"order", "trade", "invoice", "bill", "receipt", "refund", "payment", "transaction", "txn", "waybill", "shipment", "parcel",
	"coupon", "voucher", "cart", "basket", "sku", "spu", "item", "product", "goods", "content", "page", "variant", "categor", "collection",
	"review", "option", "inventor", "warehouse", "seller", "merchant", "vendor", "discount", "return", "ticket", "article",
	"post", "comment", "message", "job", "batch", "image", "media", "asset", "file", "document", "attachment", "folder",
}

// goodsWords begin the words of names under which a shop describes what it sells, be it
// a telephone with its model and system.
var goodsWords = [...]string{"product", "goods", "item", "sku", "spu", "variant", "article"}

// numberWords begin the words of other names whose numbers are no device's.
var numberWords = [...]string{
	"price", "amount", "total", "track", "logistic", "barcode", "gtin", "isbn", "ean", "upc", "card", "account", "iban",
	"phone", "mobile", "fax", "timestamp", "time", "date", "version", "build", "trace", "span", "request", "correlation",
	"session", "nonce", "referen", "count", "quantity", "event", "passw", "pwd", "secret", "otp",
}

// measureWords begin the words of names under which lists of numbers are no places.
var measureWords = [...]string{
	"price", "cost", "rate", "ratio", "fee", "tax", "amount", "total", "subtotal", "discount", "score", "weight", "scale", "size",
	"dimension", "width", "height", "color", "colour", "rgb", "hsl", "vector", "embedding", "matrix", "transform", "rotat",
	"quaternion", "angle", "scroll", "mouse", "cursor", "pointer", "offset", "range", "percent", "probabilit", "confidence",
	"opacity", "bezier", "easing", "duration", "viewport", "fx", "rating", "rank",
	"timing", "elapsed", "interval", "played", "playback", "buffer", "seek", "latency", "quote", "chart", "metric", "perf", "stat", "temperature",
}

// namesMeasure reports whether a word of the name says what a list of numbers
// measures. It is asked only about values that might be places.
func namesMeasure(name string) bool {
	for word := range words(name) {
		if beginsWithOne(word, measureWords[:]) {
			return true
		}
	}
	return false
}

// namesThing reports whether a word of the name says that something of a shop's is
// under it.
func namesThing(name string) bool {
	for word := range words(name) {
		if beginsWithOne(word, thingWords[:]) {
			return true
		}
	}
	return false
}

// namesGoods reports whether a word of the name says that something for sale is
// under it.
func namesGoods(name string) bool {
	for word := range words(name) {
		if beginsWithOne(word, goodsWords[:]) {
			return true
		}
	}
	return false
}

func beginsWithOne(word string, beginnings []string) bool {
	for _, b := range beginnings {
		if strings.HasPrefix(word, b) {
			return true
		}
	}
	return false
}

// readName looks at the words of a name. It is asked only about values that
// might be identifiers, so it may take its time.
func readName(name string) naming {
	result := otherName
	for word := range words(name) {
		switch word {
		case "id", "uid", "pid", "sid", "cid", "tid", "ids":
			result = idName
		case "no", "num", "number", "ts", "seq", "rev", "qty", "ver", "pan", "cc", "tel", "zip", "ref":
			return numberName
		}
		if beginsWithOne(word, thingWords[:]) || beginsWithOne(word, numberWords[:]) {
			return numberName
		}
		if strings.HasSuffix(word, "id") {
			result = idName
		}
	}
	return result
}

// words yields the words of a name in lower case, last one first.
func words(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var word []byte // its letters from the last to the first
		var after byte
		for name != "" {
			c, width := last(name)
			name = name[:len(name)-width]
			if fold[c] != 0 {
				word = append(word, c)
			}
			if len(word) > 0 && (fold[c] == 0 || beginsWord(name, c, after)) {
				if !yield(reversed(word)) {
					return
				}
				word = word[:0]
			}
			after = c
		}
	}
}

func reversed(word []byte) string {
	out := make([]byte, len(word))
	for i, c := range word {
		if isUpper(c) {
			c |= 0x20
		}
		out[len(out)-1-i] = c
	}
	return string(out)
}
