package identifier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/internal/swar"
	"github.com/fairwaygate/fairway/filters/location"
)

// Verdict is what becomes of one field.
type Verdict struct {
	Kind   Kind
	Action Action
	Text   string // replaces the value where the action is Hash or Coarsen
}

// Judge decides on one named value, as a form or a JSON text has it: decoded,
// and the name without its path or with it ("user.device.id"). A value without a
// name is judged by its form alone.
func (f *Filter) Judge(name, value string, granted consent.Set) Verdict {
	if value == "" || grantsAll(granted) {
		return Verdict{}
	}
	e, _ := f.lookUp(name)
	return f.judge(e, name, value, granted)
}

// Meaning is what a filter knows of a name before it sees a value: by itself, and
// with the path to it. It holds for the filter that gave it and for copies of that.
type Meaning struct{ own, whole entry }

// Look returns what the name path[leaf:] means. Dots join the names in a path. A GUID
// is a device's or a thing's by what holds it, and a model that of a visitor's device
// or of one for sale.
func (f *Filter) Look(path string, leaf int) (m Meaning) {
	var more bool
	if m.own, more = f.lookUp(path[leaf:]); more && leaf > 0 {
		m.whole, _ = f.lookUp(path)
	}
	if leaf == 0 {
		return m
	}
	if m.own.need == uuidForm && namesThing(holderOf(path, leaf)) {
		m.own = entry{}
	}
	if f.Combined && (m.own.kind == DeviceData || m.whole.kind == DeviceData) && namesGoods(holderOf(path, leaf)) {
		return Meaning{}
	}
	return m
}

// holderOf returns the last name before path[leaf:].
func holderOf(path string, leaf int) string {
	holder := strings.TrimSuffix(path[:leaf], ".")
	return holder[strings.LastIndexByte(holder, '.')+1:]
}

// Says reports whether the name says anything, so that values under it must be looked
// at whatever their form is.
func (m Meaning) Says() bool { return m.own.need != unlisted || m.whole.need != unlisted }

// SaysOfAll reports whether the name says something of whatever is under it, not of
// values in some form alone.
func (m Meaning) SaysOfAll() bool { return m.own.need == anyForm || m.whole.need == anyForm }

// SaysQuery reports whether the name says that a value under it may be a query.
func (m Meaning) SaysQuery() bool { return m.own.need == queryForm }

// JudgeMeaning decides on one value as Judge does, under a name that was looked at: by
// itself, and where that lets it pass with its path too.
func (f *Filter) JudgeMeaning(m Meaning, name, value string, granted consent.Set) Verdict {
	switch {
	case value == "" || grantsAll(granted):
		return Verdict{}
	case !m.Says():
		return f.judgeValue(name, value, granted)
	}
	v := f.judge(m.own, name, value, granted)
	if v.Action != Pass || m.whole.need == unlisted {
		return v // the form says no more under a longer name
	}
	return f.judge(m.whole, name, value, granted)
}

// JudgePath is JudgeMeaning for a name that is looked at once.
func (f *Filter) JudgePath(path string, leaf int, value string, granted consent.Set) Verdict {
	return f.JudgeMeaning(f.Look(path, leaf), path[leaf:], value, granted)
}

// lookUp finds what the name means, the operator's names first, and whether a
// longer one that ends in it may mean more.
func (f *Filter) lookUp(name string) (e entry, more bool) {
	if t, plain := tailOf(name); plain && !f.tails().has(t) {
		return entry{}, !t.full()
	}
	return f.find(name), true
}

// tails returns those of all names that are known.
func (f *Filter) tails() *tails {
	if f.Extra != nil {
		return &f.Extra.tails
	}
	return &fields.tails
}

// find is lookUp for a name that may mean something.
func (f *Filter) find(name string) entry {
	if f.Extra != nil {
		if e, ok := f.Extra.find(name); ok {
			return e
		}
	}
	e, _ := fields.find(name)
	if e.need == uuidForm && namesThing(name) {
		return entry{}
	}
	return e
}

// judge decides on a value by what its name means, then by its form. Both may be
// percent-encoded.
func (f *Filter) judge(e entry, name, value string, granted consent.Set) Verdict {
	if e.need != unlisted {
		if e.sort == location.MaybePair && namesElement(name) {
			e.sort = location.MaybePosition
		}
		if v, named := f.judgeNamed(e, value, granted); named {
			return v
		}
	}
	return f.judgeValue(name, value, granted)
}

