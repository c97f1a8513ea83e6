package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// Hash is a SHA-256 digest. As text it is base64url without padding (RFC 4648
// section 5): 43 characters.
type Hash [sha256.Size]byte

// String writes the hash as text.
func (h Hash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It reads canonical text
// only.
func (h *Hash) UnmarshalText(text []byte) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil || len(data) != len(h) {
		return fmt.Errorf("%.50q is not a SHA-256 hash in base64url", text)
	}
	copy(h[:], data)
	return nil
}

// ParseHash makes a hash of its 32 bytes.
func ParseHash(data []byte) (h Hash, err error) {
	if len(data) != len(h) {
		return h, fmt.Errorf("a hash has %d bytes, not %d", len(h), len(data))
	}
	return Hash(data), nil
}

// Head is the end of a chain: the number of the last record, counted from 1, and
// the hash that covers it and all before it. A chain without records has the
// head that [Genesis] returns.
type Head struct {
	Sequence uint64
	Hash     Hash
}

// Genesis returns the head of an empty chain of that name. It makes chains
// differ from their first record on.
func Genesis(chain string) Head {
	return Head{Hash: sha256.Sum256([]byte("fairway ledger chain\x00" + chain))}
}

// Next returns the head after one more record: the hash of the hash before it
// (32 bytes), its number (8 bytes, big endian) and its canonical form.
func (h Head) Next(record []byte) Head {
	digest := sha256.New()
	digest.Write([]byte("fairway ledger record\x00"))
	digest.Write(h.Hash[:])
	next := Head{Sequence: h.Sequence + 1}
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], next.Sequence)
	digest.Write(number[:])
	digest.Write(record)
	digest.Sum(next.Hash[:0])
	return next
}

// Entry is a record as a store keeps it: in its canonical form, with what it is
// found by and its place in the chain.
type Entry struct {
	Sequence uint64
	Hash     Hash
	ID       Hash  // the record's record_id
	Time     int64 // the record's event_time, in Unix seconds
	Record   []byte
}

// NewEntry returns the entry of a record that has no place yet.
func NewEntry(r *Record) (Entry, error) {
	data, err := r.Encode()
	return Entry{ID: r.RecordID, Time: r.EventTime.Unix(), Record: data}, err
}

// ParseEntry returns the entry of a record in its canonical form, without a
// place.
func ParseEntry(record []byte) (Entry, error) {
	r, err := ParseRecord(record)
	if err != nil {
		return Entry{}, err
	}
	return Entry{ID: r.RecordID, Time: r.EventTime.Unix(), Record: record}, nil
}
