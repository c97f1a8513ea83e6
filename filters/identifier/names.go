package identifier

import (
	"fmt"

	"github.com/fairwaygate/fairway/filters/location"
)

// Names finds the kind that a name speaks of. It is immutable and safe for
// concurrent use.
//
// A name is compared folded: in lower-case letters and digits only, percent
// escapes read as what they stand for. It is found when it is listed, and also
// when it ends in a listed name that begins a word of it: "user_imei",
// "userImei" and "user[imei]" end in "imei", "flat" does not end in "lat". So
// names are kept in a trie that is walked from their last letter. Most names end
// like none that is listed, which their tail tells without a walk, and of the others
// most are one short word.
type Names struct {
	nodes []node
	words shortWords
	tails tails // of the built-in names too: one look tells whether there are any
}

// node is a place in the trie: what follows each symbol (0: nothing; the root
// follows none) and what the name that ends here means.
type node struct {
	next  [symbols]uint32
	entry entry
}

// symbols is how many a folded name may be made of, and the separator's 0.
const symbols = 1 + 26 + 10

// fold maps bytes to symbols: letters of either case, digits, 0 for all else.
var fold = func() (t [256]uint8) {
	for c := range 26 {
		t['a'+c] = uint8(1 + c)
		t['A'+c] = uint8(1 + c)
	}
	for c := range 10 {
		t['0'+c] = uint8(27 + c)
	}
	return t
}()

// entry is what a listed name means. The zero value is no name's.
type entry struct {
	kind Kind
	sort location.Sort // for Place
	need form          // what the value must look like; 0 is a node without a name
	all  bool          // the name must be the whole one, but for a leading "x"
}

// form is what a value must look like for its name to count.
type form uint8

const (
	unlisted     form = iota // no name ends here
	anyForm                  // a name that hardly means anything else
	uuidForm                 // a UUID or GUID, which things of a shop have too
	opaqueForm               // a UUID or a long hexadecimal number: not a catalogue number
	letteredForm             // the same with a letter in it: not an advertisement's number
	macForm                  // a MAC address, with separators or without
	screenForm               // width and height in pixels: a thing's other sizes say what they measure
	operatorForm             // a network's number (ITU-T E.212) or the name of a mobile operator, not a parcel's
	languageForm             // a language tag (RFC 5646) in a field: in a query it chooses the page
	modelForm                // a model as its maker codes it, not as a shop lists it
	systemForm               // an operating system with its version
	serialForm               // a serial number, not a series or a count
	tokenForm                // a registration token of Firebase, not one with which an account is opened
	linkerForm               // what a tag hands from one domain to the next, or its cookie, not a country
	browserForm              // a user agent, not a country or a language
	deviceForm               // anything but the class of device, such as "mobile"
	lowEntropy               // a client hint by which nobody is told apart
	addressForm              // internet addresses, to be truncated
	urlForm                  // a URL, whose query is looked at
	agentForm                // a user agent, to be reduced
	queryForm                // none: the value may be a query, which is looked at
	digest                   // not a name: "md5" and the like, after a name
	filler                   // not a name: "value" and the like, after a name
)

// NewNames returns a list of names of the given kinds, each found whatever its
// value. A name is folded, so that "Loyalty-Card" finds "loyaltyCard" too. It
// returns an error for a name without an ASCII letter or digit.
func NewNames(names map[string]Kind) (*Names, error) {
	t := newNames()
	for name, kind := range names {
		e := entry{kind: kind, need: anyForm}
		if kind == Place {
			e.sort = location.Position
		}
		if !t.add(name, e) {
			return nil, fmt.Errorf("identifier name %q: expected letters or digits", name)
		}
	}
	for i, word := range fields.tails {
		t.tails[i] |= word
	}
	return t, nil
}

func newNames() *Names { return &Names{nodes: make([]node, 1)} }

