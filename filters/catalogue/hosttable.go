package catalogue

import (
	"fmt"
	"iter"
	"math/bits"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"github.com/fairwaygate/fairway/filters/internal/swar"
)

// maxHost is the longest host name, in bytes (RFC 1035 section 2.3.4).
const maxHost = 253

// HostTable finds what is known of a host. A pattern "ads.example" covers that
// host and all below it, "*.ads.example" only those below; of several that cover
// a host the most specific counts. A look-up takes one step for each label of
// the host, however many patterns there are, and allocates nothing.
//
// The zero value is an empty table. It is safe for concurrent use once all
// patterns have been added.
type HostTable[T any] struct {
	entries map[string]*entry[T]
	longest int // length of the longest name: longer ones need no look-up
	known   nameBits
}

// entry is what is known under one name: of the host itself, and of those below.
type entry[T any] struct {
	self, below       T
	hasSelf, hasBelow bool
}

// Add puts a pattern into the table. The same pattern added again replaces what
// was known. The pattern may be in any case, in Unicode, or end in a dot.
func (t *HostTable[T]) Add(pattern string, v T) error {
	name, below, err := parsePattern(pattern)
	if err != nil {
		return err
	}
	if t.entries == nil {
		t.entries = make(map[string]*entry[T])
	}
	e := t.entries[name]
	if e == nil {
		e = new(entry[T])
		t.entries[name] = e
		if len(t.entries) > t.known.room() {
			t.known = newNameBits(2 * len(t.entries))
			for name := range t.entries {
				t.known.add(name)
			}
		}
		t.known.add(name)
	}
	if below {
		e.below, e.hasBelow = v, true
	} else {
		e.self, e.hasSelf = v, true
	}
	t.longest = max(t.longest, len(name))
	return nil
}

// Len counts the names in the table.
func (t *HostTable[T]) Len() int { return len(t.entries) }

// All iterates over the patterns in their canonical form, in no order.
func (t *HostTable[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for name, e := range t.entries {
			if e.hasSelf && !yield(name, e.self) || e.hasBelow && !yield("*."+name, e.below) {
				return
			}
		}
	}
}

// Lookup returns what is known of a host: lower-case ASCII, without a port and
// without a trailing dot.
func (t *HostTable[T]) Lookup(host string) (T, bool) {
	return lookup(t, host)
}

// LookupBytes is [HostTable.Lookup] for a host in bytes, which it does not keep.
func (t *HostTable[T]) LookupBytes(host []byte) (T, bool) {
	return lookup(t, host)
}

func lookup[T any, S string | []byte](t *HostTable[T], host S) (T, bool) {
	end := lastBytes(host)
	for i := 0; i < len(host); i++ {
		if i > 0 && host[i-1] != '.' || len(host)-i > t.longest || !t.known.has(end, len(host)-i) {
			continue
		}
		e, ok := t.entries[string(host[i:])]
		switch {
		case !ok:
		case i > 0 && e.hasBelow:
			return e.below, true
		case e.hasSelf:
			return e.self, true
		}
	}
	var none T
	return none, false
}

// nameBits tells of most names that are not in a table that they are not, by their last eight
// bytes and their lengths: sooner than the table itself does.
type nameBits struct {
	bits  []uint64 // a power of two of words
	shift int
}

func newNameBits(names int) nameBits {
	size := bits.Len(uint(names)) + 4 // one bit in sixteen is set, or fewer
	return nameBits{make([]uint64, 1<<max(size-6, 0)), 64 - max(size, 6)}
}

// room returns how many names it is made for.
func (b *nameBits) room() int { return len(b.bits) * 4 }

func (b *nameBits) add(name string) {
	h := b.hash(lastBytes(name), len(name))
	b.bits[h/64] |= 1 << (h % 64)
}

// has reports whether there may be a name of n bytes that has the last bytes of a host in which
// it would be a part.
func (b *nameBits) has(end uint64, n int) bool {
	h := b.hash(end, n)
	return b.bits[h/64]>>(h%64)&1 == 1
}

func (b *nameBits) hash(end uint64, n int) uint64 {
	if n < 8 {
		end >>= 64 - 8*n
	}
	return (end ^ uint64(n)) * 0x9E3779B97F4A7C15 >> b.shift
}

// lastBytes returns the last eight bytes of a name, the last the highest.
func lastBytes[S string | []byte](name S) (end uint64) {
	if n := len(name); n >= 8 {
		return swar.Load(name, n-8)
	}
	for i := range len(name) {
		end = end>>8 | uint64(name[i])<<56
	}
	return end
}

// parsePattern splits a host pattern into the name in its canonical form and
// whether it covers only what is below.
func parsePattern(pattern string) (name string, below bool, err error) {
	name, below = strings.CutPrefix(pattern, "*.")
	name, ok := canonicalHost(name)
	if !ok {
		return "", false, fmt.Errorf("host %q: expected a host name such as ads.example or *.ads.example", pattern)
	}
	return name, below, nil
}

// canonicalHost returns a host name or IPv4 address as a browser writes it:
// lower-case ASCII, without a trailing dot. Underscores are allowed as in the DNS.
func canonicalHost(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	for i := range len(name) {
		if name[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				return "", false
			}
			name = ascii
			break
		}
	}
	if name == "" || len(name) > maxHost {
		return "", false
	}
	name = strings.ToLower(name)
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false
		}
		for i := range len(label) {
			if c := label[i]; !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
				return "", false
			}
		}
		last = label
	}
	// A last label of digits makes it an IPv4 address or nothing (WHATWG URL,
	// "ends in a number").
	if strings.Trim(last, "0123456789") == "" {
		if _, err := netip.ParseAddr(name); err != nil {
			return "", false
		}
	}
	return name, true
}
