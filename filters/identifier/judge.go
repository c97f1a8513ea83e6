package identifier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
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
	return f.judge(f.lookUp(name), name, value, granted)
}

// lookUp finds what the name means, the operator's names first.
func (f *Filter) lookUp(name string) entry {
	if f.Extra != nil {
		if e, ok := f.Extra.find(name); ok {
			return e
		}
	}
	e, _ := fields.find(name)
	return e
}

// judge decides on a value by what its name means, then by its form. Both may be
// percent-encoded.
func (f *Filter) judge(e entry, name, value string, granted consent.Set) Verdict {
	if e.need != unlisted {
		if v, named := f.judgeNamed(e, value, granted); named {
			return v
		}
	}
	return f.judgeValue(name, value, granted)
}

// judgeNamed decides on the value of a listed name; named is false when it is not
// in the form that the name needs, so that the name says nothing.
func (f *Filter) judgeNamed(e entry, value string, granted consent.Set) (v Verdict, named bool) {
	v.Kind = e.kind
	if e.kind == Place {
		certain := e.sort != location.MaybePosition && e.sort != location.MaybeLongitude
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
	var buf [maxEncoded]byte
	if e.need != anyForm && !e.need.fits(string(plain(buf[:0], value))) {
		return v, false
	}
	if granted.Has(e.kind.Purpose()) {
		return v, true
	}
	return f.remove(e.kind, value), true
}

// judgeValue decides on a value by its form.
func (f *Filter) judgeValue(name, value string, granted consent.Set) Verdict {
	if !mayIdentify(value) {
		return Verdict{}
	}
	if !granted.Has(consent.Device) && mayBeNumber(value) {
		var buf [3*maxNumber + 4]byte
		if kind, ok := byValue(name, string(plain(buf[:0], value))); ok {
			return f.remove(kind, value)
		}
	}
	if !granted.Has(consent.Location) {
		if text, outcome := f.Location.ApplyUnnamed(value); outcome != location.Kept {
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
	maxNumber  = 20  // characters of the longest identifier that byValue knows
	maxEncoded = 256 // bytes of the longest value that is looked at without a name
)

// mayIdentify reports whether a value, by its first character and its length,
// can be one that byValue or location.ApplyUnnamed knows. It spares most values
// a closer look.
func mayIdentify(value string) bool {
	if len(value) < 7 || len(value) > maxEncoded {
		return false
	}
	c := value[0]
	if c == '%' {
		c = unhex[value[1]]<<4 | unhex[value[2]]
	}
	return opens[c]
}

// mayBeNumber reports whether byValue can know a value: by its first character,
// and by its length, which escapes make longer and blanks a little.
func mayBeNumber(value string) bool {
	n := len(value)
	if n < minNumber || n > 3*maxNumber+4 || n > maxNumber+4 && strings.IndexByte(value, '%') < 0 {
		return false
	}
	return unhex[value[0]] < 16 || value[0] == '%' || value[0] == ' ' || value[0] == '\t'
}

// opens holds the characters with which an identifier or a place can begin:
// hexadecimal digits, signs and blanks, brackets, "geo:", "///", plus codes.
var opens = func() (t [256]bool) {
	for _, c := range "0123456789abcdefABCDEF+-. \t([/gGfFhHjJmMpPqQrRvVwWxX" {
		t[c] = true
	}
	return t
}()

// plain appends the value with its percent escapes read and without the blanks
// around it. A plus sign stays.
func plain(dst []byte, value string) []byte {
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '%' && i+2 < len(value) {
			if hi, lo := unhex[value[i+1]], unhex[value[i+2]]; hi < 16 && lo < 16 {
				c = hi<<4 | lo
				i += 2
			}
		}
		if len(dst) == 0 && (c == ' ' || c == '\t') {
			continue
		}
		dst = append(dst, c)
	}
	for len(dst) > 0 && (dst[len(dst)-1] == ' ' || dst[len(dst)-1] == '\t') {
		dst = dst[:len(dst)-1]
	}
	return dst
}