// namesElement reports whether a name is that of one of an array's elements, as forms
// and queries write it: "position[]", "position[0]".
func namesElement(name string) bool {
	return strings.HasSuffix(name, "]") || len(name) > 3 && strings.EqualFold(name[len(name)-3:], "%5D")
}

// judgeNamed decides on the value of a listed name; named is false when it is not
// in the form that the name needs, so that the name says nothing.
func (f *Filter) judgeNamed(e entry, value string, granted consent.Set) (v Verdict, named bool) {
	v.Kind = e.kind
	if e.kind == Place {
		certain := e.sort != location.MaybePosition && e.sort != location.MaybePair && e.sort != location.MaybeLongitude
		if granted.Has(consent.Location) {
			return v, certain
		}
		text, outcome := f.Location.Apply(e.sort, value)
		if outcome == location.Kept {
			return v, certain
		}
		v.Action, v.Text = act(outcome), text
		return v, true
	}
	if e.kind == DeviceData && !f.Combined {
		return v, false
	}
	if e.need != anyForm && !e.need.fitsEncoded(value) {
		return v, false
	}
	if granted.Has(e.kind.Purpose()) {
		return v, true
	}
	return f.remove(e.kind, value), true
}

// fitsEncoded is fits for a value that may be percent-encoded.
func (need form) fitsEncoded(value string) bool {
	var buf [maxEncoded]byte
	return need.fits(string(plain(buf[:0], value)))
}

// judgeValue decides on a value by its form.
func (f *Filter) judgeValue(name, value string, granted consent.Set) Verdict {
	opens := opening(value)
	if opens == 0 {
		return Verdict{}
	}
	if opens&opensNumber != 0 && !granted.Has(consent.Device) && mayBeNumber(value) {
		var buf [3*maxNumber + 4]byte
		if kind, ok := byValue(name, string(plain(buf[:0], value))); ok {
			return f.remove(kind, value)
		}
	}
	if opens&^(opensNumber|opensInner) != 0 && !granted.Has(consent.Location) && mayBePlace(value) {
		if text, outcome := f.Location.ApplyUnnamed(value); outcome != location.Kept && !namesMeasure(name) {
			return Verdict{Kind: Place, Action: act(outcome), Text: text}
		}
	}
	return Verdict{}
}

// act translates what became of a place.
func act(o location.Outcome) Action {
	switch o {
	case location.Coarsened:
		return Coarsen
	case location.Dropped:
		return Drop
	}
	return Pass
}

// remove hashes the value, or drops it.
func (f *Filter) remove(k Kind, value string) Verdict {
	if f.Hash && k.hashable() && f.Key != nil {
		if key := f.Key(); len(key) > 0 {
			return Verdict{Kind: k, Action: Hash, Text: pseudonym(key, k, plain(nil, value))}
		}
	}
	return Verdict{Kind: k, Action: Drop}
}

// pseudonym returns the first 16 bytes of HMAC-SHA-256 (RFC 2104) over the
// kind's name, a NUL and the value, in hexadecimal.
func pseudonym(key []byte, k Kind, value []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(k.String()))
	mac.Write([]byte{0})
	mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

const (
	minNumber  = 14  // characters of the shortest identifier that byValue knows
	maxNumber  = 23  // characters of the longest identifier that byValue knows
	maxEncoded = 256 // bytes of the longest value that may be a place without a name

	// numberSizes are the lengths, as bits, of the identifiers that byValue knows.
	numberSizes = 1<<14 | 1<<15 | 1<<17 | 1<<18 | 1<<19 | 1<<20 | 1<<23
)

// What a value may be, by its first two characters.
const (
	opensNumber  = 1 << iota // what byValue knows
	opensPlace               // what location.ApplyUnnamed knows
	opensGeo                 // "geo:"
	opensPoint               // "POINT" and "POLYGON"
	opensLine                // "LINESTRING"
	opensMulti               // "MULTIPOINT"
	opensSystem              // "SRID="
	opensJSON                // an object or an array
	opensEncoded             // one of these in base64, or gzip

	opensInner = opensJSON | opensEncoded
)

// opening tells what a value may be by its first two characters. It
// spares most values a closer look.
func opening(value string) uint16 {
	if len(value) < 7 {
		return 0
	}
	c, second := value[0], value[1]
	if c == '%' {
		c, second = unhex[value[1]]<<4|unhex[value[2]], value[3]
	}
	return openings[c] & follows[second]
}

// Opens reports whether a value must be looked at though its name says nothing: by
// its first character and its length it may be an identifier, a place, a URL or a text
// in which these are.
func Opens(value string) bool {
	return value != "" && (opensURL[value[0]] || opening(value) != 0)
}

