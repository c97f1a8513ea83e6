package catalogue

import (
	"encoding/binary"
	"slices"
	"strings"
)

// minPhrase is the shortest phrase that can be searched for, in bytes.
const minPhrase = 6

// phrases searches for many phrases at once: it knows the phrase by four bytes of it.
type phrases struct {
	variants []variant
	grams    [1 << slotBits / 64]uint64 // the slots of those four bytes, as bits
	bucket   [1 << bucketBits]uint16    // by the upper bits of a slot, in buckets; the first is empty
	buckets  [][]piece
	stride   int // see find
}

// piece is where in a phrase four bytes stand.
type piece struct {
	*variant
	offset int
}

// variant is one way of writing a phrase, its quotes folded.
type variant struct {
	text   string
	phrase int
}

func newPhrases(texts []string) *phrases {
	p := &phrases{buckets: make([][]piece, 1)}
	for i, text := range texts {
		for _, v := range spellings(text) {
			p.variants = append(p.variants, variant{text: v, phrase: i})
		}
	}
	return p
}

// byWindows makes ready for a search by windows, one of each variant.
func (p *phrases) byWindows(sets *blockSets) {
	items := make([][]window, len(p.variants))
	for i := range items {
		items[i] = windowsOf(p.variants[i].text)
	}
	for i, offset := range group(sets.phrase[:], items) {
		p.add(piece{&p.variants[i], offset})
	}
}

// byStrides makes ready for a search in strides.
func (p *phrases) byStrides() {
	if len(p.variants) == 0 {
		return
	}
	shortest := len(p.variants[0].text)
	for _, v := range p.variants {
		shortest = min(shortest, len(v.text))
	}
	p.stride = shortest - gram + 1
	for i := range p.variants {
		for offset := range p.stride {
			p.add(piece{&p.variants[i], offset})
		}
	}
	for _, b := range p.buckets {
		slices.SortStableFunc(b, func(x, y piece) int { return y.offset - x.offset })
	}
}

// add makes a phrase known by a piece of it.
func (p *phrases) add(x piece) {
	for slot := range slotsOf(x.text[x.offset : x.offset+gram]) {
		p.grams[slot/64] |= 1 << (slot % 64)
		bucket := &p.bucket[slot>>(slotBits-bucketBits)]
		if *bucket == 0 {
			*bucket = uint16(len(p.buckets))
			p.buckets = append(p.buckets, nil)
		}
		if b := &p.buckets[*bucket]; !slices.Contains(*b, x) {
			*b = append(*b, x)
		}
	}
}

// find calls found for each phrase in the text, in the order of where they begin, until it
// returns false. It does without vectors: the text is looked at in places so far apart that at
// each phrase one of them falls on its first bytes, however it stands. What is there, four
// bytes, is mostly in none of them. Unlike with a search that moves on by what it has seen, the
// CPU looks at many places at a time.
func (p *phrases) find(text []byte, found func(phrase int) bool) {
	stride := p.stride
	if stride == 0 {
		return
	}
	for i := stride - 1; i+gram <= len(text); i += stride {
		if !p.at(text, i, found) {
			return
		}
	}
}

// at calls found for each phrase in the text of which a piece stands at text[i:], until it
// returns false.
func (p *phrases) at(text []byte, i int, found func(phrase int) bool) bool {
	slot := slotOf(binary.LittleEndian.Uint32(text[i : i+gram]))
	if p.grams[slot/64]>>(slot%64)&1 == 0 {
		return true // like most
	}
	for _, x := range p.buckets[p.bucket[slot>>(slotBits-bucketBits)]] {
		if x.at(text, i-x.offset) && !found(x.phrase) {
			return false
		}
	}
	return true
}

const (
	gram       = 4  // bytes are looked at in one place
	slotBits   = 16 // few enough for the slots to stay in the fastest cache, enough for most to be empty
	bucketBits = 12
)

// slotOf returns the slot of four bytes (multiplicative hashing).
func slotOf(four uint32) uint16 { return uint16(four * 0x9E3779B1 >> (32 - slotBits)) }

// slotsOf returns the slots of four bytes in every way that quotes can be
// written.
func slotsOf(four string) map[uint16]bool {
	all := map[uint16]bool{}
	for _, a := range unfolded(four[0]) {
		for _, b := range unfolded(four[1]) {
			for _, c := range unfolded(four[2]) {
				for _, d := range unfolded(four[3]) {
					all[slotOf(binary.LittleEndian.Uint32([]byte{a, b, c, d}))] = true
				}
			}
		}
	}
	return all
}

// at reports whether the phrase stands at text[at:], with whole identifiers at
// its ends.
func (v *variant) at(text []byte, at int) bool {
	end := at + len(v.text)
	if at < 0 || end > len(text) || foldQuote(text[at]) != v.text[0] {
		return false
	}
	for i := 1; i < len(v.text); i++ {
		if foldQuote(text[at+i]) != v.text[i] {
			return false
		}
	}
	if at > 0 && isIdentifier[text[at]] && isIdentifier[text[at-1]] {
		return false
	}
	return end == len(text) || !isIdentifier[text[end-1]] || !isIdentifier[text[end]]
}

// spellings returns the ways of writing a phrase: with and without a blank after
// each "(" and "," inside, its quotes folded.
func spellings(text string) []string {
	all := []string{""}
	for i := range len(text) {
		c := foldQuote(text[i])
		blank := i > 0 && (text[i-1] == '(' || text[i-1] == ',') && c != ' '
		for j := range all {
			if blank {
				all = append(all, all[j]+" "+string(c))
			}
			all[j] += string(c)
		}
	}
	return all
}

const quotes = "'\"`"

func unfolded(c byte) []byte {
	if c == quotes[0] {
		return []byte(quotes)
	}
	return []byte{c}
}

func foldQuote(c byte) byte {
	if c == '"' || c == '`' {
		return '\''
	}
	return c
}

// isIdentifier holds the bytes of JavaScript's identifiers; every byte beyond
// ASCII counts, since most such letters may be part of one.
var isIdentifier = func() (set [256]bool) {
	for c := range set {
		set[c] = c >= 0x80 || c == '$' || c == '_' ||
			strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", byte(c)) >= 0
	}
	return set
}()