// add lists a name and reports whether anything of it is left when folded.
func (t *Names) add(name string, e entry) bool {
	at := uint32(0)
	for i := len(name) - 1; i >= 0; i-- {
		symbol := fold[name[i]]
		if symbol == 0 {
			continue
		}
		next := t.nodes[at].next[symbol]
		if next == 0 {
			next = uint32(len(t.nodes))
			t.nodes = append(t.nodes, node{})
			t.nodes[at].next[symbol] = next
		}
		at = next
	}
	if at == 0 {
		return false
	}
	t.nodes[at].entry = e
	if word, ok := packWord(name); ok {
		t.words.set(word, e)
	}
	t.tails.add(name, e.all)
	return true
}

// find returns what the name means, looking past numbers, digests and words at its end
// that say nothing: "imei2", "idfa_md5", "mac[0]" and "imeiValue" are still an IMEI, an
// IDFA and a MAC address.
func (t *Names) find(name string) (entry, bool) {
	if word, ok := packWord(name); ok {
		e := t.words.get(word)
		return e, e.need != unlisted && e.need < digest
	}
	return t.search(name)
}

// search is find for any name.
func (t *Names) search(name string) (entry, bool) {
	digested := false
	for {
		e, start := t.longest(name)
		if e.need == digest {
			digested = true
			name = name[:start]
			continue
		}
		if e.need == filler {
			name = name[:start]
			continue
		}
		if e.need == unlisted {
			trimmed := trimNumber(name)
			if len(trimmed) == len(name) {
				return entry{}, false
			}
			name = trimmed
			continue
		}
		if digested && e.need <= macForm {
			e.need = anyForm
		}
		return e, true
	}
}

// longest walks the trie from the name's end and returns the longest listed name
// that begins a word, and where it begins.
func (t *Names) longest(name string) (e entry, start int) {
	at := &t.nodes[0]
	best := at
	var after byte // the character after the one looked at
	for i := len(name); i > 0; {
		c, width := name[i-1], 1
		if i > 2 && name[i-3] == '%' {
			c, width = last(name[:i])
		}
		i -= width
		if symbol := fold[c]; symbol != 0 {
			next := at.next[symbol]
			if next == 0 {
				break
			}
			if at = &t.nodes[next]; at.entry.need != unlisted && (i == 0 || at.entry.begins(name[:i], c, after)) {
				best, start = at, i
			}
		}
		after = c
	}
	return best.entry, start
}

// begins reports whether the listed name may begin with c, after what is before it.
func (e entry) begins(before string, c, after byte) bool {
	return beginsWord(before, c, after) && (!e.all || isPrefix(before))
}

// beginsWord reports whether c begins a word after what is before it: at the
// start, after a separator, or where the case says so, as in "userImei" and
// "GPSLat".
func beginsWord(before string, c, after byte) bool {
	if before == "" {
		return true
	}
	p, _ := last(before)
	return fold[p] == 0 || isUpper(c) && (!isUpper(p) || isLower(after))
}

// isPrefix reports whether nothing that counts comes before the name: nothing,
// separators, or the "x" of a header.
func isPrefix(before string) bool {
	for before != "" {
		c, width := last(before)
		before = before[:len(before)-width]
		if fold[c] != 0 && (c|0x20 != 'x' || before != "") {
			return false
		}
	}
	return true
}

// trimNumber cuts the digits and separators that a name ends in.
func trimNumber(name string) string {
	for name != "" {
		c, width := last(name)
		if isUpper(c) || isLower(c) {
			break
		}
		name = name[:len(name)-width]
	}
	return name
}

// last returns the last character of a text that isn't empty and how many bytes
// it takes: three for a percent escape. Escapes can't overlap, so reading them
// from the end finds the same ones.
func last(text string) (c byte, width int) {
	n := len(text)
	if n < 3 || text[n-3] != '%' {
		return text[n-1], 1
	}
	hi, lo := unhex[text[n-2]], unhex[text[n-1]]
	if hi < 16 && lo < 16 {
		return hi<<4 | lo, 3
	}
	return text[n-1], 1
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// unhex maps hexadecimal digits to their value, all else to 255.
var unhex = func() (t [256]uint8) {
	for c := range t {
		t[c] = 255
	}
	for c := range 10 {
		t['0'+c] = uint8(c)
	}
	for c := range 6 {
		t['a'+c] = uint8(10 + c)
		t['A'+c] = uint8(10 + c)
	}
	return t
}()
