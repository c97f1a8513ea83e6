package consent

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// NewFingerprint digests the facts of a policy that affect consent: each
// purpose, partner, country and lifetime as one text. Their order does not
// count, except that of the vocabulary, whose bits a [Choice] stores.
func NewFingerprint(v *Vocabulary, facts []string) Fingerprint { return newFingerprint(v.names, facts) }

func newFingerprint(purposes, facts []string) Fingerprint {
	digest := sha256.New()
	write := func(text string) {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(text)))
		digest.Write(length[:])
		digest.Write([]byte(text))
	}
	for _, name := range purposes {
		write(name)
	}
	for _, fact := range slices.Sorted(slices.Values(facts)) {
		write(fact)
	}
	return Fingerprint(binary.BigEndian.Uint32(digest.Sum(nil)))
}
