package catalogue

import (
	"encoding/binary"
	"strings"
)

// minPhrase is the shortest phrase that can be searched for, in bytes.
const minPhrase = 6

// phrases searches for many phrases at once, as Wu and Manber do it ("A fast
// algorithm for multi-pattern searching", 1994): the last three bytes of a window
// tell how far it can move on, mostly by nearly the length of the shortest phrase.
type phrases struct {
	window int
	// steps tells by the slot of the window's last three bytes how far to move;
	// 0: not before the phrases of that slot's bucket have been compared.
	steps   []uint8
	bucket  []uint16 // by slot, in buckets; the first is empty
	buckets [][]variant
}

// variant is one way of writing a phrase, its quotes folded.
type variant struct {
	text   string
	phrase int
}

func newPhrases(texts []string) *phrases {
	var all []variant
	for i, text := range texts {
		for _, v := range spellings(text) {
			all = append(all, variant{text: v, phrase: i})
		}
	}
	if len(all) == 0 {
		return &phrases{}
	}
	p := &phrases{window: 255, steps: make([]uint8, slots), bucket: make([]uint16, slots), buckets: make([][]variant, 1)}
	for _, v := range all {
		p.window = min(p.window, len(v.text))
	}
	for slot := range p.steps {
		p.steps[slot] = uint8(p.window - 2)
	}
	for _, v := range all {
		for end := 2; end < p.window; end++ {
			for slot := range slotsOf(v.text[end-2 : end+1]) {
				p.steps[slot] = min(p.steps[slot], uint8(p.window-1-end))
			}
		}
		for slot := range slotsOf(v.text[p.window-3 : p.window]) {
			if p.bucket[slot] == 0 {
				p.bucket[slot] = uint16(len(p.buckets))
				p.buckets = append(p.buckets, nil)
			}
			b := p.bucket[slot]
			p.buckets[b] = append(p.buckets[b], v)
		}
	}
	return p
}

// find calls found for each phrase in the text, in the order of where they
// begin, until it returns false.
func (p *phrases) find(text []byte, found func(phrase int) bool) {
	if p.window == 0 {
		return
	}
	steps := p.steps[:slots]
	for i := p.window - 1; i < len(text); {
		slot := slotOf(binary.LittleEndian.Uint32(text[i-3:]) >> 8)
		if step := steps[slot]; step > 0 {
			i += int(step)
			continue
		}
		at := i - (p.window - 1)
		for _, v := range p.buckets[p.bucket[slot]] {
			if v.at(text, at) && !found(v.phrase) {
				return
			}
		}
		i++
	}
}

// slots is how many slots three bytes are spread over: few enough for the steps
// to stay in the fastest cache, many enough for most to be empty.
const slots = 1 << slotBits
const slotBits = 14

// slotOf returns the slot of three bytes (multiplicative hashing).
func slotOf(three uint32) uint16 { return uint16(three * 0x9E3779B1 >> (32 - slotBits)) }

// slotsOf returns the slots of three bytes in every way that quotes can be
// written.
func slotsOf(three string) map[uint16]bool {
	all := make(map[uint16]bool)
	for _, a := range unfolded(three[0]) {
		for _, b := range unfolded(three[1]) {
			for _, c := range unfolded(three[2]) {
				all[slotOf(uint32(a)|uint32(b)<<8|uint32(c)<<16)] = true
			}
		}
	}
	return all
}

// at reports whether the phrase stands at text[at:], with whole identifiers at
// its ends.
func (v *variant) at(text []byte, at int) bool {
	end := at + len(v.text)
	if end > len(text) || foldQuote(text[at]) != v.text[0] {
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
