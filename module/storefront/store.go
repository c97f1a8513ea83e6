package storefront

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
)

// store keeps the newest values under random keys, up to a maximum.
type store[V any] struct {
	mu     sync.Mutex
	values map[string]V
	ring   []string // keys in order of arrival, used as a ring
	next   int
}

func newStore[V any](limit int) *store[V] {
	return &store[V]{values: make(map[string]V), ring: make([]string, limit)}
}

// add keeps v, in place of the oldest value when the store is full, and returns its key.
func (s *store[V]) add(v V) string {
	key := token()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, s.ring[s.next])
	s.values[key] = v
	s.ring[s.next] = key
	s.next = (s.next + 1) % len(s.ring)
	return key
}

func (s *store[V]) get(key string) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[key]
	return v, ok
}

// update changes a stored value in place and reports whether it was there.
func (s *store[V]) update(key string, change func(*V)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[key]
	if ok {
		change(&v)
		s.values[key] = v
	}
	return ok
}

func (s *store[V]) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
}

// token returns 128 random bits in hex.
func token() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
