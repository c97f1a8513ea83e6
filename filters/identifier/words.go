package identifier

import (
	"math/bits"

	"github.com/fairwaygate/fairway/filters/internal/swar"
)

// shortWords is a table of names of at most eight lower-case letters, as most queries
// write them: in such a name no part begins a word, so that it is listed as a whole or
// not at all. It is a hash table with linear probing, at most half full.
type shortWords struct {
	slots []shortWord
	used  int
	shift uint8 // of a hash, which leaves an index of slots
}

type shortWord struct {
	name  uint64 // as packWord has it; 0 for none
	entry entry
}

// packWord returns a name of at most eight lower-case letters as a number, and false for
// any other name.
func packWord(name string) (word uint64, ok bool) {
	n := len(name)
	switch {
	case n > 8 || n == 0:
		return 0, false
	case n == 8:
		word = swar.Load(name, 0)
	case n >= 4:
		a, b := name[:4], name[n-4:]
		word = uint64(a[0]) | uint64(a[1])<<8 | uint64(a[2])<<16 | uint64(a[3])<<24 |
			(uint64(b[0])|uint64(b[1])<<8|uint64(b[2])<<16|uint64(b[3])<<24)<<(8*(n-4)) // both have what is in the middle
	default:
		word = uint64(name[0]) | uint64(name[n/2])<<(8*(n/2)) | uint64(name[n-1])<<(8*(n-1))
	}
	letters := (word + (0x80-'a')*swar.Ones) &^ (word + (0x7F-'z')*swar.Ones) & swar.Highs
	return word, word&swar.Highs == 0 && letters == swar.Highs>>(8*(8-n))
}

// slot returns the slot of a word, or the free one where it belongs. The index of its
// first is the highest bits of the word by 2^64 by the golden ratio.
func (s *shortWords) slot(word uint64) *shortWord {
	const multiplier = 0x9E3779B97F4A7C15
	for i := word * multiplier >> s.shift; ; i++ {
		slot := &s.slots[i&uint64(len(s.slots)-1)]
		if slot.name == word || slot.name == 0 {
			return slot
		}
	}
}

// get returns what a word means: the zero entry for nothing.
func (s *shortWords) get(word uint64) entry {
	if s.used == 0 {
		return entry{}
	}
	return s.slot(word).entry
}

// set lists a word.
func (s *shortWords) set(word uint64, e entry) {
	if 2*s.used >= len(s.slots) {
		old := s.slots
		s.slots = make([]shortWord, max(16, 2*len(old)))
		s.shift = uint8(64 - bits.Len(uint(len(s.slots)-1)))
		for _, o := range old {
			if o.name != 0 {
				*s.slot(o.name) = o
			}
		}
	}
	slot := s.slot(word)
	if slot.name == 0 {
		s.used++
	}
	*slot = shortWord{word, e}
}
