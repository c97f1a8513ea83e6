package identifier

// tailSize is how many letters and digits of a name's end make its tail.
const tailSize = 4

// tail is the last letters and digits of a name, in lower case, the last one highest.
// Before a shorter name stand zeros.
type tail uint32

// with returns the tail with one more character before it.
func (t tail) with(c byte) tail { return t<<8 | tail(c) }

// full reports whether the tail is all of characters, and that of every longer name
// too.
func (t tail) full() bool { return t&0xFF != 0 }

// tailOf returns the tail of a name. It reports false where more than that must be
// looked at: the name ends in a number, or may have an escape in its tail.
func tailOf(name string) (t tail, plain bool) {
	n := len(name)
	if n < tailSize {
		return shortTail(name)
	}
	if n > tailSize && name[n-5] == '%' || n > tailSize+1 && name[n-6] == '%' {
		return 0, false
	}
	// Most names end in letters alone.
	t = tail(name[n-4]) | tail(name[n-3])<<8 | tail(name[n-2])<<16 | tail(name[n-1])<<24
	const each, high = 0x01010101, 0x80808080
	lower := t | 0x20*each
	if t&high == 0 && (lower+(0x80-'a')*each)&^(lower+(0x7F-'z')*each)&high == high {
		return lower, true
	}
	return spacedTail(name)
}

// shortTail is tailOf for names that are shorter than a tail.
func shortTail(name string) (t tail, plain bool) {
	for i := len(name) - 1; i >= 0; i-- {
		c := name[i] | 0x20
		if !isLower(c) {
			return spacedTail(name)
		}
		t = t.with(c)
	}
	return t << (8 * (tailSize - len(name))), t != 0
}

// spacedTail is tailOf for names with digits or separators in their tail.
func spacedTail(name string) (t tail, plain bool) {
	i := len(name)
	if i == 0 || !isUpper(name[i-1]) && !isLower(name[i-1]) {
		return 0, false
	}
	n := 0
	for ; i > 0 && n < tailSize; i-- {
		c := name[i-1]
		if c == '%' {
			return 0, false
		}
		if fold[c] != 0 {
			t = t.with(c | 0x20) // a digit stays
			n++
		}
	}
	if i > 0 && name[i-1] == '%' || i > 1 && name[i-2] == '%' {
		return 0, false
	}
	return t << (8 * (tailSize - n)), true
}

// tails is a set of tails: a Bloom filter of one hash, in which a few per cent of
// all tails are found without having been added.
type tails [1 << (tailBits - 6)]uint64

const tailBits = 17

// add adds the tails of a name and of all that end in it. Before one that must be the
// whole name only an "x" can stand.
func (s *tails) add(name string, whole bool) {
	var t tail
	n := 0
	for i := len(name); i > 0 && n < tailSize; i-- {
		if c := name[i-1]; fold[c] != 0 {
			t = t.with(c | 0x20)
			n++
		}
	}
	if n == tailSize || !whole {
		s.complete(t, n)
		return
	}
	s.set(t << (8 * (tailSize - n)))
	s.set(t.with('x') << (8 * (tailSize - n - 1)))
}

// complete adds all tails that end in the n characters of t.
func (s *tails) complete(t tail, n int) {
	s.set(t << (8 * (tailSize - n)))
	if n == tailSize {
		return
	}
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789") {
		s.complete(t.with(c), n+1)
	}
}

func (s *tails) set(t tail) {
	word, bit := t.hash()
	s[word] |= bit
}

func (s *tails) has(t tail) bool {
	word, bit := t.hash()
	return s[word]&bit != 0
}

func (t tail) hash() (word int, bit uint64) {
	const multiplier = 0x9E3779B1 // 2^32 by the golden ratio
	h := uint32(t) * multiplier >> (32 - tailBits)
	return int(h >> 6), 1 << (h & 63)
}
