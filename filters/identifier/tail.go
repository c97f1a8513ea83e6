package identifier

// tailSize is how many symbols of a name's end make its tail.
const tailSize = 4

// tail is the last symbols of a name, folded, the last one highest. Before a
// shorter name stand zeros.
type tail uint32

// with returns the tail with one more symbol before it.
func (t tail) with(symbol uint8) tail { return t<<6 | tail(symbol) }

// full reports whether the tail is all of symbols, and that of every longer name
// too.
func (t tail) full() bool { return t&(1<<6-1) != 0 }

// tailOf returns the tail of a name. It reports false where more than that must be
// looked at: the name ends in a number, or may have an escape in its tail.
func tailOf(name string) (t tail, plain bool) {
	n := len(name)
	if n < tailSize {
		return shortTail(name)
	}
	if n > tailSize && name[n-5] == '%' || n > tailSize+1 && name[n-6] == '%' {
		return spacedTail(name)
	}
	// Most names end in letters and digits alone.
	a, b, c, d := fold[name[n-4]], fold[name[n-3]], fold[name[n-2]], fold[name[n-1]]
	if a == 0 || b == 0 || c == 0 || d == 0 || d > lastLetter {
		return spacedTail(name)
	}
	return tail(d)<<18 | tail(c)<<12 | tail(b)<<6 | tail(a), true
}

// shortTail is tailOf for names that are shorter than a tail.
func shortTail(name string) (t tail, plain bool) {
	for i := len(name) - 1; i >= 0; i-- {
		symbol := fold[name[i]]
		if symbol == 0 || t == 0 && symbol > lastLetter {
			return spacedTail(name)
		}
		t = t.with(symbol)
	}
	return t << (6 * (tailSize - len(name))), t != 0
}

// spacedTail is tailOf for names with separators in their tail.
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
		if symbol := fold[c]; symbol != 0 {
			t = t.with(symbol)
			n++
		}
	}
	if i > 0 && name[i-1] == '%' || i > 1 && name[i-2] == '%' {
		return 0, false
	}
	return t << (6 * (tailSize - n)), true
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
		if symbol := fold[name[i-1]]; symbol != 0 {
			t = t.with(symbol)
			n++
		}
	}
	if n == tailSize || !whole {
		s.complete(t, n)
		return
	}
	s.set(t << (6 * (tailSize - n)))
	s.set(t.with(fold['x']) << (6 * (tailSize - n - 1)))
}

// complete adds all tails that end in the n symbols of t.
func (s *tails) complete(t tail, n int) {
	s.set(t << (6 * (tailSize - n)))
	for symbol := uint8(1); n < tailSize && symbol < symbols; symbol++ {
		s.complete(t.with(symbol), n+1)
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
