package location

import "strings"

// isGeoURI reports whether the text begins as a geo URI does (RFC 5870).
func isGeoURI(text string) bool { return afterWord(text, skipSpaces(text, 0), "geo:") > 0 }

// geoURI cuts the coordinates of a geo URI in WGS 84, the default reference
// system (RFC 5870 section 3.4.1). An altitude goes; when anything was cut, the
// uncertainty and other parameters go too, since they spoke of the exact place.
func (p Policy) geoURI(text string) (string, bool) {
	start := skip(text, 0, isSpace)
	for range len("geo:") {
		_, w := char(text, start)
		start += w
	}
	var a, b, c number
	if !a.read(text, start, p) {
		return "", false
	}
	comma := one(text, a.end, isComma)
	if !b.read(text, comma, p) || comma == a.end || !a.within(90) || !b.within(180) {
		return "", false
	}
	end := b.end
	if comma := one(text, b.end, isComma); comma > b.end {
		if !c.read(text, comma, p) {
			return "", false
		}
		end = c.end
	}
	parameters := text[end:]
	if parameters != "" {
		if c, _ := char(parameters, 0); c != ';' || otherSystem(parameters) {
			return "", false
		}
	}
	if a.cut == a.end && b.cut == b.end && end == b.end {
		return text, true
	}
	return text[:a.cut] + text[a.end:b.cut], true
}

func isComma(c byte) bool { return c == ',' }

// otherSystem reports whether a geo URI's parameters name a reference system
// other than WGS 84, in which a degree may be no degree.
func otherSystem(parameters string) bool {
	var plain []byte
	for i := 0; i < len(parameters); {
		c, w := char(parameters, i)
		plain = append(plain, lower(c))
		i += w
	}
	for parameter := range strings.SplitSeq(string(plain), ";") {
		if system, named := strings.CutPrefix(parameter, "crs="); named && system != "wgs84" {
			return true
		}
	}
	return false
}

// codeAlphabet holds the digits of an Open Location Code, which number base 20.
const codeAlphabet = "23456789CFGHJMPQRVWX"

// codeDigit maps letters of either case and digits to what they count in an Open
// Location Code, all else to 255.
var codeDigit = func() (t [256]uint8) {
	for c := range t {
		t[c] = 255
	}
	for digit, c := range []byte(codeAlphabet) {
		t[c], t[lower(c)] = uint8(digit), uint8(digit)
	}
	return t
}()

func isCodeDigit(c byte) bool { return codeDigit[c] != 255 }

// codeDigits returns how many digits of a plus code are about as coarse as the
// decimals that are kept: 4 span 1 degree, 6 span 0.05, 8 span 0.0025.
func (p Policy) codeDigits() int {
	switch {
	case p <= 1:
		return 4
	case p == 2:
		return 6
	}
	return 8
}

// plusCode shortens a full Open Location Code and pads it with zeros: with one
// decimal "8FVC9G8F+6X" becomes "8FVC0000+". A short code, which counts from a
// town, is not read. The plus may be a space, as a query's decoding makes it.
func (p Policy) plusCode(text string) (string, bool) {
	const full = 8
	if len(text) <= full || text[full] != '+' && text[full] != ' ' && strings.IndexByte(text[:full+1], '%') < 0 {
		return "", false // at a glance
	}
	var at [full + 1]int // where each digit begins
	i, padded := 0, false
	for k := range full {
		if i >= len(text) {
			return "", false
		}
		c, w := char(text, i)
		switch digit := codeDigit[c]; {
		case c == '0' && k >= 2 && (padded || k%2 == 0):
			padded = true
		case !isCodeDigit(c) || padded,
			k == 0 && digit > 8,  // beyond the poles
			k == 1 && digit > 17: // beyond 180 degrees
			return "", false
		}
		at[k] = i
		i += w
	}
	at[full] = i
	plus := one(text, i, func(c byte) bool { return c == '+' || c == ' ' })
	end := skip(text, plus, isCodeDigit)
	if plus == i || end != len(text) || padded && end != plus {
		return "", false
	}
	n := p.codeDigits()
	zeros := "00000000"[n:]
	if end == plus && strings.Trim(text[at[n]:at[full]], "0") == "" {
		return text, true
	}
	return text[:at[n]] + zeros + text[at[full]:plus], true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 0x20
	}
	return c
}

// geohash shortens a geohash: 3 characters span 1.4 degrees, 4 span 0.35,
// 5 span 0.044, 6 span 0.011.
func (p Policy) geohash(text string) (string, bool) {
	const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
	for i := range len(text) {
		if strings.IndexByte(alphabet, lower(text[i])) < 0 {
			return "", false
		}
	}
	return text[:min(len(text), 3+max(int(p), 0))], true
}

// isThreeWords reports whether the text is a three-word address with its three
// solidi: "///filled.count.soap". The words may be of any language.
func isThreeWords(text string) bool {
	i, words, letters := 0, 1, 0
	for range 3 {
		next := one(text, i, func(c byte) bool { return c == '/' })
		if next == i {
			return false
		}
		i = next
	}
	for i < len(text) {
		c, w := char(text, i)
		switch {
		case c == '.':
			if letters == 0 {
				return false
			}
			words++
			letters = 0
		case isLetter(c) || c >= 0x80 || c == '-' || c == '\'':
			letters++
		default:
			return false
		}
		i += w
	}
	return words == 3 && letters > 0
}