// openings holds the characters with which an identifier or a place can begin:
// hexadecimal digits; digits, signs, brackets, "///", the words above, and a C of a
// plus code, which does not begin with other letters. Both may have blanks before, as
// JSON has. follows holds what comes second in words and in base64.
var openings, follows = func() (first, second [256]uint16) {
	for c := range second {
		second[c] = opensNumber | opensPlace | opensJSON
	}
	for _, c := range "0123456789abcdefABCDEF" {
		first[c] |= opensNumber
	}
	for _, c := range "0123456789+-.([/cC" {
		first[c] |= opensPlace
	}
	for _, c := range "{[+" {
		first[c] |= opensJSON
	}
	for _, c := range "eWH" { // the highest bits of a brace and a bracket, and of gzip's mark
		first[c] |= opensEncoded
	}
	for _, c := range "ywz1234" { // and with what comes after them
		second[c] |= opensEncoded
	}
	for word, opens := range map[string]uint16{"ge": opensGeo, "po": opensPoint, "li": opensLine, "mu": opensMulti, "sr": opensSystem} {
		for _, toCase := range []func(string) string{strings.ToLower, strings.ToUpper} {
			first[toCase(word)[0]] |= opens
			second[toCase(word)[1]] |= opens
		}
		second['%'] |= opens
	}
	for c := range first {
		if isBlank(byte(c)) {
			first[c] = opensNumber | opensPlace | opensJSON
		}
	}
	return first, second
}()

// mayBeNumber reports whether byValue can know a value: by its last character,
// and by its length, which escapes make longer and blanks a little.
func mayBeNumber(value string) bool {
	if n := len(value); n < minNumber || n > 3*maxNumber+4 || !endsNumber(value[n-1]) {
		return false
	}
	if strings.IndexByte(value, '%') >= 0 {
		return true
	}
	n := len(trimBlanks(value))
	return n <= maxNumber && numberSizes>>n&1 == 1
}

// mayBePlace reports whether location.ApplyUnnamed can know a value that opens like
// one. In numbers and well-known text there is a point, or a degree sign, or an escape
// that may stand for one; in a plus code the plus, which may have become a blank.
func mayBePlace(value string) bool {
	switch c := value[0]; {
	case len(value) > maxEncoded:
		return false
	case isDigit(c) || c == '-' || c|0x20 == 'c':
		const code = 8 // digits before the plus of a plus code
		return len(value) > code && (value[code] == '+' || value[code] == ' ' || isMarked(value))
	case isUpper(c) || isLower(c):
		return c|0x20 == 'g' || isMarked(value) // "geo:0,0"
	}
	return true
}

// isMarked reports whether a point, an escape or a character beyond ASCII is in a value.
func isMarked(value string) bool {
	i := 0
	for ; i+8 <= len(value); i += 8 {
		eight := swar.Load(value, i)
		if swar.Match(eight, '.')|swar.Match(eight, '%')|eight&swar.Highs != 0 {
			return true
		}
	}
	for ; i < len(value); i++ {
		if c := value[i]; c == '.' || c == '%' || c >= 0x80 {
			return true
		}
	}
	return false
}

// endsNumber reports whether a value that byValue knows can end in that byte.
func endsNumber(c byte) bool { return unhex[c] < 16 || isBlankEnd(c) }

// trimBlanks returns the text without the blanks around it.
func trimBlanks(text string) string {
	for text != "" && isBlank(text[0]) {
		text = text[1:]
	}
	for text != "" && isBlankEnd(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

// isBlank reports whether a character around a value means nothing: white space, and
// what ends texts in some languages.
func isBlank(c byte) bool { return c <= ' ' }

// isBlankEnd is isBlank for what comes after a value, where a plus sign is the blank
// of a query. Before one it may be that of a telephone number.
func isBlankEnd(c byte) bool { return isBlank(c) || c == '+' }

// plain appends the value with its percent escapes read and without the blanks
// around it.
func plain(dst []byte, value string) []byte {
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '%' && i+2 < len(value) {
			if hi, lo := unhex[value[i+1]], unhex[value[i+2]]; hi < 16 && lo < 16 {
				c = hi<<4 | lo
				i += 2
			}
		}
		if len(dst) == 0 && isBlank(c) {
			continue
		}
		dst = append(dst, c)
	}
	for len(dst) > 0 && isBlankEnd(dst[len(dst)-1]) {
		dst = dst[:len(dst)-1]
	}
	return dst
}
